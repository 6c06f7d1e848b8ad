//! Odd requests, each as AWS reads it: the lines of the canonical request that must
//! come out, and what another may do to the request on its way without breaking it.
//!
//! Where the documents are silent, what botocore, the SDKs for JavaScript and `aws4` do is
//! the measure (`aws4` is held against AWS itself: <https://github.com/mhart/aws4>).

use dropslip_sigv4::{Credentials, Dialect, Expected, Payload, Signer};

use crate::support::{Sent, at};

const S3: &str = "s3";
const OTHER: &str = "execute-api";
const DATE: &str = "20130524T000000Z";

fn keys() -> Credentials {
    Credentials::new("AKID", "secret")
}

/// Reads `GET /path?query` with header lines below; a line that begins with white
/// space continues the one before.
fn read(raw: &str) -> Sent {
    Sent::parse(raw).header("Host", "h")
}

fn signer(service: &str) -> Signer {
    Signer::new(keys(), "eu-north-1", service)
}

/// Signs in the header and in the query; both go out.
fn both(sent: &Sent, service: &str) -> [Sent; 2] {
    let signer = signer(service);
    let payload = Payload::empty();
    [
        sent.signed(&signer, &payload, at(DATE)),
        sent.presigned(&signer, 60, at(DATE)),
    ]
}

fn holds(sent: &Sent, service: &str) -> bool {
    let expected = Expected {
        region: "eu-north-1",
        service,
        now: at(DATE),
    };
    sent.verify(&keys(), &Dialect::of_service(service), &expected)
        .is_ok()
}

/// Path, query and header lines of the canonical request; then both forms must verify.
#[track_caller]
fn check_for(service: &str, raw: &str, expect: &[&str]) {
    let sent = read(raw);
    let signed = sent
        .with(|request| signer(service).sign(request, &Payload::empty(), at(DATE)))
        .unwrap();
    let canonical = String::from_utf8(signed.canonical_request).unwrap();
    let lines: Vec<&str> = canonical.split('\n').collect();
    assert_eq!(lines[1..3], expect[..2], "{service}: {raw}");
    let headers: Vec<&str> = lines[3..]
        .iter()
        .copied()
        .filter(|line| line.starts_with("x-test") || line.starts_with("content-type:"))
        .collect();
    assert_eq!(headers, expect[2..], "{service}: {raw}");
    for form in both(&sent, service) {
        assert!(holds(&form, service), "{service}: {raw}");
    }
}

#[track_caller]
fn check(raw: &str, expect: &[&str]) {
    check_for(S3, raw, expect);
    check_for(OTHER, raw, expect);
}

/// What was signed, and what arrived in its place: refused or not, in both forms.
#[track_caller]
fn arrives(service: &str, signed: &str, arrived: &str, holds_still: bool) {
    let arrived = read(arrived);
    for form in both(&read(signed), service) {
        // What signing has added stays.
        let amz = form
            .query
            .split('&')
            .filter(|part| part.starts_with("X-Amz-"));
        let parts = arrived.query.split('&').chain(amz);
        let query = parts.collect::<Vec<_>>().join("&");
        let added = form.headers.iter().skip(read(signed).headers.len());
        let mut sent = Sent {
            query,
            ..arrived.clone()
        };
        sent.headers.extend(added.cloned());
        assert_eq!(
            holds(&sent, service),
            holds_still,
            "{service}: {signed} as {sent:?}"
        );
    }
}

#[track_caller]
fn same(signed: &str, arrived: &str) {
    arrives(S3, signed, arrived, true);
    arrives(OTHER, signed, arrived, true);
}

#[track_caller]
fn other(signed: &str, arrived: &str) {
    arrives(S3, signed, arrived, false);
    arrives(OTHER, signed, arrived, false);
}

#[test]
fn headers_that_are_there_twice() {
    check(
        "GET /\nX-Test: b\nx-test: a\nX-TEST: b",
        &["/", "", "x-test:b,a,b"],
    );
    check("GET /\nX-Test:\nX-Test: a", &["/", "", "x-test:,a"]);
    check("GET /\nX-Test:\nX-Test:", &["/", "", "x-test:,"]);
    // A proxy may join them (RFC 9110 section 5.3), but with a space it is another text.
    same("GET /\nX-Test: a\nX-Test: b", "GET /\nX-Test: a,b");
    other("GET /\nX-Test: a\nX-Test: b", "GET /\nX-Test: a, b");
    other("GET /\nX-Test: a\nX-Test: b", "GET /\nX-Test: b\nX-Test: a");
    other("GET /\nX-Test: a\nX-Test: b", "GET /\nX-Test: a");
    other("GET /\nX-Test: a", "GET /\nX-Test: a\nX-Test: a");
}

#[test]
fn names_of_headers() {
    check(
        "GET /\nX-TEST-2: 2\nx-test: 1\nX-Test-1: 3",
        &["/", "", "x-test:1", "x-test-1:3", "x-test-2:2"],
    );
    same("GET /\nX-Test: a", "GET /\nx-tEST: a");
    same(
        "GET /\nX-Test: a\nX-Test-1: b",
        "GET /\nX-Test-1: b\nX-Test: a",
    );
    other("GET /\nX-Test: a", "GET /\nX-Test-1: a");
    other("GET /\nX-Test: a", "GET /\nX_Test: a");
}

#[test]
fn white_space_in_headers() {
    check("GET /\nX-Test:   a  b   c  ", &["/", "", "x-test:a b c"]);
    check("GET /\nX-Test:\ta\t\tb\t", &["/", "", "x-test:a b"]);
    check("GET /\nX-Test: a\n  b\n \tc", &["/", "", "x-test:a b c"]);
    check("GET /\nX-Test: \"a  b\"", &["/", "", "x-test:\"a b\""]);
    check("GET /\nX-Test:", &["/", "", "x-test:"]);
    check("GET /\nX-Test:    ", &["/", "", "x-test:"]);
    same("GET /\nX-Test: a b", "GET /\nX-Test:  a   b ");
    same("GET /\nX-Test: a b", "GET /\nX-Test: a\n b");
    same("GET /\nX-Test: a b", "GET /\nX-Test: a\tb");
    other("GET /\nX-Test: a b", "GET /\nX-Test: ab");
    // A space that may not be broken is no white space in a header.
    other("GET /\nX-Test: a", "GET /\nX-Test: a\u{a0}");
    other("GET /\nX-Test:", "GET /\nX-Test: x");
    other("GET /\nX-Test:", "GET /\nX-Test:\nX-Test:");
}

#[test]
fn characters_in_headers() {
    check(
        "GET /\nX-Test: caf\u{e9}, \u{65e5}\u{672c}",
        &["/", "", "x-test:caf\u{e9}, \u{65e5}\u{672c}"],
    );
    check(
        "GET /\nX-Test: a;b=c, \"d;e\",,f",
        &["/", "", "x-test:a;b=c, \"d;e\",,f"],
    );
    check(
        "GET /\nX-Test: a:b=%2f%2F+",
        &["/", "", "x-test:a:b=%2f%2F+"],
    );
    check(
        "GET /\nContent-Type: text/plain; charset=UTF-8",
        &["/", "", "content-type:text/plain; charset=UTF-8"],
    );
    // The letters with their accents are not the same bytes as with combining ones.
    other("GET /\nX-Test: \u{e9}", "GET /\nX-Test: e\u{301}");
    other("GET /\nX-Test: a;b", "GET /\nX-Test: a; b");
    other("GET /\nX-Test: A", "GET /\nX-Test: a");
    other("GET /\nX-Test: %2f", "GET /\nX-Test: %2F");
    other(
        "GET /\nContent-Type: text/plain; charset=UTF-8",
        "GET /\nContent-Type: text/plain;charset=UTF-8",
    );
}

#[test]
fn parameters() {
    check("GET /?b=2&a=2&a=1&a=2", &["/", "a=1&a=2&a=2&b=2"]);
    check("GET /?a=%2f&a=%2F&a=/", &["/", "a=%2F&a=%2F&a=%2F"]);
    check(
        "GET /?a=x+y&b=x%20y&c=x%2By",
        &["/", "a=x%20y&b=x%20y&c=x%2By"],
    );
    check("GET /?acl&b=&=c&=", &["/", "=&=c&acl=&b="]);
    check("GET /?a=b=c==&d", &["/", "a=b%3Dc%3D%3D&d="]);
    check(
        "GET /?%61=%62&%c3%A9=%e2%82%ac",
        &["/", "%C3%A9=%E2%82%AC&a=b"],
    );
    check("GET /?a=%00%7f&b=~-._", &["/", "a=%00%7F&b=~-._"]);
    check("GET /?a&&b&", &["/", "a=&b="]);
    check(
        "GET /?A=1&a=2&B=3&a-=4&a1=5",
        &["/", "A=1&B=3&a=2&a-=4&a1=5"],
    );
    same("GET /?a=1&b=2", "GET /?b=2&a=1");
    same("GET /?a=1&a=2", "GET /?a=2&a=1");
    same("GET /?a=%2F+", "GET /?%61=%2f%20");
    same("GET /?acl", "GET /?acl=");
    other("GET /?a=1&a=1", "GET /?a=1");
    other("GET /?a=1", "GET /?a=1&b");
    other("GET /?a=1", "GET /?A=1");
    other("GET /?a=x+y", "GET /?a=x%2By");
    other("GET /?a=%252F", "GET /?a=%2F");
    other("GET /?a=b&c=d", "GET /?a=b%26c=d");
    other("GET /?a=b=c", "GET /?a%3Db=c");
    other("GET /?a=b", "GET /?a;=b");
    other("GET /?a", "GET /?=a");
}

#[test]
fn paths() {
    let check = |path: &str, s3: &str, others: &str| {
        check_for(S3, &format!("GET {path}"), &[s3, ""]);
        check_for(OTHER, &format!("GET {path}"), &[others, ""]);
    };
    check("/a//b///c", "/a//b///c", "/a/b/c");
    check("//", "//", "/");
    check("/a/../b/./c", "/a/../b/./c", "/b/c");
    check("/../../a", "/../../a", "/a");
    check("/a/b/..", "/a/b/..", "/a");
    check("/a/b/.", "/a/b/.", "/a/b");
    check("/a/b/", "/a/b/", "/a/b/");
    check("/a%00b", "/a%00b", "/a%2500b");
    check("/a%2eb%2E%2e/", "/a.b../", "/a%252eb%252E%252e/");
    check("/a%20b%C3%a9", "/a%20b%C3%A9", "/a%2520b%25C3%25a9");
    check("/%41%7E", "/A~", "/%2541%257E");
    check(
        "/a:b@c$&'()*,;=!",
        "/a%3Ab%40c%24%26%27%28%29%2A%2C%3B%3D%21",
        "/a%3Ab%40c%24%26%27%28%29%2A%2C%3B%3D%21",
    );
    // To S3 an escaped slash is a slash (`aws4` decodes them for S3 alone).
    check("/a%2Fb%2fc", "/a/b/c", "/a%252Fb%252fc");
}

#[test]
fn paths_on_their_way() {
    arrives(S3, "GET /a%20b%C3%A9", "GET /%61%20b%c3%a9", true);
    arrives(OTHER, "GET /a%20b%C3%A9", "GET /%61%20b%c3%a9", false);
    arrives(S3, "GET /a//b", "GET /a/b", false);
    arrives(OTHER, "GET /a//b", "GET /a/b", true);
    arrives(S3, "GET /a/../b", "GET /b", false);
    arrives(OTHER, "GET /a/../b", "GET /b", true);
    other("GET /a%2520b", "GET /a%20b");
    other("GET /a%20b", "GET /a+b");
    other("GET /a%2Bb", "GET /a%20b");
    other("GET /a", "GET /A");
    other("GET /a", "GET /a/");
    other("GET /a%00", "GET /a");
    other("GET /a%00b", "GET /a");
}

/// Any service and any region: the scope is signed, so a slip for one is for no other.
#[test]
fn services_and_regions() {
    for service in [S3, OTHER, "sqs", "iot", "s3-object-lambda", "a"] {
        for form in both(&read("GET /a?b=c\nX-Test: d"), service) {
            assert!(holds(&form, service), "{service}");
            assert!(!holds(&form, "dynamodb"), "{service}");
            let elsewhere = Expected {
                region: "us-east-1",
                service,
                now: at(DATE),
            };
            let refused = form.verify(&keys(), &Dialect::of_service(service), &elsewhere);
            assert!(refused.is_err(), "{service}");
        }
    }
}

/// A token is signed as it is, whatever characters it is made of.
#[test]
fn session_tokens() {
    let expected = Expected {
        region: "eu-north-1",
        service: S3,
        now: at(DATE),
    };
    for token in [
        "a",
        "FwoGZXIvYXdzE//+==",
        "a%2Fb%20c",
        "a&b=c;d,e",
        &"x".repeat(2000),
    ] {
        let keys = keys().with_session_token(token);
        let signer = Signer::new(keys.clone(), "eu-north-1", S3);
        let sent = read("GET /");
        let [signed, presigned] = [
            sent.signed(&signer, &Payload::empty(), at(DATE)),
            sent.presigned(&signer, 60, at(DATE)),
        ];
        let other = keys.clone().with_session_token(format!("{token}x"));
        for form in [signed, presigned] {
            let verify = |keys| form.verify(keys, &Dialect::s3(), &expected).is_ok();
            assert_eq!((verify(&keys), verify(&other)), (true, false), "{token}");
        }
    }
}
