//! What every call shares: settings, signer, client of the storage, and the two things that are not pure, time and
//! randomness.
//!
//! Nothing in it changes while the service runs, so a clone is a pointer and replicas need not agree about anything.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use dropslip_s3::client::Client;
use dropslip_sigv4::{Credentials, Signer, Timestamp};

use crate::config::ConfigError;
use crate::problem::Problem;
use crate::settings::Settings;
use crate::token::{NONCE_BYTES, Sealer};

/// The service, ready to be routed to.
#[derive(Clone, Debug)]
pub struct State(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    signer: Arc<Signer>,
    client: Client,
    sealer: Sealer,
    clock: Clock,
}

struct Clock(Box<dyn Fn() -> Timestamp + Send + Sync>);

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

impl State {
    /// Makes the service. Nothing is sent to the storage yet.
    ///
    /// # Errors
    /// When the client of the storage cannot be made, such as for want of TLS roots.
    pub fn new(settings: Settings) -> Result<Self, ConfigError> {
        Self::with_clock(settings, system_time)
    }

    /// The same with another clock, for tests of what expires.
    ///
    /// # Errors
    /// As [`State::new`].
    pub fn with_clock(
        settings: Settings,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Result<Self, ConfigError> {
        let storage = &settings.storage;
        let keys = &storage.keys;
        let mut credentials = Credentials::new(&keys.access_key, keys.secret_key.reveal());
        if let Some(token) = &keys.session_token {
            credentials = credentials.with_session_token(token.reveal());
        }
        let signer = Arc::new(Signer::new(credentials, &storage.region, "s3"));
        let client =
            Client::new(storage.endpoint.clone(), Arc::clone(&signer)).map_err(|error| {
                ConfigError::storage("endpoint", format!("cannot be used: {error}"))
            })?;
        let sealer = Sealer::new(&keys.secret_key);
        let clock = Clock(Box::new(clock));
        Ok(Self(Arc::new(Inner {
            settings,
            signer,
            client,
            sealer,
            clock,
        })))
    }

    /// The configuration that it runs on.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn signer(&self) -> &Signer {
        &self.0.signer
    }

    pub(crate) fn client(&self) -> &Client {
        &self.0.client
    }

    pub(crate) fn sealer(&self) -> &Sealer {
        &self.0.sealer
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.0.clock.0)()
    }

    /// Random bytes for a token.
    pub(crate) fn nonce() -> Result<[u8; NONCE_BYTES], Problem> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|error| Problem::internal(&error))?;
        Ok(nonce)
    }
}

fn system_time() -> Timestamp {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_unix_s(i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
}
