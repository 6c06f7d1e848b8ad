//! The routes: one file for each call, and here what they share.

mod abort;
mod assets;
mod complete;
mod create;
mod diagnose;
mod downloads;
mod events;
mod follow;
mod health;
mod metrics;
mod openapi;
mod parts;
mod presets;
mod proxy;
mod read;
mod ready;
mod uppy;

use axum::Router;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use dropslip_sigv4::Timestamp;
use serde::Serialize;

use crate::problem::{Code, Problem};
use crate::request_id;
use crate::state::State;
use crate::token::{TokenError, Upload};
use crate::token_path;

/// The whole service as one function from request to answer; the caller binds it to a socket.
pub fn router(state: State) -> Router {
    let calls = Router::new()
        .route("/v1/uploads", post(create::create))
        .route("/v1/uploads/{id}", get(read::read).delete(abort::abort))
        .route("/v1/uploads/{id}/parts", post(parts::parts))
        .route("/v1/uploads/{id}/complete", post(complete::complete))
        .route("/v1/uploads/{id}/events", get(follow::follow))
        .route("/v1/diagnose", post(diagnose::diagnose))
        .route("/v1/downloads", post(downloads::downloads))
        .route("/v1/events/s3", post(events::events))
        .route("/v1/proxy/{preset}/{fileName}", put(proxy::proxy))
        .route("/v1/presets", get(presets::presets));
    let router = calls
        .route("/healthz", get(health::health))
        .route("/readyz", get(ready::ready))
        .route("/metrics", get(metrics::metrics))
        .route("/openapi.json", get(openapi::openapi))
        .merge(uppy::routes(&state))
        .merge(assets::routes(state.settings()))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(state.clone());
    let router = token_path::around(router, nowhere);
    state
        .settings()
        .cors
        .around(request_id::around(router, state.metrics()))
}

async fn not_found() -> Problem {
    nowhere()
}

fn nowhere() -> Problem {
    Problem::new(
        Code::NotFound,
        "the path of the address is not one of this service's",
    )
}

async fn method_not_allowed() -> Problem {
    Problem::new(
        Code::MethodNotAllowed,
        "the path is right, the method is not",
    )
}

/// Room for most answers, so that it is asked for once.
const ANSWER_BYTES: usize = 1024;

/// A JSON answer that nobody may keep: it holds a signed URL, or what is true only now.
fn json(body: &impl Serialize) -> Response {
    let mut bytes = Vec::with_capacity(ANSWER_BYTES);
    serde_json::to_writer(&mut bytes, body).expect("strings and numbers always serialize");
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, bytes).into_response()
}

/// The `{id}` of a path as it came; a rejection means that it is not even UTF-8.
type Id = Result<Path<String>, PathRejection>;

/// Opens an upload's id.
fn open(state: &State, id: Id, now: Timestamp) -> Result<Upload, Problem> {
    opened(match &id {
        Ok(Path(token)) => state.sealer().open(token, now),
        Err(_) => Err(TokenError::Malformed),
    })
}

/// An upload whose id holds, or why it does not.
fn opened(opened: Result<Upload, TokenError>) -> Result<Upload, Problem> {
    opened.map_err(|error| {
        let (code, detail) = match error {
            TokenError::Malformed => (
                Code::InvalidUploadId,
                "the id is cut short or has other characters than an id",
            ),
            TokenError::Version => (
                Code::InvalidUploadId,
                "the id was made by another version of the service",
            ),
            TokenError::Forged => (
                Code::InvalidUploadId,
                "the id was altered, or made under another secret key of the storage",
            ),
            TokenError::Expired => (
                Code::UploadExpired,
                "the id is older than the preset's expiry and 24 hours",
            ),
        };
        Problem::new(code, detail)
    })
}

/// A time as answers have it.
fn rfc3339(time: Timestamp) -> String {
    let time = jiff::Timestamp::from_second(time.unix_s())
        .expect("sigv4's years 0 to 9999 are within jiff's");
    time.to_string()
}

/// Whole seconds from now until then. A multipart upload is begun at its storage between signing and answering.
fn left_s(state: &State, then: Timestamp) -> i64 {
    (then.unix_s() - state.now().unix_s()).max(0)
}
