//! `GET /readyz`: whether database and storages answer. 200 or 503, with the parts that fail.
//!
//! Everybody may ask, for balancers send no token. Why a part fails is told to the operator alone.

use axum::extract::State as AxumState;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use crate::problem::Problem;
use crate::ready::{self, Part};
use crate::state::State;

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Readiness)]
struct Answer {
    status: &'static str,
    parts: Vec<Part>,
}

#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "ready",
    tag = "operations",
    summary = "Says whether database and storages answer",
    responses(
        (status = 200, description = "They do", body = Answer),
        (status = 503, description = "One does not", body = Answer)
    )
)]
pub(super) async fn ready(
    AxumState(state): AxumState<State>,
    parts: Parts,
) -> Result<Response, Problem> {
    let look = ready::look(&state).await?;
    let may_see = state.settings().lookers.admit(&parts).is_ok();
    let shown = look.parts.iter().map(|part| Part {
        reason: part.reason.clone().filter(|_| may_see),
        ..part.clone()
    });
    let (status, word) = match look.is_ready() {
        true => (StatusCode::OK, "ready"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not ready"),
    };
    let answer = Answer {
        status: word,
        parts: shown.collect(),
    };
    Ok((status, super::json(&answer)).into_response())
}
