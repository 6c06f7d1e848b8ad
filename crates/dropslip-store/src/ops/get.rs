//! `GetObject` and `HeadObject`.

use std::io;
use std::time::{Duration, UNIX_EPOCH};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use dropslip_s3::range::{self, ByteRange, RangeAsked};
use dropslip_s3::{Code, ObjectKey};

use crate::Store;
use crate::access::{self, Action, On};
use crate::error::{Error, Result};
use crate::index::{ObjectRecord, manifest, objects};
use crate::outgo;
use crate::request::{Bucket, Request};

/// Whether the bytes are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// `GET`
    Sent,
    /// `HEAD`
    Withheld,
}

/// Gives an object, or what is known of it.
pub(super) async fn object(
    store: &Store,
    request: &Request,
    body: Body,
) -> Result<Response<axum::body::Body>> {
    let bucket = request.bucket()?;
    let key = request.key()?;
    let Opened {
        record,
        part,
        bytes,
    } = open(store, request, (bucket, &key), body).await?;
    let range = part.unwrap_or(ByteRange {
        start: 0,
        end: record.size_bytes,
    });
    let mut response = Response::new(bytes);
    let headers = response.headers_mut();
    describe(headers, &record, request);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(range.len()));
    if let Some(ByteRange { start, end }) = part {
        insert(
            headers,
            "content-range",
            &format!("bytes {start}-{}/{}", end - 1, record.size_bytes),
        );
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// An object that may be read.
struct Opened {
    record: ObjectRecord,
    /// The part that was asked for, if one was.
    part: Option<ByteRange>,
    /// What is to be sent of it.
    bytes: axum::body::Body,
}

/// Finds the object and opens its bytes at the range.
async fn open(
    store: &Store,
    request: &Request,
    (bucket, key): (&Bucket, &ObjectKey),
    body: Body,
) -> Result<Opened> {
    // A replaced blob may be removed between the look into the index and the
    // opening of the file; the second look then sees the new one.
    for attempt in 0.. {
        let snapshot = store.index().snapshot()?;
        let Some(record) = objects::current(&snapshot, (&bucket.name, key))? else {
            return Err(missing(request, bucket, key));
        };
        access::check(request, Action::GetObject, On::Object(bucket, key, &record))?;
        let part = asked_part(request, &record)?;
        let whole = ByteRange {
            start: 0,
            end: record.size_bytes,
        };
        let bytes = match body {
            Body::Withheld => Ok(axum::body::Body::empty()),
            Body::Sent => {
                let range = part.unwrap_or(whole);
                let pieces = manifest::pieces(&snapshot, &record, range)?;
                outgo::open(store.outgo(), pieces).await
            }
        };
        match bytes {
            Ok(bytes) => {
                return Ok(Opened {
                    record,
                    part,
                    bytes,
                });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && attempt == 0 => {}
            Err(error) => return Err(error.into()),
        }
    }
    unreachable!("the second attempt returns")
}

/// Who may not list a bucket is not told whether a key exists.
fn missing(request: &Request, bucket: &Bucket, key: &ObjectKey) -> Error {
    match access::check(request, Action::ListBucket, On::Bucket(bucket)) {
        Ok(()) => Error::from(Code::NoSuchKey).with("Key", key.as_str()),
        Err(error) => error,
    }
}

/// The part that `Range` asks for, unless `If-Range` names another version: then
/// the rest of the old one is of no use, and the whole object is sent.
fn asked_part(request: &Request, record: &ObjectRecord) -> Result<Option<ByteRange>> {
    let Some(value) = request.head.header("range") else {
        return Ok(None);
    };
    if request
        .head
        .header("if-range")
        .is_some_and(|version| version != record.etag)
    {
        return Ok(None);
    }
    match range::parse(value, record.size_bytes) {
        RangeAsked::Whole => Ok(None),
        RangeAsked::Part(part) => Ok(Some(part)),
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

/// What users upload is hostile: no browser guesses a type, and whatever is not
/// known to be inert is shown in a sandbox, without scripts and without the
/// store's origin. Known is only what is exactly one type: of a list such as
/// `text/html, x` browsers take the part that they like.
fn guard(headers: &mut HeaderMap, record: &ObjectRecord) {
    insert(headers, "x-content-type-options", "nosniff");
    let content_type = record
        .headers
        .get("content-type")
        .map(String::as_str)
        .unwrap_or_default();
    if !is_inert(content_type) {
        insert(headers, "content-security-policy", "sandbox");
    }
}

fn is_inert(content_type: &str) -> bool {
    let essence = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let inert_kind = ["image/", "audio/", "video/", "font/"]
        .iter()
        .any(|kind| essence.starts_with(kind));
    let inert = inert_kind && !essence.ends_with("xml")
        || [
            "text/plain",
            "application/pdf",
            "application/json",
            "application/zip",
        ]
        .contains(&essence.as_str());
    inert && !content_type.contains(',')
}

/// Sets a header; names and values were checked when the object was put.
fn insert(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
        headers.insert(name, value);
    }
}
