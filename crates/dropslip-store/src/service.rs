//! The way of a request: address, caller, operation, answer.

use std::sync::Arc;

use axum::body::{Body, HttpBody as _};
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response, StatusCode, header};
use dropslip_s3::Code;
use dropslip_s3::address::is_loopback_host;
use dropslip_s3::steering::steers;
use dropslip_s3::xml;
use http_body_util::BodyExt as _;
use tokio::time::timeout;

use crate::console::Visit;
use crate::error::{Error, Result};
use crate::request::{Bucket, Head, Request, host};
use crate::request_id::request_id;
use crate::route::Operation;
use crate::{Patience, Store, console, cors, ops, pace, spoken};

/// Answers one request.
pub(crate) async fn handle(
    State(store): State<Store>,
    request: axum::extract::Request,
) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    let waits_in_vain = parts.headers.contains_key(header::EXPECT) && body.is_end_stream();
    let mut body = pace::paced(body, store.patience());
    let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
    let unread = Unread {
        waits_for_continue: parts.headers.contains_key(header::EXPECT),
        patience: store.patience(),
    };
    let request_id = request_id();
    parts.extensions.insert(RequestId(request_id.clone()));
    let mut visit = Visit::default();
    let Answer { result, cors } = match parse(&store, parts) {
        Ok(head) if console::is_meant(&head) => {
            return console::answer(&store, head, &mut body).await;
        }
        Ok(head) => {
            visit = store.console().visit(&head, &request_id);
            body = visit.arriving(body);
            answer(&store, head, &mut body, &mut visit).await
        }
        Err(error) => Answer {
            result: Err(error),
            cors: None,
        },
    };
    // Only the path is logged: the query may hold a signature.
    let mut response = match result {
        Ok(response) => {
            tracing::info!(%method, path, status = response.status().as_u16(), request_id, "answered");
            if visit.is_answered_instead() {
                unread.leave(body, response)
            } else {
                response
            }
        }
        Err(error) => {
            log_refusal(&error, &method, &path, &request_id);
            visit.refused(&error);
            unread.leave(body, document(&error, &path, &request_id))
        }
    };
    let headers = response.headers_mut();
    if let Some((head, bucket)) = cors
        && let Some(configuration) = &bucket.record.cors
    {
        cors::decorate(&head, configuration, headers);
    }
    headers.insert(
        "x-amz-request-id",
        HeaderValue::from_str(&request_id).expect("a request id is plain ASCII"),
    );
    headers.insert(header::SERVER, HeaderValue::from_static("Dropslip"));
    if waits_in_vain {
        // Nobody reads a body that is empty, so nobody is told to go on. boto3 then reads the
        // next answer on the connection as if it had no head, and hangs.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    if method == Method::HEAD {
        withhold(&mut response);
    }
    visit.leaving(store.console(), response).await
}

/// Only the path is logged: the query may hold a signature. What an explanation says
/// of itself has no secret in it.
fn log_refusal(error: &Error, method: &Method, path: &str, request_id: &str) {
    let status = error.code.status();
    let said = error.to_string();
    match &error.explained {
        Some(explained) => {
            let explanation = explained.explanation.to_string();
            tracing::warn!(%method, path, status, error = %printable(&said), explanation = %printable(&explanation), request_id, "refused");
        }
        None => {
            let reason = printable(error.reason.as_deref().unwrap_or_default());
            tracing::info!(%method, path, status, error = %printable(&said), reason, request_id, "refused");
        }
    }
}

/// A text on one line of a log, with what a terminal would obey written out. Quotes stay
/// as they are, for people to read and to search for.
fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        let is_break = matches!(c, '\u{2028}' | '\u{2029}');
        if steers(c) || is_break {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Reads the address of a request.
fn parse(store: &Store, parts: Parts) -> Result<Head> {
    crate::host::check(&parts)?;
    if store.loopback_only() && !is_loopback_host(host(&parts)) {
        return Err(Error::new(
            Code::AccessDenied,
            "With the development keys the store answers only requests for this machine's own names.",
        ));
    }
    Head::parse(parts, store.domains())
}

/// What is answered, and what it takes to let a browser's page read it.
struct Answer {
    result: Result<Response<Body>>,
    cors: Option<(Head, Bucket)>,
}

async fn answer(store: &Store, head: Head, body: &mut Body, visit: &mut Visit) -> Answer {
    let found = head.bucket_if_there(store);
    if let Some(response) = visit.instead(&head) {
        return Answer {
            result: Ok(response),
            cors: found.map(|bucket| (head, bucket)),
        };
    }
    if head.parts.method == Method::OPTIONS {
        let configuration = found.as_ref().and_then(|found| found.record.cors.as_ref());
        return Answer {
            result: cors::preflight(&head, configuration),
            cors: None,
        };
    }
    if store.loopback_only() && cors::is_of_foreign_page(&head, found.as_ref()) {
        let message = "With the development keys the store takes nothing from pages of other \
                       origins, but for those that the CORS rules of the bucket name.";
        return Answer {
            result: Err(Error::new(Code::AccessDenied, message)),
            cors: found.map(|bucket| (head, bucket)),
        };
    }
    let with_cors = found.clone();
    let now = visit.now(&head);
    let (result, head) = match store.keys().identify(&head, now) {
        Ok(caller) => {
            let access_key = caller.access_key();
            if let Some(access_key) = access_key {
                store.explainer().verified(&head, access_key);
                visit.is_of(access_key);
            }
            // A form is signed in its fields, of which the search for a signature knows nothing.
            let is_unsigned = access_key.is_none() && !is_form(&head);
            let request = Request {
                head,
                caller,
                now,
                owners: Arc::clone(store.keys().owners()),
                found,
            };
            let result = match run(store, &request, body).await {
                // Somebody may have meant to sign it.
                Err(error) if is_unsigned && error.code == Code::AccessDenied => {
                    Err(store.explainer().explain(&request.head, now, error).await)
                }
                result => result,
            };
            let result = result.map_err(|error| told(store, &request.head, error));
            (result, request.head)
        }
        Err(error) => {
            let error = store.explainer().explain(&head, now, error).await;
            (Err(error), head)
        }
    };
    Answer {
        result,
        cors: with_cors.map(|bucket| (head, bucket)),
    }
}

/// Lets the answer say why something may not be done, for who is told.
fn told(store: &Store, head: &Head, error: Error) -> Error {
    match error.reason.clone() {
        Some(reason) if store.explainer().tells(head) => error.with("Reason", reason),
        _ => error,
    }
}

fn is_form(head: &Head) -> bool {
    matches!(Operation::of(head), Ok(Operation::PostObject))
}

async fn run(store: &Store, request: &Request, body: &mut Body) -> Result<Response<Body>> {
    let operation = Operation::of(&request.head)?;
    spoken::check(request, operation)?;
    ops::run(store, operation, request, body).await
}

/// The id of a request, among the extensions of its head.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

/// Makes the document of an error that comes after the head of the answer was sent.
pub(crate) fn late_document(head: &Head) -> impl FnOnce(&Error) -> String + Send + 'static {
    let (method, path) = (head.parts.method.clone(), head.parts.uri.path().to_owned());
    let request_id = head.parts.extensions.get();
    let request_id = request_id.map_or_else(String::new, |RequestId(id)| id.clone());
    move |error| {
        log_refusal(error, &method, &path, &request_id);
        error_text(error, &path, &request_id)
    }
}

/// The error document.
fn error_text(error: &Error, path: &str, request_id: &str) -> String {
    let mut details: Vec<_> = error
        .details
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    details.extend([("Resource", path), ("RequestId", request_id)]);
    let explained = error.explained.as_deref();
    let explanation = explained
        .filter(|explained| explained.in_answer)
        .map(|explained| &explained.explanation);
    xml::explained_error(error.code.as_str(), &error.message, &details, explanation)
}

/// The answer to a request that failed.
fn document(error: &Error, path: &str, request_id: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(error_text(error, path, request_id)));
    *response.status_mut() =
        StatusCode::from_u16(error.code.status()).expect("the table of codes holds statuses");
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/xml"),
    );
    for (name, value) in &error.headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(*name, value);
        }
    }
    response
}

/// Takes the body of an answer to `HEAD` away and leaves its length.
fn withhold(response: &mut Response<Body>) {
    let body = std::mem::take(response.body_mut());
    if let (None, Some(length)) = (
        response.headers().get(header::CONTENT_LENGTH),
        body.size_hint().exact(),
    ) {
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
}

/// What becomes of a body that nobody will use.
#[derive(Clone, Copy)]
struct Unread {
    /// Whether the client sends its body only when it is told to.
    waits_for_continue: bool,
    patience: Patience,
}

impl Unread {
    /// Reads on, beside the answer, what a refused client is still sending: a browser
    /// looks at the answer only after it has sent its body, and a connection that is
    /// cut before that hides the reason from it.
    ///
    /// A client that waits to be told will not send it, and the connection ends. Unsaid,
    /// the client would send the next request on it: boto3 then finds the status of the
    /// first answer again, without its code.
    fn leave(self, mut body: Body, mut response: Response<Body>) -> Response<Body> {
        if self.waits_for_continue {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
            return response;
        }
        if !body.is_end_stream() {
            tokio::spawn(async move {
                let all = async { while let Some(Ok(_)) = body.frame().await {} };
                // Whoever sends longer than that is cut off.
                let _ = timeout(self.patience.refused, all).await;
            });
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_is_one_line_and_plain() {
        for plain in ["the region 'eu-west-1' is wrong", "\"a\" \\ é <&>", ""] {
            assert_eq!(printable(plain), plain);
        }
        let hostile = "a\n\r\tb\u{1b}[2J\u{7f}\u{9b}\u{2028}\u{202e}";
        let shown = r"a\n\r\tb\u{1b}[2J\u{7f}\u{9b}\u{2028}\u{202e}";
        assert_eq!(printable(hostile), shown);
    }
}
