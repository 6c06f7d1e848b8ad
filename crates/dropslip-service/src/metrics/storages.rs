//! Calls to storages, as their clients tell of them.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use dropslip_s3::client::{Observe, Outcome};
use metrics::{Counter, Histogram, Label};

use super::Metrics;

const METHODS: [&str; 5] = ["HEAD", "GET", "PUT", "POST", "DELETE"];

const OUTCOMES: [(Outcome, &str); 3] = [
    (Outcome::Answered, "answered"),
    (Outcome::Failed, "failed"),
    (Outcome::Unreachable, "unreachable"),
];

/// What is counted of one storage.
pub(crate) struct OfStorage {
    metrics: Metrics,
    name: String,
    of_method: [OfMethod; METHODS.len()],
}

#[derive(Default)]
struct OfMethod {
    seconds: OnceLock<Histogram>,
    calls: [OnceLock<Counter>; OUTCOMES.len()],
}

impl fmt::Debug for OfStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OfStorage({})", self.name)
    }
}

impl Metrics {
    /// What a client of that storage tells of its calls.
    pub(crate) fn of_storage(&self, name: &str) -> OfStorage {
        OfStorage {
            metrics: self.clone(),
            name: name.to_owned(),
            of_method: Default::default(),
        }
    }
}

impl Observe for OfStorage {
    fn called(&self, method: &'static str, took: Duration, outcome: Outcome) {
        let Some(at) = METHODS.iter().position(|known| *known == method) else {
            return;
        };
        let of = &self.of_method[at];
        let registry = &self.metrics.0.registry;
        let labels = || {
            let method = Label::from_static_parts("method", METHODS[at]);
            vec![Label::new("storage", self.name.clone()), method]
        };
        of.seconds
            .get_or_init(|| registry.histogram("dropslip_storage_call_duration_seconds", labels()))
            .record(took.as_secs_f64());
        registry.gathered();
        let known = OUTCOMES.iter().zip(&of.calls);
        for ((_, text), calls) in known.filter(|((known, _), _)| *known == outcome) {
            let labels = || {
                let mut labels = labels();
                labels.push(Label::from_static_parts("outcome", text));
                labels
            };
            calls
                .get_or_init(|| registry.counter("dropslip_storage_calls_total", labels()))
                .increment(1);
        }
    }
}
