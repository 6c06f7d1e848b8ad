//! Text that must not be seen: API keys and the storage's secret key.
//!
//! A type of its own, since a `String` finds its way into logs by a mere `{:?}`. It also reads itself from the
//! configuration, because the stock error for a wrong type repeats the value it met.

use std::fmt;

use dropslip_sigv4::Credentials;
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};
use zeroize::Zeroizing;

/// A secret. Debug shows that there is one, not which; the memory is wiped when it is dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// A new one, of 64 random hexadecimal digits: two random uuids, which come from the operating system.
    pub fn random() -> Self {
        let (one, other) = (uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
        Self::new(format!("{}{}", one.simple(), other.simple()))
    }

    /// Takes the text in.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Gives the text out, to sign or to compare with.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecretVisitor)
    }
}

struct SecretVisitor;

const NOT_TEXT: &str = "a secret must be a string, or say where it stands by `{ env = \"NAME\" }` or `{ file = \"path\" }`";

impl<'de> Visitor<'de> for SecretVisitor {
    type Value = Secret;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Secret, E> {
        Ok(Secret::new(text))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Secret, E> {
        Err(E::custom(NOT_TEXT))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Secret, E> {
        Err(E::custom(NOT_TEXT))
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Secret, E> {
        Err(E::custom(NOT_TEXT))
    }
}

/// The access key pair by which the service signs, with the session token of temporary credentials.
#[derive(Clone, Debug)]
pub struct StorageKeys {
    pub(crate) access_key: String,
    pub(crate) secret_key: Secret,
    pub(crate) session_token: Option<Secret>,
}

impl StorageKeys {
    /// Long-lived credentials.
    pub fn new(access_key: impl Into<String>, secret_key: impl Into<Secret>) -> Self {
        Self {
            access_key: access_key.into(),
            secret_key: secret_key.into(),
            session_token: None,
        }
    }

    /// What signs with them.
    pub(crate) fn credentials(&self) -> Credentials {
        let credentials = Credentials::new(&self.access_key, self.secret_key.reveal());
        match &self.session_token {
            Some(token) => credentials.with_session_token(token.reveal()),
            None => credentials,
        }
    }

    /// Temporary credentials (AWS STS), which also carry a session token.
    #[must_use]
    pub fn with_session_token(mut self, token: impl Into<Secret>) -> Self {
        self.session_token = Some(token.into());
        self
    }
}
