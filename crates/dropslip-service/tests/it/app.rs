//! The router under test, and how tests call it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use dropslip_service::database::Database;
use dropslip_service::{Config, Given, Settings, State, StorageKeys, router};
use dropslip_sigv4::Timestamp;
use serde_json::Value;
use tower::ServiceExt;

pub(crate) const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
pub(crate) const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub(crate) const API_KEY: &str = "correct-horse-battery-staple";
pub(crate) const START: i64 = 1_369_353_600; // 2013-05-24T00:00:00Z

pub(crate) const PRESETS: &str = r#"
    [presets.photo]
    bucket = "uploads"
    key = "photos/{date}/{uuid}.{ext}"
    accept = ["image/jpeg", "image/png"]
    maxSize = "20 MiB"
    acl = "public-read"

    [presets.avatar]
    bucket = "avatars"
    key = "{uuid}"
    accept = ["image/*"]
    minSize = 10
    maxSize = 1000
    expires = "1m"
    cacheControl = "public, max-age=31536000, immutable"
    contentDisposition = "attachment"

    [presets.file]
    bucket = "uploads"
    key = "files/{uuid}/{name}"
    accept = ["*/*"]
    maxSize = "5 GiB"
    acl = "private"
"#;

pub(crate) fn keys() -> StorageKeys {
    StorageKeys::new(ACCESS_KEY, SECRET_KEY)
}

/// Settings for the three presets above.
pub(crate) fn settings(storage: &str, auth: &str) -> Settings {
    let text = format!("[storage]\nregion = \"us-east-1\"\n{storage}\n[auth]\n{auth}\n{PRESETS}");
    let given = Given {
        storage_keys: Some(keys()),
        ..Given::default()
    };
    Config::parse(&text).unwrap().check(given).unwrap()
}

/// A service with a clock that tests set.
#[derive(Clone)]
pub(crate) struct App {
    router: Router,
    clock: Arc<AtomicI64>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl App {
    /// Internal endpoint as given; browsers see `http://localhost:7601`.
    pub(crate) fn new(endpoint: &str) -> Self {
        let storage =
            format!("endpoint = \"{endpoint}\"\npublicEndpoint = \"http://localhost:7601\"");
        Self::of(settings(&storage, ""))
    }

    /// One whose storage must not be asked.
    pub(crate) fn offline() -> Self {
        Self::new("http://127.0.0.1:1")
    }

    pub(crate) fn of(settings: Settings) -> Self {
        Self::with(settings, |state| state)
    }

    /// One that keeps its decisions.
    pub(crate) fn with_database(settings: Settings, database: Database) -> Self {
        Self::with(settings, |state| state.with_database(database))
    }

    fn with(settings: Settings, more: impl FnOnce(State) -> State) -> Self {
        let clock = Arc::new(AtomicI64::new(START));
        let time = Arc::clone(&clock);
        let now = move || Timestamp::from_unix_s(time.load(Ordering::Relaxed));
        Self {
            router: router(more(State::with_clock(settings, now).unwrap())),
            clock,
        }
    }

    /// One that an application has in its router.
    pub(crate) fn around(router: Router) -> Self {
        let clock = Arc::new(AtomicI64::new(START));
        Self { router, clock }
    }

    /// One that keeps what was decided.
    pub(crate) fn kept(settings: Settings, database: Database) -> Self {
        let state = State::with_clock(settings, || Timestamp::from_unix_s(START)).unwrap();
        Self {
            router: router(state.with_database(database)),
            clock: Arc::new(AtomicI64::new(START)),
        }
    }

    pub(crate) fn wait_s(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    /// A call from this machine with a JSON body, or none.
    pub(crate) async fn call(&self, method: Method, path: &str, body: &str) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost:7600");
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        self.send(request.body(Body::from(body.to_owned())).unwrap())
            .await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: head.status,
            headers: head.headers,
            text: String::from_utf8(bytes.into()).unwrap(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Answer {
        self.call(Method::POST, path, body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, "").await
    }

    /// Issues an upload that must succeed.
    pub(crate) async fn issue(
        &self,
        preset: &str,
        name: &str,
        content_type: &str,
        size: u64,
    ) -> Value {
        let body = serde_json::json!({
            "preset": preset, "fileName": name, "contentType": content_type, "size": size
        });
        let answer = self.post("/v1/uploads", &body.to_string()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        answer.json()
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// A whole problem answer with this code, whose detail and hint contain these words.
    #[track_caller]
    pub(crate) fn expect_problem(&self, code: &str, words: &[&str]) -> Value {
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem:#}");
        assert_eq!(problem["type"], format!("urn:dropslip:problem:{code}"));
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.header("x-request-id").len(), 36);
        for field in ["title", "detail", "hint"] {
            assert!(
                problem[field].as_str().is_some_and(|text| !text.is_empty()),
                "{field}: {problem:#}"
            );
        }
        let text = format!("{} {}", problem["detail"], problem["hint"]);
        for word in words {
            assert!(text.contains(word), "`{word}` is not in {problem:#}");
        }
        problem
    }
}
