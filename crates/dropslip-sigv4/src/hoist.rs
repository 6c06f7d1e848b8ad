//! `x-amz-*` values that a signer moved ("hoisted") from headers into the query.
//!
//! SDKs put values such as `x-amz-acl` into a presigned query, where the signature
//! covers them. They count as the headers then. What is said in both places must
//! be the same, or a request would mean one thing to us and another to its signer.

use crate::canonical::{is_same_folded, is_same_name};
use crate::dialect::{Dialect, PayloadRule};
use crate::encode::{decode, decode_text};
use crate::query::{Query, is_amz};
use crate::request::{ClaimedPayload, Request};

/// A name whose header and parameter differ.
pub(crate) struct Conflict {
    pub(crate) name: String,
    pub(crate) header: String,
    pub(crate) query: String,
}

/// The headers that may be sent once only. All others are lists, or a matter of the service.
const ONCE: [&str; 6] = [
    "authorization",
    "date",
    "host",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
];

/// The first header that may be sent once only and is sent twice.
pub(crate) fn repeated_header(request: &Request<'_>) -> Option<&'static str> {
    let mut seen = [0; ONCE.len()];
    for (name, _) in request.headers {
        // Most headers have another length than these.
        if !matches!(name.len(), 4 | 10 | 13 | 20) {
            continue;
        }
        let of_name = |once: &&str| once.eq_ignore_ascii_case(name);
        if let Some(at) = ONCE.iter().position(of_name) {
            seen[at] += 1;
        }
    }
    let first = seen.iter().position(|times| *times > 1)?;
    Some(ONCE[first])
}

/// The first `x-amz-*` name, in lower case, that is in the query twice.
pub(crate) fn repeated(query: &Query<'_>) -> Option<String> {
    // Most names differ in length or in their last letter, which fits in a few bits.
    let mut seen = 0_u64;
    let mut may_be_twice = false;
    for (name, _) in query.amz() {
        let last = usize::from(name.as_bytes()[name.len() - 1] | 0x20);
        let bit = 1 << ((name.len() * 3 + last * 11) % 64);
        may_be_twice |= seen & bit != 0;
        seen |= bit;
    }
    may_be_twice.then(|| repeated_by_all(query))?
}

fn repeated_by_all(query: &Query<'_>) -> Option<String> {
    let twice = |(at, (name, _)): (usize, (&str, &str))| {
        let mut others = query.amz().skip(at + 1);
        let is_there = others.any(|(other, _)| other.eq_ignore_ascii_case(name));
        is_there.then(|| name.to_ascii_lowercase())
    };
    query.amz().enumerate().filter_map(twice).min()
}

/// Whether some `x-amz-*` name is both in a header and in the query. Nearly no request
/// says the same in both places.
pub(crate) fn has_both(request: &Request<'_>, query: &Query<'_>) -> bool {
    request
        .headers
        .iter()
        .filter(|(name, _)| is_amz(name))
        .any(|(name, _)| query.amz().any(|(other, _)| is_same_name(other, name)))
}

/// The first name, of those that `concerns`, whose header says other than its parameter.
/// The name is given as it stands in the query, in any case.
pub(crate) fn conflict(
    request: &Request<'_>,
    query: &Query<'_>,
    concerns: impl Fn(&str) -> bool,
) -> Option<Conflict> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    query
        .amz()
        .filter(|(name, _)| concerns(name))
        .find_map(|(name, value)| {
            let value = decode(value.as_bytes());
            let other = request
                .header_values(name)
                .find(|header| !is_same_folded(header, &value))?;
            Some(Conflict {
                name: name.to_ascii_lowercase(),
                header: text(other),
                query: text(&value),
            })
        })
}

/// What the request says of its payload, in a header or in the query; the text of it,
/// if that cannot be read.
pub(crate) fn payload(
    request: &Request<'_>,
    query: Option<&Query<'_>>,
    dialect: &Dialect,
) -> Result<ClaimedPayload, String> {
    const NAME: &str = "x-amz-content-sha256";
    let hoisted = || {
        let (_, value) = query?
            .amz()
            .find(|(name, _)| name.eq_ignore_ascii_case(NAME))?;
        Some(decode_text(value))
    };
    let header = request.header_values(NAME).next();
    let stated = header.map(String::from_utf8_lossy).or_else(hoisted);
    match (stated, &dialect.payload) {
        (Some(stated), _) => {
            let text = stated.trim_ascii();
            ClaimedPayload::parse(text).ok_or_else(|| text.to_owned())
        }
        (None, PayloadRule::Stated) => Ok(ClaimedPayload::Unsigned),
        (None, PayloadRule::Known(payload)) => Ok(payload.into()),
    }
}
