//! A profile from a file: what `dropslip doctor` found at one storage, instead of what is known of its kind.
//!
//! `profile = { file = "storage.profile.toml" }` puts the text of the file where otherwise a name stands. No name has
//! a `=`, a `#` or a second line, so one cannot be taken for the other.

use serde::Deserialize;

use super::Profile;
use crate::config::{CanConfig, toml_of};

/// What such a file says. All but `base` and `name` stand in `storage.can` too, and mean the same.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Made {
    /// What messages call the storage.
    name: Option<String>,
    /// The profile that holds where the file says nothing.
    base: Option<String>,
    post: Option<bool>,
    acl: Option<bool>,
    single_use_put: Option<bool>,
    single_use_complete: Option<bool>,
    signed_length: Option<bool>,
    checksums: Option<Vec<String>>,
    part_checksums: Option<bool>,
    equal_parts: Option<bool>,
}

impl Made {
    /// Whether a text is such a file, and no name.
    pub(super) fn is_in(text: &str) -> bool {
        text.contains(['=', '#', '\n'])
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        toml_of(text).map_err(|error| format!("has in its file, {error}"))
    }

    pub(super) fn profile(self) -> Result<Profile, String> {
        let base = self.base.as_deref().unwrap_or("generic");
        let mut base =
            Profile::named(base).map_err(|e| format!("has in its file `base`, which {e}"))?;
        base.name = self.name.unwrap_or(base.name);
        let can = CanConfig {
            post: self.post,
            acl: self.acl,
            single_use_put: self.single_use_put,
            single_use_complete: self.single_use_complete,
            signed_length: self.signed_length,
            checksums: self.checksums,
            part_checksums: self.part_checksums,
            equal_parts: self.equal_parts,
        };
        base.with(&can)
            .map_err(|e| format!("has in its file `checksums`, of which one {e}"))
    }
}
