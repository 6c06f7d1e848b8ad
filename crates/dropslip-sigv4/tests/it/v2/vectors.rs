//! Requests that real signers and AWS's documentation have signed.

use dropslip_sigv4::{
    Credentials, Dialect, Expected, Refusal, Timestamp, Version, is_signed, verify_post,
    verify_post_v2,
};
use serde_json::Value;

use super::verify;
use crate::support::{Sent, json, text};

const DAY_S: u32 = 86_400;

/// Holds each request of a file against the signature that it came with.
fn check(file: &str, cases: usize) {
    let data = json(file);
    let all = data["cases"].as_array().unwrap();
    let requests = all.iter().filter(|case| case.get("url").is_some());
    assert_eq!(requests.clone().count(), cases, "{file}");
    for case in requests {
        check_request(
            &keys(&data, case),
            case,
            &format!("{file}: {}", text(case, "name")),
        );
    }
}

fn check_request(keys: &Credentials, case: &Value, name: &str) {
    let sent = request(case);
    let now = now(case);
    let bucket = case["bucket"].as_str();
    let verified = verify(&sent, keys, bucket, now).unwrap_or_else(|e| panic!("{name}: {e:?}"));
    assert_eq!(verified.version(), Version::V2, "{name}");
    assert_eq!(verified.access_key(), keys.access_key(), "{name}");
    let link = sent.query.contains("AWSAccessKeyId=");
    assert_eq!(verified.presigned(), link, "{name}");
    assert!(sent.with(is_signed), "{name}");

    let Err(Refusal::Mismatch(mismatch)) = verify(
        &sent,
        &Credentials::clone(keys).with_other_secret(),
        bucket,
        now,
    ) else {
        panic!("{name}: another secret")
    };
    if let Some(signed) = case["stringToSign"].as_str() {
        // What botocore signs with a slash for path style is shown as it was sent.
        let signed = match &sent.path[..] {
            "/photos" => signed.replace("\n/photos/", "\n/photos"),
            _ => signed.to_owned(),
        };
        assert_eq!(mismatch.string_to_sign, signed, "{name}");
    }

    let late = verify(&sent, keys, bucket, now.plus_s(DAY_S));
    assert!(
        matches!(late, Err(Refusal::Expired { .. } | Refusal::Skewed { .. })),
        "{name}: {late:?}"
    );
    let mut other = sent.clone();
    other.path.push('x');
    assert!(verify(&other, keys, bucket, now).is_err(), "{name}: path");
    let mut other = sent.clone();
    other.method = "POSTS".to_owned();
    assert!(verify(&other, keys, bucket, now).is_err(), "{name}: method");
    let other = sent.clone().header("x-amz-copy-source", "photos/secret");
    assert!(verify(&other, keys, bucket, now).is_err(), "{name}: header");
    assert!(
        verify(&sent, keys, Some("other"), now).is_err(),
        "{name}: bucket"
    );

    // Without the caller's wish it is refused, as what it is.
    let expected = Expected {
        region: "us-east-1",
        service: "s3",
        now,
    };
    let strict = sent.verify(keys, &Dialect::s3(), &expected);
    assert!(
        matches!(strict, Err(Refusal::SignatureV2 { .. })),
        "{name}: {strict:?}"
    );
}

fn request(case: &Value) -> Sent {
    let (_, rest) = text(case, "url").split_once("://").unwrap();
    let sent = Sent::new(text(case, "method"), &rest[rest.find('/').unwrap()..]);
    let headers = case["headers"].as_array().unwrap();
    headers.iter().fold(sent, |sent, header| {
        sent.header(header[0].as_str().unwrap(), header[1].as_str().unwrap())
    })
}

fn keys(data: &Value, case: &Value) -> Credentials {
    let keys = Credentials::new(text(data, "accessKey"), text(data, "secretKey"));
    match case["sessionToken"].as_str() {
        Some(token) => keys.with_session_token(token),
        None => keys,
    }
}

fn now(case: &Value) -> Timestamp {
    Timestamp::from_unix_s(case["now"].as_i64().unwrap())
}

/// The same credentials with a secret that is not theirs.
trait Other {
    fn with_other_secret(self) -> Self;
}

impl Other for Credentials {
    fn with_other_secret(self) -> Self {
        let other = Self::new(self.access_key(), "another secret");
        match self.session_token() {
            Some(token) => other.with_session_token(token),
            None => other,
        }
    }
}

#[test]
fn examples_of_the_documentation() {
    check("v2/doc-examples.json", 8);
}

#[test]
fn botocore() {
    check("v2/botocore.json", 27);
}

#[test]
fn aws_sdk_for_javascript() {
    check("v2/aws-sdk.json", 23);
}

#[test]
fn s3cmd() {
    check("v2/s3cmd.json", 6);
}

#[test]
fn forms() {
    let data = json("v2/botocore.json");
    let cases = data["cases"].as_array().unwrap().iter();
    let forms: Vec<&Value> = cases.filter(|case| case.get("fields").is_some()).collect();
    assert_eq!(forms.len(), 2);
    for case in forms {
        let keys = keys(&data, case);
        let pairs = case["fields"].as_array().unwrap();
        let fields: Vec<(&str, &[u8])> = pairs
            .iter()
            .map(|pair| {
                (
                    pair[0].as_str().unwrap(),
                    pair[1].as_str().unwrap().as_bytes(),
                )
            })
            .collect();
        let now = now(case);
        let lookup = |_: &str| Some(&keys);
        let verified = verify_post_v2(&fields, now, lookup).unwrap();
        assert_eq!(verified.version(), Version::V2);
        let policy = fields.iter().find(|(name, _)| *name == "policy").unwrap().1;
        assert_eq!(verified.policy().as_bytes(), policy);

        let other = Credentials::clone(&keys).with_other_secret();
        let refused = verify_post_v2(&fields, now, |_: &str| Some(&other));
        assert!(matches!(refused, Err(Refusal::Mismatch(_))));

        let expected = Expected {
            region: "us-east-1",
            service: "s3",
            now,
        };
        let strict = verify_post(&fields, &expected, lookup).map(drop);
        assert_eq!(strict, Err(Refusal::SignatureV2 { place: "form" }));
    }
}
