//! A refusal in the words that Uppy looks for.
//!
//! Version 5 shows a `message` to the user, Companion answers an `error`, and version 6 shows neither. So the problem
//! details carry both, besides their own fields.

use axum::response::{IntoResponse, Response};

use crate::problem::Problem;

/// A problem on its way to Uppy. Every handler of this folder fails with it.
pub(crate) struct Refused(Problem);

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        self.0.with_message().into_response()
    }
}
