//! `GetObject` and `HeadObject`.

use std::io;

use axum::http::{HeaderValue, Response, StatusCode, header};
use dropslip_s3::ObjectKey;
use dropslip_s3::range::ByteRange;

use super::extent::{self, Extent};
use super::lookup;
use crate::Store;
use crate::access::Action;
use crate::active;
use crate::conditional::{self, ReadOutcome};
use crate::error::Result;
use crate::index::{ObjectRecord, manifest};
use crate::lifecycle::expiration;
use crate::outgo;
use crate::present::{describe, identify, insert, override_headers, tell_checksums};
use crate::request::{Bucket, Request};

/// Whether the bytes are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// `GET`
    Sent,
    /// `HEAD`
    Withheld,
}

type Answer = Response<axum::body::Body>;

/// Gives an object, or what is known of it.
pub(super) async fn object(store: &Store, request: &Request, body: Body) -> Result<Answer> {
    let bucket = request.bucket()?;
    let key = request.key()?;
    let (record, extent, bytes) = match open(store, request, (bucket, &key), body).await? {
        Opened::Object {
            record,
            extent,
            bytes,
        } => (record, extent, bytes),
        Opened::NotModified(record) => return not_modified(&record, bucket, request),
    };
    let len = extent.range.len();
    let mut response = Response::new(bytes);
    let headers = response.headers_mut();
    describe(headers, &record, &bucket.record);
    if let Some(expiration) = expiration(&bucket.record, key.as_str(), &record) {
        insert(headers, "x-amz-expiration", &expiration);
    }
    if asks_for_checksum(request) {
        tell_checksums(headers, &extent.checksums);
    }
    override_headers(headers, request)?;
    active::guard(headers, store.serve_active_content());
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(len));
    if let Some(count) = extent.parts_count {
        insert(headers, "x-amz-mp-parts-count", &count.to_string());
    }
    if extent.is_partial {
        let ByteRange { start, end } = extent.range;
        let range = format!("bytes {start}-{}/{}", end - 1, record.size_bytes);
        insert(headers, "content-range", &range);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

fn asks_for_checksum(request: &Request) -> bool {
    let mode = request.amz("x-amz-checksum-mode");
    mode.is_some_and(|mode| mode.eq_ignore_ascii_case("ENABLED"))
}

/// 304, with what RFC 9110 section 15.4.5 wants of it.
fn not_modified(record: &ObjectRecord, bucket: &Bucket, request: &Request) -> Result<Answer> {
    let mut response = super::status(StatusCode::NOT_MODIFIED);
    let headers = response.headers_mut();
    for name in ["cache-control", "expires"] {
        if let Some(value) = record.headers.get(name) {
            insert(headers, name, value);
        }
    }
    identify(headers, record, &bucket.record);
    // What an override of these two says belongs to the answer that the client has.
    let mut overridden = headers.clone();
    override_headers(&mut overridden, request)?;
    for name in [header::CACHE_CONTROL, header::EXPIRES] {
        if let Some(value) = overridden.remove(&name) {
            headers.insert(name, value);
        }
    }
    Ok(response)
}

/// An object that may be read.
enum Opened {
    Object {
        record: ObjectRecord,
        extent: Extent,
        /// What is to be sent of it.
        bytes: axum::body::Body,
    },
    /// The client has it.
    NotModified(ObjectRecord),
}

/// Finds the object and opens its bytes at the range.
async fn open(
    store: &Store,
    request: &Request,
    place: (&Bucket, &ObjectKey),
    body: Body,
) -> Result<Opened> {
    // A replaced blob may be removed between the look into the index and the
    // opening of the file; the second look then sees the new one.
    for attempt in 0.. {
        let snapshot = store.index().snapshot()?;
        let record = lookup::object(&snapshot, request, place, Action::GetObject)?;
        if conditional::read(request, &record)? == ReadOutcome::NotModified {
            return Ok(Opened::NotModified(record));
        }
        let extent = extent::asked(&snapshot, request, &record)?;
        let bytes = match body {
            Body::Withheld => Ok(axum::body::Body::empty()),
            Body::Sent => {
                let pieces = manifest::pieces(&snapshot, &record, extent.range)?;
                outgo::open(store.outgo(), pieces).await
            }
        };
        match bytes {
            Ok(bytes) => {
                return Ok(Opened::Object {
                    record,
                    extent,
                    bytes,
                });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && attempt == 0 => {}
            Err(error) => return Err(error.into()),
        }
    }
    unreachable!("the second attempt returns")
}
