//! Each limit: the last size that is taken, and one past it.

use dropslip_sigv4::limits::{
    EXPIRES_S_MAX, EXPIRES_S_MIN, HEADER_BYTES_MAX, HEADERS_MAX, METHOD_BYTES_MAX, PATH_BYTES_MAX,
    QUERY_BYTES_MAX, QUERY_PARAMETERS_MAX, SKEW_S_MAX,
};
use dropslip_sigv4::{
    Credentials, Dialect, Error, ErrorKind, Expected, Payload, Refusal, Request, Signer, Timestamp,
};

use crate::support::{Sent, at};

fn keys() -> Credentials {
    Credentials::new("AKID", "secret")
}

fn signer() -> Signer {
    Signer::new(keys(), "r", "s3")
}

fn request() -> Sent {
    Sent::new("GET", "/").header("host", "h")
}

/// A request of `max` holds and one of `max + 1` is refused, by the verifier and by
/// the form of signing that adds nothing to what is measured.
fn check(what: &str, max: usize, form: Form, of_size: impl Fn(usize) -> Sent) {
    let exceeded = format!(
        "the request has {} {what}, at most {max} are taken",
        max + 1
    );

    let sign = |sent: &Sent| sent.with(|request| sign(form, request)).map(drop);
    assert!(sign(&of_size(max)).is_ok(), "{what}");
    assert_eq!(sign(&of_size(max + 1)).unwrap_err().to_string(), exceeded);

    let expected = Expected {
        region: "r",
        service: "s3",
        now: now(),
    };
    let verify = |sent: &Sent| sent.verify(&keys(), &Dialect::s3(), &expected).map(drop);
    assert!(
        matches!(verify(&of_size(max)), Err(Refusal::NotSigned)),
        "{what}"
    );
    assert_eq!(verify(&of_size(max + 1)).unwrap_err().to_string(), exceeded);
}

#[derive(Clone, Copy)]
enum Form {
    Header,
    Query,
}

fn sign(form: Form, request: &Request<'_>) -> Result<(), Error> {
    match form {
        Form::Header => signer().sign(request, &Payload::Unsigned, now()).map(drop),
        Form::Query => signer().presign(request, 60, now()).map(drop),
    }
}

fn now() -> Timestamp {
    at("20130524T000000Z")
}

#[test]
fn method() {
    check("method bytes", METHOD_BYTES_MAX, Form::Header, |size| {
        Sent {
            method: "A".repeat(size),
            ..request()
        }
    });
}

#[test]
fn path() {
    check("path bytes", PATH_BYTES_MAX, Form::Header, |size| Sent {
        path: "/".repeat(size),
        ..request()
    });
}

#[test]
fn query() {
    check("query bytes", QUERY_BYTES_MAX, Form::Header, |size| Sent {
        query: "a".repeat(size),
        ..request()
    });
    let parameters = |size| Sent {
        query: vec!["a"; size].join("&"),
        ..request()
    };
    check(
        "query parameters",
        QUERY_PARAMETERS_MAX,
        Form::Header,
        parameters,
    );
}

/// Presigning adds six parameters, which have to find room too.
#[test]
fn presigned_query() {
    let presign = |query: String| {
        let sent = Sent { query, ..request() };
        sent.with(|request| signer().presign(request, 60, at("20130524T000000Z")))
    };
    let parameters = |count| vec!["a="; count].join("&");
    assert!(presign(parameters(QUERY_PARAMETERS_MAX - 6)).is_ok());
    let error = presign(parameters(QUERY_PARAMETERS_MAX - 5)).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Exceeded(exceeded) if exceeded.what == "query parameters")
    );
    let added = presign(String::new()).unwrap().query.len() + "a=&".len();
    assert!(presign(format!("a={}", "a".repeat(QUERY_BYTES_MAX - added))).is_ok());
    let error = presign(format!("a={}", "a".repeat(QUERY_BYTES_MAX - added + 1))).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Exceeded(exceeded) if exceeded.what == "query bytes")
    );
}

#[test]
fn headers() {
    check("headers", HEADERS_MAX, Form::Query, |size| {
        (1..size).fold(request(), |sent, at| sent.header(&format!("h{at}"), "1"))
    });
    let host = "hosth".len();
    check("header bytes", HEADER_BYTES_MAX, Form::Query, |size| {
        request().header("a", "b".repeat(size - host - 1))
    });
}

/// Signing in the header adds three headers, which have to find room too.
#[test]
fn headers_that_signing_adds() {
    let of_count =
        |count| (1..count).fold(request(), |sent, at| sent.header(&format!("h{at}"), "1"));
    let sign = |sent: &Sent| sent.with(|request| signer().sign(request, &Payload::Unsigned, now()));
    assert!(sign(&of_count(HEADERS_MAX - 3)).is_ok());
    let error = sign(&of_count(HEADERS_MAX - 2)).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Exceeded(exceeded) if exceeded.what == "headers"));
    let error = sign(&request().header("a", "b".repeat(HEADER_BYTES_MAX - 10))).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Exceeded(exceeded) if exceeded.what == "header bytes")
    );
}

/// The numbers are S3's. What one past them does is in `refusals` and `signing`.
#[test]
fn times() {
    assert_eq!(
        (EXPIRES_S_MIN, EXPIRES_S_MAX, SKEW_S_MAX),
        (1, 7 * 24 * 60 * 60, 15 * 60)
    );
}

/// Thousands of names fit into the header, and each would be looked for.
#[test]
fn signed_headers() {
    let verify = |count: usize| {
        let names: Vec<String> = (0..count).map(|at| format!("a{at:05}")).collect();
        let value = format!(
            "AWS4-HMAC-SHA256 Credential=AKID/20130524/r/s3/aws4_request, SignedHeaders={}, Signature={}",
            names.join(";"),
            "0".repeat(64)
        );
        let sent = request()
            .header("x-amz-date", "20130524T000000Z")
            .header("authorization", &value);
        let expected = Expected {
            region: "r",
            service: "s3",
            now: now(),
        };
        let verified = sent.verify(&keys(), &Dialect::s3(), &expected);
        verified.map(drop).unwrap_err().to_string()
    };
    let exceeded = format!(
        "the request has {} signed headers, at most {HEADERS_MAX} are taken",
        HEADERS_MAX + 1
    );
    assert_eq!(verify(HEADERS_MAX + 1), exceeded);
    assert_ne!(verify(HEADERS_MAX), verify(HEADERS_MAX + 1));
}
