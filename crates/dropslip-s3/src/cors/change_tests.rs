//! Rules that are made to allow more.

use super::*;

const PAGE: &str = "https://app.example";

fn wanted() -> CorsRule {
    let put = Asked {
        origin: PAGE,
        method: "PUT",
        headers: vec!["content-type"],
    };
    let post = Asked {
        method: "POST",
        headers: Vec::new(),
        ..put.clone()
    };
    needed([&put, &post])
}

/// `id origins methods headers exposed`, lists with commas between.
fn rules(text: &str) -> Vec<CorsRule> {
    let rule = |line: &str| {
        let mut words = line.split_whitespace();
        let id = words.next().unwrap();
        let mut list = || {
            let texts = words.next().unwrap().split(',');
            texts
                .filter(|text| *text != "-")
                .map(str::to_owned)
                .collect()
        };
        CorsRule {
            id: (id != "-").then(|| id.to_owned()),
            allowed_origins: list(),
            allowed_methods: list(),
            allowed_headers: list(),
            expose_headers: list(),
            max_age_s: None,
        }
    };
    text.lines().map(rule).collect()
}

/// What becomes of rules: the marks and lines that changed.
#[track_caller]
fn check(before: &str, expected: &str) {
    let before = rules(before);
    let after = merge(&before, &wanted());
    let lines = difference(&before, &after);
    let changed = lines.iter().filter(|line| line.change != Change::Same);
    let changed: Vec<_> = changed
        .map(|line| {
            let words: Vec<_> = line.text.split_whitespace().collect();
            format!("{}{}", line.change.mark(), words.join(" "))
        })
        .collect();
    assert_eq!(changed.join("\n"), expected.trim(), "{lines:#?}");
    assert_eq!(merge(&after, &wanted()), after);
}

const ALL: &str = "+AllowedOrigin https://app.example
+AllowedMethod PUT
+AllowedMethod POST
+AllowedHeader content-type
+ExposeHeader ETag";

#[test]
fn the_smallest_rule() {
    let rule = wanted();
    assert_eq!(rule.allowed_origins, [PAGE]);
    assert_eq!(rule.allowed_methods, ["PUT", "POST"]);
    assert_eq!(rule.allowed_headers, ["content-type"]);
    assert_eq!(rule.expose_headers, ["ETag"]);
    assert!(CorsConfiguration::new(vec![rule]).is_ok());
}

#[test]
fn rules_that_do_already() {
    check("a https://app.example PUT,POST content-type ETag", "");
    check("a * PUT,POST,GET * ETag", "");
    check("a https://*.example PUT,POST Content-* x-a,etag", "");
    check(
        "a https://app.example POST - ETag\nb https://app.example PUT content-type ETag",
        // A POST of ours asks for no header, but what is needed is one rule.
        "+AllowedMethod PUT\n+AllowedHeader content-type",
    );
}

#[test]
fn a_rule_of_the_same_origins_is_extended() {
    check(
        "a https://app.example GET - -",
        "+AllowedMethod PUT\n+AllowedMethod POST\n+AllowedHeader content-type\n+ExposeHeader ETag",
    );
    check(
        "a https://app.example GET,PUT,POST * x-a",
        "+ExposeHeader ETag",
    );
    check(
        "other https://other.test GET * ETag\ndropslip https://app.example PUT x-a ETag",
        "+AllowedMethod POST\n+AllowedHeader content-type",
    );
}

#[test]
fn other_rules_stay() {
    check(
        "",
        &format!("+CORSRule dropslip\n{ALL}\n+MaxAgeSeconds 3600"),
    );
    check(
        "a https://other.test PUT * ETag\n- https://app.example,https://b.test GET - -",
        &format!("+CORSRule dropslip\n{ALL}\n+MaxAgeSeconds 3600"),
    );
    let taken = "dropslip https://other.test PUT * ETag\ndropslip-2 https://third.test PUT * -";
    check(
        taken,
        &format!("+CORSRule dropslip-3\n{ALL}\n+MaxAgeSeconds 3600"),
    );
}

#[test]
fn a_rule_that_would_hide_the_etag_comes_later() {
    let before = rules("a https://other.test PUT * -\nb * PUT,GET - x-b\nc * POST - x-c");
    let after = merge(&before, &wanted());
    let ids: Vec<_> = after.iter().filter_map(|rule| rule.id.as_deref()).collect();
    assert_eq!(ids, ["a", "dropslip", "b", "c"]);
    assert_eq!(after[1].expose_headers, ["ETag", "x-b", "x-c"]);
    assert_eq!(merge(&after, &wanted()), after);
}

#[test]
fn a_rule_that_is_not_asked_stays_as_it_is() {
    let before = rules("a * PUT,POST - -\nb https://app.example GET - x-b");
    let after = merge(&before, &wanted());
    assert_eq!(after[1..], before);
    assert_eq!(after[0].id.as_deref(), Some("dropslip"));
}

#[track_caller]
fn check_difference(before: &str, after: &str, expected: &[&str]) {
    let lines = difference(&rules(before), &rules(after));
    let shown: Vec<_> = lines
        .iter()
        .map(|line| {
            let words: Vec<_> = line.text.split_whitespace().collect();
            format!("{}{}", line.change.mark(), words.join(" "))
        })
        .collect();
    assert_eq!(shown, expected);
}

#[test]
fn differences_in_order() {
    check_difference(
        "a * GET - -",
        "a * PUT - -\nb * GET - -",
        &[
            " CORSRule a",
            " AllowedOrigin *",
            "-AllowedMethod GET",
            "+AllowedMethod PUT",
            "+CORSRule b",
            "+AllowedOrigin *",
            "+AllowedMethod GET",
        ],
    );
    check_difference(
        "a https://a.test GET - -\nb https://b.test GET - -\nc https://c.test GET - -",
        "a https://a.test GET - -\nd https://d.test GET - -\nc https://c.test GET - -",
        &[
            " CORSRule a",
            " AllowedOrigin https://a.test",
            " AllowedMethod GET",
            "-CORSRule b",
            "-AllowedOrigin https://b.test",
            "-AllowedMethod GET",
            "+CORSRule d",
            "+AllowedOrigin https://d.test",
            "+AllowedMethod GET",
            " CORSRule c",
            " AllowedOrigin https://c.test",
            " AllowedMethod GET",
        ],
    );
    // The rule that stays stays whole, though the new one before it looks much the same.
    check_difference(
        "- https://a.test GET - -",
        "- https://a.test PUT,GET - -\n- https://a.test GET - -\nz * GET - -",
        &[
            "+CORSRule",
            "+AllowedOrigin https://a.test",
            "+AllowedMethod PUT",
            "+AllowedMethod GET",
            " CORSRule",
            " AllowedOrigin https://a.test",
            " AllowedMethod GET",
            "+CORSRule z",
            "+AllowedOrigin *",
            "+AllowedMethod GET",
        ],
    );
    check_difference(
        "a * GET - -",
        "",
        &["-CORSRule a", "-AllowedOrigin *", "-AllowedMethod GET"],
    );
    check_difference("", "", &[]);
}
