//! `dropslip.toml` as it is written: read, not yet judged.
//!
//! This folder knows names and shapes, [`crate::settings`] what they mean. Unknown names are refused, since a mistyped
//! limit that is silently ignored is a limit that is not there. Errors name line, column and field, and never show the
//! line itself: it may hold a secret.

mod auth;
mod error;
mod expand;
mod nearest;
mod schema;
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

/// A configuration of `dropslip serve`.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The only storage, or the one that presets take when they name none.
    pub(crate) storage: Option<StorageConfig>,
    /// Further ones by name, which presets name.
    #[serde(default)]
    pub(crate) storages: Named<StorageConfig>,
    /// The service itself.
    #[serde(default)]
    pub(crate) service: ServiceConfig,
    /// Who may call.
    #[serde(default)]
    pub(crate) auth: AuthConfig,
    /// Pages of other origins.
    #[serde(default)]
    pub(crate) cors: CorsConfig,
    /// How often one may call.
    #[serde(default)]
    pub(crate) limits: LimitsConfig,
    /// Who may read `/metrics`.
    #[serde(default)]
    pub(crate) metrics: MetricsConfig,
    /// How much a subject may upload on a day.
    #[serde(default)]
    pub(crate) quotas: QuotasConfig,
    /// Uploads whose client vanished.
    #[serde(default)]
    pub(crate) sweep: SweepConfig,
    /// What Uppy may use.
    #[serde(default)]
    pub(crate) uppy: UppyConfig,
    /// Where decisions and events are kept.
    #[serde(default)]
    pub(crate) database: DatabaseConfig,
    /// Who is told of decided uploads.
    #[serde(default)]
    pub(crate) webhooks: Vec<WebhookConfig>,
    /// The kinds of upload, by name, in the order in which pages offer them.
    pub(crate) presets: Named<PresetConfig>,
}

/// Uploads whose client vanished.
#[derive(Clone, Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SweepConfig {
    /// How often a running service looks for them: a duration, or `never`. Default `1h`.
    pub(crate) every: Option<String>,
}

/// A storage that speaks S3.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StorageConfig {
    /// Where the service reaches it, such as `https://s3.eu-central-1.amazonaws.com`.
    pub(crate) endpoint: String,
    /// Where browsers reach it; this host is signed. Default: `endpoint`.
    pub(crate) public_endpoint: Option<String>,
    /// The region that signatures name. Storages without regions mostly take `us-east-1`.
    pub(crate) region: String,
    /// Whether the bucket stands in the path or in the host. Default `path`.
    #[serde(default)]
    pub(crate) addressing: AddressingConfig,
    /// The access key. Without it and `secretKey` they come from DROPSLIP_ACCESS_KEY and DROPSLIP_SECRET_KEY, from
    /// AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from AWS's shared files.
    #[schemars(with = "Option<Secret>")]
    pub(crate) access_key: Option<String>,
    /// Its secret.
    pub(crate) secret_key: Option<Secret>,
    /// The token of temporary credentials.
    pub(crate) session_token: Option<Secret>,
    /// What kind of storage it is: `aws`, `backblaze`, `ceph`, `dropslip`, `garage`, `generic`, `localstack`,
    /// `minio`, `moto`, `r2`, `s3rver`, `s3s-fs`, `scaleway` or `seaweedfs`; or a file that `dropslip doctor` wrote:
    /// `{ file = "storage.profile.toml" }`. Default: by the endpoint's host, else `generic`.
    #[schemars(with = "Option<Secret>")]
    pub(crate) profile: Option<String>,
    /// What it takes, where it differs from its profile.
    #[serde(default)]
    pub(crate) can: CanConfig,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum AddressingConfig {
    /// `endpoint/bucket/key`.
    #[default]
    Path,
    /// `bucket.endpoint/key`.
    #[serde(alias = "virtual-host")]
    VirtualHost,
}

/// What a storage takes, where it differs from its profile.
#[derive(Clone, Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CanConfig {
    /// Forms with a policy.
    pub(crate) post: Option<bool>,
    /// ACLs.
    pub(crate) acl: Option<bool>,
    /// `If-None-Match: *` with a PUT.
    pub(crate) single_use_put: Option<bool>,
    /// `If-None-Match: *` with the completion of an upload in parts.
    pub(crate) single_use_complete: Option<bool>,
    /// Whether it refuses a body of another length than was signed.
    pub(crate) signed_length: Option<bool>,
    /// The checksums that it computes: `sha256`, `crc32`, `crc32c`, `crc64nvme`.
    pub(crate) checksums: Option<Vec<String>>,
    /// Whether an upload in parts with a checksum can be put together by the storage's list of them.
    pub(crate) part_checksums: Option<bool>,
    /// Whether all parts but the last have to be of one size, as those of the service are.
    pub(crate) equal_parts: Option<bool>,
}

/// The service itself.
#[derive(Clone, Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ServiceConfig {
    /// Seals the ids of uploads; the same for all replicas, at least 32 characters. Default: made of the first
    /// storage's secret key.
    pub(crate) secret: Option<Secret>,
    /// Who may send events of the storage to `/v1/events/s3`. Without it nobody may.
    pub(crate) events_token: Option<Secret>,
}

/// Pages of other origins.
#[derive(Clone, Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CorsConfig {
    /// Origins whose pages may call, such as `https://app.example` or `http://localhost:*`. Default: none.
    #[serde(default)]
    pub(crate) allowed_origins: Vec<String>,
    /// Whether they may call with cookies. Default `false`.
    #[serde(default)]
    pub(crate) allow_credentials: bool,
}

/// Who may read `/metrics` and the reasons of `/readyz`.
#[derive(Clone, Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MetricsConfig {
    /// Whoever sends it as `authorization: Bearer TOKEN`, 16 to 512 visible characters. Without it programs on this
    /// machine may, and nobody else.
    pub(crate) token: Option<Secret>,
}

/// What Uppy may use.
#[derive(Clone, Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct UppyConfig {
    /// Whether `/s3/…` and `/sign` are there. Default `true`.
    pub(crate) enabled: Option<bool>,
    /// The preset of uploads that name none. Default: the only one.
    pub(crate) preset: Option<String>,
    /// The presets that uploads may name. Default: all.
    pub(crate) presets: Option<Vec<String>>,
}

/// Where decisions and events are kept.
#[derive(Clone, Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DatabaseConfig {
    /// `sqlite://FILE`, `postgres://…`, which several replicas can share, or `none`. Default
    /// `sqlite://dropslip.db`.
    pub(crate) url: Option<Secret>,
}

/// A kind of upload.
//
// What every preset must say is optional here, so that its absence can be told with the preset's name.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PresetConfig {
    /// The storage of `storages` that it uses. Default: `storage`.
    pub(crate) storage: Option<String>,
    /// The bucket. Required.
    #[schemars(required)]
    pub(crate) bucket: Option<String>,
    /// The template of keys, with `{uuid}` and, as wanted, `{date}`, `{name}`, `{ext}`, `{subject}` and names of
    /// claims. Required.
    #[schemars(required)]
    pub(crate) key: Option<String>,
    /// Content types and wildcards such as `image/*`. Required.
    #[schemars(required)]
    pub(crate) accept: Option<Vec<String>>,
    /// The largest file. Required.
    #[schemars(required)]
    pub(crate) max_size: Option<Size>,
    /// The smallest file. Default `0`.
    pub(crate) min_size: Option<Size>,
    /// How long what was signed holds, `1s` to `7d`. Default `15m`.
    pub(crate) expires: Option<String>,
    /// The canned ACL of objects, such as `public-read`. Default: none is sent.
    pub(crate) acl: Option<String>,
    /// The header `cache-control` of objects.
    pub(crate) cache_control: Option<String>,
    /// The header `content-disposition` of objects.
    pub(crate) content_disposition: Option<String>,
    /// How the bytes travel. Default `auto`.
    #[serde(default)]
    pub(crate) mode: ModeConfig,
    /// From which size on `auto` takes parts. Default `64 MiB`.
    pub(crate) multipart_above: Option<Size>,
    /// The size of parts, 5 MiB to 5 GiB; larger ones are taken where 10,000 would not suffice. Default `16 MiB`.
    pub(crate) part_size: Option<Size>,
    /// Whether what was signed can be used once only. Default `false`.
    #[serde(default)]
    pub(crate) single_use: bool,
    /// The checksum that clients have to send and the storage compares: `sha256`, `crc32`, `crc32c` or `crc64nvme`.
    /// Default: none.
    pub(crate) checksum: Option<String>,
    /// Whether the first bytes are held against the declared type. Default `false`.
    #[serde(default)]
    pub(crate) verify: bool,
    /// Names of metadata that clients may set. Default: none.
    #[serde(default)]
    pub(crate) metadata: Vec<String>,
    /// What becomes of a file that arrived and was never completed. Default `complete`.
    #[serde(default)]
    pub(crate) unfinished: Unfinished,
}

/// How the bytes travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ModeConfig {
    /// One PUT to a presigned URL.
    Put,
    /// One form with a policy.
    Post,
    /// Parts.
    Multipart,
    /// One PUT (or form, where lengths are not kept), and parts above `multipartAbove`; no parts where the storage
    /// does not hold `singleUse` for them.
    #[default]
    Auto,
}

/// What becomes of a file that arrived and was never completed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
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
        toml_of(text)
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

/// Reads TOML. An error has the place and, for an unknown name, the nearest known one.
pub(crate) fn toml_of<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, ConfigError> {
    toml::from_str(text).map_err(|error| ConfigError {
        kind: ConfigErrorKind::Syntax,
        place: error
            .span()
            .map(|span| line_and_column(text, span.start))
            .unwrap_or_default(),
        message: nearest::with_nearest(error.message()),
    })
}

/// Both counted from 1, columns in characters, as editors show them.
fn line_and_column(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    format!("line {line}, column {column}: ")
}
