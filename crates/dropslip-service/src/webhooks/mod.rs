//! Webhooks: the application is told of each upload that is decided, at least once and in order for each upload.
//!
//! Events are rows of the outbox ([`crate::database`]) that are written with the decision they tell of, so none is lost
//! and none tells of what did not happen. Workers in each process send them, in the format of Standard Webhooks. Which
//! replica sends an event does not matter; that two do is prevented by leases, but not when one of them stands still for
//! long, so receivers look at the id.

mod config;
mod payload;
mod retry;
mod send;
mod sign;
#[cfg(test)]
mod tests;
mod worker;

use dropslip_s3::{BucketName, ObjectKey};
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

#[cfg(test)]
use config::check_all;
pub(crate) use config::{Webhook, WebhookConfig, check};

use crate::database::{Database, Decided, NewEvent, Record};
use crate::metrics::Metrics;
use crate::preset::Preset;
use crate::state::State;
use crate::storage::Storage;

/// The events that go with a decision.
pub(crate) fn events(state: &State, storage: &Storage, record: &Record) -> Vec<NewEvent> {
    let settings = state.settings();
    let is_public = record.state == Decided::Completed
        && settings
            .presets()
            .find(&record.preset)
            .is_some_and(Preset::is_public);
    let url = is_public.then(|| url(storage, record)).flatten();
    events_for(&settings.webhooks, record, url.as_deref())
}

/// Where anybody can read a public object.
fn url(storage: &Storage, record: &Record) -> Option<String> {
    let bucket = BucketName::parse(&record.bucket).ok()?;
    let key = ObjectKey::parse(&record.key).ok()?;
    Some(storage.public().object(&bucket, &key).url())
}

/// One event for each webhook that wants to hear of it.
fn events_for(webhooks: &[Webhook], record: &Record, url: Option<&str>) -> Vec<NewEvent> {
    let Some(kind) = payload::kind(record.state) else {
        return Vec::new();
    };
    let mut wanting = webhooks
        .iter()
        .filter(|webhook| webhook.wants(kind, &record.preset))
        .peekable();
    if wanting.peek().is_none() {
        return Vec::new();
    }
    let id = format!("evt_{}", Uuid::now_v7().simple());
    let payload = payload::payload(kind, record, url);
    let event = |webhook: &Webhook| NewEvent {
        id: id.clone(),
        upload: record.id,
        endpoint: webhook.name().to_owned(),
        kind,
        payload: payload.clone(),
    };
    wanting.map(event).collect()
}

/// The workers of this process. Dropped, they end at once and others take over what they were sending.
#[derive(Debug)]
pub(crate) struct Workers {
    stop: watch::Sender<bool>,
    running: JoinSet<()>,
}

impl Workers {
    /// Starts a worker for each webhook, on the current runtime.
    ///
    /// # Errors
    /// When no client can be made, such as for want of TLS roots.
    pub(crate) fn start(
        database: &Database,
        webhooks: &[Webhook],
        metrics: &Metrics,
    ) -> reqwest::Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let mut running = JoinSet::new();
        if !webhooks.is_empty() {
            let http = send::client(webhooks)?;
            for webhook in webhooks.iter().cloned() {
                let (http, metrics) = (http.clone(), metrics.clone());
                let worker = worker::Worker::new(database.clone(), webhook, http, metrics);
                running.spawn(worker.run(stopped.clone()));
            }
        }
        Ok(Self { stop, running })
    }

    /// Ends what is under way or gives it back.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(true);
        self.running.join_all().await;
    }
}
