//! Each way in which rules are wrong, named; and rules that are right, not blamed.

use proptest::prelude::*;

use super::*;

const PAGE: &str = "https://app.example";

fn rule(origins: &[&str], methods: &[&str], headers: &[&str]) -> CorsRule {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    CorsRule {
        allowed_origins: owned(origins),
        allowed_methods: owned(methods),
        allowed_headers: owned(headers),
        expose_headers: vec!["etag".to_owned()],
        ..CorsRule::default()
    }
}

fn asked(origin: &str) -> Asked<'_> {
    Asked {
        origin,
        method: "PUT",
        headers: vec!["content-type"],
    }
}

fn codes(mismatches: &[Mismatch]) -> String {
    let codes: Vec<_> = mismatches
        .iter()
        .map(|mismatch| {
            assert!(!mismatch.to_string().is_empty() && !mismatch.change().is_empty());
            mismatch.cause.code()
        })
        .collect();
    codes.join(" ")
}

/// What is wrong with rules of which the first has this origin, for a page.
#[track_caller]
fn check_origin(own: &str, page: &str, expected: &str) {
    let rules = [rule(&[own], &["PUT"], &["*"])];
    let explained = explain(&rules, &asked(page));
    assert_eq!(codes(&explained.mismatches), expected, "{own} {page}");
    assert_eq!(explained.matched.is_some(), expected.is_empty());
}

#[test]
fn origins_that_fit() {
    for own in [
        "*",
        PAGE,
        "https://*.example",
        "https://*",
        "*.example",
        "https://app.example*",
    ] {
        check_origin(own, PAGE, "");
    }
    check_origin("http://localhost:*", "http://localhost:5173", "");
    check_origin("https://*.example", "https://a.b.example", "");
    check_origin("null", "null", "");
}

#[test]
fn origins_that_nearly_fit() {
    for (own, expected) in [
        ("https://app.example/", "origin_trailing_slash"),
        ("https://app.example/upload", "origin_path"),
        ("https://app.example/upload/", "origin_path"),
        ("https://app.example/*", "origin_path"),
        ("http://app.example", "origin_scheme"),
        ("app.example", "origin_no_scheme"),
        ("//app.example", "origin_no_scheme"),
        ("https://App.Example", "origin_case"),
        ("HTTPS://app.example", "origin_case"),
        (" https://app.example", "origin_white_space"),
        ("https://app.example\n", "origin_white_space"),
        ("https://app.example:443", "origin_port"),
        ("https://app.example:8443", "origin_port"),
        ("https://www.app.example", "origin_www"),
        ("https://*.app.example", "origin_wildcard"),
        ("https://*.*.app.example", "origin_wildcard"),
        ("https://*.ex*", "origin_wildcard"),
        ("https://*.example/", "origin_trailing_slash"),
        ("http://*.example", "origin_scheme"),
        ("http://app.example/", "origin_trailing_slash origin_scheme"),
        (
            "App.Example/",
            "origin_case origin_no_scheme origin_trailing_slash",
        ),
        (
            "http://www.app.example:80",
            "origin_scheme origin_port origin_www",
        ),
    ] {
        check_origin(own, PAGE, expected);
    }
    let local = "http://localhost:5173";
    check_origin("http://localhost", local, "origin_port");
    check_origin("http://localhost:3000", local, "origin_port");
    check_origin("https://localhost:5173", local, "origin_scheme");
    check_origin("http://localhost:*", "http://localhost", "origin_wildcard");
    check_origin(
        "https://app.example",
        "https://www.app.example",
        "origin_www",
    );
    check_origin("http://[::1]:80", "http://[::1]:8080", "origin_port");
    check_origin("https://up-*.app.example", PAGE, "origin_wildcard");
}

#[test]
fn origins_that_are_others() {
    for own in [
        "https://other.test",
        "https://app.example.org",
        "https://api.example",
        "https://*.test",
        "null",
        "https://*",
    ] {
        let page = if own == "https://*" {
            "http://b.test"
        } else {
            PAGE
        };
        let expected = match own {
            // A mend of the scheme makes it fit.
            "https://*" => "origin_scheme",
            _ => "origin_missing",
        };
        check_origin(own, page, expected);
    }
    check_origin(
        "http://127.0.0.1:3000",
        "http://localhost:3000",
        "origin_missing",
    );
    check_origin("https://a*.test", "https://b.test", "origin_missing");
    check_origin("", PAGE, "origin_missing");
    check_origin("://", PAGE, "origin_missing");
    check_origin("/", PAGE, "origin_missing");
    check_origin("**", "null", "origin_wildcard");
}

#[track_caller]
fn check(rules: &[CorsRule], headers: &[&'static str], expected: &str) -> Explained {
    let asked = Asked {
        headers: headers.to_vec(),
        ..asked(PAGE)
    };
    let explained = explain(rules, &asked);
    assert_eq!(codes(&explained.mismatches), expected, "{explained:#?}");
    explained
}

#[test]
fn rules_that_lack_something() {
    const TYPE: &[&str] = &["content-type"];
    check(&[], TYPE, "no_rules");
    check(
        &[rule(&[PAGE], &["GET", "POST"], &["*"])],
        TYPE,
        "method_missing",
    );
    check(&[rule(&[PAGE], &[], &["*"])], TYPE, "method_missing");
    check(&[rule(&[PAGE], &["put"], &["*"])], TYPE, "method_case");
    check(&[rule(&[PAGE], &["PUT"], &[])], TYPE, "header_missing");
    check(
        &[rule(&[PAGE], &["PUT"], &["content-typ"])],
        TYPE,
        "header_missing",
    );
    check(&[rule(&[PAGE], &["PUT"], &["Content-Type"])], TYPE, "");
    check(
        &[rule(&[PAGE], &["GET"], &[])],
        &["content-type", "x-amz-acl"],
        "method_missing header_missing header_missing",
    );
    let other = rule(&["https://other.test"], &["PUT"], &["*"]);
    let explained = check(
        &[other.clone(), rule(&[PAGE], &["GET"], &["*"])],
        TYPE,
        "method_elsewhere",
    );
    assert_eq!(explained.closest.map(|rule| rule.index), Some(1));
    check(
        &[other, rule(&["*"], &["GET"], &["*"])],
        TYPE,
        "method_elsewhere",
    );
    let split = [
        rule(&[PAGE], &["PUT"], &["x-amz-acl"]),
        rule(&["*"], &["PUT"], &["content-type"]),
    ];
    check(&split, &["content-type", "x-amz-acl"], "header_elsewhere");
    check(
        &split,
        &["content-type", "x-amz-acl", "x-amz-meta-a"],
        "header_missing header_missing",
    );
    let both = [rule(&["https://app.example/"], &["put"], &[])];
    check(
        &both,
        TYPE,
        "origin_trailing_slash method_case header_missing",
    );
}

#[test]
fn the_closest_rule_is_named() {
    let rules = [
        rule(&["https://other.test"], &["PUT"], &["*"]),
        rule(&["http://app.example"], &["PUT"], &["*"]),
        CorsRule {
            id: Some("pages".to_owned()),
            ..rule(&["https://x.test", PAGE], &["PUT"], &["x-amz-*"])
        },
        rule(&[PAGE], &["GET"], &["*"]),
    ];
    let explained = check(&rules, &["content-type"], "header_missing");
    let pages = RuleName {
        index: 2,
        id: Some("pages".to_owned()),
    };
    assert_eq!(explained.closest, Some(pages));
    let mismatch = &explained.mismatches[0];
    assert_eq!(
        (&*mismatch.found, &*mismatch.wanted),
        ("x-amz-*", "content-type")
    );
    assert_eq!(
        mismatch.to_string(),
        "rule 3 has the AllowedHeaders x-amz-*, not `content-type`"
    );
    let allowed = check(&rules, &["x-amz-acl"], "");
    assert_eq!(allowed.matched.map(|rule| rule.index), Some(2));
}

#[test]
fn the_fewest_differences_are_closest() {
    let closest = |rules: &[CorsRule], expected: &str| {
        let headers = ["content-type", "x-amz-acl"];
        let explained = check(rules, &headers, expected);
        assert_eq!(explained.closest.map(|rule| rule.index), Some(1));
    };
    let lacking_all = rule(&[PAGE], &["GET"], &["*"]);
    let acl = rule(&[PAGE], &["PUT"], &["content-type"]);
    closest(&[lacking_all, acl.clone()], "header_missing");
    closest(&[rule(&[PAGE], &["PUT"], &[]), acl], "header_missing");
    let slash = rule(&["https://app.example/"], &["GET"], &["*"]);
    let other = rule(&["https://other.test"], &["PUT"], &["*"]);
    closest(&[other, slash], "origin_trailing_slash method_missing");
}

#[test]
fn the_origins_that_there_are() {
    let of = |count: usize| {
        let origins: Vec<_> = (0..count).map(|n| format!("https://{n}.test")).collect();
        let origins: Vec<_> = origins.iter().map(String::as_str).collect();
        let rules = [
            rule(&origins, &["PUT"], &["*"]),
            rule(&origins, &["GET"], &[]),
        ];
        explain(&rules, &asked(PAGE)).mismatches[0].found.clone()
    };
    assert_eq!(of(2), "https://0.test, https://1.test");
    assert!(of(5).ends_with("https://4.test"), "{}", of(5));
    assert!(of(7).ends_with("https://4.test, 2 more"), "{}", of(7));
}

#[track_caller]
fn check_notes(rules: &[CorsRule], expected: &str) {
    let explained = explain(rules, &asked(PAGE));
    assert!(explained.matched.is_some(), "{explained:?}");
    assert_eq!(codes(&explained.notes), expected);
}

#[test]
fn what_is_allowed_and_still_lacks_something() {
    let exposing = |headers: &[&str], origin: &str| CorsRule {
        expose_headers: headers.iter().map(|name| (*name).to_owned()).collect(),
        ..rule(&[origin], &["PUT"], &["*"])
    };
    check_notes(&[exposing(&["x-amz-request-id", "ETAG"], PAGE)], "");
    check_notes(&[exposing(&["*"], PAGE)], "");
    check_notes(&[exposing(&[], PAGE)], "etag_not_exposed");
    check_notes(&[exposing(&["E-Tag"], PAGE)], "etag_not_exposed");
    check_notes(&[exposing(&["ETag"], "*")], "credentials_any_origin");
    check_notes(&[exposing(&["ETag"], "https://*")], "");
    // The preflight is the second rule's, the answer to the PUT the first one's.
    let first = CorsRule {
        allowed_headers: Vec::new(),
        ..exposing(&[], "*")
    };
    check_notes(
        &[first, exposing(&["ETag"], PAGE)],
        "etag_not_exposed credentials_any_origin",
    );
}

/// Any origin that a person might write.
fn any_origin() -> impl Strategy<Value = String> {
    let part = |texts: &'static [&'static str]| prop::sample::select(texts);
    (
        part(&["", "https://", "http://", "*", "HTTPS://", " https://"]),
        part(&[
            "app.example",
            "App.example",
            "www.app.example",
            "*.example",
            "",
            "*",
            "[::1]",
            "é.example",
        ]),
        part(&["", ":443", ":*", ":8080", ":"]),
        part(&["", "/", "/path", "/*", " "]),
    )
        .prop_map(|(scheme, host, port, path)| format!("{scheme}{host}{port}{path}"))
}

fn any_rule() -> impl Strategy<Value = CorsRule> {
    let names = |texts: &'static [&'static str]| {
        let name = prop::sample::select(texts).prop_map(str::to_owned);
        prop::collection::vec(name, 0..3)
    };
    (
        prop::collection::vec(any_origin(), 0..3),
        names(&["PUT", "put", "GET", "POST"]),
        names(&["*", "content-type", "x-amz-*", "X-Amz-Acl"]),
        names(&["ETag", "*"]),
    )
        .prop_map(|(origins, methods, headers, exposed)| CorsRule {
            allowed_origins: origins,
            allowed_methods: methods,
            allowed_headers: headers,
            expose_headers: exposed,
            ..CorsRule::default()
        })
}

proptest! {
    #[test]
    fn what_is_allowed_is_not_blamed_and_what_is_not_is(
        rules in prop::collection::vec(any_rule(), 0..4),
        origin in any_origin(),
        method in prop::sample::select(&["PUT", "GET", "DELETE"][..]),
        headers in prop::sample::subsequence(vec!["content-type", "x-amz-acl"], 0..=2),
    ) {
        let request = CorsRequest { origin: &origin, method, headers: &headers };
        let decided = decide(&rules, &request).ok();
        let asked = Asked { origin: &origin, method, headers: headers.clone() };
        let explained = explain(&rules, &asked);
        prop_assert_eq!(explained.mismatches.is_empty(), decided.is_some());
        prop_assert_eq!(explained.matched.map(|rule| rule.index), decided);
        for mismatch in explained.mismatches.iter().chain(&explained.notes) {
            prop_assert!(!mismatch.to_string().contains('\n'));
        }
        if let Ok(checked) = CorsConfiguration::new(rules.clone()) {
            prop_assert_eq!(checked.allows(&request).is_ok(), checked.explain(&asked).mismatches.is_empty());
        }
    }

    #[test]
    fn what_is_needed_is_allowed_and_nothing_is_lost(
        rules in prop::collection::vec(any_rule(), 0..4),
        headers in prop::sample::subsequence(vec!["content-type", "x-amz-acl"], 0..=2),
        page in prop::sample::select(&[PAGE, "http://localhost:8080", "https://www.app.example"][..]),
        other in any_origin(),
    ) {
        let mut asked = Asked { origin: page, method: "PUT", headers };
        let merged = merge(&rules, &needed([&asked]));
        let explained = explain(&merged, &asked);
        prop_assert!(explained.matched.is_some());
        prop_assert!(explained.notes.iter().all(|note| note.cause != Cause::EtagNotExposed));
        prop_assert_eq!(&merge(&merged, &needed([&asked])), &merged);
        prop_assert!(merged.len() <= rules.len() + 1);
        for method in ["PUT", "GET", "POST"] {
            for origin in [page, &other] {
                asked.method = method;
                asked.origin = origin;
                let (before, after) = (explain(&rules, &asked), explain(&merged, &asked));
                prop_assert!(before.matched.is_none() || after.matched.is_some());
            }
        }
        let lines = difference(&rules, &merged);
        let kept = |change| lines.iter().filter(move |line| line.change != change).map(|line| line.text.clone());
        prop_assert_eq!(kept(Change::Added).collect::<Vec<_>>(), super::lines(&rules));
        prop_assert_eq!(kept(Change::Removed).collect::<Vec<_>>(), super::lines(&merged));
    }
}
