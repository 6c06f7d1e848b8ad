//! What the index keeps of buckets, objects and versions.
//!
//! Written as JSON with optional fields left out, so that a later version reads
//! what an earlier one wrote, and a person can read both.

use std::collections::BTreeMap;
use std::fmt;

use dropslip_s3::acl::Acl;
use dropslip_s3::bucket_policy::BucketPolicy;
use dropslip_s3::cors::CorsConfiguration;
use dropslip_s3::lifecycle::LifecycleConfiguration;
use dropslip_s3::notification::NotificationConfiguration;
use dropslip_s3::ownership::ObjectOwnership;
use dropslip_s3::public_access::PublicAccessBlock;
use dropslip_s3::tags::Tags;
use serde::{Deserialize, Serialize};

use crate::disk::DataId;

/// A bucket.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct BucketRecord {
    /// Who created it.
    pub(crate) owner: String,
    /// When, in milliseconds since 1970.
    pub(crate) created_ms: i64,
    pub(crate) acl: Acl,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ownership: Option<ObjectOwnership>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) public_access_block: Option<PublicAccessBlock>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) policy: Option<BucketPolicy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cors: Option<CorsConfiguration>,
    #[serde(skip_serializing_if = "Versioning::is_off")]
    pub(crate) versioning: Versioning,
    #[serde(skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lifecycle: Option<LifecycleConfiguration>,
    #[serde(skip_serializing_if = "NotificationConfiguration::is_empty")]
    pub(crate) notification: NotificationConfiguration,
}

impl BucketRecord {
    /// Whether the bucket's owner owns all that is in it, and ACLs count for nothing.
    pub(crate) fn owner_is_enforced(&self) -> bool {
        self.ownership == Some(ObjectOwnership::BucketOwnerEnforced)
    }

    /// The switches against public access; all off where there are none.
    pub(crate) fn block(&self) -> PublicAccessBlock {
        self.public_access_block.unwrap_or_default()
    }
}

/// Whether a bucket keeps what is replaced and deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Versioning {
    /// Never was asked to.
    #[default]
    Off,
    /// Keeps all.
    Enabled,
    /// Keeps what it has; what is written now has the version `null`.
    Suspended,
}

impl Versioning {
    fn is_off(&self) -> bool {
        *self == Self::Off
    }
}

/// An object, or one version of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ObjectRecord {
    /// The number of the change that made it: greater is newer.
    #[serde(default)]
    pub(crate) sequence: u64,
    /// The version, if it was written while versioning was enabled; else it is `null`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<VersionId>,
    pub(crate) content: Content,
    pub(crate) size_bytes: u64,
    /// With quotes, as it is sent.
    pub(crate) etag: String,
    /// When it was written, in milliseconds since 1970.
    pub(crate) modified_ms: i64,
    pub(crate) owner: String,
    #[serde(default)]
    pub(crate) acl: Acl,
    /// Standard headers that are given back as they came, `content-type` among them.
    pub(crate) headers: BTreeMap<String, String>,
    /// User metadata: names without `x-amz-meta-`, values as text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) metadata: BTreeMap<String, String>,
    /// Additional checksums by header name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) checksums: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
    /// The storage class, unless it is `STANDARD`. It is kept and told, and means nothing here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) storage_class: Option<String>,
}

/// Where the bytes of an object are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Content {
    /// In one piece.
    Data(DataId),
    /// In the parts of a manifest.
    Parts(ManifestId),
}

/// The parts of an object that came by multipart upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ManifestId(pub(crate) DataId);

/// What a key had or has beside its current object.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Version {
    Object(Box<ObjectRecord>),
    DeleteMarker(DeleteMarker),
}

impl Version {
    pub(crate) fn sequence(&self) -> u64 {
        match self {
            Self::Object(object) => object.sequence,
            Self::DeleteMarker(marker) => marker.sequence,
        }
    }

    pub(crate) fn version(&self) -> Option<VersionId> {
        match self {
            Self::Object(object) => object.version,
            Self::DeleteMarker(marker) => marker.version,
        }
    }
}

/// Says that a key was deleted while its versions are kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeleteMarker {
    pub(crate) sequence: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<VersionId>,
    pub(crate) modified_ms: i64,
    pub(crate) owner: String,
}

/// The id of a version: the number of its change, and chance, so that nobody guesses it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct VersionId {
    pub(crate) sequence: u64,
    pub(crate) chance: u64,
}

impl VersionId {
    /// Reads an id as it is sent; none for what was never one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() != 32 || !text.bytes().all(is_digit) {
            return None;
        }
        let (sequence, chance) = text.split_at(16);
        Some(Self {
            sequence: u64::from_str_radix(sequence, 16).ok()?,
            chance: u64::from_str_radix(chance, 16).ok()?,
        })
    }
}

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.sequence, self.chance)
    }
}

impl fmt::Debug for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<VersionId> for String {
    fn from(id: VersionId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for VersionId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a version is 32 lower-case hexadecimal digits")
    }
}
