//! CORS, broken in every way that was seen.

use dropslip_s3::cors::CorsRule;

use crate::doctor::{ORIGIN, Patient, Report};
use crate::meddler::{self, Answers, Message, Requests};
use crate::storage::{Storage, now};

/// A rule that lets [`ORIGIN`] do what the client does.
fn rule(change: impl FnOnce(&mut CorsRule)) -> CorsRule {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let mut rule = CorsRule {
        id: None,
        allowed_origins: owned(&[ORIGIN]),
        allowed_methods: owned(&["PUT", "POST"]),
        allowed_headers: owned(&["content-type"]),
        expose_headers: owned(&["ETag"]),
        max_age_s: None,
    };
    change(&mut rule);
    rule
}

fn set(patient: &Patient, rules: &[CorsRule]) {
    let storage = Storage::of(patient.store.s3());
    let put = storage
        .client
        .put_bucket_cors(&storage.bucket, rules, now());
    storage.wait(put).unwrap();
}

#[test]
fn rules_that_keep_pages_out() {
    let patient = Patient::new();
    let origin = |text: &'static str| {
        move |rule: &mut CorsRule| rule.allowed_origins = vec![text.to_owned()]
    };
    let check = |rules: &[CorsRule], expected: &[&str]| {
        set(&patient, rules);
        patient.examine(&[]).blames(expected);
    };
    check(&[rule(|_| ())], &[]);
    for (text, cause) in [
        ("https://other.example", "origin_missing"),
        ("https://app.example/", "origin_trailing_slash"),
        ("https://app.example/upload", "origin_path"),
        ("http://app.example", "origin_scheme"),
        ("https://app.example:8443", "origin_port"),
        ("https://APP.example", "origin_case"),
        ("https://www.app.example", "origin_www"),
        ("app.example", "origin_no_scheme"),
        ("https://*.app.example", "origin_wildcard"),
    ] {
        check(&[rule(origin(text))], &[&format!("cors-preflight {cause}")]);
    }
    check(
        &[rule(|rule| {
            rule.allowed_methods = vec!["GET".to_owned(), "POST".to_owned()]
        })],
        &["cors-preflight method_missing"],
    );
    check(
        &[
            rule(|rule| rule.allowed_methods = vec!["GET".to_owned(), "POST".to_owned()]),
            rule(origin("https://b.example")),
        ],
        &["cors-preflight method_elsewhere"],
    );
    check(
        &[rule(|rule| rule.allowed_headers.clear())],
        &["cors-preflight header_missing"],
    );
    check(
        &[rule(|rule| rule.expose_headers.clear())],
        &["cors-etag etag_not_exposed"],
    );
    // Of other pages, and beside a rule that is right, a wrong one does no harm.
    check(&[rule(origin("https://other.example")), rule(|_| ())], &[]);
    check(
        &[rule(|rule| rule.allowed_origins = vec!["*".to_owned()])],
        &[],
    );
}

#[test]
fn headers_in_several_rules() {
    let patient = Patient::new();
    let with = |name: &'static str| rule(move |rule| rule.allowed_headers = vec![name.to_owned()]);
    set(&patient, &[with("content-type"), with("x-amz-acl")]);
    patient
        .examine(&["--header", "x-amz-acl"])
        .blames(&["cors-preflight header_elsewhere"]);
}

#[test]
fn no_rules_at_all() {
    let patient = Patient::new();
    let storage = Storage::of(patient.store.s3());
    storage
        .wait(storage.client.delete_bucket_cors(&storage.bucket, now()))
        .unwrap();
    patient.examine(&[]).blames(&["cors-rules no_rules"]);
}

/// A key that may not read the rules learns as much as preflights tell.
#[test]
fn rules_that_cannot_be_read() {
    let patient = Patient::new();
    let hidden = || {
        Requests(|request: &mut Message| {
            let is_read = request.method() == "GET" && request.path().ends_with("?cors");
            is_read.then(|| Message::error("403 Forbidden", "AccessDenied", ""))
        })
    };
    let check = |change: fn(&mut CorsRule), expected: &[&str]| {
        set(&patient, &[rule(change)]);
        patient
            .examine_at(meddler::start(patient.store.s3(), hidden()), &[])
            .blames(expected);
    };
    check(|_| (), &[]);
    check(
        |rule| rule.allowed_origins = vec!["https://b.example".to_owned()],
        &["cors-preflight origin_missing"],
    );
    check(
        |rule| rule.allowed_methods = vec!["POST".to_owned()],
        &["cors-preflight method_missing"],
    );
    check(
        |rule| rule.allowed_headers.clear(),
        &["cors-preflight header_missing"],
    );
}

#[test]
fn a_storage_without_cors() {
    let patient = Patient::new();
    let without = Requests(|request: &mut Message| {
        let is_about = request.method() == "OPTIONS" || request.path().ends_with("?cors");
        is_about.then(|| Message::error("501 Not Implemented", "NotImplemented", ""))
    });
    let report = patient.examine_at(meddler::start(patient.store.s3(), without), &[]);
    report.blames(&["cors-preflight no_cors"]);
    assert_eq!(report.check("cors-rules")["answer"], "not-offered");
}

#[test]
fn proxies_that_meddle_with_cors() {
    let patient = Patient::new();
    let at = |address, expected: &[&str]| -> Report {
        let report = patient.examine_at(address, &[]);
        report.blames(expected);
        report
    };
    let behind = patient.store.s3();
    let own = Requests(|request: &mut Message| {
        (request.method() == "OPTIONS").then(|| Message::answer("405 Method Not Allowed", &[], ""))
    });
    at(
        meddler::start(behind, own),
        &["cors-preflight proxy_answers_preflight"],
    );
    let elsewhere = Requests(|request: &mut Message| {
        let to = [("location", "https://s3.example/")];
        (request.method() == "OPTIONS").then(|| Message::answer("307 Temporary Redirect", &to, ""))
    });
    at(
        meddler::start(behind, elsewhere),
        &["cors-preflight redirects"],
    );
    let twice = Answers(|_: &Message, answer: &mut Message| {
        if answer.header("access-control-allow-origin").is_some() {
            answer
                .headers
                .push(("access-control-allow-origin".to_owned(), "*".to_owned()));
        }
    });
    at(
        meddler::start(behind, twice),
        &["cors-preflight header_twice"],
    );
    let stripped = Answers(|request: &Message, answer: &mut Message| {
        if request.method() != "OPTIONS" {
            answer.remove("access-control-allow-origin");
        }
    });
    at(
        meddler::start(behind, stripped),
        &["cors-answer answers_without_cors"],
    );
    let of_errors = Answers(|request: &Message, answer: &mut Message| {
        if request.method() == "PUT" && !answer.start.contains(" 200 ") {
            answer.remove("access-control-allow-origin");
        }
    });
    // Many storages do so too, and nobody can change it.
    let report = at(meddler::start(behind, of_errors), &[]);
    assert_eq!(report.check("cors-errors")["answer"], "not-offered");
}
