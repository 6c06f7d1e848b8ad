//! The outbox: events that wait for their webhooks, each claimed by one worker at a time.
//!
//! A claim is a lease. It is kept up as long as its worker lives, and ends by itself soon after the worker has died, so
//! that another one takes over. Time is the database's own, for the clocks of replicas may differ. Of the events of one
//! upload for one webhook only the first that waits can be claimed, which keeps them in order.

use sqlx::FromRow;
use uuid::Uuid;

use super::{Database, DatabaseError, in_transaction, limited, on_reader};
use crate::limits::WEBHOOK_LEASE_S;

/// An event to be told, to one webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Such as `evt_…`; the same for each webhook and each time that it is sent.
    pub id: String,
    /// The upload that it tells of.
    pub upload: Uuid,
    /// The webhook's name.
    pub endpoint: String,
    /// Such as `upload.completed`.
    pub kind: &'static str,
    /// The body, as it will be sent.
    pub payload: String,
}

/// An event that this worker is to send.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Claimed {
    /// Its number.
    pub seq: i64,
    /// The event's id.
    pub id: String,
    /// The upload that it tells of.
    pub upload: String,
    /// Such as `upload.completed`.
    pub kind: String,
    /// The body to be sent.
    pub payload: String,
    /// How often it was sent in vain.
    pub attempts: i64,
    /// How long ago it came up, in milliseconds.
    pub age_ms: i64,
}

/// What came of sending an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The event's number.
    pub seq: i64,
    /// The lease under which it was claimed.
    pub lease: String,
    /// What came of it.
    pub verdict: Verdict,
}

/// What comes next for an event that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: the webhook took it.
    Delivered,
    /// It is sent again after this many milliseconds.
    Again {
        /// How long to wait.
        after_ms: i64,
        /// Why it was not taken.
        why: String,
    },
    /// Nothing more: it is given up, and kept.
    GivenUp {
        /// Why it was not taken.
        why: String,
    },
}

/// How many events are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those that wait to be told.
    pub pending: u64,
    /// Those that were given up, and not yet forgotten.
    pub failed: u64,
    /// How long the first of the waiting ones has waited, in milliseconds.
    pub oldest_ms: u64,
}

/// Writes a statement that needs the database's time in milliseconds, in SQLite's and in PostgreSQL's words.
macro_rules! with_now {
    ($($part:tt),+) => {
        [
            with_now!(@join "CAST(unixepoch('subsec') * 1000 AS INTEGER)", $($part),+),
            with_now!(@join "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)", $($part),+),
        ]
    };
    (@join $now:literal, $($part:tt),+) => { concat!($(with_now!(@part $now, $part)),+) };
    (@part $now:literal, NOW) => { $now };
    (@part $now:literal, $text:literal) => { $text };
}

pub(super) const INSERT: [&str; 2] = with_now!(
    "INSERT INTO dropslip_events (id, upload, endpoint, kind, payload, state, attempts, due_ms, created_ms) \
     VALUES ($1, $2, $3, $4, $5, 'pending', 0, ",
    NOW,
    ", ",
    NOW,
    ")"
);

macro_rules! insert {
    ($event:ident, $dialect:expr) => {
        sqlx::query($crate::database::outbox::INSERT[$dialect as usize])
            .bind(&$event.id)
            .bind($event.upload.to_string())
            .bind(&$event.endpoint)
            .bind($event.kind)
            .bind(&$event.payload)
    };
}
pub(super) use insert;

/// `MATERIALIZED`, or PostgreSQL might run the part that locks more than once and lock more than the limit.
macro_rules! claim {
    ($lock:literal) => {
        with_now!(
            "WITH due AS MATERIALIZED (SELECT seq FROM dropslip_events AS e \
             WHERE state = 'pending' AND endpoint = $1 AND due_ms <= ",
            NOW,
            " AND NOT EXISTS (SELECT 1 FROM dropslip_events AS b WHERE b.state = 'pending' \
             AND b.upload = e.upload AND b.endpoint = e.endpoint AND b.seq < e.seq) \
             ORDER BY due_ms LIMIT $2",
            $lock,
            ") UPDATE dropslip_events SET lease = $3, due_ms = $4 + ",
            NOW,
            " FROM due WHERE dropslip_events.seq = due.seq \
             RETURNING dropslip_events.seq, id, upload, kind, payload, attempts, ",
            NOW,
            " - created_ms AS age_ms"
        )
    };
}

const CLAIM: [&str; 2] = [claim!("")[0], claim!(" FOR UPDATE SKIP LOCKED")[1]];

const RENEW: [&str; 2] = with_now!(
    "UPDATE dropslip_events SET due_ms = $2 + ",
    NOW,
    " WHERE lease = $1 AND state = 'pending'"
);

const GIVE_BACK: [&str; 2] = with_now!(
    "UPDATE dropslip_events SET lease = NULL, due_ms = ",
    NOW,
    " WHERE lease = $1 AND state = 'pending'"
);

/// Whoever delivered it has delivered it, even if the lease has ended meanwhile.
const DELIVERED: [&str; 2] = with_now!(
    "UPDATE dropslip_events SET state = 'delivered', lease = NULL, attempts = attempts + 1, last_error = NULL, \
     settled_ms = ",
    NOW,
    " WHERE seq = $1 AND state <> 'delivered'"
);

const AGAIN: [&str; 2] = with_now!(
    "UPDATE dropslip_events SET lease = NULL, attempts = attempts + 1, last_error = $3, due_ms = $4 + ",
    NOW,
    " WHERE seq = $1 AND lease = $2 AND state = 'pending'"
);

const GIVEN_UP: [&str; 2] = with_now!(
    "UPDATE dropslip_events SET state = 'failed', lease = NULL, attempts = attempts + 1, last_error = $3, \
     settled_ms = ",
    NOW,
    " WHERE seq = $1 AND lease = $2 AND state = 'pending'"
);

const PENDING: [&str; 2] = with_now!(
    "SELECT COUNT(*), COALESCE(MAX(",
    NOW,
    " - created_ms), 0) FROM dropslip_events WHERE state = 'pending'"
);

const FAILED: &str = "SELECT COUNT(*) FROM dropslip_events WHERE state = 'failed'";

const LEASE_MS: i64 = WEBHOOK_LEASE_S * 1000;

impl Database {
    /// Takes up to `count` events of a webhook that are due, under a lease of this name.
    ///
    /// Take a new name each time: after an error it is open whether events are under it, which a name that nobody keeps
    /// up any more sets free.
    ///
    /// # Errors
    /// When the database does not answer in time, or as it should.
    pub async fn claim(
        &self,
        endpoint: &str,
        lease: &str,
        count: usize,
    ) -> Result<Vec<Claimed>, DatabaseError> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let mut claimed: Vec<Claimed> = limited(async {
            in_transaction!(self, tx, dialect => {
                let claim = sqlx::query_as(CLAIM[dialect as usize]).bind(endpoint).bind(count);
                claim.bind(lease).bind(LEASE_MS).fetch_all(&mut *tx).await?
            })
        })
        .await?;
        claimed.sort_unstable_by_key(|event: &Claimed| event.seq);
        Ok(claimed)
    }

    /// Keeps up the leases of these names.
    ///
    /// # Errors
    /// When the database does not answer in time, or as it should.
    pub async fn renew(&self, leases: &[String]) -> Result<(), DatabaseError> {
        limited(async {
            in_transaction!(self, tx, dialect => {
                for lease in leases {
                    let renew = sqlx::query(RENEW[dialect as usize]).bind(lease).bind(LEASE_MS);
                    renew.execute(&mut *tx).await?;
                }
            })
        })
        .await
    }

    /// Ends the leases of these names: others may claim the events at once.
    ///
    /// # Errors
    /// When the database does not answer in time, or as it should.
    pub async fn give_back(&self, leases: &[String]) -> Result<(), DatabaseError> {
        limited(async {
            in_transaction!(self, tx, dialect => {
                for lease in leases {
                    let give_back = sqlx::query(GIVE_BACK[dialect as usize]).bind(lease);
                    give_back.execute(&mut *tx).await?;
                }
            })
        })
        .await
    }

    /// Notes what came of sending events, all in one transaction. Of an event whose lease has ended meanwhile only that
    /// it was delivered is noted.
    ///
    /// # Errors
    /// When the database does not answer in time, or as it should. Nothing is noted then.
    pub async fn settle(&self, settled: &[Settled]) -> Result<(), DatabaseError> {
        limited(async {
            in_transaction!(self, tx, dialect => {
                for Settled { seq, lease, verdict } in settled {
                    let sql = match verdict {
                        Verdict::Delivered => DELIVERED,
                        Verdict::Again { .. } => AGAIN,
                        Verdict::GivenUp { .. } => GIVEN_UP,
                    };
                    let note = sqlx::query(sql[dialect as usize]).bind(seq);
                    let note = match verdict {
                        Verdict::Delivered => note,
                        Verdict::Again { after_ms, why } => note.bind(lease).bind(why).bind(after_ms),
                        Verdict::GivenUp { why } => note.bind(lease).bind(why),
                    };
                    note.execute(&mut *tx).await?;
                }
            })
        })
        .await
    }

    /// How many events wait, and how many were given up.
    ///
    /// # Errors
    /// When the database does not answer in time, or as it should.
    pub async fn counts(&self) -> Result<Counts, DatabaseError> {
        let (pending, oldest_ms, failed): (i64, i64, i64) = limited(async {
            on_reader!(self, pool, dialect => {
                let pending = sqlx::query_as(PENDING[dialect as usize]).fetch_one(pool).await?;
                let failed = sqlx::query_scalar(FAILED).fetch_one(pool).await?;
                let (pending, oldest): (i64, i64) = pending;
                Ok((pending, oldest, failed))
            })
        })
        .await?;
        let unsigned = |number: i64| u64::try_from(number).unwrap_or_default();
        Ok(Counts {
            pending: unsigned(pending),
            failed: unsigned(failed),
            oldest_ms: unsigned(oldest_ms),
        })
    }
}
