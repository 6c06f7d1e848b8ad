//! The query: parameters that were added, dropped, edited or encoded in another way.

use super::{Arrived, Changes};
use crate::encode;
use crate::explain::explanation::Cause;
use crate::explain::pieces::{Change, Slot};

/// A parameter of the canonical query: name and value, encoded.
pub(super) type Parameter = (Vec<u8>, Vec<u8>);

/// Expiries that people choose, in seconds.
const EXPIRES_S: [&str; 14] = [
    "60", "120", "300", "600", "900", "1200", "1800", "3600", "7200", "21600", "43200", "86400",
    "604800", "1000",
];

/// How many parameters are looked at one by one.
pub(super) const PARAMETERS_MAX: usize = 24;

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

pub(super) fn add(changes: &mut Changes, arrived: &Arrived<'_>) {
    let pieces = arrived.pieces;
    let owned = |(name, value): (&[u8], &[u8])| (name.to_vec(), value.to_vec());
    let mut queries = Queries {
        changes,
        now: &pieces.query,
        parameters: pieces.parameters().into_iter().map(owned).collect(),
    };
    queries.added();
    queries.taken_out();
    queries.moved(arrived);
    queries.edited();
    super::query_text::add(&mut queries, arrived.request.query);
}

/// The changes of a query.
pub(super) struct Queries<'a> {
    changes: &'a mut Changes,
    now: &'a [u8],
    pub(super) parameters: Vec<Parameter>,
}

/// What a change says of itself.
pub(super) struct Saying<'a> {
    pub(super) cause: Cause,
    pub(super) part: &'a [u8],
    pub(super) signed: Option<&'a [u8]>,
    pub(super) arrived: Option<&'a [u8]>,
    pub(super) how: &'static str,
}

pub(super) fn is_of_signature(name: &[u8]) -> bool {
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

pub(super) fn written(parameters: &[Parameter]) -> Vec<u8> {
    let parts: Vec<Vec<u8>> = parameters
        .iter()
        .map(|(name, value)| [name, &b"="[..], value].concat())
        .collect();
    parts.join(&b'&')
}

pub(super) fn sorted(mut parameters: Vec<Parameter>) -> Vec<u8> {
    parameters.sort_unstable();
    written(&parameters)
}

impl Queries<'_> {
    pub(super) fn push(&mut self, signed: Vec<u8>, frequent: bool, saying: &Saying<'_>) {
        if signed == self.now {
            return;
        }
        let part = String::from_utf8_lossy(&encode::decode(saying.part)).into_owned();
        // Encoded where only the encoding differs.
        let [was, is] = [saying.signed, saying.arrived];
        let decoded = |text: Option<&[u8]>| text.map(encode::decode);
        let (was, is) = if decoded(was) == decoded(is) {
            (was.map(<[u8]>::to_vec), is.map(<[u8]>::to_vec))
        } else {
            (decoded(was), decoded(is))
        };
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
        for (name, value) in foreign.iter().take(PARAMETERS_MAX) {
            let signed = self.without(|(other, _)| other == name);
            let saying = Saying {
                cause: Cause::QueryAdded,
                part: name,
                signed: None,
                arrived: Some(value),
                how: "",
            };
            self.push(signed, true, &saying);
        }
        // Several at once: what tracks, what is not S3's, all.
        let added: [fn(&[u8]) -> bool; 3] =
            [is_tracking, is_foreign, |name| !is_of_signature(name)];
        for is_added in added {
            let names = foreign.iter().map(|(name, _)| name.as_slice());
            let names: Vec<&[u8]> = names.filter(|name| is_added(name)).collect();
            let saying = Saying {
                cause: Cause::QueryAdded,
                part: &names.join(&b", "[..]),
                signed: None,
                arrived: None,
                how: "",
            };
            if names.len() > 1 {
                let signed = self.without(|(name, _)| is_added(name));
                self.push(signed, true, &saying);
            }
        }
        self.added_pairs(&foreign);
        let token = b"X-Amz-Security-Token";
        let saying = Saying {
            cause: Cause::SessionToken,
            part: token,
            signed: None,
            arrived: None,
            how: "the session token was added after signing, and S3 wants it signed",
        };
        let signed = self.without(|(name, _)| name == token);
        self.push(signed, true, &saying);
    }

    /// Any two of the first few: strangers come in company.
    fn added_pairs(&mut self, foreign: &[&Parameter]) {
        const FEW: usize = 8;
        for (at, (first, _)) in foreign.iter().enumerate().take(FEW) {
            for (second, _) in foreign.iter().take(FEW).skip(at + 1) {
                let signed = self.without(|(name, _)| name == first || name == second);
                let saying = Saying {
                    cause: Cause::QueryAdded,
                    part: &[first.as_slice(), second.as_slice()].join(&b", "[..]),
                    signed: None,
                    arrived: None,
                    how: "",
                };
                self.push(signed, false, &saying);
            }
        }
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
            };
            self.push(sorted(parameters), name == "x-id" || is_checksum, &saying);
        }
    }

    /// A parameter that was sent as the header of its name: signers put headers into
    /// the query, and people put them back.
    fn moved(&mut self, arrived: &Arrived<'_>) {
        const NAMES: [(&str, &str); 6] = [
            ("content-type", "Content-Type"),
            ("cache-control", "Cache-Control"),
            ("content-disposition", "Content-Disposition"),
            ("content-encoding", "Content-Encoding"),
            ("content-md5", "Content-MD5"),
            ("x-amz-acl", "x-amz-acl"),
        ];
        for (header, parameter) in NAMES {
            let Some(value) = arrived.header_text(header) else {
                continue;
            };
            for name in [parameter, header] {
                let mut parameters = self.parameters.clone();
                let encoded = encode::encode_query(value.as_bytes());
                let signed = encoded.clone();
                parameters.push((name.as_bytes().to_vec(), encoded.into_bytes()));
                let saying = Saying {
                    cause: Cause::QueryMissing,
                    part: name.as_bytes(),
                    signed: Some(signed.as_bytes()),
                    arrived: None,
                    how: "it was signed in the query and sent as a header",
                };
                self.push(sorted(parameters), true, &saying);
            }
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
                };
                self.push(sorted(changed), false, &saying);
            }
        }
    }
}

/// Whether S3's signers do not write such a parameter by themselves.
fn is_foreign(name: &[u8]) -> bool {
    !is_of_signature(name) && !name.to_ascii_lowercase().starts_with(b"x-amz-")
}

/// Parameters that pages and mailers put behind each link.
pub(in crate::explain) fn is_tracking(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 12] = [
        b"fbclid", b"gclid", b"msclkid", b"mc_cid", b"mc_eid", b"igshid", b"ref", b"_ga", b"_gl",
        b"yclid", b"dclid", b"twclid",
    ];
    name.starts_with(b"utm_") || NAMES.contains(&name)
}
