//! What lies beside S3, below `/_dropslip`: faults on demand, and the requests as they
//! happen. No bucket can have that name.
//!
//! Who holds the first key of the store may use it: other owners are not told of each
//! other's requests. With the development keys programs on
//! this machine may without a signature, so that a test is one `curl` and the page one
//! click. Nobody else learns that it is there.

mod access;
mod fault;
#[cfg(test)]
mod fault_tests;
mod faults;
mod faulty_body;
mod limits;
mod page;
mod plan;
mod requests;
mod stream;
mod visit;

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, Method, Response, StatusCode, header};
use dropslip_s3::Code;
use serde_json::{Value, json};

use crate::document::read_document_up_to;
use crate::error::{Error, Result};
use crate::request::{Head, Request};
use crate::route::Operation;
use crate::{Config, Store};
use fault::FaultList;
use faults::Faults;
use limits::FAULTS_BYTES_MAX;
use requests::Requests;
use stream::EventStream;
pub(crate) use visit::Visit;

/// What stands in the place of a bucket.
const NAME: &str = "_dropslip";

/// Faults and requests of a store.
#[derive(Debug)]
pub(crate) struct Console {
    faults: Faults,
    requests: Arc<Requests>,
    operator: Option<String>,
}

impl Console {
    /// With the development keys requests are noted from the start: the page is looked
    /// at once something went wrong.
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            faults: Faults::default(),
            requests: Requests::new(config.loopback_only),
            operator: config.keys.first().map(|key| key.owner.clone()),
        }
    }

    /// Whether an owner is the holder of the first key.
    fn is_operator(&self, owner: &str) -> bool {
        self.operator.as_deref() == Some(owner)
    }

    /// Ends the streams of who looks on.
    pub(crate) fn close(&self) {
        self.requests.close();
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.close();
    }
}

/// Whether a request is none of S3's. In a host that names a bucket the path is a key.
pub(crate) fn is_meant(head: &Head) -> bool {
    head.host_bucket.is_none() && head.resource.bucket.as_deref() == Some(NAME)
}

/// Answers a request to the console.
pub(crate) async fn answer(store: &Store, head: Head, body: &mut Body) -> Response<Body> {
    let result = match access::admit(store, head) {
        Ok(request) => run(store, &request, body).await,
        Err(error) => Err(error),
    };
    let mut response = result.unwrap_or_else(|error| refusal(&error));
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

async fn run(store: &Store, request: &Request, body: &mut Body) -> Result<Response<Body>> {
    let console = store.console();
    let path = request.head.resource.key.as_deref().unwrap_or_default();
    let method = &request.head.parts.method;
    match (path.trim_end_matches('/'), method) {
        ("faults", &Method::GET) => Ok(json_answer(StatusCode::OK, &console.faults.show())),
        ("faults", &Method::PUT) => {
            let document = read_document_up_to(FAULTS_BYTES_MAX, request, body).await?;
            let list = FaultList::read(&document, is_operation)
                .map_err(|why| Error::new(Code::InvalidArgument, why))?;
            console.faults.set(list);
            Ok(json_answer(StatusCode::OK, &console.faults.show()))
        }
        ("faults", &Method::DELETE) => {
            console.faults.set(FaultList { faults: Vec::new() });
            Ok(json_answer(StatusCode::OK, &console.faults.show()))
        }
        ("requests", &Method::GET) => requests(console, request),
        ("" | "faults" | "requests", _) => Err(Code::MethodNotAllowed.into()),
        _ => Err(Error::new(
            Code::NoSuchKey,
            "There are /_dropslip/faults and /_dropslip/requests.",
        )),
    }
}

/// The page, or what it listens to: both stand at one address, so that one presigned URL
/// opens them.
fn requests(console: &Console, request: &Request) -> Result<Response<Body>> {
    let accept = request.head.header("accept").unwrap_or_default();
    if !accept.contains("text/event-stream") {
        return Ok(page::answer());
    }
    let after = request.head.header("last-event-id");
    let after = after.and_then(|number| number.parse().ok()).unwrap_or(0);
    let watcher = console.requests.watch(after).ok_or_else(|| {
        Error::new(
            Code::ServiceUnavailable,
            "Too many pages look on at the same time.",
        )
    })?;
    let mut response = Response::new(Body::new(EventStream::new(watcher)));
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream"),
    );
    Ok(response)
}

fn is_operation(name: &str) -> bool {
    Operation::ALL
        .iter()
        .any(|operation| format!("{operation:?}") == name)
}

/// A refusal, in JSON as all that is here.
fn refusal(error: &Error) -> Response<Body> {
    let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::FORBIDDEN);
    let body = json!({ "code": error.code.as_str(), "message": error.message });
    json_answer(status, &body)
}

fn json_answer(status: StatusCode, value: &Value) -> Response<Body> {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}
