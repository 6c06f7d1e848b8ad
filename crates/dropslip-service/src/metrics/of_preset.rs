//! Uploads by preset. The handles of a preset are made when its first upload is counted.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use metrics::{Counter, Label};

use super::{Bytes, Metrics};

/// Most presets that have a name of their own here. Each configuration has some; after a thousand changes of names
/// the rest counts as `other`.
const PRESETS_MAX: usize = 1000;

const OTHER: &str = "other";

/// Ways of the bytes, in which an upload is issued.
const MODES: [&str; 3] = ["put", "post", "multipart"];

#[derive(Default)]
pub(super) struct OfPresets(RwLock<HashMap<String, Arc<OfPreset>>>);

#[derive(Default)]
struct OfPreset {
    issued: [OnceLock<Counter>; MODES.len()],
    completed: OnceLock<Counter>,
}

impl Metrics {
    /// Counts an issued upload. A mode is `put`, `post` or `multipart`.
    pub(crate) fn issued(&self, preset: &str, mode: &str, size_bytes: u64) {
        self.bytes(Bytes::Announced, size_bytes);
        let Some(at) = MODES.iter().position(|known| *known == mode) else {
            return;
        };
        let count = |name: &str, of: &OfPreset| {
            let labels = || {
                let mode = Label::from_static_parts("mode", MODES[at]);
                vec![Label::new("preset", name.to_owned()), mode]
            };
            let registry = &self.0.registry;
            let count =
                of.issued[at].get_or_init(|| registry.counter("dropslip_issued_total", labels()));
            count.increment(1);
        };
        self.of_preset(preset, count);
    }

    /// Counts a completed upload.
    pub(crate) fn completed(&self, preset: &str, size_bytes: u64) {
        self.bytes(Bytes::Completed, size_bytes);
        let count = |name: &str, of: &OfPreset| {
            let labels = || vec![Label::new("preset", name.to_owned())];
            let registry = &self.0.registry;
            let count = of
                .completed
                .get_or_init(|| registry.counter("dropslip_completed_total", labels()));
            count.increment(1);
        };
        self.of_preset(preset, count);
    }

    fn of_preset(&self, preset: &str, count: impl Fn(&str, &OfPreset)) {
        let known = self.0.presets.0.read();
        let known = known.unwrap_or_else(PoisonError::into_inner);
        if let Some(of) = known.get(preset) {
            return count(preset, of);
        }
        drop(known);
        let known = self.0.presets.0.write();
        let mut known = known.unwrap_or_else(PoisonError::into_inner);
        let name = if known.len() < PRESETS_MAX {
            preset
        } else {
            OTHER
        };
        count(name, known.entry(name.to_owned()).or_default());
    }
}
