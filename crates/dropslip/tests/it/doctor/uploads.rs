//! Uploads before a real store that a proxy makes look like another one: what is wrong is named, and nothing else is.

use crate::doctor::bends::{
    Bend, Terse, is_form, is_presigned, key_of, puts, refusal, sign, store_form,
};
use crate::doctor::{Patient, Report, put_as};
use crate::meddler::{self, Answers, Meddle, Message, Requests};

/// Examines the store behind a proxy; exactly these are blamed.
#[track_caller]
pub(super) fn check(patient: &Patient, meddle: impl Meddle, expected: &[&str]) -> Report {
    let address = meddler::start(patient.store.s3(), meddle);
    let report = patient.examine_at(address, &[]);
    report.blames(expected);
    report
}

#[track_caller]
fn check_all(cases: &[(Bend, &[&str])]) {
    let patient = Patient::new();
    for (bend, expected) in cases {
        check(&patient, Requests(*bend), expected);
    }
}

#[test]
fn a_presigned_put_that_is_refused() {
    check_all(&[
        (
            |request| puts(request, "put").then(|| refusal("403 Forbidden", "AccessDenied"))?,
            &["put put_refused"],
        ),
        (
            |request| puts(request, "put").then(|| refusal("400 Bad Request", "InvalidRequest"))?,
            &["put put_refused"],
        ),
        (
            |request| {
                let html = || Message::answer("403 Forbidden", &[], "<html>firewall</html>");
                puts(request, "put").then(html)
            },
            &["put put_refused"],
        ),
        (
            |request| {
                let is_put = puts(request, "put");
                is_put.then(|| Message::answer("200 OK", &[("etag", "\"a\"")], ""))
            },
            &["put not_kept"],
        ),
    ]);
}

#[test]
fn a_proxy_that_changes_a_presigned_put() {
    let stripped: Bend = |request| {
        if request.method() == "PUT" {
            request.remove("content-type");
        }
        None
    };
    let changed: Bend = |request| {
        if request.method() == "PUT" && request.header("content-type").is_some() {
            request.set("content-type", "text/plain;charset=UTF-8");
        }
        None
    };
    let patient = Patient::new();
    for (bend, expected) in [
        (stripped, "put proxy_strips_header"),
        (changed, "put proxy_changes_header"),
    ] {
        check(&patient, Requests(bend), &[expected]);
        check(&patient, Terse(bend), &[expected]);
    }
    let rewritten: Bend = |request| {
        if puts(request, "put") {
            request.body.extend(b"more");
            let length = request.body.len().to_string();
            request.set("content-length", &length);
        }
        None
    };
    check(&patient, Requests(rewritten), &["put bytes_changed"]);
    let typed = Answers(|request: &Message, answer: &mut Message| {
        if request.method() == "GET" && answer.header("etag").is_some() {
            answer.set("content-type", "text/plain");
        }
    });
    check(
        &patient,
        typed,
        &[
            "put type_changed",
            "post type_changed",
            "multipart type_changed",
        ],
    );
}

#[test]
fn another_storage_behind_the_public_address() {
    let patient = Patient::new();
    let keeps_nothing = Requests(|request: &mut Message| {
        puts(request, "put").then(|| Message::answer("200 OK", &[("etag", "\"a\"")], ""))
    });
    let public = meddler::start(patient.store.s3(), keeps_nothing);
    let public = format!("http://{public}");
    patient
        .examine(&["--public-endpoint", &public])
        .blames(&["put public_other_storage"]);
}

#[test]
fn signatures_that_nobody_checks() {
    check_all(&[
        (
            |request| {
                if is_presigned(request) {
                    sign(request);
                }
                None
            },
            &[
                "expiry signatures_unchecked",
                "put-length signatures_unchecked",
                "put-type signatures_unchecked",
                "signature signatures_unchecked",
            ],
        ),
        (
            |request| {
                if is_form(request) && !key_of(request).is_empty() {
                    store_form(request);
                }
                None
            },
            &[
                "post signatures_unchecked",
                "post-range signatures_unchecked",
            ],
        ),
    ]);
}

#[test]
fn what_was_signed_and_is_not_held() {
    check_all(&[
        (
            |request| {
                if puts(request, "put-type") {
                    sign(request);
                }
                None
            },
            &["put-type type_not_held"],
        ),
        (
            |request| {
                if puts(request, "put-length-lie") {
                    sign(request);
                }
                None
            },
            &["put-length length_not_held"],
        ),
        (
            |request| {
                let is_signed = is_presigned(request) && request.path().contains("content-length");
                is_signed.then(|| refusal("411 Length Required", "MissingContentLength"))?
            },
            &["put-length length_refused"],
        ),
        (
            |request| {
                if request.path().contains("X-Amz-Expires=60&") {
                    sign(request);
                }
                None
            },
            &["expiry expiry_ignored"],
        ),
        (
            |request| {
                if key_of(request).ends_with("/post-above") {
                    store_form(request);
                }
                None
            },
            &["post-range range_not_held"],
        ),
        (
            |request| {
                if key_of(request).ends_with("/post-below") {
                    store_form(request);
                }
                None
            },
            &["post-range range_not_held"],
        ),
    ]);
}

#[test]
fn forms_that_are_refused() {
    check_all(&[
        (
            |request| {
                let is_own = key_of(request).ends_with("/post");
                is_own.then(|| refusal("403 Forbidden", "AccessDenied"))?
            },
            &["post post_refused"],
        ),
        (
            |request| {
                is_form(request).then(|| refusal("403 Forbidden", "SignatureDoesNotMatch"))?
            },
            &["post post_refused"],
        ),
        (
            |request| {
                if key_of(request).ends_with("/post") {
                    store_form(request);
                    request.set("content-type", "binary/octet-stream");
                }
                None
            },
            &["post type_changed"],
        ),
    ]);
}

/// Whether it is about an upload in parts, by this method.
fn is_of_upload(request: &Message, method: &str) -> bool {
    request.method() == method && request.path().contains("uploadId=")
}

#[test]
fn uploads_in_parts() {
    check_all(&[
        (
            |request| {
                let begins = request.method() == "POST" && request.path().contains("?uploads");
                begins.then(|| refusal("400 Bad Request", "InvalidRequest"))?
            },
            &["multipart multipart_refused"],
        ),
        (
            |request| {
                let completes = is_of_upload(request, "POST");
                completes.then(|| {
                    let answer = "<CompleteMultipartUploadResult><ETag>\"a\"</ETag></CompleteMultipartUploadResult>";
                    Message::answer("200 OK", &[], answer)
                })
            },
            &[
                "multipart multipart_refused",
                "multipart-abort abort_ignored",
            ],
        ),
        (
            |request| {
                let is_part = is_of_upload(request, "PUT");
                is_part.then(|| refusal("403 Forbidden", "AccessDenied"))?
            },
            &["multipart part_refused"],
        ),
        (
            |request| {
                let is_part = is_of_upload(request, "PUT");
                is_part.then(|| refusal("403 Forbidden", "SignatureDoesNotMatch"))?
            },
            &["multipart part_refused"],
        ),
        (
            |request| {
                let is_part = is_of_upload(request, "PUT");
                is_part.then(|| Message::answer("403 Forbidden", &[], "<html>firewall</html>"))
            },
            &["multipart part_refused"],
        ),
        (
            |request| {
                let is_list = is_of_upload(request, "GET");
                let none = "<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>";
                is_list.then(|| Message::answer("200 OK", &[], none))
            },
            &["multipart parts_not_listed"],
        ),
        (
            |request| {
                let is_list = is_of_upload(request, "GET");
                let part = "<ListPartsResult><Part><PartNumber>1</PartNumber><Size>68</Size></Part></ListPartsResult>";
                is_list.then(|| Message::answer("200 OK", &[], part))
            },
            &["multipart parts_not_listed"],
        ),
    ]);
}

#[test]
fn aborts() {
    check_all(&[
        (
            |request| {
                is_of_upload(request, "DELETE")
                    .then(|| refusal("409 Conflict", "OperationAborted"))?
            },
            &["multipart-abort abort_refused"],
        ),
        (
            |request| {
                is_of_upload(request, "DELETE").then(|| Message::answer("204 No Content", &[], ""))
            },
            &["multipart-abort abort_ignored"],
        ),
    ]);
}

#[test]
fn parts_given_up() {
    let patient = Patient::new();
    let rule = |report: &Report| {
        let check = report.check("lifecycle");
        let cause = check["cause"]["code"].as_str().map(str::to_owned);
        (cause, check["fix"].as_str().unwrap_or_default().to_owned())
    };
    let keys = ("dropslip", "dropslip-dev-secret");
    let set = |rules: &str| {
        let text = format!("<LifecycleConfiguration>{rules}</LifecycleConfiguration>");
        put_as(patient.store.s3(), keys, "lifecycle=", &text);
    };
    let aborting = |prefix: &str| {
        format!(
            "<Rule><ID>a</ID><Filter><Prefix>{prefix}</Prefix></Filter><Status>Enabled</Status><AbortIncompleteMultipartUpload>\
             <DaysAfterInitiation>3</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>"
        )
    };
    let (cause, fix) = rule(&patient.examine(&[]));
    assert_eq!(cause.as_deref(), Some("no_abort_rule"));
    assert!(
        fix.contains("--lifecycle-configuration '{\"Rules\":[{"),
        "{fix}"
    );
    set(&aborting("logs/"));
    let (cause, fix) = rule(&patient.examine(&[]));
    assert_eq!(cause.as_deref(), Some("no_abort_rule"));
    // A command that sets one rule would take the other away.
    assert!(!fix.contains("put-bucket"), "{fix}");
    set(&aborting(""));
    assert_eq!(rule(&patient.examine(&[])).0, None);
}

#[test]
fn what_strangers_may() {
    let keys = ("dropslip", "dropslip-dev-secret");
    let allow = |action: &str, resource: &str| {
        let patient = Patient::new();
        let policy = format!(
            "{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"{action}\",\
             \"Resource\":\"arn:aws:s3:::uploads{resource}\"}}]}}"
        );
        put_as(patient.store.s3(), keys, "policy=", &policy);
        patient.examine(&[])
    };
    allow("s3:ListBucket", "").blames(&["anonymous anonymous_list"]);
    allow("s3:PutObject", "/*").blames(&["anonymous anonymous_write"]);
    allow("s3:DeleteObject", "/*").blames(&["anonymous anonymous_delete"]);
    // A bucket that anybody may read is what many want.
    let open = allow("s3:GetObject", "/*");
    open.blames(&[]);
    assert_eq!(open.check("public-read")["answer"], "yes");
    assert_eq!(open.check("acl")["answer"], "skipped");
}

#[test]
fn what_errors_tell() {
    let patient = Patient::new();
    for words in [
        "the secret of dropslip is dropslip-dev-secret",
        "Traceback (most recent call last): File \"store.py\", line 7",
        "open /var/lib/store/objects: permission denied",
    ] {
        let chatty = Answers(move |_: &Message, answer: &mut Message| {
            if answer.start.contains(" 403 ") {
                let text = String::from_utf8_lossy(&answer.body).into_owned();
                answer.body = text
                    .replace("<Message>", &format!("<Message>{words} "))
                    .into();
                let length = answer.body.len().to_string();
                answer.set("content-length", &length);
            }
        });
        check(&patient, chatty, &["disclosure error_discloses"]);
    }
}
