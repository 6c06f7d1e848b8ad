//! Whether a page may call with its visitor's cookies.
//!
//! A browser sends cookies along whoever asks, so the application would see its own user in a call that a foreign page
//! made. Browsers say which page it is: `sec-fetch-site` first, where they send it, else `origin`.

use axum::http::header::{COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Method};

use crate::cors::Cors;
use crate::problem::{Code, Problem, echo};

/// Lets calls without cookies, of the same origin, and of origins that the configuration names pass.
pub(super) fn check(cors: &Cors, method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    if !headers.contains_key(COOKIE) {
        return Ok(());
    }
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if matches!(site, Some(b"same-origin" | b"none")) {
        return Ok(());
    }
    let Some(origin) = headers.get(ORIGIN) else {
        // Browsers name the origin in all that changes something. What does not say where it comes from is no
        // browser, or reads something that a foreign page cannot see.
        let is_told = site.is_some();
        return if is_told && method != Method::GET && method != Method::HEAD {
            Err(foreign("a page of another site, which it does not name,"))
        } else if is_told {
            Err(foreign("a page of another site"))
        } else {
            Ok(())
        };
    };
    let is_own = site.is_none() && is_own(origin, headers);
    if is_own || cors.names(origin) {
        return Ok(());
    }
    let origin = String::from_utf8_lossy(origin.as_bytes());
    Err(foreign(&format!("the page at {}", echo(&origin))))
}

/// The host that was called is the page's own. The scheme may differ: a proxy ends TLS before the service.
fn is_own(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).map(HeaderValue::as_bytes);
    let bytes = origin.as_bytes();
    let named = bytes
        .strip_prefix(b"https://")
        .or_else(|| bytes.strip_prefix(b"http://"));
    named.is_some() && named == host
}

fn foreign(who: &str) -> Problem {
    Problem::new(
        Code::ForeignOrigin,
        format!("{who} may not call with its visitor's cookies"),
    )
}
