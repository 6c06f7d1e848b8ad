//! `GET /healthz`: the process answers. It asks nobody else, so that a storage's bad hour restarts no service.

use axum::response::Response;
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Health)]
struct Answer {
    status: &'static str,
    version: &'static str,
}

#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "health",
    tag = "operations",
    summary = "Says that the process answers",
    responses((status = 200, description = "It does", body = Answer))
)]
pub(super) async fn health() -> Response {
    super::json(&Answer {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
    })
}
