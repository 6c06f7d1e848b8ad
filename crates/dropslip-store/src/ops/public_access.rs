//! The public access block of a bucket: put, get, delete.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use dropslip_s3::public_access::PublicAccessBlock;
use dropslip_s3::{Code, xml};

use super::{bucket_for, status};
use crate::Store;
use crate::document::{malformed, read_document};
use crate::error::{Error, Result};
use crate::index::{IndexError, buckets};
use crate::request::{Bucket, Request};
use crate::route::Operation;

/// `PutPublicAccessBlock`.
pub(super) async fn put(
    store: &Store,
    request: &Request,
    body: &mut Body,
) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::PutPublicAccessBlock)?;
    let document = read_document(request, body).await?;
    let block = xml::read_public_access_block(&document).map_err(|error| malformed(&error))?;
    set(store, bucket, Some(block)).await?;
    Ok(status(StatusCode::OK))
}

/// `GetPublicAccessBlock`.
pub(super) fn get(request: &Request) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::GetPublicAccessBlock)?;
    match &bucket.record.public_access_block {
        Some(block) => Ok(super::xml(xml::public_access_block(block))),
        None => Err(Error::from(Code::NoSuchPublicAccessBlockConfiguration)
            .with("BucketName", bucket.name.as_str())),
    }
}

/// `DeletePublicAccessBlock`.
pub(super) async fn delete(store: &Store, request: &Request) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::DeletePublicAccessBlock)?;
    set(store, bucket, None).await?;
    Ok(status(StatusCode::NO_CONTENT))
}

async fn set(store: &Store, bucket: &Bucket, block: Option<PublicAccessBlock>) -> Result<()> {
    let name = bucket.name.clone();
    let index = store.index_of(bucket);
    let change = index
        .change(move |tx| buckets::update(tx, &name, |record| record.public_access_block = block));
    Ok(change.await.map_err(|error: IndexError| error)?)
}
