//! What a service does without being asked: it tells webhooks, sweeps, and forgets what is old.
//!
//! The binary starts it beside the router and stops it after. A service without a database has nothing to do.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::config::ConfigError;
use crate::database::{Database, DatabaseError};
use crate::limits::{PRUNE_EVERY_S, PRUNE_FIRST_S};
use crate::state::State;
use crate::sweep;
use crate::webhooks::Workers;

/// The work of one process, under way. Dropped, it ends at once; nothing is lost by that.
#[derive(Debug)]
pub struct Background {
    workers: Option<Workers>,
    upkeep: Option<JoinHandle<()>>,
    sweep: JoinHandle<()>,
}

impl Background {
    /// Starts it on the current runtime.
    ///
    /// # Errors
    /// When webhooks cannot be called at all, such as for want of TLS roots.
    pub fn start(state: &State) -> Result<Self, ConfigError> {
        let sweep = || tokio::spawn(sweep::forever(state.clone()));
        let Some(database) = state.database() else {
            return Ok(Self {
                workers: None,
                upkeep: None,
                sweep: sweep(),
            });
        };
        let webhooks = &state.settings().webhooks;
        let workers = Workers::start(database, webhooks, state.metrics()).map_err(|error| {
            ConfigError::service("webhooks", format!("cannot be called: {error}"))
        })?;
        let known = webhooks.iter().map(|webhook| webhook.name().to_owned());
        let upkeep = tokio::spawn(keep_up(database.clone(), known.collect()));
        Ok(Self {
            workers: Some(workers),
            upkeep: Some(upkeep),
            sweep: sweep(),
        })
    }

    /// Ends what is under way, in a few seconds at most, and gives the rest to whoever comes next.
    pub async fn stop(mut self) {
        self.sweep.abort();
        if let Some(upkeep) = self.upkeep.take() {
            upkeep.abort();
        }
        if let Some(workers) = self.workers.take() {
            workers.stop().await;
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.sweep.abort();
        if let Some(upkeep) = &self.upkeep {
            upkeep.abort();
        }
    }
}

/// Replicas start together; each at a time of its own, they do not get into each other's way.
async fn keep_up(database: Database, webhooks: Vec<String>) {
    let mut pause_s = PRUNE_FIRST_S;
    loop {
        sleep(Duration::from_secs(
            pause_s + fastrand::u64(..PRUNE_FIRST_S),
        ))
        .await;
        pause_s = PRUNE_EVERY_S;
        match forget(&database, &webhooks).await {
            Ok(0) => {}
            Ok(rows) => tracing::debug!(rows, "forgot what is old"),
            Err(error) => tracing::warn!(%error, "cannot forget what is old"),
        }
    }
}

async fn forget(database: &Database, webhooks: &[String]) -> Result<u64, DatabaseError> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now_ms = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
    let known: Vec<_> = webhooks.iter().map(String::as_str).collect();
    let orphans = database.give_up_orphans(&known, now_ms).await?;
    if orphans > 0 {
        tracing::error!(
            events = orphans,
            "no webhook is configured for events that waited for days: they are given up"
        );
    }
    database.prune(now_ms).await
}
