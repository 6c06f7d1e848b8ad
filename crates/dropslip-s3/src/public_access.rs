//! The public access block of a bucket: four switches that overrule ACLs and policies.
//!
//! Source: [Blocking public access](https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html).

use serde::{Deserialize, Serialize};

/// The switches. All off is the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "S3 has just these four switches, each on its own"
)]
pub struct PublicAccessBlock {
    /// Requests that would set a public ACL are refused.
    pub block_public_acls: bool,
    /// Grants to everybody count for nothing.
    pub ignore_public_acls: bool,
    /// Policies that allow everybody something are refused.
    pub block_public_policy: bool,
    /// A policy that allows everybody something allows only the bucket's owner.
    pub restrict_public_buckets: bool,
}
