//! How often an address and a subject may call.
//!
//! Each has a bucket of tokens that fills evenly (GCRA, by the `governor` crate). Buckets that are full again are
//! forgotten, so memory is bounded by who called lately; if those are too many, newcomers share buckets, which is
//! stricter and never looser.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

use crate::config::{ConfigError, LimitsConfig};
use crate::limits::{
    RATE_BURST_MAX, RATE_KEYS_MAX, RATE_PERIOD_S_MAX, RATE_SHARED_BUCKETS, RATE_SWEEP_CALLS_MIN,
};
use crate::problem::{Code, Problem};

/// So many calls in so long, and so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    calls: NonZeroU32,
    period: Duration,
    burst: NonZeroU32,
}

/// `[limits]`, as far as it is about rates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RateSettings {
    pub(crate) per_address: Option<Rate>,
    pub(crate) per_subject: Option<Rate>,
}

impl RateSettings {
    /// Checks the section.
    pub(crate) fn check(config: &LimitsConfig) -> Result<Self, ConfigError> {
        let burst = match config.burst.map(NonZeroU32::new) {
            None => None,
            Some(Some(burst)) if burst.get() <= RATE_BURST_MAX => Some(burst),
            Some(_) => {
                let message = format!("must be 1 to {RATE_BURST_MAX} calls");
                return Err(ConfigError::service("limits.burst", message));
            }
        };
        if burst.is_some() && config.per_address.is_none() && config.per_subject.is_none() {
            let message = "means nothing without `perAddress` or `perSubject`";
            return Err(ConfigError::service("limits.burst", message));
        }
        let rate = |field: &str, text: &Option<String>| {
            let rate = text
                .as_deref()
                .map(|text| Rate::read(text, burst))
                .transpose();
            rate.map_err(|why| ConfigError::service(&format!("limits.{field}"), why))
        };
        Ok(Self {
            per_address: rate("perAddress", &config.per_address)?,
            per_subject: rate("perSubject", &config.per_subject)?,
        })
    }
}

impl Rate {
    fn read(text: &str, burst: Option<NonZeroU32>) -> Result<Self, String> {
        let wrong = || format!("is `{}`, not a rate such as `600/1m`", text.escape_debug());
        let (calls, period) = text.split_once('/').ok_or_else(wrong)?;
        let calls = calls.trim().parse::<NonZeroU32>().map_err(|_| wrong())?;
        let period = period.trim();
        // `60/s` is read as well as `60/1s`.
        let spelled = if period.starts_with(|c: char| c.is_ascii_digit()) {
            humantime::parse_duration(period)
        } else {
            humantime::parse_duration(&format!("1{period}"))
        };
        let period = spelled.map_err(|_| wrong())?;
        if !(1..=RATE_PERIOD_S_MAX).contains(&period.as_secs()) || calls.get() > RATE_BURST_MAX {
            return Err(format!(
                "is `{}`; a rate is 1 to {RATE_BURST_MAX} calls in 1 s to 1 day",
                text.escape_debug()
            ));
        }
        Ok(Self {
            calls,
            period,
            burst: burst.unwrap_or(calls),
        })
    }

    fn quota(self) -> Quota {
        let each = (self.period / self.calls.get()).max(Duration::from_nanos(1));
        Quota::with_period(each)
            .expect("the time for one call is at least a nanosecond")
            .allow_burst(self.burst)
    }
}

/// The counts.
#[derive(Clone, Debug)]
pub(crate) struct Rates {
    pub(crate) per_address: Option<Arc<Buckets>>,
    pub(crate) per_subject: Option<Arc<Buckets>>,
}

impl Rates {
    /// Nobody has called yet.
    pub(crate) fn new(settings: RateSettings) -> Self {
        let buckets = |rate: Option<Rate>| rate.map(|rate| Arc::new(Buckets::new(rate)));
        Self {
            per_address: buckets(settings.per_address),
            per_subject: buckets(settings.per_subject),
        }
    }

    /// Takes over the counts of before, where the rate is still the same.
    pub(crate) fn continuing(self, old: &Self) -> Self {
        let continuing = |new: Option<Arc<Buckets>>, old: &Option<Arc<Buckets>>| match (new, old) {
            (Some(new), Some(old)) if new.rate == old.rate => Some(Arc::clone(old)),
            (new, _) => new,
        };
        Self {
            per_address: continuing(self.per_address, &old.per_address),
            per_subject: continuing(self.per_subject, &old.per_subject),
        }
    }
}

/// Time since the start. Tokio's, so that tests can stop it.
#[derive(Clone)]
struct Ticks(Instant);

impl Clock for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

type Limiter = RateLimiter<u128, DashMapStateStore<u128>, Ticks, NoOpMiddleware<Duration>>;

/// One bucket for each address or subject.
pub(crate) struct Buckets {
    rate: Rate,
    limiter: Limiter,
    clock: Ticks,
    hasher: [RandomState; 2],
    calls: AtomicUsize,
    sweep_after: AtomicUsize,
    is_full: AtomicBool,
}

impl std::fmt::Debug for Buckets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Buckets({})", self.limiter.len())
    }
}

impl Buckets {
    pub(crate) fn new(rate: Rate) -> Self {
        let clock = Ticks(Instant::now());
        Self {
            rate,
            limiter: RateLimiter::new(rate.quota(), DashMapStateStore::default(), clock.clone()),
            clock,
            hasher: [RandomState::new(), RandomState::new()],
            calls: AtomicUsize::new(0),
            sweep_after: AtomicUsize::new(RATE_SWEEP_CALLS_MIN),
            is_full: AtomicBool::new(false),
        }
    }

    /// Counts a call of an address. Whoever has one IPv6 address has at least a /64 of them.
    pub(crate) fn count_address(&self, address: IpAddr) -> Result<(), Problem> {
        let key = match address {
            IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
            IpAddr::V6(address) => address.to_bits() & !u128::from(u64::MAX),
        };
        self.count(key, "this address")
    }

    /// Counts a call of a subject, by a hash that nobody else can compute.
    pub(crate) fn count_subject(&self, subject: &str) -> Result<(), Problem> {
        let [high, low] = &self.hasher;
        let key = (u128::from(high.hash_one(subject)) << 64) | u128::from(low.hash_one(subject));
        self.count(key, "this subject")
    }

    fn count(&self, key: u128, whose: &str) -> Result<(), Problem> {
        if self.calls.fetch_add(1, Ordering::Relaxed) == self.sweep_after.load(Ordering::Relaxed) {
            self.sweep();
        }
        let key = if self.is_full.load(Ordering::Relaxed) {
            u128::from(self.hasher[0].hash_one(key) % RATE_SHARED_BUCKETS) + 1
        } else {
            key
        };
        self.limiter.check_key(&key).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            let wait_s = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            let detail = format!(
                "{whose} made more than {} calls in {}",
                self.rate.calls,
                humantime::format_duration(self.rate.period)
            );
            Problem::new(Code::RateLimited, detail).with_retry_after(wait_s.max(1))
        })
    }

    /// Forgets who could call at once again. Done after as many calls as there were buckets left, so that its cost,
    /// spread over them, stays the same however many there are.
    fn sweep(&self) {
        self.limiter.retain_recent();
        let left = self.limiter.len();
        self.is_full.store(left >= RATE_KEYS_MAX, Ordering::Relaxed);
        let next = left.clamp(RATE_SWEEP_CALLS_MIN, RATE_KEYS_MAX);
        self.sweep_after.store(next, Ordering::Relaxed);
        self.calls.store(0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(text: &str) -> Buckets {
        Buckets::new(Rate::read(text, None).unwrap())
    }

    fn address(number: u32) -> IpAddr {
        IpAddr::V4(number.into())
    }

    #[test]
    fn rates_as_they_are_written() {
        for (text, calls, period_s) in [
            ("600/1m", 600, 60),
            ("5/s", 5, 1),
            ("60 / 2h", 60, 7200),
            ("1/1day", 1, 86_400),
        ] {
            let rate = Rate::read(text, None).unwrap();
            assert_eq!(
                (rate.calls.get(), rate.period.as_secs()),
                (calls, period_s),
                "{text}"
            );
        }
        for wrong in [
            "",
            "600",
            "/1m",
            "600/",
            "0/1m",
            "-1/1m",
            "1.5/1m",
            "600/0s",
            "600/1ms",
            "600/2days",
            "1000001/1m",
            "600/1m/1m",
            "many/1m",
            "600/soon",
            "600 per minute",
            "99999999999999/1s",
        ] {
            assert!(Rate::read(wrong, None).is_err(), "{wrong}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_empties_and_fills_evenly() {
        let buckets = buckets("60/1m");
        for _ in 0..60 {
            buckets.count_address(address(1)).unwrap();
        }
        let refused = buckets.count_address(address(1)).unwrap_err();
        assert_eq!(refused.code(), Code::RateLimited);
        buckets.count_address(address(2)).unwrap();
        tokio::time::advance(Duration::from_millis(999)).await;
        buckets.count_address(address(1)).unwrap_err();
        tokio::time::advance(Duration::from_millis(1)).await;
        buckets.count_address(address(1)).unwrap();
        buckets.count_address(address(1)).unwrap_err();
    }

    #[tokio::test(start_paused = true)]
    async fn one_network_of_ipv6_is_one_caller() {
        let buckets = buckets("2/1m");
        let parse = |text: &str| text.parse::<IpAddr>().unwrap();
        buckets.count_address(parse("2001:db8:1:2::1")).unwrap();
        buckets
            .count_address(parse("2001:db8:1:2:ffff::9"))
            .unwrap();
        buckets
            .count_address(parse("2001:db8:1:2:3:4:5:6"))
            .unwrap_err();
        buckets.count_address(parse("2001:db8:1:3::1")).unwrap();
        buckets.count_address(parse("192.0.2.1")).unwrap();
        buckets.count_address(parse("192.0.2.2")).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn subjects_are_counted_apart() {
        let buckets = buckets("1/1m");
        buckets.count_subject("anna").unwrap();
        buckets.count_subject("anna").unwrap_err();
        buckets.count_subject("ann").unwrap();
        buckets.count_subject("").unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_may_call_again_are_forgotten() {
        let buckets = buckets("60/1m");
        for number in 0..50_000 {
            buckets.count_address(address(number)).unwrap();
            if number % 100 == 0 {
                tokio::time::advance(Duration::from_secs(1)).await;
            }
        }
        assert!(
            buckets.limiter.len() <= 2 * RATE_SWEEP_CALLS_MIN,
            "{buckets:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn too_many_share_buckets_until_there_is_room() {
        let buckets = buckets("1/1d");
        for number in 0..4 * u32::try_from(RATE_KEYS_MAX).unwrap() {
            let _ = buckets.count_address(address(number));
        }
        let most = 2 * RATE_KEYS_MAX + usize::try_from(RATE_SHARED_BUCKETS).unwrap() + 1;
        assert!(buckets.limiter.len() <= most, "{buckets:?}");
        assert!(buckets.is_full.load(Ordering::Relaxed));
        tokio::time::advance(Duration::from_secs(2 * 86_400)).await;
        for number in 0..=2 * u32::try_from(RATE_KEYS_MAX).unwrap() {
            let _ = buckets.count_address(address(number % 10));
        }
        assert!(!buckets.is_full.load(Ordering::Relaxed));
        assert!(buckets.limiter.len() < 100, "{buckets:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn counts_survive_a_new_configuration() {
        let settings = |text| RateSettings {
            per_address: Some(Rate::read(text, None).unwrap()),
            per_subject: None,
        };
        let old = Rates::new(settings("1/1m"));
        let count = |rates: &Rates| {
            rates
                .per_address
                .as_ref()
                .unwrap()
                .count_address(address(7))
        };
        count(&old).unwrap();
        count(&Rates::new(settings("1/1m")).continuing(&old)).unwrap_err();
        count(&Rates::new(settings("2/1m")).continuing(&old)).unwrap();
        let none = Rates::new(RateSettings::default()).continuing(&old);
        assert!(none.per_address.is_none());
    }
}
