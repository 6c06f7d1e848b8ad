//! The service inside an application's router, which says in the request who calls.

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use dropslip_service::{State, Subject, router};
use dropslip_sigv4::Timestamp;
use serde_json::{Value, json};

use crate::app::{App, START};
use crate::tokens::configured;

/// A call for this user, with these headers.
async fn call(
    app: &App,
    user: &str,
    (method, path): (Method, &str),
    headers: &[(&str, &str)],
    body: &Value,
) -> (StatusCode, Value) {
    let mut request = Request::builder().method(method).uri(path);
    request = request.header("host", "up.example");
    request = request.header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::from(body.to_string())).unwrap();
    if !user.is_empty() {
        request.extensions_mut().insert(Subject::new(user));
    }
    let answer = app.send(request).await;
    let body = match answer.text.as_str() {
        "" => Value::Null,
        _ => answer.json(),
    };
    (answer.status, body)
}

async fn create(
    app: &App,
    user: &str,
    headers: &[(&str, &str)],
    more: Value,
) -> (StatusCode, Value) {
    let mut body =
        json!({"preset": "photo", "fileName": "x.png", "contentType": "image/png", "size": 3});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    call(app, user, (Method::POST, "/v1/uploads"), headers, &body).await
}

/// The service of a configuration with this in it.
fn app(text: &str) -> App {
    let settings = configured(text).unwrap();
    App::of(settings)
}

async fn check(app: &App, user: &str, headers: &[(&str, &str)], more: Value, code: &str) {
    let (_, answer) = create(app, user, headers, more).await;
    assert_eq!(answer["code"], code, "{user} {headers:?}: {answer}");
}

const KEYS: &str = "[auth]\napiKeys = [\"correct-horse-battery-staple\"]";

#[tokio::test]
async fn a_user_needs_no_credentials() {
    for text in ["", KEYS] {
        let app = app(text);
        let (status, issued) = create(&app, "ada", &[], json!({})).await;
        assert_eq!(status, StatusCode::CREATED, "{issued}");
        let (status, answer) = create(
            &app,
            "ada",
            &[("authorization", "Bearer own-token")],
            json!({}),
        )
        .await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
    }
    check(&app(KEYS), "", &[], json!({}), "unauthorized").await;
    check(&app(""), "", &[], json!({}), "forbidden_host").await;
}

#[tokio::test]
async fn a_user_sees_to_their_own_uploads() {
    let app = app(KEYS);
    let (_, issued) = create(&app, "ada", &[], json!({"subject": "ada"})).await;
    let path = format!("/v1/uploads/{}", issued["id"].as_str().unwrap());
    let parts = format!("{path}/parts");
    for (method, path) in [
        (Method::GET, &path),
        (Method::DELETE, &path),
        (Method::POST, &parts),
    ] {
        let (status, answer) = call(&app, "ben", (method, path), &[], &json!({})).await;
        assert_eq!(
            (status, &answer["code"]),
            (StatusCode::FORBIDDEN, &json!("forbidden"))
        );
    }
    let (status, answer) = call(&app, "ada", (Method::POST, &parts), &[], &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    check(&app, "ada", &[], json!({"subject": "ben"}), "forbidden").await;
}

#[tokio::test]
async fn pages_of_other_origins_bring_no_cookies() {
    let app = app("[cors]\nallowedOrigins = [\"https://app.example\"]\nallowCredentials = true");
    let cookie = ("cookie", "session=4711");
    let foreign = [cookie, ("origin", "https://evil.example")];
    check(&app, "ada", &foreign, json!({}), "foreign_origin").await;
    for origin in ["https://app.example", "https://up.example"] {
        let (status, answer) = create(&app, "ada", &[cookie, ("origin", origin)], json!({})).await;
        assert_eq!(status, StatusCode::CREATED, "{origin}: {answer}");
    }
}

#[tokio::test]
async fn calls_are_counted() {
    let app = app("[limits]\nperSubject = \"1/1h\"");
    let (status, answer) = create(&app, "ada", &[], json!({})).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    check(&app, "ada", &[], json!({}), "rate_limited").await;
    let (status, answer) = create(&app, "ben", &[], json!({})).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
}

#[tokio::test]
async fn below_a_path_of_the_application() {
    let state = State::with_clock(configured(KEYS).unwrap(), || Timestamp::from_unix_s(START));
    let app = App::around(Router::new().nest("/files", router(state.unwrap())));
    let body = json!({"preset": "photo", "fileName": "x.png", "size": 3});
    let create = (Method::POST, "/files/v1/uploads");
    let (status, answer) = call(&app, "ada", create.clone(), &[], &body).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let (status, _) = call(&app, "", create, &[], &body).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, answer) = call(
        &app,
        "ada",
        (Method::GET, "/files/v1/nothing"),
        &[],
        &json!({}),
    )
    .await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::NOT_FOUND, &json!("not_found"))
    );
}
