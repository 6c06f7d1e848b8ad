//! The only XML: S3's documents, written and read.
//!
//! Written by hand-held structure, so that element order is S3's; read through
//! serde into private shapes that refuse unknown elements, so that a misspelt
//! rule is named and not ignored.

mod bucket;
mod cors;
mod error;
mod list;
mod write;

pub use bucket::{BucketEntry, all_buckets, location, location_constraint, owner_id};
pub use cors::{cors_configuration, read_cors_configuration};
pub use error::{ErrorDocument, error, read_error};
pub use list::{ListEntry, ListV2, list_v2};

use std::fmt;

/// Why a document was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XmlError(String);

impl fmt::Display for XmlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for XmlError {}

/// Reads a document of bounded size into a serde shape.
fn read<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, XmlError> {
    if bytes.len() > crate::limits::XML_BYTES_MAX {
        return Err(XmlError(format!(
            "the document is larger than {} bytes",
            crate::limits::XML_BYTES_MAX
        )));
    }
    let text =
        std::str::from_utf8(bytes).map_err(|_| XmlError("the document is not UTF-8".to_owned()))?;
    quick_xml::de::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|e| XmlError(e.to_string()))
}
