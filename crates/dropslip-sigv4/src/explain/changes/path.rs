//! The path: encoded twice or not at all, a prefix that a proxy took away, slashes.

use super::{Arrived, Changes};
use crate::canonical::normalized_twice;
use crate::encode;
use crate::explain::explanation::Cause;
use crate::explain::pieces::{Change, Slot};
use crate::explain::text::{encoded_but, replaced_singly};

/// Prefixes under which applications put a storage behind a proxy.
const PREFIXES: [&str; 8] = [
    "/s3", "/storage", "/minio", "/api", "/files", "/uploads", "/media", "/store",
];

/// Headers in which proxies keep the path that was asked for.
const ORIGINAL: [&str; 5] = [
    "x-original-uri",
    "x-original-url",
    "x-rewrite-url",
    "x-envoy-original-path",
    "x-forwarded-uri",
];

/// How many spaces are looked at one by one.
const SPACES_MAX: usize = 8;

pub(super) fn add(changes: &mut Changes, arrived: &Arrived<'_>) {
    let mut paths = Paths {
        changes,
        now: arrived.pieces.path.clone(),
        wire: arrived.request.path.as_bytes(),
    };
    // Slashes first: the general rules fold them too, and a path without escapes is
    // the same after both.
    paths.slashes();
    paths.encodings();
    paths.prefixes(arrived);
}

struct Paths<'a> {
    changes: &'a mut Changes,
    /// The canonical path of what arrived.
    now: Vec<u8>,
    wire: &'a [u8],
}

impl Paths<'_> {
    fn push(&mut self, cause: Cause, signed: Vec<u8>, frequent: bool, how: &'static str) {
        if signed == self.now {
            return;
        }
        let change = Change::new(cause, "path", Slot::Path, signed.clone())
            .saying(Some(&signed), Some(&self.now))
            .frequent(frequent)
            .how(how);
        self.changes.push(change);
    }

    fn encodings(&mut self) {
        let cause = Cause::PathEncoding;
        let now = self.now.clone();
        let plain = encode::decode(&now);
        let arrived_twice = "the path was encoded once more on its way";
        self.push(
            cause,
            encode::encode_path(&encode::decode(&plain)).into(),
            true,
            arrived_twice,
        );
        let signed_twice = "the signer encoded the path once more, or it was decoded on its way";
        self.push(cause, encode::encode_path(&now).into(), true, signed_twice);
        self.push(
            cause,
            encode::encode_path(self.wire).into(),
            false,
            signed_twice,
        );
        let arrived_once_less = "the path was decoded on its way";
        let raw = "the signer signed the path without encoding it";
        self.push(cause, plain.clone(), true, raw);
        self.push(
            cause,
            self.wire.to_vec(),
            true,
            "the signer signed another encoding of the path",
        );
        let plus = "a space is `+` on one side and `%20` on the other";
        self.push(cause, replaced(&now, b"%2B", b"%20"), true, plus);
        self.push(cause, replaced(&now, b"%20", b"%2B"), true, plus);
        self.push(cause, replaced(&now, b"%20", b"+"), true, plus);
        self.push(
            cause,
            replaced(&now, b"%2B", b"+"),
            false,
            "the signer left `+` as it is",
        );
        for (to, how) in [(&b"%2520"[..], arrived_once_less), (b"%2B", plus)] {
            for signed in replaced_singly(&now, b"%20", to, SPACES_MAX) {
                self.push(cause, signed, false, how);
            }
        }
        self.signers_encodings(&plain);
    }

    /// Ways in which signers encode a path other than S3 asks.
    fn signers_encodings(&mut self, plain: &[u8]) {
        let cause = Cause::PathEncoding;
        let now = self.now.clone();
        for signed in replaced_singly(&now, b"%2B", b"%20", SPACES_MAX) {
            self.push(
                cause,
                signed,
                false,
                "a space is `+` on one side and `%20` on the other",
            );
        }
        let kept = "the signer left characters as they are that have to be encoded";
        for left in [
            &b"!'()*"[..],
            b"!'()*;,/?:@&=+$#",
            b"!$&'()*+,;=:@",
            b"()",
            b"!*'()&$@=;:+,",
        ] {
            self.push(cause, encoded_but(plain, left), false, kept);
        }
        self.push(
            cause,
            lower_escapes(&now),
            true,
            "the escapes are in lower case",
        );
        let slash = "the slashes within the key are `%2F` on one side";
        for skipped in [1, 2] {
            self.push(cause, slashes_escaped(&now, skipped), true, slash);
        }
        let latin1 = crate::explain::text::utf8_as_latin1(plain);
        if let Some(latin1) = latin1 {
            let charset = "the signer took the path for Latin-1, and it is UTF-8";
            self.push(cause, encode::encode_path(&latin1).into(), false, charset);
        }
        if let Some(utf8) = crate::explain::text::latin1_as_utf8(plain) {
            let charset = "the path was encoded as UTF-8 twice";
            self.push(cause, encode::encode_path(&utf8).into(), false, charset);
        }
        let general = "the signer follows the rules of other services, which normalize the path and encode it twice";
        self.push(cause, normalized_twice(self.wire), true, general);
    }

    fn slashes(&mut self) {
        let cause = Cause::PathRewritten;
        let now = self.now.clone();
        let trailing = "a slash at the end was added or removed";
        match now.strip_suffix(b"/") {
            Some(bare) if !bare.is_empty() => self.push(cause, bare.to_vec(), true, trailing),
            _ => self.push(cause, [now.as_slice(), b"/"].concat(), true, trailing),
        }
        let merged = "slashes were merged, or the path was normalized";
        let mut once = now.clone();
        once.dedup_by(|a, b| *a == b'/' && *b == b'/');
        self.push(cause, once, true, merged);
        self.push(cause, [b"/", now.as_slice()].concat(), true, merged);
        let places = now
            .iter()
            .enumerate()
            .skip(1)
            .filter(|(_, byte)| **byte == b'/');
        for (at, _) in places
            .map(|(at, byte)| (at, *byte))
            .take(8)
            .collect::<Vec<_>>()
        {
            let doubled = [&now[..at], b"/", &now[at..]].concat();
            self.push(cause, doubled, at < 80, merged);
        }
        let decoded = encode::decode(&now);
        if decoded.windows(2).any(|pair| pair == b"/.") {
            let text = String::from_utf8_lossy(&decoded).into_owned();
            let resolved = crate::canonical::normalize(&text);
            self.push(
                cause,
                encode::encode_path(resolved.as_bytes()).into(),
                true,
                merged,
            );
        }
    }

    /// A proxy takes a prefix away or adds one.
    fn prefixes(&mut self, arrived: &Arrived<'_>) {
        let cause = Cause::PathRewritten;
        let now = self.now.clone();
        let told = "a proxy changed the path";
        for name in ORIGINAL {
            let Some(value) = arrived.header_text(name) else {
                continue;
            };
            let path = value.split('?').next().unwrap_or_default();
            let from = path.find("://").map_or(0, |at| {
                let rest = &path[at + 3..];
                at + 3 + rest.find('/').unwrap_or(rest.len())
            });
            let mut canonical = Vec::new();
            encode::rewrite_path(&mut canonical, &path.as_bytes()[from..]);
            self.push(cause, canonical, true, told);
        }
        let forwarded = arrived.header_text("x-forwarded-prefix");
        let added = forwarded.as_deref().into_iter().chain(PREFIXES);
        for prefix in added.collect::<Vec<_>>() {
            let prefix = prefix.trim_end_matches('/').as_bytes();
            self.push(
                cause,
                [prefix, now.as_slice()].concat(),
                true,
                "a proxy took the first part of the path away",
            );
        }
        let mut rest = now.as_slice();
        for _ in 0..2 {
            let Some(next) = rest
                .get(1..)
                .and_then(|tail| tail.iter().position(|byte| *byte == b'/'))
            else {
                break;
            };
            rest = &rest[next + 1..];
            self.push(
                cause,
                rest.to_vec(),
                true,
                "the path has a part in front that was not signed",
            );
        }
        if let Some(first) = now
            .get(1..)
            .and_then(|tail| tail.split(|byte| *byte == b'/').next())
        {
            let twice = [b"/", first, now.as_slice()].concat();
            self.push(
                cause,
                twice,
                false,
                "the bucket stood twice in the path that was signed",
            );
        }
    }
}

fn replaced(text: &[u8], from: &[u8; 3], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        if rest.starts_with(from) {
            out.extend_from_slice(to);
            rest = &rest[from.len()..];
        } else {
            out.push(first);
            rest = tail;
        }
    }
    out
}

/// Escapes as `%c3` in place of `%C3`.
pub(super) fn lower_escapes(text: &[u8]) -> Vec<u8> {
    let mut out = text.to_vec();
    let mut at = 0;
    while at + 2 < out.len() {
        if out[at] == b'%' {
            out[at + 1..at + 3].make_ascii_lowercase();
            at += 2;
        }
        at += 1;
    }
    out
}

/// The slashes behind the first ones as escapes.
fn slashes_escaped(text: &[u8], skipped: usize) -> Vec<u8> {
    let mut seen = 0;
    let mut out = Vec::with_capacity(text.len() + 8);
    for byte in text {
        if *byte == b'/' {
            seen += 1;
            if seen > skipped {
                out.extend_from_slice(b"%2F");
                continue;
            }
        }
        out.push(*byte);
    }
    out
}
