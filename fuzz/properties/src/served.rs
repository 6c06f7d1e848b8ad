//! The store as a whole: any request, in process, on a temporary folder.
//!
//! An input is a request as text, an empty line, and its body; more of them follow behind a
//! line `-----`. A request that does not sign itself is signed here, unless the note `:sign:`
//! says `none` (or `query`). What holds of any: an answer comes, it is no `InternalError`,
//! it names the request, it is bounded, no secret is in it; and the store goes on.

use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{self, Method, StatusCode};
use dropslip_s3::BucketName;
use dropslip_sigv4::{Payload, Signer, Timestamp, is_signed};
use dropslip_store::{Config, Store};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

use crate::keys::{self, ACCESS_KEY, REGION, SECRET, hides};
use crate::sent::Sent;

/// Far more than any answer here has.
const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Requests after which a store is thrown away, so that what they leave does not add up.
const REQUESTS_MAX: u32 = 5_000;

struct Served {
    runtime: Runtime,
    app: Router,
    requests: u32,
    _data: TempDir,
}

impl Served {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        // In memory where there is such a folder: each change is synced.
        let memory = std::path::Path::new("/dev/shm");
        let data = if memory.is_dir() {
            tempfile::tempdir_in(memory)
        } else {
            tempfile::tempdir()
        };
        let data = data.expect("a folder");
        let config = Config::new(data.path(), keys::credentials(ACCESS_KEY, SECRET, None));
        let app = runtime.block_on(async {
            let store = Store::open(config).expect("a store");
            let bucket = BucketName::parse("uploads").expect("it is one");
            let made = store.ensure_bucket(&bucket, ACCESS_KEY, None).await;
            made.expect("a bucket");
            store.router()
        });
        Self {
            runtime,
            app,
            requests: 0,
            _data: data,
        }
    }
}

static SERVED: Mutex<Option<Served>> = Mutex::new(None);

/// Some requests in a row.
pub(crate) fn requests(input: &[u8]) {
    let mut served = SERVED.lock().unwrap_or_else(PoisonError::into_inner);
    if served
        .as_ref()
        .is_some_and(|served| served.requests > REQUESTS_MAX)
    {
        *served = None;
    }
    let served = served.get_or_insert_with(Served::start);
    let mut rest = input;
    while !rest.is_empty() {
        let end = find(rest, b"\n-----\n");
        let (one, behind) = match end {
            Some(end) => (&rest[..end], &rest[end + 7..]),
            None => (rest, &b""[..]),
        };
        request(served, one, input);
        rest = behind;
    }
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

fn request(served: &mut Served, text: &[u8], input: &[u8]) {
    let end = find(text, b"\n\n");
    let (head, body) = match end {
        Some(end) => (&text[..end], &text[end + 2..]),
        None => (text, &b""[..]),
    };
    let mut sent = Sent::parse(head);
    // What tests of applications set and watch is for this machine's own programs.
    if sent.path.starts_with("/_dropslip") {
        return;
    }
    if !sent
        .headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("host"))
    {
        sent.headers
            .push(("host".to_owned(), b"localhost:7601".to_vec()));
    }
    sign(&mut sent, body);
    let Some(request) = as_http(&sent, body) else {
        return;
    };
    let is_head = request.method() == Method::HEAD;
    served.requests += 1;
    let app = served.app.clone();
    let (status, headers, answer) = served.runtime.block_on(async move {
        let response = app.oneshot(request).await.expect("a router does not fail");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, ANSWER_BYTES_MAX).await;
        (
            parts.status,
            parts.headers,
            body.expect("an answer has an end"),
        )
    });
    assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "{sent:?}");
    assert!(headers.contains_key("x-amz-request-id"), "{sent:?}");
    let said = String::from_utf8_lossy(&answer);
    hides(&said, SECRET, input);
    hides(&format!("{headers:?}"), SECRET, input);
    assert!(!said.contains("<Code>InternalError</Code>"), "{sent:?}");
    if status.as_u16() >= 400 && !is_head {
        assert!(
            said.contains("<Code>") && said.contains("<RequestId>"),
            "{status} {said}"
        );
    }
    if is_head {
        assert!(answer.is_empty());
    }
}

/// Signs a request that does not sign itself; one that cannot be signed goes as it is.
fn sign(sent: &mut Sent, body: &[u8]) {
    let how = sent.note("sign").unwrap_or("header").to_owned();
    if how == "none" || sent.with(is_signed) {
        return;
    }
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970");
    let now = Timestamp::from_unix_s(since.as_secs().try_into().expect("before 2262"));
    let signer = Signer::new(keys::credentials(ACCESS_KEY, SECRET, None), REGION, "s3");
    if how == "query" {
        if let Ok(slip) = sent.with(|request| signer.presign(request, 60, now)) {
            sent.query = slip.query;
        }
        return;
    }
    let signed = sent.with(|request| signer.sign(request, &Payload::of(body), now));
    for (name, value) in signed.map(|signed| signed.headers).unwrap_or_default() {
        let name = name.to_string();
        sent.headers
            .retain(|(other, _)| !other.eq_ignore_ascii_case(&name));
        sent.headers.push((name, value.into_bytes()));
    }
}

/// The request as a server gives it on; `None` for what no server would.
fn as_http(sent: &Sent, body: &[u8]) -> Option<http::Request<Body>> {
    let query = if sent.query.is_empty() { "" } else { "?" };
    let uri = format!("{}{query}{}", sent.path, sent.query);
    let mut request = http::Request::builder()
        .method(sent.method.as_str())
        .uri(uri);
    for (name, value) in &sent.headers {
        request = request.header(name.as_str(), value.as_slice());
    }
    let has_length = sent
        .headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    if !has_length && !body.is_empty() {
        request = request.header("content-length", body.len());
    }
    request.body(Body::from(body.to_vec())).ok()
}
