//! `dropslip.toml` as it is written: read, not yet judged.
//!
//! This folder knows names and shapes, [`crate::settings`] what they mean. Unknown names are refused, since a mistyped
//! limit that is silently ignored is a limit that is not there. Errors name line, column and field, and never show the
//! line itself: it may hold a secret.

mod auth;
mod error;
mod expand;
mod nearest;
mod values;

use serde::Deserialize;

pub(crate) use auth::{
    ApiKeyConfig, AuthConfig, Expected, ForwardConfig, JwtConfig, LimitsConfig, QuotasConfig,
};
pub use error::{ConfigError, ConfigErrorKind};
pub use expand::Elsewhere;
pub(crate) use values::{Named, Size};

use crate::secret::{Secret, StorageKeys};
use crate::webhooks::WebhookConfig;

/// The configuration of `dropslip dev`: the three presets of the start page, on the embedded store.
pub const DEV_TOML: &str = include_str!("../dev.toml");

/// A configuration file's content.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The only storage, or the one that presets take when they name none.
    pub(crate) storage: Option<StorageConfig>,
    /// Further ones, which presets name.
    #[serde(default)]
    pub(crate) storages: Named<StorageConfig>,
    #[serde(default)]
    pub(crate) service: ServiceConfig,
    #[serde(default)]
    pub(crate) auth: AuthConfig,
    #[serde(default)]
    pub(crate) cors: CorsConfig,
    #[serde(default)]
    pub(crate) limits: LimitsConfig,
    #[serde(default)]
    pub(crate) metrics: MetricsConfig,
    #[serde(default)]
    pub(crate) quotas: QuotasConfig,
    #[serde(default)]
    pub(crate) sweep: SweepConfig,
    #[serde(default)]
    pub(crate) uppy: UppyConfig,
    #[serde(default)]
    pub(crate) database: DatabaseConfig,
    #[serde(default)]
    pub(crate) webhooks: Vec<WebhookConfig>,
    pub(crate) presets: Named<PresetConfig>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SweepConfig {
    /// How often a running service sweeps: a duration, or `never`.
    pub(crate) every: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StorageConfig {
    pub(crate) endpoint: String,
    pub(crate) public_endpoint: Option<String>,
    pub(crate) region: String,
    #[serde(default)]
    pub(crate) addressing: AddressingConfig,
    pub(crate) access_key: Option<String>,
    pub(crate) secret_key: Option<Secret>,
    pub(crate) session_token: Option<Secret>,
    pub(crate) profile: Option<String>,
    #[serde(default)]
    pub(crate) can: CanConfig,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum AddressingConfig {
    #[default]
    Path,
    #[serde(alias = "virtual-host")]
    VirtualHost,
}

/// What a storage takes, where it differs from its profile.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CanConfig {
    pub(crate) post: Option<bool>,
    pub(crate) acl: Option<bool>,
    pub(crate) single_use_put: Option<bool>,
    pub(crate) single_use_complete: Option<bool>,
    pub(crate) signed_length: Option<bool>,
    pub(crate) checksums: Option<Vec<String>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ServiceConfig {
    pub(crate) secret: Option<Secret>,
    /// Who may send events of the storage.
    pub(crate) events_token: Option<Secret>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CorsConfig {
    #[serde(default)]
    pub(crate) allowed_origins: Vec<String>,
    #[serde(default)]
    pub(crate) allow_credentials: bool,
}

/// Who may read `/metrics`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MetricsConfig {
    pub(crate) token: Option<Secret>,
}

/// What Uppy may use.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct UppyConfig {
    /// Whether `/s3/…` and `/sign` are there.
    pub(crate) enabled: Option<bool>,
    /// The preset of uploads that name none.
    pub(crate) preset: Option<String>,
    /// The presets that uploads may name.
    pub(crate) presets: Option<Vec<String>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DatabaseConfig {
    /// It may hold a password.
    pub(crate) url: Option<Secret>,
}

/// What every preset must say is optional here, so that its absence can be told with the preset's name.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PresetConfig {
    pub(crate) storage: Option<String>,
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) accept: Option<Vec<String>>,
    pub(crate) max_size: Option<Size>,
    pub(crate) min_size: Option<Size>,
    pub(crate) expires: Option<String>,
    pub(crate) acl: Option<String>,
    pub(crate) cache_control: Option<String>,
    pub(crate) content_disposition: Option<String>,
    #[serde(default)]
    pub(crate) mode: ModeConfig,
    pub(crate) multipart_above: Option<Size>,
    pub(crate) part_size: Option<Size>,
    #[serde(default)]
    pub(crate) single_use: bool,
    pub(crate) checksum: Option<String>,
    #[serde(default)]
    pub(crate) verify: bool,
    #[serde(default)]
    pub(crate) metadata: Vec<String>,
    #[serde(default)]
    pub(crate) unfinished: Unfinished,
}

/// How the bytes travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ModeConfig {
    #[default]
    Put,
    Post,
    Multipart,
    Auto,
}

/// What becomes of a file that arrived and was never completed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Unfinished {
    /// It is checked and completed.
    #[default]
    Complete,
    /// It is removed when its upload can no longer be completed.
    Remove,
    /// It stays as it is.
    Keep,
}

impl Config {
    /// Reads the text of a `dropslip.toml`.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| ConfigError {
            kind: ConfigErrorKind::Syntax,
            place: error
                .span()
                .map(|span| line_and_column(text, span.start))
                .unwrap_or_default(),
            message: nearest::with_nearest(error.message()),
        })
    }

    /// The same, where `{ env = "NAME" }` and `{ file = "path" }` may stand in place of any text. `read` gives what
    /// stands there, or says why not.
    pub fn parse_with(
        text: &str,
        read: impl FnMut(Elsewhere<'_>) -> Result<String, String>,
    ) -> Result<Self, ConfigError> {
        Self::parse(&expand::expand(text, read)?)
    }

    /// Whether a storage of the file leaves its keys to the caller.
    pub fn leaves_keys_out(&self) -> bool {
        let named = self.storages.0.iter().map(|(_, storage)| storage);
        self.storage.iter().chain(named).any(|storage| {
            storage.access_key.is_none()
                && storage.secret_key.is_none()
                && storage.session_token.is_none()
        })
    }

    /// The same with another database, whatever the file says.
    #[must_use]
    pub fn with_database(mut self, url: impl Into<Secret>) -> Self {
        self.database.url = Some(url.into());
        self
    }

    /// The configuration of `dropslip dev`: [`DEV_TOML`] with the addresses and keys of the store that was started.
    ///
    /// `endpoint` is where this process reaches the store, `public_endpoint` where a browser does.
    pub fn dev(endpoint: &str, public_endpoint: &str, keys: StorageKeys) -> Self {
        let mut config =
            Self::parse(DEV_TOML).expect("the embedded configuration is read by a test");
        let storage = config
            .storage
            .as_mut()
            .expect("the embedded configuration has a storage");
        endpoint.clone_into(&mut storage.endpoint);
        storage.public_endpoint = Some(public_endpoint.to_owned());
        storage.access_key = Some(keys.access_key);
        storage.secret_key = Some(keys.secret_key);
        storage.session_token = keys.session_token;
        config
    }
}

impl Config {
    /// The same with a token for who sends events of the storage.
    #[must_use]
    pub fn with_events_token(mut self, token: Secret) -> Self {
        self.service.events_token = Some(token);
        self
    }
}

/// Both counted from 1, columns in characters, as editors show them.
fn line_and_column(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    format!("line {line}, column {column}: ")
}
