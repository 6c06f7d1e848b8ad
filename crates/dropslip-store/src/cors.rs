//! CORS as browsers see it: the preflight, and the headers of every real answer.
//!
//! Errors get the headers too. Without them a page cannot read the reason of a
//! 403 and is told of a network failure.

use axum::body::Body;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderName,
    HeaderValue, ORIGIN, VARY,
};
use axum::http::{Response, StatusCode};
use dropslip_s3::Code;
use dropslip_s3::address::is_loopback_host;
use dropslip_s3::cors::{CorsConfiguration, CorsGrant, CorsRequest, fits};

use crate::error::{Error, Result};
use crate::limits::PREFLIGHT_HEADERS_MAX;
use crate::request::{Bucket, Head};

/// What the answer depends on, for caches in between.
const VARIES: &str = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";

/// Answers `OPTIONS`.
pub(crate) fn preflight(
    head: &Head,
    configuration: Option<&CorsConfiguration>,
) -> Result<Response<Body>> {
    let missing = |name: &str| {
        Error::new(
            Code::BadRequest,
            format!("Insufficient information. {name} request header needed."),
        )
    };
    let origin = head
        .header(ORIGIN.as_str())
        .ok_or_else(|| missing("Origin"))?;
    let method = head
        .header(ACCESS_CONTROL_REQUEST_METHOD.as_str())
        .ok_or_else(|| missing("Access-Control-Request-Method"))?;
    let asked = head
        .header(ACCESS_CONTROL_REQUEST_HEADERS.as_str())
        .unwrap_or_default();
    let headers: Vec<_> = asked
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    if headers.len() > PREFLIGHT_HEADERS_MAX {
        return Err(Error::new(
            Code::BadRequest,
            format!("More than {PREFLIGHT_HEADERS_MAX} headers are asked for."),
        ));
    }
    let Some(configuration) = configuration else {
        return Err(Error::new(
            Code::AccessForbidden,
            "CORSResponse: CORS is not enabled for this bucket.",
        ));
    };
    let grant = configuration
        .allows(&CorsRequest {
            origin,
            method,
            headers: &headers,
        })
        .map_err(|refusal| {
            Error::from(Code::AccessForbidden).with("Reason", format!("{refusal}."))
        })?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::OK;
    let answer = response.headers_mut();
    if !headers.is_empty() {
        put(answer, ACCESS_CONTROL_ALLOW_HEADERS, &headers.join(", "));
    }
    tell(answer, &grant, origin);
    Ok(response)
}

/// Adds the headers of the rule that allows a real request; a request that no
/// rule allows is answered all the same, and the browser keeps it from the page.
///
/// As S3 does, a request that says `Access-Control-Request-Method` without being a
/// preflight is held against that method.
pub(crate) fn decorate(head: &Head, configuration: &CorsConfiguration, answer: &mut HeaderMap) {
    // Also without an origin: a cache would give that answer to a page of one.
    put(answer, VARY, VARIES);
    let Some(origin) = head.header(ORIGIN.as_str()) else {
        return;
    };
    let method = head
        .header(ACCESS_CONTROL_REQUEST_METHOD.as_str())
        .unwrap_or(head.parts.method.as_str());
    if let Ok(grant) = configuration.allows(&CorsRequest {
        origin,
        method,
        headers: &[],
    }) {
        tell(answer, &grant, origin);
    }
}

/// Whether a page of somewhere else sends what changes something. Everybody knows the
/// development keys, so that any page on the web could sign a form for them, and a browser
/// asks nobody before it sends one.
pub(crate) fn is_of_foreign_page(head: &Head, bucket: Option<&Bucket>) -> bool {
    if head.parts.method.is_safe() {
        return false;
    }
    let mut origins = head.parts.headers.get_all(ORIGIN).iter();
    origins.any(|origin| !is_known(origin.to_str().unwrap_or_default(), bucket))
}

/// Whether an origin is on this machine, or one that the bucket's rules name.
fn is_known(origin: &str, bucket: Option<&Bucket>) -> bool {
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    let configuration = bucket.and_then(|bucket| bucket.record.cors.as_ref());
    let rules = configuration.map_or(&[][..], CorsConfiguration::rules);
    let mut named = rules.iter().flat_map(|rule| &rule.allowed_origins);
    authority.is_some_and(is_loopback_host) || named.any(|pattern| fits(pattern, origin))
}

/// Puts in what a rule says, the same in preflights and in real answers: S3 says the
/// methods and the age in both.
fn tell(answer: &mut HeaderMap, grant: &CorsGrant<'_>, origin: &str) {
    if grant.any_origin {
        put(answer, ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    } else {
        put(answer, ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        put(answer, ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    }
    put(
        answer,
        ACCESS_CONTROL_ALLOW_METHODS,
        &grant.rule.allowed_methods.join(", "),
    );
    if let Some(max_age_s) = grant.rule.max_age_s {
        put(answer, ACCESS_CONTROL_MAX_AGE, &max_age_s.to_string());
    }
    if !grant.rule.expose_headers.is_empty() {
        put(
            answer,
            ACCESS_CONTROL_EXPOSE_HEADERS,
            &grant.rule.expose_headers.join(", "),
        );
    }
    put(answer, VARY, VARIES);
}

/// Sets a header whose value came through checked rules or a parsed header.
fn put(answer: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.insert(name, value);
    }
}
