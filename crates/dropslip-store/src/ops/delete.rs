//! `DeleteObject`.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use dropslip_s3::CannedAcl;

use super::{bucket_of, status};
use crate::Store;
use crate::auth::Access;
use crate::error::Result;
use crate::index::Change;
use crate::request::Request;

/// Removes an object. One that is not there is 204 too, as S3 has it.
pub(super) async fn object(store: &Store, request: &Request) -> Result<Response<Body>> {
    request.caller.may(Access::Manage, CannedAcl::Private)?;
    let (bucket, _) = bucket_of(store, request)?;
    let key = request.key()?;
    store
        .index()
        .change(Change::DeleteObject { bucket, key })
        .await?;
    Ok(status(StatusCode::NO_CONTENT))
}
