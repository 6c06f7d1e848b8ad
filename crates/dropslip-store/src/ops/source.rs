//! The source of a copy, whole or in part: which object it is, and whether it may be copied.

use dropslip_s3::conditions::Conditions;
use dropslip_s3::copy_source::CopySource;
use dropslip_s3::{Code, ObjectKey};

use crate::Store;
use crate::access::{self, Action, On};
use crate::error::{Error, Result};
use crate::index::{ObjectRecord, Read, Version, VersionId, objects};
use crate::present::told_version;
use crate::request::{Bucket, Request};

/// The header that names it.
const HEADER: &str = "x-amz-copy-source";

/// An object that is copied from.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) bucket: Bucket,
    pub(super) key: ObjectKey,
    pub(super) record: ObjectRecord,
    /// Whether the request names a version.
    pub(super) names_version: bool,
}

impl Source {
    /// Its version as it is told, where its bucket has versions.
    pub(super) fn told_version(&self) -> Option<String> {
        told_version(self.record.version, &self.bucket.record)
    }
}

/// Finds the object that a request copies from, for a caller who may read it, and holds the
/// request's conditions on it.
pub(super) fn find(store: &Store, read: &impl Read, request: &Request) -> Result<Source> {
    let named = request.head.header(HEADER).unwrap_or_default();
    let named = CopySource::parse(named)
        .map_err(|error| Error::invalid_argument(HEADER, named, &error.to_string()))?;
    let bucket = Bucket::find(store, named.bucket.as_str())?;
    let key = named.key;
    let place = (&bucket.name, &key);
    let names_version = named.version_id.is_some();
    let (action, record) = match named.version_id {
        None => (Action::GetObject, objects::current(read, place)?),
        Some(text) => (Action::GetObjectVersion, version(read, place, &text)?),
    };
    let Some(record) = record else {
        return Err(access::missing(request, &bucket, &key));
    };
    let on = On::Object(&bucket, &key, &record);
    access::check(request, action, on)?;
    let conditions = Conditions::read("x-amz-copy-source-", |name| request.head.header(name));
    conditions
        .hold(&record.etag, record.modified_ms)
        .map_err(|condition| {
            let name = format!("x-amz-copy-source-{}", condition.as_str());
            Error::from(Code::PreconditionFailed).with("Condition", name)
        })?;
    Ok(Source {
        bucket,
        key,
        record,
        names_version,
    })
}

/// A version of the source, which must be an object.
fn version(
    read: &impl Read,
    place: objects::Place<'_>,
    text: &str,
) -> Result<Option<ObjectRecord>> {
    let id = match text {
        "null" => None,
        _ => Some(VersionId::parse(text).ok_or_else(|| {
            Error::invalid_argument("versionId", text, "Invalid version id specified")
        })?),
    };
    match objects::version(read, place, id)? {
        Some(Version::Object(record)) => Ok(Some(*record)),
        Some(Version::DeleteMarker(_)) => Err(Error::new(
            Code::InvalidRequest,
            "The source of a copy request may not specifically refer to a delete marker by version id.",
        )),
        None => Err(Error::from(Code::NoSuchVersion)
            .with("Key", place.1.as_str())
            .with("VersionId", text)),
    }
}
