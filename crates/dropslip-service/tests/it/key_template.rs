//! Key templates: filled in, and refused at start.

use dropslip_service::key_template::{KeyTemplate, Values};
use uuid::Uuid;

const UUID: &str = "018f6b1e-7c5a-7d3e-9c1a-0123456789ab";

#[track_caller]
fn check(template: &str, expected: &str) {
    let values = Values {
        uuid: Uuid::parse_str(UUID).unwrap(),
        date_stamp: "20130524",
        ext: "jpg",
        name: "é x.jpg",
    };
    assert_eq!(
        KeyTemplate::parse(template).unwrap().fill(&values),
        expected.replace("UUID", UUID)
    );
}

#[track_caller]
fn check_refused(template: &str, reason: &str) {
    let error = KeyTemplate::parse(template).unwrap_err();
    assert!(error.contains(reason), "`{template}`: {error}");
}

#[test]
fn filled_in() {
    check("{uuid}", "UUID");
    check("photos/{date}/{uuid}.{ext}", "photos/2013/05/24/UUID.jpg");
    check("{uuid}/{name}", "UUID/é x.jpg");
    check("{uuid}-{uuid}", "UUID-UUID");
    check("ä b/{uuid}", "ä b/UUID");
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
        "unknown variable `{user}`; there are `{uuid}`, `{date}`, `{ext}`, `{name}`",
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
