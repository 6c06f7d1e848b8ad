//! What surrounds every call: an id in answer and log, a net under panics, and the headers that hold for all answers.

use std::any::Any;

use axum::Router;
use axum::extract::{Request, State as AxumState};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;
use uuid::Uuid;

use crate::metrics::Metrics;
use crate::problem::Problem;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(crate) fn around(router: Router, metrics: &Metrics) -> Router {
    router
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(metrics.clone(), identify))
}

/// The id is always ours: a caller's could be anything, and be the same twice.
///
/// The span holds no path, for the path of a call may hold the token of an upload.
async fn identify(
    AxumState(metrics): AxumState<Metrics>,
    request: Request,
    next: Next,
) -> Response {
    let measured = metrics.begin(&request);
    let id = Uuid::now_v7().to_string();
    let span = tracing::info_span!("request", id, method = %request.method());
    let mut response = next.run(request).instrument(span).await;
    measured.answered(&response);
    let headers = response.headers_mut();
    headers.insert(
        X_REQUEST_ID,
        HeaderValue::from_str(&id).expect("a uuid is ASCII"),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response
}

fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Problem::internal(&format!("panic: {}", text.unwrap_or("without a message"))).into_response()
}
