//! What surrounds every call: an id in answer and log, a net under panics, and the headers that hold for all answers.
//!
//! One layer, and not one of axum's functions for each: every layer around a router costs each request some
//! allocations, and this one is passed by all. For the same reason there is a span only where spans of the level debug
//! are wanted, and what is logged names the request by [`current`].

use std::any::Any;
use std::convert::Infallible;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use pin_project_lite::pin_project;
use tokio::task::futures::TaskLocalFuture;
use tower::{Service, layer::layer_fn};
use tracing::Instrument as _;
use tracing::instrument::Instrumented;
use uuid::Uuid;

use crate::metrics::{Measured, Metrics};
use crate::problem::Problem;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: Uuid;
}

/// The id of the request under way, for the log; `-` where there is none.
pub(crate) fn current() -> impl fmt::Display {
    fmt::from_fn(|f| match CURRENT.try_get() {
        Ok(id) => fmt::Display::fmt(&id, f),
        Err(_) => f.write_str("-"),
    })
}

pub(crate) fn around(router: Router, metrics: &Metrics) -> Router {
    let metrics = metrics.clone();
    router.layer(layer_fn(move |inner| Around {
        inner,
        metrics: metrics.clone(),
    }))
}

/// The id is always ours: a caller's could be anything, and be the same twice.
#[derive(Clone)]
struct Around<S> {
    inner: S,
    metrics: Metrics,
}

impl<S> Service<Request> for Around<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Surrounded<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    /// The span holds no path, for the path of a call may hold the token of an upload.
    fn call(&mut self, request: Request) -> Self::Future {
        let measured = self.metrics.begin(&request);
        let id = Uuid::new_v4();
        let span = tracing::debug_span!("request", %id, method = %request.method());
        let answer = self.inner.call(request).instrument(span);
        Surrounded {
            measured,
            id,
            answer: CURRENT.scope(id, answer),
        }
    }
}

pin_project! {
    /// An answer on its way.
    struct Surrounded<F> {
        measured: Measured,
        id: Uuid,
        #[pin]
        answer: TaskLocalFuture<Uuid, Instrumented<F>>,
    }
}

impl<F: Future<Output = Result<Response, Infallible>>> Future for Surrounded<F> {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let id = *this.id;
        // What panicked is not polled again, so nobody sees what it left half done.
        let polled = catch_unwind(AssertUnwindSafe(|| this.answer.poll(cx)));
        let answer = match polled {
            Ok(polled) => ready!(polled),
            Err(panic) => Ok(CURRENT.sync_scope(id, || panicked(&*panic))),
        };
        Poll::Ready(answer.map(|mut answer| {
            this.measured.answered(&answer);
            label(answer.headers_mut(), id);
            answer
        }))
    }
}

fn label(headers: &mut HeaderMap, id: Uuid) {
    let mut buffer = Uuid::encode_buffer();
    let id = id.hyphenated().encode_lower(&mut buffer);
    let id = HeaderValue::from_str(id).expect("a uuid is ASCII");
    headers.insert(X_REQUEST_ID, id);
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
}

fn panicked(panic: &(dyn Any + Send)) -> Response {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Problem::internal(&format!("panic: {}", text.unwrap_or("without a message"))).into_response()
}
