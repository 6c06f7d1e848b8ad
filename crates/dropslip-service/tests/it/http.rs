//! What holds for all calls: methods, bodies, ids, panics; and the two calls that only tell.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use dropslip_service::problem::Code;
use dropslip_service::{State, router};
use http_body_util::BodyExt;
use serde_json::json;
use tower::ServiceExt;

use crate::app::{App, settings};

#[tokio::test]
async fn presets_in_the_order_of_the_file() {
    let answer = App::offline().get("/v1/presets").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(
        answer.json(),
        json!({"presets": [
            {"name": "photo", "accept": ["image/jpeg", "image/png"], "maxSize": 20_971_520, "minSize": 0, "public": true},
            {"name": "avatar", "accept": ["image/*"], "maxSize": 1000, "minSize": 10, "public": false},
            {"name": "file", "accept": ["*/*"], "maxSize": 5_368_709_120_u64, "minSize": 0, "public": false},
        ]})
    );
}

#[tokio::test]
async fn health() {
    let answer = App::offline().get("/healthz").await;
    assert_eq!(
        answer.json(),
        json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")})
    );
}

#[tokio::test]
async fn unknown_addresses() {
    for path in [
        "/nope",
        "/v1",
        "/v1/",
        "/v1/uploads/",
        "/v1/uploads/x/y",
        "/client/",
        "/client/../Cargo.toml",
        "/page/%2e%2e/x",
        "//",
        "/healthz/",
    ] {
        let answer = App::offline().get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        answer.expect_problem("not_found", &["/v1/uploads"]);
    }
}

#[tokio::test]
async fn wrong_methods() {
    for (method, path, allow) in [
        (Method::GET, "/v1/uploads", "POST"),
        (Method::OPTIONS, "/v1/uploads", "POST"),
        (Method::PUT, "/v1/uploads/x", "GET,HEAD,DELETE"),
        (Method::PUT, "/v1/uploads/x/complete", "POST"),
        (Method::POST, "/v1/presets", "GET,HEAD"),
        (Method::POST, "/healthz", "GET,HEAD"),
        (Method::POST, "/", "GET,HEAD"),
        (Method::DELETE, "/client/dropslip.js", "GET,HEAD"),
    ] {
        let answer = App::offline().call(method, path, "").await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(answer.header("allow"), allow, "{path}");
        answer.expect_problem("method_not_allowed", &["allow"]);
    }
}

#[tokio::test]
async fn no_other_origin_is_allowed_in() {
    for (method, path) in [
        (Method::OPTIONS, "/v1/uploads"),
        (Method::GET, "/v1/presets"),
        (Method::POST, "/v1/uploads"),
    ] {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost:7600")
            .header("origin", "http://evil.example")
            .header("access-control-request-method", "POST");
        let answer = App::offline()
            .send(request.body(Body::empty()).unwrap())
            .await;
        assert!(
            answer
                .headers
                .keys()
                .all(|name| !name.as_str().starts_with("access-control-")),
            "{answer:?}"
        );
    }
}

async fn post(content_type: Option<&str>, body: Body, length: Option<&str>) -> crate::app::Answer {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri("/v1/uploads")
        .header("host", "localhost");
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    if let Some(length) = length {
        request = request.header("content-length", length);
    }
    App::offline().send(request.body(body).unwrap()).await
}

const GOOD: &str = r#"{"preset":"photo","fileName":"x.jpg","size":3}"#;

#[tokio::test]
async fn bodies_must_be_declared_as_json() {
    for good in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
    ] {
        assert_eq!(
            post(Some(good), GOOD.into(), None).await.status,
            StatusCode::CREATED,
            "{good}"
        );
    }
    for wrong in [
        None,
        Some(""),
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("text/json"),
        Some("application/jsonx"),
        Some("text/plain; application/json"),
        Some("application/json, text/plain"),
    ] {
        let answer = post(wrong, GOOD.into(), None).await;
        assert_eq!(
            answer.status,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "{wrong:?}"
        );
        answer.expect_problem(
            "unsupported_media_type",
            &["content-type: application/json"],
        );
    }
}

#[tokio::test]
async fn bodies_have_a_limit() {
    let padded = |length: usize| Body::from(format!("{GOOD}{}", " ".repeat(length - GOOD.len())));
    let json = Some("application/json");
    assert_eq!(
        post(json, padded(64 * 1024), None).await.status,
        StatusCode::CREATED
    );
    let problem = post(json, padded(64 * 1024 + 1), None)
        .await
        .expect_problem("body_too_large", &["65536"]);
    assert_eq!(problem["limit"], 65_536);
    post(json, Body::empty(), Some("65537"))
        .await
        .expect_problem("body_too_large", &[]);
}

#[tokio::test(start_paused = true)]
async fn bodies_have_a_time_limit() {
    let never = Body::new(Body::empty().with_trailers(std::future::pending()));
    let answer = tokio::time::timeout(
        Duration::from_secs(11),
        post(Some("application/json"), never, None),
    )
    .await;
    let answer = answer.unwrap();
    assert_eq!(answer.status, StatusCode::REQUEST_TIMEOUT);
    answer.expect_problem("request_timeout", &["10 s"]);
}

#[tokio::test]
async fn every_answer_has_an_id_of_its_own_and_is_not_sniffed() {
    let app = App::offline();
    let mut ids = Vec::new();
    for path in [
        "/",
        "/healthz",
        "/v1/presets",
        "/nope",
        "/client/dropslip.js",
    ] {
        let request = Request::builder()
            .uri(path)
            .header("host", "localhost")
            .header("x-request-id", "mine");
        let answer = app.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        ids.push(uuid::Uuid::parse_str(answer.header("x-request-id")).unwrap());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5);
}

#[tokio::test]
async fn a_panic_is_an_answer() {
    let broken = || panic!("the clock of {} is broken", "this test");
    let state =
        State::with_clock(settings("endpoint = \"http://127.0.0.1:1\"", ""), broken).unwrap();
    let request = Request::post("/v1/uploads")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .body(Body::from(GOOD))
        .unwrap();
    let response = router(state).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(response.headers().contains_key("x-request-id"));
    let body = axum::body::to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap();
    let text = String::from_utf8(body.into()).unwrap();
    assert!(
        text.contains("\"internal\"") && !text.contains("clock"),
        "{text}"
    );
}

#[test]
fn the_table_of_problems() {
    let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Code::ALL.len());
    for code in Code::ALL {
        assert!(
            code.as_str()
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'_')
        );
        assert!(code.status().is_client_error() || code.status().is_server_error());
        assert!(
            !code.title().ends_with('.') && code.hint().ends_with('.'),
            "{code:?}"
        );
    }
}
