//! `AbortMultipartUpload`.

use axum::body::Body;
use axum::http::{Response, StatusCode};

use super::Addressed;
use crate::Store;
use crate::error::{Error, Result};
use crate::index::{Tx, uploads};
use crate::request::Request;
use crate::route::Operation;

/// Ends an upload, and gives its bytes up.
pub(in crate::ops) async fn abort(store: &Store, request: &Request) -> Result<Response<Body>> {
    let at = Addressed::read(
        request,
        Operation::AbortMultipartUpload,
        &store.index().snapshot()?,
    )?;
    let change = move |tx: &mut Tx<'_>| {
        at.upload(tx)?;
        uploads::abort(tx, at.place(), at.id)?;
        Ok::<_, Error>(())
    };
    store.index().change(change).await?;
    Ok(crate::ops::status(StatusCode::NO_CONTENT))
}
