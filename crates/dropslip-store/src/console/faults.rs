//! The faults that are set. Without any, a request costs one atomic load.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::fault::{Effects, Fault, FaultList, Subject};

/// The faults of a store; the first that meets a request is carried out.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    are_set: AtomicBool,
    set: Mutex<Vec<Set>>,
}

/// A fault with what became of it.
#[derive(Debug)]
struct Set {
    fault: Fault,
    /// Requests of the kind that is meant.
    seen: u64,
    /// Requests that it met.
    met: u64,
}

impl Faults {
    /// Takes the place of all faults.
    pub(super) fn set(&self, list: FaultList) {
        let faults = list.faults.into_iter().map(|fault| Set {
            fault,
            seen: 0,
            met: 0,
        });
        let mut set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        *set = faults.collect();
        self.are_set.store(!set.is_empty(), Ordering::Release);
    }

    /// Whether there are faults at all.
    pub(super) fn are_set(&self) -> bool {
        self.are_set.load(Ordering::Acquire)
    }

    /// What is to be done to a request.
    pub(super) fn effects(&self, subject: &Subject<'_>) -> Option<Effects> {
        let mut set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        set.iter_mut().find_map(|set| set.effects(subject))
    }

    /// The faults, and what became of them.
    pub(super) fn show(&self) -> Value {
        let set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        let faults = set.iter().map(|set| {
            let mut shown = serde_json::to_value(&set.fault).unwrap_or_default();
            shown["seen"] = set.seen.into();
            shown["met"] = set.met.into();
            shown
        });
        json!({ "faults": faults.collect::<Vec<_>>() })
    }
}

impl Set {
    fn effects(&mut self, subject: &Subject<'_>) -> Option<Effects> {
        if !self.fault.means(subject) {
            return None;
        }
        let number = self.seen;
        self.seen += 1;
        let has_passed = number >= u64::from(self.fault.skip);
        let is_left = self
            .fault
            .times
            .is_none_or(|times| self.met < u64::from(times));
        if !has_passed || !is_left || !self.fault.hits(number) {
            return None;
        }
        self.met += 1;
        Some(self.fault.effects())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GET: Subject<'static> = Subject {
        method: "GET",
        operation: Some("GetObject"),
        bucket: Some("photos"),
        key: Some("a"),
    };

    fn faults(json: &str) -> Faults {
        let faults = Faults::default();
        faults.set(FaultList::read(json.as_bytes(), |_| true).unwrap());
        faults
    }

    fn statuses(faults: &Faults, count: usize) -> Vec<u16> {
        let status = |_| faults.effects(&GET)?.forced.map(|forced| forced.status);
        (0..count).map(|n| status(n).unwrap_or(0)).collect()
    }

    #[test]
    fn faults_are_used_up_in_turn() {
        let faults = faults(
            r#"{"faults":[{"status":503,"skip":1,"times":2},{"method":"PUT","status":404},{"status":500,"times":1}]}"#,
        );
        assert!(faults.are_set());
        assert_eq!(statuses(&faults, 5), [500, 503, 503, 0, 0]);
        let shown = faults.show();
        assert_eq!(shown["faults"][0]["seen"], 5);
        assert_eq!(shown["faults"][0]["met"], 2);
        assert_eq!(shown["faults"][1]["seen"], 0);
        assert_eq!(shown["faults"][2]["status"], 500);
    }

    #[test]
    fn none_are_set_until_some_are() {
        assert!(!Faults::default().are_set());
        assert!(!faults(r#"{"faults":[]}"#).are_set());
        assert_eq!(statuses(&Faults::default(), 1), [0]);
    }
}
