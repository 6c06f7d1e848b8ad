//! `GET /s3/params`: what version 5 and 6 need to send a small file in one request. Touches no disk and no network.

use std::collections::BTreeMap;

use axum::extract::{Request, State as AxumState};
use axum::response::Response;
use serde::Serialize;

use super::preset;
use super::question::Question;
use super::refused::Refused;
use crate::auth::caller::{Action, Wished};
use crate::auth::{self, Entry};
use crate::decide::Wish;
use crate::issue::{self, Slip};
use crate::limits::FILE_NAME_BYTES_MAX;
use crate::preset::Preset;
use crate::problem::Problem;
use crate::routes;
use crate::state::State;
use crate::token::Upload;

/// Version 5 looks at `method`; version 6 posts `fields`, whatever it says.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = UppyParams)]
struct Answer {
    method: &'static str,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<BTreeMap<String, String>>,
    expires: u32,
}

#[utoipa::path(
    get,
    path = "/s3/params",
    operation_id = "uppy_params",
    tag = "uppy",
    summary = "Signs a form or a PUT for Uppy",
    params(("filename" = String, Query), ("type" = Option<String>, Query)),
    responses((status = 200, description = "What Uppy sends", body = Answer))
)]
pub(crate) async fn params(
    AxumState(state): AxumState<State>,
    request: Request,
) -> Result<Response, Refused> {
    let (parts, _) = request.into_parts();
    let entry = auth::enter(&state, &parts).await?;
    let question = Question::parse(parts.uri.query().unwrap_or(""))?;
    let file = File {
        name: question.required("filename")?,
        content_type: question.optional("type"),
        metadata: &question.metadata,
    };
    let named = question.metadata.get(preset::FIELD).map(String::as_str);
    let preset = preset::choose(&state, named)?;
    let travel = preset::whole(&state, preset)?;
    let mut upload = file.plan(&state, entry, &parts, preset).await?;
    upload.travel = travel;
    let slip = issue::issue(&state, preset, &mut upload).await?;
    tracing::debug!(preset = %upload.preset, bucket = %upload.bucket, key = %upload.key, "issued to Uppy");
    Ok(routes::json(&answer(slip, preset)?))
}

fn answer(slip: Slip, preset: &Preset) -> Result<Answer, Problem> {
    let expires = preset.expires_s;
    match (slip.post, slip.put) {
        (Some(post), _) => Ok(Answer {
            method: "POST",
            url: post.url,
            fields: Some(post.fields),
            headers: None,
            expires,
        }),
        (None, Some(put)) => Ok(Answer {
            method: "PUT",
            url: put.url,
            fields: None,
            headers: Some(put.headers),
            expires,
        }),
        (None, None) => Err(Problem::internal(
            &"an upload in one request was signed in parts",
        )),
    }
}

/// What Uppy tells of a file before it sends it.
pub(super) struct File<'a> {
    pub(super) name: &'a str,
    pub(super) content_type: &'a str,
    pub(super) metadata: &'a BTreeMap<String, String>,
}

impl File<'_> {
    /// Asks whether the caller may upload it, decides, and makes the upload. How it travels is set by the caller.
    pub(super) async fn plan(
        &self,
        state: &State,
        entry: Entry,
        parts: &axum::http::request::Parts,
        preset: &Preset,
    ) -> Result<Upload, Problem> {
        let metadata = preset::allowed(preset, self.metadata);
        let name = end_of(self.name);
        let wished = Wished {
            preset: Some(&preset.name),
            file_name: Some(name),
            content_type: Some(self.content_type),
            metadata: Some(&metadata),
            ..Wished::default()
        };
        let caller = entry
            .authorize(state, parts, Action::Create, &wished)
            .await?;
        let wish = Wish {
            file_name: name,
            content_type: self.content_type,
            size_bytes: None,
            checksum: None,
            metadata: &metadata,
        };
        issue::plan(state, preset, &wish, &caller.terms(), state.now())
    }
}

/// Companion keeps the end of a long name, where the extension is, and so do we: nobody would understand a refusal.
fn end_of(name: &str) -> &str {
    let mut start = name.len().saturating_sub(FILE_NAME_BYTES_MAX);
    while !name.is_char_boundary(start) {
        start += 1;
    }
    &name[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_keep_their_end() {
        assert_eq!(end_of("a.png"), "a.png");
        assert_eq!(end_of(""), "");
        let name = format!("{}.png", "ä".repeat(FILE_NAME_BYTES_MAX));
        let end = end_of(&name);
        assert!(end.len() <= FILE_NAME_BYTES_MAX && end.ends_with("ä.png"));
        let fits = "a".repeat(FILE_NAME_BYTES_MAX);
        assert_eq!(end_of(&fits), fits);
    }
}
