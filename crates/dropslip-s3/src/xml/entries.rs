//! What the lists of objects have in common: one object, common prefixes, encoded names.

use super::bucket::owner_id;
use super::write::Document;

/// One object in a list.
#[derive(Clone, Debug, Default)]
pub struct ListEntry {
    /// The key.
    pub key: String,
    /// When it was written, RFC 3339.
    pub last_modified: String,
    /// Its ETag, with quotes.
    pub etag: String,
    /// The algorithm of its additional checksum, as in `x-amz-checksum-algorithm`.
    pub checksum_algorithm: Option<&'static str>,
    /// `FULL_OBJECT` or `COMPOSITE`, with an additional checksum.
    pub checksum_type: Option<&'static str>,
    /// Its size.
    pub size_bytes: u64,
    /// Its storage class.
    pub storage_class: String,
    /// Its owner's name, if owners are shown.
    pub owner: Option<String>,
}

/// How names are written: as they are, or percent-encoded (`encoding-type=url`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Whether `encoding-type=url` was asked for.
    pub url_encoded: bool,
}

impl Names {
    /// A key, a prefix, a delimiter or a marker, encoded as in a path, slashes kept.
    pub(super) fn of(self, text: &str) -> String {
        if self.url_encoded {
            dropslip_sigv4::encode_path(text.as_bytes())
        } else {
            text.to_owned()
        }
    }

    pub(super) fn write(self, document: &mut Document) {
        document.text_if("EncodingType", self.url_encoded.then_some("url"));
    }
}

/// Writes what is in `Contents`, and in `Version` behind the version.
pub(super) fn object(document: &mut Document, object: &ListEntry, names: Names) {
    document.text("Key", &names.of(&object.key));
    described(document, object);
}

/// Writes all of an object but its key.
pub(super) fn described(document: &mut Document, object: &ListEntry) {
    document.text("LastModified", &object.last_modified);
    document.text("ETag", &object.etag);
    document.text_if("ChecksumAlgorithm", object.checksum_algorithm);
    document.text_if("ChecksumType", object.checksum_type);
    document.text("Size", &object.size_bytes.to_string());
    if let Some(name) = &object.owner {
        owner(document, name);
    }
    document.text("StorageClass", &object.storage_class);
}

/// Writes an owner.
pub(super) fn owner(document: &mut Document, name: &str) {
    document.element("Owner", |document| {
        document.text("ID", &owner_id(name));
        document.text("DisplayName", name);
    });
}

/// Writes the rolled up prefixes.
pub(super) fn common_prefixes(document: &mut Document, prefixes: &[String], names: Names) {
    for prefix in prefixes {
        document.element("CommonPrefixes", |document| {
            document.text("Prefix", &names.of(prefix));
        });
    }
}

/// `true` or `false`.
pub(super) fn yes(is_so: bool) -> &'static str {
    if is_so { "true" } else { "false" }
}
