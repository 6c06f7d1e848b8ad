//! `x-amz-*` values that a signer moved ("hoisted") from headers into the query.
//!
//! SDKs put values such as `x-amz-acl` into a presigned query, where the signature
//! covers them. They count as the headers then. What is said in both places must
//! be the same, or a request would mean one thing to us and another to its signer.

use crate::canonical::is_same_folded;
use crate::dialect::{Dialect, PayloadRule};
use crate::encode::{decode, decode_text};
use crate::headers::Places;
use crate::query::Query;
use crate::request::{ClaimedPayload, Request};

/// The name of the header that says what the payload is.
pub(crate) const PAYLOAD: &str = "x-amz-content-sha256";

/// A name whose header and parameter differ.
pub(crate) struct Conflict {
    pub(crate) name: String,
    pub(crate) header: String,
    pub(crate) query: String,
}

/// The first `x-amz-*` name, in lower case, that is in the query twice.
pub(crate) fn repeated(query: &Query<'_>) -> Option<String> {
    query.may_repeat_amz().then(|| repeated_by_all(query))?
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
pub(crate) fn has_both(request: &Request<'_>, mut amz: Places, query: &Query<'_>) -> bool {
    amz.any(|place| query.amz_of(request.headers[place].0).is_some())
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

/// What the request says of its payload, in the header [`PAYLOAD`] or in the query; the
/// text of it, if that cannot be read.
pub(crate) fn payload(
    header: Option<&[u8]>,
    query: Option<&Query<'_>>,
    dialect: &Dialect,
) -> Result<ClaimedPayload, String> {
    let hoisted = || query?.amz_of(PAYLOAD).map(decode_text);
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
