//! Why a configuration is refused: which field, and what is wrong with it, never what stands in it if that is secret.

use std::fmt;

/// Why a configuration is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigError {
    pub(super) kind: ConfigErrorKind,
    pub(super) place: String,
    pub(super) message: String,
}

/// Which part of a configuration is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigErrorKind {
    /// Not TOML, an unknown name, or a value of the wrong type.
    Syntax,
    /// A storage: address, region, credentials, profile.
    Storage,
    /// A storage's keys are not there.
    Credentials,
    /// Who may call.
    Auth,
    /// The origins of other pages.
    Cors,
    /// A preset.
    Preset,
    /// The service itself: its secret, database, limits, webhooks and the like.
    Service,
}

impl ConfigError {
    /// Which part is wrong.
    pub fn kind(&self) -> ConfigErrorKind {
        self.kind
    }

    /// An error at a field, by its whole name such as `webhooks.url`.
    pub(crate) fn at(kind: ConfigErrorKind, field: &str, message: impl Into<String>) -> Self {
        Self {
            kind,
            place: format!("`{field}` "),
            message: message.into(),
        }
    }

    /// `table` is `storage`, or `storages.NAME`.
    pub(crate) fn storage(table: &str, field: &str, message: impl Into<String>) -> Self {
        Self::at(
            ConfigErrorKind::Storage,
            &format!("{table}.{field}"),
            message,
        )
    }

    pub(crate) fn no_credentials(table: &str) -> Self {
        let message = "is missing, with `secretKey`, and no credentials were given otherwise";
        Self::at(
            ConfigErrorKind::Credentials,
            &format!("{table}.accessKey"),
            message,
        )
    }

    pub(crate) fn cors(message: impl Into<String>) -> Self {
        Self::at(ConfigErrorKind::Cors, "cors.allowedOrigins", message)
    }

    pub(crate) fn service(field: &str, message: impl Into<String>) -> Self {
        Self::at(ConfigErrorKind::Service, field, message)
    }

    pub(crate) fn presets(message: impl Into<String>) -> Self {
        Self::at(ConfigErrorKind::Preset, "presets", message)
    }

    pub(crate) fn preset(preset: &str, field: &str, message: impl Into<String>) -> Self {
        let field = format!("presets.{}.{field}", preset.escape_debug());
        Self::at(ConfigErrorKind::Preset, &field, message)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.place, self.message)
    }
}

impl std::error::Error for ConfigError {}
