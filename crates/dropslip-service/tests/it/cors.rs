//! Pages of other origins: let in when the configuration names them.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use dropslip_service::{Config, Given, Settings};

use crate::app::{Answer, App, PRESETS, keys};
use crate::tokens::configured;

const STORAGE: &str = "[storage]\nregion = \"us-east-1\"\nendpoint = \"http://127.0.0.1:1\"\n";

fn app(origins: &str) -> App {
    let text = format!("{STORAGE}[cors]\nallowedOrigins = [{origins}]\n{PRESETS}");
    let given = Given {
        storage_keys: Some(keys()),
        ..Given::default()
    };
    let settings: Settings = Config::parse(&text).unwrap().check(given).unwrap();
    App::of(settings)
}

fn app_with(section: &str) -> App {
    crate::tokens::app(&format!("[cors]\n{section}"))
}

async fn send(app: &App, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost:7600");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

const PREFLIGHT: [(&str, &str); 2] = [
    ("access-control-request-method", "POST"),
    ("access-control-request-headers", "content-type"),
];

#[tokio::test]
async fn a_named_origin_calls_and_reads_refusals() {
    let app = app("\"https://app.example\", \"http://localhost:*\"");
    for origin in ["https://app.example", "http://localhost:5173"] {
        let headers = [("origin", origin), PREFLIGHT[0], PREFLIGHT[1]];
        let preflight = send(&app, Method::OPTIONS, "/v1/uploads", &headers).await;
        assert_eq!(preflight.status, StatusCode::NO_CONTENT);
        assert_eq!(preflight.header("access-control-allow-origin"), origin);
        assert!(
            preflight
                .header("access-control-allow-headers")
                .contains("content-type")
        );
        assert_eq!(preflight.header("access-control-allow-credentials"), "");
        for (method, path, status) in [
            (Method::GET, "/v1/presets", 200),
            (Method::POST, "/v1/uploads", 415),
        ] {
            let answer = send(&app, method, path, &headers[..1]).await;
            assert_eq!(
                (
                    answer.status.as_u16(),
                    answer.header("access-control-allow-origin")
                ),
                (status, origin)
            );
        }
    }
    let module = send(
        &app,
        Method::GET,
        "/client/dropslip.js",
        &[("origin", "https://app.example")],
    )
    .await;
    assert_eq!(
        module.header("access-control-allow-origin"),
        "https://app.example"
    );
}

#[tokio::test]
async fn other_origins_are_not_let_in() {
    let some = app("\"https://app.example\", \"http://localhost:*\"");
    let origins = [
        "https://other.example",
        "https://app.example.evil.test",
        "http://app.example",
        "null",
        "http://localhost.evil.test:1",
    ];
    for origin in origins {
        let headers = [("origin", origin), PREFLIGHT[0], PREFLIGHT[1]];
        let preflight = send(&some, Method::OPTIONS, "/v1/uploads", &headers).await;
        assert_eq!(
            preflight.header("access-control-allow-origin"),
            "",
            "{origin}"
        );
    }
    let none = App::offline();
    let headers = [
        ("origin", "http://localhost:7600"),
        PREFLIGHT[0],
        PREFLIGHT[1],
    ];
    let preflight = send(&none, Method::OPTIONS, "/v1/uploads", &headers).await;
    assert_eq!(
        (
            preflight.status.as_u16(),
            preflight.header("access-control-allow-origin")
        ),
        (405, "")
    );
}

/// Names of headers that tell what is allowed.
fn allowed(answer: &Answer) -> Vec<&str> {
    let names = answer.headers.keys().map(|name| name.as_str());
    names
        .filter(|name| name.starts_with("access-control-"))
        .collect()
}

#[tokio::test]
async fn what_a_named_origin_is_told() {
    let app = app_with("allowedOrigins = [\"https://app.example\"]\nallowCredentials = true");
    let origin = ("origin", "https://app.example");
    for (path, method) in [
        ("/v1/uploads", "POST"),
        ("/v1/proxy/photo/x.png", "PUT"),
        ("/v1/uploads/x", "DELETE"),
        ("/t/token/v1/uploads", "POST"),
        ("/nowhere", "POST"),
    ] {
        let headers = [origin, ("access-control-request-method", method)];
        let preflight = send(&app, Method::OPTIONS, path, &headers).await;
        assert_eq!(preflight.status, StatusCode::NO_CONTENT, "{path}");
        let told = |name: &str| preflight.header(name).to_owned();
        assert_eq!(
            told("access-control-allow-origin"),
            "https://app.example",
            "{path}"
        );
        assert_eq!(told("access-control-allow-credentials"), "true");
        assert!(told("access-control-allow-methods").contains(method));
        assert_eq!(told("access-control-max-age"), "600");
        let headers = told("access-control-allow-headers");
        for header in [
            "authorization",
            "content-type",
            "uppy-auth-token",
            "x-requested-with",
        ] {
            assert!(headers.split(',').any(|name| name == header), "{headers}");
        }
        assert_eq!(preflight.header("vary"), "origin");
    }
    let answer = send(&app, Method::GET, "/v1/presets", &[origin]).await;
    assert_eq!(answer.header("access-control-allow-credentials"), "true");
    let exposed = answer.header("access-control-expose-headers");
    assert!(exposed.contains("x-request-id") && exposed.contains("retry-after"));
}

#[tokio::test]
async fn an_origin_that_is_not_named_is_told_nothing() {
    let app = app_with("allowedOrigins = [\"https://app.example\"]\nallowCredentials = true");
    for origin in [
        "https://evil.example",
        "null",
        "",
        "https://app.example:444",
        "https://APP.example",
    ] {
        let headers = [("origin", origin), PREFLIGHT[0], PREFLIGHT[1]];
        for (method, headers) in [
            (Method::OPTIONS, &headers[..]),
            (Method::GET, &headers[..1]),
        ] {
            let answer = send(&app, method, "/v1/presets", headers).await;
            assert!(allowed(&answer).is_empty(), "{origin}: {answer:?}");
            assert_eq!(answer.header("vary"), "origin");
        }
    }
    let answer = send(&app, Method::GET, "/v1/presets", &[]).await;
    assert!(allowed(&answer).is_empty(), "{answer:?}");
}

#[tokio::test]
async fn headers_for_the_application_may_be_sent() {
    let text = "allowedOrigins = [\"https://app.example\"]\n[auth.forward]\nurl = \"http://app:1/\"\n\
                headers = [\"cookie\", \"x-csrf-token\"]";
    let app = app_with(text);
    let headers = [("origin", "https://app.example"), PREFLIGHT[0]];
    let preflight = send(&app, Method::OPTIONS, "/v1/uploads", &headers).await;
    let names = preflight.header("access-control-allow-headers");
    assert!(
        names.contains("x-csrf-token") && !names.contains("cookie"),
        "{names}"
    );
}

#[test]
fn credentials_are_for_named_origins() {
    for (section, word) in [
        ("allowCredentials = true", "`cors.allowCredentials`"),
        ("allowedOrigins = [\"*\"]\nallowCredentials = true", "`*`"),
        (
            "allowedOrigins = [\"https://a.example\", \"https://*\"]\nallowCredentials = true",
            "`*`",
        ),
        (
            "allowedOrigins = [\"https://a.example/\"]",
            "`cors.allowedOrigins`",
        ),
        (
            "allowedOrigins = [\"https://a.example\"]\nallowCredential = true",
            "allowCredential",
        ),
    ] {
        let error = configured(&format!("[cors]\n{section}")).unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
    }
}
