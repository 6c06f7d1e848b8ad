//! `[auth]`, `[limits]` and `[quotas]` as they are written.

use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};

use super::schema::ApiKeySchema;
use super::{Named, Size};
use crate::secret::Secret;

/// Who may call. Without anything here, this machine alone.
#[derive(Clone, Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AuthConfig {
    /// Keys of back ends, each a text, or a table with `name`, `key` or `sha256`, and `presets`.
    #[serde(default, deserialize_with = "api_keys")]
    #[schemars(with = "Vec<ApiKeySchema>")]
    pub(crate) api_keys: Vec<ApiKeyConfig>,
    /// Tokens of an identity provider.
    pub(crate) jwt: Option<JwtConfig>,
    /// An application that decides.
    pub(crate) forward: Option<ForwardConfig>,
}

/// A key of a back end.
#[derive(Clone, Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ApiKeyConfig {
    /// What the log calls it.
    pub(crate) name: Option<String>,
    /// The key, 16 to 512 visible characters.
    pub(crate) key: Option<Secret>,
    /// Instead: the SHA-256 of the key, in hex.
    pub(crate) sha256: Option<Secret>,
    /// The presets that it may use. Default: all.
    pub(crate) presets: Option<Vec<String>>,
}

/// Tokens of an identity provider. One of `jwksUrl`, `publicKey`, `jwks` and `secret` is there.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct JwtConfig {
    /// Of `HS256`, `RS256`, `ES256` and `EdDSA`. Default: those that the keys are for.
    pub(crate) algorithms: Option<Vec<String>>,
    /// What both sides know, at least 32 characters, for HS256.
    pub(crate) secret: Option<Secret>,
    /// One key in PEM.
    pub(crate) public_key: Option<Secret>,
    /// A key set, as text.
    pub(crate) jwks: Option<Secret>,
    /// Where the key set is fetched.
    pub(crate) jwks_url: Option<String>,
    /// What `iss` must be: a text, a list of which one must fit, or `false` for tokens that have none.
    pub(crate) issuer: Option<Expected>,
    /// What `aud` must be, in the same way.
    pub(crate) audience: Option<Expected>,
    /// By how much clocks may differ. Default `30s`.
    pub(crate) leeway: Option<String>,
    /// The claim that says who the user is. Default `sub`.
    pub(crate) subject_claim: Option<String>,
    /// The claim with the presets that the user may use.
    pub(crate) presets_claim: Option<String>,
    /// The claim with a largest size.
    pub(crate) max_size_claim: Option<String>,
    /// The claim with accepted types.
    pub(crate) accept_claim: Option<String>,
    /// Names in key templates, and the claims that fill them.
    #[serde(default)]
    pub(crate) key_parts: Named<String>,
}

/// What a claim must be: one text, one of several, or, when it is said, anything.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
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
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ForwardConfig {
    /// Where it is asked, by POST.
    pub(crate) url: String,
    /// Headers of the caller that it gets. Default `["cookie", "authorization"]`.
    pub(crate) headers: Option<Vec<String>>,
    /// How long it may take. Default `2s`.
    pub(crate) timeout: Option<String>,
    /// Names in key templates that its answers fill.
    #[serde(default)]
    pub(crate) key_parts: Vec<String>,
}

/// How often one may call.
#[derive(Clone, Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LimitsConfig {
    /// From one address, such as `60/1m`. Default: without limit.
    pub(crate) per_address: Option<String>,
    /// For one subject, in the same way. Default: without limit.
    pub(crate) per_subject: Option<String>,
    /// How many at once. Default: as many as the limit names.
    pub(crate) burst: Option<u32>,
    /// Networks of proxies whose `x-forwarded-for` counts. Default: none.
    #[serde(default)]
    pub(crate) trusted_proxies: Vec<String>,
}

/// How much a subject may upload on a day, in UTC.
#[derive(Clone, Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct QuotasConfig {
    /// Bytes. Default: without limit.
    pub(crate) bytes_per_day: Option<Size>,
    /// Files. Default: without limit.
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
