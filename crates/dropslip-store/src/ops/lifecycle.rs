//! Bucket lifecycle: put, get, delete. What the rules do is in [`crate::lifecycle`].

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode};
use dropslip_s3::Code;
use dropslip_s3::limits::LIFECYCLE_BYTES_MAX;
use dropslip_s3::xml;

use super::{bucket_for, status};
use crate::Store;
use crate::document::read_document_up_to;
use crate::error::{Error, Result};
use crate::index::{IndexError, Tx, buckets};
use crate::request::Request;
use crate::request_id::request_id;
use crate::route::Operation;

/// Objects of every size may be moved by a rule; there is nowhere to move them.
const SIZE_MIN: (&str, &str) = (
    "x-amz-transition-default-minimum-object-size",
    "all_storage_classes_128K",
);

/// `PutBucketLifecycleConfiguration`.
pub(super) async fn put(
    store: &Store,
    request: &Request,
    body: &mut Body,
) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::PutBucketLifecycle)?;
    let document = read_document_up_to(LIFECYCLE_BYTES_MAX, request, body).await?;
    let rules = xml::read_lifecycle_configuration(&document, request_id)
        .map_err(|error| Error::new(error.code(), sentence(&error.to_string())))?;
    let name = bucket.name.clone();
    let change = move |tx: &mut Tx<'_>| {
        buckets::update(tx, &name, |record| record.lifecycle = Some(rules))?;
        Ok::<_, IndexError>(())
    };
    store.index_of(bucket).change(change).await?;
    Ok(with_size_min(status(StatusCode::OK)))
}

/// `GetBucketLifecycleConfiguration`.
pub(super) fn get(request: &Request) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::GetBucketLifecycle)?;
    match &bucket.record.lifecycle {
        Some(rules) => Ok(with_size_min(super::xml(xml::lifecycle_configuration(
            rules,
        )))),
        None => Err(Error::from(Code::NoSuchLifecycleConfiguration)
            .with("BucketName", bucket.name.as_str())),
    }
}

/// `DeleteBucketLifecycle`.
pub(super) async fn delete(store: &Store, request: &Request) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::DeleteBucketLifecycle)?;
    let name = bucket.name.clone();
    let change = move |tx: &mut Tx<'_>| {
        buckets::update(tx, &name, |record| record.lifecycle = None)?;
        Ok::<_, IndexError>(())
    };
    store.index_of(bucket).change(change).await?;
    Ok(status(StatusCode::NO_CONTENT))
}

fn with_size_min(mut response: Response<Body>) -> Response<Body> {
    let (name, value) = SIZE_MIN;
    let headers = response.headers_mut();
    headers.insert(name, HeaderValue::from_static(value));
    response
}

/// A reason as S3 writes it: a sentence.
pub(super) fn sentence(why: &str) -> String {
    let mut chars = why.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).chain(['.']).collect()
}
