//! Pages of other origins: let in when the configuration names them.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use dropslip_service::{Config, Given, Settings};

use crate::app::{Answer, App, PRESETS, keys};

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
        assert_eq!(preflight.status, StatusCode::OK);
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
