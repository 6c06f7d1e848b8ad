//! `GET /metrics`: what was counted, for Prometheus. `look` says who may ask.

use std::time::Duration;

use axum::extract::State as AxumState;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use tokio::time::timeout;

use crate::limits::READY_WAIT_S_MAX;
use crate::problem::Problem;
use crate::state::State;

#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "metrics",
    tag = "operations",
    summary = "Tells what was counted, for Prometheus",
    responses((status = 200, description = "All numbers in Prometheus' text format", body = String, content_type = "text/plain"))
)]
pub(super) async fn metrics(
    AxumState(state): AxumState<State>,
    parts: Parts,
) -> Result<Response, Problem> {
    state.settings().lookers.admit(&parts)?;
    count_events(&state).await;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, state.metrics().text()).into_response())
}

/// Replicas share the events, so their number is the database's. One that does not answer leaves the last number.
async fn count_events(state: &State) {
    let Some(database) = state.database() else {
        return;
    };
    let counted = timeout(Duration::from_secs(READY_WAIT_S_MAX), database.counts());
    if let Ok(Ok(counts)) = counted.await {
        state.metrics().events(counts.pending, counts.failed);
    }
}
