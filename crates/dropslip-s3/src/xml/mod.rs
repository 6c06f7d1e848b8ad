//! The only XML: S3's documents, written and read.
//!
//! Written by hand-held structure, so that element order is S3's; read into private
//! shapes that refuse unknown elements, so that a misspelt rule is named and not ignored:
//! through serde, or as a tree where white space around a text counts.

mod acl;
mod answers;
#[cfg(test)]
mod answers_tests;
mod attributes;
mod bucket;
mod copy;
mod cors;
mod delete;
mod entries;
mod error;
#[cfg(test)]
mod error_tests;
mod lifecycle;
mod lifecycle_found;
#[cfg(test)]
mod lifecycle_tests;
mod list;
mod list_v1;
mod multipart;
mod notification;
mod ownership;
mod post;
mod public_access;
mod tagging;
mod told;
mod tree;
mod versioning;
mod versions;
mod write;

pub use acl::{NamedAcl, access_control_policy, read_access_control_policy};
pub use answers::{
    CompletedAnswer, ObjectAnswer, ObjectsPage, PartAnswer, PartsPageAnswer, UploadAnswer,
    UploadsMarker, UploadsPage, complete_request, read_completed, read_initiated, read_objects,
    read_parts, read_uploads,
};
pub use attributes::{Attributes, AttributesPart, PartsPage, attributes};
pub use bucket::{BucketEntry, Buckets, all_buckets, location, location_constraint, owner_id};
pub use copy::copy_result;
pub use cors::{cors_configuration, cors_rules, read_cors_configuration, read_found_cors};
pub use delete::{DeleteMany, DeleteOne, Deletion, delete_result, read_delete};
pub use entries::{ListEntry, Names};
pub use error::{ErrorDocument, error, explained_error, find_error, read_error};
pub use lifecycle::{lifecycle_configuration, read_lifecycle_configuration};
pub use lifecycle_found::{FoundLifecycle, FoundLifecycleRule};
pub use list::{ListV2, list_v2};
pub use list_v1::{ListV1, list_v1};
pub use multipart::{
    Completed, ListParts, ListUploads, PartEntry, UploadEntry, WantedPart, completed, copied_part,
    initiated, list_parts, list_uploads, read_complete,
};
pub use notification::{notification_configuration, read_notification_configuration};
pub use ownership::{ownership_controls, read_ownership_controls};
pub use post::post_response;
pub use public_access::{policy_status, public_access_block, read_public_access_block};
pub use tagging::{read_tagging, tagging};
pub use told::{ToldExplanation, ToldFinding};
pub use versioning::{VersioningState, VersioningWish, read_versioning, versioning};
pub use versions::{ListVersions, VersionEntry, list_versions};

use std::fmt;

use quick_xml::Reader;
use quick_xml::events::Event;

/// Why a document was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XmlError(String);

impl fmt::Display for XmlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for XmlError {}

/// Reads a document of bounded size and known root into a serde shape.
fn read<T: serde::de::DeserializeOwned>(root: &str, bytes: &[u8]) -> Result<T, XmlError> {
    read_up_to(crate::limits::XML_BYTES_MAX, root, bytes)
}

/// Reads a document of known root, with a size limit of its own, into a serde shape.
fn read_up_to<T: serde::de::DeserializeOwned>(
    bytes_max: usize,
    root: &str,
    bytes: &[u8],
) -> Result<T, XmlError> {
    if bytes.len() > bytes_max {
        return Err(XmlError(format!(
            "the document is larger than {bytes_max} bytes"
        )));
    }
    let text =
        std::str::from_utf8(bytes).map_err(|_| XmlError("the document is not UTF-8".to_owned()))?;
    let text = text.trim_start_matches('\u{feff}');
    match root_of(text)? {
        found if found == root => {}
        found => {
            return Err(XmlError(format!(
                "the document is a `{found}`, not a `{root}`"
            )));
        }
    }
    let mut deserializer = quick_xml::de::Deserializer::from_str(text);
    // What stands between the entries of a list is kept until the list ends.
    deserializer.event_buffer_size(std::num::NonZero::new(crate::limits::XML_EVENTS_KEPT_MAX));
    T::deserialize(&mut deserializer).map_err(|e| XmlError(e.to_string()))
}

/// The name of the outermost element, without a prefix.
fn root_of(text: &str) -> Result<String, XmlError> {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event().map_err(|e| XmlError(e.to_string()))? {
            Event::Start(element) | Event::Empty(element) => {
                return Ok(element.local_name().as_ref().to_owned());
            }
            Event::Eof => return Err(XmlError("the document is empty".to_owned())),
            _ => {}
        }
    }
}
