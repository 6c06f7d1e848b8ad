//! Who may call.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};

use crate::app::{API_KEY, Answer, App, settings};

const CALLS: [(Method, &str); 4] = [
    (Method::GET, "/v1/presets"),
    (Method::POST, "/v1/uploads"),
    (Method::POST, "/v1/uploads/x/complete"),
    (Method::DELETE, "/v1/uploads/x"),
];

fn with_keys() -> App {
    let auth = format!("apiKeys = [\"another-key-of-16\", \"{API_KEY}\"]");
    App::of(settings("endpoint = \"http://127.0.0.1:1\"", &auth))
}

async fn send(app: &App, method: &Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn every_call_needs_a_key() {
    let app = with_keys();
    let bearer = format!("Bearer {API_KEY}");
    for (method, path) in CALLS {
        let answer = send(&app, &method, path, &[("host", "localhost")]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        answer.expect_problem("unauthorized", &["authorization: Bearer"]);
        let answer = send(
            &app,
            &method,
            path,
            &[("host", "example.com"), ("authorization", &bearer)],
        )
        .await;
        assert_ne!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_ne!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn every_call_needs_loopback_without_keys() {
    let app = App::offline();
    for (method, path) in CALLS {
        send(&app, &method, path, &[("host", "example.com")])
            .await
            .expect_problem("forbidden_host", &["`example.com`"]);
    }
}

#[tokio::test]
async fn keys() {
    let app = with_keys();
    let check = async |value: &str, expected: StatusCode| {
        let answer = send(
            &app,
            &Method::GET,
            "/v1/presets",
            &[("authorization", value)],
        )
        .await;
        assert_eq!(answer.status, expected, "{value}");
        assert!(!answer.text.contains(API_KEY));
    };
    check(&format!("Bearer {API_KEY}"), StatusCode::OK).await;
    check(&format!("bearer {API_KEY}"), StatusCode::OK).await;
    check(&format!("Bearer  {API_KEY} "), StatusCode::OK).await;
    check("Bearer another-key-of-16", StatusCode::OK).await;
    let one_more = format!("Bearer {API_KEY}x");
    let one_less = format!("Bearer {}", &API_KEY[..API_KEY.len() - 1]);
    let upper = format!("Bearer {}", API_KEY.to_uppercase());
    let basic = format!("Basic {API_KEY}");
    for wrong in [
        "", "Bearer", "Bearer ", API_KEY, &one_more, &one_less, &upper, &basic,
    ] {
        check(wrong, StatusCode::UNAUTHORIZED).await;
    }
    let bearer = format!("Bearer {API_KEY}");
    let twice = [
        ("authorization", bearer.as_str()),
        ("authorization", bearer.as_str()),
    ];
    assert_eq!(
        send(&app, &Method::GET, "/v1/presets", &twice).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn hosts() {
    let app = App::offline();
    let check = async |host: &str, expected: StatusCode| {
        let answer = send(&app, &Method::GET, "/v1/presets", &[("host", host)]).await;
        assert_eq!(answer.status, expected, "{host}: {}", answer.text);
    };
    for host in [
        "localhost",
        "localhost:7600",
        "localhost:", // an empty port is the default one (RFC 3986 section 3.2.3)
        "LOCALHOST:7600",
        "localhost.",
        "app.localhost:80",
        "127.0.0.1:7600",
        "127.8.9.10",
        "[::1]",
        "[::1]:7600",
    ] {
        check(host, StatusCode::OK).await;
    }
    for host in [
        "",
        ":7600",
        "example.com",
        "localhost.example.com",
        "localhostx",
        "xlocalhost",
        ".localhost",
        "127.0.0.1.example.com",
        "128.0.0.1",
        "0.0.0.0",
        "127.1",
        "10.0.0.1",
        "192.168.1.5:7600",
        "[::]",
        "[::2]:7600",
        "[::ffff:127.0.0.1]",
        "::1",
        "localhost:7600x",
        "localhost@example.com",
        "example.com@x.localhost",
        "local host",
        "[127.0.0.1]",
    ] {
        check(host, StatusCode::FORBIDDEN).await;
    }
}

#[tokio::test]
async fn hosts_in_the_uri_or_several_or_none() {
    let app = App::offline();
    send(&app, &Method::GET, "/v1/presets", &[])
        .await
        .expect_problem("forbidden_host", &["no `host`"]);
    let mixed = [("host", "localhost"), ("host", "example.com")];
    send(&app, &Method::GET, "/v1/presets", &mixed)
        .await
        .expect_problem("forbidden_host", &["`example.com`"]);
    let local = [("host", "localhost")];
    let uri = "http://example.com/v1/presets";
    send(&app, &Method::GET, uri, &local)
        .await
        .expect_problem("forbidden_host", &["`example.com`"]);
    assert_eq!(
        send(&app, &Method::GET, "http://localhost/v1/presets", &[])
            .await
            .status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn page_client_and_health_are_for_everybody() {
    for app in [with_keys(), App::offline()] {
        for path in ["/", "/page/page.js", "/client/dropslip.js", "/healthz"] {
            assert_eq!(
                send(&app, &Method::GET, path, &[("host", "example.com")])
                    .await
                    .status,
                StatusCode::OK,
                "{path}"
            );
        }
    }
}
