//! A configuration that has been checked.
//!
//! `Config` is what somebody wrote, [`Settings`] what holds: addresses parse, credentials are there, presets can be
//! served. Below this line nothing checks them again.

use dropslip_s3::{Addressing, Endpoint};

use crate::auth::ApiKeys;
use crate::config::{AddressingConfig, Config, ConfigError, StorageConfig};
use crate::cors::AllowedOrigins;
use crate::limits::{API_KEY_BYTES_MAX, API_KEY_BYTES_MIN};
use crate::preset::Presets;
use crate::secret::{Secret, StorageKeys};

/// What the caller knows and the file may leave out: secrets, typically from the environment.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Taken when the file names no `accessKey` and no `secretKey`.
    pub storage_keys: Option<StorageKeys>,
    /// Taken in addition to the file's `apiKeys`.
    pub api_keys: Vec<Secret>,
}

/// A configuration that holds together.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) storage: Storage,
    pub(crate) api_keys: ApiKeys,
    pub(crate) allowed_origins: AllowedOrigins,
    pub(crate) presets: Presets,
}

#[derive(Clone, Debug)]
pub(crate) struct Storage {
    /// Where the service itself reaches the storage.
    pub(crate) endpoint: Endpoint,
    /// Where browsers do; the host that is signed.
    pub(crate) public_endpoint: Endpoint,
    pub(crate) region: String,
    pub(crate) keys: StorageKeys,
}

impl Config {
    /// Checks everything that can be known before the first call.
    ///
    /// # Errors
    /// The first thing that is wrong, with the name of its field.
    pub fn check(self, given: Given) -> Result<Settings, ConfigError> {
        let mut api_keys = self.auth.api_keys;
        api_keys.extend(given.api_keys);
        check_api_keys(&api_keys)?;
        Ok(Settings {
            storage: check_storage(self.storage, given.storage_keys)?,
            api_keys: ApiKeys::new(&api_keys),
            allowed_origins: AllowedOrigins::check(self.cors.allowed_origins)
                .map_err(ConfigError::cors)?,
            presets: Presets::check(self.presets)?,
        })
    }
}

impl Settings {
    /// Whether the service runs without API keys, and so must be bound to a loopback address alone.
    pub fn is_open(&self) -> bool {
        self.api_keys.is_empty()
    }

    /// The presets, in the order of the configuration.
    pub fn presets(&self) -> &Presets {
        &self.presets
    }

    /// Origin of the storage as the service reaches it, for a start message.
    pub fn storage_origin(&self) -> String {
        self.storage.endpoint.origin()
    }
}

fn check_storage(
    config: StorageConfig,
    given: Option<StorageKeys>,
) -> Result<Storage, ConfigError> {
    let addressing = match config.addressing {
        AddressingConfig::Path => Addressing::Path,
        AddressingConfig::VirtualHost => Addressing::VirtualHost,
    };
    let endpoint = |field: &str, text: &str| {
        Endpoint::parse(text, addressing)
            .map_err(|e| ConfigError::storage(field, format!("is wrong: {e}")))
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
        return Err(ConfigError::storage("region", message));
    }
    let keys = match (config.access_key, config.secret_key, config.session_token) {
        (Some(access_key), Some(secret_key), session_token) => StorageKeys {
            access_key,
            secret_key,
            session_token,
        },
        (None, None, None) => given.ok_or_else(ConfigError::no_credentials)?,
        // Half a pair completed from elsewhere would be somebody else's other half.
        (None, _, _) => {
            return Err(ConfigError::storage(
                "accessKey",
                "is missing; it comes with `secretKey`",
            ));
        }
        (_, None, _) => {
            return Err(ConfigError::storage(
                "secretKey",
                "is missing; it comes with `accessKey`",
            ));
        }
    };
    check_keys(&keys)?;
    Ok(Storage {
        endpoint: internal,
        public_endpoint,
        region: config.region,
        keys,
    })
}

/// White space comes along when keys are pasted, and would only show as a signature that does not match.
fn check_keys(keys: &StorageKeys) -> Result<(), ConfigError> {
    let visible = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    let wrong = |field| {
        Err(ConfigError::storage(
            field,
            "is empty or holds white space or other than ASCII",
        ))
    };
    if !visible(&keys.access_key) || keys.access_key.contains('/') {
        return Err(ConfigError::storage(
            "accessKey",
            "is empty or holds white space, a `/` or other than ASCII",
        ));
    }
    if !visible(keys.secret_key.reveal()) {
        return wrong("secretKey");
    }
    match &keys.session_token {
        Some(token) if !visible(token.reveal()) => wrong("sessionToken"),
        _ => Ok(()),
    }
}

fn check_api_keys(keys: &[Secret]) -> Result<(), ConfigError> {
    for (at, key) in keys.iter().enumerate() {
        let text = key.reveal();
        let fits = (API_KEY_BYTES_MIN..=API_KEY_BYTES_MAX).contains(&text.len());
        if !fits || !text.bytes().all(|b| b.is_ascii_graphic()) {
            let rule = format!(
                "must be {API_KEY_BYTES_MIN} to {API_KEY_BYTES_MAX} visible ASCII characters"
            );
            return Err(ConfigError::auth(format!(
                "is wrong at number {}: a key {rule}",
                at + 1
            )));
        }
    }
    Ok(())
}
