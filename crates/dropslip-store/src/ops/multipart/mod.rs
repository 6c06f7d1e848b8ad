//! Multipart uploads: an object in up to 10,000 parts, uploaded in any order.
//!
//! Parts are bytes like those of any object, with rows of their own until the upload is
//! completed. Then their references move to the manifest of the object: no byte is copied.

mod abort;
mod complete;
mod create;
mod list_parts;
mod list_uploads;
mod part;
mod part_copy;
mod plan;

pub(super) use abort::abort;
pub(super) use complete::complete;
pub(super) use create::create;
pub(super) use list_parts::list_parts;
pub(super) use list_uploads::list_uploads;
pub(super) use part::part;
pub(super) use part_copy::part_copy;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response};
use dropslip_s3::checksum::Checksum;
use dropslip_s3::limits::PARTS_MAX;
use dropslip_s3::{Code, ObjectKey};

use crate::access::{self, On};
use crate::error::{Error, Result};
use crate::index::Read;
use crate::index::uploads::{self, UploadId, UploadRecord};
use crate::lifecycle;
use crate::present::insert;
use crate::request::{Bucket, Request};
use crate::route::Operation;

/// The upload that a request addresses, for a caller who may do what is asked.
struct Addressed {
    bucket: Bucket,
    key: ObjectKey,
    id: UploadId,
    /// What it was when it was looked for, if it was there.
    found: Option<UploadRecord>,
}

impl Addressed {
    fn read(request: &Request, operation: Operation, read: &impl Read) -> Result<Self> {
        let bucket = request.bucket()?;
        let key = request.key()?;
        let text = request.head.query.find("uploadId").unwrap_or_default();
        let id = UploadId::parse(text);
        let found = match id {
            Some(id) => uploads::find(read, (&bucket.name, &key), id)?,
            None => None,
        };
        let on = match &found {
            Some(upload) => On::Upload(bucket, &key, &upload.initiator),
            None => On::Key(bucket, &key),
        };
        access::check(request, operation.action(), on)?;
        Ok(Self {
            bucket: bucket.clone(),
            id: id.ok_or_else(|| no_such_upload(text))?,
            key,
            found,
        })
    }

    /// What the upload was when it was looked for.
    fn found(&self) -> Result<&UploadRecord> {
        let found = self.found.as_ref();
        found.ok_or_else(|| no_such_upload(&self.id.to_string()))
    }

    fn place(&self) -> (&dropslip_s3::BucketName, &ObjectKey) {
        (&self.bucket.name, &self.key)
    }

    /// What the upload is now, which must be there.
    fn upload(&self, read: &impl Read) -> Result<UploadRecord> {
        let found = uploads::find(read, self.place(), self.id)?;
        found.ok_or_else(|| no_such_upload(&self.id.to_string()))
    }
}

fn no_such_upload(id: &str) -> Error {
    Error::from(Code::NoSuchUpload).with("UploadId", id)
}

/// The number of the part that a request addresses.
fn part_number(request: &Request) -> Result<u16> {
    let text = request.head.query.find("partNumber").unwrap_or_default();
    let number = text.parse().ok();
    let number = number.filter(|number| (1..=PARTS_MAX).contains(&usize::from(*number)));
    number.ok_or_else(|| {
        let why = "Part number must be an integer between 1 and 10000, inclusive";
        Error::invalid_argument("partNumber", text, why)
    })
}

/// What S3 says of a checksum that is not the upload's.
fn type_mismatch(expected: &str, actual: &str) -> Error {
    let message = format!(
        "Checksum Type mismatch occurred, expected checksum Type: {expected}, \
         actual checksum Type: {actual}"
    );
    Error::new(Code::InvalidRequest, message)
}

/// Gives a checksum as a header.
fn tell_checksum(response: &mut Response<Body>, checksum: &Checksum) {
    let name = HeaderName::from_static(checksum.algorithm.header());
    let value = HeaderValue::from_str(&checksum.to_string());
    let headers = response.headers_mut();
    headers.insert(name, value.expect("base64 is plain ASCII"));
}

/// A parameter that is a number up to 2,147,483,647.
fn bounded(request: &Request, name: &str) -> Result<Option<u64>> {
    let Some(text) = request
        .head
        .query
        .find(name)
        .filter(|text| !text.is_empty())
    else {
        return Ok(None);
    };
    let number: Option<u32> = text.parse().ok();
    match number.filter(|number| i32::try_from(*number).is_ok()) {
        Some(number) => Ok(Some(number.into())),
        None => {
            let why = format!("Argument {name} must be an integer between 0 and 2147483647");
            Err(Error::invalid_argument(name, text, &why))
        }
    }
}

/// Whether names are to be percent-encoded.
fn url_encoded(request: &Request) -> Result<bool> {
    match request.head.query.find("encoding-type") {
        None | Some("") => Ok(false),
        Some("url") => Ok(true),
        Some(other) => {
            let why = "Invalid Encoding Method specified in Request";
            Err(Error::invalid_argument("encoding-type", other, why))
        }
    }
}

/// Tells when a rule of the bucket will end an upload that nobody completes.
fn tell_abortion(
    response: &mut Response<Body>,
    bucket: &Bucket,
    key: &ObjectKey,
    initiated_ms: i64,
) {
    if let Some((date, rule)) = lifecycle::abortion(&bucket.record, key.as_str(), initiated_ms) {
        let headers = response.headers_mut();
        insert(headers, "x-amz-abort-date", &date);
        insert(headers, "x-amz-abort-rule-id", &rule);
    }
}
