//! Explanations: what the corpus does not hold, which is one party's view alone.

use dropslip_sigv4::limits::{
    EXPLAIN_LENGTHS_MAX, EXPLAIN_SUSPECTS_MAX, EXPLAIN_TRIALS_MAX, QUERY_PARAMETERS_MAX,
};
use dropslip_sigv4::{
    Cause, Certainty, Credentials, Dialect, Expected, Explanation, Finding, Known, Payload,
    Refusal, Signer, explain, notices,
};

use crate::support::{Sent, at};

const SECRET: &str = "wJalrXUtnFEMI";

fn keys() -> Credentials {
    Credentials::new("AKID", SECRET)
}

fn expected() -> Expected<'static> {
    Expected {
        region: "us-east-1",
        service: "s3",
        now: at("20130524T000100Z"),
    }
}

fn known(credentials: &[Credentials]) -> Known<'_> {
    Known {
        expected: expected(),
        credentials,
        key_has_verified: false,
        hosts: &[],
        canonical_request: None,
    }
}

fn put() -> Sent {
    Sent::new("PUT", "/b/photo.jpg")
        .header("host", "storage.example")
        .header("content-type", "image/png")
}

fn presigned(sent: &Sent) -> Sent {
    sent.presigned(
        &Signer::new(keys(), "us-east-1", "s3"),
        300,
        at("20130524T000000Z"),
    )
}

fn explained(sent: &Sent, known: &Known<'_>) -> Option<Explanation> {
    sent.with(|request| explain(request, known))
}

/// The canonical request as somebody without the secret reads it.
fn read(sent: &Sent) -> Vec<u8> {
    let stranger = Credentials::new("AKID", "");
    match sent.verify(&stranger, &Dialect::s3(), &expected()) {
        Err(Refusal::Mismatch(mismatch)) => mismatch.canonical_request,
        other => panic!("{other:?}"),
    }
}

fn check(got: Option<Explanation>, certainty: Certainty, cause: Cause, part: &str) -> Explanation {
    let got = got.expect("something is wrong");
    let finding = &got.findings[0];
    assert_eq!(
        (got.certainty, finding.cause, finding.part.as_str()),
        (certainty, cause, part),
        "{got}"
    );
    got
}

#[test]
fn nothing_is_wrong() {
    let sent = presigned(&put());
    assert_eq!(explained(&sent, &known(&[keys()])), None);
    assert_eq!(explained(&sent, &known(&[])), None, "as far as can be seen");
}

#[test]
fn both_sides_are_shown_with_their_first_difference() {
    let sent = presigned(&put()).edit_header("content-type", "png", "jpeg");
    let got = explained(&sent, &known(&[keys()]));
    let got = check(got, Certainty::Certain, Cause::ContentType, "content-type");
    assert_eq!(
        got.to_string(),
        "certain: signed with `content-type` `image/png`; the request sent `image/jpeg`"
    );
    let difference = got.difference.unwrap();
    assert_eq!((difference.line, difference.column), (4, 20));
    assert_eq!(difference.signed, "content-type:image/png");
    assert_eq!(difference.arrived, "content-type:image/jpeg");
    assert_eq!(got.canonical_request_signed, Some(read(&presigned(&put()))));
    assert_eq!(got.canonical_request_arrived, Some(read(&sent)));
}

#[test]
fn what_the_storage_has_read_tells_what_happened_on_the_way() {
    let sent = presigned(&put());
    let proxied = sent
        .clone()
        .edit_header("host", "storage", "internal.storage");
    let theirs = read(&proxied);
    let keys = [keys()];
    for (credentials, certainty) in [(&keys[..], Certainty::Certain), (&[], Certainty::Likely)] {
        let known = Known {
            canonical_request: Some(&theirs),
            ..known(credentials)
        };
        let got = check(explained(&sent, &known), certainty, Cause::Host, "host");
        assert_eq!(got.findings[0].signed.as_deref(), Some("storage.example"));
        assert_eq!(
            got.findings[0].arrived.as_deref(),
            Some("internal.storage.example")
        );
        assert_eq!(got.findings.len(), 1);
    }
}

#[test]
fn a_storage_that_reads_the_same_has_another_secret() {
    let sent = presigned(&put());
    let theirs = read(&sent);
    let keys = [keys()];
    let with = |credentials| Known {
        canonical_request: Some(&theirs),
        ..known(credentials)
    };
    check(
        explained(&sent, &with(&keys)),
        Certainty::Certain,
        Cause::Secret,
        "secret",
    );
    check(
        explained(&sent, &with(&[])),
        Certainty::Unknown,
        Cause::Secret,
        "secret",
    );
    // Described wrongly here, and read rightly there.
    let described = sent.edit_header("content-type", "png", "jpeg");
    let got = explained(&described, &with(&keys));
    check(got, Certainty::Certain, Cause::ContentType, "content-type");
    let described =
        presigned(&put().header("x-amz-meta-a", "1")).edit_header("x-amz-meta-a", "1", "other");
    let theirs = read(&presigned(&put().header("x-amz-meta-a", "1")));
    let known = Known {
        canonical_request: Some(&theirs),
        ..known(&keys)
    };
    check(
        explained(&described, &known),
        Certainty::Certain,
        Cause::Secret,
        "secret",
    );
}

#[test]
fn nothing_is_sure_where_no_part_differs() {
    let sent = presigned(&put());
    let mut other_names = read(&sent);
    let end = other_names.len() - "host\nUNSIGNED-PAYLOAD".len();
    other_names.insert(end, b';');
    let keys = [keys()];
    for theirs in [b"no canonical request".as_slice(), b"", &other_names] {
        for credentials in [&keys[..], &[]] {
            let known = Known {
                canonical_request: Some(theirs),
                ..known(credentials)
            };
            let got = explained(&sent, &known).expect("the storage has read another request");
            assert_eq!((got.certainty, got.findings), (Certainty::Unknown, vec![]));
            assert!(got.difference.is_some());
        }
    }
}

#[test]
fn suspects_are_a_list_that_can_be_read() {
    let with = |count: usize| {
        let added: String = (0..count).map(|at| format!("&z{at}=1")).collect();
        let mut sent = presigned(&put());
        sent.query.push_str(&added);
        sent.path = "/b/quite-another.jpg".to_owned();
        let got = explained(&sent, &known(&[keys()])).expect("it was changed");
        assert_eq!(got.certainty, Certainty::Unknown, "{got}");
        let of_query = |finding: &&Finding| finding.cause == Cause::QueryChanged;
        got.findings.iter().filter(of_query).count()
    };
    // The content type is one of them.
    assert_eq!(with(EXPLAIN_SUSPECTS_MAX - 1), EXPLAIN_SUSPECTS_MAX - 1);
    assert_eq!(with(EXPLAIN_SUSPECTS_MAX), EXPLAIN_SUSPECTS_MAX - 1);
    assert_eq!(with(QUERY_PARAMETERS_MAX - 6), EXPLAIN_SUSPECTS_MAX - 1);
}

#[test]
fn without_the_secret_the_request_shows_what_it_can() {
    let sent = presigned(&put());
    let nobody = known(&[]);
    let without = sent.clone().without_header("content-type");
    check(
        explained(&without, &nobody),
        Certainty::Likely,
        Cause::ContentType,
        "content-type",
    );
    let escaped = Sent {
        query: sent.query.replace('&', "&amp;"),
        ..sent.clone()
    };
    check(
        explained(&escaped, &nobody),
        Certainty::Certain,
        Cause::HtmlEscaped,
        "query",
    );
    let tracked = Sent {
        query: format!("{}&utm_source=mail", sent.query),
        ..sent.clone()
    };
    check(
        explained(&tracked, &nobody),
        Certainty::Likely,
        Cause::QueryAdded,
        "utm_source",
    );
    let late = Known {
        expected: Expected {
            now: at("20130524T010000Z"),
            ..expected()
        },
        ..nobody
    };
    check(
        explained(&sent, &late),
        Certainty::Certain,
        Cause::Expired,
        "X-Amz-Expires",
    );
    let cut = Sent {
        query: sent.query[..sent.query.len() - 9].to_owned(),
        ..sent
    };
    check(
        explained(&cut, &nobody),
        Certainty::Certain,
        Cause::UrlTruncated,
        "url",
    );
}

#[test]
fn a_key_that_has_verified_is_not_suspected() {
    let sent = presigned(&put().header("content-length", "70000")).edit_header(
        "content-length",
        "70000",
        "9",
    );
    let keys = [keys()];
    let proven = Known {
        key_has_verified: true,
        ..known(&keys)
    };
    let got = explained(&sent, &known(&keys));
    check(got, Certainty::Unknown, Cause::Secret, "secret");
    let got = explained(&sent, &proven);
    check(
        got,
        Certainty::Likely,
        Cause::ContentLength,
        "content-length",
    );
}

#[test]
fn another_signer_may_hold_another_secret() {
    let keys = [keys()];
    let proven = Known {
        key_has_verified: true,
        ..known(&keys)
    };
    let stranger = Signer::new(Credentials::new("AKID", "wrong"), "us-east-1", "s3");
    let now = at("20130524T000000Z");
    let sent = put()
        .header("x-amz-checksum-crc32", "jNwWgw==")
        .header("x-amz-sdk-checksum-algorithm", "CRC32");
    let signed = sent.signed(&stranger, &Payload::Unsigned, now);
    let got = explained(&signed, &proven).unwrap();
    let causes: Vec<Cause> = got.findings.iter().map(|finding| finding.cause).collect();
    assert_eq!(causes, [Cause::Secret, Cause::ContentType]);
    assert_eq!(got.certainty, Certainty::Likely);

    let presigned = put().presigned(&stranger, 300, now);
    let got = explained(&presigned, &proven).unwrap();
    assert_eq!(got.certainty, Certainty::Unknown);
    let causes: Vec<Cause> = got.findings.iter().map(|finding| finding.cause).collect();
    let expect = [Cause::ContentType, Cause::Secret, Cause::PathRewritten];
    assert_eq!(causes, expect);
    // It is among the signed headers, so without it nothing can match.
    assert!(
        got.findings[0]
            .fix_for_sender
            .starts_with("send `content-type` with")
    );
}

#[test]
fn a_form_in_place_of_the_file_is_told() {
    let form = "multipart/form-data; boundary=----x";
    let sent = presigned(&put()).edit_header("content-type", "image/png", form);
    let got = explained(&sent, &known(&[keys()])).unwrap();
    assert_eq!(got.certainty, Certainty::Certain);
    let fix = &got.findings[0].fix_for_sender;
    assert!(
        fix.contains("the file alone") && fix.contains("`content-type: image/png`"),
        "{fix}"
    );
    let fix = &got.findings[0].fix_for_signer;
    assert!(
        !fix.contains("boundary") && fix.contains("POST policy"),
        "{fix}"
    );
}

#[test]
fn a_token_that_is_left_over_is_not_asked_for_again() {
    let signer = Signer::new(keys().with_session_token("FwoGZ"), "us-east-1", "s3");
    let sent = put().presigned(&signer, 300, at("20130524T000000Z"));
    let fixes = |known: &Known<'_>| {
        let mut got = explained(&sent, known).unwrap();
        assert_eq!(got.cause(), Some(Cause::SessionToken));
        let finding = got.findings.remove(0);
        (finding.fix_for_sender, finding.fix_for_signer)
    };
    let (sender, signer) = fixes(&known(&[keys()]));
    assert!(!sender.contains("send the session token"), "{sender}");
    assert!(signer.contains("AWS_SESSION_TOKEN"), "{signer}");
    let (_, signer) = fixes(&known(&[keys().with_session_token("other")]));
    assert!(signer.contains("the same set"), "{signer}");
}

#[test]
fn a_payload_hash_that_is_missing_is_asked_for() {
    let signer = Signer::new(keys(), "us-east-1", "s3");
    let sent = put()
        .signed(&signer, &Payload::Unsigned, at("20130524T000000Z"))
        .without_header("x-amz-content-sha256");
    let got = explained(&sent, &known(&[keys()])).unwrap();
    assert_eq!(got.cause(), Some(Cause::PayloadHash));
    let finding = &got.findings[0];
    assert!(finding.fix_for_sender.contains("UNSIGNED-PAYLOAD"));
    assert!(!finding.fix_for_signer.contains("do not sign"));
}

#[test]
fn a_clock_ahead_makes_no_old_request() {
    let signer = Signer::new(keys(), "us-east-1", "s3");
    let told = |time: &str| {
        let sent = put().signed(&signer, &Payload::Unsigned, at(time));
        explained(&sent, &known(&[keys()]))
            .unwrap()
            .findings
            .remove(0)
            .message
    };
    let behind = told("20130523T220000Z");
    assert!(
        behind.ends_with("2 hours behind, or the request is old"),
        "{behind}"
    );
    let ahead = told("20130524T020100Z");
    assert!(ahead.ends_with("2 hours ahead"), "{ahead}");
}

#[test]
fn a_key_that_is_not_known_is_named() {
    let sent = presigned(&put());
    let others = [Credentials::new("OTHER", SECRET)];
    let got = explained(&sent, &known(&others));
    check(got, Certainty::Certain, Cause::UnknownKey, "credential");
}

#[test]
fn the_checksum_of_an_empty_body_is_pointed_out() {
    let of = |method: &str, query: &str| Sent::new(method, &format!("/b/k?{query}")).with(notices);
    let empty = "x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32";
    assert_eq!(of("PUT", empty)[0].cause, Cause::Checksum);
    assert_eq!(
        of(
            "PUT",
            "X-Amz-Checksum-Sha256=47DEQpj8HBSa%2B%2FTImW%2B5JCeuQeRkm5NMpJWZG3hSuFU%3D"
        )
        .len(),
        1
    );
    let typed = "Content-Type=image%2Fpng&X-Amz-Signature=00";
    assert_eq!(of("PUT", typed)[0].cause, Cause::ContentType);
    for (method, query) in [
        ("GET", empty),
        ("PUT", ""),
        ("PUT", "x-amz-checksum-crc32=y%2FQ5Jg%3D%3D"),
        ("PUT", "x-amz-checksum-crc32=AAAAAA"),
        ("PUT", "content-type=image%2Fpng"),
    ] {
        assert_eq!(of(method, query), [], "{method} {query}");
    }
}

#[test]
fn the_largest_request_is_explained_within_the_limits() {
    let mut target = "/b/k?a=".to_owned();
    for at in 0..100 {
        target.push_str(&format!("&p{at}&q={}", "%20x".repeat(20)));
    }
    let many = (0..100).fold(put(), |sent, at| {
        sent.header(&format!("x-amz-meta-{at}"), "Zürich  am See".repeat(10))
    });
    let parts: Vec<&str> = target.split('&').take(100).collect();
    let many = Sent {
        query: parts.join("&")[5..].to_owned(),
        ..many.header("content-length", "70000")
    };
    let sent = presigned(&many).edit_header("x-amz-meta-7", "See", "Meer");
    let got = explained(&sent, &known(&[keys()])).unwrap();
    assert_eq!(got.certainty, Certainty::Unknown);
    assert!(
        got.tried <= EXPLAIN_TRIALS_MAX + EXPLAIN_LENGTHS_MAX,
        "{}",
        got.tried
    );
    assert!(got.tried > 100, "{}", got.tried);
}

#[test]
fn an_explanation_shows_no_secret() {
    let token = "FwoGZXIvYXdzEXAMPLE";
    let temporary = keys().with_session_token(token);
    let signer = Signer::new(temporary.clone(), "us-east-1", "s3");
    let now = at("20130524T000000Z");
    let url = put().presigned(&signer, 300, now);
    let header = put().signed(&signer, &Payload::Unsigned, now);
    let own = [temporary.clone()];
    let with_newline = [Credentials::new("AKID", format!("{SECRET}\n")).with_session_token(token)];
    let other = [
        Credentials::new("AKID", "other").with_session_token(token),
        Credentials::new("B", SECRET),
    ];
    for sent in [
        url.clone().edit_header("content-type", "png", "jpeg"),
        header.clone().edit_header("content-type", "png", "jpeg"),
        Sent {
            path: "/elsewhere".to_owned(),
            ..url
        },
        header.edit_header("x-amz-security-token", "EXAMPLE", "OTHER"),
    ] {
        for keys in [&own[..], &with_newline, &other, &[]] {
            let Some(got) = explained(&sent, &known(keys)) else {
                continue;
            };
            let text = format!("{got} {got:?} {:?}", got.findings);
            let right = sent.query.rsplit('=').next().unwrap();
            for secret in [SECRET, token, "FwoGZXIvYXdz", right] {
                assert!(
                    secret.is_empty() || !text.contains(secret),
                    "{secret} shows in {text}"
                );
            }
        }
    }
}

#[test]
fn a_plus_in_the_path_that_was_a_space_is_found_beside_one_that_was_not() {
    let sent = Sent::new("PUT", "/b/a%20b%2Bc/%C3%BC.txt").header("host", "h");
    let mut sent = presigned(&sent);
    sent.path = "/b/a+b%2Bc/%C3%BC.txt".to_owned();
    let got = explained(&sent, &known(&[keys()]));
    let got = check(got, Certainty::Certain, Cause::PathEncoding, "path");
    assert_eq!(
        got.findings[0].signed.as_deref(),
        Some("/b/a%20b%2Bc/%C3%BC.txt")
    );
}
