//! Who may call.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};

use serde_json::json;

use crate::app::{API_KEY, Answer, App, settings};
use crate::tokens::{app, call, configured, create, look};

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

/// `printf %s correct-horse-battery-staple | sha256sum`
const HASH: &str = "87cbebfeebc05f7c54ac9336c4b4bbec831227a641951a4bde7edd56020f8590";

#[tokio::test]
async fn keys_that_stand_in_the_file_as_hashes() {
    for hash in [HASH.to_owned(), HASH.to_uppercase()] {
        let app = app(&format!(
            "[auth]\napiKeys = [{{ name = \"shop\", sha256 = \"{hash}\" }}]"
        ));
        assert_eq!(look(&app, API_KEY).await.status, StatusCode::OK);
        // Who reads the file has no key by that.
        for wrong in [hash.as_str(), "shop", "correct-horse-battery-stapl"] {
            assert_eq!(look(&app, wrong).await.status, StatusCode::UNAUTHORIZED);
        }
    }
}

#[tokio::test]
async fn keys_for_some_presets() {
    let app = app(&format!(
        "[auth]\napiKeys = [\"another-key-of-16\", {{ key = \"{API_KEY}\", presets = [\"file\"] }}]"
    ));
    let presets = |answer: &Answer| answer.json()["presets"].as_array().unwrap().len();
    assert_eq!(presets(&look(&app, API_KEY).await), 1);
    assert_eq!(presets(&look(&app, "another-key-of-16").await), 3);
    let bearer = format!("Bearer {API_KEY}");
    let headers = [("authorization", bearer.as_str())];
    create(&app, &headers, json!({}))
        .await
        .expect_problem("preset_not_allowed", &["`photo`"]);
    let issued = create(&app, &headers, json!({"preset": "file"})).await;
    assert_eq!(issued.status, StatusCode::CREATED, "{}", issued.text);
    let all = [("authorization", "Bearer another-key-of-16")];
    let issued = create(&app, &all, json!({})).await;
    let path = format!("/v1/uploads/{}", issued.json()["id"].as_str().unwrap());
    call(&app, Method::DELETE, &path, &headers, "")
        .await
        .expect_problem("preset_not_allowed", &[]);
}

#[test]
fn keys_that_are_refused() {
    for (keys, words) in [
        ("7", &["string"][..]),
        ("\"short\"", &["number 1", "16"]),
        ("{ key = \"short\" }", &["number 1", "16"]),
        ("{ name = \"shop\" }", &["number 1", "`sha256`"]),
        ("{ key = 7 }", &["string"]),
        ("{ key = [\"sixteen--letters\"] }", &[]),
        ("{ sha256 = \"abc\" }", &["64"]),
        (
            "{ key = \"sixteen--letters\", sha256 = \"abc\" }",
            &["or as"],
        ),
        ("{ key = \"sixteen--letters\", secret = 1 }", &["secret"]),
        ("{ key = \"sixteen--letters\", name = \"\" }", &["name"]),
        ("{ key = \"sixteen--letters\", name = \"a b\" }", &["name"]),
        ("{ key = \"sixteen--letters\", presets = [] }", &["empty"]),
        (
            "{ key = \"sixteen--letters\", presets = [\"foto\"] }",
            &["`foto`"],
        ),
        (
            "{ key = \"sixteen--letters\", name = \"2\" }, \"seventeen-letters\"",
            &["twice"],
        ),
    ] {
        let error = configured(&format!("[auth]\napiKeys = [{keys}]")).unwrap_err();
        let error = error.to_string();
        for word in words {
            assert!(error.contains(word), "`{word}` is not in `{error}`");
        }
        assert!(
            !error.contains("sixteen--letters") && !error.contains("short"),
            "{error}"
        );
    }
    for (length, is_good) in [(64, true), (65, false)] {
        let name = "n".repeat(length);
        let text = format!("[auth]\napiKeys = [{{ key = \"{API_KEY}\", name = \"{name}\" }}]");
        assert_eq!(configured(&text).is_ok(), is_good);
    }
    for digits in ["g", "é"] {
        let text = format!(
            "[auth]\napiKeys = [{{ sha256 = \"{}\" }}]",
            digits.repeat(64 / digits.len())
        );
        assert!(configured(&text).unwrap_err().to_string().contains("64"));
    }
}
