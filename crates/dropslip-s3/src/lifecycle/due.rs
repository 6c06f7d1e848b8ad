//! What the rules take away at a moment.

use super::{Expiration, LifecycleConfiguration, LifecycleRule, Subject};

/// The length of a day, in milliseconds.
pub const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// How long the days of the rules are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    day_ms: i64,
}

/// One version of an object, or a delete marker.
#[derive(Clone, Debug)]
pub struct Version<'a> {
    /// Key, size and tags.
    pub subject: Subject<'a>,
    /// Whether it marks a deletion.
    pub is_delete_marker: bool,
    /// When it was written, in milliseconds since 1970.
    pub modified_ms: i64,
}

/// What is to be done with the versions of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Delete the object as a `DELETE` without a version would.
    ExpireCurrent,
    /// Remove this version for good; the number counts from the newest, which is 0.
    Remove(usize),
}

impl Calendar {
    /// Days of 24 hours that end at midnight UTC, as S3 counts.
    pub const S3: Self = Self { day_ms: DAY_MS };

    /// Days of another length, for tests; they end when they end.
    ///
    /// Anything below a millisecond counts as one.
    #[must_use]
    pub fn with_days_of_ms(day_ms: i64) -> Self {
        let day_ms = day_ms.max(1);
        Self { day_ms }
    }

    /// The length of a day, in milliseconds.
    #[must_use]
    pub fn day_ms(self) -> i64 {
        self.day_ms
    }

    /// When so many days have gone by since a moment: S3 adds them and goes on to the
    /// next midnight.
    #[must_use]
    pub fn after(self, from_ms: i64, days: u32) -> i64 {
        let exact = from_ms.saturating_add(i64::from(days).saturating_mul(self.day_ms));
        if self.day_ms != DAY_MS {
            return exact;
        }
        let into_day = exact.rem_euclid(DAY_MS);
        if into_day == 0 {
            exact
        } else {
            exact.saturating_add(DAY_MS - into_day)
        }
    }
}

impl LifecycleConfiguration {
    /// When a current version will expire, in milliseconds since 1970, and by which rule:
    /// the one that is due first.
    #[must_use]
    pub fn expires(
        &self,
        calendar: Calendar,
        subject: &Subject<'_>,
        modified_ms: i64,
    ) -> Option<(i64, &LifecycleRule)> {
        self.enabled()
            .filter_map(|rule| Some((rule.expires_ms(calendar, modified_ms)?, rule)))
            .filter(|(_, rule)| rule.scope.covers(subject))
            .min_by_key(|(when_ms, _)| *when_ms)
    }

    /// What is to be done now with the versions of one key, newest first. The current
    /// one, if it goes, comes last: what is removed must not change what it is.
    #[must_use]
    pub fn due(&self, calendar: Calendar, versions: &[Version<'_>], now_ms: i64) -> Vec<Action> {
        let mut actions = Vec::new();
        for (index, pair) in versions.windows(2).enumerate() {
            let [newer, version] = pair else { continue };
            let is_due = self.enabled().any(|rule| {
                rule.noncurrent.is_some_and(|noncurrent| {
                    let kept = noncurrent.newer_kept.unwrap_or(0);
                    let has_enough_newer = u32::try_from(index).is_ok_and(|newer| newer >= kept);
                    let due_ms = calendar.after(newer.modified_ms, noncurrent.days);
                    has_enough_newer && due_ms <= now_ms && rule.covers(version)
                })
            });
            if is_due {
                actions.push(Action::Remove(index + 1));
            }
        }
        let Some(current) = versions.first() else {
            return actions;
        };
        if !current.is_delete_marker {
            let expires = self.expires(calendar, &current.subject, current.modified_ms);
            if expires.is_some_and(|(when_ms, _)| when_ms <= now_ms) {
                actions.push(Action::ExpireCurrent);
            }
        } else if versions.len() == 1 {
            let goes = self.enabled().any(|rule| {
                let is_due = match rule.expiration {
                    Some(Expiration::DeleteMarker(goes)) => goes,
                    _ => rule
                        .expires_ms(calendar, current.modified_ms)
                        .is_some_and(|when_ms| when_ms <= now_ms),
                };
                is_due && rule.covers(current)
            });
            if goes {
                actions.push(Action::Remove(0));
            }
        }
        actions
    }

    /// Whether an upload in parts is to be aborted.
    #[must_use]
    pub fn aborts(&self, calendar: Calendar, key: &str, begun_ms: i64, now_ms: i64) -> bool {
        let first = self.abortion(calendar, key, begun_ms);
        first.is_some_and(|(due_ms, _)| due_ms <= now_ms)
    }

    /// When an upload in parts will be aborted, in milliseconds since 1970, and by which rule:
    /// the one that is due first.
    #[must_use]
    pub fn abortion(
        &self,
        calendar: Calendar,
        key: &str,
        begun_ms: i64,
    ) -> Option<(i64, &LifecycleRule)> {
        let covering = self.enabled().filter(|rule| rule.scope.covers_key(key));
        let due = covering.filter_map(|rule| {
            let due_ms = calendar.after(begun_ms, rule.abort_uploads_days?);
            Some((due_ms, rule))
        });
        due.min_by_key(|(due_ms, _)| *due_ms)
    }

    fn enabled(&self) -> impl Iterator<Item = &LifecycleRule> {
        self.0.iter().filter(|rule| rule.enabled)
    }
}

impl LifecycleRule {
    fn expires_ms(&self, calendar: Calendar, modified_ms: i64) -> Option<i64> {
        match self.expiration? {
            Expiration::Days(days) => Some(calendar.after(modified_ms, days)),
            Expiration::DateUnixS(date) => Some(date.saturating_mul(1000)),
            Expiration::DeleteMarker(_) => None,
        }
    }

    /// A delete marker has neither size nor tags: a rule that asks for them does not
    /// mean it.
    fn covers(&self, version: &Version<'_>) -> bool {
        let asks = self.scope.has_tags() || self.scope.has_sizes();
        !(version.is_delete_marker && asks) && self.scope.covers(&version.subject)
    }
}
