//! The worker of one webhook: claims what is due, sends it, and notes what came of it.
//!
//! Each webhook has a worker of its own in each process, so that one which hangs holds up no other. What a worker has
//! claimed it sends at once; between claim and note it keeps the lease up, and when it dies the lease ends.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::Client;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout_at};
use uuid::Uuid;

use super::Webhook;
use super::retry::{Tried, verdict};
use super::send::send;
use crate::database::{Claimed, Database, DatabaseError, Settled, Verdict};
use crate::limits::{WEBHOOK_EVENTS_AT_ONCE, WEBHOOK_POLL_S, WEBHOOK_RENEW_S, WEBHOOK_STOP_S};
use crate::metrics::{Delivery, Metrics};

pub(super) struct Worker {
    database: Database,
    webhook: Arc<Webhook>,
    http: Client,
    metrics: Metrics,
    /// The events that are being sent.
    sending: JoinSet<Settled>,
    /// What came back and is not noted yet: the database did not answer.
    settled: Vec<Settled>,
    /// How many events are under each lease.
    leases: HashMap<String, usize>,
    /// So that an outage is told once.
    is_database_down: bool,
}

impl Worker {
    pub(super) fn new(
        database: Database,
        webhook: Webhook,
        http: Client,
        metrics: Metrics,
    ) -> Self {
        Self {
            database,
            webhook: Arc::new(webhook),
            http,
            metrics,
            sending: JoinSet::new(),
            settled: Vec::new(),
            leases: HashMap::new(),
            is_database_down: false,
        }
    }

    /// Works until it is told to stop, or nobody is left who could.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut news = self.database.news();
        let mut renew = interval(Duration::from_secs(WEBHOOK_RENEW_S));
        renew.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut looks = true;
        loop {
            if looks {
                self.claim().await;
            }
            looks = true;
            tokio::select! {
                () = told(&mut stop) => break,
                Some(done) = self.sending.join_next() => {
                    self.gather(done);
                    self.settle().await;
                }
                Ok(()) = news.changed() => {}
                _ = renew.tick() => {
                    looks = false;
                    self.renew().await;
                }
                () = sleep(Duration::from_secs(WEBHOOK_POLL_S)) => self.settle().await,
            }
        }
        self.end().await;
    }

    /// Takes as many events as there is room for, and sends them.
    async fn claim(&mut self) {
        let under_way = self.sending.len() + self.settled.len();
        let room = WEBHOOK_EVENTS_AT_ONCE.saturating_sub(under_way);
        if room == 0 {
            return;
        }
        let lease = Uuid::now_v7().to_string();
        let claimed = self.database.claim(self.webhook.name(), &lease, room).await;
        let Some(claimed) = self.heard(claimed) else {
            return;
        };
        if claimed.is_empty() {
            return;
        }
        self.leases.insert(lease.clone(), claimed.len());
        for event in claimed {
            let (http, webhook, lease) = (self.http.clone(), self.webhook.clone(), lease.clone());
            self.sending
                .spawn(async move { deliver(&http, &webhook, event, lease).await });
        }
    }

    /// Takes in what has come back.
    fn gather(&mut self, first: Result<Settled, JoinError>) {
        let mut next = Some(first);
        while let Some(done) = next {
            match done {
                Ok(settled) => {
                    self.metrics.delivery(match settled.verdict {
                        Verdict::Delivered => Delivery::Delivered,
                        Verdict::Again { .. } => Delivery::Retried,
                        Verdict::GivenUp { .. } => Delivery::Failed,
                    });
                    self.settled.push(settled);
                }
                // Its lease is not kept up for longer than that of its batch, so it is sent again.
                Err(error) => tracing::error!(%error, "sending an event failed"),
            }
            next = self.sending.try_join_next();
        }
    }

    /// Notes what has come back; what cannot be noted stays for the next time.
    async fn settle(&mut self) {
        if !self.settled.is_empty() {
            let noted = self.database.settle(&self.settled).await;
            if self.heard(noted).is_none() {
                return;
            }
            for Settled { lease, .. } in self.settled.drain(..) {
                if let Some(left) = self.leases.get_mut(&lease) {
                    *left -= 1;
                }
            }
        }
        self.leases.retain(|_, left| *left > 0);
        if self.sending.is_empty() {
            self.leases.clear();
        }
    }

    async fn renew(&mut self) {
        if self.leases.is_empty() {
            return;
        }
        let leases: Vec<_> = self.leases.keys().cloned().collect();
        let renewed = self.database.renew(&leases).await;
        self.heard(renewed);
    }

    /// Waits a little for what is under way, and gives back the rest.
    async fn end(mut self) {
        let until = Instant::now() + Duration::from_secs(WEBHOOK_STOP_S);
        while let Ok(Some(done)) = timeout_at(until, self.sending.join_next()).await {
            self.gather(done);
        }
        let leases: Vec<_> = self.leases.keys().cloned().collect();
        self.sending.shutdown().await;
        self.settle().await;
        if !leases.is_empty() {
            // What is settled is under no lease any more.
            let given_back = self.database.give_back(&leases).await;
            self.heard(given_back);
        }
    }

    /// What the database answered. That it does not is told once, and again when it does.
    fn heard<T>(&mut self, answer: Result<T, DatabaseError>) -> Option<T> {
        let webhook = self.webhook.name();
        match &answer {
            Err(error) if !self.is_database_down => {
                tracing::warn!(%error, webhook, "events wait for the database");
            }
            Ok(_) if self.is_database_down => tracing::info!(webhook, "events go on"),
            _ => {}
        }
        self.is_database_down = answer.is_err();
        answer.ok()
    }
}

/// Waits for the word to stop; that nobody is left who could give it is the same.
async fn told(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn deliver(http: &Client, webhook: &Webhook, event: Claimed, lease: String) -> Settled {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let unix_s = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let answer = send(http, webhook, &event, unix_s).await;
    let tried = Tried {
        attempts: event.attempts,
        age_ms: event.age_ms,
    };
    let verdict = verdict(answer, tried, fastrand::f64());
    let (webhook, id, upload, kind) = (webhook.name(), &event.id, &event.upload, &event.kind);
    match &verdict {
        Verdict::Delivered => tracing::debug!(webhook, id, upload, kind, "an event was delivered"),
        Verdict::Again { why, after_ms } => {
            tracing::warn!(
                webhook,
                id,
                upload,
                kind,
                why,
                after_ms,
                "a webhook did not take an event"
            );
        }
        Verdict::GivenUp { why } => {
            tracing::error!(webhook, id, upload, kind, why, "an event is given up");
        }
    }
    let seq = event.seq;
    Settled {
        seq,
        lease,
        verdict,
    }
}
