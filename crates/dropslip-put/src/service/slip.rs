//! What a service answers, as far as it is needed here.

use std::collections::BTreeMap;

use serde::Deserialize;

/// An upload as it was issued, or as it stands.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Slip {
    #[serde(default)]
    pub(super) id: String,
    /// Missing from what was just issued.
    #[serde(default)]
    pub(super) state: String,
    #[serde(flatten)]
    pub(super) signed: Signed,
    pub(super) multipart: Option<Multipart>,
}

/// Addresses, and how long they hold.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Signed {
    #[serde(default)]
    pub(super) expires_in: f64,
    pub(super) put: Option<Address>,
    pub(super) post: Option<Form>,
    #[serde(default)]
    pub(super) parts: Vec<PartAddress>,
}

/// Where bytes go, and the headers that were signed.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Address {
    pub(super) url: String,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
}

/// Where a form goes, and its fields but the file.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Form {
    pub(super) url: String,
    pub(super) fields: BTreeMap<String, String>,
}

/// An upload in parts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Multipart {
    pub(super) part_size: u64,
    /// The kind of checksum that parts are signed with.
    pub(super) checksum: Option<String>,
    pub(super) parts: Vec<PartAddress>,
}

/// A part: signed, or arrived.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct PartAddress {
    pub(super) number: u32,
    pub(super) url: Option<String>,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) size: u64,
    #[serde(default)]
    pub(super) etag: String,
}

/// What `complete` answers.
#[derive(Debug, Deserialize)]
pub(super) struct Completed {
    pub(super) key: String,
    #[serde(default)]
    pub(super) etag: String,
    pub(super) url: Option<String>,
}

/// Why something was refused: problem details (RFC 9457), or a diagnosis.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reason {
    pub(super) code: String,
    pub(super) detail: String,
    pub(super) hint: Option<String>,
    /// Which checksum the preset asks for.
    pub(super) algorithm: Option<String>,
}
