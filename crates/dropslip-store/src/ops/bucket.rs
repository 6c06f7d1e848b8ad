//! Buckets: list, create, head, delete, location.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use dropslip_s3::Code;
use dropslip_s3::xml::{self, BucketEntry};

use super::{bucket_for, rfc3339_ms, status};
use crate::Store;
use crate::access::{self, On};
use crate::clock::now_ms;
use crate::document::read_document;
use crate::error::{Error, Result};
use crate::grants;
use crate::index::{BucketRecord, IndexError, buckets};
use crate::request::Request;
use crate::route::Operation;

/// `ListBuckets`.
pub(super) fn list_all(store: &Store, request: &Request) -> Result<Response<Body>> {
    access::check(request, Operation::ListBuckets.action(), On::Service)?;
    let buckets = store.index().buckets().all();
    let entries: Vec<_> = buckets
        .iter()
        .map(|(name, record)| BucketEntry {
            name,
            created: rfc3339_ms(record.created_ms),
        })
        .collect();
    let owner = request.caller.owner_name();
    Ok(super::xml(xml::all_buckets(owner, &entries)))
}

/// `CreateBucket`.
///
/// A bucket that its owner creates again is 200 in `us-east-1` and 409 elsewhere, as S3 does.
pub(super) async fn create(
    store: &Store,
    request: &Request,
    body: &mut Body,
) -> Result<Response<Body>> {
    access::check(request, Operation::CreateBucket.action(), On::Service)?;
    let bucket = request.bucket_name()?;
    let wished = read_document(request, body).await?;
    let wished = xml::location_constraint(&wished)
        .map_err(|e| Error::new(Code::MalformedXML, e.to_string()))?;
    if let Some(wished) = wished.filter(|wished| wished != store.region()) {
        let message = format!(
            "The specified location constraint is not valid; this store is in `{}`.",
            store.region()
        );
        return Err(
            Error::new(Code::InvalidLocationConstraint, message).with("LocationConstraint", wished)
        );
    }
    let owner = request.caller.owner_name().to_owned();
    let record = BucketRecord {
        owner: owner.clone(),
        created_ms: now_ms(),
        acl: grants::asked(request, |name| request.amz(name))?.unwrap_or_default(),
        ..BucketRecord::default()
    };
    let name = bucket.clone();
    let created = store
        .index()
        .change(move |tx| buckets::create(tx, &name, &record));
    match created.await {
        Err(IndexError::BucketExists { owner: existing }) if existing == owner => {
            if store.region() != "us-east-1" {
                return Err(
                    Error::from(Code::BucketAlreadyOwnedByYou).with("BucketName", bucket.as_str())
                );
            }
        }
        outcome => outcome?,
    }
    let mut response = status(StatusCode::OK);
    let location =
        HeaderValue::from_str(&format!("/{bucket}")).expect("a bucket name is plain ASCII");
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// `HeadBucket`.
pub(super) fn head(store: &Store, request: &Request) -> Result<Response<Body>> {
    bucket_for(request, Operation::HeadBucket)?;
    let mut response = status(StatusCode::OK);
    if let Ok(region) = HeaderValue::from_str(store.region()) {
        response.headers_mut().insert("x-amz-bucket-region", region);
    }
    Ok(response)
}

/// `DeleteBucket`.
pub(super) async fn delete(store: &Store, request: &Request) -> Result<Response<Body>> {
    let name = bucket_for(request, Operation::DeleteBucket)?.name.clone();
    let index = store.index();
    index.change(move |tx| buckets::delete(tx, &name)).await?;
    Ok(status(StatusCode::NO_CONTENT))
}

/// `GetBucketLocation`.
pub(super) fn location(store: &Store, request: &Request) -> Result<Response<Body>> {
    bucket_for(request, Operation::GetBucketLocation)?;
    Ok(super::xml(xml::location(store.region())))
}
