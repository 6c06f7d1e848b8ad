//! Which pages of other origins may call the service from a browser.
//!
//! None, unless the configuration names them: the service's own page needs no leave. Cookies are never asked for, so
//! no answer allows credentials.

use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, Method, header};
use dropslip_s3::cors::fits;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::limits::PREFLIGHT_S;

/// Origins such as `https://app.example`, each with at most one `*`.
#[derive(Clone, Debug, Default)]
pub(crate) struct AllowedOrigins(Vec<String>);

impl AllowedOrigins {
    /// Checks each pattern. The mistakes that cost hours are named: a path, and a slash at the end.
    pub(crate) fn check(patterns: Vec<String>) -> Result<Self, String> {
        match patterns
            .iter()
            .find_map(|pattern| Some((pattern, wrong(pattern)?)))
        {
            Some((pattern, why)) => Err(format!("has `{}`, which {why}", pattern.escape_debug())),
            None => Ok(Self(patterns)),
        }
    }

    fn allow(&self, origin: &HeaderValue) -> bool {
        origin
            .to_str()
            .is_ok_and(|origin| self.0.iter().any(|pattern| fits(pattern, origin)))
    }

    /// Lets the pages of these origins call, and read every answer, refusals included.
    pub(crate) fn around(&self, router: Router) -> Router {
        if self.0.is_empty() {
            return router;
        }
        let origins = self.clone();
        router.layer(
            CorsLayer::new()
                .allow_origin(AllowOrigin::predicate(move |origin, _| {
                    origins.allow(origin)
                }))
                .allow_methods([Method::GET, Method::POST, Method::DELETE])
                .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
                .expose_headers([
                    header::RETRY_AFTER,
                    header::HeaderName::from_static("x-request-id"),
                ])
                .max_age(Duration::from_secs(PREFLIGHT_S)),
        )
    }
}

fn wrong(pattern: &str) -> Option<&'static str> {
    if pattern == "*" {
        return None;
    }
    let Some(host) = pattern
        .strip_prefix("https://")
        .or_else(|| pattern.strip_prefix("http://"))
    else {
        return Some("is no origin: it must begin with `https://` or `http://`");
    };
    if host.ends_with('/') {
        Some("ends with a slash; an origin has none")
    } else if host.is_empty() || host.contains(['/', '?', '#', '@']) {
        Some("is no origin: it is a scheme and a host, with a port or without")
    } else if !host.bytes().all(|b| b.is_ascii_graphic())
        || host.bytes().any(|b| b.is_ascii_uppercase())
    {
        Some("is not as browsers write it: lower case, and names of other alphabets in Punycode")
    } else if host.matches('*').count() > 1 {
        Some("has more than one `*`")
    } else {
        None
    }
}
