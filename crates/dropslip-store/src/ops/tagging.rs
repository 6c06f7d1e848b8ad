//! Tags of objects and of buckets: put, get, delete.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use dropslip_s3::tags::{TagError, Tags};
use dropslip_s3::{Code, xml};

use super::{bucket_for, lookup, status};
use crate::Store;
use crate::document::{malformed, read_document};
use crate::error::{Error, Result};
use crate::index::{IndexError, ObjectRecord, Version, buckets, objects};
use crate::present::tell_version;
use crate::request::{Bucket, Request};
use crate::route::Operation;

/// Reads the tags of a body, checked by `check`.
async fn tags_of(
    request: &Request,
    body: &mut Body,
    check: impl FnOnce(Vec<(String, String)>) -> std::result::Result<Tags, TagError>,
) -> Result<Tags> {
    let document = read_document(request, body).await?;
    let tags = xml::read_tagging(&document).map_err(|error| malformed(&error))?;
    check(tags).map_err(|error| Error::new(Code::InvalidTag, error.to_string()))
}

/// `PutObjectTagging`.
pub(super) async fn put_object(
    store: &Store,
    request: &Request,
    body: &mut Body,
) -> Result<Response<Body>> {
    let tags = tags_of(request, body, Tags::of_object).await?;
    find(store, request, Operation::PutObjectTagging, Some(&tags))?;
    set(store, request, tags, StatusCode::OK).await
}

/// `GetObjectTagging`.
pub(super) fn get_object(store: &Store, request: &Request) -> Result<Response<Body>> {
    let (bucket, record) = find(store, request, Operation::GetObjectTagging, None)?;
    let mut response = super::xml(xml::tagging(record.tags.iter()));
    tell_version(response.headers_mut(), record.version, &bucket.record);
    Ok(response)
}

/// `DeleteObjectTagging`.
pub(super) async fn delete_object(store: &Store, request: &Request) -> Result<Response<Body>> {
    find(store, request, Operation::DeleteObjectTagging, None)?;
    set(store, request, Tags::default(), StatusCode::NO_CONTENT).await
}

/// The object whose tags are meant, for a caller who may do the operation to them.
fn find<'r>(
    store: &Store,
    request: &'r Request,
    operation: Operation,
    tags: Option<&Tags>,
) -> Result<(&'r Bucket, ObjectRecord)> {
    let bucket = request.bucket()?;
    let key = request.key()?;
    let snapshot = store.index().snapshot()?;
    let asked = (operation.action(), tags);
    let record = lookup::object_with_tags(&snapshot, request, (bucket, &key), asked)?;
    Ok((bucket, record))
}

async fn set(
    store: &Store,
    request: &Request,
    tags: Tags,
    answer: StatusCode,
) -> Result<Response<Body>> {
    let bucket = request.bucket()?;
    let (name, key, which) = (bucket.name.clone(), request.key()?, lookup::which(request)?);
    let index = store.index_of(bucket);
    let version = index.change(move |tx| {
        let found = objects::update(tx, (&name, &key), which, |record| record.tags = tags)?;
        match found {
            Some(Version::Object(record)) => Ok(record.version),
            // It was there a moment ago.
            _ => Err(Error::from(Code::NoSuchKey).with("Key", key.as_str())),
        }
    });
    let version = version.await?;
    let mut response = status(answer);
    tell_version(response.headers_mut(), version, &bucket.record);
    Ok(response)
}

/// `PutBucketTagging`.
pub(super) async fn put_bucket(
    store: &Store,
    request: &Request,
    body: &mut Body,
) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::PutBucketTagging)?;
    let tags = tags_of(request, body, Tags::of_bucket).await?;
    set_bucket(store, bucket, tags).await
}

/// `GetBucketTagging`.
pub(super) fn get_bucket(request: &Request) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::GetBucketTagging)?;
    if bucket.record.tags.is_empty() {
        return Err(Error::from(Code::NoSuchTagSet).with("BucketName", bucket.name.as_str()));
    }
    Ok(super::xml(xml::tagging(bucket.record.tags.iter())))
}

/// `DeleteBucketTagging`.
pub(super) async fn delete_bucket(store: &Store, request: &Request) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::DeleteBucketTagging)?;
    set_bucket(store, bucket, Tags::default()).await
}

async fn set_bucket(store: &Store, bucket: &Bucket, tags: Tags) -> Result<Response<Body>> {
    let name = bucket.name.clone();
    let index = store.index_of(bucket);
    let change = index.change(move |tx| {
        buckets::update(tx, &name, |record| record.tags = tags)?;
        Ok::<_, IndexError>(())
    });
    change.await?;
    Ok(status(StatusCode::NO_CONTENT))
}
