//! What a sweep did, in numbers.

use std::fmt;

use serde::Serialize;

/// What was found of one preset and what became of it; in a dry run what would have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Swept {
    /// The preset.
    pub preset: String,
    /// Objects behind the prefix of its keys.
    pub objects: u64,
    /// Of those, the ones that it did not make.
    pub foreign: u64,
    /// Those that may still be completed by their clients.
    pub young: u64,
    /// Those of a time of which the database does not know enough.
    pub too_old: u64,
    /// Those that were completed before.
    pub completed_before: u64,
    /// Those that were completed now.
    pub completed: u64,
    /// Those that were checked now, and deleted for not being what the preset takes.
    pub refused: u64,
    /// Those that were deleted because nobody completed them, or that came after their upload was taken back.
    pub removed: u64,
    /// Those that nobody completed and the preset keeps.
    pub left: u64,
    /// Uploads in parts that were under way behind the prefix.
    pub uploads: u64,
    /// Of those, the ones that were given up and are aborted.
    pub aborted: u64,
    /// What failed, and will be tried again by the next sweep.
    pub failed: u64,
    /// How the first one failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// What was not done, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
}

impl Swept {
    pub(super) fn new(preset: &str) -> Self {
        Self {
            preset: preset.to_owned(),
            ..Self::default()
        }
    }

    pub(super) fn failed(&mut self, error: &dyn fmt::Display) {
        tracing::warn!(preset = %self.preset, %error, "a part of the sweep failed");
        self.failed += 1;
        self.failure.get_or_insert_with(|| error.to_string());
    }
}

/// Why a sweep cannot begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepFailure(String);

impl SweepFailure {
    pub(super) fn new(message: String) -> Self {
        Self(message)
    }
}

impl fmt::Display for SweepFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SweepFailure {}
