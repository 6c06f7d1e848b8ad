//! What the index keeps of buckets and objects.
//!
//! Written as JSON with optional fields left out, so that a later version reads
//! what an earlier one wrote, and a person can read both.

use std::collections::BTreeMap;

use dropslip_s3::CannedAcl;
use dropslip_s3::cors::CorsConfiguration;
use serde::{Deserialize, Serialize};

use crate::disk::BlobId;

/// A bucket.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BucketRecord {
    /// The access key that created it.
    pub(crate) owner: String,
    /// When, in milliseconds since 1970.
    pub(crate) created_ms: i64,
    #[serde(default)]
    pub(crate) acl: CannedAcl,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cors: Option<CorsConfiguration>,
}

/// An object.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ObjectRecord {
    /// Where its bytes are.
    pub(crate) blob: BlobId,
    pub(crate) size_bytes: u64,
    /// With quotes, as it is sent.
    pub(crate) etag: String,
    /// When it was written, in milliseconds since 1970.
    pub(crate) modified_ms: i64,
    #[serde(default)]
    pub(crate) acl: CannedAcl,
    /// Standard headers that are given back as they came, `content-type` among them.
    pub(crate) headers: BTreeMap<String, String>,
    /// User metadata: names without `x-amz-meta-`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) metadata: BTreeMap<String, String>,
    /// Additional checksums by header name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) checksums: BTreeMap<String, String>,
}
