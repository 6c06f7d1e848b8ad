//! Which pages of other origins may call the service from a browser.
//!
//! None, unless the configuration names them: the service's own page needs no leave. Cookies are let along only where
//! it says so, and then to named origins alone. An origin that is not named is told nothing at all.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use dropslip_s3::cors::fits;

use crate::config::{ConfigError, ConfigErrorKind, CorsConfig};
use crate::limits::PREFLIGHT_S;

/// Headers that clients send: ours, Uppy's of both generations, and those of tracing.
const HEADERS: [&str; 9] = [
    "authorization",
    "content-type",
    "last-event-id",
    "traceparent",
    "tracestate",
    "uppy-auth-token",
    "uppy-credentials-params",
    "uppy-versions",
    "x-requested-with",
];

const METHODS: HeaderValue = HeaderValue::from_static("GET,HEAD,POST,PUT,DELETE");
const EXPOSED: HeaderValue = HeaderValue::from_static("retry-after,x-request-id");
const TRUE: HeaderValue = HeaderValue::from_static("true");

/// `[cors]`, checked: origins such as `https://app.example`, each with at most one `*`.
#[derive(Clone, Debug)]
pub(crate) struct Cors {
    origins: Vec<String>,
    credentials: bool,
    headers: HeaderValue,
}

impl Cors {
    /// Checks each origin. The mistakes that cost hours are named: a path, and a slash at the end.
    ///
    /// `forwarded` are headers that the application wants to see, so pages must be able to send them.
    pub(crate) fn check(config: CorsConfig, forwarded: &[HeaderName]) -> Result<Self, ConfigError> {
        let origins = config.allowed_origins;
        if let Some((pattern, why)) = origins
            .iter()
            .find_map(|pattern| Some((pattern, wrong(pattern)?)))
        {
            return Err(ConfigError::cors(format!(
                "has `{}`, which {why}",
                pattern.escape_debug()
            )));
        }
        let at = |message: &str| {
            ConfigError::at(ConfigErrorKind::Cors, "cors.allowCredentials", message)
        };
        if config.allow_credentials && origins.is_empty() {
            return Err(at("means nothing without `allowedOrigins`"));
        }
        if config.allow_credentials && origins.iter().any(|origin| is_anybody(origin)) {
            return Err(at(
                "is not possible with `*` among the origins: any page could act for its visitors",
            ));
        }
        let mut headers = HEADERS.to_vec();
        headers.extend(
            forwarded
                .iter()
                .map(HeaderName::as_str)
                .filter(|name| *name != "cookie"),
        );
        headers.sort_unstable();
        headers.dedup();
        Ok(Self {
            origins,
            credentials: config.allow_credentials,
            headers: HeaderValue::from_str(&headers.join(","))
                .expect("names of headers are the text of a header"),
        })
    }

    /// The origins as they are written.
    pub(crate) fn origins(&self) -> &[String] {
        &self.origins
    }

    /// Whether a page of this origin may read answers.
    fn allows(&self, origin: &HeaderValue) -> bool {
        origin
            .to_str()
            .is_ok_and(|origin| self.origins.iter().any(|pattern| fits(pattern, origin)))
    }

    /// Whether the origin is named, and not only let in with everybody: such a page may act for its visitor.
    pub(crate) fn names(&self, origin: &HeaderValue) -> bool {
        origin.to_str().is_ok_and(|origin| {
            let mut named = self.origins.iter().filter(|pattern| !is_anybody(pattern));
            named.any(|pattern| fits(pattern, origin))
        })
    }

    /// Lets the pages of these origins call, and read every answer, refusals included.
    pub(crate) fn around(&self, router: Router) -> Router {
        if self.origins.is_empty() {
            return router;
        }
        let cors = std::sync::Arc::new(self.clone());
        router.layer(middleware::from_fn(move |request: Request, next: Next| {
            let cors = std::sync::Arc::clone(&cors);
            async move { cors.answer(request, next).await }
        }))
    }

    async fn answer(&self, request: Request, next: Next) -> Response {
        let origin = request.headers().get(header::ORIGIN).cloned();
        let origin = origin.filter(|origin| self.allows(origin));
        let is_preflight = request.method() == Method::OPTIONS
            && request.headers().contains_key(header::ORIGIN)
            && request
                .headers()
                .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        let mut response = match &origin {
            Some(_) if is_preflight => StatusCode::NO_CONTENT.into_response(),
            _ => next.run(request).await,
        };
        let headers = response.headers_mut();
        if let Some(origin) = origin {
            self.allow(headers, origin, is_preflight);
        }
        // A cache must not show one page what was meant for another.
        headers.append(header::VARY, HeaderValue::from_static("origin"));
        response
    }

    fn allow(&self, headers: &mut HeaderMap, origin: HeaderValue, is_preflight: bool) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if self.credentials {
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
        }
        if is_preflight {
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, self.headers.clone());
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_S.into());
        } else {
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }
}

/// `*`, and what is hardly less: every page of a scheme.
fn is_anybody(pattern: &str) -> bool {
    matches!(pattern, "*" | "https://*" | "http://*")
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
