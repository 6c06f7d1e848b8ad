//! `x-amz-*` values that a signer moved ("hoisted") from headers into the query.
//!
//! SDKs put values such as `x-amz-acl` into a presigned query, where the signature
//! covers them. They count as the headers then. What is said in both places must
//! be the same, or a request would mean one thing to us and another to its signer.

use crate::canonical::is_same_folded;
use crate::dialect::{Dialect, PayloadRule};
use crate::encode::{decode, decode_text};
use crate::query::{Query, is_amz};
use crate::request::{ClaimedPayload, Request};
use crate::scratch::Scratch;

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
    let mut names = Scratch::<&str, 12>::new();
    query.amz().for_each(|(name, _)| names.push(name));
    let names = names.as_slice();
    let twice = |(at, name): (usize, &&str)| {
        let mut others = names[at + 1..].iter();
        let is_there =
            others.any(|other| other.len() == name.len() && other.eq_ignore_ascii_case(name));
        is_there.then(|| name.to_ascii_lowercase())
    };
    names.iter().enumerate().filter_map(twice).min()
}

/// The first name, of those that `concerns`, whose header says other than its parameter.
/// The name is given as it stands in the query, in any case.
pub(crate) fn conflict(
    request: &Request<'_>,
    query: &Query<'_>,
    concerns: impl Fn(&str) -> bool,
) -> Option<Conflict> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    // Nearly no request says the same in both places.
    let is_in_query = |name: &str| {
        let mut amz = query.amz();
        amz.any(|(other, _)| other.len() == name.len() && other.eq_ignore_ascii_case(name))
    };
    let mut names = request.headers.iter().map(|(name, _)| name);
    if !names.any(|name| is_amz(name) && is_in_query(name)) {
        return None;
    }
    query
        .amz()
        .filter(|(name, _)| request.header_values(name).next().is_some() && concerns(name))
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
