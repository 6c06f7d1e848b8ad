//! `x-amz-*` values that a signer moved ("hoisted") from headers into the query.
//!
//! SDKs put values such as `x-amz-acl` into a presigned query, where the signature
//! covers them. They count as the headers then. What is said in both places must
//! be the same, or a request would mean one thing to us and another to its signer.

use crate::canonical::folded;
use crate::dialect::{Dialect, PayloadRule};
use crate::request::{ClaimedPayload, Request};

/// A name whose header and parameter differ.
pub(crate) struct Conflict {
    pub(crate) name: String,
    pub(crate) header: String,
    pub(crate) query: String,
}

/// The first header that may be sent once only and is sent twice. All others are
/// lists, or a matter of the service.
pub(crate) fn repeated_header(request: &Request<'_>) -> Option<&'static str> {
    const ONCE: [&str; 6] = [
        "authorization",
        "date",
        "host",
        "x-amz-content-sha256",
        "x-amz-date",
        "x-amz-security-token",
    ];
    ONCE.into_iter()
        .find(|name| request.header_values(name).nth(1).is_some())
}

/// The first `x-amz-*` name that is in the query twice.
pub(crate) fn repeated(amz: &[(String, Vec<u8>)]) -> Option<&str> {
    let mut names: Vec<&str> = amz.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names
        .windows(2)
        .find(|pair| pair[0] == pair[1])
        .map(|pair| pair[0])
}

/// The first name, of those that `concerns`, whose header says other than its parameter.
pub(crate) fn conflict(
    request: &Request<'_>,
    amz: &[(String, Vec<u8>)],
    concerns: impl Fn(&str) -> bool,
) -> Option<Conflict> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    amz.iter()
        .filter(|(name, _)| concerns(name))
        .find_map(|(name, value)| {
            let other = request
                .header_values(name)
                .find(|header| folded(header) != folded(value))?;
            Some(Conflict {
                name: name.clone(),
                header: text(other),
                query: text(value),
            })
        })
}

/// What the request says of its payload; the text of it, if that cannot be read.
pub(crate) fn payload(
    request: &Request<'_>,
    amz: &[(String, Vec<u8>)],
    dialect: &Dialect,
) -> Result<ClaimedPayload, String> {
    let hoisted = amz
        .iter()
        .find(|(name, _)| name == "x-amz-content-sha256")
        .map(|(_, value)| value.as_slice());
    match (
        request
            .header_values("x-amz-content-sha256")
            .next()
            .or(hoisted),
        &dialect.payload,
    ) {
        (Some(stated), _) => {
            let text = String::from_utf8_lossy(stated.trim_ascii());
            ClaimedPayload::parse(&text).ok_or_else(|| text.into_owned())
        }
        (None, PayloadRule::Stated) => Ok(ClaimedPayload::Unsigned),
        (None, PayloadRule::Known(payload)) => Ok(payload.into()),
    }
}
