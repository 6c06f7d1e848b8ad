//! `DELETE /v1/uploads/{id}`: deletes what has arrived; one that is not there counts as deleted.
//!
//! The presigned URL cannot be called back: a PUT that is still running, or that starts before the URL expires, stores
//! the object again. So a client stops sending before it aborts, and a sweep removes what came late.

use axum::extract::{Request, State as AxumState};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Id;
use crate::auth;
use crate::caller::Action;
use crate::problem::Problem;
use crate::settle;
use crate::state::State;

#[utoipa::path(
    delete,
    path = "/v1/uploads/{id}",
    operation_id = "abort",
    tag = "uploads",
    summary = "Takes an upload back",
    params(("id" = String, Path, description = "The `id` of the answer that issued the upload.")),
    responses((status = 204, description = "It is gone, at the storage too"))
)]
pub(super) async fn abort(
    AxumState(state): AxumState<State>,
    id: Id,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let entry = auth::enter(&state, &parts).await?;
    let upload = super::open(&state, id, state.now())?;
    entry
        .authorize(&state, &parts, Action::Abort, &upload.wished())
        .await?;
    let storage = settle::storage_of(&state, &upload)?;
    settle::abort(&state, storage, &upload).await?;
    Ok((
        StatusCode::NO_CONTENT,
        [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))],
    )
        .into_response())
}
