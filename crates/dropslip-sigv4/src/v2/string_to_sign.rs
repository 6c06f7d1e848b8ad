//! The text that version 2 signs.

use crate::request::Request;
use crate::v2::amz::{AmzHeaders, unfolded};
use crate::v2::claim::Claim;
use crate::v2::parameters::Parameters;

/// Whether the path of a bucket alone gets the slash that it lacks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Slash {
    /// As on the wire.
    AsSent,
    /// `/photos` is signed as `/photos/`. botocore does so in path style; both name
    /// the same bucket, so nothing is lost by taking either.
    Added,
}

impl Slash {
    /// What may have been signed, the documented one first.
    pub(super) fn candidates(path: &str, bucket: Option<&str>) -> &'static [Self] {
        let key = path.strip_prefix('/').unwrap_or(path);
        if bucket.is_none() && !key.is_empty() && !key.contains('/') {
            &[Self::AsSent, Self::Added]
        } else {
            &[Self::AsSent]
        }
    }
}

/// Method, `content-md5`, `content-type` and date, one a line; then the `x-amz-*`
/// headers, and the resource: bucket, path as on the wire, signed parameters.
pub(super) fn string_to_sign(
    request: &Request<'_>,
    (bucket, slash): (Option<&str>, Slash),
    parameters: &Parameters<'_>,
    amz: &AmzHeaders,
    claim: &Claim,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(256 + request.path.len());
    out.extend_from_slice(request.method.as_bytes());
    out.push(b'\n');
    for name in ["content-md5", "content-type"] {
        if let Some(value) = request.header_values(name).next() {
            out.extend_from_slice(&unfolded(value));
        }
        out.push(b'\n');
    }
    out.extend_from_slice(claim.date_line());
    out.push(b'\n');
    amz.write(&mut out);
    if let Some(bucket) = bucket {
        out.push(b'/');
        out.extend_from_slice(bucket.as_bytes());
    }
    let path = if request.path.is_empty() {
        "/"
    } else {
        request.path
    };
    out.extend_from_slice(path.as_bytes());
    if slash == Slash::Added {
        out.push(b'/');
    }
    parameters.write_signed(&mut out);
    out
}
