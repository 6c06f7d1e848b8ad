//! Why bytes did not arrive: storages that answer as no S3 should, or not at all. Those of a real bucket with its rules are
//! tried where there is a store.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, Response, StatusCode};
use axum::routing::any;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::app::{API_KEY, Answer, App, settings};

const ORIGIN: &str = "https://app.example";
const KEY: &str = "Bearer correct-horse-battery-staple";

/// A server, and the lines of what it was asked.
async fn serve(
    answer: impl Fn(&Request) -> Response<Body> + Clone + Send + Sync + 'static,
) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let app = Router::new().fallback(any(move |request: Request| {
        let header = |name: &str| {
            let value = request.headers().get(name);
            value.map_or("-".to_owned(), |value| value.to_str().unwrap().to_owned())
        };
        let line = format!(
            "{} {} origin={} method={} headers={}",
            request.method(),
            request.uri(),
            header("origin"),
            header("access-control-request-method"),
            header("access-control-request-headers"),
        );
        log.lock().unwrap().push(line);
        let answer = answer(&request);
        async move { answer }
    }));
    tokio::spawn(async move { axum::serve(listener, app).await });
    (address, asked)
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response<Body> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Body::from(body.to_owned())).unwrap()
}

/// A service whose pages see the storage there.
fn app(public: &str) -> App {
    let storage = format!("endpoint = \"http://127.0.0.1:1\"\npublicEndpoint = \"{public}\"");
    App::of(settings(&storage, &format!("apiKeys = [\"{API_KEY}\"]")))
}

async fn call(app: &App, origin: Option<&str>, body: &Value) -> Answer {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri("/v1/diagnose")
        .header("authorization", KEY)
        .header("content-type", "application/json");
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    app.send(request.body(Body::from(body.to_string())).unwrap())
        .await
}

async fn issue(app: &App, preset: &str) -> Value {
    let body =
        json!({"preset": preset, "fileName": "a.png", "contentType": "image/png", "size": 100});
    let request = Request::builder()
        .method(Method::POST)
        .uri("/v1/uploads")
        .header("authorization", KEY)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()));
    let answer = app.send(request.unwrap()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.json()
}

/// The verdict about a PUT of which the browser showed nothing.
async fn silence(public: &str, origin: Option<&str>) -> Value {
    let app = app(public);
    let upload = issue(&app, "photo").await;
    let answer = call(&app, origin, &json!({"id": upload["id"], "status": 0})).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store");
    for secret in ["X-Amz", "Signature", upload["id"].as_str().unwrap()] {
        assert!(!answer.text.contains(secret), "{}", answer.text);
    }
    answer.json()
}

#[track_caller]
fn check(verdict: &Value, code: &str, retry: bool, words: &[&str]) {
    assert_eq!(verdict["code"], code, "{verdict:#}");
    assert_eq!(verdict["retry"], retry, "{verdict:#}");
    let text = format!("{} {}", verdict["detail"], verdict["hint"]);
    for word in words {
        assert!(text.contains(word), "`{word}` is not in {verdict:#}");
    }
    assert!(!verdict["hint"].as_str().unwrap().is_empty());
}

fn allow_all(request: &Request) -> Response<Body> {
    let all = [
        ("access-control-allow-origin", ORIGIN),
        ("access-control-allow-methods", "PUT"),
        ("access-control-allow-headers", "content-type, x-amz-acl"),
    ];
    match request.method().as_str() {
        "OPTIONS" => answer(200, &all, ""),
        _ => answer(403, &all[..1], "<Error><Code>AccessDenied</Code></Error>"),
    }
}

#[tokio::test]
async fn all_is_well() {
    let (address, asked) = serve(allow_all).await;
    let verdict = silence(&address, Some(ORIGIN)).await;
    check(
        &verdict,
        "file_or_network",
        true,
        &[&address, "connect-src"],
    );
    assert!(verdict.get("cors").is_none());
    let asked = asked.lock().unwrap().clone();
    let [preflight, request] = &asked[..] else {
        panic!("{asked:#?}")
    };
    assert!(
        preflight.starts_with("OPTIONS /uploads/photos/"),
        "{preflight}"
    );
    assert!(
        preflight.ends_with(&format!(
            ".png origin={ORIGIN} method=PUT headers=content-type,x-amz-acl"
        )),
        "{preflight}"
    );
    // No storage keeps anything for a part of an upload that it does not know.
    assert!(
        request.starts_with("PUT /uploads/photos/")
            && request.contains(
                ".png?partNumber=1&uploadId=dropslip-diagnose origin=https://app.example"
            ),
        "{request}"
    );
}

#[tokio::test]
async fn what_is_no_page_is_told_so() {
    let (address, asked) = serve(allow_all).await;
    let verdict = silence(&address, None).await;
    check(&verdict, "no_origin", true, &["origin"]);
    let verdict = silence(&address, Some("https://*.example")).await;
    check(&verdict, "no_origin", true, &["origin"]);
    assert!(
        asked
            .lock()
            .unwrap()
            .iter()
            .all(|line| line.starts_with("PUT "))
    );
    check(
        &silence("http://127.0.0.1:1", None).await,
        "storage_unreachable",
        true,
        &[],
    );
}

#[tokio::test]
async fn a_storage_of_the_pages_own_origin_needs_no_rule() {
    let (address, asked) = serve(|_| answer(403, &[], "")).await;
    check(
        &silence(&address, Some(&address)).await,
        "file_or_network",
        true,
        &[],
    );
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn encrypted_pages_and_plain_storages() {
    let verdict = silence("http://s3.example:9000", Some(ORIGIN)).await;
    check(&verdict, "mixed_content", false, &["TLS", ORIGIN]);
}

#[tokio::test]
async fn answers_that_lists_leave_out() {
    for (origin, methods, headers, code, words) in [
        (
            "https://other.example",
            "PUT",
            "*",
            "cors_origin",
            "https://other.example",
        ),
        (
            "https://app.example, *",
            "PUT",
            "*",
            "cors_origin",
            "app.example, *",
        ),
        (
            "*",
            "GET, POST",
            "*",
            "cors_method",
            "`GET, POST`, not `PUT`",
        ),
        ("*", "PUT", "content-type", "cors_headers", "`x-amz-acl`"),
    ] {
        let (address, _) = serve(move |_| {
            let headers = [
                ("access-control-allow-origin", origin),
                ("access-control-allow-methods", methods),
                ("access-control-allow-headers", headers),
            ];
            answer(200, &headers, "")
        })
        .await;
        let verdict = silence(&address, Some(ORIGIN)).await;
        check(
            &verdict,
            code,
            false,
            &[words, "AllowedOrigins", "`uploads`"],
        );
        let rule = json!({
            "AllowedOrigins": [ORIGIN],
            "AllowedMethods": ["PUT"],
            "AllowedHeaders": ["content-type", "x-amz-acl"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 3600,
        });
        assert_eq!(verdict["cors"], rule);
    }
}

/// As a proxy in front of a storage does that answers preflights by itself.
#[tokio::test]
async fn preflights_alone_are_allowed() {
    let (address, _) = serve(|request| match request.method().as_str() {
        "OPTIONS" => allow_all(request),
        _ => answer(403, &[], "<Error><Code>AccessDenied</Code></Error>"),
    })
    .await;
    let verdict = silence(&address, Some(ORIGIN)).await;
    check(
        &verdict,
        "cors_origin",
        false,
        &[
            "the preflight is allowed",
            "403 `AccessDenied` without",
            "proxy",
        ],
    );
    assert!(verdict.get("cors").is_none(), "the rules are right");
}

#[tokio::test]
async fn failures_that_pass() {
    let (address, _) = serve(|_| answer(503, &[], "")).await;
    check(
        &silence(&address, Some(ORIGIN)).await,
        "storage_unreachable",
        true,
        &["503"],
    );
    let (address, _) = serve(|request| match request.method().as_str() {
        "OPTIONS" => allow_all(request),
        _ => answer(502, &[], "<html>bad gateway</html>"),
    })
    .await;
    check(
        &silence(&address, Some(ORIGIN)).await,
        "storage_unreachable",
        true,
        &["502"],
    );
}

#[tokio::test]
async fn redirects_are_named_and_not_followed() {
    let (other, asked) = serve(allow_all).await;
    let (address, _) = serve(move |_| answer(307, &[("location", &other)], "")).await;
    let verdict = silence(&address, Some(ORIGIN)).await;
    check(
        &verdict,
        "storage_redirects",
        false,
        &["307", "publicEndpoint"],
    );
    assert!(asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_bucket_that_is_not_there() {
    let (address, _) =
        serve(|_| answer(404, &[], "<Error><Code>NoSuchBucket</Code></Error>")).await;
    check(
        &silence(&address, Some(ORIGIN)).await,
        "no_such_bucket",
        false,
        &["Create"],
    );
}

#[tokio::test]
async fn nobody_listens() {
    let verdict = silence("http://127.0.0.1:1", Some(ORIGIN)).await;
    check(
        &verdict,
        "storage_unreachable",
        true,
        &["http://127.0.0.1:1", "either"],
    );
}

/// The clock stands, and goes on by itself to the next thing that is waited for.
#[tokio::test(start_paused = true)]
async fn a_server_that_hangs() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let verdict = silence(&address, Some(ORIGIN)).await;
    check(
        &verdict,
        "storage_unreachable",
        true,
        &["no answer within 3 seconds"],
    );
    drop(listener);
}

#[tokio::test]
async fn an_endless_error_is_not_read_to_its_end() {
    let long = "x".repeat(1024 * 1024);
    let (address, _) = serve(move |_| answer(403, &[], &long)).await;
    check(
        &silence(&address, Some(ORIGIN)).await,
        "cors_origin",
        false,
        &["403 without"],
    );
}

#[tokio::test]
async fn refusals_are_explained_without_asking() {
    let app = app("http://127.0.0.1:1");
    let upload = issue(&app, "photo").await;
    let xml = "<Error><Code>SignatureDoesNotMatch</Code><Message>x</Message></Error>";
    for (status, text, code, retry) in [
        (403, xml, "signature_mismatch", false),
        (503, "", "storage_busy", true),
        (
            403,
            "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
            "url_expired",
            true,
        ),
    ] {
        let body = json!({"id": upload["id"], "number": 3, "status": status, "answer": text});
        let verdict = call(&app, Some(ORIGIN), &body).await;
        assert_eq!(verdict.status, StatusCode::OK);
        check(&verdict.json(), code, retry, &[&status.to_string()]);
    }
    app.wait_s(901);
    let body = json!({"id": upload["id"], "status": 403});
    check(
        &call(&app, None, &body).await.json(),
        "url_expired",
        true,
        &[],
    );
}

#[tokio::test]
async fn wrong_calls() {
    let app = app("http://127.0.0.1:1");
    let id = issue(&app, "photo").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for (body, code) in [
        (json!({"status": 0}), "invalid_request"),
        (json!({"id": "x", "status": 0}), "invalid_upload_id"),
        (
            json!({"id": format!("{id}A"), "status": 0}),
            "invalid_upload_id",
        ),
        (
            json!({"id": id, "status": 0, "url": "http://evil.example"}),
            "invalid_request",
        ),
        (json!({"id": id, "status": 1}), "invalid_request"),
        (json!({"id": id, "status": 600}), "invalid_request"),
        (json!({"id": id, "status": -1}), "invalid_request"),
        (
            json!({"id": id, "status": 0, "number": 0}),
            "invalid_request",
        ),
        (
            json!({"id": id, "status": 0, "number": 10_001}),
            "invalid_request",
        ),
        (
            json!({"id": id, "status": 403, "answer": "x".repeat(70_000)}),
            "body_too_large",
        ),
    ] {
        call(&app, Some(ORIGIN), &body)
            .await
            .expect_problem(code, &[]);
    }
    let unknown = app
        .post("/v1/diagnose", &json!({"id": id}).to_string())
        .await;
    unknown.expect_problem("unauthorized", &[]);
}
