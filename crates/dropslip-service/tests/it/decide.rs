//! Decisions: from a wish and a preset to a key and headers, or a problem.

use std::collections::BTreeMap;

use dropslip_service::decide::{Decision, Terms, Wish, decide};
use dropslip_service::preset::Mode;
use dropslip_service::problem::{Code, Problem};
use dropslip_sigv4::Timestamp;
use uuid::Uuid;

use crate::app::{START, settings};

const UUID: &str = "018f6b1e-7c5a-7d3e-9c1a-0123456789ab";

fn ask(
    preset: &str,
    file_name: &str,
    content_type: &str,
    size_bytes: u64,
) -> Result<Decision, Problem> {
    let settings = settings("endpoint = \"http://localhost:7601\"", "");
    let preset = settings.presets().find(preset).unwrap();
    let wish = Wish {
        file_name,
        content_type,
        size_bytes: Some(size_bytes),
        checksum: None,
        metadata: &BTreeMap::new(),
    };
    decide(
        &wish,
        &Terms::default(),
        preset,
        Uuid::parse_str(UUID).unwrap(),
        Timestamp::from_unix_s(START),
    )
}

#[track_caller]
fn check(preset: &str, name: &str, content_type: &str, key: &str, content: &str) {
    let decision = ask(preset, name, content_type, 100).unwrap();
    assert_eq!(decision.key.as_str(), key.replace("UUID", UUID));
    assert_eq!(decision.content_type, content);
    assert_eq!(
        (decision.size_bytes_min, decision.size_bytes_max),
        (100, 100)
    );
    assert_eq!(decision.mode, Mode::Put);
}

#[track_caller]
fn check_refused(preset: &str, name: &str, content_type: &str, size: u64, code: Code) -> Problem {
    let problem = ask(preset, name, content_type, size).unwrap_err();
    assert_eq!(problem.code(), code, "{problem:?}");
    problem
}

#[test]
fn accepted() {
    let photo = "photos/2013/05/24/UUID.jpg";
    let jpeg = "image/jpeg";
    check("photo", "x.jpg", "image/jpeg", photo, jpeg);
    check("photo", "x.jpg", " Image/JPEG ", photo, jpeg);
    check("photo", "x.JPG", "", photo, jpeg);
    check("photo", "../../é \"x\".jpg", "  ", photo, jpeg);
    // The type decides, not the name.
    check("photo", "x.exe", "image/jpeg", photo, jpeg);
    check(
        "file",
        "../../é \"x\".jpg",
        "",
        "files/UUID/é _x_.jpg",
        "image/jpeg",
    );
    check("file", "x", "", "files/UUID/x", "application/octet-stream");
    check(
        "file",
        "x",
        "text/plain; charset=utf-8",
        "files/UUID/x",
        "text/plain; charset=utf-8",
    );
    check("avatar", "x", "image/webp", "UUID", "image/webp");
}

#[test]
fn sizes() {
    let mib_20 = 20 * 1024 * 1024;
    assert_eq!(ask("photo", "x.jpg", "", 0).unwrap().size_bytes_max, 0);
    assert_eq!(
        ask("photo", "x.jpg", "", mib_20).unwrap().size_bytes_max,
        mib_20
    );
    let problem = check_refused("photo", "x.jpg", "", mib_20 + 1, Code::TooLarge);
    assert!(
        problem.detail().contains("20971521") && problem.detail().contains("20971520"),
        "{problem:?}"
    );
    check_refused("photo", "x.jpg", "", u64::MAX, Code::TooLarge);
    let gib_5 = 5 * 1024 * 1024 * 1024;
    assert!(ask("file", "x", "", gib_5).is_ok());
    check_refused("file", "x", "", gib_5 + 1, Code::TooLarge);
    assert!(ask("avatar", "x.png", "", 10).is_ok());
    check_refused("avatar", "x.png", "", 9, Code::TooSmall);
    check_refused("avatar", "x.png", "", 0, Code::TooSmall);
    check_refused("avatar", "x.png", "", 1001, Code::TooLarge);
}

#[test]
fn types() {
    check_refused("photo", "x.gif", "", 1, Code::TypeNotAccepted);
    check_refused("photo", "x.jpg", "image/gif", 1, Code::TypeNotAccepted);
    check_refused(
        "photo",
        "x.jpg",
        "application/octet-stream",
        1,
        Code::TypeNotAccepted,
    );
    check_refused("photo", "x", "", 1, Code::TypeNotAccepted);
    check_refused("avatar", "x.mp4", "video/mp4", 100, Code::TypeNotAccepted);
    check_refused("photo", "x.jpg", "image/*", 1, Code::InvalidRequest);
    check_refused("photo", "x.jpg", "jpeg", 1, Code::InvalidRequest);
    check_refused(
        "file",
        "x",
        "text/plain\r\nx-amz-acl: public-read",
        1,
        Code::InvalidRequest,
    );
    check_refused(
        "file",
        "x",
        &format!("text/{}", "x".repeat(255)),
        1,
        Code::InvalidRequest,
    );
}

#[test]
fn names() {
    check_refused("photo", "", "image/jpeg", 1, Code::InvalidFileName);
    check_refused("photo", " \t", "image/jpeg", 1, Code::InvalidFileName);
    check_refused("photo", "a\0b.jpg", "image/jpeg", 1, Code::InvalidFileName);
    check_refused(
        "photo",
        &"x".repeat(1025),
        "image/jpeg",
        1,
        Code::InvalidFileName,
    );
}
