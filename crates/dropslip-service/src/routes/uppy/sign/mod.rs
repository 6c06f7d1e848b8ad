//! `POST /sign`: one request to S3, signed for version 6 with a `signRequest` of its own.
//!
//! The browser talks to the storage itself here, so a caller may ask for anything and this must be no oracle. What is
//! new gets a key of ours: the client's is the file's name and no more. What exists has a key that a template of ours
//! has made, not long ago, and the storage's own id of an upload in parts, which nobody can guess and which fits that
//! key alone. Objects are neither read nor listed, and deleted only by whose they are.
//!
//! What the storage cannot be told in a signed URL is looked at where it can be: the sum of the parts before the
//! request that joins them is signed, and the object afterwards, when the storage tells of it or a sweep finds it.

mod delete;
mod fresh;
mod known;
mod request;

use std::collections::BTreeMap;

use axum::extract::{Request, State as AxumState};
use axum::http::request::Parts;
use axum::response::Response;
use serde::Serialize;

use super::refused::Refused;
use crate::auth::{self, Entry};
use crate::body;
use crate::routes;
use crate::state::State;

/// Uppy's `PresignedResponse`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = UppySigned)]
struct Answer {
    url: String,
    /// The key that counts, where it is another than was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<BTreeMap<String, String>>,
}

impl Answer {
    /// One that needs no headers.
    const fn plain(url: String) -> Self {
        Self {
            url,
            key: None,
            headers: None,
            fields: None,
        }
    }
}

/// Who asks, not yet asked about what.
struct Asking<'a> {
    state: &'a State,
    entry: Entry,
    parts: &'a Parts,
}

#[utoipa::path(
    post,
    path = "/sign",
    operation_id = "uppy_sign",
    tag = "uppy",
    summary = "Signs what Uppy's `signRequest` asks for",
    request_body(content = Object, description = "`method`, `key` and, by the request that is meant, `uploadId`, `partNumber`, `contentType`, `expiresIn`."),
    responses((status = 200, description = "What Uppy sends", body = Answer))
)]
pub(crate) async fn sign(
    AxumState(state): AxumState<State>,
    request: Request,
) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let entry = auth::enter(&state, &parts).await?;
    let asked = body::required::<request::Body>(&parts.headers, body)
        .await?
        .read()?;
    let asking = Asking {
        state: &state,
        entry,
        parts: &parts,
    };
    let preset = asked.preset.as_deref();
    let answer = match &asked.request {
        request::Request::New(file) => fresh::sign(asking, file, preset, asked.expires_s).await?,
        request::Request::Known(upload) => {
            known::sign(asking, upload, preset, asked.expires_s).await?
        }
        request::Request::Delete(key) => delete::sign(asking, key, preset).await?,
    };
    Ok(routes::json(&answer))
}
