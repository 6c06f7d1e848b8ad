//! Requests: how many, how they ended, how long they took.
//!
//! Route, method and status are words of fixed lists. A handle is made when its place in them is first used.

use std::sync::OnceLock;
use std::time::Instant;

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use metrics::{Counter, Gauge, Histogram, Label};

use super::{Metrics, Registry};
use crate::problem::Code;

/// The routes, as the router writes them; those that are asked most stand first. Whatever is not here is `other`.
pub(crate) const ROUTES: [&str; 27] = [
    "/v1/uploads",
    "/v1/uploads/{id}/complete",
    "/v1/uploads/{id}",
    "/v1/uploads/{id}/parts",
    "/v1/uploads/{id}/events",
    "/v1/presets",
    "/v1/downloads",
    "/v1/diagnose",
    "/v1/proxy/{preset}/{fileName}",
    "/v1/events/s3",
    "/s3/params",
    "/s3/multipart",
    "/s3/multipart/{uploadId}",
    "/s3/multipart/{uploadId}/batch",
    "/s3/multipart/{uploadId}/complete",
    "/s3/multipart/{uploadId}/{partNumber}",
    "/s3/sts",
    "/sign",
    "/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/client/{file}",
    "/page/{file}",
    "/favicon.ico",
    OTHER,
];

const METHODS: [&str; 7] = ["POST", "GET", "PUT", "DELETE", "HEAD", "OPTIONS", OTHER];

/// What the service answers; a status that is not here counts as `other`.
const STATUSES: [u16; 27] = [
    201, 200, 204, 202, 206, 301, 302, 303, 304, 307, 400, 401, 403, 404, 405, 408, 409, 410, 412,
    413, 415, 422, 429, 500, 502, 503, 504,
];

const OTHER: &str = "other";

/// All that is counted of requests.
pub(super) struct Requests {
    in_flight: Gauge,
    /// A row for each route, in it a place for each method.
    answers: [[OnceLock<Answers>; METHODS.len()]; ROUTES.len()],
    /// A place for each code.
    refusals: Box<[OnceLock<Counter>]>,
}

/// The answers of one method of a route.
struct Answers {
    seconds: Histogram,
    /// A place for each status, and one for others.
    counts: [OnceLock<Counter>; STATUSES.len() + 1],
}

impl Requests {
    pub(super) fn new(registry: &Registry) -> Self {
        Self {
            in_flight: registry.gauge("dropslip_requests_in_flight", Vec::new()),
            answers: std::array::from_fn(|_| std::array::from_fn(|_| OnceLock::new())),
            refusals: Code::ALL.iter().map(|_| OnceLock::new()).collect(),
        }
    }
}

/// A request under way. Dropped before its answer, it counts as one whose client has gone.
#[must_use]
#[derive(Debug)]
pub(crate) struct Measured {
    metrics: Metrics,
    route: usize,
    method: usize,
    began: Instant,
}

impl Metrics {
    /// Begins to measure a request.
    pub(crate) fn begin(&self, request: &Request) -> Measured {
        self.0.requests.in_flight.increment(1.0);
        Measured {
            metrics: self.clone(),
            route: number_of(request.uri().path()),
            method: method_of(request.method()),
            began: Instant::now(),
        }
    }
}

impl Measured {
    /// Counts the answer.
    pub(crate) fn answered(&self, answer: &Response) {
        let shared = &*self.metrics.0;
        let answers = shared.requests.answers[self.route][self.method]
            .get_or_init(|| self.answers(&shared.registry));
        answers.seconds.record(self.began.elapsed().as_secs_f64());
        shared.registry.gathered();
        self.count(answers, answer.status());
        if let Some(code) = answer.extensions().get::<Code>() {
            let refusals = &shared.requests.refusals[*code as usize];
            let code = || vec![Label::from_static_parts("code", code.as_str())];
            refusals
                .get_or_init(|| shared.registry.counter("dropslip_refusals_total", code()))
                .increment(1);
        }
    }

    fn count(&self, answers: &Answers, status: StatusCode) {
        let status = status.as_u16();
        let known = STATUSES.iter().position(|known| *known == status);
        let at = known.unwrap_or(STATUSES.len());
        let count = answers.counts[at].get_or_init(|| {
            let text = known.map_or_else(|| OTHER.to_owned(), |_| status.to_string());
            let mut labels = self.labels();
            labels.push(Label::new("status", text));
            let registry = &self.metrics.0.registry;
            registry.counter("dropslip_requests_total", labels)
        });
        count.increment(1);
    }

    fn answers(&self, registry: &Registry) -> Answers {
        Answers {
            seconds: registry.histogram("dropslip_request_duration_seconds", self.labels()),
            counts: std::array::from_fn(|_| OnceLock::new()),
        }
    }

    fn labels(&self) -> Vec<Label> {
        vec![
            Label::from_static_parts("route", ROUTES[self.route]),
            Label::from_static_parts("method", METHODS[self.method]),
        ]
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        self.metrics.0.requests.in_flight.decrement(1.0);
    }
}

/// The route of a path as the router writes it, or `other`: a word of ours, whatever was asked.
pub fn route_of(path: &str) -> &'static str {
    ROUTES[number_of(path)]
}

/// The route of a path. It is found again here because the router would have to note it for each request.
fn number_of(path: &str) -> usize {
    // The token of `/t/{token}/…` goes before any route.
    let behind = path
        .strip_prefix("/t/")
        .and_then(|rest| rest.find('/').map(|at| &rest[at..]));
    let path = behind.unwrap_or(path);
    let found = ROUTES.iter().position(|route| is_of(route, path));
    found.unwrap_or(ROUTES.len() - 1)
}

fn is_of(route: &str, path: &str) -> bool {
    if route == path {
        return true;
    }
    let mut pieces = path.split('/');
    let fits = route.split('/').all(|part| {
        let piece = pieces.next();
        match part.starts_with('{') {
            true => piece.is_some_and(|piece| !piece.is_empty()),
            false => piece == Some(part),
        }
    });
    fits && pieces.next().is_none()
}

fn method_of(method: &Method) -> usize {
    let known = METHODS.iter().position(|known| *known == method.as_str());
    known.unwrap_or(METHODS.len() - 1)
}
