//! The steps, one file for what belongs together. None of them fails: of what it cannot find out it says so.

pub(crate) mod access;
mod checksums;
pub(crate) mod connection;
pub(crate) mod cors;
mod disclosure;
mod exposure;
pub(crate) mod lifecycle;
mod mismatch;
mod parts;
mod permissions;
mod post;
mod put;
mod region;
mod style;
mod tried;

use crate::finding::{Check, Finding};
use crate::ground::Ground;

/// Steps that need keys and a bucket.
const UPLOADS: &[Check] = &[
    Check::Signature,
    Check::Put,
    Check::PutType,
    Check::PutLength,
    Check::Expiry,
    Check::Acl,
    Check::PublicRead,
    Check::Anonymous,
    Check::Post,
    Check::PostRange,
    Check::Multipart,
    Check::MultipartAbort,
    Check::SingleUsePut,
    Check::SingleUseComplete,
    Check::PartChecksums,
    Check::ChecksumCrc32,
    Check::ChecksumCrc32c,
    Check::ChecksumCrc64Nvme,
    Check::ChecksumSha1,
    Check::ChecksumSha256,
    Check::Lifecycle,
    Check::Disclosure,
];

/// Steps that need an answer of the storage.
const ACCESS: &[Check] = &[
    Check::Credentials,
    Check::Region,
    Check::Bucket,
    Check::PathStyle,
    Check::VirtualHost,
    Check::Public,
    Check::Permissions,
    Check::CorsRules,
    Check::CorsPreflight,
];

pub(crate) fn skipped_from_uploads(why: &str) -> Vec<Finding> {
    skipped(UPLOADS, why)
}

pub(crate) fn skipped_from_access(why: &str) -> Vec<Finding> {
    skipped(&[ACCESS, UPLOADS].concat(), why)
}

pub(crate) fn skipped(checks: &[Check], why: &str) -> Vec<Finding> {
    let skip = |check: &Check| Finding::skipped(*check, why);
    checks.iter().map(skip).collect()
}

/// Everything that uploads, beside each other.
pub(crate) async fn uploads(ground: &Ground<'_>) -> Vec<Finding> {
    let (put, holds) = put::check(ground).await;
    if !holds {
        let done: Vec<Check> = put.iter().map(|finding| finding.check).collect();
        let rest: Vec<Check> = UPLOADS
            .iter()
            .copied()
            .filter(|check| !done.contains(check))
            .collect();
        return [put, skipped(&rest, "a presigned PUT does not work yet")].concat();
    }
    let (post, parts, checksums, exposure) = tokio::join!(
        post::check(ground),
        parts::check(ground),
        checksums::check(ground),
        exposure::check(ground),
    );
    [put, post, parts, checksums, exposure].concat()
}
