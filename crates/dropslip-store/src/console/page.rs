//! The page that shows requests as they happen.
//!
//! One answer holds all of it, and its policy names by hash the one script and the one
//! style that may take effect: whatever a request smuggles into the page, it does not run.

use std::sync::LazyLock;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};

const HTML: &str = include_str!("page/requests.html");
const SCRIPT: &str = include_str!("page/requests.js");
const STYLE: &str = include_str!("page/requests.css");

struct Page {
    html: Bytes,
    policy: HeaderValue,
}

static PAGE: LazyLock<Page> = LazyLock::new(|| {
    let html = HTML
        .replace("/*STYLE*/", STYLE)
        .replace("/*SCRIPT*/", SCRIPT);
    let policy = format!(
        "default-src 'none'; script-src {}; style-src {}; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash(SCRIPT),
        hash(STYLE)
    );
    Page {
        html: html.into(),
        policy: HeaderValue::from_str(&policy).expect("hashes are plain ASCII"),
    }
});

fn hash(text: &str) -> String {
    format!("'sha256-{}'", BASE64.encode(Sha256::digest(text)))
}

/// The page.
pub(super) fn answer() -> Response<Body> {
    let mut response = Response::new(Body::from(PAGE.html.clone()));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(header::CONTENT_SECURITY_POLICY, PAGE.policy.clone());
    // The address may be a presigned one.
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn script_and_style_stand_whole_between_their_tags() {
        let html = String::from_utf8_lossy(&PAGE.html);
        assert!(html.contains(&format!("<style>{STYLE}</style>")));
        assert!(html.contains(&format!("<script type=\"module\">{SCRIPT}</script>")));
        assert!(!SCRIPT.contains("</") && !SCRIPT.contains("innerHTML"));
    }
}
