//! Which presets Uppy may use, checked at start.

use crate::config::{ConfigError, UppyConfig};
use crate::preset::Presets;

/// The section `[uppy]`, judged.
#[derive(Clone, Debug)]
pub(crate) struct UppySettings {
    /// Whether `/s3/…` and `/sign` are there.
    pub(crate) enabled: bool,
    /// The preset of uploads that name none.
    pub(crate) preset: Option<String>,
    /// The presets that uploads may name, besides that one; `None` is all.
    presets: Option<Vec<String>>,
}

impl UppySettings {
    pub(crate) fn check(config: UppyConfig, presets: &Presets) -> Result<Self, ConfigError> {
        let wrong = |field: &str, name: &str, reason: &str| {
            let message = format!("has `{}`, {reason}", name.escape_debug());
            Err(ConfigError::service(&format!("uppy.{field}"), message))
        };
        let named = config
            .presets
            .iter()
            .flatten()
            .map(|name| ("presets", name));
        for (field, name) in config
            .preset
            .iter()
            .map(|name| ("preset", name))
            .chain(named)
        {
            let Some(preset) = presets.find(name) else {
                return wrong(field, name, "and there is no such preset");
            };
            if preset.checksum.is_some() {
                let reason =
                    "which asks for `checksum`; Uppy computes none, so no upload could be issued";
                return wrong(field, name, reason);
            }
        }
        Ok(Self {
            enabled: config.enabled.unwrap_or(true),
            preset: config.preset,
            presets: config.presets,
        })
    }

    /// Whether uploads by Uppy may use the preset.
    pub(crate) fn allows(&self, name: &str) -> bool {
        match &self.presets {
            None => true,
            Some(presets) => {
                self.preset.as_deref() == Some(name) || presets.iter().any(|p| p == name)
            }
        }
    }
}
