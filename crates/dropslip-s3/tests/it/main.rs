//! The tests of what needs more than its own file: policies against forms and vectors.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bucket_policy;
mod policy;
