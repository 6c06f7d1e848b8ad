//! Finds the object that a request names, or its version, and says why there is none.

use dropslip_s3::tags::Tags;
use dropslip_s3::{Code, ObjectKey};

use crate::access::{self, Action, Beside, On};
use crate::error::{Error, Result};
use crate::index::objects::{self, Which};
use crate::index::{DeleteMarker, ObjectRecord, Read, Version, VersionId};
use crate::present::{http_date, version_text};
use crate::request::{Bucket, Request};

/// Which version the query names.
pub(super) fn which(request: &Request) -> Result<Which> {
    match request.head.query.find("versionId") {
        None => Ok(Which::Current),
        Some(text) => named(text),
    }
}

/// The version that a text names.
pub(super) fn named(text: &str) -> Result<Which> {
    let wrong = |why| Err(Error::invalid_argument("versionId", text, why));
    match text {
        "null" => Ok(Which::Version(None)),
        "" => wrong("Version id cannot be the empty string"),
        _ => match VersionId::parse(text) {
            Some(id) => Ok(Which::Version(Some(id))),
            None => wrong("Invalid version id specified"),
        },
    }
}

/// Finds an object for a caller who may do this to it.
pub(super) fn object(
    read: &impl Read,
    request: &Request,
    place: (&Bucket, &ObjectKey),
    action: Action,
) -> Result<ObjectRecord> {
    object_with_tags(read, request, place, (action, None))
}

/// The same, where a body brings tags.
pub(super) fn object_with_tags(
    read: &impl Read,
    request: &Request,
    (bucket, key): (&Bucket, &ObjectKey),
    (action, tags): (Action, Option<&Tags>),
) -> Result<ObjectRecord> {
    let which = which(request)?;
    let version = request.head.query.find("versionId");
    let beside = Beside { tags, version };
    match objects::find(read, (&bucket.name, key), which)? {
        Some(Version::Object(record)) => {
            let on = On::Object(bucket, key, &record);
            access::check_with(request, action, on, beside)?;
            Ok(*record)
        }
        found => {
            let marker = found.map(|found| match found {
                Version::DeleteMarker(marker) => marker,
                Version::Object(_) => unreachable!("objects are above"),
            });
            let error = missing(request, (bucket, key), which);
            Err(match marker {
                Some(marker) if error.code != Code::AccessDenied => {
                    of_marker(error, &marker, which)
                }
                _ => error,
            })
        }
    }
}

/// What is told where a delete marker stands: that there is no object now, or that the
/// version is none.
fn of_marker(error: Error, marker: &DeleteMarker, which: Which) -> Error {
    let error = match which {
        Which::Current => error,
        Which::Version(_) => Error::from(Code::MethodNotAllowed)
            .with("ResourceType", "DeleteMarker")
            .with_header("allow", "DELETE")
            .with_header("last-modified", http_date(marker.modified_ms)),
    };
    error
        .with_header("x-amz-delete-marker", "true")
        .with_header("x-amz-version-id", version_text(marker.version))
}

/// Who may not list a bucket is not told whether a key exists.
pub(super) fn missing(
    request: &Request,
    (bucket, key): (&Bucket, &ObjectKey),
    which: Which,
) -> Error {
    let error = access::missing(request, bucket, key);
    match which {
        Which::Version(version) if error.code == Code::NoSuchKey => {
            Error::from(Code::NoSuchVersion)
                .with("Key", key.as_str())
                .with("VersionId", version_text(version))
        }
        _ => error,
    }
}
