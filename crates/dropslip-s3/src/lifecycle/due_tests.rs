//! When rules take something away.

use super::*;

const NOON: i64 = 1_800_014_400_000;
const MIDNIGHT: i64 = NOON + DAY_MS / 2;

fn rule(prefix: &str) -> LifecycleRule {
    LifecycleRule {
        id: prefix.to_owned(),
        enabled: true,
        scope: Scope::Prefix(prefix.to_owned()),
        expiration: None,
        noncurrent: None,
        abort_uploads_days: None,
    }
}

fn expiring(prefix: &str, expiration: Expiration) -> LifecycleRule {
    LifecycleRule {
        expiration: Some(expiration),
        ..rule(prefix)
    }
}

fn noncurrent(days: u32, newer_kept: Option<u32>) -> LifecycleRule {
    LifecycleRule {
        noncurrent: Some(Noncurrent { days, newer_kept }),
        ..rule("")
    }
}

fn rules(rules: impl IntoIterator<Item = LifecycleRule>) -> LifecycleConfiguration {
    LifecycleConfiguration::new(rules.into_iter().collect()).unwrap()
}

fn version(key: &str, modified_ms: i64) -> Version<'_> {
    let (size_bytes, tags) = (100, vec![("kind", "draft")]);
    Version {
        subject: Subject {
            key,
            size_bytes,
            tags,
        },
        is_delete_marker: false,
        modified_ms,
    }
}

fn marker(key: &str, modified_ms: i64) -> Version<'_> {
    Version {
        is_delete_marker: true,
        ..version(key, modified_ms)
    }
}

#[test]
fn days_end_at_midnight() {
    let after = |from, days| Calendar::S3.after(from, days);
    assert_eq!(NOON % DAY_MS, DAY_MS / 2);
    assert_eq!(after(NOON, 1), MIDNIGHT + DAY_MS);
    assert_eq!(after(MIDNIGHT, 1), MIDNIGHT + DAY_MS);
    assert_eq!(after(MIDNIGHT + 1, 3), MIDNIGHT + 4 * DAY_MS);
    assert_eq!(after(i64::MAX, u32::MAX), i64::MAX);
    let short = Calendar::with_days_of_ms(2000);
    assert_eq!(short.after(NOON + 7, 3), NOON + 7 + 6000);
    assert_eq!(Calendar::with_days_of_ms(0).after(0, 2), 2);
}

#[test]
fn the_rule_that_is_due_first_expires_an_object() {
    let configuration = rules([
        expiring("logs/", Expiration::Days(3)),
        expiring("logs/old/", Expiration::Days(1)),
        LifecycleRule {
            enabled: false,
            ..expiring("", Expiration::DateUnixS(0))
        },
    ]);
    let expires = |key| {
        let subject = version(key, NOON).subject;
        let found = configuration.expires(Calendar::S3, &subject, NOON);
        found.map(|(when, rule)| (when - MIDNIGHT, rule.id.as_str()))
    };
    assert_eq!(expires("logs/a"), Some((3 * DAY_MS, "logs/")));
    assert_eq!(expires("logs/old/a"), Some((DAY_MS, "logs/old/")));
    assert_eq!(expires("log"), None);
}

#[test]
fn a_date_is_for_all_that_is_there() {
    let date = MIDNIGHT / 1000;
    let configuration = rules([expiring("", Expiration::DateUnixS(date))]);
    let due = |now| configuration.due(Calendar::S3, &[version("a", NOON - 1)], now);
    assert_eq!(due(MIDNIGHT - 1), []);
    assert_eq!(due(MIDNIGHT), [Action::ExpireCurrent]);
}

#[test]
fn filters_hold_together() {
    let tag = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let check = |filter: Filter, expect: bool| {
        let scope = Scope::Filter(filter.clone());
        let subject = version("logs/a", 0).subject;
        assert_eq!(scope.covers(&subject), expect, "{filter:?}");
    };
    check(Filter::default(), true);
    let of = |prefix: &str| Filter {
        prefix: Some(prefix.to_owned()),
        ..Filter::default()
    };
    check(of("logs/"), true);
    check(of("Logs/"), false);
    let tagged = |tag| Filter {
        tag: Some(tag),
        ..of("logs/")
    };
    check(tagged(tag("kind", "draft")), true);
    check(tagged(tag("kind", "Draft")), false);
    check(tagged(tag("draft", "kind")), false);
    let sized = |greater, less| Filter {
        size_greater_than: greater,
        size_less_than: less,
        ..Filter::default()
    };
    check(sized(Some(99), Some(101)), true);
    check(sized(Some(100), None), false);
    check(sized(None, Some(100)), false);
    let and = |and: And| Filter {
        and: Some(and),
        ..of("logs/")
    };
    let both = And {
        tags: vec![tag("kind", "draft")],
        size_less_than: Some(101),
        ..And::default()
    };
    check(and(both.clone()), true);
    let other = And {
        prefix: Some("x".to_owned()),
        ..both.clone()
    };
    check(and(other), false);
    let more = And {
        tags: vec![tag("kind", "draft"), tag("a", "b")],
        ..both
    };
    check(and(more), false);
}

#[test]
fn noncurrent_versions_go_by_the_time_since_which_they_are() {
    let day = |days: i64| MIDNIGHT + days * DAY_MS;
    let versions = [
        version("a", day(9)),
        version("a", day(5)),
        version("a", day(1)),
        marker("a", day(0)),
    ];
    let due = |rule, now| rules([rule]).due(Calendar::S3, &versions, now);
    let remove = |indices: &[usize]| -> Vec<Action> {
        indices.iter().copied().map(Action::Remove).collect()
    };
    assert_eq!(due(noncurrent(2, None), day(2)), []);
    assert_eq!(due(noncurrent(2, None), day(3)), remove(&[3]));
    assert_eq!(due(noncurrent(2, None), day(7)), remove(&[2, 3]));
    assert_eq!(due(noncurrent(2, None), day(11)), remove(&[1, 2, 3]));
    assert_eq!(due(noncurrent(2, Some(1)), day(11)), remove(&[2, 3]));
    assert_eq!(due(noncurrent(2, Some(3)), day(11)), []);
    let small = LifecycleRule {
        scope: Scope::Filter(Filter {
            size_less_than: Some(101),
            ..Filter::default()
        }),
        ..noncurrent(2, None)
    };
    // A delete marker has no size.
    assert_eq!(due(small, day(11)), remove(&[1, 2]));
}

#[test]
fn a_delete_marker_that_hides_nothing_goes() {
    let alone = [marker("a", NOON)];
    let hiding = [marker("a", NOON), version("a", NOON - 1)];
    let goes = expiring("", Expiration::DeleteMarker(true));
    let stays = expiring("", Expiration::DeleteMarker(false));
    let aged = expiring("", Expiration::Days(1));
    let due = |rule: &LifecycleRule, versions: &[Version<'_>], now| {
        rules([rule.clone()]).due(Calendar::S3, versions, now)
    };
    assert_eq!(due(&goes, &alone, NOON), [Action::Remove(0)]);
    assert_eq!(due(&goes, &hiding, NOON), []);
    assert_eq!(due(&goes, &[version("a", 0)], NOON), []);
    assert_eq!(due(&stays, &alone, NOON), []);
    assert_eq!(due(&aged, &alone, MIDNIGHT), []);
    assert_eq!(due(&aged, &alone, MIDNIGHT + DAY_MS), [Action::Remove(0)]);
    assert_eq!(due(&aged, &hiding, MIDNIGHT + DAY_MS), []);
    assert_eq!(due(&aged, &[], NOON), []);
}

#[test]
fn stale_uploads_are_aborted() {
    let configuration = rules([LifecycleRule {
        abort_uploads_days: Some(2),
        ..rule("big/")
    }]);
    let aborts = |key, now| configuration.aborts(Calendar::S3, key, NOON, now);
    assert!(!aborts("big/a", MIDNIGHT + 2 * DAY_MS - 1));
    assert!(aborts("big/a", MIDNIGHT + 2 * DAY_MS));
    assert!(!aborts("small/a", MIDNIGHT + 9 * DAY_MS));
}

#[test]
fn only_the_keys_that_rules_are_about_are_walked() {
    let prefixes = |names: &[&str]| {
        let all = names.iter().map(|name| LifecycleRule {
            id: format!("{name}-{}", name.len()),
            abort_uploads_days: Some(1),
            ..rule(name)
        });
        let configuration = rules(all);
        let found = configuration.prefixes().into_iter().map(str::to_owned);
        found.collect::<Vec<_>>()
    };
    assert_eq!(prefixes(&["b/", "a/x", "a/", "a/y"]), ["a/", "b/"]);
    assert_eq!(prefixes(&["b/", "", "a/"]), [""]);
    let disabled = LifecycleRule {
        enabled: false,
        ..expiring("", Expiration::Days(1))
    };
    assert!(rules([disabled]).prefixes().is_empty());
}
