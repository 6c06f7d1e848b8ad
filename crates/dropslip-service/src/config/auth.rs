//! `[auth]`, `[limits]` and `[quotas]` as they are written.

use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{Named, Size};
use crate::secret::Secret;

/// Who may call.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AuthConfig {
    #[serde(default, deserialize_with = "api_keys")]
    pub(crate) api_keys: Vec<ApiKeyConfig>,
    pub(crate) jwt: Option<JwtConfig>,
    pub(crate) forward: Option<ForwardConfig>,
}

/// One API key: a text, or a table with the key or its hash.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ApiKeyConfig {
    pub(crate) name: Option<String>,
    pub(crate) key: Option<Secret>,
    pub(crate) sha256: Option<Secret>,
    pub(crate) presets: Option<Vec<String>>,
}

/// Tokens.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct JwtConfig {
    pub(crate) algorithms: Option<Vec<String>>,
    pub(crate) secret: Option<Secret>,
    pub(crate) public_key: Option<Secret>,
    pub(crate) jwks: Option<Secret>,
    pub(crate) jwks_url: Option<String>,
    pub(crate) issuer: Option<Expected>,
    pub(crate) audience: Option<Expected>,
    pub(crate) leeway: Option<String>,
    pub(crate) subject_claim: Option<String>,
    pub(crate) presets_claim: Option<String>,
    pub(crate) max_size_claim: Option<String>,
    pub(crate) accept_claim: Option<String>,
    #[serde(default)]
    pub(crate) key_parts: Named<String>,
}

/// What a claim must be: one text, one of several, or, when it is said, anything.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a string, a list of strings, or `false`"
)]
pub(crate) enum Expected {
    Unchecked(bool),
    One(String),
    Many(Vec<String>),
}

/// An application that decides.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ForwardConfig {
    pub(crate) url: String,
    pub(crate) headers: Option<Vec<String>>,
    pub(crate) timeout: Option<String>,
    /// Names in key templates that its answers fill.
    #[serde(default)]
    pub(crate) key_parts: Vec<String>,
}

/// How often one may call.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LimitsConfig {
    pub(crate) per_address: Option<String>,
    pub(crate) per_subject: Option<String>,
    pub(crate) burst: Option<u32>,
    #[serde(default)]
    pub(crate) trusted_proxies: Vec<String>,
}

/// How much a subject may upload on a day.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct QuotasConfig {
    pub(crate) bytes_per_day: Option<Size>,
    pub(crate) files_per_day: Option<u64>,
}

const NOT_A_LIST: &str = "must be a list of strings, such as [\"…\"]";
const NOT_A_KEY: &str = "an API key must be a string, or a table with `name` and `key` or `sha256`";

/// Reads the list; what stands there wrongly is refused without being repeated, since it may be a key.
fn api_keys<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ApiKeyConfig>, D::Error> {
    deserializer.deserialize_any(List)
}

struct List;

impl<'de> Visitor<'de> for List {
    type Value = Vec<ApiKeyConfig>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of API keys")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<ApiKeyConfig>, A::Error> {
        let mut keys = Vec::new();
        while let Some(Entry(key)) = seq.next_element()? {
            keys.push(key);
        }
        Ok(keys)
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Self::Value, E> {
        Err(E::custom(NOT_A_LIST))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Self::Value, E> {
        Err(E::custom(NOT_A_LIST))
    }
}

struct Entry(ApiKeyConfig);

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an API key")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Entry, E> {
        Ok(Entry(ApiKeyConfig {
            key: Some(Secret::new(text)),
            ..ApiKeyConfig::default()
        }))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
        ApiKeyConfig::deserialize(MapAccessDeserializer::new(map)).map(Entry)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Entry, E> {
        Err(E::custom(NOT_A_KEY))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Entry, E> {
        Err(E::custom(NOT_A_KEY))
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Entry, E> {
        Err(E::custom(NOT_A_KEY))
    }
}
