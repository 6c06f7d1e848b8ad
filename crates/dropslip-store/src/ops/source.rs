//! The source of a copy, whole or in part: which object it is, and whether it may be copied.

use dropslip_s3::conditions::Conditions;
use dropslip_s3::copy_source::CopySource;
use dropslip_s3::tags::Tags;
use dropslip_s3::{Code, ObjectKey};

use super::lookup;
use crate::Store;
use crate::access::{self, Action, Beside, On};
use crate::described;
use crate::error::{Error, Result};
use crate::index::objects::{self, Which};
use crate::index::{ObjectRecord, Read, Version};
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
    /// Its tags, for a caller to whom no policy denies to read them here and to give them there.
    pub(super) fn tags_to_copy(&self, request: &Request) -> Result<Tags> {
        let tags = &self.record.tags;
        if !tags.is_empty() {
            let action = if self.names_version {
                Action::GetObjectVersionTagging
            } else {
                Action::GetObjectTagging
            };
            let on = On::Object(&self.bucket, &self.key, &self.record);
            access::check_not_denied(request, action, on)?;
            described::may_tag(request, tags)?;
        }
        Ok(tags.clone())
    }

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
    let which = match &named.version_id {
        None => Which::Current,
        Some(text) => lookup::named(text)?,
    };
    let record = match objects::find(read, place, which)? {
        Some(Version::Object(record)) => *record,
        found => return Err(missing(request, (&bucket, &key), which, found.is_some())),
    };
    let on = On::Object(&bucket, &key, &record);
    let beside = Beside {
        version: named.version_id.as_deref(),
        ..Beside::default()
    };
    access::check_with(request, Action::GetObject, on, beside)?;
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

/// Why there is nothing to copy. Who may not list the bucket is not told whether a key, a
/// version or a delete marker is there.
fn missing(
    request: &Request,
    place: (&Bucket, &ObjectKey),
    which: Which,
    is_marker: bool,
) -> Error {
    let error = lookup::missing(request, place, which);
    let names_marker = is_marker && matches!(which, Which::Version(_));
    if !names_marker || error.code == Code::AccessDenied {
        return error;
    }
    Error::new(
        Code::InvalidRequest,
        "The source of a copy request may not specifically refer to a delete marker by version id.",
    )
}
