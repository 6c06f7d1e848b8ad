//! Two canonical requests side by side: the sender's and the storage's own reading.

use super::advice;
use super::changes::cause_of;
use super::explanation::{Cause, Finding};
use super::pieces::{Change, Pieces, Slot};

/// What differs between what was signed and what arrived, part by part.
pub(super) fn findings(signed: &Pieces, arrived: &Pieces) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut differ = |cause, part: &str, signed: Option<&[u8]>, arrived: Option<&[u8]>| {
        if signed != arrived {
            let change = Change::new(cause, part, Slot::Method, Vec::new()).saying(signed, arrived);
            found.push(advice::of_change(&change));
        }
    };
    differ(
        Cause::Method,
        "method",
        Some(&signed.method),
        Some(&arrived.method),
    );
    differ(
        Cause::PathRewritten,
        "path",
        Some(&signed.path),
        Some(&arrived.path),
    );
    for (name, value) in &signed.headers {
        differ(cause_of(name), name, Some(value), arrived.header(name));
    }
    for (name, value) in &arrived.headers {
        if signed.header(name).is_none() {
            differ(cause_of(name), name, None, Some(value));
        }
    }
    if signed.header("x-amz-content-sha256").is_none() {
        let part = "x-amz-content-sha256";
        differ(
            Cause::PayloadHash,
            part,
            Some(&signed.payload),
            Some(&arrived.payload),
        );
    }
    parameters(signed, arrived, &mut found);
    found
}

fn parameters(signed: &Pieces, arrived: &Pieces, found: &mut Vec<Finding>) {
    let (was, is) = (signed.parameters(), arrived.parameters());
    let mut push = |cause, name: &[u8], signed: Option<&[u8]>, arrived: Option<&[u8]>| {
        let name = String::from_utf8_lossy(&crate::encode::decode(name)).into_owned();
        let change = Change::new(cause, name, Slot::Query, Vec::new()).saying(signed, arrived);
        found.push(advice::of_change(&change));
    };
    for (name, value) in &was {
        match is.iter().find(|(other, _)| other == name) {
            None => push(Cause::QueryMissing, name, Some(value), None),
            Some((_, other)) if other != value => {
                push(Cause::QueryChanged, name, Some(value), Some(other));
            }
            Some(_) => {}
        }
    }
    for (name, value) in &is {
        if !was.iter().any(|(other, _)| other == name) {
            push(Cause::QueryAdded, name, None, Some(value));
        }
    }
}
