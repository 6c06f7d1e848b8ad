//! What comes next for an event that was sent: pure.
//!
//! Exponential backoff with full jitter: each pause is anything between nothing and a bound that doubles, so that events
//! which failed together do not come back together.

use crate::database::Verdict;
use crate::limits::{
    WEBHOOK_ATTEMPTS_MIN, WEBHOOK_GIVE_UP_S, WEBHOOK_PAUSE_MS_MAX, WEBHOOK_PAUSE_MS_MIN,
    WEBHOOK_RETRY_AFTER_S_MAX,
};

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// A status, with the seconds of its `Retry-After`.
    Status {
        status: u16,
        retry_after_s: Option<u64>,
    },
    /// None: why.
    None(String),
}

/// An event before this answer came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tried {
    /// How often it was sent in vain.
    pub(super) attempts: i64,
    /// How long ago it came up.
    pub(super) age_ms: i64,
}

/// `chance` is a random number from 0 to 1.
pub(super) fn verdict(answer: Answer, tried: Tried, chance: f64) -> Verdict {
    let (why, asked_s) = match answer {
        Answer::Status {
            status: 200..=299, ..
        } => return Verdict::Delivered,
        Answer::Status { status: 410, .. } => {
            let why = "it answered 410: the webhook is gone".to_owned();
            return Verdict::GivenUp { why };
        }
        Answer::Status {
            status: status @ 300..=399,
            ..
        } => (
            format!("it answered {status}, and redirects are not followed"),
            None,
        ),
        Answer::Status {
            status: status @ (429 | 503),
            retry_after_s,
        } => (format!("it answered {status}"), retry_after_s),
        Answer::Status { status, .. } => (format!("it answered {status}"), None),
        Answer::None(why) => (why, None),
    };
    let Tried { attempts, age_ms } = tried;
    // One that waited for long before it could be sent at all, behind another or while no replica ran, gets its turns.
    let is_old = age_ms >= WEBHOOK_GIVE_UP_S * 1000;
    if is_old && attempts + 1 >= WEBHOOK_ATTEMPTS_MIN {
        return Verdict::GivenUp { why };
    }
    let doublings = u32::try_from(attempts.clamp(0, 40)).unwrap_or(40);
    let bound = WEBHOOK_PAUSE_MS_MIN
        .saturating_mul(1 << doublings)
        .min(WEBHOOK_PAUSE_MS_MAX);
    let pause = (bound as f64 * chance) as i64;
    let asked = asked_s.map_or(0, |seconds| seconds.min(WEBHOOK_RETRY_AFTER_S_MAX) * 1000);
    let after_ms = pause.saturating_add(i64::try_from(asked).unwrap_or_default());
    Verdict::Again { after_ms, why }
}

/// The seconds of a `Retry-After` (RFC 9110 section 10.2.3): a number of them, or a date.
pub(super) fn retry_after_s(value: &str, now_unix_s: i64) -> Option<u64> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(seconds);
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?;
    u64::try_from(date.timestamp().as_second() - now_unix_s).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: Tried = Tried {
        attempts: 0,
        age_ms: 0,
    };
    const DAY_MS: i64 = 86_400_000;

    fn status(status: u16) -> Answer {
        Answer::Status {
            status,
            retry_after_s: None,
        }
    }

    #[test]
    fn what_each_answer_means() {
        for taken in [200, 201, 202, 204, 299] {
            assert_eq!(verdict(status(taken), NEW, 0.5), Verdict::Delivered);
        }
        for refused in [
            100, 199, 301, 302, 307, 400, 401, 404, 409, 411, 413, 429, 500, 503, 599,
        ] {
            let Verdict::Again { after_ms, why } = verdict(status(refused), NEW, 0.5) else {
                panic!("{refused}");
            };
            assert_eq!(after_ms, 1000);
            assert!(why.contains(&refused.to_string()), "{why}");
        }
        assert!(matches!(
            verdict(status(410), NEW, 0.5),
            Verdict::GivenUp { .. }
        ));
        let none = verdict(Answer::None("no answer".to_owned()), NEW, 0.5);
        assert!(matches!(none, Verdict::Again { .. }));
    }

    #[test]
    fn pauses_double_up_to_an_hour() {
        let after = |attempts, chance| match verdict(
            status(500),
            Tried {
                attempts,
                age_ms: 0,
            },
            chance,
        ) {
            Verdict::Again { after_ms, .. } => after_ms,
            other => panic!("{other:?}"),
        };
        let all: Vec<_> = (0..14)
            .map(|attempts| after(attempts, 1.0) / 1000)
            .collect();
        assert_eq!(
            all,
            [
                2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600
            ]
        );
        for attempts in [i64::MIN, -1, 100, i64::MAX - 1] {
            assert!((0..=3_600_000).contains(&after(attempts, 0.999)));
        }
        assert_eq!(after(5, 0.0), 0);
    }

    #[test]
    fn a_day_and_some_attempts_later_it_is_given_up() {
        let is_given_up = |attempts, age_ms| {
            matches!(
                verdict(status(500), Tried { attempts, age_ms }, 0.5),
                Verdict::GivenUp { .. }
            )
        };
        assert!(is_given_up(30, DAY_MS));
        assert!(is_given_up(WEBHOOK_ATTEMPTS_MIN - 1, DAY_MS));
        assert!(!is_given_up(30, DAY_MS - 1));
        assert!(!is_given_up(WEBHOOK_ATTEMPTS_MIN - 2, DAY_MS));
        assert!(!is_given_up(0, 9 * DAY_MS), "it had no chance yet");
    }

    #[test]
    fn a_webhook_may_ask_for_a_pause() {
        let after = |status, retry_after_s| match verdict(
            Answer::Status {
                status,
                retry_after_s,
            },
            NEW,
            0.5,
        ) {
            Verdict::Again { after_ms, .. } => after_ms,
            other => panic!("{other:?}"),
        };
        assert_eq!(after(429, Some(30)), 31_000);
        assert_eq!(after(503, Some(30)), 31_000);
        assert_eq!(after(500, Some(30)), 1000);
        assert_eq!(after(503, Some(WEBHOOK_RETRY_AFTER_S_MAX + 1)), 3_601_000);
        assert_eq!(after(503, Some(u64::MAX)), 3_601_000);
    }

    #[test]
    fn reads_retry_after() {
        let now = 784_111_777; // Sun, 06 Nov 1994 08:49:37 GMT
        for (value, seconds) in [
            ("0", Some(0)),
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:48:37 GMT", None),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("99999999999999999999999", None),
        ] {
            assert_eq!(retry_after_s(value, now), seconds, "{value}");
        }
    }
}
