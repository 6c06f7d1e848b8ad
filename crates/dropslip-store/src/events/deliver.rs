//! Sends the events that wait, and removes those that were taken.

use std::collections::{HashMap, HashSet};
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use reqwest::{Client, Url, redirect};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use super::{EventRecord, Outbox};
use crate::background::Background;
use crate::clock::now_ms;
use crate::index::{Index, IndexError, Read as _, Table, Tx};
use crate::limits::{
    EVENT_AGE_MS_MAX, EVENTS_AT_ONCE, EVENTS_WINDOW, WEBHOOK_PAUSE_MS_MAX, WEBHOOK_PAUSE_MS_MIN,
    WEBHOOK_TIMEOUT_S,
};

/// How long one looks for an event whose change is still on its way to the disk.
const LOOK: Duration = Duration::from_secs(5);

/// The first pause between two looks; doubled each time.
const PAUSE: Duration = Duration::from_millis(5);

/// Starts the thread; without webhooks there is none.
pub(crate) fn start(index: Index, outbox: Arc<Outbox>) -> Option<Background> {
    if outbox.webhooks.are_none() {
        return None;
    }
    let http = match client() {
        Ok(http) => http,
        Err(error) => {
            tracing::error!(%error, "events cannot be sent");
            return None;
        }
    };
    let work = move || async move { Delivery::new(index, outbox, http).run().await };
    Some(Background::start("dropslip-events", work))
}

fn client() -> reqwest::Result<Client> {
    // Fails only when a provider is installed already, which then serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .redirect(redirect::Policy::none())
        .timeout(Duration::from_secs(WEBHOOK_TIMEOUT_S))
        .user_agent("Dropslip")
        .build()
}

/// A row of the table.
type Waiting = (Vec<u8>, EventRecord);

/// A lane whose webhook failed.
#[derive(Debug)]
struct Failed {
    times: u32,
    again: Instant,
}

struct Delivery {
    index: Index,
    outbox: Arc<Outbox>,
    http: Client,
    /// Lanes with an event on its way.
    busy: HashSet<String>,
    failed: HashMap<String, Failed>,
    sent: JoinSet<(Waiting, Result<(), String>)>,
}

impl Delivery {
    fn new(index: Index, outbox: Arc<Outbox>, http: Client) -> Self {
        Self {
            index,
            outbox,
            http,
            busy: HashSet::new(),
            failed: HashMap::new(),
            sent: JoinSet::new(),
        }
    }

    async fn run(mut self) {
        let mut look_until = Instant::now();
        let mut pause = PAUSE;
        loop {
            let is_any = self.send().unwrap_or_else(|error| {
                tracing::warn!(%error, "cannot look for events");
                true
            });
            let looks = Instant::now() < look_until;
            if !is_any && !looks {
                self.outbox.waiting.store(0, Ordering::Relaxed);
            }
            let again = self.again(looks.then_some(pause));
            tokio::select! {
                Some(done) = self.sent.join_next() => self.done(done).await,
                () = self.outbox.news.notified() => {
                    (look_until, pause) = (Instant::now() + LOOK, PAUSE);
                }
                () = sleep_until(again) => pause = (pause * 2).min(Duration::from_secs(1)),
            }
        }
    }

    /// When to look again without news: after a pause while a change may be on its way,
    /// and when a webhook that failed has its next turn.
    fn again(&self, pause: Option<Duration>) -> Instant {
        let now = Instant::now();
        let look = now + pause.unwrap_or(Duration::from_secs(60));
        let retry = self.failed.values().map(|failed| failed.again).min();
        retry.map_or(look, |retry| look.min(retry.max(now + PAUSE)))
    }

    /// Sends what may go now; says whether anything waits.
    fn send(&mut self) -> Result<bool, IndexError> {
        let window = self.window()?;
        let is_any = !window.is_empty();
        let mut lanes = HashSet::new();
        for (row, record) in window {
            if self.sent.len() >= EVENTS_AT_ONCE {
                break;
            }
            // Only the first of a lane, and none behind one that failed just now.
            let is_first = lanes.insert(record.lane.clone());
            let failed = self.failed.get(&record.lane);
            let may_go = failed.is_none_or(|failed| failed.again <= Instant::now());
            if !is_first || !may_go || self.busy.contains(&record.lane) {
                continue;
            }
            self.busy.insert(record.lane.clone());
            let url = self.outbox.webhooks.url(&record.arn).cloned();
            let http = self.http.clone();
            self.sent.spawn(async move {
                let result = post(&http, url, &record).await;
                ((row, record), result)
            });
        }
        Ok(is_any)
    }

    /// The events that wait longest.
    fn window(&self) -> Result<Vec<Waiting>, IndexError> {
        let snapshot = self.index.snapshot()?;
        let all = (Bound::Unbounded, Bound::Unbounded);
        let rows = snapshot.rows(Table::Events, all)?.take(EVENTS_WINDOW);
        rows.map(|row| {
            let (row, record) = row?;
            Ok((row, serde_json::from_slice(&record)?))
        })
        .collect()
    }

    async fn done(&mut self, done: Result<(Waiting, Result<(), String>), tokio::task::JoinError>) {
        let Ok(((row, record), result)) = done else {
            return;
        };
        self.busy.remove(&record.lane);
        let is_old = now_ms().saturating_sub(record.at_ms) > EVENT_AGE_MS_MAX;
        match result {
            Ok(()) => {
                self.failed.remove(&record.lane);
            }
            Err(why) if is_old => {
                tracing::error!(lane = %record.lane.escape_debug(), why, "an event is given up after a day");
                self.failed.remove(&record.lane);
            }
            Err(why) => {
                let times = self.failed.get(&record.lane).map_or(0, |f| f.times);
                let factor = 1u64 << times.min(20);
                let pause = (WEBHOOK_PAUSE_MS_MIN * factor).min(WEBHOOK_PAUSE_MS_MAX);
                tracing::warn!(lane = %record.lane.escape_debug(), why, again_ms = pause, "a webhook did not take an event");
                let again = Instant::now() + Duration::from_millis(pause);
                let times = times + 1;
                self.failed.insert(record.lane, Failed { times, again });
                return;
            }
        }
        let remove = move |tx: &mut Tx<'_>| {
            tx.remove(Table::Events, row);
            Ok::<_, IndexError>(())
        };
        match self.index.change(remove).await {
            Ok(()) => {
                let waiting = &self.outbox.waiting;
                let less = |waiting: u64| Some(waiting.saturating_sub(1));
                let _ = waiting.try_update(Ordering::Relaxed, Ordering::Relaxed, less);
            }
            // It is told once more: at least once is what was promised.
            Err(error) => tracing::warn!(%error, "cannot note that an event was told"),
        }
    }
}

/// Sends one event; an error says why it was not taken.
async fn post(http: &Client, url: Option<Url>, record: &EventRecord) -> Result<(), String> {
    let Some(url) = url else {
        return Err(format!("no webhook is given for `{}`", record.arn));
    };
    let request = http
        .post(url)
        .header("content-type", "application/json")
        .body(record.message.clone());
    // The client's own limit is for parts of the way only.
    let whole = timeout(Duration::from_secs(2 * WEBHOOK_TIMEOUT_S), request.send());
    match whole.await {
        Ok(Ok(answer)) if answer.status().is_success() => Ok(()),
        Ok(Ok(answer)) => Err(format!("it answered {}", answer.status().as_u16())),
        // The URL may hold a secret of the operator's.
        Ok(Err(error)) => Err(error.without_url().to_string()),
        Err(_) => Err("no answer in time".to_owned()),
    }
}
