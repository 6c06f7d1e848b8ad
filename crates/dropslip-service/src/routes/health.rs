//! `GET /healthz`: the process answers. It asks nobody else, so that a storage's bad hour restarts no service.

use axum::response::Response;
use serde::Serialize;

#[derive(Serialize)]
struct Answer {
    status: &'static str,
    version: &'static str,
}

pub(super) async fn health() -> Response {
    super::json(&Answer {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
    })
}
