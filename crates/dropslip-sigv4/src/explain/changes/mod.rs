//! The changes worth trying: what really happens to requests between signing and arrival.
//!
//! One file for each part of a request. Order matters: the first change that
//! reproduces the signature gives the cause its name, so the plain ones come first.

mod content_type;
mod header;
mod host;
mod method;
mod path;
mod query;
mod query_text;
mod secret;

use super::Known;
use super::pieces::{Change, Pieces};
use crate::limits::EXPLAIN_TRIALS_MAX;
use crate::refusal::Mismatch;
use crate::request::Request;

pub(super) use header::{cause_of, is_checksum_of_empty, lengths};
pub(super) use query::is_tracking;
pub(super) use secret::changes as secrets;

/// What the changes are made from.
#[derive(Clone, Copy)]
pub(super) struct Arrived<'a> {
    pub(super) request: &'a Request<'a>,
    pub(super) pieces: &'a Pieces,
    pub(super) known: &'a Known<'a>,
    pub(super) mismatch: &'a Mismatch,
}

impl Arrived<'_> {
    /// A header as it arrived, signed or not, as text.
    fn header_text(&self, name: &str) -> Option<String> {
        let value = self.request.header_values(name).next()?;
        Some(String::from_utf8_lossy(value.trim_ascii()).into_owned())
    }

    /// Whether a signed header did not arrive.
    fn is_absent(&self, name: &str) -> bool {
        self.mismatch
            .absent_headers
            .iter()
            .any(|absent| absent == name)
    }
}

/// Changes, up to a number and a size: what arrives may have a hundred headers.
pub(super) struct Changes {
    list: Vec<Change>,
    /// Those that they may still have.
    bytes: usize,
}

impl Changes {
    fn push(&mut self, change: Change) {
        let bytes: usize = change.edits.iter().map(|(_, to)| to.len()).sum();
        if self.list.len() < EXPLAIN_TRIALS_MAX && bytes <= self.bytes {
            self.bytes -= bytes;
            self.list.push(change);
        }
    }
}

/// Every change of the request itself, each part's most likely ones first.
/// All together have at most so many bytes.
pub(super) fn of_request(arrived: &Arrived<'_>, bytes: usize) -> Vec<Change> {
    let mut changes = Changes {
        list: Vec::with_capacity(512),
        bytes,
    };
    method::add(&mut changes, arrived);
    header::add(&mut changes, arrived);
    host::add(&mut changes, arrived);
    query::add(&mut changes, arrived);
    path::add(&mut changes, arrived);
    header::add_payloads(&mut changes, arrived);
    changes.list
}
