//! The page and the client as they are served.

use axum::http::{Method, StatusCode};

use crate::app::{App, settings};

#[tokio::test]
async fn types_and_caching() {
    let app = App::offline();
    for (path, content_type, word) in [
        ("/", "text/html; charset=utf-8", "<!doctype html>"),
        ("/page/page.css", "text/css; charset=utf-8", "{"),
        ("/page/page.js", "text/javascript; charset=utf-8", "import"),
        ("/page/icon.svg", "image/svg+xml", "<svg"),
        (
            "/client/dropslip.js",
            "text/javascript; charset=utf-8",
            "export",
        ),
        (
            "/client/types.d.ts",
            "text/plain; charset=utf-8",
            "UploadError",
        ),
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header("content-type"), content_type);
        assert_eq!(answer.header("cache-control"), "no-cache");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.text.contains(word), "{path}");
        let head = app.call(Method::HEAD, path, "").await;
        assert_eq!((head.status, head.text.as_str()), (StatusCode::OK, ""));
    }
}

/// Whatever the page and the client name, by link or by import, is there.
#[tokio::test]
async fn no_link_leads_nowhere() {
    let app = App::offline();
    let mut open = vec!["/".to_owned()];
    let mut seen: Vec<String> = Vec::new();
    while let Some(path) = open.pop() {
        if seen.contains(&path) {
            continue;
        }
        let answer = app.get(&path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        let folder = &path[..=path.rfind('/').unwrap()];
        for mark in ["src=\"", "href=\"", "from '"] {
            for rest in answer.text.split(mark).skip(1) {
                let link = rest.split(['"', '\'']).next().unwrap();
                match link.strip_prefix("./") {
                    Some(name) => open.push(format!("{folder}{name}")),
                    None if link.starts_with('/') => open.push(link.to_owned()),
                    None => {}
                }
            }
        }
        seen.push(path);
    }
    for wanted in [
        "/page/page.js",
        "/page/page.css",
        "/client/dropslip.js",
        "/client/send.js",
    ] {
        assert!(
            seen.iter().any(|path| path == wanted),
            "{wanted} is not among {seen:?}"
        );
    }
}

async fn check_policy(storage: &str, origins: &str) {
    let answer = App::of(settings(storage, "")).get("/").await;
    let policy = answer.header("content-security-policy").to_owned();
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {origins}; \
             img-src 'self' blob: data: {origins}; media-src 'self' blob: data: {origins}; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
    );
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
}

#[tokio::test]
async fn the_policy_names_the_storage_as_browsers_see_it() {
    let endpoints =
        "endpoint = \"http://minio:9000\"\npublicEndpoint = \"https://files.example.com/s3\"";
    check_policy(endpoints, "https://files.example.com").await;
    check_policy(
        "endpoint = \"http://localhost:7601\"",
        "http://localhost:7601",
    )
    .await;
}

#[tokio::test]
async fn with_virtual_hosts_the_policy_names_each_bucket() {
    let storage = "endpoint = \"http://localhost:7601\"\naddressing = \"virtualHost\"";
    check_policy(
        storage,
        "http://uploads.localhost:7601 http://avatars.localhost:7601",
    )
    .await;
}

#[tokio::test]
async fn nothing_inline_in_the_page() {
    let page = App::offline().get("/").await.text;
    for wrong in [
        "<script>",
        "<style",
        " style=\"",
        " onclick=",
        " onload=",
        "javascript:",
    ] {
        assert!(!page.contains(wrong), "the policy would block `{wrong}`");
    }
}
