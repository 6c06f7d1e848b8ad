//! A fault on its way through one request.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::{Body, HttpBody as _};
use axum::http::{HeaderValue, Response, StatusCode, header};
use dropslip_s3::xml;
use dropslip_sigv4::Timestamp;

use super::fault::{Effects, Forced};
use super::faulty_body::{FaultyBody, NoAnswer};
use crate::request::Head;

/// What is done to one request, and what has become of it.
#[derive(Debug)]
pub(crate) struct Plan {
    effects: Effects,
    request_id: String,
    request_was_cut: Arc<AtomicBool>,
}

impl Plan {
    pub(super) fn new(effects: Effects, request_id: &str) -> Self {
        Self {
            effects,
            request_id: request_id.to_owned(),
            request_was_cut: Arc::default(),
        }
    }

    /// The body of the request, as it shall arrive.
    pub(super) fn arriving(&self, body: Body) -> Body {
        let Effects {
            cut_request_after_bytes: left,
            bytes_per_second: rate,
            ..
        } = self.effects;
        if left.is_none() && rate.is_none() {
            return body;
        }
        let was_cut = Arc::clone(&self.request_was_cut);
        Body::new(FaultyBody::new(body, left, rate).telling(was_cut))
    }

    /// The answer that is given in place of doing what was asked.
    pub(super) fn instead(&self, path: &str) -> Option<Response<Body>> {
        if self.effects.cut_request_after_bytes == Some(0) {
            return Some(Response::new(Body::new(NoAnswer)));
        }
        let forced = self.effects.forced.as_ref()?;
        Some(document(forced, path, &self.request_id))
    }

    /// Whether such an answer is given.
    pub(super) fn has_instead(&self) -> bool {
        self.effects.forced.is_some()
    }

    /// The moment at which a signature is checked.
    pub(super) fn now(&self, head: &Head, now: Timestamp) -> Timestamp {
        let skewed = now.unix_s().saturating_add(self.effects.clock_skew_s);
        let Some(until_s) = self.effects.expire_urls.then(|| until_s(head)).flatten() else {
            return Timestamp::from_unix_s(skewed);
        };
        Timestamp::from_unix_s(until_s.saturating_add(1).max(now.unix_s()))
    }

    /// The answer, as it shall leave.
    pub(super) async fn leaving(&self, response: Response<Body>) -> Response<Body> {
        tokio::time::sleep(self.effects.delay).await;
        if self.request_was_cut.load(Ordering::Acquire) {
            return Response::new(Body::new(NoAnswer));
        }
        let Effects {
            cut_answer_after_bytes: left,
            bytes_per_second: rate,
            ..
        } = self.effects;
        // A body without bytes is not asked for any, and so cannot break off.
        let is_empty = response.body().size_hint().exact() == Some(0);
        if left == Some(0) && is_empty {
            return Response::new(Body::new(NoAnswer));
        }
        if left.is_none() && rate.is_none() {
            return response;
        }
        response.map(|body| Body::new(FaultyBody::new(body, left, rate).lingering()))
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.effects.fmt(f)
    }
}

/// Until when the URL of a request holds, in seconds since 1970.
fn until_s(head: &Head) -> Option<i64> {
    let find = |name: &str| head.query.find_ignoring_case(name);
    let expires = |name: &str| find(name)?.parse::<i64>().ok();
    match find("X-Amz-Date") {
        Some(date) => {
            let signed = Timestamp::parse_basic(date).ok()?.unix_s();
            Some(signed.saturating_add(expires("X-Amz-Expires")?))
        }
        None => expires("Expires"),
    }
}

/// S3's error document.
fn document(forced: &Forced, path: &str, request_id: &str) -> Response<Body> {
    let details = [("Resource", path), ("RequestId", request_id)];
    let text = xml::error(&forced.code, &forced.message, &details);
    let mut response = Response::new(Body::from(text));
    *response.status_mut() =
        StatusCode::from_u16(forced.status).expect("a fault's status was checked");
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/xml"),
    );
    if let Some(seconds) = forced.retry_after_s {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
