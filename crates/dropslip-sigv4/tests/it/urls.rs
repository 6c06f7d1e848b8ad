//! Whole presigned URLs: they are those of the stages, and nothing gets into a URL
//! that is not meant to.

use dropslip_sigv4::{
    Credentials, Dialect, Error, ErrorKind, Path, Request, Signer, Slip, Timestamp, TokenRule,
};
use proptest::prelude::*;

fn keys() -> Credentials {
    Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret")
}

fn signer() -> Signer {
    Signer::new(keys(), "nl-ams", "s3")
}

fn now() -> Timestamp {
    Timestamp::parse_basic("20260131T235959Z").unwrap()
}

const SLIP: Slip<'_> = Slip {
    method: "PUT",
    scheme: "https",
    host: "b.example:8443",
    path: Path::Wire("/a%20b"),
    query: "",
    headers: &[
        ("X-Amz-Acl", " public   read "),
        ("content-type", "image/jpeg"),
    ],
    expires_s: 300,
};

/// The URL that the stages make, whose path is written canonically.
fn staged(signer: &Signer, slip: &Slip<'_>, path: &str) -> String {
    let host = [("host", slip.host.as_bytes())];
    let others = slip
        .headers
        .iter()
        .map(|(name, value)| (*name, value.as_bytes()));
    let headers: Vec<(&str, &[u8])> = host.into_iter().chain(others).collect();
    let request = Request {
        method: slip.method,
        path,
        query: slip.query,
        headers: &headers,
    };
    let presigned = signer.presign(&request, slip.expires_s, now()).unwrap();
    format!("{}://{}{path}?{}", slip.scheme, slip.host, presigned.query)
}

fn check(signer: &Signer, slip: &Slip<'_>, path: &str) {
    let url = signer.presign_url(slip, now()).unwrap();
    assert_eq!(url, staged(signer, slip, path), "{slip:?}");
    let mut text = "before ".to_owned();
    signer.presign_url_into(slip, now(), &mut text).unwrap();
    assert_eq!(text, format!("before {url}"));
}

#[test]
fn are_those_of_the_stages() {
    let signers = [
        signer(),
        Signer::new(keys().with_session_token("a/token+="), "nl-ams", "s3"),
        Signer::new(keys(), "nl-ams", "execute-api"),
        {
            let mut dialect = Dialect::s3();
            dialect.session_token = TokenRule::Appended;
            Signer::new(keys().with_session_token("a/token+="), "nl-ams", "s3")
                .with_dialect(dialect)
        },
    ];
    for signer in &signers {
        for (query, expires_s) in [
            ("", 1),
            ("x-id=PutObject", 604_800),
            ("A=1&z", 300),
            ("X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&x-amz-meta-a=%20", 60),
        ] {
            let slip = Slip {
                query,
                expires_s,
                ..SLIP
            };
            check(signer, &slip, "/a%20b");
            check(
                signer,
                &Slip {
                    path: Path::Wire(""),
                    ..slip
                },
                "/",
            );
            let path = Path::Object {
                prefix: "/b/",
                key: "c+d/\u{e9}?#%",
            };
            check(signer, &Slip { path, ..slip }, "/b/c%2Bd/%C3%A9%3F%23%25");
        }
    }
}

#[test]
fn a_path_is_spelt_canonically() {
    for (wire, path) in [
        ("/a+b", "/a%2Bb"),
        ("/%41%2f%c3%a9", "/A/%C3%A9"),
        ("/a?b#c d", "/a%3Fb%23c%20d"),
        ("//./../", "//./../"),
    ] {
        check(
            &signer(),
            &Slip {
                path: Path::Wire(wire),
                ..SLIP
            },
            path,
        );
    }
}

fn refused(slip: &Slip<'_>, expected: &str) {
    let mut text = "before".to_owned();
    let error = signer()
        .presign_url_into(slip, now(), &mut text)
        .unwrap_err();
    assert_eq!(error.to_string(), expected);
    assert_eq!(text, "before");
    let parts: Result<_, Error> = signer().presign_parts(slip, "id", now());
    assert_eq!(parts.unwrap_err().to_string(), expected);
}

#[test]
fn what_cannot_stand_in_a_url_is_refused() {
    for host in [
        "a/b",
        "user@host",
        "a?b",
        "a#b",
        "a b",
        "a\\b",
        "h\u{f6}st",
        "a%2F",
        "a\n",
    ] {
        let expected = format!("the host `{}` cannot stand in a URL", host.escape_debug());
        refused(&Slip { host, ..SLIP }, &expected);
    }
    for scheme in ["", "https:", "java script", "h\u{e9}"] {
        let expected = format!("the scheme `{scheme}` cannot stand in a URL");
        refused(&Slip { scheme, ..SLIP }, &expected);
    }
    for path in [
        Path::Wire("a"),
        Path::Wire("@evil"),
        Path::Object {
            prefix: "",
            key: "a",
        },
    ] {
        let error = signer()
            .presign_url(&Slip { path, ..SLIP }, now())
            .unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Url { what: "path", .. }),
            "{path:?}"
        );
    }
}

#[test]
fn what_no_request_may_have_is_refused() {
    let host = "the `host` header is missing, each signature covers it";
    refused(&Slip { host: "", ..SLIP }, host);
    let expires = "the expiry must be 1 to 604800 seconds, got 0";
    refused(
        &Slip {
            expires_s: 0,
            ..SLIP
        },
        expires,
    );
    let headers = &[("Host", "other")];
    refused(
        &Slip { headers, ..SLIP },
        "`host` is there already or given twice",
    );
    let headers = &[("x-amz-date", "20260131T235959Z")];
    refused(
        &Slip { headers, ..SLIP },
        "`x-amz-date` is there already, signing adds it",
    );
    let query = "X-Amz-Signature=0";
    refused(
        &Slip { query, ..SLIP },
        "`x-amz-signature` is there already, signing adds it",
    );
    let key = "k".repeat(8 * 1024);
    let path = Path::Object {
        prefix: "/",
        key: &key,
    };
    refused(
        &Slip { path, ..SLIP },
        "the request has 8193 path bytes, at most 8192 are taken",
    );
    let path = Path::Object {
        prefix: "/",
        key: &"\u{e9}".repeat(1366),
    };
    refused(
        &Slip { path, ..SLIP },
        "the request has 8197 path bytes, at most 8192 are taken",
    );
}

#[test]
fn parts_are_as_if_each_were_signed_alone() {
    for slip_query in ["", "A=1&x-id=UploadPart", "q=%20&z=1"] {
        let slip = Slip {
            query: slip_query,
            ..SLIP
        };
        let mut parts = signer().presign_parts(&slip, "an/id+~=", now()).unwrap();
        for number in [1, 9, 10, 2, 99, 100, 999, 1000, 9999, 10_000, 7] {
            let query = format!("{slip_query}&partNumber={number}&uploadId=an%2Fid%2B~%3D");
            let slip = Slip {
                query: &query,
                ..slip
            };
            let alone = signer().presign_url(&slip, now()).unwrap();
            assert_eq!(parts.url(number).unwrap(), alone, "{number}");
        }
    }
}

#[test]
fn part_numbers_are_those_of_s3() {
    let mut parts = signer().presign_parts(&SLIP, "id", now()).unwrap();
    for number in [0, 10_001, u32::MAX] {
        let error = parts.url(number).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::PartNumber { got: number });
    }
    for query in ["partNumber=1", "%70artNumber=1", "a=b&uploadId=c"] {
        let slip = Slip { query, ..SLIP };
        let error = signer().presign_parts(&slip, "id", now()).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Reserved { .. }),
            "{query}"
        );
    }
}

#[test]
fn debug_shows_no_secret() {
    let slip = Slip {
        headers: &[("x-amz-meta-a", "a secret")],
        ..SLIP
    };
    let parts = signer().presign_parts(&slip, "id", now()).unwrap();
    for text in [format!("{slip:?}"), format!("{parts:?}")] {
        assert!(
            !text.contains("secret") && !text.contains("Signature"),
            "{text}"
        );
    }
}

proptest! {
    #[test]
    fn any_key_is_the_one_that_is_signed(key in "\\PC{0,40}", query in "[a-zA-Z%+=&-]{0,30}") {
        let slip = Slip { path: Path::Object { prefix: "/", key: &key }, query: &query, ..SLIP };
        let path = format!("/{}", dropslip_sigv4::encode_path(key.as_bytes()));
        let url = signer().presign_url(&slip, now()).unwrap();
        prop_assert_eq!(url, staged(&signer(), &slip, &path));
    }
}
