//! Ownership controls of a bucket: put, get, delete.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use dropslip_s3::owner::canonical_id;
use dropslip_s3::ownership::ObjectOwnership;
use dropslip_s3::{Code, xml};

use super::{bucket_for, status};
use crate::Store;
use crate::document::{malformed, read_document};
use crate::error::{Error, Result};
use crate::index::{IndexError, buckets};
use crate::request::Request;
use crate::route::Operation;

/// `PutBucketOwnershipControls`.
pub(super) async fn put(
    store: &Store,
    request: &Request,
    body: &mut Body,
) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::PutBucketOwnershipControls)?;
    let document = read_document(request, body).await?;
    let ownership = xml::read_ownership_controls(&document).map_err(|error| malformed(&error))?;
    let name = bucket.name.clone();
    let index = store.index_of(bucket);
    let change = index.change(move |tx| {
        let record = tx.bucket(&name)?;
        let id = canonical_id(&record.owner);
        // Else whoever has a grant would lose it without having been told.
        if ownership == ObjectOwnership::BucketOwnerEnforced && !record.acl.is_of_owner_alone(&id) {
            return Err(Error::from(Code::InvalidBucketAclWithObjectOwnership));
        }
        Ok(buckets::update(tx, &name, |record| {
            record.ownership = Some(ownership);
        })?)
    });
    change.await?;
    Ok(status(StatusCode::OK))
}

/// `GetBucketOwnershipControls`.
pub(super) fn get(request: &Request) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::GetBucketOwnershipControls)?;
    match bucket.record.ownership {
        Some(ownership) => Ok(super::xml(xml::ownership_controls(ownership))),
        None => Err(Error::from(Code::OwnershipControlsNotFoundError)
            .with("BucketName", bucket.name.as_str())),
    }
}

/// `DeleteBucketOwnershipControls`.
pub(super) async fn delete(store: &Store, request: &Request) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::DeleteBucketOwnershipControls)?;
    let name = bucket.name.clone();
    let index = store.index_of(bucket);
    let change =
        index.change(move |tx| buckets::update(tx, &name, |record| record.ownership = None));
    change.await.map_err(|error: IndexError| error)?;
    Ok(status(StatusCode::NO_CONTENT))
}
