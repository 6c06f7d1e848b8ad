//! Who signed a form, and what is wrong with its signature.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use dropslip_sigv4::{Credentials, Signer};

use super::form::{Form, send_body};
use crate::support::{Answer, Fixture, now};

fn form() -> Form {
    Form::new("a", "hello").signed()
}

async fn refused(form: Form, status: u16, code: &str) -> Answer {
    let store = Fixture::new().await;
    let answer = form
        .send(&store)
        .await
        .refused(status, code)
        .lacks("<Explanation>");
    assert_eq!(store.blobs(), 0);
    answer
}

#[tokio::test]
async fn a_signature_of_another_policy() {
    let form = form();
    let policy = form
        .fields
        .iter()
        .find(|(name, _)| name == "policy")
        .unwrap()
        .1
        .clone();
    let other = format!("{}IA==", &policy[..policy.len() - 4]);
    refused(
        form.clone().with("policy", &other),
        403,
        "SignatureDoesNotMatch",
    )
    .await
    .says(&format!("<StringToSign>{other}</StringToSign>"))
    .says("<AWSAccessKeyId>AKIDEXAMPLE</AWSAccessKeyId>")
    .says("<SignatureProvided>")
    .says("<StringToSignBytes>")
    .lacks("<CanonicalRequest>");
    for signature in ["incorrect_signature", "", &"0".repeat(64)] {
        refused(
            form.clone().with("x-amz-signature", signature),
            403,
            "SignatureDoesNotMatch",
        )
        .await
        .says(&format!(
            "<SignatureProvided>{signature}</SignatureProvided>"
        ));
    }
}

#[tokio::test]
async fn fields_that_lack() {
    for (name, said) in [
        ("x-amz-algorithm", "X-Amz-Algorithm"),
        ("x-amz-credential", "X-Amz-Credential"),
        ("x-amz-date", "X-Amz-Date"),
        ("x-amz-signature", "X-Amz-Signature"),
        ("policy", "policy"),
    ] {
        let message = format!(
            "Bucket POST must contain a field named '{said}'.  \
             If it is specified, please check the order of the fields."
        );
        refused(form().without(name), 400, "InvalidArgument")
            .await
            .says(&message)
            .says(&format!("<ArgumentName>{said}</ArgumentName>"));
    }
    refused(form().without("key"), 400, "InvalidArgument")
        .await
        .says("Bucket POST must contain a field named 'key'.  If it is")
        .says("<ArgumentName>key</ArgumentName><ArgumentValue></ArgumentValue>");
}

#[tokio::test]
async fn fields_that_are_wrong() {
    let day = &now().to_string()[..8];
    let credential = |text: &str| form().with("x-amz-credential", &text.replace("DAY", day));
    refused(
        credential("NOBODY/DAY/us-east-1/s3/aws4_request"),
        403,
        "InvalidAccessKeyId",
    )
    .await;
    refused(
        credential("AKIDEXAMPLE/DAY/eu-west-1/s3/aws4_request"),
        400,
        "InvalidArgument",
    )
    .await
    .says("the region 'eu-west-1' is wrong; expecting 'us-east-1'")
    .says("<Region>us-east-1</Region>");
    refused(
        credential("AKIDEXAMPLE/DAY/us-east-1/ec2/aws4_request"),
        400,
        "InvalidArgument",
    )
    .await;
    refused(credential("AKIDEXAMPLE"), 400, "InvalidArgument").await;
    refused(
        form().with("x-amz-algorithm", "AWS4"),
        400,
        "InvalidArgument",
    )
    .await;
    refused(form().with("x-amz-date", "today"), 400, "InvalidArgument")
        .await
        .says("<ArgumentValue>today</ArgumentValue>");
    refused(
        form().extra("X-Amz-Signature", &"0".repeat(64)),
        400,
        "InvalidArgument",
    )
    .await;
}

#[tokio::test]
async fn a_secret_in_the_place_of_the_key_is_not_said_again() {
    let day = &now().to_string()[..8];
    let swapped = format!("wJalrXUtnFEMI/K7MDENG/{day}/us-east-1/s3/aws4_request");
    let store = Fixture::new().await;
    let answer = form().with("x-amz-credential", &swapped).send(&store).await;
    assert!(
        !answer.text().contains("wJalrXUtnFEMI"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn a_form_of_nobody() {
    let plain = Form::new("a", "hello");
    refused(plain.clone(), 403, "AccessDenied").await;
    // A policy that nobody signed gives nothing.
    refused(plain.extra("policy", "e30="), 403, "AccessDenied").await;
    let store = Fixture::new().await;
    let headers = [("content-type", super::form::TYPE)];
    let answer = store
        .send("POST", "/nowhere", &headers, Form::new("a", "").body())
        .await;
    answer.refused(404, "NoSuchBucket");
    // The policy is for another bucket, which is told after that this one is not there.
    let answer = store
        .send("POST", "/nowhere", &headers, form().body())
        .await;
    answer.refused(404, "NoSuchBucket");
}

#[tokio::test]
async fn a_form_is_signed_in_its_fields_alone() {
    let store = Fixture::new().await;
    let headers = [("content-type", super::form::TYPE)];
    let answer = store
        .signed("POST", "/photos", &headers, form().body())
        .await;
    answer
        .refused(400, "InvalidArgument")
        .says("Only one auth mechanism allowed");
    let answer = store
        .presigned(
            "POST",
            "/photos",
            (&[], &headers),
            Form::new("a", "").body(),
        )
        .await;
    answer.refused(400, "InvalidArgument");
    assert_eq!(store.blobs(), 0);
}

/// `{"expiration": "2100-01-01T00:00:00Z", "conditions": [{"bucket": "photos"}, {"key": "a"}]}`
const POLICY_V2: &str = "eyJleHBpcmF0aW9uIjogIjIxMDAtMDEtMDFUMDA6MDA6MDBaIiwgImNvbmRpdGlvbnMiOiBbeyJidWNrZXQiOiAicGhvdG9zIn0sIHsia2V5IjogImEifV19";
/// The signature of that by another secret.
const WRONG_V2: &str = "S2b5byXvuvSDoEUNo+1lbPhrGRU=";

/// Signed once; it holds until the year 2100, so the test needs no signer.
fn of_version_2() -> Form {
    Form::new("a", "hello")
        .extra("AWSAccessKeyId", "AKIDEXAMPLE")
        .extra("signature", "yAjd2AP9P4dWN5g95MUnURXP22I=")
        .extra("policy", POLICY_V2)
}

#[tokio::test]
async fn version_2_where_it_is_allowed() {
    refused(of_version_2(), 400, "InvalidRequest")
        .await
        .says("--allow-sigv2");
    let store = Fixture::new()
        .await
        .reopened_with(|config| config.allow_sigv2 = true);
    of_version_2().send(&store).await.is(204);
    let check = async |form: Form, status: u16, code: &str| {
        form.send(&store).await.refused(status, code);
    };
    check(
        of_version_2().with("signature", "=QYTR"),
        403,
        "SignatureDoesNotMatch",
    )
    .await;
    check(
        of_version_2().with("signature", WRONG_V2),
        403,
        "SignatureDoesNotMatch",
    )
    .await;
    check(
        of_version_2().with("AWSAccessKeyId", "ELPMAXEDIKA"),
        403,
        "InvalidAccessKeyId",
    )
    .await;
    check(of_version_2().without("signature"), 400, "InvalidArgument").await;
    check(
        of_version_2().without("AWSAccessKeyId"),
        400,
        "InvalidArgument",
    )
    .await;
    check(
        of_version_2().extra("acl", "public-read"),
        403,
        "AccessDenied",
    )
    .await;
    // Version 4 is taken as before.
    form().send(&store).await.is(204);
}

#[tokio::test]
async fn temporary_credentials() {
    let store = Fixture::new().await;
    let keys = Credentials::new("ASIAEXAMPLE", "temporary").with_session_token("the-token");
    let config_keys = keys.clone();
    let store = store.reopened_with(|config| config.keys[0].credentials = config_keys);
    let at = now();
    let signer = Signer::new(keys, "us-east-1", "s3");
    let mut conditions = vec![
        r#"{"bucket": "photos"}"#.to_owned(),
        r#"{"key": "a"}"#.to_owned(),
    ];
    for (name, value) in signer.post_fields(at).unwrap() {
        conditions.push(format!(r#"{{"{name}": "{value}"}}"#));
    }
    let expiration = super::form::rfc3339(at.plus_s(60));
    let conditions = conditions.join(",");
    let policy = format!(r#"{{"expiration": "{expiration}", "conditions": [{conditions}]}}"#);
    let signed = signer.sign_post(&BASE64.encode(policy), at).unwrap();
    let mut form = Form::new("a", "hello");
    for (name, value) in signed.fields {
        form = form.extra(name, &value);
    }
    form.send(&store).await.is(204);
    form.clone()
        .without("x-amz-security-token")
        .send(&store)
        .await
        .refused(400, "InvalidToken");
    form.with("x-amz-security-token", "another")
        .send(&store)
        .await
        .refused(400, "InvalidToken")
        .lacks("the-token");
}

#[tokio::test]
async fn names_of_fields_in_any_case() {
    let store = Fixture::new().await;
    let mut form = form();
    for (name, _) in &mut form.fields {
        *name = name.to_uppercase();
    }
    send_body(&store, &form.body()).await.is(204);
}

/// A bucket that everybody may write takes the forms of everybody.
#[tokio::test]
async fn a_form_of_nobody_into_a_public_bucket() {
    let store = Fixture::new().await;
    store
        .signed("PUT", "/drop", &[("x-amz-acl", "public-read-write")], "")
        .await
        .is(200);
    let form = Form::new("a.txt", "hello").extra("Content-Type", "text/plain");
    let headers = [("content-type", super::form::TYPE)];
    let post = async |form: Form| store.send("POST", "/drop", &headers, form.body()).await;
    post(form.clone()).await.is(204);
    post(form.clone().extra("success_action_status", "201"))
        .await
        .is(201)
        .says("<Key>a.txt</Key>");
    let public = form.clone().extra("acl", "public-read");
    post(public).await.is(204);
    let got = store.send("GET", "/drop/a.txt", &[], "").await.is(200);
    assert_eq!(got.header("content-type"), "text/plain");
    // A signature that is there must hold all the same.
    let wrong = form
        .clone()
        .signed()
        .with("x-amz-signature", &"0".repeat(64));
    post(wrong).await.refused(403, "SignatureDoesNotMatch");
    let other = form.signed();
    post(other)
        .await
        .refused(403, "AccessDenied")
        .says("$bucket");
}
