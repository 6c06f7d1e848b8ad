//! Work that one replica does at a time, and since when decisions are kept.

use super::{Database, DatabaseError, in_transaction, limited, on_reader};

const LEASE: &str = "INSERT INTO dropslip_leases (name, holder, until_ms) VALUES ($1, $2, $3) \
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms \
    WHERE dropslip_leases.holder = excluded.holder OR dropslip_leases.until_ms < $4";

const SINCE: &str = "SELECT MIN(since_ms) FROM dropslip_since";

impl Database {
    /// Takes some work for a time, or keeps it for longer. Says whether it is the holder's now; a lease that has ended
    /// may be taken by anybody.
    ///
    /// # Errors
    /// When the database does not answer in time, or as it should.
    pub async fn lease(
        &self,
        name: &str,
        holder: &str,
        now_ms: i64,
        until_ms: i64,
    ) -> Result<bool, DatabaseError> {
        limited(async {
            in_transaction!(self, tx, _dialect => {
                let lease = sqlx::query(LEASE).bind(name).bind(holder).bind(until_ms);
                lease.bind(now_ms).execute(&mut *tx).await?.rows_affected() == 1
            })
        })
        .await
    }

    /// Since when decisions are kept here, in milliseconds since 1970. Of what was issued before nothing is known.
    ///
    /// # Errors
    /// When the database does not answer in time, or as it should.
    pub async fn since_ms(&self) -> Result<i64, DatabaseError> {
        let since: Option<i64> = limited(async {
            on_reader!(self, pool, _dialect => sqlx::query_scalar(SINCE).fetch_one(pool).await)
                .map_err(DatabaseError::from)
        })
        .await?;
        Ok(since.unwrap_or(i64::MAX))
    }
}
