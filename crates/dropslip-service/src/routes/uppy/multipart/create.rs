//! `POST /s3/multipart`: begins an upload in parts.

use axum::extract::{Request, State as AxumState};
use axum::response::Response;
use serde::Serialize;

use super::super::bodies::Create;
use super::super::params::File;
use super::super::preset;
use super::super::refused::Refused;
use crate::auth;
use crate::body;
use crate::issue;
use crate::routes;
use crate::state::State;

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = UppyCreated)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    key: &'a str,
    upload_id: String,
    bucket: &'a str,
}

#[utoipa::path(
    post,
    path = "/s3/multipart",
    operation_id = "uppy_create",
    tag = "uppy",
    summary = "Begins an upload in parts for Uppy",
    request_body(content = Object, description = "`filename`, `type` and `metadata`."),
    responses((status = 200, description = "It is begun", body = Answer))
)]
pub(crate) async fn create(
    AxumState(state): AxumState<State>,
    request: Request,
) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let entry = auth::enter(&state, &parts).await?;
    let wanted = body::required::<Create>(&parts.headers, body)
        .await?
        .read()?;
    let file = File {
        name: &wanted.file_name,
        content_type: &wanted.content_type,
        metadata: &wanted.metadata,
    };
    let named = wanted.metadata.get(preset::FIELD).map(String::as_str);
    let preset = preset::choose(&state, named)?;
    let travel = preset::in_parts(&state, preset)?;
    let mut upload = file.plan(&state, entry, &parts, preset).await?;
    upload.travel = travel;
    issue::issue(&state, preset, &mut upload).await?;
    let upload_id = state.sealer().seal(&upload, State::nonce(upload.id));
    tracing::debug!(preset = %upload.preset, bucket = %upload.bucket, key = %upload.key, "issued to Uppy in parts");
    Ok(routes::json(&Answer {
        key: upload.key.as_str(),
        upload_id,
        bucket: upload.bucket.as_str(),
    }))
}
