//! Bucket CORS: put, get, delete.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use dropslip_s3::cors::CorsConfiguration;
use dropslip_s3::{Code, xml};

use super::{bucket_for, status};
use crate::Store;
use crate::document::read_document;
use crate::error::{Error, Result};
use crate::index::{IndexError, buckets};
use crate::request::{Bucket, Request};
use crate::route::Operation;

/// `PutBucketCors`.
pub(super) async fn put(
    store: &Store,
    request: &Request,
    body: &mut Body,
) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::PutBucketCors)?;
    let document = read_document(request, body).await?;
    let cors = xml::read_cors_configuration(&document).map_err(|e| {
        Error::new(
            Code::MalformedXML,
            format!("{} {e}.", Code::MalformedXML.message()),
        )
    })?;
    set(store, bucket, Some(cors)).await?;
    Ok(status(StatusCode::OK))
}

/// `GetBucketCors`.
pub(super) fn get(request: &Request) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::GetBucketCors)?;
    match &bucket.record.cors {
        Some(cors) => Ok(super::xml(xml::cors_configuration(cors))),
        None => {
            Err(Error::from(Code::NoSuchCORSConfiguration).with("BucketName", bucket.name.as_str()))
        }
    }
}

/// `DeleteBucketCors`.
pub(super) async fn delete(store: &Store, request: &Request) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::DeleteBucketCors)?;
    set(store, bucket, None).await?;
    Ok(status(StatusCode::NO_CONTENT))
}

async fn set(store: &Store, bucket: &Bucket, cors: Option<CorsConfiguration>) -> Result<()> {
    let name = bucket.name.clone();
    let index = store.index_of(bucket);
    index
        .change(move |tx| buckets::update(tx, &name, |record| record.cors = cors))
        .await
        .map_err(|error: IndexError| error.into())
}
