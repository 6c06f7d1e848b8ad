//! Error documents as storages send them, and as people paste them.

use dropslip_sigv4::{
    Certainty, Credentials, Expected, Known, Request, Signer, Timestamp, explain,
};

use super::{ToldExplanation, error, explained_error, find_error, read_error};
use crate::capture::{CaptureErrorKind, from_error};

/// AWS, as curl prints it.
const AWS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature you provided. Check your key and signing method.</Message><AWSAccessKeyId>AKIAIOSFODNN7EXAMPLE</AWSAccessKeyId><StringToSign>AWS4-HMAC-SHA256
20130524T000000Z
20130524/us-east-1/s3/aws4_request
3bfa292879f6447bbcda7001decf97f4a54dc650c8942174ae0a9121cf58ad04</StringToSign><SignatureProvided>00aeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d40</SignatureProvided><StringToSignBytes>41 57 53 34 2d 48 4d 41 43 0a 5a</StringToSignBytes><CanonicalRequest>GET
/test.txt
X-Amz-Algorithm=AWS4-HMAC-SHA256&amp;X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&amp;X-Amz-Date=20130524T000000Z&amp;X-Amz-Expires=86400&amp;X-Amz-SignedHeaders=host
host:examplebucket.s3.amazonaws.com

host
UNSIGNED-PAYLOAD</CanonicalRequest><RequestId>4442587FB7D0A2F9</RequestId><HostId>eftixk72aD6Ap51TnqcoF8eFidJG9Z/2mkiDFu8yU9AS1ed4OpIszj7UDNEHGran</HostId></Error>"#;

/// MinIO: no strings ([minio/minio#12522](https://github.com/minio/minio/issues/12522)).
const MINIO: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Error>
    <Code>SignatureDoesNotMatch</Code>
    <Message>The request signature we calculated does not match the signature you provided. Check your key and signing method.</Message>
    <Key>test.txt</Key>
    <BucketName>mf-dev</BucketName>
    <Resource>/mf-dev/test.txt</Resource>
    <RequestId>168957AF54587154</RequestId>
    <HostId>77ff9863-cea6-40c3-8feb-33508592c538</HostId>
</Error>"#;

/// R2 in 2023 ([durch/rust-s3#355](https://github.com/durch/rust-s3/issues/355)); since 2024 it sends the strings.
const R2: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature you provided. Check your secret access key and signing method. </Message></Error>"#;

/// Ceph's RADOS gateway, and Scaleway, which began as one.
const CEPH: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Error><Code>SignatureDoesNotMatch</Code><Message></Message><BucketName>b</BucketName><RequestId>tx00000b9c3a5f1d2e4-0065a1b2c3-1f2e3d-default</RequestId><HostId>1f2e3d-default-default</HostId></Error>"#;

/// As a browser shows it: lines folded ([krallin/tini#159](https://github.com/krallin/tini/issues/159)).
const BROWSER: &str = r"This XML file does not appear to have any style information associated with it. The document tree is shown below.
<Error>
<Code>SignatureDoesNotMatch</Code>
<Message>
The request signature we calculated does not match the signature you provided. Check your key and signing method.
</Message>
<AWSAccessKeyId>AKIAIOSFODNN7EXAMPLE</AWSAccessKeyId>
<StringToSign>
AWS4-HMAC-SHA256 20130524T000000Z 20130524/us-east-1/s3/aws4_request a65d6ea7e9c3c6bacf5bbe9b6a9ea16f05bc2099db00a40d2806635fa297fab0
</StringToSign>
<CanonicalRequest>
GET /test.txt X-Amz-Algorithm=AWS4-HMAC-SHA256
</CanonicalRequest>
</Error>";

#[test]
fn aws_says_it_all() {
    let document = find_error(AWS).unwrap();
    assert_eq!(document.code, "SignatureDoesNotMatch");
    assert_eq!(document.access_key, "AKIAIOSFODNN7EXAMPLE");
    assert_eq!(document.string_to_sign_exact().unwrap(), b"AWS4-HMAC\nZ");
    let captured = from_error(&document).unwrap();
    assert_eq!(
        (captured.method.as_str(), captured.path.as_str()),
        ("GET", "/test.txt")
    );
    assert_eq!(
        captured.header("host"),
        Some("examplebucket.s3.amazonaws.com")
    );
    assert!(captured.query.ends_with("&X-Amz-SignedHeaders=host&X-Amz-Signature=00aeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d40"));
}

#[test]
fn a_header_signature_is_put_together_again() {
    let keys = Credentials::new("AKID", "secret");
    let now = Timestamp::parse_basic("20130524T000000Z").unwrap();
    let canonical = "PUT\n/b/a\n\ncontent-type:image/png\nhost:h\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:20130524T000000Z\n\ncontent-type;host;x-amz-content-sha256;x-amz-date\nUNSIGNED-PAYLOAD";
    let request = Request {
        method: "PUT",
        path: "/b/a",
        query: "",
        headers: &[("host", b"h"), ("content-type", b"image/png")],
    };
    let signed = Signer::new(keys.clone(), "us-east-1", "s3")
        .sign(&request, &dropslip_sigv4::Payload::Unsigned, now)
        .unwrap();
    let authorization = signed
        .headers
        .iter()
        .find(|(name, _)| *name == "authorization")
        .unwrap();
    let signature = authorization.1.rsplit('=').next().unwrap();
    let text = error(
        "SignatureDoesNotMatch",
        "",
        &[
            ("AWSAccessKeyId", "AKID"),
            (
                "StringToSign",
                "AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n00",
            ),
            ("SignatureProvided", signature),
            ("CanonicalRequest", canonical),
        ],
    );
    let captured = from_error(&find_error(&text).unwrap()).unwrap();
    let expected = Expected {
        region: "us-east-1",
        service: "s3",
        now,
    };
    let request = Request {
        method: &captured.method,
        path: &captured.path,
        query: &captured.query,
        headers: &captured.borrowed_headers(),
    };
    let verified = dropslip_sigv4::verify(&request, &expected, |_| Some(&keys));
    assert!(verified.is_ok(), "{verified:?}");
}

#[test]
fn others_say_less() {
    for (text, resource) in [(MINIO, "/mf-dev/test.txt"), (R2, ""), (CEPH, "")] {
        let document = find_error(text).unwrap();
        assert_eq!(document.code, "SignatureDoesNotMatch");
        assert_eq!(document.resource, resource);
        assert_eq!(document.canonical_request_exact(), None);
        let error = from_error(&document).unwrap_err();
        assert_eq!(error.kind(), CaptureErrorKind::ErrorDocument);
    }
    let garage = "<Error><Code>AuthorizationHeaderMalformed</Code><Message>Forbidden: wrong scope</Message><Resource>/b/a</Resource><Region>garage</Region></Error>";
    assert_eq!(find_error(garage).unwrap().region, "garage");
}

#[test]
fn what_a_browser_folded_is_told_apart() {
    let document = find_error(BROWSER).unwrap();
    assert_eq!(document.canonical_request_exact(), None);
    let to_sign = document.string_to_sign_exact().unwrap();
    assert_eq!(to_sign.split(|byte| *byte == b'\n').count(), 4);
}

#[test]
fn pasted_texts() {
    let head = format!(
        "HTTP/1.1 403 Forbidden\r\nServer: AmazonS3\r\n\r\n{AWS}\n* Connection left intact"
    );
    assert_eq!(find_error(&head), find_error(AWS));
    let json = serde_json::to_string(AWS).unwrap().replace('/', "\\/");
    assert_eq!(find_error(&json), find_error(AWS));
    for wrong in [
        "",
        "<html><body>502",
        "<Error><Code>A</Code>",
        "<Error><Code>A</Error>",
        "<Errors></Errors>",
    ] {
        assert!(find_error(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn canonical_requests_that_are_none() {
    for canonical in [
        "",
        "GET",
        "GET\n",
        "GET\n/a\n",
        "GET\n/a\n\nhost:h",
        "GET\n/a\n\nhost\n\nhost\nX",
        "GET\na\n\nhost:h\n\nhost\nX",
        "\n\n\n\n\n\n",
    ] {
        let text = error(
            "SignatureDoesNotMatch",
            "",
            &[("CanonicalRequest", canonical)],
        );
        let document = read_error(text.as_bytes()).unwrap();
        assert!(from_error(&document).is_err(), "{canonical:?}");
    }
    for bytes in ["4", "zz", "41 5", "-1", "+1"] {
        let text = error("A", "", &[("CanonicalRequestBytes", bytes)]);
        let document = read_error(text.as_bytes()).unwrap();
        assert_eq!(document.canonical_request_exact(), None, "{bytes}");
    }
}

#[test]
fn errors_go_both_ways() {
    let text = error(
        "NoSuchKey",
        "It's not <there>",
        &[("Key", "a&b"), ("RequestId", "1")],
    );
    assert!(
        text.contains("<Key>a&amp;b</Key><RequestId>1</RequestId></Error>"),
        "{text}"
    );
    let document = read_error(text.as_bytes()).unwrap();
    assert_eq!(
        (document.code.as_str(), document.message.as_str()),
        ("NoSuchKey", "It's not <there>")
    );
}

#[test]
fn other_answers_are_no_error_document() {
    assert!(read_error(b"<html><body>502").is_err());
    assert!(read_error(&[0xff; 9]).is_err());
    assert!(read_error(&vec![b' '; crate::limits::XML_BYTES_MAX + 1]).is_err());
}

#[test]
fn debug_shows_no_strings() {
    let shown = format!("{:?}", find_error(AWS).unwrap());
    assert!(
        !shown.contains("00aeed9b") && !shown.contains("X-Amz"),
        "{shown}"
    );
}

#[test]
fn an_explanation_stands_behind_s3s_own_elements() {
    let request = Request {
        method: "GET",
        path: "/a",
        query: "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK%2F20130524%2Fnl-ams%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=0000000000000000000000000000000000000000000000000000000000000000",
        headers: &[("host", b"h")],
    };
    let now = Timestamp::parse_basic("20130524T000000Z").unwrap();
    let known = Known {
        expected: Expected {
            region: "us-east-1",
            service: "s3",
            now,
        },
        credentials: &[],
        key_has_verified: false,
        hosts: &[],
        canonical_request: None,
    };
    let Some(explanation) = explain(&request, &known) else {
        panic!("the region is another one");
    };
    let text = explained_error(
        "AuthorizationQueryParametersError",
        "m",
        &[("RequestId", "1")],
        Some(&explanation),
    );
    let (before, behind) = text
        .split_once("<RequestId>1</RequestId><Explanation>")
        .unwrap();
    assert!(before.contains("<Code>"), "{text}");
    for part in [
        "<Cause>region</Cause>",
        "<Certainty>",
        "<Findings><Finding>",
        "<Message>the region must be `us-east-1`, got `nl-ams`</Message><Findings>",
        "<FixForSigner>",
        "</Explanation></Error>",
    ] {
        assert!(behind.contains(part), "{part} in {text}");
    }
    let document = read_error(text.as_bytes()).unwrap();
    assert_eq!(
        (document.message.as_str(), document.region.as_str()),
        ("m", "")
    );
    let told = document.explanation.unwrap();
    assert_eq!(told, ToldExplanation::from(&explanation));
    assert_eq!(told.certainty(), explanation.certainty);
    assert_eq!(told.findings()[0].signed.as_deref(), Some("nl-ams"));
    assert!(!told.findings()[0].fix_for_signer.is_empty());
    assert_eq!(told.canonical_request_signed(), None);
}

#[test]
fn explanations_of_others_are_read_as_far_as_they_go() {
    let read = |inner: &str| {
        let text = format!("<Error><Code>A</Code><Explanation>{inner}</Explanation></Error>");
        read_error(text.as_bytes()).unwrap().explanation.unwrap()
    };
    for (inner, certainty) in [
        ("", Certainty::Unknown),
        ("<Certainty>sure</Certainty>", Certainty::Unknown),
        (
            "<Certainty>certain</Certainty><New><A/></New>",
            Certainty::Certain,
        ),
        (
            "<Findings/><Certainty>likely</Certainty>",
            Certainty::Likely,
        ),
    ] {
        assert_eq!(read(inner).certainty(), certainty, "{inner}");
        assert!(read(inner).findings().is_empty());
    }
    let told = read("<Findings><Finding><Cause>moon</Cause></Finding><Finding/></Findings>");
    let causes: Vec<&str> = told.findings().iter().map(|f| f.cause.as_str()).collect();
    assert_eq!(causes, ["moon", ""]);
    let told = read(
        "<CanonicalRequestSigned>GET\n/a\nX-Amz-Security-Token=FwoG\n</CanonicalRequestSigned>",
    );
    assert!(told.canonical_request_signed().is_some());
    assert!(!format!("{told:?}").contains("FwoG"));
    assert_eq!(
        read("<CanonicalRequestSigned>GET /a</CanonicalRequestSigned>").canonical_request_signed(),
        None
    );
    let text = "<Error><Explanation><Finding></Explanation></Error>";
    assert!(read_error(text.as_bytes()).is_err());
}
