//! `POST /v1/events/s3`: the storage tells of objects that arrived.
//!
//! Answers 200 for everything that trying again would not change, and 5xx where it would: senders repeat what fails.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State as AxumState};
use axum::response::Response;
use dropslip_s3::limits::TOLD_BYTES_MAX;
use dropslip_s3::notification::{self, Told};

use crate::events;
use crate::limits::BODY_READ_S_MAX;
use crate::problem::{Code, Problem, echo};
use crate::request_id::current;
use crate::state::State;

#[utoipa::path(
    post,
    path = "/v1/events/s3",
    operation_id = "hear",
    tag = "storage",
    summary = "Takes a storage's notifications of objects that arrived",
    request_body(content = Object, description = "The message as the storage sends it: S3's JSON, or SNS's around it."),
    responses((status = 200, description = "What the message came to", body = events::Heard))
)]
pub(super) async fn events(
    AxumState(state): AxumState<State>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    events::check(&state, &parts)?;
    let bytes = read(body).await?;
    let told = notification::read(&bytes);
    let told = told.map_err(|error| {
        let detail = format!("the body is no message of a storage: {error}");
        Problem::new(Code::InvalidRequest, detail)
            .with_hint("Send what the storage sends, to the letter.".to_owned())
    })?;
    let objects = match told {
        Told::Stored(objects) => objects,
        Told::Test => Vec::new(),
        Told::Confirm { url } => {
            // Not opened by itself: whoever knows the token could have the service call any address.
            tracing::warn!(request = %current(), url = %echo(&url), "open this URL to have SNS send its messages here");
            Vec::new()
        }
    };
    let heard = events::hear(&state, objects).await?;
    tracing::info!(request = %current(), ?heard, "heard of stored objects");
    Ok(super::json(&heard))
}

/// Senders declare no type or any: SNS says `text/plain`.
async fn read(body: Body) -> Result<Vec<u8>, Problem> {
    let limit = Duration::from_secs(BODY_READ_S_MAX);
    let read = tokio::time::timeout(limit, to_bytes(body, TOLD_BYTES_MAX)).await;
    let read = read.map_err(|_| {
        let detail = format!("the body was not whole after {BODY_READ_S_MAX} seconds");
        Problem::new(Code::RequestTimeout, detail)
    })?;
    let bytes = read.map_err(|_| {
        let detail = format!("the body broke off, or has more than {TOLD_BYTES_MAX} bytes");
        Problem::new(Code::BodyTooLarge, detail)
    })?;
    Ok(bytes.into())
}
