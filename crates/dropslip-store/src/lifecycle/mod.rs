//! Lifecycle rules carried out.
//!
//! A thread of its own walks the buckets that have rules, some hundred rows at a time: a
//! reader's snapshot is never old, and between two steps others have their turn. What is
//! due is decided over the snapshot (`dropslip_s3::lifecycle`) and decided again inside
//! the change that takes it away, where it is still the same or stays.

mod expiration;
mod steps;
mod walk;

use std::sync::Arc;
use std::time::{Duration, Instant};

use dropslip_s3::lifecycle::Calendar;

pub(crate) use expiration::{abortion, expiration};

use crate::background::Background;
use crate::events::Outbox;
use crate::index::Index;
use crate::limits::{
    LIFECYCLE_FIRST_S, LIFECYCLE_PAUSE_MS_MAX, LIFECYCLE_PAUSE_MS_MIN, LIFECYCLE_REST_FACTOR,
    LIFECYCLE_WALKS_PER_DAY,
};
use walk::Walk;

/// Starts the thread.
pub(crate) fn start(index: Index, outbox: Arc<Outbox>, day: Duration) -> Background {
    Background::start("dropslip-lifecycle", move || work(index, outbox, day))
}

/// Days of the usual length end at midnight; shorter ones end when they end.
fn calendar(day: Duration) -> Calendar {
    Calendar::with_days_of_ms(i64::try_from(day.as_millis()).unwrap_or(i64::MAX))
}

async fn work(index: Index, outbox: Arc<Outbox>, day: Duration) {
    let calendar = calendar(day);
    let pause = (day / LIFECYCLE_WALKS_PER_DAY).clamp(
        Duration::from_millis(LIFECYCLE_PAUSE_MS_MIN),
        Duration::from_millis(LIFECYCLE_PAUSE_MS_MAX),
    );
    tokio::time::sleep(pause.min(Duration::from_secs(LIFECYCLE_FIRST_S))).await;
    loop {
        let begun = Instant::now();
        for (name, record) in index.buckets().all() {
            let Some(rules) = record.lifecycle.clone() else {
                continue;
            };
            let walk = Walk::new(&index, Arc::clone(&outbox), (&name, rules), calendar);
            if let Some(walk) = walk
                && let Err(error) = walk.run().await
            {
                tracing::warn!(bucket = name, %error, "cannot carry out lifecycle rules");
            }
        }
        let rest = begun.elapsed() * LIFECYCLE_REST_FACTOR;
        tokio::time::sleep(pause.max(rest)).await;
    }
}
