//! The method: a link for `GET` asked for its `HEAD`, a `PUT` sent as a `POST`.

use super::{Arrived, Changes};
use crate::explain::explanation::Cause;
use crate::explain::pieces::{Change, Slot};

const METHODS: [&str; 6] = ["PUT", "GET", "POST", "HEAD", "DELETE", "PATCH"];

pub(super) fn add(changes: &mut Changes, arrived: &Arrived<'_>) {
    let now = arrived.pieces.method.as_slice();
    for method in METHODS.iter().filter(|method| method.as_bytes() != now) {
        let method = method.as_bytes();
        changes.push(
            Change::new(Cause::Method, "method", Slot::Method, method.to_vec())
                .saying(Some(method), Some(now))
                .frequent(true),
        );
    }
    // `fetch` leaves the case of methods it does not know; signers do too.
    let upper = now.to_ascii_uppercase();
    let lower = now.to_ascii_lowercase();
    for other in [upper, lower] {
        if other != now && !METHODS.iter().any(|method| method.as_bytes() == other) {
            let change = Change::new(Cause::Method, "method", Slot::Method, other.clone());
            changes.push(change.saying(Some(&other), Some(now)));
        }
    }
}
