//! `POST /v1/uploads`: decides, makes the key, signs. Touches no disk and no network.

use std::collections::BTreeMap;

use axum::extract::{Request, State as AxumState};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use dropslip_s3::presign::{Presign, presign};
use dropslip_sigv4::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::auth;
use crate::body::{self, Create};
use crate::caller::{Action, Wished};
use crate::decide::{Decision, Wish, decide};
use crate::preset::Preset;
use crate::problem::{Code, Problem, echo};
use crate::state::State;
use crate::token::Upload;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    id: String,
    bucket: &'a str,
    key: &'a str,
    expires_at: String,
    content_type: &'a str,
    put: Put<'a>,
}

#[derive(Serialize)]
struct Put<'a> {
    url: String,
    headers: BTreeMap<&'static str, &'a str>,
}

pub(super) async fn create(
    AxumState(state): AxumState<State>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let entry = auth::enter(&state, &parts).await?;
    let body: Create = body::required(&parts.headers, body).await?;
    let wished = Wished {
        preset: Some(&body.preset),
        file_name: Some(&body.file_name),
        content_type: Some(&body.content_type),
        size_bytes: Some(body.size),
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
    let wish = Wish {
        file_name: &body.file_name,
        content_type: &body.content_type,
        size_bytes: body.size,
    };
    let now = state.now();
    let decision = decide(&wish, preset, Uuid::now_v7(), now)?;
    let url = sign(&state, preset, &decision, now)?;
    let url_expires = now.plus_s(preset.expires_s);
    let upload = Upload {
        preset: preset.name.clone(),
        bucket: preset.bucket.clone(),
        key: decision.key.clone(),
        content_type: decision.content_type.clone(),
        size_bytes: decision.size_bytes,
        public: preset.is_public(),
        issued: now,
        url_expires,
    };
    let id = state.sealer().seal(&upload, State::nonce()?);
    tracing::info!(by = %caller, preset = %preset.name, bucket = %upload.bucket, key = %upload.key, size = upload.size_bytes, "issued");
    let answer = Answer {
        id,
        bucket: preset.bucket.as_str(),
        key: decision.key.as_str(),
        expires_at: rfc3339(url_expires),
        content_type: &decision.content_type,
        put: Put {
            url,
            headers: decision
                .headers
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect(),
        },
    };
    Ok((StatusCode::CREATED, super::json(&answer)).into_response())
}

/// Signs against the public endpoint: the host that a browser will name is part of the signature.
fn sign(
    state: &State,
    preset: &Preset,
    decision: &Decision,
    now: Timestamp,
) -> Result<String, Problem> {
    let target = state
        .settings()
        .storage
        .public_endpoint
        .object(&preset.bucket, &decision.key);
    let length = decision.size_bytes.to_string();
    let mut headers = vec![("content-length", length.as_str())];
    headers.extend(
        decision
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str())),
    );
    let request = Presign {
        method: "PUT",
        target: &target,
        headers: &headers,
        expires_s: preset.expires_s,
    };
    presign(state.signer(), &request, now).map_err(|error| Problem::internal(&error))
}

fn unknown_preset(state: &State, name: &str) -> Problem {
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

fn rfc3339(time: Timestamp) -> String {
    let time = jiff::Timestamp::from_second(time.unix_s())
        .expect("sigv4's years 0 to 9999 are within jiff's");
    time.to_string()
}
