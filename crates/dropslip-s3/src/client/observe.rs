//! Who is told of each call: how long it took, and how it ended.
//!
//! A try is a call: one that is repeated is told of twice. What the request was about is not told.

use std::fmt;
use std::time::Duration;

use super::ClientError;

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With an answer, of whatever status below 500: also that something is not there.
    Answered,
    /// The storage failed, or was too busy: a status from 500 on, or 429.
    Failed,
    /// Without an answer.
    Unreachable,
}

/// Somebody who is told of calls.
pub trait Observe: fmt::Debug + Send + Sync {
    /// A call by this method got the head of its answer, or none, after so long.
    fn called(&self, method: &'static str, took: Duration, outcome: Outcome);
}

impl Outcome {
    pub(super) fn of(answer: Result<&reqwest::Response, &ClientError>) -> Self {
        match answer.map(|answer| answer.status().as_u16()) {
            Ok(429 | 500..) => Self::Failed,
            Ok(_) => Self::Answered,
            Err(_) => Self::Unreachable,
        }
    }
}
