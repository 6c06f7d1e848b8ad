//! `DeleteObject`.

use axum::body::Body;
use axum::http::{Response, StatusCode};

use super::status;
use crate::Store;
use crate::access::{self, On};
use crate::clock::now_ms;
use crate::error::Result;
use crate::index::{IndexError, objects};
use crate::request::Request;
use crate::route::Operation;

/// Removes an object. One that is not there is 204 too, as S3 has it.
pub(super) async fn object(store: &Store, request: &Request) -> Result<Response<Body>> {
    let bucket = request.bucket()?;
    let key = request.key()?;
    access::check(
        request,
        Operation::DeleteObject.action(),
        On::Key(bucket, &key),
    )?;
    let name = bucket.name.clone();
    let owner = request.caller.owner_name().to_owned();
    let index = store.index();
    index
        .change(move |tx| {
            objects::delete(tx, (&name, &key), (owner, now_ms()))?;
            Ok::<_, IndexError>(())
        })
        .await?;
    Ok(status(StatusCode::NO_CONTENT))
}
