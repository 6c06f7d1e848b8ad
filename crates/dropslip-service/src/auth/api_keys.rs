//! API keys: what back ends call with.
//!
//! A key may stand in the configuration as its SHA-256, so that who reads the file cannot call. That is enough for
//! keys of random characters, which nobody finds by trying; it would not be for passwords.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::caller::{Allowed, Caller, CallerKind, Narrowed};
use crate::config::{ApiKeyConfig, ConfigError, ConfigErrorKind};
use crate::limits::{API_KEY_BYTES_MAX, API_KEY_BYTES_MIN, API_KEY_NAME_BYTES_MAX};
use crate::secret::Secret;

/// The configured keys, as SHA-256 digests: equal in length, so comparing them tells nothing about length or prefix.
#[derive(Clone)]
pub(crate) struct ApiKeys(Vec<ApiKey>);

#[derive(Clone)]
struct ApiKey {
    digest: [u8; 32],
    name: Arc<str>,
    presets: Allowed,
}

impl std::fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ApiKeys({})", self.0.len())
    }
}

fn wrong(message: impl Into<String>) -> ConfigError {
    ConfigError::at(ConfigErrorKind::Auth, "auth.apiKeys", message)
}

impl ApiKeys {
    /// Checks the keys of the file, and those given otherwise, which may use all presets.
    pub(super) fn check(
        configured: Vec<ApiKeyConfig>,
        given: Vec<Secret>,
        presets: &[&str],
    ) -> Result<Self, ConfigError> {
        let given = given.into_iter().map(|key| ApiKeyConfig {
            key: Some(key),
            ..ApiKeyConfig::default()
        });
        let mut keys: Vec<ApiKey> = Vec::new();
        for (number, config) in (1..).zip(configured.into_iter().chain(given)) {
            let key = ApiKey::check(number, config, presets)?;
            if keys.iter().any(|other| other.name == key.name) {
                return Err(wrong(format!("has the name `{}` twice", key.name)));
            }
            keys.push(key);
        }
        Ok(Self(keys))
    }

    /// Whether no key is configured.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whose key it is. Compares with all keys, in constant time.
    pub(super) fn find(&self, key: &[u8]) -> Option<Caller> {
        if self.0.is_empty() || key.len() > API_KEY_BYTES_MAX {
            return None;
        }
        let digest: [u8; 32] = Sha256::digest(key).into();
        let mut found = Choice::from(0);
        let mut place = 0;
        for (at, known) in (0_u64..).zip(&self.0) {
            let same = known.digest.ct_eq(&digest);
            place.conditional_assign(&at, same);
            found |= same;
        }
        let known = self.0.get(usize::try_from(place).ok()?)?;
        bool::from(found).then(|| {
            let kind = CallerKind::ApiKey {
                name: Arc::clone(&known.name),
            };
            Caller::new(kind, None, known.presets.clone(), Narrowed::default())
        })
    }
}

impl ApiKey {
    fn check(number: usize, config: ApiKeyConfig, presets: &[&str]) -> Result<Self, ConfigError> {
        let name = config.name.unwrap_or_else(|| number.to_string());
        let is_name = !name.is_empty()
            && name.len() <= API_KEY_NAME_BYTES_MAX
            && name.bytes().all(|b| b.is_ascii_graphic());
        if !is_name {
            let rule = format!("1 to {API_KEY_NAME_BYTES_MAX} visible ASCII characters");
            return Err(wrong(format!(
                "is wrong at number {number}: a name has {rule}"
            )));
        }
        let digest = match (config.key, config.sha256) {
            (Some(key), None) => digest_of(number, &key)?,
            (None, Some(hash)) => read_digest(hash.reveal()).ok_or_else(|| {
                wrong(format!(
                    "is wrong at number {number}: `sha256` is 64 hexadecimal digits, as `printf %s KEY | sha256sum` prints them"
                ))
            })?,
            _ => {
                return Err(wrong(format!(
                    "is wrong at number {number}: a key is given as `key` or as `sha256`"
                )));
            }
        };
        let allowed = match config.presets {
            None => Allowed::All,
            Some(names) => {
                if let Some(unknown) = names.iter().find(|name| !presets.contains(&name.as_str())) {
                    let unknown = unknown.escape_debug();
                    return Err(wrong(format!(
                        "is wrong at number {number}: there is no preset `{unknown}`"
                    )));
                }
                if names.is_empty() {
                    return Err(wrong(format!(
                        "is wrong at number {number}: with an empty list of `presets` the key is good for nothing"
                    )));
                }
                Allowed::Only(names.into())
            }
        };
        Ok(Self {
            digest,
            name: name.into(),
            presets: allowed,
        })
    }
}

fn digest_of(number: usize, key: &Secret) -> Result<[u8; 32], ConfigError> {
    let text = key.reveal();
    let fits = (API_KEY_BYTES_MIN..=API_KEY_BYTES_MAX).contains(&text.len());
    if fits && text.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(Sha256::digest(text).into());
    }
    let rule =
        format!("must be {API_KEY_BYTES_MIN} to {API_KEY_BYTES_MAX} visible ASCII characters");
    Err(wrong(format!("is wrong at number {number}: a key {rule}")))
}

fn read_digest(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    text.bytes()
        .all(|b| b.is_ascii_hexdigit())
        .then_some(digest)
}
