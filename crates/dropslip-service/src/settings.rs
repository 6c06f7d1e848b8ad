//! A configuration that has been checked.
//!
//! `Config` is what somebody wrote, [`Settings`] what holds: addresses parse, credentials are there, presets can be
//! served. Below this line nothing checks them again.

use dropslip_s3::{Addressing, Endpoint};

use crate::auth;
use crate::config::{AddressingConfig, Config, ConfigError, ConfigErrorKind, StorageConfig};
use crate::cors::Cors;
use crate::database::{self, Quota};
use crate::events::EventsToken;
use crate::limits::{PRESET_NAME_BYTES_MAX, SERVICE_SECRET_BYTES_MIN};
use crate::look::Lookers;
use crate::preset::{Among, Presets, is_plain_name};
use crate::profile::Profile;
use crate::quota;
use crate::secret::{Secret, StorageKeys};
use crate::uppy::UppySettings;
use crate::webhooks::{self, Webhook};

/// The name of the storage that stands in `[storage]`.
pub(crate) const DEFAULT_STORAGE: &str = "default";

/// What the caller knows and the file may leave out: secrets, typically from the environment.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Taken by storages for which the file names no `accessKey` and no `secretKey`.
    pub storage_keys: Option<StorageKeys>,
    /// Taken in addition to the file's `apiKeys`.
    pub api_keys: Vec<Secret>,
}

/// A configuration that holds together.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) storages: Vec<StorageSettings>,
    /// Seals tokens.
    pub(crate) secret: Secret,
    /// Who may send events of the storage; nobody without one.
    pub(crate) events_token: Option<EventsToken>,
    /// How often a running service sweeps, in seconds; never without.
    pub(crate) sweep_every_s: Option<u64>,
    pub(crate) auth: auth::Settings,
    pub(crate) cors: Cors,
    pub(crate) lookers: Lookers,
    /// What subjects may use on a day.
    pub(crate) quota: Option<Quota>,
    pub(crate) presets: Presets,
    pub(crate) uppy: UppySettings,
    /// The database's URL, if there is to be one.
    pub(crate) database: Option<Secret>,
    pub(crate) webhooks: Vec<Webhook>,
}

/// One storage.
#[derive(Clone, Debug)]
pub(crate) struct StorageSettings {
    pub(crate) name: String,
    /// Where the service itself reaches it.
    pub(crate) endpoint: Endpoint,
    /// Where browsers do; the host that is signed.
    pub(crate) public_endpoint: Endpoint,
    pub(crate) region: String,
    pub(crate) keys: StorageKeys,
    pub(crate) profile: Profile,
}

impl Config {
    /// Checks everything that can be known before the first call.
    ///
    /// # Errors
    /// The first thing that is wrong, with the name of its field.
    pub fn check(self, given: Given) -> Result<Settings, ConfigError> {
        let presets = self.presets.0.iter();
        let presets: Vec<&str> = presets.map(|(name, _)| name.as_str()).collect();
        let auth = auth::Settings::check(self.auth, &self.limits, given.api_keys, &presets)?;
        let taken = |(name, _): &(String, _)| name == DEFAULT_STORAGE;
        if self.storage.is_some() && self.storages.0.iter().any(taken) {
            let message = "is the name of the storage in `[storage]`; call this one otherwise";
            return Err(ConfigError::at(
                ConfigErrorKind::Storage,
                "storages.default",
                message,
            ));
        }
        let default = self
            .storage
            .map(|storage| (DEFAULT_STORAGE.to_owned(), storage));
        let storages = default
            .into_iter()
            .chain(self.storages.0)
            .map(|(name, config)| check_storage(name, config, given.storage_keys.as_ref()))
            .collect::<Result<Vec<_>, _>>()?;
        let events_token = self.service.events_token;
        let events_token = events_token.as_ref().map(EventsToken::check).transpose()?;
        let secret = check_secret(self.service.secret, &storages)?;
        let among = Among {
            storages: &storages,
            said: &auth.key_part_names(),
        };
        let presets = Presets::check(self.presets, &among)?;
        let database = database::check(self.database.url)?;
        let quota = quota::check(&self.quotas, database.is_some())?;
        Ok(Settings {
            uppy: UppySettings::check(self.uppy, &presets)?,
            webhooks: webhooks::check(self.webhooks, &presets, database.is_some())?,
            database,
            presets,
            storages,
            secret,
            events_token,
            sweep_every_s: crate::sweep::check_every(self.sweep.every.as_deref())?,
            quota,
            cors: Cors::check(self.cors, auth.forwarded_headers())?,
            auth,
            lookers: Lookers::check(&self.metrics)?,
        })
    }
}

impl Settings {
    /// Whether nothing says who may call, so that the service must be bound to a loopback address alone.
    pub fn is_open(&self) -> bool {
        self.auth.is_open()
    }

    /// The presets, in the order of the configuration.
    pub fn presets(&self) -> &Presets {
        &self.presets
    }

    /// The URL of the database; none if there is to be none.
    pub fn database_url(&self) -> Option<&Secret> {
        self.database.as_ref()
    }

    /// Origins of the storages as the service reaches them, for a start message.
    pub fn storage_origins(&self) -> Vec<String> {
        let mut origins: Vec<_> = self
            .storages
            .iter()
            .map(|storage| storage.endpoint.origin())
            .collect();
        origins.dedup();
        origins
    }
}

/// What seals tokens: what the file says, else the first storage's secret key, which every replica has already.
fn check_secret(
    secret: Option<Secret>,
    storages: &[StorageSettings],
) -> Result<Secret, ConfigError> {
    match (secret, storages) {
        (Some(secret), [_, ..]) if secret.reveal().len() < SERVICE_SECRET_BYTES_MIN => {
            let message = format!(
                "is shorter than {SERVICE_SECRET_BYTES_MIN} characters; `openssl rand -hex 32` makes one"
            );
            Err(ConfigError::service("service.secret", message))
        }
        (Some(secret), [_, ..]) => Ok(secret),
        (None, [first, ..]) => Ok(first.keys.secret_key.clone()),
        (_, []) => {
            let message = "is missing; a storage has `endpoint` and `region`";
            Err(ConfigError::at(ConfigErrorKind::Syntax, "storage", message))
        }
    }
}

fn check_name(name: &str) -> Result<(), ConfigError> {
    if is_plain_name(name) {
        return Ok(());
    }
    let message = format!(
        "has `{}`, which is no name for a storage: 1 to {PRESET_NAME_BYTES_MAX} letters, digits, `-` and `_`",
        name.escape_debug()
    );
    Err(ConfigError::at(
        ConfigErrorKind::Storage,
        "storages",
        message,
    ))
}

fn check_storage(
    name: String,
    config: StorageConfig,
    given: Option<&StorageKeys>,
) -> Result<StorageSettings, ConfigError> {
    check_name(&name)?;
    let table = match name.as_str() {
        DEFAULT_STORAGE => "storage".to_owned(),
        name => format!("storages.{}", name.escape_debug()),
    };
    let addressing = match config.addressing {
        AddressingConfig::Path => Addressing::Path,
        AddressingConfig::VirtualHost => Addressing::VirtualHost,
    };
    let wrong = |field: &str, message: String| ConfigError::storage(&table, field, message);
    let endpoint = |field: &str, text: &str| {
        Endpoint::parse(text, addressing).map_err(|e| wrong(field, format!("is wrong: {e}")))
    };
    let internal = endpoint("endpoint", &config.endpoint)?;
    let public_endpoint = match &config.public_endpoint {
        Some(text) => endpoint("publicEndpoint", text)?,
        None => internal.clone(),
    };
    let plain = config
        .region
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if config.region.is_empty() || !plain {
        let message =
            "must be a name such as `us-east-1`; storages without regions mostly take that one";
        return Err(wrong("region", message.to_owned()));
    }
    let profile = match &config.profile {
        Some(text) => Profile::read(text).map_err(|e| wrong("profile", e))?,
        None => Profile::of_origin(&internal.origin()),
    };
    let profile = profile
        .with(&config.can)
        .map_err(|e| wrong("can.checksums", e))?;
    let (keys, region) = check_keys(&table, config, given)?;
    Ok(StorageSettings {
        name,
        endpoint: internal,
        public_endpoint,
        region,
        keys,
        profile,
    })
}

/// The keys of a storage, and its region.
fn check_keys(
    table: &str,
    config: StorageConfig,
    given: Option<&StorageKeys>,
) -> Result<(StorageKeys, String), ConfigError> {
    let missing = |field: &str, other: &str| {
        let message = format!("is missing; it comes with `{other}`");
        Err(ConfigError::storage(table, field, message))
    };
    let keys = match (config.access_key, config.secret_key, config.session_token) {
        (Some(access_key), Some(secret_key), session_token) => StorageKeys {
            access_key,
            secret_key,
            session_token,
        },
        (None, None, None) => given
            .cloned()
            .ok_or_else(|| ConfigError::no_credentials(table))?,
        // Half a pair completed from elsewhere would be somebody else's other half.
        (None, _, _) => return missing("accessKey", "secretKey"),
        (_, None, _) => return missing("secretKey", "accessKey"),
    };
    check_visible(table, &keys)?;
    Ok((keys, config.region))
}

/// White space comes along when keys are pasted, and would only show as a signature that does not match.
fn check_visible(table: &str, keys: &StorageKeys) -> Result<(), ConfigError> {
    let visible = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    let wrong = |field| {
        let message = "is empty or holds white space or other than ASCII";
        Err(ConfigError::storage(table, field, message))
    };
    if !visible(&keys.access_key) || keys.access_key.contains('/') {
        let message = "is empty or holds white space, a `/` or other than ASCII";
        return Err(ConfigError::storage(table, "accessKey", message));
    }
    if !visible(keys.secret_key.reveal()) {
        return wrong("secretKey");
    }
    match &keys.session_token {
        Some(token) if !visible(token.reveal()) => wrong("sessionToken"),
        _ => Ok(()),
    }
}
