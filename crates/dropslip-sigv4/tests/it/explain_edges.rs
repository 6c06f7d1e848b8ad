//! Explanations of what only looks damaged, and of what is made to be costly.

use dropslip_sigv4::{
    Cause, Certainty, Credentials, Expected, Explanation, Known, Payload, Signer, explain,
};

use crate::support::{Sent, at};

const SIGNED: &str = "20130524T000000Z";
const SOON: &str = "20130524T000100Z";
const LATE: &str = "20130525T000000Z";

fn signer() -> Signer {
    Signer::new(keys(), "us-east-1", "s3")
}

fn keys() -> Credentials {
    Credentials::new("AKID", "wJalrXUtnFEMI")
}

fn presigned(target: &str) -> Sent {
    let sent = Sent::new("GET", target).header("host", "storage.example");
    sent.presigned(&signer(), 300, at(SIGNED))
}

fn explained(sent: &Sent, keys: &[Credentials], now: &str) -> Option<Explanation> {
    read_as(sent, keys, now, None)
}

fn read_as(
    sent: &Sent,
    keys: &[Credentials],
    now: &str,
    theirs: Option<&[u8]>,
) -> Option<Explanation> {
    let expected = Expected {
        region: "us-east-1",
        service: "s3",
        now: at(now),
    };
    let known = Known {
        expected,
        credentials: keys,
        key_has_verified: false,
        hosts: &["localhost:7601"],
        canonical_request: theirs,
    };
    sent.with(|request| explain(request, &known))
}

#[track_caller]
fn check(got: Option<Explanation>, certainty: Certainty, cause: Cause) {
    let got = got.expect("something is wrong");
    assert_eq!(
        (got.certainty, got.cause()),
        (certainty, Some(cause)),
        "{got}"
    );
}

/// A percent sign in a key is `%25` in its URL, and nobody encoded that twice.
#[test]
fn a_percent_sign_is_no_damage() {
    let target = "/b/100%25.png?response-content-type=a%2525";
    let sent = presigned(target);
    assert_eq!(explained(&sent, &[], SOON), None);
    check(
        explained(&sent, &[keys()], LATE),
        Certainty::Certain,
        Cause::Expired,
    );
    check(
        explained(&sent, &[], LATE),
        Certainty::Certain,
        Cause::Expired,
    );
    let other = Credentials::new("OTHER", "secret");
    check(
        explained(&sent, &[other], SOON),
        Certainty::Certain,
        Cause::UnknownKey,
    );
}

/// What HTML does to a URL that can still be read is seen without the secret, too.
#[test]
fn html_that_leaves_the_signature_readable() {
    let sent = presigned("/b/k?response-content-type=a&x-id=GetObject");
    let sent = sent.edit_query("&response-content-type", "&amp;response-content-type");
    check(
        explained(&sent, &[], SOON),
        Certainty::Likely,
        Cause::HtmlEscaped,
    );
    check(
        explained(&sent, &[keys()], SOON),
        Certainty::Certain,
        Cause::HtmlEscaped,
    );
}

/// What was signed is not named among what was added.
#[test]
fn only_what_was_added_is_named() {
    let mut sent = presigned("/b/k?versionId=3&x-amz-checksum-mode=ENABLED");
    sent.query.push_str("&utm_source=mail&utm_medium=link");
    let got = explained(&sent, &[keys()], SOON).unwrap();
    assert_eq!(
        got.to_string(),
        "certain: the request adds `utm_medium, utm_source`, which were not signed"
    );
    let mut sent = presigned("/b/k?x-amz-checksum-mode=ENABLED");
    sent.query.push_str("&a=b&c=d");
    let got = explained(&sent, &[keys()], SOON).unwrap();
    assert_eq!(
        got.to_string(),
        "certain: the request adds `a, c`, which were not signed"
    );
}

/// The storage's own reading comes from outside, and may be any text.
#[test]
fn whatever_a_storage_prints() {
    let sent = presigned("/b/k").header("x-amz-acl", "private");
    let sent = sent.edit_query("SignedHeaders=host", "SignedHeaders=host%3Bx-amz-acl");
    for path in ["", "\u{e9}", "k", "/", "//"] {
        for host in ["h", "a.b", "", ":1", "s3.amazonaws.com"] {
            let theirs = format!("GET\n{path}\n\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD");
            let got = read_as(&sent, &[keys()], SOON, Some(theirs.as_bytes()));
            assert_ne!(got.unwrap().certainty, Certainty::Certain, "{theirs}");
        }
    }
}

/// A key for encryption is a secret, and so is a cookie: explanations are logged.
#[test]
fn secrets_in_headers_are_not_said() {
    for name in ["x-amz-server-side-encryption-customer-key", "cookie"] {
        let sent = Sent::new("PUT", "/b/k").header("host", "h");
        let signed = sent.header(name, "").presigned(&signer(), 300, at(SIGNED));
        let arrived = signed.without_header(name).header(name, "c2VjcmV0");
        let got = explained(&arrived, &[keys()], SOON).unwrap();
        assert_eq!(got.certainty, Certainty::Certain, "{got}");
        assert!(!format!("{got} {got:?}").contains("c2VjcmV0"), "{got:?}");
    }
}

/// The search is bounded for all its trials and repairs together.
#[test]
fn hostile_requests_cost_no_more_than_others() {
    let value = "%25&amp;%0A".repeat(20);
    let mut sent = Sent::new("PUT", "/b/%25%0A").header("host", "h");
    for at in 0..100 {
        sent = sent.header(&format!("x-amz-meta-{at}"), &value);
    }
    let mut sent = sent.presigned(&signer(), 300, at(SIGNED));
    sent.query.push_str(&"&amp;a%250A=b".repeat(20));
    sent.headers[7].1.clear();
    let got = explained(&sent, &[keys()], SOON).unwrap();
    assert!(got.tried < 500, "{}", got.tried);

    let text = format!("a=1&{}", "amp;".repeat(15_000));
    let start = std::time::Instant::now();
    let sent = Sent::new("GET", &format!("/b/k?{text}")).header("host", "h");
    check(
        explained(&sent, &[keys()], SOON),
        Certainty::Certain,
        Cause::TooLarge,
    );
    assert!(start.elapsed().as_millis() < 500, "{:?}", start.elapsed());
}

#[test]
fn two_strangers_beside_a_signed_one_are_named() {
    let mut sent = presigned("/b/k?marker=1&listing=2");
    sent.query.push_str("&utm_source=mail&session=hidden");
    let got = explained(&sent, &[keys()], SOON).unwrap();
    assert_eq!(
        got.to_string(),
        "certain: the request adds `session, utm_source`, which were not signed"
    );
}

#[test]
fn a_value_that_reads_like_a_presigned_query_makes_none() {
    let sent = Sent::new("GET", "/b?prefix=X-Amz-Signature").header("host", "h");
    let sent = sent.signed(&signer(), &Payload::empty(), at(SIGNED));
    let others = [Credentials::new("AKID", "another")];
    let got = explained(&sent, &others, SOON).unwrap();
    assert_eq!(
        (got.certainty, got.cause()),
        (Certainty::Likely, Some(Cause::Secret))
    );
}
