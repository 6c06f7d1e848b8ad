//! `POST /v1/uploads/{id}/complete`: asks the storage what it has and compares it with what was issued.
//!
//! The signature binds size and type already where the storage checks it as S3 does. This is the proof that it did, and
//! that the file is there at all. It may be asked any number of times; what does not fit is deleted, after which the
//! answer is `not_uploaded`.

use axum::extract::{Request, State as AxumState};
use axum::response::Response;
use dropslip_s3::client::ObjectHead;
use serde::Serialize;

use super::Id;
use crate::auth;
use crate::body::{self, Complete};
use crate::caller::Action;
use crate::problem::{Code, Problem, echo};
use crate::state::State;
use crate::token::Upload;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    key: &'a str,
    size: u64,
    content_type: &'a str,
    etag: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

pub(super) async fn complete(
    AxumState(state): AxumState<State>,
    id: Id,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let entry = auth::enter(&state, &parts).await?;
    body::optional::<Complete>(&parts.headers, body).await?;
    let now = state.now();
    let upload = super::open(&state, id, now)?;
    entry
        .authorize(&state, &parts, Action::Complete, &upload.wished())
        .await?;
    let head = state
        .client()
        .head_object(&upload.bucket, &upload.key, now)
        .await;
    let head = head.map_err(|error| super::storage_problem(&state, &upload, &error))?;
    let head = head.ok_or_else(|| not_uploaded(&upload))?;
    if let Some(problem) = differs(&upload, &head) {
        let deleted = state
            .client()
            .delete_object(&upload.bucket, &upload.key, now)
            .await;
        // Without this the answer would claim a deletion that did not happen. The caller may ask again.
        deleted.map_err(|error| super::storage_problem(&state, &upload, &error))?;
        return Err(problem);
    }
    tracing::info!(preset = %upload.preset, bucket = %upload.bucket, key = %upload.key, "completed");
    let public = &state.settings().storage.public_endpoint;
    Ok(super::json(&Answer {
        key: upload.key.as_str(),
        size: head.size_bytes,
        content_type: &upload.content_type,
        etag: head.etag.as_deref().unwrap_or_default(),
        url: upload
            .public
            .then(|| public.object(&upload.bucket, &upload.key).url()),
    }))
}

/// A 404 to a HEAD has no body, so it cannot say whether the key is missing or the whole bucket.
fn not_uploaded(upload: &Upload) -> Problem {
    let detail = format!(
        "the storage has nothing at `{}` in the bucket `{}`",
        upload.key, upload.bucket
    );
    let hint = format!(
        "Send the file to `put.url` first and complete after it answered 200. If it did, check that the bucket `{}` \
         exists and that `storage.endpoint` and `storage.publicEndpoint` are the same storage.",
        upload.bucket
    );
    Problem::new(Code::NotUploaded, detail).with_hint(hint)
}

fn differs(upload: &Upload, head: &ObjectHead) -> Option<Problem> {
    if head.size_bytes != upload.size_bytes {
        let detail = format!(
            "expected {} bytes, got {}",
            upload.size_bytes, head.size_bytes
        );
        return Some(Problem::new(Code::SizeMismatch, detail));
    }
    let got = head.content_type.as_deref().unwrap_or_default().trim();
    if got != upload.content_type {
        let detail = format!("expected {}, got {}", echo(&upload.content_type), echo(got));
        return Some(Problem::new(Code::TypeMismatch, detail));
    }
    None
}
