//! Key templates: filled in, and refused at start.

use dropslip_service::key_template::{KeyTemplate, Values};
use std::collections::BTreeMap;

use uuid::Uuid;

const UUID: &str = "018f6b1e-7c5a-7d3e-9c1a-0123456789ab";

#[track_caller]
fn check(template: &str, expected: &str) {
    let values = Values {
        uuid: Uuid::parse_str(UUID).unwrap(),
        date_stamp: "20130524",
        ext: "jpg",
        name: "é x.jpg",
        subject: Some("a/b é.c"),
        said: &BTreeMap::from([("tenant".to_owned(), ".x~".to_owned())]),
    };
    let template = KeyTemplate::parse(template, &["tenant".to_owned()]).unwrap();
    let key = template.fill(&values).unwrap();
    assert_eq!(key, expected.replace("UUID", UUID));
    let captured = template.matches(&key).unwrap();
    assert_eq!(captured.uuid.to_string(), UUID);
    assert_eq!(captured.issued_s(), 1_715_489_111);
}

#[track_caller]
fn check_refused(template: &str, reason: &str) {
    let error = KeyTemplate::parse(template, &[]).unwrap_err();
    assert!(error.contains(reason), "`{template}`: {error}");
}

#[test]
fn filled_in() {
    check("{uuid}", "UUID");
    check("photos/{date}/{uuid}.{ext}", "photos/2013/05/24/UUID.jpg");
    check("{uuid}/{name}", "UUID/é x.jpg");
    check("{uuid}-{uuid}", "UUID-UUID");
    check("ä b/{uuid}", "ä b/UUID");
    check("{subject}/{uuid}", "a~2fb~20~c3~a9.c/UUID");
    check("{tenant}/{name}-{uuid}.{ext}", "~2ex~7e/é x.jpg-UUID.jpg");
    check("..x/{uuid}", "..x/UUID");
    check(".{uuid}", ".UUID");
    check(
        &format!("{}{{uuid}}", "x".repeat(988)),
        &format!("{}UUID", "x".repeat(988)),
    );
}

#[test]
fn refused() {
    check_refused("", "{uuid}");
    check_refused("photos/{name}", "must contain `{uuid}`");
    check_refused("photos/uuid", "must contain `{uuid}`");
    check_refused(
        "{uuid}/{user}",
        "unknown variable `{user}`; there are `{uuid}`, `{date}`, `{ext}`, `{name}`, `{subject}`",
    );
    check_refused("{UUID}", "unknown variable");
    check_refused("{}", "unknown variable");
    check_refused("{{uuid}}", "unknown variable");
    check_refused("{uuid", "without its `}`");
    check_refused("uuid}", "without its `{`");
    check_refused("{uuid}}", "without its `{`");
    check_refused("/{uuid}", "begin or end");
    check_refused("{uuid}/", "begin or end");
    check_refused("a//{uuid}", "//");
    check_refused("../{uuid}", "segments");
    check_refused("a/./{uuid}", "segments");
    check_refused("{uuid}/..", "segments");
    check_refused("a\\{uuid}", "not safe");
    check_refused("a\n{uuid}", "not safe");
    check_refused(&format!("{}{{uuid}}", "x".repeat(989)), "1025 bytes");
    check_refused(&"{uuid}{name}".repeat(5), "S3 takes 1024");
}

#[test]
fn what_is_not_known_of_the_caller() {
    let values = Values {
        uuid: Uuid::parse_str(UUID).unwrap(),
        date_stamp: "20130524",
        ext: "jpg",
        name: "x",
        subject: None,
        said: &BTreeMap::new(),
    };
    let template = KeyTemplate::parse("{subject}/{uuid}", &[]).unwrap();
    assert_eq!(template.fill(&values), Err("subject"));
    let empty = Values {
        subject: Some(""),
        ..values
    };
    assert_eq!(template.fill(&empty), Err("subject"));
    let long = "x".repeat(201);
    let long = Values {
        subject: Some(&long),
        ..values
    };
    assert_eq!(template.fill(&long), Err("subject"));
    let template = KeyTemplate::parse("{tenant}/{uuid}", &["tenant".to_owned()]).unwrap();
    assert_eq!(template.fill(&values), Err("tenant"));
}

#[track_caller]
fn check_foreign(template: &str, key: &str) {
    let template = KeyTemplate::parse(template, &[]).unwrap();
    assert_eq!(template.matches(&key.replace("UUID", UUID)), None, "{key}");
}

#[test]
fn keys_of_others() {
    check_foreign("photos/{date}/{uuid}.{ext}", "");
    check_foreign("photos/{date}/{uuid}.{ext}", "photos/2013/05/24/UUID");
    check_foreign("photos/{date}/{uuid}.{ext}", "photos/2013/05/24/UUID.");
    check_foreign("photos/{date}/{uuid}.{ext}", "photos/2013/05/2x/UUID.jpg");
    check_foreign("photos/{date}/{uuid}.{ext}", "photo/2013/05/24/UUID.jpg");
    check_foreign("photos/{date}/{uuid}.{ext}", "photos/2013/05/24/UUID.jpg/x");
    check_foreign("{uuid}/{name}", "UUID/");
    check_foreign("{uuid}/{name}", "UUID/a/b");
    check_foreign("{uuid}/{name}", "xUUID/a");
    check_foreign("{uuid}-{uuid}", "UUID-018f6b1e-7c5a-7d3e-9c1a-0123456789ac");
    // Not of version 7, and not spelt as the service does.
    check_foreign("{uuid}", "018f6b1e-7c5a-4d3e-9c1a-0123456789ab");
    check_foreign("{uuid}", "018F6B1E-7C5A-7D3E-9C1A-0123456789AB");
    check_foreign("{uuid}", "018f6b1e7c5a7d3e9c1a0123456789ab");
    check_foreign("{uuid}", &"é".repeat(600));
}
