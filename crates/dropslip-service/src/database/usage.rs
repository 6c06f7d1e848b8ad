//! What subjects have used on a day, counted where all replicas see it.

use super::{Database, DatabaseError, in_transaction, limited};

/// How much a subject may use on a day; none means without limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// Bytes a day.
    pub bytes_per_day: Option<u64>,
    /// Files a day.
    pub files_per_day: Option<u64>,
}

/// What an upload uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// Bytes.
    pub bytes: u64,
    /// Files.
    pub files: u32,
}

impl Amount {
    /// As the database counts.
    fn signed(self) -> (i64, i64) {
        (signed(self.bytes), i64::from(self.files))
    }
}

/// Whether there was room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// There was, and it is taken now.
    Taken,
    /// There was not; this much was in use before.
    Exceeded {
        /// Bytes of this day.
        bytes_used: u64,
        /// Files of this day.
        files_used: u64,
    },
}

/// In one statement, so that of two who ask at once only one gets the last room. Subtracted instead of added, since a
/// sum may leave the range of numbers.
const RESERVE: &str = "INSERT INTO dropslip_usage (subject, day, bytes, files) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (subject, day) DO UPDATE \
    SET bytes = dropslip_usage.bytes + excluded.bytes, files = dropslip_usage.files + excluded.files \
    WHERE dropslip_usage.bytes <= $5 - excluded.bytes AND dropslip_usage.files <= $6 - excluded.files";

const USED: &str = "SELECT bytes, files FROM dropslip_usage WHERE subject = $1 AND day = $2";

/// Never below nothing: what is given back twice does not make room.
const RELEASE: &str = "UPDATE dropslip_usage SET \
    bytes = CASE WHEN bytes > $3 THEN bytes - $3 ELSE 0 END, \
    files = CASE WHEN files > $4 THEN files - $4 ELSE 0 END \
    WHERE subject = $1 AND day = $2";

/// As the database counts: what is beyond its numbers is the largest of them.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Database {
    /// Takes room of a subject's quota on a day (days since 1970 in UTC), if there is as much.
    ///
    /// # Errors
    /// When the database does not answer in time, or as it should.
    pub async fn reserve(
        &self,
        subject: &str,
        day: i64,
        amount: Amount,
        quota: &Quota,
    ) -> Result<Reserved, DatabaseError> {
        let bytes_max = quota.bytes_per_day.map_or(i64::MAX, signed);
        let files_max = quota.files_per_day.map_or(i64::MAX, signed);
        let (bytes, files) = amount.signed();
        let fits_alone = bytes <= bytes_max && files <= files_max;
        let used: Option<(i64, i64)> = limited(async {
            in_transaction!(self, tx, _dialect => {
                let is_taken = if fits_alone {
                    let reserve = sqlx::query(RESERVE).bind(subject).bind(day).bind(bytes).bind(files);
                    let reserve = reserve.bind(bytes_max).bind(files_max);
                    reserve.execute(&mut *tx).await?.rows_affected() == 1
                } else {
                    false
                };
                if is_taken {
                    None
                } else {
                    let used = sqlx::query_as(USED).bind(subject).bind(day);
                    Some(used.fetch_optional(&mut *tx).await?.unwrap_or_default())
                }
            })
        })
        .await?;
        let unsigned = |number: i64| u64::try_from(number).unwrap_or_default();
        Ok(match used {
            None => Reserved::Taken,
            Some((bytes, files)) => Reserved::Exceeded {
                bytes_used: unsigned(bytes),
                files_used: unsigned(files),
            },
        })
    }

    /// Gives back what an upload reserved that came to nothing, on the day on which it was reserved.
    ///
    /// # Errors
    /// When the database does not answer in time, or as it should.
    pub async fn release(
        &self,
        subject: &str,
        day: i64,
        amount: Amount,
    ) -> Result<(), DatabaseError> {
        let (bytes, files) = amount.signed();
        limited(async {
            in_transaction!(self, tx, _dialect => {
                let release = sqlx::query(RELEASE).bind(subject).bind(day);
                release.bind(bytes).bind(files).execute(&mut *tx).await?;
            })
        })
        .await
    }
}
