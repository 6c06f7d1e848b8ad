//! A request as the console sees it pass: met by a fault, and noted.
//!
//! Where no fault is set and nobody looks, both are one atomic load each.

use std::time::Instant;

use axum::body::{Body, HttpBody as _};
use axum::http::{Response, header};
use dropslip_sigv4::Timestamp;

use super::Console;
use super::fault::Subject;
use super::plan::Plan;
use super::requests::Seen;
use crate::clock;
use crate::error::Error;
use crate::request::Head;
use crate::route::Operation;

/// One request on its way.
#[derive(Debug, Default)]
pub(crate) struct Visit {
    plan: Option<Box<Plan>>,
    seen: Option<Box<Seen>>,
}

impl Console {
    /// Begins to see a request.
    pub(crate) fn visit(&self, head: &Head, request_id: &str) -> Visit {
        let (faults_are_set, is_noted) = (self.faults.are_set(), self.requests.is_on());
        if !faults_are_set && !is_noted {
            return Visit::default();
        }
        let operation = Operation::of(head).ok().map(|named| format!("{named:?}"));
        let resource = &head.resource;
        let plan = faults_are_set.then(|| {
            let effects = self.faults.effects(&Subject {
                method: head.parts.method.as_str(),
                operation: operation.as_deref(),
                bucket: resource.bucket.as_deref(),
                key: resource.key.as_deref(),
            });
            effects.map(|effects| Box::new(Plan::new(effects, request_id)))
        });
        let plan = plan.flatten();
        let seen = is_noted.then(|| {
            Box::new(Seen {
                at_ms: clock::now_ms(),
                request_id: request_id.to_owned(),
                method: head.parts.method.as_str().to_owned(),
                operation,
                bucket: resource.bucket.clone(),
                key: resource.key.clone(),
                caller: None,
                bytes_in: bytes_in(head),
                bytes_out: None,
                status: 0,
                code: None,
                message: None,
                explanation: None,
                fault: plan.as_ref().map(|plan| plan.to_string()),
                took_ms: 0.0,
                begun: Instant::now(),
            })
        });
        Visit { plan, seen }
    }
}

/// The size of the object that comes, or of the body.
fn bytes_in(head: &Head) -> Option<u64> {
    let names = ["x-amz-decoded-content-length", "content-length"];
    let length = names.iter().find_map(|name| head.header(name))?;
    length.parse().ok()
}

/// The size of what is answered; to `HEAD`, of what would be.
fn bytes_out(response: &Response<Body>) -> Option<u64> {
    let length = response.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    length.or(response.body().size_hint().exact())
}

impl Visit {
    /// The body of the request, as it shall arrive.
    pub(crate) fn arriving(&self, body: Body) -> Body {
        match &self.plan {
            Some(plan) => plan.arriving(body),
            None => body,
        }
    }

    /// The answer that is given in place of doing what was asked.
    pub(crate) fn instead(&self, head: &Head) -> Option<Response<Body>> {
        self.plan.as_ref()?.instead(head.parts.uri.path())
    }

    /// Whether such an answer is given.
    pub(crate) fn is_answered_instead(&self) -> bool {
        self.plan.as_ref().is_some_and(|plan| plan.has_instead())
    }

    /// The moment at which a signature is checked.
    pub(crate) fn now(&self, head: &Head) -> Timestamp {
        match &self.plan {
            Some(plan) => plan.now(head, clock::now()),
            None => clock::now(),
        }
    }

    /// A signature of this key held.
    pub(crate) fn is_of(&mut self, access_key: &str) {
        if let Some(seen) = &mut self.seen {
            seen.caller = Some(access_key.to_owned());
        }
    }

    /// It is refused.
    pub(crate) fn refused(&mut self, error: &Error) {
        if let Some(seen) = &mut self.seen {
            seen.code = Some(error.code.as_str().to_owned());
            seen.message = Some(error.message.to_string());
            let explained = error.explained.as_ref();
            seen.explanation = explained.map(|explained| explained.explanation.to_string());
        }
    }

    /// Ends it: the answer, as it shall leave.
    pub(crate) async fn leaving(
        self,
        console: &Console,
        response: Response<Body>,
    ) -> Response<Body> {
        let (status, bytes_out) = (response.status().as_u16(), bytes_out(&response));
        let response = match &self.plan {
            Some(plan) => plan.leaving(response).await,
            None => response,
        };
        if let Some(mut seen) = self.seen {
            seen.status = status;
            seen.bytes_out = bytes_out;
            seen.took_ms = seen.begun.elapsed().as_secs_f64() * 1000.0;
            console.requests.note(*seen);
        }
        response
    }
}
