//! Who signs: an access key, its secret, and perhaps a session token.
//!
//! The secret, the token and the signing keys made of the secret are wiped from memory
//! when dropped, and Debug shows none of them, so that a log line cannot give them away.

use std::fmt;
use std::sync::Arc;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::keys::{Kept, Keys};
use crate::scope::Scope;

/// An access key with its secret, and a session token if they are temporary.
#[derive(Clone)]
pub struct Credentials {
    access_key: String,
    secret_key: Zeroizing<String>,
    session_token: Option<Zeroizing<String>>,
    /// Shared by all clones: signers and verifiers derive each key once.
    keys: Arc<Keys>,
}

impl Credentials {
    /// Long-lived credentials.
    #[must_use]
    pub fn new(access_key: impl Into<String>, secret_key: impl Into<String>) -> Self {
        Self {
            access_key: access_key.into(),
            secret_key: Zeroizing::new(secret_key.into()),
            session_token: None,
            keys: Arc::new(Keys::new()),
        }
    }

    /// Makes them temporary ones, which hold only together with this token.
    #[must_use]
    pub fn with_session_token(mut self, token: impl Into<String>) -> Self {
        self.session_token = Some(Zeroizing::new(token.into()));
        self
    }

    /// The public half, as it stands in each signed request.
    #[must_use]
    pub fn access_key(&self) -> &str {
        &self.access_key
    }

    /// The session token of temporary credentials.
    #[must_use]
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_ref().map(|token| token.as_str())
    }

    /// Whether a text is the secret: who swaps access key and secret sends it in clear,
    /// and it must not be repeated. Takes the same time for all texts of one length.
    #[must_use]
    pub fn is_secret(&self, text: &str) -> bool {
        self.secret_key.as_bytes().ct_eq(text.as_bytes()).into()
    }

    pub(crate) fn secret_key(&self) -> &str {
        &self.secret_key
    }

    /// Gives the signing key of a scope to `sign`: one that is kept, or derived now and kept.
    pub(crate) fn with_key<T>(&self, scope: &Scope<'_>, sign: impl FnOnce(&Kept) -> T) -> T {
        let names = (self.access_key.as_str(), self.secret_key.as_str());
        self.keys.with(names, scope, sign)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key", &self.access_key)
            .finish_non_exhaustive()
    }
}
