//! S3's worked example and botocore's forms, from the signature to the permit.

use std::path::PathBuf;

use dropslip_s3::policy::{Condition, Form, Policy};
use dropslip_sigv4::{Credentials, Expected, verify_post};
use serde_json::Value;

use super::{at, bucket};

fn vectors(name: &str) -> Value {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../dropslip-sigv4/tests/vectors");
    serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} is a text"))
}

fn keys(data: &Value) -> Credentials {
    Credentials::new(text(data, "access_key_id"), text(data, "secret_access_key"))
}

fn exact(field: &str, value: &str) -> Condition {
    Condition::Exact {
        field: field.to_owned(),
        value: value.to_owned(),
    }
}

fn starts_with(field: &str, prefix: &str) -> Condition {
    Condition::StartsWith {
        field: field.to_owned(),
        prefix: prefix.to_owned(),
    }
}

#[test]
fn the_worked_example_of_s3() {
    let data = vectors("s3-doc-examples.json");
    let all = data["vectors"].as_array().unwrap();
    let example = all
        .iter()
        .find(|vector| vector["kind"] == "post-policy")
        .unwrap();
    let pairs = example["form"].as_array().unwrap().iter();
    let fields: Vec<(&str, &[u8])> = pairs
        .map(|pair| {
            (
                pair[0].as_str().unwrap(),
                pair[1].as_str().unwrap().as_bytes(),
            )
        })
        .collect();
    let now = at("20151230T115959Z");
    let expected = Expected {
        region: "us-east-1",
        service: "s3",
        now,
    };
    let keys = keys(&data);
    let verified = verify_post(&fields, &expected, |_: &str| Some(&keys)).unwrap();

    // The document has CRLF line ends.
    let policy = Policy::parse_base64(verified.policy()).unwrap();
    assert_eq!(
        policy,
        Policy::parse_json(text(example, "policy_document")).unwrap()
    );
    assert_eq!(policy.expiration, at("20151230T120000Z"));
    let scope = "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request";
    let redirect = "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html";
    assert_eq!(
        policy.conditions,
        [
            exact("bucket", "sigv4examplebucket"),
            starts_with("key", "user/user1/"),
            exact("acl", "public-read"),
            exact("success_action_redirect", redirect),
            starts_with("Content-Type", "image/"),
            exact("x-amz-meta-uuid", "14365123651274"),
            exact("x-amz-server-side-encryption", "AES256"),
            starts_with("x-amz-meta-tag", ""),
            exact("x-amz-credential", scope),
            exact("x-amz-algorithm", "AWS4-HMAC-SHA256"),
            exact("x-amz-date", "20151229T000000Z"),
        ]
    );

    let form = Form::read(&fields, Some("photo.jpg")).unwrap();
    let here = bucket("sigv4examplebucket");
    let permit = policy.check(form.clone(), &here, now).unwrap();
    assert_eq!(permit.key().as_str(), "user/user1/photo.jpg");
    assert_eq!(permit.form().value("content-type"), Some("image/jpeg"));
    assert_eq!(permit.form().value("x-amz-meta-tag"), Some(""));
    permit.check_size(u64::MAX).unwrap();

    let elsewhere = policy.check(form.clone(), &bucket("other"), now);
    assert_eq!(
        elsewhere.unwrap_err().to_string(),
        r#"Invalid according to Policy: Policy Condition failed: ["eq", "$bucket", "sigv4examplebucket"]"#
    );
    let last = policy.check(form.clone(), &here, at("20151230T120000Z"));
    assert!(last.is_ok());
    let late = policy.check(form, &here, at("20151230T120001Z"));
    assert_eq!(
        late.unwrap_err().to_string(),
        "Invalid according to Policy: Policy expired."
    );
}

#[test]
fn the_forms_of_botocore() {
    let data = vectors("presign-botocore.json");
    for post in data["presigned_posts"].as_array().unwrap() {
        let name = text(post, "name");
        let mut keys = keys(&data);
        if let Some(token) = post["session_token"].as_str() {
            keys = keys.with_session_token(token);
        }
        let fields: Vec<(&str, &[u8])> = post["out"]["fields"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap().as_bytes()))
            .collect();
        let now = at("20260115T120000Z");
        let expected = Expected {
            region: text(post, "region"),
            service: "s3",
            now,
        };
        let verified = verify_post(&fields, &expected, |_: &str| Some(&keys)).unwrap();
        let policy = Policy::parse_base64(verified.policy()).unwrap();
        assert_eq!(policy.expiration, now.plus_s(300), "{name}");
        let form = Form::read(&fields, None).unwrap();
        let here = bucket(text(post, "bucket"));
        let permit = policy.check(form, &here, now).unwrap();
        assert_eq!(permit.key().as_str(), text(post, "key"), "{name}");
        let largest = if name == "post-full" {
            10_485_760
        } else {
            u64::MAX
        };
        assert_eq!(permit.size_max(), largest, "{name}");

        // Without any one of its fields it is not allowed, but for those of the signature.
        for without in fields.iter().map(|(name, _)| *name) {
            let rest: Vec<_> = fields
                .iter()
                .copied()
                .filter(|(name, _)| *name != without)
                .collect();
            let form = Form::read(&rest, None).unwrap();
            let free = ["policy", "x-amz-signature"].contains(&without);
            assert_eq!(
                policy.check(form, &here, now).is_ok(),
                free,
                "{name} without {without}"
            );
        }
    }
}
