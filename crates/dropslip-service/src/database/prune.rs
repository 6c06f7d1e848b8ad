//! Forgets what nobody will ask for again, in small transactions that let others write in between.

use super::{Database, DatabaseError, in_transaction, limited};
use crate::limits::{DATABASE_KEEP_DAYS, PRUNE_ROWS_MAX, USAGE_KEEP_DAYS, WEBHOOK_ORPHAN_S};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

const WAITING_FOR: &str = "SELECT DISTINCT endpoint FROM dropslip_events \
    WHERE state = 'pending' AND created_ms < $1";

const ORPHANS: &str = "UPDATE dropslip_events SET state = 'failed', lease = NULL, settled_ms = $3, \
    last_error = 'no replica has a webhook of this name' \
    WHERE state = 'pending' AND endpoint = $1 AND created_ms < $2";

const EVENTS: &str = "DELETE FROM dropslip_events WHERE seq IN (SELECT seq FROM dropslip_events \
    WHERE settled_ms < $1 AND state <> 'pending' LIMIT $2)";

const UPLOADS: &str = "DELETE FROM dropslip_uploads WHERE id IN (SELECT id FROM dropslip_uploads \
    WHERE decided_ms < $1 LIMIT $2)";

const USAGE: &str = "DELETE FROM dropslip_usage WHERE day < $1";

impl Database {
    /// Removes what is older than [`DATABASE_KEEP_DAYS`], and says how many rows. `now_ms` is in milliseconds since 1970.
    ///
    /// # Errors
    /// When the database does not answer in time, or as it should. What was removed before stays removed.
    pub async fn prune(&self, now_ms: i64) -> Result<u64, DatabaseError> {
        let before_ms = now_ms - DATABASE_KEEP_DAYS * DAY_MS;
        let mut removed = 0;
        for sql in [EVENTS, UPLOADS] {
            loop {
                let rows = limited(async {
                    in_transaction!(self, tx, _dialect => {
                        let delete = sqlx::query(sql).bind(before_ms).bind(PRUNE_ROWS_MAX);
                        delete.execute(&mut *tx).await?.rows_affected()
                    })
                })
                .await?;
                removed += rows;
                if rows < PRUNE_ROWS_MAX.unsigned_abs() {
                    break;
                }
            }
        }
        let day = now_ms.div_euclid(DAY_MS) - USAGE_KEEP_DAYS;
        removed += limited(async {
            in_transaction!(self, tx, _dialect => {
                sqlx::query(USAGE).bind(day).execute(&mut *tx).await?.rows_affected()
            })
        })
        .await?;
        Ok(removed)
    }

    /// Gives up the events that have waited for longer than any worker would try, for webhooks that are none of
    /// `known`: they were taken out of the configuration. Says how many.
    ///
    /// # Errors
    /// When the database does not answer in time, or as it should.
    pub async fn give_up_orphans(&self, known: &[&str], now_ms: i64) -> Result<u64, DatabaseError> {
        let before_ms = now_ms - WEBHOOK_ORPHAN_S * 1000;
        limited(async {
            in_transaction!(self, tx, _dialect => {
                let waiting = sqlx::query_scalar(WAITING_FOR).bind(before_ms);
                let waiting: Vec<String> = waiting.fetch_all(&mut *tx).await?;
                let mut given_up = 0;
                for endpoint in waiting.iter().filter(|name| !known.contains(&name.as_str())) {
                    let orphans = sqlx::query(ORPHANS).bind(endpoint).bind(before_ms).bind(now_ms);
                    given_up += orphans.execute(&mut *tx).await?.rows_affected();
                }
                given_up
            })
        })
        .await
    }
}
