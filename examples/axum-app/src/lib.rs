//! An application whose signed-in users upload, with the service inside its own router: no second process, no API key.
//!
//! Pages call `upload(file, { preset: 'photo', endpoint: '/files/v1/uploads' })`; the session's cookie comes along.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header::COOKIE};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use dropslip_service::Subject;
use serde_json::Value;

/// Keys of uploaded files by user: a table of the database, in an application of yours.
type Files = Arc<Mutex<BTreeMap<String, BTreeSet<String>>>>;

/// The application, around a service.
pub fn app(service: Router) -> Router {
    let files = Files::default();
    let service = service.layer(from_fn_with_state(files.clone(), keep));
    Router::new()
        .route("/mine", get(mine))
        .with_state(files)
        .nest("/files", service)
        .layer(from_fn(signed_in))
}

/// Lets signed-in users pass, and tells the service who they are.
async fn signed_in(mut request: Request, next: Next) -> Response {
    let Some(user) = user_of(request.headers()) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    request.extensions_mut().insert(Subject::new(user));
    next.run(request).await
}

/// A look into the sessions, of which this application has two.
fn user_of(headers: &HeaderMap) -> Option<&'static str> {
    let mut cookies = headers.get(COOKIE)?.to_str().ok()?.split("; ");
    match cookies.find_map(|cookie| cookie.strip_prefix("session="))? {
        "session-of-ada" => Some("ada"),
        "session-of-ben" => Some("ben"),
        _ => None,
    }
}

/// Remembers the key of each upload that the service has accepted.
async fn keep(
    State(files): State<Files>,
    Extension(user): Extension<Subject>,
    request: Request,
    next: Next,
) -> Response {
    let completes = request.uri().path().ends_with("/complete");
    let answer = next.run(request).await;
    if !completes || !answer.status().is_success() {
        return answer;
    }
    let (head, body) = answer.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let done: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if let Some(key) = done["key"].as_str() {
        let mut files = files.lock().expect("nothing panics while it is held");
        let keys = files.entry(user.as_str().to_owned()).or_default();
        keys.insert(key.to_owned());
    }
    Response::from_parts(head, Body::from(bytes))
}

/// What the user has uploaded.
async fn mine(
    State(files): State<Files>,
    Extension(user): Extension<Subject>,
) -> Json<BTreeSet<String>> {
    let files = files.lock().expect("nothing panics while it is held");
    Json(files.get(user.as_str()).cloned().unwrap_or_default())
}
