//! What signing takes, what it adds, and what it does not take.

use dropslip_sigv4::{Credentials, Error, Payload, Signer, Timestamp};

use crate::support::{Sent, at};

fn now() -> Timestamp {
    at("20130524T000000Z")
}

fn signer() -> Signer {
    Signer::new(Credentials::new("AKID", "secret"), "us-east-1", "s3")
}

fn request() -> Sent {
    Sent::new("GET", "/b/k").header("host", "h")
}

/// What both forms of signing say; an empty text is for a request that they sign.
fn check(sent: &Sent, expect: &str) {
    check_with(&signer(), sent, expect);
}

fn check_with(signer: &Signer, sent: &Sent, expect: &str) {
    assert_eq!(
        said(sent.with(|request| signer.presign(request, 60, now()))),
        expect
    );
    assert_eq!(
        said(sent.with(|request| signer.sign(request, &Payload::Unsigned, now()))),
        expect
    );
}

fn said<T>(result: Result<T, Error>) -> String {
    result.map_or_else(|error| error.to_string(), |_| String::new())
}

#[test]
fn request_itself() {
    check(&request(), "");
    check(
        &Sent {
            path: String::new(),
            ..request()
        },
        "",
    );
    check(
        &Sent::new("GET", "/b/k"),
        "the `host` header is missing, each signature covers it",
    );
    check(
        &request().header("Host", "h"),
        "`host` is there already or given twice",
    );
    check(
        &Sent {
            method: "GE T".to_owned(),
            ..request()
        },
        "the method `GE T` is not an HTTP token",
    );
    check(
        &request().header("", "1"),
        "the header name `` is not an HTTP token",
    );
    check(
        &request().header("a:b", "1"),
        "the header name `a:b` is not an HTTP token",
    );
    check(
        &request().header("a\n", "1"),
        "the header name `a\\n` is not an HTTP token",
    );
}

#[test]
fn what_signing_adds_itself() {
    for name in ["Authorization", "X-Amz-Date", "x-amz-security-token"] {
        check(
            &request().header(name, "1"),
            &format!("`{name}` is there already, signing adds it"),
        );
    }
    let sign =
        |sent: Sent| said(sent.with(|request| signer().sign(request, &Payload::Unsigned, now())));
    let reserved = "`x-amz-content-sha256` is there already, signing adds it";
    assert_eq!(
        sign(request().header("x-amz-content-sha256", "UNSIGNED-PAYLOAD")),
        reserved
    );
    let names = [
        "algorithm",
        "credential",
        "date",
        "expires",
        "security-token",
        "signedheaders",
        "signature",
    ];
    for name in names {
        let sent = Sent {
            query: format!("a=1&X-AMZ-{name}=1"),
            ..request()
        };
        let got = said(sent.with(|request| signer().presign(request, 60, now())));
        assert_eq!(
            got,
            format!("`x-amz-{name}` is there already, signing adds it")
        );
        // A header would stand beside the parameter and say another thing.
        let header = format!("x-amz-{name}");
        let sent = request().header(&header, "1");
        let got = said(sent.with(|request| signer().presign(request, 60, now())));
        assert_eq!(got, format!("`{header}` is there already, signing adds it"));
    }
}

#[test]
fn values_that_contradict() {
    let presign = |sent: Sent| said(sent.with(|request| signer().presign(request, 60, now())));
    let query = |query: &str| Sent {
        query: query.to_owned(),
        ..request()
    };
    assert_eq!(
        presign(query("x-amz-acl=private").header("x-amz-acl", "private")),
        ""
    );
    let twice = "`x-amz-acl` is there already or given twice";
    assert_eq!(
        presign(query("x-amz-acl=a").header("x-amz-acl", "b")),
        twice
    );
    assert_eq!(presign(query("x-amz-acl=a&X-Amz-Acl=a")), twice);
    let hash = "`x-amz-content-sha256` cannot be `abc`";
    assert_eq!(
        presign(request().header("x-amz-content-sha256", "abc")),
        hash
    );
    assert_eq!(presign(query("x-amz-content-sha256=abc")), hash);
}

/// Two signatures, or one value twice, would be refused on arrival.
#[test]
fn query_of_a_request_signed_in_the_header() {
    let sign = |query: &str| {
        let sent = Sent {
            query: query.to_owned(),
            ..request()
        };
        said(sent.with(|request| signer().sign(request, &Payload::Unsigned, now())))
    };
    assert_eq!(sign("Signature=1&x-amz-acl=a"), "");
    let already = "the query carries a signature already";
    assert_eq!(sign("X-Amz-Signature=1"), already);
    assert_eq!(sign("AWSAccessKeyId=1&Signature=1"), already);
    assert_eq!(
        sign("x-amz-acl=a&x-amz-acl=a"),
        "`x-amz-acl` is there already or given twice"
    );
}

#[test]
fn expiry() {
    let presign =
        |expires_s| said(request().with(|request| signer().presign(request, expires_s, now())));
    for good in [1, 604_800] {
        assert_eq!(presign(good), "");
    }
    for bad in [0, 604_801, u32::MAX] {
        assert_eq!(
            presign(bad),
            format!("the expiry must be 1 to 604800 seconds, got {bad}")
        );
    }
}

#[test]
fn texts_that_a_scope_cannot_carry() {
    let check = |access_key: &str, token: &str, region: &str, service: &str, what: &str| {
        let keys = Credentials::new(access_key, "secret").with_session_token(token);
        let expect = match what {
            "" => String::new(),
            _ => {
                format!("the {what} is empty or has a character that a signed request cannot carry")
            }
        };
        check_with(&Signer::new(keys, region, service), &request(), &expect);
    };
    check("a/b", "t", "r", "s3", "");
    check("", "t", "r", "s3", "access key");
    check("a,b", "t", "r", "s3", "access key");
    check("a b", "t", "r", "s3", "access key");
    check("a", "", "r", "s3", "session token");
    check("a", "t\r\nx: y", "r", "s3", "session token");
    check("a", "t", "", "s3", "region");
    check("a", "t", "eu/west", "s3", "region");
    check("a", "t", "r", "", "service");
    check("a", "t", "r", "s3,", "service");
    check("a", "t", "r", "é", "service");
}

#[test]
fn headers_that_signing_adds() {
    let names = |signer: &Signer| {
        let signed = request()
            .with(|request| signer.sign(request, &Payload::empty(), now()))
            .unwrap();
        signed
            .headers
            .iter()
            .map(|(name, _)| *name)
            .collect::<Vec<_>>()
    };
    let keys = Credentials::new("AKID", "secret");
    assert_eq!(
        names(&signer()),
        ["x-amz-date", "x-amz-content-sha256", "authorization"]
    );
    assert_eq!(
        names(&Signer::new(keys.clone(), "r", "ec2")),
        ["x-amz-date", "authorization"]
    );
    let temporary = Signer::new(keys.with_session_token("t"), "r", "s3");
    assert_eq!(
        names(&temporary),
        [
            "x-amz-date",
            "x-amz-content-sha256",
            "x-amz-security-token",
            "authorization"
        ]
    );
}

/// The kept key is that of the day asked for, also when the days go back and forth.
#[test]
fn key_of_the_day() {
    let kept = signer();
    for day in [
        "20130524T235959Z",
        "20130525T000000Z",
        "20130524T000000Z",
        "19691231T235959Z",
        "19700101T000000Z",
    ] {
        let sign = |signer: &Signer| {
            request()
                .with(|request| signer.presign(request, 60, at(day)))
                .unwrap()
                .signature
        };
        assert_eq!(sign(&kept), sign(&signer()), "{day}");
        assert_eq!(sign(&kept), sign(&signer()), "{day}, the second time");
    }
}

#[test]
fn signer_is_shared_between_threads() {
    fn check<T: Send + Sync>() {}
    check::<Signer>();
}
