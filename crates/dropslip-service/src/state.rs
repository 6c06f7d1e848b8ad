//! What every call shares: settings, storages with their signers and clients, and the two things that are not pure,
//! time and randomness.
//!
//! A clone is a pointer. A new configuration makes a new state; what must outlive it is handed over.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use dropslip_sigv4::Timestamp;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::auth::Live;
use crate::config::ConfigError;
use crate::database::Database;
use crate::limits::{DIAGNOSES_MAX, FOLLOWERS_MAX};
use crate::metrics::Metrics;
use crate::preset::Preset;
use crate::ready::Readiness;
use crate::settings::Settings;
use crate::storage::Storage;
use crate::token::{NONCE_BYTES, Sealer};

/// The service, ready to be routed to.
#[derive(Clone, Debug)]
pub struct State(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    storages: Vec<Storage>,
    sealer: Sealer,
    database: Option<Database>,
    auth: Live,
    metrics: Metrics,
    readiness: Readiness,
    followers: Arc<Semaphore>,
    diagnoses: Arc<Semaphore>,
    clock: Clock,
}

struct Clock(Box<dyn Fn() -> Timestamp + Send + Sync>);

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

impl State {
    /// Makes the service. Nothing is sent to a storage yet.
    ///
    /// # Errors
    /// When the client of a storage cannot be made, such as for want of TLS roots.
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
        let metrics = Metrics::default();
        let counted = |storage: Storage| storage.counted_in(&metrics);
        let storages = settings.storages.iter().map(Storage::new);
        let storages = storages
            .map(|storage| storage.map(counted))
            .collect::<Result<_, _>>()?;
        let sealer = Sealer::new(&settings.secret);
        let auth = Live::new(&settings.auth)?;
        let clock = Clock(Box::new(clock));
        Ok(Self(Arc::new(Inner {
            settings,
            storages,
            sealer,
            database: None,
            auth,
            metrics,
            readiness: Readiness::default(),
            followers: Arc::new(Semaphore::new(FOLLOWERS_MAX)),
            diagnoses: Arc::new(Semaphore::new(DIAGNOSES_MAX)),
            clock,
        })))
    }

    /// The same with a database, in which decisions are kept.
    #[must_use]
    pub fn with_database(self, database: Database) -> Self {
        let inner = Arc::into_inner(self.0).expect("a state is handed out after it is made");
        Self(Arc::new(Inner {
            database: Some(database),
            ..inner
        }))
    }

    /// Takes over what the one before it has and its configuration does not change: fetched keys, counts of calls, what
    /// was measured, and the database if this one was given none.
    #[must_use]
    pub fn continuing(self, old: &Self) -> Self {
        let inner = Arc::into_inner(self.0).expect("a state is handed out after it is made");
        let (metrics, storages) = (old.0.metrics.clone(), inner.storages.into_iter());
        Self(Arc::new(Inner {
            auth: inner.auth.continuing(&old.0.auth),
            storages: storages
                .map(|storage| storage.counted_in(&metrics))
                .collect(),
            database: inner.database.or_else(|| old.0.database.clone()),
            metrics,
            followers: Arc::clone(&old.0.followers),
            diagnoses: Arc::clone(&old.0.diagnoses),
            ..inner
        }))
    }

    /// Places for pages that follow an upload.
    pub(crate) fn followers(&self) -> &Arc<Semaphore> {
        &self.0.followers
    }

    /// Places for failures that are looked at.
    pub(crate) fn diagnoses(&self) -> &Semaphore {
        &self.0.diagnoses
    }

    /// The configuration that it runs on.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The storages, in the order of the configuration.
    pub(crate) fn storages(&self) -> &[Storage] {
        &self.0.storages
    }

    /// The storage of that name.
    pub(crate) fn storage(&self, name: &str) -> Option<&Storage> {
        self.0
            .storages
            .iter()
            .find(|storage| storage.name() == name)
    }

    /// The storage of a preset.
    pub(crate) fn storage_of(&self, preset: &Preset) -> &Storage {
        &self.0.storages[preset.storage]
    }

    /// Where decisions are kept.
    pub(crate) fn database(&self) -> Option<&Database> {
        self.0.database.as_ref()
    }

    /// What is counted.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// What the last look at database and storages has shown.
    pub(crate) fn readiness(&self) -> &Readiness {
        &self.0.readiness
    }

    pub(crate) fn sealer(&self) -> &Sealer {
        &self.0.sealer
    }

    /// What the authorization keeps.
    pub(crate) fn auth(&self) -> &Live {
        &self.0.auth
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.0.clock.0)()
    }

    /// A nonce for the token of an upload: its id, which no two uploads share, and 60 random bits. The generator of both
    /// is in memory, where the copy of a running machine has it too; the time in the id is what even those two do not
    /// share for long.
    pub(crate) fn nonce(id: Uuid) -> [u8; NONCE_BYTES] {
        let mut nonce = [0; NONCE_BYTES];
        let (unique, random) = nonce.split_at_mut(16);
        unique.copy_from_slice(id.as_bytes());
        random.copy_from_slice(&Uuid::new_v4().as_bytes()[..random.len()]);
        nonce
    }
}

fn system_time() -> Timestamp {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_unix_s(i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
}
