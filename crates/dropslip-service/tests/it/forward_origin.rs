//! Pages that call with their visitor's cookies: only those of the service itself, and those that are named.

use axum::http::StatusCode;
use serde_json::json;

use crate::app::{Answer, App};
use crate::application::Application;
use crate::tokens::{app, create};

const COOKIE: [(&str, &str); 1] = [("cookie", "session=4711")];

async fn with_origins() -> (Application, App) {
    let (application, url) = Application::start().await;
    let cors = "allowedOrigins = [\"https://app.example\", \"http://localhost:*\"]\nallowCredentials = true";
    let app = app(&format!("[auth.forward]\nurl = \"{url}\"\n[cors]\n{cors}"));
    (application, app)
}

async fn check(application: &Application, app: &App, headers: &[(&str, &str)], passes: bool) {
    let before = application.times_asked();
    let answer: Answer = create(app, headers, json!({})).await;
    if passes {
        assert_eq!(
            answer.status,
            StatusCode::CREATED,
            "{headers:?}: {}",
            answer.text
        );
    } else {
        assert_eq!(
            answer.status,
            StatusCode::FORBIDDEN,
            "{headers:?}: {}",
            answer.text
        );
        answer.expect_problem("foreign_origin", &["cors.allowedOrigins"]);
        assert_eq!(application.times_asked(), before, "{headers:?}");
    }
}

#[tokio::test]
async fn pages_that_may_call() {
    let (application, app) = with_origins().await;
    let cookie = COOKIE[0];
    for passes in [
        &[cookie][..],
        &[
            cookie,
            ("sec-fetch-site", "same-origin"),
            ("origin", "https://up.example"),
        ],
        &[cookie, ("sec-fetch-site", "none")],
        &[
            cookie,
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://app.example"),
        ],
        &[
            cookie,
            ("sec-fetch-site", "same-site"),
            ("origin", "http://localhost:5173"),
        ],
        &[cookie, ("origin", "https://app.example")],
        &[cookie, ("origin", "https://up.example")],
        &[cookie, ("origin", "http://up.example")],
        &[
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://evil.example"),
        ],
    ] {
        check(&application, &app, passes, true).await;
    }
}

#[tokio::test]
async fn pages_that_may_not() {
    let (application, app) = with_origins().await;
    let cookie = COOKIE[0];
    for refused in [
        &[
            cookie,
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://evil.example"),
        ][..],
        &[
            cookie,
            ("sec-fetch-site", "same-site"),
            ("origin", "https://other.up.example"),
        ],
        &[
            cookie,
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://up.example"),
        ],
        &[cookie, ("sec-fetch-site", "cross-site")],
        &[cookie, ("sec-fetch-site", "same-site")],
        &[cookie, ("sec-fetch-site", "")],
        &[cookie, ("origin", "https://evil.example")],
        &[cookie, ("origin", "null")],
        &[cookie, ("origin", "https://up.example.evil.example")],
        &[cookie, ("origin", "https://app.example:8443")],
        &[cookie, ("origin", "up.example")],
        &[cookie, ("origin", "")],
    ] {
        check(&application, &app, refused, false).await;
    }
}

/// `*` lets pages read, and does not let them act for their visitors.
#[tokio::test]
async fn everybody_is_not_named() {
    let (_application, url) = Application::start().await;
    let app = app(&format!(
        "[auth.forward]\nurl = \"{url}\"\n[cors]\nallowedOrigins = [\"*\"]"
    ));
    let headers = [COOKIE[0], ("origin", "https://evil.example")];
    create(&app, &headers, json!({}))
        .await
        .expect_problem("foreign_origin", &[]);
}
