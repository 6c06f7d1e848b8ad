//! What a storage may go without, and a bad minute of it: nobody is blamed for either.

use std::collections::BTreeSet;
use std::sync::Mutex;

use crate::doctor::Patient;
use crate::doctor::bends::{Bend, is_form, is_presigned, refusal, sign};
use crate::doctor::uploads::check;
use crate::meddler::{Answers, Meddle, Message, Requests};

/// Nothing is blamed, and these are not offered, besides what loopback has not.
#[track_caller]
fn check_not_offered(cases: &[(Bend, &[&str])]) {
    let patient = Patient::new();
    for (bend, expected) in cases {
        let report = check(&patient, Requests(*bend), &[]);
        let mut ids = report.ids("not-offered");
        for way in ["tls", "virtual-host"] {
            ids.remove(way);
        }
        let expected: BTreeSet<&str> = expected.iter().copied().collect();
        assert_eq!(ids, expected, "{:#}", report.said);
        assert_eq!(report.ids("skipped"), [].into(), "{:#}", report.said);
    }
}

const CHECKSUMS: &[&str] = &[
    "checksum-crc32",
    "checksum-crc32c",
    "checksum-crc64nvme",
    "checksum-sha1",
    "checksum-sha256",
];

/// Leaves headers out and signs again, as a storage that passes over them.
fn without(request: &mut Message, start: &str) -> Option<Message> {
    let has = |(name, _): &(String, String)| name.starts_with(start);
    if request.headers.iter().any(has) {
        request.headers.retain(|header| !has(header));
        sign(request);
    }
    None
}

fn has(request: &Message, start: &str) -> bool {
    request
        .headers
        .iter()
        .any(|(name, _)| name.starts_with(start))
}

#[test]
fn what_a_storage_does_not_offer() {
    check_not_offered(&[
        (
            |request| is_form(request).then(|| refusal("501 Not Implemented", "NotImplemented"))?,
            &["post", "post-range"],
        ),
        (
            |request| {
                is_form(request).then(|| refusal("405 Method Not Allowed", "MethodNotAllowed"))?
            },
            &["post", "post-range"],
        ),
        (
            |request| is_form(request).then(|| refusal("403 Forbidden", "AccessDenied"))?,
            &["post", "post-range"],
        ),
        (
            |request| {
                is_form(request).then(|| Message::answer("200 OK", &[], "<html>hello</html>"))
            },
            &["post", "post-range"],
        ),
        (
            |request| {
                let code = "AccessControlListNotSupported";
                has(request, "x-amz-acl").then(|| refusal("400 Bad Request", code))?
            },
            &["acl", "public-read"],
        ),
        (
            |request| without(request, "x-amz-acl"),
            &["acl", "public-read"],
        ),
        (
            |request| {
                has(request, "if-none-match")
                    .then(|| refusal("501 Not Implemented", "NotImplemented"))?
            },
            &["single-use-put", "single-use-complete"],
        ),
        (
            |request| without(request, "if-none-match"),
            &["single-use-put", "single-use-complete"],
        ),
    ]);
}

#[test]
fn what_checksums_and_parts_go_without() {
    check_not_offered(&[
        (
            |request| {
                has(request, "x-amz-checksum-")
                    .then(|| refusal("400 Bad Request", "InvalidRequest"))?
            },
            &[CHECKSUMS, &["part-checksums"]].concat(),
        ),
        // As one whose list of parts tells no checksums, and whose completion wants them.
        (
            |request| {
                let is_summed = String::from_utf8_lossy(&request.body).contains("<ChecksumSHA256>");
                is_summed.then(|| refusal("400 Bad Request", "InvalidRequest"))?
            },
            &["part-checksums"],
        ),
        (|request| without(request, "x-amz-checksum-"), CHECKSUMS),
        (
            |request| {
                let is_of_rules = request.path().contains("?lifecycle");
                is_of_rules.then(|| refusal("501 Not Implemented", "NotImplemented"))?
            },
            &["lifecycle"],
        ),
        (
            |request| {
                let begins = request.method() == "POST" && request.path().contains("?uploads");
                begins.then(|| refusal("501 Not Implemented", "NotImplemented"))?
            },
            &[
                "multipart",
                "multipart-abort",
                "single-use-complete",
                "part-checksums",
            ],
        ),
    ]);
}

/// Answers 503 to the first of two equal requests.
#[derive(Default)]
struct Busy(Mutex<BTreeSet<String>>);

impl Meddle for Busy {
    fn request(&self, request: &mut Message) -> Option<Message> {
        let path = request.path().split('?').next().unwrap_or_default();
        let is_upload = is_presigned(request) && request.method() == "PUT";
        // What pages are told of it is another step's matter.
        let is_new = is_upload
            && request.header("origin").is_none()
            && self.0.lock().unwrap().insert(path.to_owned());
        is_new.then(|| refusal("503 Service Unavailable", "SlowDown"))?
    }
}

#[test]
fn a_storage_that_is_busy() {
    let patient = Patient::new();
    let report = check(&patient, Busy::default(), &[]);
    assert_eq!(report.ids("skipped"), [].into(), "{:#}", report.said);
    let down: Bend = |request| {
        let is_put = request.method() == "PUT" && is_presigned(request);
        is_put.then(|| refusal("503 Service Unavailable", "SlowDown"))?
    };
    let report = check(&patient, Requests(down), &[]);
    assert_eq!(
        report.check("put")["detail"],
        "the storage answered 503 SlowDown"
    );
}

/// Takes what has ended, and its clock says that it has not.
struct Behind;

impl Meddle for Behind {
    fn request(&self, request: &mut Message) -> Option<Message> {
        if request.path().contains("X-Amz-Expires=60&") {
            sign(request);
        }
        None
    }

    fn answer(&self, request: &Message, answer: &mut Message) {
        if request.path().contains("X-Amz-Expires=60&") {
            answer.set("date", "Thu, 01 Jan 2026 00:00:00 GMT");
        }
    }
}

#[test]
fn a_clock_that_is_behind() {
    let report = check(&Patient::new(), Behind, &[]);
    assert_eq!(report.check("expiry")["answer"], "skipped");
}

#[test]
fn minio_needs_no_rule() {
    let named = Answers(|_: &Message, answer: &mut Message| answer.set("server", "MinIO"));
    let report = check(&Patient::new(), named, &[]);
    assert_eq!(report.check("lifecycle")["answer"], "yes");
}
