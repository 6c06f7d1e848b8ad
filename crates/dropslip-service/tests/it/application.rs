//! An application of one test, which is asked about calls.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Response};
use serde_json::Value;
use tokio::net::TcpListener;

/// An application of one test.
#[derive(Clone)]
pub(crate) struct Application(Arc<Mutex<Inner>>);

struct Inner {
    status: u16,
    content_type: &'static str,
    body: String,
    hangs: bool,
    asked: Vec<(HeaderMap, Value)>,
}

impl Application {
    pub(crate) async fn start() -> (Self, String) {
        let inner = Inner {
            status: 200,
            content_type: "application/json",
            body: String::new(),
            hangs: false,
            asked: Vec::new(),
        };
        let application = Self(Arc::new(Mutex::new(inner)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/uploads/allow", listener.local_addr().unwrap());
        let app = Router::new()
            .fallback(answer)
            .with_state(application.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (application, url)
    }

    pub(crate) fn says(&self, status: u16, body: impl ToString) {
        let mut inner = self.0.lock().unwrap();
        (inner.status, inner.body) = (status, body.to_string());
    }

    pub(crate) fn as_type(&self, content_type: &'static str) {
        self.0.lock().unwrap().content_type = content_type;
    }

    pub(crate) fn hangs(&self) {
        self.0.lock().unwrap().hangs = true;
    }

    /// What it was asked last.
    pub(crate) fn asked(&self) -> (HeaderMap, Value) {
        self.0.lock().unwrap().asked.last().unwrap().clone()
    }

    pub(crate) fn times_asked(&self) -> usize {
        self.0.lock().unwrap().asked.len()
    }
}

async fn answer(State(application): State<Application>, request: Request) -> Response<Body> {
    assert_eq!(
        (request.method(), request.uri().path()),
        (&Method::POST, "/uploads/allow")
    );
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1_000_000).await.unwrap();
    let hangs = {
        let mut inner = application.0.lock().unwrap();
        inner
            .asked
            .push((parts.headers, serde_json::from_slice(&body).unwrap()));
        inner.hangs
    };
    if hangs {
        std::future::pending::<()>().await;
    }
    let inner = application.0.lock().unwrap();
    Response::builder()
        .status(inner.status)
        .header("content-type", inner.content_type)
        .header("location", "/uploads/allow")
        .body(Body::from(inner.body.clone()))
        .unwrap()
}
