//! `POST /v1/uploads/{id}/complete`: asks the storage what it has and compares it with what was issued.
//!
//! It may be asked any number of times and answers the same each time; see `settle`.

use axum::extract::{Request, State as AxumState};
use axum::response::Response;

use super::Id;
use crate::auth;
use crate::body::{self, Complete};
use crate::caller::Action;
use crate::problem::Problem;
use crate::settle;
use crate::state::State;

#[utoipa::path(
    post,
    path = "/v1/uploads/{id}/complete",
    operation_id = "complete",
    tag = "uploads",
    summary = "Checks what has arrived, and completes the upload or refuses it",
    params(("id" = String, Path, description = "The `id` of the answer that issued the upload.")),
    request_body = Option<Complete>,
    responses((status = 200, description = "The upload is complete", body = settle::Completed))
)]
pub(super) async fn complete(
    AxumState(state): AxumState<State>,
    id: Id,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let entry = auth::enter(&state, &parts).await?;
    body::optional::<Complete>(&parts.headers, body).await?;
    let upload = super::open(&state, id, state.now())?;
    entry
        .authorize(&state, &parts, Action::Complete, &upload.wished())
        .await?;
    Ok(super::json(&settle::complete(&state, &upload).await?))
}
