//! Signed headers other than `host`, and the payload's hash.

use super::content_type::{self, CHARSETS, DEFAULTS, TYPES, spellings};
use super::{Arrived, Changes};
use crate::encode;
use crate::explain::explanation::Cause;
use crate::explain::pieces::{Change, Slot};
use crate::explain::text::{
    encoded_but, folded_once, latin1_as_utf8, mime_decoded, mime_encoded, utf8_as_latin1,
};
use crate::request::Payload;

const ACLS: [&str; 8] = [
    "public-read",
    "private",
    "public-read-write",
    "authenticated-read",
    "bucket-owner-full-control",
    "bucket-owner-read",
    "aws-exec-read",
    "log-delivery-write",
];

/// Values that signers give headers by default, or that proxies set.
const USUAL: [(&str, &[&str]); 12] = [
    (
        "accept-encoding",
        &[
            "identity",
            "gzip",
            "gzip, deflate",
            "gzip, deflate, br",
            "gzip, deflate, br, zstd",
            "gzip, br",
            "gzip,deflate",
            "*",
        ],
    ),
    (
        "cache-control",
        &[
            "no-cache",
            "no-store",
            "max-age=0",
            "public, max-age=31536000",
            "max-age=31536000",
        ],
    ),
    ("connection", &["keep-alive", "close", "Keep-Alive"]),
    ("content-disposition", &["inline", "attachment"]),
    (
        "content-encoding",
        &["aws-chunked", "gzip", "identity", "br"],
    ),
    ("content-md5", &["1B2M2Y8AsgTpgAmY7PhCfg=="]),
    ("expect", &["100-continue"]),
    ("if-none-match", &["*"]),
    ("if-match", &["*"]),
    (
        "x-amz-sdk-checksum-algorithm",
        &["CRC32", "CRC32C", "SHA256", "CRC64NVME"],
    ),
    ("x-amz-server-side-encryption", &["AES256", "aws:kms"]),
    (
        "x-amz-storage-class",
        &[
            "STANDARD",
            "STANDARD_IA",
            "REDUCED_REDUNDANCY",
            "INTELLIGENT_TIERING",
            "GLACIER",
        ],
    ),
];

/// The checksums of no bytes.
const OF_EMPTY: [(&str, &str); 5] = [
    ("x-amz-checksum-crc32", "AAAAAA=="),
    ("x-amz-checksum-crc32c", "AAAAAA=="),
    ("x-amz-checksum-crc64nvme", "AAAAAAAAAAA="),
    ("x-amz-checksum-sha1", "2jmj7l5rSw0yVb/vlWAYkK/YBwk="),
    (
        "x-amz-checksum-sha256",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    ),
];

/// Whether a parameter, its name in lower case, is the checksum of no bytes.
pub(in crate::explain) fn is_checksum_of_empty(name: &[u8], value: &[u8]) -> bool {
    OF_EMPTY
        .iter()
        .any(|(known, checksum)| known.as_bytes() == name && checksum.as_bytes() == value)
}

/// The cause that goes with a header.
pub(in crate::explain) fn cause_of(name: &str) -> Cause {
    match name {
        "content-type" => Cause::ContentType,
        "content-length" => Cause::ContentLength,
        "x-amz-acl" => Cause::Acl,
        "host" => Cause::Host,
        "x-amz-content-sha256" => Cause::PayloadHash,
        "x-amz-security-token" => Cause::SessionToken,
        "x-amz-sdk-checksum-algorithm" | "content-md5" => Cause::Checksum,
        _ if name.starts_with("x-amz-checksum-") => Cause::Checksum,
        _ if name.starts_with("x-amz-meta-") => Cause::Metadata,
        _ => Cause::Header,
    }
}

/// Changes of each signed header.
pub(super) fn add(changes: &mut Changes, arrived: &Arrived<'_>) {
    for (at, (name, now)) in arrived.pieces.headers.iter().enumerate() {
        if matches!(
            name.as_str(),
            "host" | "x-amz-content-sha256" | "x-amz-security-token"
        ) {
            continue;
        }
        let mut values = Values {
            changes,
            at,
            name,
            now,
            is_absent: arrived.is_absent(name),
        };
        match name.as_str() {
            "content-type" => types(&mut values, &arrived.pieces.path),
            "x-amz-acl" => {
                for acl in ACLS {
                    values.push(acl, true, "");
                }
            }
            _ => usual(&mut values),
        }
        values.push("", true, "");
        rewritten(&mut values, arrived);
    }
}

/// The changes of one header.
struct Values<'a> {
    changes: &'a mut Changes,
    at: usize,
    name: &'a str,
    /// The folded value that arrived; empty when none did.
    now: &'a [u8],
    is_absent: bool,
}

impl Values<'_> {
    fn push(&mut self, signed: impl AsRef<[u8]>, frequent: bool, how: &'static str) {
        let signed = signed.as_ref();
        if signed == self.now {
            return;
        }
        let present = |value: &'_ [u8]| !value.is_empty();
        let mut change = Change::new(
            cause_of(self.name),
            self.name,
            Slot::Header(self.at),
            signed.to_vec(),
        )
        .saying(
            Some(signed).filter(|value| present(value)),
            Some(self.now).filter(|_| !self.is_absent),
        )
        .frequent(frequent)
        .how(how);
        change.absent = self.is_absent;
        self.changes.push(change);
    }
}

fn types(values: &mut Values<'_>, path: &[u8]) {
    let now = String::from_utf8_lossy(values.now).into_owned();
    if !now.is_empty() {
        for spelling in spellings(&now) {
            values.push(spelling, true, "");
        }
    }
    for of_path in content_type::of_path(path) {
        values.push(of_path, true, "");
    }
    for (at, usual) in DEFAULTS.iter().enumerate() {
        values.push(usual, at < 4, "");
    }
    for (at, usual) in TYPES.iter().enumerate() {
        values.push(usual, at < 3 || *usual == "application/pdf", "");
    }
    let textual =
        |name: &&&str| name.starts_with("text/") || name.ends_with("json") || name.ends_with("xml");
    for name in TYPES.iter().filter(textual) {
        for charset in &CHARSETS[..4] {
            values.push(format!("{name}{charset}"), false, "");
        }
    }
}

fn usual(values: &mut Values<'_>) {
    let of_name = USUAL.iter().find(|(name, _)| *name == values.name);
    for value in of_name.map_or(&[][..], |(_, usual)| usual) {
        values.push(value, true, "");
    }
    if let Some((_, checksum)) = OF_EMPTY.iter().find(|(name, _)| *name == values.name) {
        values.push(
            checksum,
            true,
            "it is the checksum of an empty body, which the signer did not have yet",
        );
    }
}

/// The same value in another dress: not folded, in another character set, encoded.
fn rewritten(values: &mut Values<'_>, arrived: &Arrived<'_>) {
    let raw: Vec<&[u8]> = arrived.request.header_values(values.name).collect();
    if raw.is_empty() {
        return;
    }
    if let [first, .., last] = raw.as_slice() {
        let how = "the header came twice";
        values.push(first.trim_ascii(), true, how);
        values.push(last.trim_ascii(), false, how);
        values.push(raw.join(&b", "[..]), false, how);
    }
    let joined = raw.join(&b',');
    let folds = "the signer did not fold white space as Signature Version 4 asks";
    values.push(joined.trim_ascii(), true, folds);
    values.push(&joined, false, folds);
    values.push(folded_once(&joined), false, folds);
    let now = values.now.to_vec();
    let charset = "it is the same text in another character set";
    let mut texts = vec![now.clone()];
    texts.extend(
        [utf8_as_latin1(&now), latin1_as_utf8(&now)]
            .into_iter()
            .flatten(),
    );
    for text in &texts[1..] {
        values.push(text, true, charset);
    }
    for text in &texts {
        encoded(values, text);
    }
    let case = "the signer changed the case of the value";
    values.push(now.to_ascii_lowercase(), false, case);
    if let Some(bare) = now
        .strip_prefix(b"\"")
        .and_then(|now| now.strip_suffix(b"\""))
    {
        values.push(bare, false, "it has quotes on one side");
    }
    let quoted = [b"\"", now.as_slice(), b"\""].concat();
    values.push(quoted, false, "it has quotes on one side");
}

/// The value as an escaped text, or as the text that it is the escape of.
fn encoded(values: &mut Values<'_>, text: &[u8]) {
    let percent = "it is the same text, percent-encoded on one side";
    values.push(encode::encode_query(text), true, percent);
    values.push(encode::encode_path(text), false, percent);
    values.push(encoded_but(text, b"!'()*"), false, percent);
    values.push(encoded_but(text, b"!'()*;,/?:@&=+$#"), false, percent);
    if text.contains(&b'%') {
        let decoded = encode::decode(text);
        if let Some(latin1) = utf8_as_latin1(&decoded) {
            values.push(latin1, false, percent);
        }
        values.push(decoded, true, percent);
    }
    let mime = "it is the same text, written as RFC 2047 has it on one side";
    if let Some(decoded) = mime_decoded(text) {
        if let Some(latin1) = utf8_as_latin1(&decoded) {
            values.push(latin1, false, mime);
        }
        values.push(encode::encode_query(&decoded), false, mime);
        values.push(decoded, true, mime);
    }
    if !text.is_ascii() {
        values.push(mime_encoded(text, b'B'), false, mime);
        values.push(mime_encoded(text, b'b'), false, mime);
    }
}

/// Other claims about the payload.
pub(super) fn add_payloads(changes: &mut Changes, arrived: &Arrived<'_>) {
    let empty = Payload::empty().to_string();
    let pieces = arrived.pieces;
    let header = pieces
        .headers
        .iter()
        .position(|(name, _)| name == "x-amz-content-sha256");
    for payload in [
        "UNSIGNED-PAYLOAD",
        &empty,
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "",
    ] {
        let payload = payload.as_bytes();
        if payload == pieces.payload {
            continue;
        }
        let new = || {
            Change::new(
                Cause::PayloadHash,
                header.map_or("payload", |_| "x-amz-content-sha256"),
                Slot::Payload,
                payload.to_vec(),
            )
            .saying(Some(payload), Some(&pieces.payload))
        };
        if let Some(at) = header {
            let mut both = new().frequent(true);
            both.edits.push((Slot::Header(at), payload.to_vec()));
            changes.push(both);
        }
        changes.push(new().frequent(header.is_none()));
    }
}

/// Numbers of bytes that a body is taken for: a few more or less, the overhead of a
/// form, characters for bytes, base64.
pub(in crate::explain) fn lengths(arrived: &Arrived<'_>) -> impl Iterator<Item = Change> + use<> {
    const AROUND: u64 = 512;
    let headers = &arrived.pieces.headers;
    let at = headers
        .iter()
        .position(|(name, _)| name == "content-length");
    let now: Option<u64> = at.and_then(|at| String::from_utf8_lossy(&headers[at].1).parse().ok());
    let text = now.map(|now| now.to_string());
    let scaled = |now: u64| {
        let thirds = now.checked_mul(4).map(|n| n / 3 / 4 * 4);
        [
            Some(0),
            now.checked_mul(2),
            Some(now / 2),
            Some(now / 4 * 3),
            thirds,
            thirds.map(|n| n.saturating_add(4)),
        ]
    };
    let around = now.into_iter().flat_map(|now| {
        (1..=AROUND).flat_map(move |off| [now.checked_sub(off), now.checked_add(off)])
    });
    now.into_iter()
        .flat_map(scaled)
        .chain(around)
        .flatten()
        .filter(move |length| Some(*length) != now)
        .map(move |length| {
            let signed = length.to_string();
            let slot = Slot::Header(at.unwrap_or_default());
            Change::new(
                Cause::ContentLength,
                "content-length",
                slot,
                signed.clone().into_bytes(),
            )
            .saying(Some(signed.as_bytes()), text.as_deref().map(str::as_bytes))
        })
}
