//! The tests of the crate, in one binary.
//!
//! `support` turns raw texts into requests. `suite`, `s3_examples` and `botocore`
//! hold golden data stage by stage; `refusals`, `signing`, `post` and `limits` are small
//! cases for all that can be wrong; `properties` generates the rest.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod agreement;
mod botocore;
mod chunked;
mod corpus;
mod encoding;
mod explain;
mod explain_edges;
mod hostile;
mod limits;
mod odd;
mod post;
mod properties;
mod refusals;
mod s3_examples;
mod secrets;
mod signing;
mod suite;
mod support;
mod time;
mod urls;
mod v2;
