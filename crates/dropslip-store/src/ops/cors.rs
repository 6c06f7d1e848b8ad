//! Bucket CORS: put, get, delete.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use dropslip_s3::Code;
use dropslip_s3::xml;

use super::{managed_bucket, status};
use crate::Store;
use crate::document::read_document;
use crate::error::{Error, Result};
use crate::index::Change;
use crate::request::Request;

/// `PutBucketCors`.
pub(super) async fn put(
    store: &Store,
    request: &Request,
    body: &mut Body,
) -> Result<Response<Body>> {
    let (bucket, _) = managed_bucket(store, request)?;
    let document = read_document(request, body).await?;
    let cors = xml::read_cors_configuration(&document).map_err(|e| {
        Error::new(
            Code::MalformedXML,
            format!("{} {e}.", Code::MalformedXML.message()),
        )
    })?;
    store
        .index()
        .change(Change::SetCors {
            bucket,
            cors: Some(cors),
        })
        .await?;
    Ok(status(StatusCode::OK))
}

/// `GetBucketCors`.
pub(super) fn get(store: &Store, request: &Request) -> Result<Response<Body>> {
    let (bucket, record) = managed_bucket(store, request)?;
    match record.cors {
        Some(cors) => Ok(super::xml(xml::cors_configuration(&cors))),
        None => Err(Error::from(Code::NoSuchCORSConfiguration).with("BucketName", bucket.as_str())),
    }
}

/// `DeleteBucketCors`.
pub(super) async fn delete(store: &Store, request: &Request) -> Result<Response<Body>> {
    let (bucket, _) = managed_bucket(store, request)?;
    store
        .index()
        .change(Change::SetCors { bucket, cors: None })
        .await?;
    Ok(status(StatusCode::NO_CONTENT))
}
