//! Forms that their policy does not allow. Nothing of them stays.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use dropslip_sigv4::Timestamp;

use super::form::{Form, rfc3339};
use crate::support::{Answer, Fixture, now};

async fn denied(form: Form, message: &str) -> Answer {
    let store = Fixture::new().await;
    let answer = form
        .signed()
        .send(&store)
        .await
        .refused(403, "AccessDenied");
    let said = format!("<Message>Invalid according to Policy: {message}</Message>");
    let answer = answer
        .says(&said.replace('"', "&quot;"))
        .lacks("<Explanation>");
    assert_eq!(store.blobs(), 0);
    store
        .signed("GET", "/photos/a", &[], "")
        .await
        .refused(404, "NoSuchKey");
    answer
}

#[tokio::test]
async fn conditions_that_fail_name_themselves() {
    let form = || Form::new("a", "hello");
    denied(
        form()
            .field("acl", "public-read")
            .condition(r#"{"acl": "private"}"#),
        r#"Policy Condition failed: ["eq", "$acl", "private"]"#,
    )
    .await;
    denied(
        form().condition(r#"["starts-with", "$key", "user/"]"#),
        r#"Policy Condition failed: ["starts-with", "$key", "user/"]"#,
    )
    .await;
    denied(
        form().condition(r#"["eq", "$Content-Type", "image/png"]"#),
        r#"Policy Condition failed: ["eq", "$Content-Type", "image/png"]"#,
    )
    .await;
    denied(
        form().condition(r#"{"bucket": "another"}"#),
        r#"Policy Condition failed: ["eq", "$bucket", "another"]"#,
    )
    .await;
}

/// The file's name is put in before the conditions are looked at.
#[tokio::test]
async fn a_file_cannot_leave_its_folder() {
    let form = Form::new("${filename}", "hello").condition(r#"["starts-with", "$key", "user/"]"#);
    denied(
        form.file_name(Some("user/a")),
        r#"Policy Condition failed: ["starts-with", "$key", "user/"]"#,
    )
    .await;
}

#[tokio::test]
async fn fields_that_no_condition_names() {
    let form = Form::new("a", "hello")
        .extra("x-amz-meta-a", "b")
        .extra("submit", "Go");
    denied(form, "Extra input fields: x-amz-meta-a, submit").await;
    let store = Fixture::new().await;
    let form = Form::new("a", "hello").extra("x-ignore-submit", "Go");
    form.signed().send(&store).await.is(204);
}

#[tokio::test]
async fn a_policy_ends() {
    let form =
        Form::new("a", "hello").expires(&rfc3339(Timestamp::from_unix_s(now().unix_s() - 1)));
    denied(form, "Policy expired.").await;
}

#[tokio::test]
async fn documents_that_are_none() {
    let store = Fixture::new().await;
    let check = async |document: &str, message: &str| {
        let form = Form::new("a", "hello").signed_policy(document);
        let answer = form
            .send(&store)
            .await
            .refused(400, "InvalidPolicyDocument");
        answer.says(&format!("<Message>Invalid Policy: {message}"));
    };
    check("A", "invalid Base64 encoding.").await;
    check(&BASE64.encode("[]"), "Invalid JSON.").await;
    check(&BASE64.encode("{}"), "Policy missing expiration.").await;
    let expiration = rfc3339(now().plus_s(60));
    let document =
        |members: &str| BASE64.encode(format!(r#"{{"expiration": "{expiration}"{members}}}"#));
    check(&document(""), "Policy missing conditions.").await;
    check(
        &document(r#", "conditions": {}"#),
        "Invalid 'conditions' value: must be a List.",
    )
    .await;
    check(
        &document(r#", "conditions": [{}]"#),
        "Invalid Simple-Condition",
    )
    .await;
    check(
        &document(r#", "conditions": [], "Version": "1""#),
        "Unexpected: 'Version'",
    )
    .await;
    check(
        &document(r#", "conditions": [["content-length-range", 0]]"#),
        "Invalid content-length-range: wrong number of arguments.",
    )
    .await;
    assert_eq!(store.blobs(), 0);
}

#[tokio::test]
async fn sizes() {
    let store = Fixture::new().await;
    let sized = |size: usize| {
        Form::new("a", "x".repeat(size))
            .condition(r#"["content-length-range", 5, 10]"#)
            .signed()
    };
    for size in [5, 10] {
        sized(size).send(&store).await.is(204);
    }
    sized(4)
        .send(&store)
        .await
        .refused(400, "EntityTooSmall")
        .says("<ProposedSize>4</ProposedSize><MinSizeAllowed>5</MinSizeAllowed>");
    sized(12)
        .send(&store)
        .await
        .refused(400, "EntityTooLarge")
        .says("<Message>Your proposed upload exceeds the maximum allowed size</Message>")
        .says("<ProposedSize>12</ProposedSize><MaxSizeAllowed>10</MaxSizeAllowed>");
    sized(1_000_000)
        .send(&store)
        .await
        .refused(400, "EntityTooLarge")
        .says("<ProposedSize>1000000</ProposedSize>");
    store.settles_at(0).await;
    let got = store.signed("GET", "/photos/a", &[], "").await.is(200);
    assert_eq!(got.body.len(), 10);
}
