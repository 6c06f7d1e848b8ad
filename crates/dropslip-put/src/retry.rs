//! Which failures are tried again, after how long, and when to stop.
//!
//! Full jitter (a uniform wait between nothing and a doubling ceiling) spreads those that failed together, so that
//! they do not come back together.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use dropslip_s3::client::{ClientError, ClientErrorKind, Refusal};

use crate::ledger::Ledger;
use crate::limits::{ATTEMPTS, ATTEMPTS_AT_FIRST, PAUSE_MS, PAUSE_MS_MAX};

/// A failure that says whether the same may succeed when it is tried again.
pub(crate) trait Failure {
    fn is_passing(&self) -> bool;
    fn text(&self) -> String;
}

impl Failure for ClientError {
    fn is_passing(&self) -> bool {
        match self.kind() {
            ClientErrorKind::Unreachable => true,
            ClientErrorKind::Refused { status, code } => {
                // S3 answers 400 to a client whose bytes came too slowly, or not all; a digest differs when the
                // network changed the bytes, which a second attempt may not suffer.
                let passing = matches!(
                    code.as_deref(),
                    Some("RequestTimeout" | "IncompleteBody" | "InternalError")
                ) || matches!(
                    self.refusal(),
                    Some(Refusal::SlowDown | Refusal::Conflict | Refusal::BadDigest)
                );
                passing || is_passing_status(*status)
            }
            _ => false,
        }
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

/// Time-outs, too many requests and faults of the server; 501 and 505 say that it will never do this.
pub(crate) fn is_passing_status(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502..=504 | 506..=599)
}

/// The ceiling of the wait after an attempt that failed, counted from 1; `None` when it was the last.
fn ceiling_ms(attempt: u32, has_succeeded: bool) -> Option<u64> {
    let attempts = if has_succeeded {
        ATTEMPTS
    } else {
        ATTEMPTS_AT_FIRST
    };
    let ceiling = PAUSE_MS.saturating_mul(1 << (attempt - 1).min(20));
    (attempt < attempts).then_some(ceiling.min(PAUSE_MS_MAX))
}

/// Whether anything has succeeded in this run.
#[derive(Debug, Default)]
pub(crate) struct Luck(AtomicBool);

impl Luck {
    pub(crate) fn has_succeeded(&self) -> bool {
        self.0.load(Relaxed)
    }
}

/// Makes a call until it succeeds, fails for good, or has failed too often. It is told how often it has failed.
pub(crate) async fn persist<T, E: Failure, F: Future<Output = Result<T, E>>>(
    luck: &Luck,
    ledger: &Ledger,
    mut call: impl FnMut(u32) -> F,
) -> Result<T, E> {
    let mut failures = 0;
    loop {
        let error = match call(failures).await {
            Ok(done) => {
                // Written by all and seldom changed: a look costs less.
                if !luck.has_succeeded() {
                    luck.0.store(true, Relaxed);
                }
                if failures > 0 {
                    ledger.set_trouble(None);
                }
                return Ok(done);
            }
            Err(error) => error,
        };
        failures += 1;
        let ceiling = ceiling_ms(failures, luck.has_succeeded());
        let Some(ceiling) = ceiling.filter(|_| error.is_passing()) else {
            return Err(error);
        };
        ledger.set_trouble(Some(error.text()));
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=ceiling))).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let all = |lucky| -> Vec<u64> { (1..).map_while(|n| ceiling_ms(n, lucky)).collect() };
        assert_eq!(all(false), [250, 500]);
        assert_eq!(all(true), [250, 500, 1000, 2000, 4000, 8000, 15_000]);
    }

    #[test]
    fn passing_statuses() {
        for status in [408, 429, 500, 502, 503, 504, 599] {
            assert!(is_passing_status(status), "{status}");
        }
        for status in [200, 301, 400, 403, 404, 409, 412, 501, 505] {
            assert!(!is_passing_status(status), "{status}");
        }
    }

    struct Told(bool);

    impl Failure for Told {
        fn is_passing(&self) -> bool {
            self.0
        }

        fn text(&self) -> String {
            "busy".to_owned()
        }
    }

    async fn attempts(luck: &Luck, passing: bool, succeeds_at: u32) -> (u32, bool) {
        let mut made = 0;
        let ledger = Ledger::default();
        let answer = persist(luck, &ledger, |failures| {
            assert_eq!(failures, made);
            made += 1;
            std::future::ready(match made == succeeds_at {
                true => Ok(()),
                false => Err(Told(passing)),
            })
        });
        let is_ok = answer.await.is_ok();
        assert_eq!(ledger.trouble().is_some(), !is_ok && passing);
        (made, is_ok)
    }

    #[tokio::test]
    async fn what_passes_is_tried_again() {
        let luck = Luck::default();
        assert_eq!(attempts(&luck, false, 2).await, (1, false));
        assert_eq!(attempts(&luck, true, 9).await, (3, false));
        assert_eq!(attempts(&luck, true, 2).await, (2, true));
        assert!(luck.has_succeeded());
        assert_eq!(attempts(&luck, false, 2).await, (1, false));
        assert_eq!(attempts(&luck, true, 4).await, (4, true));
    }
}
