//! How many bytes and files a subject may upload on a day, counted in the database where all replicas see it.
//!
//! What is issued is counted, not what arrives: only then can the next upload be refused in time. What is refused or
//! taken back before it was completed is given back; what simply never comes counts until the day ends, in UTC.

use dropslip_sigv4::Timestamp;

use crate::config::{ConfigError, QuotasConfig};
use crate::database::{Amount, Quota, Reserved};
use crate::problem::{Code, Left, Problem};
use crate::request_id::current;
use crate::state::State;
use crate::token::Upload;

const DAY_S: i64 = 24 * 60 * 60;

/// Checks `[quotas]`. Without any of them nothing is counted.
pub(crate) fn check(
    config: &QuotasConfig,
    has_database: bool,
) -> Result<Option<Quota>, ConfigError> {
    let quota = Quota {
        bytes_per_day: config.bytes_per_day.map(|size| size.0),
        files_per_day: config.files_per_day,
    };
    for (field, value) in [
        ("bytesPerDay", quota.bytes_per_day),
        ("filesPerDay", quota.files_per_day),
    ] {
        let wrong = |message| Err(ConfigError::service(&format!("quotas.{field}"), message));
        match value {
            Some(0) => return wrong("is 0, so nobody could upload anything"),
            Some(_) if !has_database => {
                return wrong("needs a database to count in, and `database.url` is `none`");
            }
            _ => {}
        }
    }
    Ok((quota != Quota::default()).then_some(quota))
}

/// Whether an upload is counted.
pub(crate) fn is_counted(state: &State, upload: &Upload) -> bool {
    state.settings().quota.is_some() && upload.subject.is_some()
}

/// Takes room for an upload. One without a subject is nobody's, and not counted.
///
/// # Errors
/// `quota_exceeded`, and those of the database.
pub(crate) async fn reserve(state: &State, upload: &Upload) -> Result<(), Problem> {
    let (Some(quota), Some(subject)) = (&state.settings().quota, &upload.subject) else {
        return Ok(());
    };
    let Some(database) = state.database() else {
        return Err(Problem::internal(&"there are quotas and no database"));
    };
    let reserving = database.reserve(subject, day_of(upload), amount_of(upload), quota);
    match Box::pin(reserving).await.map_err(Problem::from)? {
        Reserved::Taken => Ok(()),
        Reserved::Exceeded {
            bytes_used,
            files_used,
        } => {
            let used = Used {
                bytes: bytes_used,
                files: files_used,
            };
            Err(exceeded(quota, &used, upload))
        }
    }
}

/// Gives the room of an upload back. That it cannot be is no reason to fail: the subject has less until the day ends.
pub(crate) async fn release(state: &State, upload: &Upload) {
    let (Some(_), Some(subject), Some(database)) =
        (&state.settings().quota, &upload.subject, state.database())
    else {
        return;
    };
    let releasing = database.release(subject, day_of(upload), amount_of(upload));
    if let Err(error) = Box::pin(releasing).await {
        tracing::warn!(request = %current(), %error, "cannot give room of a quota back");
    }
}

/// The day on which an upload was issued, counted from 1970.
fn day_of(upload: &Upload) -> i64 {
    upload.issued.unix_s().div_euclid(DAY_S)
}

/// A size that was not told counts as the largest that is allowed.
fn amount_of(upload: &Upload) -> Amount {
    Amount {
        bytes: upload.size_bytes_max,
        files: 1,
    }
}

struct Used {
    bytes: u64,
    files: u64,
}

fn exceeded(quota: &Quota, used: &Used, upload: &Upload) -> Problem {
    let left = Left {
        bytes: quota
            .bytes_per_day
            .map(|most| most.saturating_sub(used.bytes)),
        files: quota
            .files_per_day
            .map(|most| most.saturating_sub(used.files)),
    };
    let ends = (day_of(upload) + 1) * DAY_S;
    let resets_at = jiff::Timestamp::from_second(ends)
        .map(|time| time.to_string())
        .unwrap_or_default();
    let of_bytes = left.bytes.map(|bytes| format!("{bytes} bytes"));
    let of_files = left.files.map(|files| format!("{files} files"));
    let both: Vec<String> = of_bytes.into_iter().chain(of_files).collect();
    let detail = format!(
        "{} are left of the subject's day, which ends at {resets_at}; this file has {} bytes",
        both.join(" and "),
        upload.size_bytes_max
    );
    let wait_s = seconds_until(ends, upload.issued);
    Problem::new(Code::QuotaExceeded, detail)
        .with_left(left, resets_at)
        .with_retry_after(wait_s)
}

fn seconds_until(ends: i64, now: Timestamp) -> u64 {
    u64::try_from(ends - now.unix_s()).unwrap_or(1).max(1)
}
