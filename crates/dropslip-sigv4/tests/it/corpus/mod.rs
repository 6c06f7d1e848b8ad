//! Requests of real signers, broken as people break them: `explain` must name each
//! cause, and must not name one where nobody could know it.
//!
//! The data is in `tests/corpus/`, one file for each family; the repository's
//! `tests/corpus/README.md` says how it is made.

mod case;
mod check;
mod mutations;

use std::fmt::Write as _;

use case::{Case, corpus};

/// Fewer than these, and the corpus has lost something.
const BROKEN_MIN: usize = 280;
const UNKNOWN_MIN: usize = 15;
const RIGHT_MIN: usize = 15;
const PAIRS_MIN: usize = 8;

#[test]
fn each_cause_is_named_and_none_wrongly() {
    let cases = corpus();
    let count = |of: fn(&Case) -> bool| cases.iter().filter(|case| of(case)).count();
    let broken = count(|case| !case.expect.is_null());
    assert!(broken >= BROKEN_MIN, "{broken} broken requests");
    let unknown = count(|case| case.expect["certainty"] == "unknown");
    assert!(unknown >= UNKNOWN_MIN, "{unknown} that nobody can know");
    let right = count(|case| case.expect.is_null());
    assert!(right >= RIGHT_MIN, "{right} right requests");
    let pairs = count(|case| case.expect.get("causes").is_some());
    assert!(pairs >= PAIRS_MIN, "{pairs} pairs");

    let mut report = String::new();
    let mut failed = 0;
    for case in &cases {
        let complaints = case.complaints();
        failed += usize::from(!complaints.is_empty());
        for (at, complaint) in complaints.iter().enumerate() {
            let name = if at == 0 { case.name.as_str() } else { "" };
            writeln!(report, "{name:48} {complaint}").unwrap();
        }
    }
    assert!(failed == 0, "{failed} of {}:\n{report}", cases.len());
}
