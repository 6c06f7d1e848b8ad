//! `GetObject` and `HeadObject`.

use std::io;
use std::time::{Duration, UNIX_EPOCH};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use dropslip_s3::range::{self, ByteRange, RangeAsked};
use dropslip_s3::{BucketName, Code, ObjectKey};
use tokio::task::spawn_blocking;

use super::bucket_of;
use crate::Store;
use crate::auth::{Access, Caller};
use crate::disk::BlobReader;
use crate::error::{Error, Result};
use crate::index::{BucketRecord, ObjectRecord};
use crate::outgo::BlobBody;
use crate::request::Request;

/// Whether the bytes are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// `GET`
    Sent,
    /// `HEAD`
    Withheld,
}

/// Query parameters that S3 gives a meaning that is not spoken here. To ignore
/// one would answer something else than was asked.
const UNSPOKEN_PREFIX: &str = "response-";

/// Gives an object, or what is known of it.
pub(super) async fn object(
    store: &Store,
    request: &Request,
    body: Body,
) -> Result<Response<axum::body::Body>> {
    let (bucket, bucket_record) = bucket_of(store, request)?;
    let key = request.key()?;
    if let Some(name) = request
        .head
        .query
        .names()
        .find(|name| name.starts_with(UNSPOKEN_PREFIX))
    {
        return Err(Error::not_implemented(&format!(
            "The query parameter {name}"
        )));
    }
    let (record, range, blob) = open(store, request, (&bucket, &bucket_record, &key), body).await?;
    let mut response = Response::new(match blob {
        Some(blob) => axum::body::Body::new(BlobBody::new(blob, range.len())),
        None => axum::body::Body::empty(),
    });
    let headers = response.headers_mut();
    describe(headers, &record, request);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(range.len()));
    if range.len() < record.size_bytes {
        let text = format!(
            "bytes {}-{}/{}",
            range.start,
            range.end - 1,
            record.size_bytes
        );
        insert(headers, "content-range", &text);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// Finds the object and opens its bytes at the range.
async fn open(
    store: &Store,
    request: &Request,
    (bucket, bucket_record, key): (&BucketName, &BucketRecord, &ObjectKey),
    body: Body,
) -> Result<(ObjectRecord, ByteRange, Option<BlobReader>)> {
    // A replaced blob may be removed between the look into the index and the
    // opening of the file; the second look then sees the new one.
    for attempt in 0.. {
        let Some(record) = store.index().object(bucket, key)? else {
            return Err(missing(&request.caller, bucket_record, key));
        };
        request.caller.may(Access::Read, record.acl)?;
        let range = asked_range(request, &record)?;
        if body == Body::Withheld || range.is_empty() {
            return Ok((record, range, None));
        }
        let (disk, id) = (store.disk().clone(), record.blob);
        match spawn_blocking(move || disk.read(id, range.start)).await? {
            Ok(blob) => return Ok((record, range, Some(blob))),
            Err(error) if error.kind() == io::ErrorKind::NotFound && attempt == 0 => {}
            Err(error) => return Err(error.into()),
        }
    }
    unreachable!("the second attempt returns")
}

/// Who may not list a bucket is not told whether a key exists.
fn missing(caller: &Caller, bucket: &BucketRecord, key: &ObjectKey) -> Error {
    match caller.may(Access::Read, bucket.acl) {
        Ok(()) => Error::from(Code::NoSuchKey).with("Key", key.as_str()),
        Err(error) => error,
    }
}

fn asked_range(request: &Request, record: &ObjectRecord) -> Result<ByteRange> {
    let whole = ByteRange {
        start: 0,
        end: record.size_bytes,
    };
    let Some(value) = request.head.header("range") else {
        return Ok(whole);
    };
    match range::parse(value, record.size_bytes) {
        RangeAsked::Whole => Ok(whole),
        RangeAsked::Part(part) => Ok(part),
        RangeAsked::Unsatisfiable => Err(Error::from(Code::InvalidRange)
            .with("RangeRequested", value)
            .with("ActualObjectSize", record.size_bytes.to_string())),
    }
}

/// The headers that describe an object.
fn describe(headers: &mut HeaderMap, record: &ObjectRecord, request: &Request) {
    for (name, value) in &record.headers {
        insert(headers, name, value);
    }
    for (name, value) in &record.metadata {
        insert(headers, &format!("x-amz-meta-{name}"), value);
    }
    if request
        .head
        .header("x-amz-checksum-mode")
        .is_some_and(|mode| mode.eq_ignore_ascii_case("ENABLED"))
        && request.head.header("range").is_none()
    {
        for (name, value) in &record.checksums {
            insert(headers, name, value);
        }
    }
    insert(headers, "etag", &record.etag);
    insert(headers, "accept-ranges", "bytes");
    let since_epoch = Duration::from_millis(u64::try_from(record.modified_ms).unwrap_or_default());
    insert(
        headers,
        "last-modified",
        &httpdate::fmt_http_date(UNIX_EPOCH + since_epoch),
    );
    guard(headers, record);
}

/// What users upload is hostile: no browser guesses a type, and a document that
/// could run scripts is shown in a sandbox, without the store's origin.
fn guard(headers: &mut HeaderMap, record: &ObjectRecord) {
    insert(headers, "x-content-type-options", "nosniff");
    let content_type = record
        .headers
        .get("content-type")
        .map(String::as_str)
        .unwrap_or_default();
    let essence = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if essence.ends_with("html") || essence.ends_with("xml") {
        insert(headers, "content-security-policy", "sandbox");
    }
}

/// Sets a header; names and values were checked when the object was put.
fn insert(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
        headers.insert(name, value);
    }
}
