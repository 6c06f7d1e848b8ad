//! Which rule decides, and what is no rule.

use super::*;

fn rule(origins: &[&str], methods: &[&str], headers: &[&str]) -> CorsRule {
    let owned = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect();
    CorsRule {
        allowed_origins: owned(origins),
        allowed_methods: owned(methods),
        allowed_headers: owned(headers),
        ..CorsRule::default()
    }
}

#[track_caller]
fn check(rules: &[CorsRule], request: (&str, &str, &[&str]), expected: Result<usize, &str>) {
    let configuration = CorsConfiguration::new(rules.to_vec()).unwrap();
    let (origin, method, headers) = request;
    match (
        configuration.allows(&CorsRequest {
            origin,
            method,
            headers,
        }),
        expected,
    ) {
        (Ok(grant), Ok(index)) => assert_eq!(grant.rule, &rules[index]),
        (Err(refusal), Err(part)) => assert!(refusal.to_string().contains(part), "{refusal}"),
        (got, expected) => panic!("expected {expected:?}, got {got:?}"),
    }
}

#[test]
fn the_first_rule_that_fits_decides() {
    let rules = [
        rule(&["https://a.example"], &["GET"], &[]),
        rule(
            &["https://*.example"],
            &["PUT", "GET"],
            &["content-type", "x-amz-*"],
        ),
        rule(&["*"], &["GET"], &["*"]),
    ];
    check(&rules, ("https://a.example", "GET", &[]), Ok(0));
    check(&rules, ("https://b.example", "GET", &[]), Ok(1));
    check(
        &rules,
        ("https://a.example", "PUT", &["Content-Type", "X-Amz-Acl"]),
        Ok(1),
    );
    check(&rules, ("https://other.test", "GET", &["anything"]), Ok(2));
    check(
        &rules,
        ("https://a.example/", "PUT", &[]),
        Err("`https://a.example/`").or(Err("AllowedMethod")),
    );
    check(
        &rules,
        ("https://other.test", "PUT", &[]),
        Err("AllowedMethod `PUT`"),
    );
    check(
        &rules,
        (
            "https://a.example",
            "PUT",
            &["content-type", "authorization"],
        ),
        Err("AllowedHeader `authorization`"),
    );
    check(
        &rules[..2],
        ("http://a.example", "GET", &[]),
        Err("AllowedOrigin `http://a.example`"),
    );
    check(
        &rules[..2],
        ("null", "GET", &[]),
        Err("AllowedOrigin `null`"),
    );
}

#[test]
fn a_star_stands_for_a_port_too() {
    let rules = [rule(&["http://localhost:*"], &["PUT"], &[])];
    check(&rules, ("http://localhost:7600", "PUT", &[]), Ok(0));
    check(
        &rules,
        ("http://localhost", "PUT", &[]),
        Err("AllowedOrigin"),
    );
    check(
        &rules,
        ("http://localhost.evil.test:80", "PUT", &[]),
        Err("AllowedOrigin"),
    );
}

#[track_caller]
fn check_wrong(rule: CorsRule, reason: &str) {
    let error = CorsConfiguration::new(vec![rule])
        .expect_err(reason)
        .to_string();
    assert!(error.contains(reason), "{error}");
}

#[test]
fn wrong_rules_are_named() {
    check_wrong(rule(&[], &["GET"], &[]), "no AllowedOrigin");
    check_wrong(rule(&["*"], &[], &[]), "no AllowedMethod");
    check_wrong(rule(&["*"], &["PATCH"], &[]), "`PATCH` is no AllowedMethod");
    check_wrong(rule(&["*"], &["get"], &[]), "`get` is no AllowedMethod");
    check_wrong(rule(&["http://*.*"], &["GET"], &[]), "more than one `*`");
    check_wrong(rule(&["*"], &["GET"], &["x-*-*"]), "more than one `*`");
    check_wrong(
        rule(&["http://a.example\r\nx: y"], &["GET"], &[]),
        "no origin or header name",
    );
    check_wrong(rule(&[""], &["GET"], &[]), "no origin or header name");
    check_wrong(
        CorsRule {
            expose_headers: vec!["*".into()],
            ..rule(&["*"], &["GET"], &[])
        },
        "has a `*`",
    );
    check_wrong(
        CorsRule {
            id: Some("i".repeat(256)),
            ..rule(&["*"], &["GET"], &[])
        },
        "255",
    );
    assert!(CorsConfiguration::new(vec![]).is_err());
    assert!(CorsConfiguration::new(vec![rule(&["*"], &["GET"], &[]); 101]).is_err());
}
