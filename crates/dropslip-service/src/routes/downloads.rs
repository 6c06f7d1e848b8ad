//! `POST /v1/downloads`: a presigned GET for an object that a preset of ours made.

use axum::extract::{Request, State as AxumState};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use dropslip_s3::ObjectKey;
use dropslip_s3::presign::{Presign, presign_query};
use serde::Serialize;

use crate::auth;
use crate::body::{self, Download};
use crate::caller::{Action, Caller, Wished};
use crate::file_name::FileName;
use crate::key_template::{Captured, safe_part};
use crate::limits::{EXPIRES_S_MAX, EXPIRES_S_MIN};
use crate::preset::Preset;
use crate::problem::{Code, Problem, echo};
use crate::state::State;

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = SignedDownload)]
#[serde(rename_all = "camelCase")]
struct Answer {
    url: String,
    expires_at: String,
}

#[utoipa::path(
    post,
    path = "/v1/downloads",
    operation_id = "download",
    tag = "downloads",
    summary = "Signs a GET for an object of a preset",
    request_body = Download,
    responses((status = 201, description = "It is signed", body = Answer))
)]
pub(super) async fn downloads(
    AxumState(state): AxumState<State>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let entry = auth::enter(&state, &parts).await?;
    let body: Download = body::required(&parts.headers, body).await?;
    let (preset, captured) = find(&state, &body)?;
    let wished = Wished {
        preset: Some(&preset.name),
        key: Some(&body.key),
        file_name: body.file_name.as_deref(),
        ..Wished::default()
    };
    let caller = entry
        .authorize(&state, &parts, Action::Download, &wished)
        .await?;
    check_owner(&caller, &captured)?;
    let now = state.now();
    let expires_s = expires_s(&body, preset)?;
    let key = ObjectKey::parse(&body.key).map_err(|error| Problem::internal(&error))?;
    let storage = state.storage_of(preset);
    let target = storage.public().object(&preset.bucket, &key);
    let query = match &body.file_name {
        Some(name) => disposition(name)?,
        None => String::new(),
    };
    let wanted = Presign {
        method: "GET",
        target: &target,
        headers: &[],
        expires_s,
    };
    let url = presign_query(storage.signer(), &wanted, &query, now)
        .map_err(|error| Problem::internal(&error))?;
    let answer = Answer {
        url,
        expires_at: super::rfc3339(now.plus_s(expires_s)),
    };
    Ok((StatusCode::CREATED, super::json(&answer)).into_response())
}

/// The preset that made the key. Keys of other origin are none of this service's business.
fn find<'a>(state: &'a State, body: &Download) -> Result<(&'a Preset, Captured), Problem> {
    let presets = state.settings().presets().iter();
    let mut found = presets
        .filter(|preset| body.preset.as_ref().is_none_or(|name| *name == preset.name))
        .filter_map(|preset| Some((preset, preset.key.matches(&body.key)?)));
    let Some(first) = found.next() else {
        let detail = format!("no preset makes keys such as {}", echo(&body.key));
        return Err(Problem::new(Code::UnknownKey, detail));
    };
    let place = |preset: &Preset| (preset.storage, preset.bucket.clone());
    if found.any(|(other, _)| place(other) != place(first.0)) {
        let detail = "several presets make such keys, in different buckets; send `preset`";
        return Err(Problem::new(Code::InvalidRequest, detail));
    }
    Ok(first)
}

/// A back end may read all that it asks for. A user may read what is in a folder of their own, which takes a template
/// with `{subject}`: nothing else in a key says whose it is.
fn check_owner(caller: &Caller, captured: &Captured) -> Result<(), Problem> {
    let own = caller.subject.as_deref().and_then(safe_part);
    if caller.is_back_end() || (own.is_some() && own == captured.subject) {
        return Ok(());
    }
    let detail = "the key is not one of this caller's";
    let hint = "Users get downloads of keys that have their `{subject}`; for others let your back end ask.";
    Err(Problem::new(Code::Forbidden, detail).with_hint(hint.to_owned()))
}

fn expires_s(body: &Download, preset: &Preset) -> Result<u32, Problem> {
    match body.expires_in {
        None => Ok(preset.expires_s),
        Some(asked) => u32::try_from(asked)
            .ok()
            .filter(|s| (EXPIRES_S_MIN..=EXPIRES_S_MAX).contains(s))
            .ok_or_else(|| {
                let detail =
                    format!("`expiresIn` is {asked}; S3 takes 1 to {EXPIRES_S_MAX} seconds");
                Problem::new(Code::InvalidRequest, detail)
            }),
    }
}

/// The parameter by which S3 names the file that a browser saves (RFC 6266, with the encoding of RFC 8187).
fn disposition(name: &str) -> Result<String, Problem> {
    let name = FileName::parse(name)
        .map_err(|reason| Problem::new(Code::InvalidFileName, format!("`fileName` {reason}")))?
        .safe();
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii() && c != '"' && c != '\\' {
                c
            } else {
                '_'
            }
        })
        .collect();
    let encoded = dropslip_sigv4::encode_path(name.as_bytes());
    let value = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
    let value = percent_encoding::utf8_percent_encode(&value, percent_encoding::NON_ALPHANUMERIC);
    Ok(format!("response-content-disposition={value}"))
}
