//! Headers that change what a request means: those that are understood here.
//!
//! To pass over a header that means something to S3 would do something else than was
//! asked, so what is not understood of those answers `NotImplemented` and names itself.
//! The same goes for conditions on an operation that does not hold them. Names that mean
//! nothing to S3 are passed over as S3 does: proxies have their own (`x-amz-cf-id`).

use dropslip_s3::checksum::Algorithm;

use crate::error::{Error, Result};
use crate::request::Request;
use crate::route::Operation;

/// How the names begin that mean something to S3, behind `x-amz-` and before a hyphen.
const MEANT: &[&str] = &[
    "acl",
    "bucket",
    "bypass",
    "checksum",
    "client",
    "confirm",
    "copy",
    "create",
    "expected",
    "fwd",
    "grant",
    "if",
    "metadata",
    "mfa",
    "mp",
    "object",
    "optional",
    "rename",
    "request",
    "restore",
    "s3session",
    "server",
    "skip",
    "source",
    "storage",
    "tagging",
    "transition",
    "website",
    "write",
];

/// The names that are understood of those, in headers and in presigned queries.
const UNDERSTOOD: &[&str] = &[
    "acl",
    "bypass-governance-retention",
    "checksum-algorithm",
    "checksum-mode",
    "checksum-type",
    "confirm-remove-self-bucket-access",
    "copy-source",
    "copy-source-if-match",
    "copy-source-if-modified-since",
    "copy-source-if-none-match",
    "copy-source-if-unmodified-since",
    "copy-source-range",
    "expected-bucket-owner",
    "grant-full-control",
    "grant-read",
    "grant-read-acp",
    "grant-write",
    "grant-write-acp",
    "if-match-last-modified-time",
    "if-match-size",
    "metadata-directive",
    "mp-object-size",
    "object-attributes",
    "object-ownership",
    "optional-object-attributes",
    "request-payer",
    "source-expected-bucket-owner",
    "skip-destination-validation",
    "storage-class",
    "tagging",
    "tagging-directive",
    "transition-default-minimum-object-size",
    "website-redirect-location",
];

/// Refuses a request that asks for more than is done.
pub(crate) fn check(request: &Request, operation: Operation) -> Result<()> {
    let headers = request.head.parts.headers.keys().map(|name| name.as_str());
    let in_query = request.head.query.names();
    let hoisted = in_query.filter(|_| request.caller.is_presigned());
    // A copy is told by its header alone, so that a link cannot turn an upload into one.
    let copies = |name: &str| behind(name, "x-amz-copy-source").is_some();
    let mut hoisted = hoisted.map(|name| (copies(name), name));
    let mut all = headers.map(|name| (false, name)).chain(&mut hoisted);
    if let Some((_, name)) = all.find(|(is_wrong, name)| *is_wrong || !is_understood(name)) {
        return Err(not_implemented(&name.to_ascii_lowercase()));
    }
    let conditions: &[&str] = match operation {
        // S3 has but `If-Match` for deletions.
        Operation::DeleteObject => &["if-none-match", "if-unmodified-since"],
        _ => &[],
    };
    match conditions
        .iter()
        .find(|name| request.head.parts.headers.contains_key(**name))
    {
        Some(name) => Err(not_implemented(name)),
        None => Ok(()),
    }
}

fn is_understood(name: &str) -> bool {
    let Some(name) = behind(name, "x-amz-") else {
        return true;
    };
    let is_checksum = || {
        let mut checksums = Algorithm::ALL.iter().map(|a| a.header());
        checksums.any(|header| {
            behind(header, "x-amz-").is_some_and(|checksum| checksum.eq_ignore_ascii_case(name))
        })
    };
    let is_in = |list: &[&str], name: &str| list.iter().any(|one| one.eq_ignore_ascii_case(name));
    let first = name.split('-').next().unwrap_or_default();
    !is_in(MEANT, first) || is_in(UNDERSTOOD, name) || is_checksum()
}

/// What stands behind a beginning that is written in any case.
fn behind<'a>(name: &'a str, beginning: &str) -> Option<&'a str> {
    let (begins, rest) = name.split_at_checked(beginning.len())?;
    begins.eq_ignore_ascii_case(beginning).then_some(rest)
}

fn not_implemented(name: &str) -> Error {
    let name = name.escape_debug().to_string();
    Error::not_implemented(&format!("The header {name}")).with("Header", name)
}
