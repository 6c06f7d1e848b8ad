//! The query: parameters that were added, dropped, edited or encoded in another way.

use super::Arrived;
use super::path::lower_escapes;
use crate::encode;
use crate::explain::explanation::Cause;
use crate::explain::pieces::{Change, Slot};

/// A parameter of the canonical query: name and value, encoded.
type Parameter = (Vec<u8>, Vec<u8>);

/// The same text in another encoding.
type Rewrite = fn(&[u8]) -> Vec<u8>;

/// Expiries that people choose, in seconds.
const EXPIRES_S: [&str; 14] = [
    "60", "120", "300", "600", "900", "1200", "1800", "3600", "7200", "21600", "43200", "86400",
    "604800", "1000",
];

/// Parameters that signers add by themselves, and that people take out of a URL
/// because they look like noise.
const OFTEN_TAKEN_OUT: [&[(&str, &str)]; 9] = [
    &[("x-id", "PutObject")],
    &[("x-id", "GetObject")],
    &[("x-id", "HeadObject")],
    &[("x-id", "DeleteObject")],
    &[("x-id", "UploadPart")],
    &[
        ("x-amz-checksum-crc32", "AAAAAA%3D%3D"),
        ("x-amz-sdk-checksum-algorithm", "CRC32"),
    ],
    &[("x-amz-sdk-checksum-algorithm", "CRC32")],
    &[("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")],
    &[("x-amz-acl", "public-read")],
];

pub(super) fn add(changes: &mut Vec<Change>, arrived: &Arrived<'_>) {
    let pieces = arrived.pieces;
    let owned = |(name, value): (&[u8], &[u8])| (name.to_vec(), value.to_vec());
    let mut queries = Queries {
        changes,
        now: &pieces.query,
        parameters: pieces.parameters().into_iter().map(owned).collect(),
    };
    queries.added();
    queries.taken_out();
    queries.edited();
    queries.encodings();
    queries.orders(arrived.request.query);
}

struct Queries<'a> {
    changes: &'a mut Vec<Change>,
    now: &'a [u8],
    parameters: Vec<Parameter>,
}

/// What a change says of itself.
struct Saying<'a> {
    cause: Cause,
    part: &'a [u8],
    signed: Option<&'a [u8]>,
    arrived: Option<&'a [u8]>,
    how: &'static str,
    /// Whether the values are shown as they are encoded.
    encoded: bool,
}

fn is_of_signature(name: &[u8]) -> bool {
    let fixed = [
        &b"X-Amz-Algorithm"[..],
        b"X-Amz-Credential",
        b"X-Amz-Date",
        b"X-Amz-Expires",
        b"X-Amz-SignedHeaders",
        b"X-Amz-Security-Token",
    ];
    fixed.contains(&name)
}

fn written(parameters: &[Parameter]) -> Vec<u8> {
    let parts: Vec<Vec<u8>> = parameters
        .iter()
        .map(|(name, value)| [name, &b"="[..], value].concat())
        .collect();
    parts.join(&b'&')
}

fn sorted(mut parameters: Vec<Parameter>) -> Vec<u8> {
    parameters.sort_unstable();
    written(&parameters)
}

impl Queries<'_> {
    fn push(&mut self, signed: Vec<u8>, frequent: bool, saying: &Saying<'_>) {
        if signed == self.now {
            return;
        }
        let part = String::from_utf8_lossy(&encode::decode(saying.part)).into_owned();
        let shown = |text: &[u8]| {
            if saying.encoded {
                text.to_vec()
            } else {
                encode::decode(text)
            }
        };
        let (was, is) = (saying.signed.map(shown), saying.arrived.map(shown));
        self.changes.push(
            Change::new(saying.cause, part, Slot::Query, signed)
                .saying(was.as_deref(), is.as_deref())
                .how(saying.how)
                .frequent(frequent),
        );
    }

    fn without(&self, left_out: impl Fn(&Parameter) -> bool) -> Vec<u8> {
        let kept = self
            .parameters
            .iter()
            .filter(|parameter| !left_out(parameter));
        written(&kept.cloned().collect::<Vec<_>>())
    }

    /// Tracking parameters, marks of SDKs, anything that somebody put behind the URL.
    fn added(&mut self) {
        let parameters = self.parameters.clone();
        let foreign: Vec<&Parameter> = parameters
            .iter()
            .filter(|(name, _)| !is_of_signature(name))
            .collect();
        for (name, value) in &foreign {
            let signed = self.without(|(other, _)| other == name);
            let saying = Saying {
                cause: Cause::QueryAdded,
                part: name,
                signed: None,
                arrived: Some(value),
                how: "",
                encoded: false,
            };
            self.push(signed, true, &saying);
        }
        if foreign.len() > 1 {
            let amz = |name: &[u8]| name.to_ascii_lowercase().starts_with(b"x-amz-");
            let names: Vec<&[u8]> = foreign.iter().map(|(name, _)| name.as_slice()).collect();
            let saying = Saying {
                cause: Cause::QueryAdded,
                part: &names.join(&b", "[..]),
                signed: None,
                arrived: None,
                how: "",
                encoded: false,
            };
            let all = self.without(|(name, _)| !is_of_signature(name));
            let but_amz = self.without(|(name, _)| !is_of_signature(name) && !amz(name));
            let tracking = self.without(|(name, _)| is_tracking(name));
            for signed in [tracking, but_amz, all] {
                self.push(signed, true, &saying);
            }
        }
        let token = b"X-Amz-Security-Token";
        let saying = Saying {
            cause: Cause::SessionToken,
            part: token,
            signed: None,
            arrived: None,
            how: "the session token was added after signing, and S3 wants it signed",
            encoded: false,
        };
        let signed = self.without(|(name, _)| name == token);
        self.push(signed, true, &saying);
    }

    fn taken_out(&mut self) {
        for group in OFTEN_TAKEN_OUT {
            let has = |name: &str| {
                self.parameters
                    .iter()
                    .any(|(other, _)| other == name.as_bytes())
            };
            if group.iter().any(|(name, _)| has(name)) {
                continue;
            }
            let mut parameters = self.parameters.clone();
            parameters.extend(
                group
                    .iter()
                    .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())),
            );
            let (name, value) = group[0];
            let is_checksum = name.contains("checksum");
            let saying = Saying {
                cause: if is_checksum {
                    Cause::Checksum
                } else {
                    Cause::QueryMissing
                },
                part: name.as_bytes(),
                signed: Some(value.as_bytes()),
                arrived: None,
                how: "",
                encoded: false,
            };
            self.push(sorted(parameters), name == "x-id" || is_checksum, &saying);
        }
    }

    /// Values that people edit in a finished URL.
    fn edited(&mut self) {
        let parameters = self.parameters.clone();
        for (at, (name, value)) in parameters.iter().enumerate() {
            let others: Vec<String> = match name.as_slice() {
                b"X-Amz-Expires" => EXPIRES_S.iter().map(|s| (*s).to_owned()).collect(),
                b"partNumber" => (1..=20).map(|n| n.to_string()).collect(),
                _ => Vec::new(),
            };
            for other in others {
                let mut changed = parameters.clone();
                changed[at].1 = other.clone().into_bytes();
                let saying = Saying {
                    cause: Cause::QueryChanged,
                    part: name,
                    signed: Some(other.as_bytes()),
                    arrived: Some(value),
                    how: "",
                    encoded: false,
                };
                self.push(sorted(changed), false, &saying);
            }
        }
    }

    /// The same values in other encodings: one alone, then all.
    fn encodings(&mut self) {
        let rewrites: [(Rewrite, &'static str); 6] = [
            (decoded_once, "it was encoded a second time on its way"),
            (encoded_again, "the signer encoded it twice"),
            (
                space_as_plus,
                "the signer wrote a space as `+`, and Signature Version 4 as `%20`",
            ),
            (
                plus_for_space,
                "a `+` was not escaped, and arrived as a space",
            ),
            (encode::decode, "the signer signed it without encoding it"),
            (lower_escapes, "the escapes are in lower case"),
        ];
        for (rewrite, how) in rewrites {
            let parameters = self.parameters.clone();
            for (at, (name, value)) in parameters.iter().enumerate() {
                let to = rewrite(value);
                if to == *value {
                    continue;
                }
                let mut changed = parameters.clone();
                changed[at].1.clone_from(&to);
                let saying = Saying {
                    cause: Cause::QueryChanged,
                    part: name,
                    signed: Some(&to),
                    arrived: Some(value),
                    how,
                    encoded: true,
                };
                self.push(written(&changed), !is_of_signature(name), &saying);
            }
            let all: Vec<Parameter> = parameters
                .iter()
                .map(|(name, value)| (rewrite(name), rewrite(value)))
                .collect();
            let saying = Saying {
                cause: Cause::QueryChanged,
                part: b"query",
                signed: None,
                arrived: None,
                how,
                encoded: false,
            };
            self.push(sorted(all), true, &saying);
        }
        self.joined_values();
    }

    /// A `&` within a value that was not escaped begins a parameter without a value.
    fn joined_values(&mut self) {
        let parameters = self.parameters.clone();
        for (at, (name, value)) in parameters.iter().enumerate() {
            if is_of_signature(name) || !value.is_empty() {
                continue;
            }
            for (other, (host, text)) in parameters.iter().enumerate() {
                if other == at || is_of_signature(host) {
                    continue;
                }
                let mut changed = parameters.clone();
                changed[other].1 = [text, &b"%26"[..], name].concat();
                changed.remove(at);
                let saying = Saying {
                    cause: Cause::QueryChanged,
                    part: host,
                    signed: Some(&[text, &b"%26"[..], name].concat()),
                    arrived: Some(text),
                    how: "a `&` in it was not escaped as `%26`",
                    encoded: false,
                };
                self.push(sorted(changed), true, &saying);
            }
        }
    }

    /// Signers that did not sort, or sorted in another way.
    fn orders(&mut self, wire: &str) {
        let how = "the signer did not sort the parameters by their bytes";
        let saying = Saying {
            cause: Cause::QueryChanged,
            part: b"query",
            signed: None,
            arrived: None,
            how,
            encoded: false,
        };
        let mut by_letters = self.parameters.clone();
        by_letters.sort_by_key(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
        self.push(written(&by_letters), true, &saying);
        let mut as_sent = Vec::new();
        for part in wire
            .split('&')
            .filter(|part| !part.starts_with("X-Amz-Signature="))
        {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (mut n, mut v) = (Vec::new(), Vec::new());
            encode::rewrite_query(&mut n, name.as_bytes());
            encode::rewrite_query(&mut v, value.as_bytes());
            as_sent.push((n, v));
        }
        self.push(written(&as_sent), true, &saying);
    }
}

/// Parameters that pages and mailers put behind each link.
pub(in crate::explain) fn is_tracking(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 12] = [
        b"fbclid", b"gclid", b"msclkid", b"mc_cid", b"mc_eid", b"igshid", b"ref", b"_ga", b"_gl",
        b"yclid", b"dclid", b"twclid",
    ];
    name.starts_with(b"utm_") || NAMES.contains(&name)
}

fn decoded_once(value: &[u8]) -> Vec<u8> {
    encode::encode_query(&encode::decode(&encode::decode(value))).into()
}

fn encoded_again(value: &[u8]) -> Vec<u8> {
    encode::encode_query(value).into()
}

fn space_as_plus(value: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(value).replace("%20", "+").into()
}

fn plus_for_space(value: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(value).replace("%20", "%2B").into()
}
