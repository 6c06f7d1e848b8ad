//! `dropslip.toml` as it is written: read, not yet judged.
//!
//! This file knows names and shapes, [`crate::settings`] what they mean. Unknown names are refused, since a mistyped
//! limit that is silently ignored is a limit that is not there. Errors name line, column and field, and never show the
//! line itself: it may hold a secret.

use std::fmt;

use bytesize::ByteSize;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use crate::secret::{self, Secret, StorageKeys};

/// The configuration of `dropslip dev`: the three presets of the start page, on the embedded store.
pub const DEV_TOML: &str = include_str!("dev.toml");

/// A configuration file's content.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub(crate) storage: StorageConfig,
    #[serde(default)]
    pub(crate) auth: AuthConfig,
    #[serde(default)]
    pub(crate) cors: CorsConfig,
    pub(crate) presets: PresetsConfig,
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
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum AddressingConfig {
    #[default]
    Path,
    #[serde(alias = "virtual-host")]
    VirtualHost,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AuthConfig {
    #[serde(default, deserialize_with = "secret::list")]
    pub(crate) api_keys: Vec<Secret>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CorsConfig {
    #[serde(default)]
    pub(crate) allowed_origins: Vec<String>,
}

/// The presets in the order of the file, which is the order in which a page offers them.
#[derive(Clone, Debug)]
pub(crate) struct PresetsConfig(pub(crate) Vec<(String, PresetConfig)>);

/// What every preset must say is optional here, so that its absence can be told with the preset's name.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PresetConfig {
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) accept: Option<Vec<String>>,
    pub(crate) max_size: Option<Size>,
    pub(crate) min_size: Option<Size>,
    pub(crate) expires: Option<String>,
    pub(crate) acl: Option<String>,
    pub(crate) cache_control: Option<String>,
    pub(crate) content_disposition: Option<String>,
}

/// A number of bytes, or a text such as `20 MiB`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "SizeText")]
pub(crate) struct Size(pub(crate) u64);

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected a size such as `20 MiB`, or a number of bytes"
)]
enum SizeText {
    Bytes(u64),
    Text(String),
}

impl TryFrom<SizeText> for Size {
    type Error = String;

    fn try_from(text: SizeText) -> Result<Self, String> {
        match text {
            SizeText::Bytes(bytes) => Ok(Self(bytes)),
            SizeText::Text(text) => {
                let size: Result<ByteSize, _> = text.parse();
                size.map(|size| Self(size.as_u64()))
                    .map_err(|_| format!("`{}` is no size such as `20 MiB`", text.escape_debug()))
            }
        }
    }
}

impl<'de> Deserialize<'de> for PresetsConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Ordered;
        impl<'de> Visitor<'de> for Ordered {
            type Value = PresetsConfig;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of presets, such as [presets.photo]")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PresetsConfig, A::Error> {
                let mut presets = Vec::new();
                while let Some(preset) = map.next_entry()? {
                    presets.push(preset);
                }
                Ok(PresetsConfig(presets))
            }
        }
        deserializer.deserialize_map(Ordered)
    }
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
            message: error.message().trim().replace('\n', ", "),
        })
    }

    /// Whether the file leaves the storage's keys to the caller.
    pub fn leaves_keys_out(&self) -> bool {
        let storage = &self.storage;
        storage.access_key.is_none()
            && storage.secret_key.is_none()
            && storage.session_token.is_none()
    }

    /// The configuration of `dropslip dev`: [`DEV_TOML`] with the addresses and keys of the store that was started.
    ///
    /// `endpoint` is where this process reaches the store, `public_endpoint` where a browser does.
    pub fn dev(endpoint: &str, public_endpoint: &str, keys: StorageKeys) -> Self {
        let mut config =
            Self::parse(DEV_TOML).expect("the embedded configuration is read by a test");
        endpoint.clone_into(&mut config.storage.endpoint);
        config.storage.public_endpoint = Some(public_endpoint.to_owned());
        config.storage.access_key = Some(keys.access_key);
        config.storage.secret_key = Some(keys.secret_key);
        config.storage.session_token = keys.session_token;
        config
    }
}

/// Why a configuration is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigError {
    kind: ConfigErrorKind,
    place: String,
    message: String,
}

/// Which part of a configuration is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigErrorKind {
    /// Not TOML, an unknown name, or a value of the wrong type.
    Syntax,
    /// The storage: address, region, credentials.
    Storage,
    /// The storage's keys are not there.
    Credentials,
    /// The API keys.
    Auth,
    /// The origins of other pages.
    Cors,
    /// A preset.
    Preset,
}

impl ConfigError {
    /// Which part is wrong.
    pub fn kind(&self) -> ConfigErrorKind {
        self.kind
    }

    pub(crate) fn storage(field: &str, message: impl Into<String>) -> Self {
        Self {
            kind: ConfigErrorKind::Storage,
            place: format!("`storage.{field}` "),
            message: message.into(),
        }
    }

    pub(crate) fn no_credentials() -> Self {
        Self {
            kind: ConfigErrorKind::Credentials,
            place: "`storage.accessKey` ".to_owned(),
            message: "is missing, with `secretKey`, and no credentials were given otherwise"
                .to_owned(),
        }
    }

    pub(crate) fn auth(message: impl Into<String>) -> Self {
        Self {
            kind: ConfigErrorKind::Auth,
            place: "`auth.apiKeys` ".to_owned(),
            message: message.into(),
        }
    }

    pub(crate) fn cors(message: impl Into<String>) -> Self {
        Self {
            kind: ConfigErrorKind::Cors,
            place: "`cors.allowedOrigins` ".to_owned(),
            message: message.into(),
        }
    }

    pub(crate) fn presets(message: impl Into<String>) -> Self {
        Self {
            kind: ConfigErrorKind::Preset,
            place: "`presets` ".to_owned(),
            message: message.into(),
        }
    }

    pub(crate) fn preset(preset: &str, field: &str, message: impl Into<String>) -> Self {
        let place = format!("`presets.{}.{field}` ", preset.escape_debug());
        Self {
            kind: ConfigErrorKind::Preset,
            place,
            message: message.into(),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.place, self.message)
    }
}

impl std::error::Error for ConfigError {}

/// Both counted from 1, columns in characters, as editors show them.
fn line_and_column(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    format!("line {line}, column {column}: ")
}
