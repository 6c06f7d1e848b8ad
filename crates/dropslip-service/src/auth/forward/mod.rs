//! Calls that the application itself decides on: it is asked, with the caller's cookies, about each of them.
//!
//! Whatever is not a clear yes is a no: an application that hangs, breaks off, redirects or answers what it should not
//! lets nobody upload. Its answer may narrow what the preset allows, and cannot widen it.

mod answer;
mod origin;

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use url::Url;

use super::Live;
use super::caller::{Action, Caller, Wished};
use super::settings::check_key_part_name;
use crate::config::{ConfigError, ConfigErrorKind, ForwardConfig};
use crate::limits::{
    FORWARD_ANSWER_BYTES_MAX, FORWARD_HEADERS_MAX, FORWARD_TIMEOUT_MS_DEFAULT,
    FORWARD_TIMEOUT_MS_MAX, FORWARD_TIMEOUT_MS_MIN,
};
use crate::outgoing;
use crate::problem::{Code, Problem};
use crate::request_id::current;
use crate::state::State;

/// `[auth.forward]`, checked.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    url: Url,
    headers: Vec<HeaderName>,
    timeout: Duration,
    key_parts: Vec<String>,
}

/// Headers that are the connection's, or that the service says itself.
const NOT_FORWARDED: [&str; 18] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-method",
    "x-forwarded-proto",
    "x-forwarded-uri",
];

impl Policy {
    /// Checks the section.
    pub(crate) fn check(config: ForwardConfig) -> Result<Self, ConfigError> {
        let wrong = |field: &str, message: String| {
            ConfigError::at(
                ConfigErrorKind::Auth,
                &format!("auth.forward.{field}"),
                message,
            )
        };
        let url = outgoing::url(&config.url).map_err(|why| wrong("url", why))?;
        let named = config
            .headers
            .unwrap_or_else(|| vec!["cookie".to_owned(), "authorization".to_owned()]);
        if named.len() > FORWARD_HEADERS_MAX {
            return Err(wrong(
                "headers",
                format!("has more than {FORWARD_HEADERS_MAX} names"),
            ));
        }
        let mut headers = Vec::with_capacity(named.len());
        for name in named {
            let shown = name.escape_debug().to_string();
            let header = HeaderName::try_from(name.to_ascii_lowercase()).map_err(|_| {
                wrong(
                    "headers",
                    format!("has `{shown}`, which is no name of a header"),
                )
            })?;
            if NOT_FORWARDED.contains(&header.as_str()) {
                return Err(wrong(
                    "headers",
                    format!("has `{shown}`, which the service sets itself or does not pass on"),
                ));
            }
            headers.push(header);
        }
        for name in &config.key_parts {
            check_key_part_name(name).map_err(|why| wrong("keyParts", why))?;
        }
        let timeout = match config.timeout.as_deref() {
            None => Duration::from_millis(FORWARD_TIMEOUT_MS_DEFAULT),
            Some(text) => humantime::parse_duration(text)
                .ok()
                .filter(|timeout| {
                    (u128::from(FORWARD_TIMEOUT_MS_MIN)..=u128::from(FORWARD_TIMEOUT_MS_MAX))
                        .contains(&timeout.as_millis())
                })
                .ok_or_else(|| {
                    let shown = text.escape_debug();
                    wrong(
                        "timeout",
                        format!("is `{shown}`, not a duration from `100ms` to `30s`"),
                    )
                })?,
        };
        Ok(Self {
            url,
            headers,
            timeout,
            key_parts: config.key_parts,
        })
    }

    /// Names that key templates may use.
    pub(super) fn key_part_names(&self) -> impl Iterator<Item = &str> {
        self.key_parts.iter().map(String::as_str)
    }

    /// Whether the caller's `authorization` header is the application's business.
    pub(super) fn takes_authorization(&self) -> bool {
        self.headers.iter().any(|name| name == "authorization")
    }

    /// The headers that a page of another origin may want to send for the application.
    pub(crate) fn headers(&self) -> &[HeaderName] {
        &self.headers
    }
}

/// The client of the application.
#[derive(Clone, Debug)]
pub(crate) struct Application(reqwest::Client);

impl Application {
    pub(super) fn new(policy: &Policy) -> Result<Self, String> {
        outgoing::client(&policy.url, policy.timeout).map(Self)
    }
}

/// What the application is asked.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Question<'a> {
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    preset: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
}

/// Looks at what a browser says of the page that calls, before anything is asked in the name of its visitor.
pub(super) fn check_origin(state: &State, parts: &Parts) -> Result<(), Problem> {
    origin::check(&state.settings().cors, &parts.method, &parts.headers)
}

/// Asks the application.
///
/// # Errors
/// Its own refusal (`unauthorized`, `forbidden`), `authorization_unavailable` when it gives no answer,
/// `authorization_failed` when it gives none that can be understood.
pub(super) async fn ask(
    state: &State,
    policy: &Policy,
    parts: &Parts,
    action: Action,
    wished: &Wished<'_>,
) -> Result<Caller, Problem> {
    let Some(application) = state.auth().application() else {
        return Err(Problem::internal(&"the application has no client"));
    };
    let question = Question {
        action: action.as_str(),
        preset: wished.preset,
        file_name: wished.file_name,
        content_type: wished.content_type,
        size: wished.size_bytes,
        metadata: wished.metadata,
        key: wished.key,
        subject: wished.subject,
    };
    let body = serde_json::to_vec(&question).expect("strings and numbers always serialize");
    let headers = headers(policy, parts, state.auth());
    let asked = application
        .0
        .post(policy.url.clone())
        .headers(headers)
        .body(body)
        .send();
    let answer = asked
        .await
        .map_err(|error| unavailable(&outgoing::why(error)))?;
    let status = answer.status();
    if !status.is_success() && status != 401 && status != 403 {
        let why = format!("it answered {}", status.as_u16());
        return Err(answer::failed(&why));
    }
    let is_json = answer.headers().get(CONTENT_TYPE).is_some_and(is_json);
    let body = outgoing::body(answer, FORWARD_ANSWER_BYTES_MAX).await;
    if !status.is_success() {
        let body = body.ok().filter(|_| is_json);
        return Err(answer::refusal(status == 401, body.as_deref()));
    }
    let body = body.map_err(|why| answer::failed(&why))?;
    answer::read(&body, &policy.key_parts)
}

/// `application/json`, or a type of the same syntax such as `application/problem+json`.
fn is_json(value: &HeaderValue) -> bool {
    let text = value.to_str().unwrap_or_default().to_ascii_lowercase();
    let essence = text.split(';').next().unwrap_or_default().trim();
    essence == "application/json" || essence.ends_with("+json")
}

/// The chosen headers of the caller, and what a proxy tells of a request.
fn headers(policy: &Policy, parts: &Parts, live: &Live) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("accept", HeaderValue::from_static("application/json"));
    for name in &policy.headers {
        for value in parts.headers.get_all(name) {
            headers.append(name.clone(), value.clone());
        }
    }
    let text = |text: &str| HeaderValue::from_str(text).ok();
    let said = [
        ("x-forwarded-for", text(&live.address_of(parts).to_string())),
        ("x-forwarded-method", text(parts.method.as_str())),
        ("x-forwarded-proto", text(live.scheme_of(parts))),
        ("x-forwarded-host", parts.headers.get(HOST).cloned()),
        (
            "x-forwarded-uri",
            parts
                .uri
                .path_and_query()
                .and_then(|uri| text(uri.as_str())),
        ),
    ];
    for (name, value) in said {
        if let Some(value) = value {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers
}

fn unavailable(why: &str) -> Problem {
    tracing::warn!(request = %current(), why, "the application gives no answer about a call");
    Problem::new(
        Code::AuthorizationUnavailable,
        "the application that decides on uploads gives no answer",
    )
}
