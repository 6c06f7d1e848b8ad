//! `DeleteObject`.

use axum::body::Body;
use axum::http::{Response, StatusCode};

use super::{managed_bucket, status};
use crate::Store;
use crate::error::Result;
use crate::index::Change;
use crate::request::Request;

/// Removes an object. One that is not there is 204 too, as S3 has it.
pub(super) async fn object(store: &Store, request: &Request) -> Result<Response<Body>> {
    let (bucket, _) = managed_bucket(store, request)?;
    let key = request.key()?;
    store
        .index()
        .change(Change::DeleteObject { bucket, key })
        .await?;
    Ok(status(StatusCode::NO_CONTENT))
}
