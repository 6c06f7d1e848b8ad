//! `GET /v1/uploads/{id}`: how far an upload is, and for one in parts which have arrived.

use axum::extract::{Request, State as AxumState};
use axum::response::Response;
use dropslip_s3::xml::PartAnswer;
use serde::Serialize;

use super::Id;
use crate::auth;
use crate::caller::Action;
use crate::database::{Decided, Record};
use crate::problem::Problem;
use crate::settle;
use crate::state::State;
use crate::token::{Travel, Upload};

/// How far an upload is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Progress {
    /// `issued`, `stored`, `completed`, `refused` or `aborted`.
    pub(crate) state: &'static str,
    mode: &'static str,
    bucket: String,
    key: String,
    /// Of the object if it is there, else as announced.
    size: u64,
    content_type: String,
    /// When the upload can no longer be completed.
    expires_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    multipart: Option<Multipart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Reason>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ProgressMultipart)]
#[serde(rename_all = "camelCase")]
struct Multipart {
    upload_id: String,
    part_size: u64,
    /// The kind of checksum that each part is signed with, such as `sha256`.
    #[serde(skip_serializing_if = "Option::is_none")]
    checksum: Option<&'static str>,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ArrivedPart)]
struct Part {
    number: u32,
    size: u64,
    etag: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = DecidedProblem)]
struct Reason {
    code: String,
    detail: String,
}

impl Progress {
    /// Whether nothing comes after it. A completed upload can still be taken back; who waits has what they waited for.
    pub(crate) fn is_final(&self) -> bool {
        !matches!(self.state, "issued" | "stored")
    }
}

#[utoipa::path(
    get,
    path = "/v1/uploads/{id}",
    operation_id = "read",
    tag = "uploads",
    summary = "Says how far an upload is",
    params(("id" = String, Path, description = "The `id` of the answer that issued the upload.")),
    responses((status = 200, description = "How far it is", body = Progress))
)]
pub(super) async fn read(
    AxumState(state): AxumState<State>,
    id: Id,
    request: Request,
) -> Result<Response, Problem> {
    let (head, _) = request.into_parts();
    let entry = auth::enter(&state, &head).await?;
    let upload = super::open(&state, id, state.now())?;
    entry
        .authorize(&state, &head, Action::Read, &upload.wished())
        .await?;
    Ok(super::json(&progress(&state, &upload).await?))
}

/// What was decided, else what the storage has.
pub(crate) async fn progress(state: &State, upload: &Upload) -> Result<Progress, Problem> {
    let storage = settle::storage_of(state, upload)?;
    if let Some(record) = settle::recorded(state, upload).await? {
        let url = storage.public().object(&upload.bucket, &upload.key).url();
        return Ok(decided(upload, record, url));
    }
    let mut progress = issued(upload);
    if let Travel::Multipart {
        upload_id,
        part_bytes,
    } = &upload.travel
        && let Some(parts) = settle::parts_arrived(state, storage, upload).await?
    {
        progress.multipart = Some(Multipart {
            upload_id: upload_id.clone(),
            part_size: *part_bytes,
            checksum: upload.checksum_name(),
            parts: parts.into_iter().map(part).collect(),
        });
        return Ok(progress);
    }
    let head = storage
        .client()
        .head_object(&upload.bucket, &upload.key, state.now())
        .await
        .map_err(|error| storage.problem(&upload.bucket, &upload.key, &error))?;
    if let Some(head) = head {
        progress.state = Decided::Stored.as_str();
        progress.size = head.size_bytes;
        progress.etag = head.etag;
    }
    Ok(progress)
}

fn issued(upload: &Upload) -> Progress {
    Progress {
        state: "issued",
        mode: upload.travel.as_str(),
        bucket: upload.bucket.as_str().to_owned(),
        key: upload.key.as_str().to_owned(),
        size: upload.size_bytes_max,
        content_type: upload.content_type.clone(),
        expires_at: super::rfc3339(upload.expires()),
        etag: None,
        url: None,
        multipart: None,
        problem: None,
    }
}

fn decided(upload: &Upload, record: Record, url: String) -> Progress {
    let completed = record.state == Decided::Completed;
    Progress {
        state: record.state.as_str(),
        size: record.size_bytes.unwrap_or(upload.size_bytes_max),
        etag: record.etag,
        url: (completed && upload.public).then_some(url),
        problem: record.problem.map(|(code, detail)| Reason { code, detail }),
        ..issued(upload)
    }
}

fn part(part: PartAnswer) -> Part {
    Part {
        number: part.number,
        size: part.size_bytes,
        etag: part.etag,
    }
}
