//! `/s3/multipart…`: uploads in parts, whose `uploadId` is the sealed id of the upload.

pub(crate) mod complete;
pub(crate) mod create;
pub(crate) mod parts;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State as AxumState};
use axum::http::request::Parts;
use axum::response::Response;
use serde_json::json;

use super::question::Question;
use super::refused::Refused;
use crate::auth;
use crate::auth::caller::Action;
use crate::problem::{Code, Problem, echo};
use crate::routes;
use crate::settle;
use crate::state::State;
use crate::token::{Travel, Upload};

pub(super) use complete::complete;
pub(super) use create::create;
pub(super) use parts::{asked, batch, list, part};

/// The `{id}` of a path; a rejection means that it is not even UTF-8.
type Id = Result<Path<String>, PathRejection>;

/// `DELETE /s3/multipart/{id}?key=…`. Like S3's own it takes away what has not been joined, and nothing else: an
/// object that was completed stays.
#[utoipa::path(
    delete,
    path = "/s3/multipart/{id}",
    operation_id = "uppy_abort",
    tag = "uppy",
    summary = "Takes an upload in parts back for Uppy",
    params(("id" = String, Path, description = "The `uploadId` of the answer that created the upload."), ("key" = Option<String>, Query, description = "The key, as Uppy repeats it.")),
    responses((status = 200, description = "It is gone", body = Object))
)]
pub(crate) async fn abort(
    AxumState(state): AxumState<State>,
    id: Id,
    request: Request,
) -> Result<Response, Refused> {
    let (parts, _) = request.into_parts();
    let (upload, _) = open(&state, &parts, id, Action::Abort).await?;
    let storage = settle::storage_of(&state, &upload)?;
    if settle::parts_arrived(&state, storage, &upload)
        .await?
        .is_some()
    {
        settle::abort(&state, storage, &upload).await?;
    }
    Ok(routes::json(&json!({})))
}

/// Opens the upload that a call is about, and asks whether its caller may.
async fn open(
    state: &State,
    parts: &Parts,
    id: Id,
    action: Action,
) -> Result<(Upload, Question), Problem> {
    let entry = auth::enter(state, parts).await?;
    let question = Question::parse(parts.uri.query().unwrap_or(""))?;
    let upload = routes::open(state, id, state.now())?;
    check_key(&upload, question.required("key")?)?;
    if !matches!(upload.travel, Travel::Multipart { .. }) {
        return Err(crate::issue::not_in_parts(&upload));
    }
    entry
        .authorize(state, parts, action, &upload.wished())
        .await?;
    Ok((upload, question))
}

/// Uppy repeats the key that it was told. Another one is a mistake in the client, or an attempt.
fn check_key(upload: &Upload, key: &str) -> Result<(), Problem> {
    if upload.key.as_str() == key {
        return Ok(());
    }
    let detail = format!("the upload was not issued for the key {}", echo(key));
    let hint = "Send `key` and `uploadId` of one and the same answer.";
    Err(Problem::new(Code::InvalidUploadId, detail).with_hint(hint.to_owned()))
}

/// The storage has joined the parts already, or has forgotten them.
fn gone() -> Problem {
    let detail = "the storage has no such upload in parts any more: it was completed or aborted";
    Problem::new(Code::InvalidUploadId, detail).with_hint("Begin a new upload.".to_owned())
}
