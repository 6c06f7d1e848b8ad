//! Calls that the application decides on: it says yes, no, and everything that is neither.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::app::{API_KEY, App};
use crate::application::Application;
use crate::tokens::{SHARED, app, call, claims, configured, create};

async fn with(more: &str) -> (Application, App) {
    let (application, url) = Application::start().await;
    (
        application,
        app(&format!("[auth.forward]\nurl = \"{url}\"\n{more}")),
    )
}

const COOKIE: [(&str, &str); 1] = [("cookie", "session=4711")];

#[tokio::test]
async fn it_is_asked_about_everything() {
    let (application, app) = with("headers = [\"cookie\", \"authorization\", \"x-csrf-token\"]\n[limits]\ntrustedProxies = [\"::\"]").await;
    let headers = [
        ("cookie", "session=4711"),
        ("cookie", "theme=dark"),
        ("authorization", "Basic YTpi"),
        ("x-csrf-token", "t"),
        ("x-secret", "s"),
        ("x-forwarded-for", "203.0.113.9, 192.0.2.7"),
        ("x-forwarded-proto", "https"),
    ];
    let answer = create(&app, &headers, json!({"subject": "anna"})).await;
    answer.expect_problem("forbidden", &[]);
    let answer = create(&app, &headers, json!({})).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let (got, body) = application.asked();
    assert_eq!(
        body,
        json!({"action": "create", "preset": "photo", "fileName": "x.png", "contentType": "image/png", "size": 3,
            "metadata": {}})
    );
    let text = |name: &str| -> Vec<&str> {
        got.get_all(name)
            .iter()
            .map(|value| value.to_str().unwrap())
            .collect()
    };
    assert_eq!(text("cookie"), ["session=4711", "theme=dark"]);
    assert_eq!(text("authorization"), ["Basic YTpi"]);
    assert_eq!(text("x-csrf-token"), ["t"]);
    assert_eq!(text("x-secret"), [""; 0]);
    assert_eq!(text("content-type"), ["application/json"]);
    assert_eq!(text("x-forwarded-for"), ["192.0.2.7"]);
    assert_eq!(text("x-forwarded-proto"), ["https"]);
    assert_eq!(text("x-forwarded-host"), ["up.example"]);
    assert_eq!(text("x-forwarded-method"), ["POST"]);
    assert_eq!(text("x-forwarded-uri"), ["/v1/uploads"]);
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    call(
        &app,
        Method::DELETE,
        &format!("/v1/uploads/{id}"),
        &COOKIE,
        "",
    )
    .await;
    let (_, body) = application.asked();
    assert_eq!(
        (&body["action"], &body["preset"]),
        (&json!("abort"), &json!("photo"))
    );
    assert_eq!(body["key"], answer.json()["key"]);
    call(&app, Method::GET, "/v1/presets", &COOKIE, "").await;
    assert_eq!(application.asked().1, json!({"action": "presets"}));
}

#[tokio::test]
async fn a_no_is_passed_on() {
    let (application, app) = with("").await;
    let check =
        async |status: u16, content_type: &'static str, body: &str, code: &str, words: &str| {
            application.as_type(content_type);
            application.says(status, body);
            let answer = create(&app, &COOKIE, json!({})).await;
            assert_eq!(answer.status.as_u16(), status);
            answer.expect_problem(code, &[words]);
            assert!(
                answer.text.len() < 2000 && !answer.text.contains("\\n"),
                "{}",
                answer.text
            );
        };
    let json = "application/json";
    check(
        403,
        "application/problem+json; charset=utf-8",
        r#"{"title":"No","detail":"Your plan has no videos."}"#,
        "forbidden",
        "Your plan has no videos.",
    )
    .await;
    check(
        403,
        json,
        r#"{"message":"Too many files"}"#,
        "forbidden",
        "Too many files",
    )
    .await;
    check(
        401,
        json,
        r#"{"error":"not signed in"}"#,
        "unauthorized",
        "not signed in",
    )
    .await;
    check(
        403,
        json,
        &format!(r#"{{"detail":"a\nb{}"}}"#, "x".repeat(5000)),
        "forbidden",
        "a b",
    )
    .await;
    for body in [
        "",
        "{",
        "[]",
        "\"no\"",
        r#"{"detail":7}"#,
        r#"{"detail":""}"#,
        &"x".repeat(100_000),
    ] {
        check(403, json, body, "forbidden", "does not allow").await;
        check(401, json, body, "unauthorized", "does not know").await;
    }
    check(
        403,
        "text/html",
        r#"{"detail":"<h1>no</h1>"}"#,
        "forbidden",
        "does not allow",
    )
    .await;
}

#[tokio::test]
async fn what_is_no_answer_lets_nobody_pass() {
    let (application, app) = with("keyParts = [\"tenant\"]").await;
    for (status, body) in [
        (200, "yes".to_owned()),
        (200, "{".to_owned()),
        (200, "[]".to_owned()),
        (200, "true".to_owned()),
        (200, "null".to_owned()),
        (200, "{}{}".to_owned()),
        (200, json!({"maxsize": 1}).to_string()),
        (200, json!({"allow": false}).to_string()),
        (200, json!({"maxSize": -1}).to_string()),
        (200, json!({"maxSize": "1"}).to_string()),
        (200, json!({"maxSize": 1.5}).to_string()),
        (200, json!({"subject": 7}).to_string()),
        (200, json!({"subject": ""}).to_string()),
        (200, json!({"subject": "a\nb"}).to_string()),
        (200, json!({"subject": "x".repeat(257)}).to_string()),
        (200, json!({"accept": "image/*"}).to_string()),
        (200, json!({"accept": ["image"]}).to_string()),
        (200, json!({"presets": "photo"}).to_string()),
        (200, json!({"presets": vec!["photo"; 257]}).to_string()),
        (200, json!({"metadata": {"a": 1}}).to_string()),
        (200, json!({"metadata": {"a b": "c"}}).to_string()),
        (200, json!({"metadata": {"a": "\u{7}"}}).to_string()),
        (200, json!({"keyParts": {"other": "x"}}).to_string()),
        (200, json!({"keyParts": {"tenant": ""}}).to_string()),
        (200, r#"{"subject":"a","subject":"b"}"#.to_owned()),
        (
            200,
            format!(
                "{{\"metadata\":{}{}}}",
                "[".repeat(10_000),
                "]".repeat(10_000)
            ),
        ),
        (200, format!("{{}}{}", " ".repeat(64 * 1024))),
        (301, String::new()),
        (302, String::new()),
        (307, String::new()),
        (304, String::new()),
        (404, String::new()),
        (429, String::new()),
        (500, json!({"subject": "anna"}).to_string()),
    ] {
        application.says(status, &body);
        let answer = create(&app, &COOKIE, json!({})).await;
        let start = body.chars().take(50).collect::<String>();
        assert_eq!(
            answer.status,
            StatusCode::BAD_GATEWAY,
            "{status} {start}: {}",
            answer.text
        );
        answer.expect_problem("authorization_failed", &[]);
        assert!(!answer.text.contains("anna"), "{}", answer.text);
    }
}

#[tokio::test]
async fn who_hangs_or_is_not_there_lets_nobody_pass() {
    let (application, app) = with("timeout = \"100ms\"").await;
    application.hangs();
    let answer = create(&app, &COOKIE, json!({})).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    answer.expect_problem("authorization_unavailable", &[]);
    let nobody = crate::tokens::app("[auth.forward]\nurl = \"http://127.0.0.1:1/\"");
    create(&nobody, &COOKIE, json!({}))
        .await
        .expect_problem("authorization_unavailable", &[]);
}

/// It promises more than it sends, and sends more than fits.
#[tokio::test]
async fn answers_that_break_off() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    for text in [
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n",
        "HTTP/1.1 200",
        "220 ready\r\n",
        "",
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = vec![0; 4096];
                let _ = stream.read(&mut head).await;
                let _ = stream.write_all(text.as_bytes()).await;
            }
        });
        let app = app(&format!(
            "[auth.forward]\nurl = \"{url}\"\ntimeout = \"500ms\""
        ));
        let answer = create(&app, &COOKIE, json!({})).await;
        assert!(
            [502, 503].contains(&answer.status.as_u16()),
            "{text:?}: {}",
            answer.text
        );
        serving.abort();
    }
}

#[tokio::test]
async fn a_yes_narrows() {
    let (application, app) = with("").await;
    let check = async |yes: Value, changes: Value, code: &str| {
        application.says(200, &yes);
        let answer = create(&app, &COOKIE, changes).await;
        if code.is_empty() {
            assert_eq!(answer.status, StatusCode::CREATED, "{yes}: {}", answer.text);
        } else {
            answer.expect_problem(code, &[]);
        }
    };
    check(json!({}), json!({}), "").await;
    check(json!({"maxSize": 3}), json!({}), "").await;
    check(json!({"maxSize": 2}), json!({}), "too_large").await;
    check(json!({"maxSize": 0}), json!({}), "too_large").await;
    // Wider than the preset: the preset's own limit stands.
    check(
        json!({"maxSize": 1_000_000_000}),
        json!({"size": 20_971_521}),
        "too_large",
    )
    .await;
    check(json!({"accept": ["image/*"]}), json!({}), "").await;
    check(
        json!({"accept": ["image/jpeg"]}),
        json!({}),
        "type_not_accepted",
    )
    .await;
    check(json!({"accept": []}), json!({}), "type_not_accepted").await;
    check(
        json!({"accept": ["*/*"]}),
        json!({"contentType": "text/html"}),
        "type_not_accepted",
    )
    .await;
    check(json!({"presets": ["photo"]}), json!({}), "").await;
    check(
        json!({"presets": ["file"]}),
        json!({}),
        "preset_not_allowed",
    )
    .await;
    check(json!({"presets": []}), json!({}), "preset_not_allowed").await;
    check(json!({"subject": "anna"}), json!({"subject": "anna"}), "").await;
    check(
        json!({"subject": "anna"}),
        json!({"subject": "bob"}),
        "forbidden",
    )
    .await;
}

#[tokio::test]
async fn what_it_says_goes_into_key_and_metadata() {
    let (application, url) = Application::start().await;
    let text = format!(
        "[auth.forward]\nurl = \"{url}\"\nkeyParts = [\"tenant\"]\n[presets.mine]\nbucket = \"uploads\"\n\
         key = \"{{tenant}}/{{subject}}/{{uuid}}\"\naccept = [\"*/*\"]\nmaxSize = 9\nmetadata = [\"title\"]"
    );
    let app = app(&text);
    application.says(
        200,
        json!({"subject": "anna", "keyParts": {"tenant": "../acme"}, "metadata": {"by": "app"}}),
    );
    let answer = create(
        &app,
        &COOKIE,
        json!({"preset": "mine", "metadata": {"title": "T"}}),
    )
    .await;
    let issued = answer.json();
    let key = issued["key"].as_str().unwrap();
    assert!(key.contains("acme/anna/") && !key.contains("../"), "{key}");
    assert_eq!(issued["put"]["headers"]["x-amz-meta-by"], "app");
    assert_eq!(issued["put"]["headers"]["x-amz-meta-title"], "T");
    let path = format!("/v1/uploads/{}", issued["id"].as_str().unwrap());
    application.says(200, json!({"subject": "bob"}));
    call(&app, Method::DELETE, &path, &COOKIE, "")
        .await
        .expect_problem("forbidden", &[]);
    assert_eq!(application.asked().1["subject"], "anna");
    application.says(200, "");
    call(&app, Method::DELETE, &path, &COOKIE, "")
        .await
        .expect_problem("forbidden", &[]);
    application.says(200, json!({"subject": "anna"}));
    call(&app, Method::DELETE, &path, &COOKIE, "")
        .await
        .expect_problem("storage_unreachable", &[]);
    application.says(200, json!({"subject": "anna"}));
    create(&app, &COOKIE, json!({"preset": "mine"}))
        .await
        .expect_problem("subject_required", &["tenant"]);
}

#[tokio::test]
async fn beside_keys_and_tokens() {
    let (application, url) = Application::start().await;
    let all = app(&format!(
        "[auth]\napiKeys = [\"{API_KEY}\"]\n[auth.forward]\nurl = \"{url}\"\nheaders = [\"cookie\"]\n{}",
        SHARED.config("")
    ));
    let key = format!("Bearer {API_KEY}");
    let token = format!("Bearer {}", SHARED.token(&claims()));
    for value in [&key, &token] {
        let answer = create(&all, &[("authorization", value)], json!({})).await;
        assert_eq!(answer.status, StatusCode::CREATED);
    }
    assert_eq!(application.times_asked(), 0);
    for (value, code) in [
        ("Bearer wrong-key-of-sixteen", "unauthorized"),
        ("Bearer a.b.c", "invalid_token"),
        ("Basic YTpi", "unauthorized"),
    ] {
        create(&all, &[("authorization", value), COOKIE[0]], json!({}))
            .await
            .expect_problem(code, &[]);
    }
    assert_eq!(application.times_asked(), 0);
    assert_eq!(
        create(&all, &COOKIE, json!({})).await.status,
        StatusCode::CREATED
    );
    assert_eq!(application.times_asked(), 1);
    // Where the application knows the credentials, they are its business.
    let (application, url) = Application::start().await;
    let some = app(&format!(
        "[auth]\napiKeys = [\"{API_KEY}\"]\n[auth.forward]\nurl = \"{url}\""
    ));
    create(&some, &[("authorization", &key)], json!({})).await;
    assert_eq!(application.times_asked(), 0);
    create(
        &some,
        &[("authorization", "Bearer the-applications-own")],
        json!({}),
    )
    .await;
    assert_eq!(
        application.asked().0["authorization"],
        "Bearer the-applications-own"
    );
}

#[test]
fn configurations_that_are_refused() {
    let wrong = |section: &str, word: &str| {
        let error = configured(&format!("[auth.forward]\n{section}"))
            .unwrap_err()
            .to_string();
        assert!(error.contains(word), "`{word}` is not in `{error}`");
    };
    for url in [
        "",
        "app",
        "ftp://app.example/",
        "http://",
        "http://user:pass@app.example/",
        "https://app.example/#x",
    ] {
        wrong(&format!("url = \"{url}\""), "`auth.forward.url`");
    }
    let url = "url = \"http://app:3000/\"";
    assert!(configured(&format!("[auth.forward]\n{url}")).is_ok());
    wrong("headers = []", "url");
    for header in [
        "host",
        "Content-Length",
        "x-forwarded-for",
        "a b",
        "",
        "connection",
    ] {
        wrong(&format!("{url}\nheaders = [\"{header}\"]"), "headers");
    }
    let many: Vec<String> = (0..17).map(|at| format!("\"x-{at}\"")).collect();
    wrong(&format!("{url}\nheaders = [{}]", many.join(",")), "16");
    for timeout in ["99ms", "31s", "soon", ""] {
        wrong(&format!("{url}\ntimeout = \"{timeout}\""), "timeout");
    }
    wrong(&format!("{url}\nkeyParts = [\"uuid\"]"), "keyParts");
    wrong(&format!("{url}\ncookies = true"), "cookies");
}
