//! `/metrics` and `/readyz`: what they tell, and to whom.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode};
use dropslip_service::{Config, Given};
use serde_json::json;

use crate::app::{Answer, App, PRESETS, keys};
use crate::fake_storage::FakeStorage;

const HERE: &str = "127.0.0.1:50000";
const TOKEN: &str = "look-at-these-numbers";

/// A call from an address, with headers.
async fn ask(app: &App, path: &str, from: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(Method::GET).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).unwrap();
    if let Ok(peer) = from.parse::<SocketAddr>() {
        request.extensions_mut().insert(ConnectInfo(peer));
    }
    app.send(request).await
}

fn with_token(endpoint: &str) -> App {
    let text = format!(
        "[storage]\nregion = \"us-east-1\"\nendpoint = \"{endpoint}\"\n[metrics]\ntoken = \"{TOKEN}\"\n{PRESETS}"
    );
    let given = Given {
        storage_keys: Some(keys()),
        ..Given::default()
    };
    App::of(Config::parse(&text).unwrap().check(given).unwrap())
}

#[tokio::test]
async fn without_a_token_this_machine_may_read_metrics() {
    let app = App::offline();
    for (from, host) in [
        (HERE, "localhost:7600"),
        ("[::1]:1", "[::1]"),
        ("[::ffff:127.0.0.1]:1", "127.0.0.1"),
    ] {
        let answer = ask(&app, "/metrics", from, &[("host", host)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{from} {host}");
        assert!(
            answer
                .header("content-type")
                .starts_with("text/plain; version=0.0.4")
        );
        assert!(answer.text.contains("dropslip_build_info{version="));
    }
    for (from, headers) in [
        ("192.0.2.1:1", &[("host", "localhost")][..]),
        ("nowhere", &[("host", "localhost")]),
        (HERE, &[]),
        (HERE, &[("host", "uploads.example")]),
        (HERE, &[("host", "localhost"), ("host", "uploads.example")]),
        (
            HERE,
            &[("host", "localhost"), ("x-forwarded-for", "192.0.2.1")],
        ),
        (
            HERE,
            &[("host", "localhost"), ("forwarded", "for=192.0.2.1")],
        ),
        (HERE, &[("host", "localhost"), ("via", "1.1 proxy")]),
        (HERE, &[("host", "localhost"), ("x-real-ip", "127.0.0.1")]),
    ] {
        let answer = ask(&app, "/metrics", from, headers).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{from} {headers:?}");
        answer.expect_problem("forbidden", &["metrics.token"]);
        assert!(!answer.text.contains("dropslip_"));
    }
}

#[tokio::test]
async fn with_a_token_whoever_has_it_may_read_metrics() {
    let app = with_token("http://127.0.0.1:1");
    let bearer = format!("Bearer {TOKEN}");
    let answer = ask(
        &app,
        "/metrics",
        "192.0.2.1:1",
        &[("authorization", &bearer)],
    )
    .await;
    assert_eq!(answer.status, StatusCode::OK);
    for wrong in [
        "",
        "Bearer",
        "Bearer ",
        TOKEN,
        "Basic look-at-these-numbers",
        "Bearer look-at-these-number",
    ] {
        let answer = ask(
            &app,
            "/metrics",
            HERE,
            &[("host", "localhost"), ("authorization", wrong)],
        )
        .await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{wrong}");
        answer.expect_problem("unauthorized", &["metrics.token"]);
    }
    let twice = [
        ("authorization", bearer.as_str()),
        ("authorization", &bearer),
    ];
    let answer = ask(&app, "/metrics", HERE, &twice).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[test]
fn tokens_that_are_none() {
    for token in ["", "short", "with a space in it", "ünsichtbarer-token-hier"] {
        let text = format!(
            "[storage]\nregion = \"us-east-1\"\nendpoint = \"http://127.0.0.1:1\"\n[metrics]\ntoken = \"{token}\"\n{PRESETS}"
        );
        let given = Given {
            storage_keys: Some(keys()),
            ..Given::default()
        };
        let error = Config::parse(&text).unwrap().check(given).unwrap_err();
        let error = error.to_string();
        assert!(
            error.starts_with("`metrics.token` must be 16 to 512"),
            "{error}"
        );
        assert!(token.is_empty() || !error.contains(token), "{error}");
    }
}

#[tokio::test]
async fn what_happens_is_counted() {
    let (storage, origin) = FakeStorage::start().await;
    let app = App::new(&origin);
    let issued = app.issue("photo", "secret-name.jpg", "image/jpeg", 7).await;
    let complete = format!("/v1/uploads/{}/complete", issued["id"].as_str().unwrap());
    assert_eq!(app.post(&complete, "").await.status, StatusCode::CONFLICT);
    storage.put("uploads", issued["key"].as_str().unwrap(), 7, "image/jpeg");
    assert_eq!(app.post(&complete, "").await.status, StatusCode::OK);
    assert_eq!(app.get("/secret-path").await.status, StatusCode::NOT_FOUND);
    let text = ask(&app, "/metrics", HERE, &[("host", "localhost")])
        .await
        .text;
    for line in [
        "dropslip_requests_total{route=\"/v1/uploads\",method=\"POST\",status=\"201\"} 1",
        "dropslip_requests_total{route=\"/v1/uploads/{id}/complete\",method=\"POST\",status=\"409\"} 1",
        "dropslip_requests_total{route=\"/v1/uploads/{id}/complete\",method=\"POST\",status=\"200\"} 1",
        "dropslip_requests_total{route=\"other\",method=\"GET\",status=\"404\"} 1",
        "dropslip_refusals_total{code=\"not_uploaded\"} 1",
        "dropslip_refusals_total{code=\"not_found\"} 1",
        "dropslip_issued_total{preset=\"photo\",mode=\"put\"} 1",
        "dropslip_completed_total{preset=\"photo\"} 1",
        "dropslip_bytes_total{kind=\"announced\"} 7",
        "dropslip_bytes_total{kind=\"completed\"} 7",
        "dropslip_storage_calls_total{storage=\"default\",method=\"HEAD\",outcome=\"answered\"} 2",
        "dropslip_requests_in_flight 1",
    ] {
        assert!(text.lines().any(|had| had == line), "`{line}` in {text}");
    }
    assert!(!text.contains("secret"), "{text}");
}

#[tokio::test]
async fn ready_when_the_storage_answers() {
    let (storage, origin) = FakeStorage::start().await;
    storage.put_bucket("uploads");
    storage.put_bucket("avatars");
    let app = App::new(&origin);
    for _ in 0..5 {
        let answer = app.get("/readyz").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let parts = json!([{"name": "storage default", "ready": true}]);
        assert_eq!(answer.json(), json!({"status": "ready", "parts": parts}));
    }
    // Five callers, one look: a HEAD for each bucket.
    assert_eq!(storage.calls(), ["HEAD", "HEAD"]);
}

#[tokio::test]
async fn not_ready_without_a_storage_or_a_bucket() {
    let (storage, origin) = FakeStorage::start().await;
    storage.put_bucket("uploads");
    for (app, reason) in [
        (App::offline(), "cannot reach the storage"),
        (App::new(&origin), "there is no bucket `avatars`"),
    ] {
        let answer = app.get("/readyz").await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        let parts = json!([{"name": "storage default", "ready": false}]);
        assert_eq!(
            answer.json(),
            json!({"status": "not ready", "parts": parts})
        );
        assert_eq!(app.get("/healthz").await.status, StatusCode::OK);
        let told = ask(&app, "/readyz", HERE, &[("host", "localhost")])
            .await
            .json();
        let told = told["parts"][0]["reason"].as_str().unwrap();
        assert!(told.contains(reason), "{told}");
    }
}

/// Keys that may only put and read objects are asked to list a bucket in vain, and serve all the same.
#[tokio::test]
async fn ready_with_keys_that_may_not_list() {
    let (storage, origin) = FakeStorage::start().await;
    storage.refuse("HEAD", 403, "");
    assert_eq!(
        App::new(&origin).get("/readyz").await.status,
        StatusCode::OK
    );
    storage.refuse("HEAD", 500, "");
    let answer = App::new(&origin).get("/readyz").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
}
