//! `POST /v1/uploads`: decides, makes the key, signs.
//!
//! What few uploads wait for (an application, a database, a storage) is in boxes of its own: a future has room for the
//! largest of what it may wait for, and every layer around this one moves it.

use axum::extract::{Request, State as AxumState};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::auth;
use crate::body::{self, Create};
use crate::caller::{Action, Wished};
use crate::decide::Wish;
use crate::issue::{self, Slip};
use crate::problem::{Code, Problem, echo};
use crate::request_id::current;
use crate::state::State;
use crate::token::Upload;

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Issued)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    id: String,
    bucket: &'a str,
    key: &'a str,
    expires_at: String,
    /// Whole seconds from now until what was signed ends, for clients whose clock is wrong.
    expires_in: i64,
    content_type: &'a str,
    mode: &'static str,
    #[serde(flatten)]
    slip: Slip,
}

#[utoipa::path(
    post,
    path = "/v1/uploads",
    operation_id = "issue",
    tag = "uploads",
    summary = "Issues an upload: decides, makes the key, signs",
    request_body = Create,
    responses((status = 201, description = "The upload is issued; one of `put`, `post` and `multipart` is there", body = Answer))
)]
pub(super) async fn create(
    AxumState(state): AxumState<State>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let entry = auth::enter(&state, &parts).await?;
    let body: Create = body::required(&parts.headers, body).await?;
    let wished = Wished {
        preset: Some(&body.preset),
        subject: body.subject.as_deref(),
        file_name: Some(&body.file_name),
        content_type: Some(&body.content_type),
        size_bytes: Some(body.size),
        metadata: Some(&body.metadata),
        ..Wished::default()
    };
    let caller = entry
        .authorize(&state, &parts, Action::Create, &wished)
        .await?;
    let preset = state
        .settings()
        .presets()
        .find(&body.preset)
        .ok_or_else(|| unknown_preset(&state, &body.preset))?;
    let checksum = body.checksum()?;
    let wish = Wish {
        file_name: &body.file_name,
        content_type: &body.content_type,
        size_bytes: Some(body.size),
        checksum: checksum.as_ref(),
        metadata: &body.metadata,
    };
    let now = state.now();
    let mut upload = issue::plan(&state, preset, &wish, &caller.terms(), now)?;
    let slip = issue::issue(&state, preset, &mut upload).await?;
    let id = state.sealer().seal(&upload, State::nonce(upload.id));
    tracing::debug!(request = %current(), preset = %upload.preset, bucket = %upload.bucket, key = %upload.key, size = body.size, "issued");
    Ok((
        StatusCode::CREATED,
        super::json(&answer(&state, id, &upload, slip)),
    )
        .into_response())
}

fn answer<'a>(state: &State, id: String, upload: &'a Upload, slip: Slip) -> Answer<'a> {
    Answer {
        id,
        bucket: upload.bucket.as_str(),
        key: upload.key.as_str(),
        expires_at: super::rfc3339(upload.url_expires),
        expires_in: super::left_s(state, upload.url_expires),
        content_type: &upload.content_type,
        mode: upload.travel.as_str(),
        slip,
    }
}

pub(super) fn unknown_preset(state: &State, name: &str) -> Problem {
    let names: Vec<_> = state
        .settings()
        .presets()
        .iter()
        .map(|preset| format!("`{}`", preset.name))
        .collect();
    Problem::new(
        Code::UnknownPreset,
        format!(
            "there is no preset {}; there are {}",
            echo(name),
            names.join(", ")
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_of<A, B, F: Future>(_: fn(A, B) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn waits_in_little_room() {
        let bytes = bytes_of(create);
        assert!(bytes <= 4096, "{bytes} bytes");
    }
}
