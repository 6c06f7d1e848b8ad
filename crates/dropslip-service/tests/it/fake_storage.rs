//! A storage of one test: answers HEAD and DELETE as S3 does, from a map. The real one is another crate's.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use dropslip_sigv4::{Credentials, Expected, Timestamp, verify};
use tokio::net::TcpListener;

use crate::app::{ACCESS_KEY, SECRET_KEY, START};

const ETAG: &str = "\"9b2cf535f27731c974343645a3985328\"";

#[derive(Clone, Default)]
pub(crate) struct FakeStorage {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    /// Path to size and content type.
    objects: BTreeMap<String, (u64, String)>,
    /// ETags of objects that are not the first under their path.
    etags: BTreeMap<String, &'static str>,
    /// Answers these methods with this status and body.
    refusing: Option<(&'static str, u16, &'static str)>,
    calls: Vec<String>,
}

impl FakeStorage {
    /// Starts it and tells its address.
    pub(crate) async fn start() -> (Self, String) {
        let storage = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(answer).with_state(storage.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (storage, origin)
    }

    pub(crate) fn put(&self, bucket: &str, key: &str, size: u64, content_type: &str) {
        let object = (size, content_type.to_owned());
        self.inner
            .lock()
            .unwrap()
            .objects
            .insert(format!("/{bucket}/{key}"), object);
    }

    /// Puts another object of the same size and type in the place of one.
    pub(crate) fn replace(&self, bucket: &str, key: &str, etag: &'static str) {
        let path = format!("/{bucket}/{key}");
        self.inner.lock().unwrap().etags.insert(path, etag);
    }

    /// Makes a bucket that a HEAD finds.
    pub(crate) fn put_bucket(&self, bucket: &str) {
        let bucket = (format!("/{bucket}"), (0, String::new()));
        self.inner.lock().unwrap().objects.extend([bucket]);
    }

    pub(crate) fn refuse(&self, method: &'static str, status: u16, body: &'static str) {
        self.inner.lock().unwrap().refusing = Some((method, status, body));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.inner.lock().unwrap().objects.is_empty()
    }

    /// The methods that were called, in order.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.inner.lock().unwrap().calls.clone()
    }
}

async fn answer(State(storage): State<FakeStorage>, request: Request) -> Response<Body> {
    let mut inner = storage.inner.lock().unwrap();
    let (method, path) = (request.method().as_str(), request.uri().path());
    inner.calls.push(method.to_owned());
    check_signature(&request);
    if let Some((_, status, body)) = inner.refusing.filter(|refusing| refusing.0 == method) {
        return Response::builder()
            .status(status)
            .body(Body::from(body))
            .unwrap();
    }
    match (method, inner.objects.get(path)) {
        ("HEAD", Some((size, content_type))) => Response::builder()
            .header("content-length", *size)
            .header("content-type", content_type)
            .header("etag", inner.etags.get(path).copied().unwrap_or(ETAG))
            .body(Body::empty())
            .unwrap(),
        ("HEAD", None) => Response::builder().status(404).body(Body::empty()).unwrap(),
        ("DELETE", _) => {
            inner.objects.remove(path);
            Response::builder().status(204).body(Body::empty()).unwrap()
        }
        _ => Response::builder()
            .status(StatusCode::METHOD_NOT_ALLOWED)
            .body(Body::empty())
            .unwrap(),
    }
}

/// The service's requests are signed as S3 wants them. Up to two days may have passed on the test's clock.
fn check_signature(request: &Request) {
    let headers: Vec<(&str, &[u8])> = request
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    let date = request.headers()["x-amz-date"].to_str().unwrap();
    let now = Timestamp::parse_basic(date).unwrap();
    assert!(
        (START..START + 2 * 86_400).contains(&now.unix_s()),
        "{date}"
    );
    let request = dropslip_sigv4::Request {
        method: request.method().as_str(),
        path: request.uri().path(),
        query: request.uri().query().unwrap_or(""),
        headers: &headers,
    };
    let expected = Expected {
        region: "us-east-1",
        service: "s3",
        now,
    };
    verify(&request, &expected, |key| {
        (key == ACCESS_KEY).then(|| Credentials::new(ACCESS_KEY, SECRET_KEY))
    })
    .unwrap();
}
