//! Signature Version 2: refused, unless the store was told to take it.
//!
//! The links were signed once and hold until the year 2100, so the tests need no signer.

use crate::support::{Fixture, HOST};

const PUT: &str =
    "AWSAccessKeyId=AKIDEXAMPLE&Expires=4102444800&Signature=sK3Wx%2BAWJ%2B9EX9RYOnfBvt4F1%2Bk%3D";
const GET: &str =
    "AWSAccessKeyId=AKIDEXAMPLE&Expires=4102444800&Signature=UkC6gp1FpPCi5cI4xiBBNbjwTN4%3D";
const WITH_SLASH: &str = "iASP48Y2OtmrTWG12I5sYcCfCA8%3D";
const WITHOUT_SLASH: &str = "M4K2oESoHp5X3eLAOJxQHj5HwN0%3D";
const SENT: [(&str, &str); 2] = [("content-type", "image/jpeg"), ("x-amz-acl", "public-read")];

async fn store() -> Fixture {
    Fixture::new()
        .await
        .reopened_with(|config| config.allow_sigv2 = true)
}

#[tokio::test]
async fn links_hold() {
    let store = store().await;
    let put = format!("/photos/a%20b.jpg?{PUT}");
    store.send("PUT", &put, &SENT, "hello").await.is(200);
    let got = store
        .send("GET", &format!("/photos/a%20b.jpg?{GET}"), &[], "")
        .await
        .is(200);
    assert_eq!(got.header("content-type"), "image/jpeg");
    // The ACL that was signed as a header and stands in the query counts.
    let hoisted = format!("/photos/a%20b.jpg?x-amz-acl=public-read&{PUT}");
    store
        .send("PUT", &hoisted, &SENT[..1], "hello")
        .await
        .is(200);
    store
        .send("GET", "/photos/a%20b.jpg", &[], "")
        .await
        .is(200);
}

/// The bucket is signed, wherever it stands.
#[tokio::test]
async fn links_hold_for_the_bucket_in_the_host() {
    let store = store().await;
    let host = format!("photos.{HOST}");
    let put = [SENT[0], SENT[1], ("host", host.as_str())];
    let uri = format!("/a%20b.jpg?{PUT}");
    store.send("PUT", &uri, &put, "hello").await.is(200);
    let other = format!("other.{HOST}");
    let put = [SENT[0], SENT[1], ("host", other.as_str())];
    store
        .send("PUT", &uri, &put, "hello")
        .await
        .refused(403, "SignatureDoesNotMatch");
}

/// botocore signs the path of a bucket with a slash that it does not send.
#[tokio::test]
async fn a_bucket_is_signed_with_its_slash_or_without() {
    let store = store().await;
    let list = "/photos?list-type=2&AWSAccessKeyId=AKIDEXAMPLE&Expires=4102444800&Signature=";
    for signature in [WITH_SLASH, WITHOUT_SLASH] {
        let uri = format!("{list}{signature}");
        store.send("GET", &uri, &[], "").await.is(200);
    }
}

#[tokio::test]
async fn what_is_signed_may_not_be_changed() {
    let store = store().await;
    let put = format!("/photos/a%20b.jpg?{PUT}");
    let mismatch = async |method: &'static str, uri: &str, headers: &[(&str, &str)]| {
        store
            .send(method, uri, headers, "hello")
            .await
            .refused(403, "SignatureDoesNotMatch")
    };
    let other_type = [("content-type", "image/png"), SENT[1]];
    mismatch("PUT", &put, &other_type)
        .await
        .says(
            "<StringToSign>PUT\n\nimage/png\n4102444800\nx-amz-acl:public-read\n/photos/a%20b.jpg<",
        )
        .says("<SignatureProvided>sK3Wx+AWJ+9EX9RYOnfBvt4F1+k=<")
        .lacks("CanonicalRequest");
    mismatch("PUT", &put, &SENT[..1]).await;
    mismatch("DELETE", &put, &SENT).await;
    mismatch("PUT", &put.replace("a%20b", "a+b"), &SENT).await;
    mismatch("PUT", &put.replace("4102444800", "4102444801"), &SENT).await;
    mismatch("PUT", &format!("{put}&tagging"), &SENT).await;
    let copy = [SENT[0], SENT[1], ("x-amz-copy-source", "photos/b")];
    mismatch("PUT", &put, &copy).await;
    store
        .send("PUT", &format!("{put}&retention"), &SENT, "hello")
        .await
        .refused(403, "AccessDenied")
        .says("retention");
    store.send("PUT", &put, &SENT, "hello").await.is(200);
}

#[tokio::test]
async fn refusals() {
    let store = store().await;
    let get = async |uri: String| store.send("GET", &uri, &[], "").await;
    let expired = "AWSAccessKeyId=AKIDEXAMPLE&Expires=1000000000&Signature=mzbBNduLzd%2FO%2F72QUL48a5Nfg4Y%3D";
    get(format!("/photos/a%20b.jpg?{expired}"))
        .await
        .refused(403, "AccessDenied")
        .says("<Message>Request has expired</Message><Expires>2001-09-09T01:46:40Z</Expires>")
        .lacks("X-Amz-Expires");
    let link = format!("/photos/a%20b.jpg?{GET}");
    get(link.replace("AKIDEXAMPLE", "AKIDUNKNOWN"))
        .await
        .refused(403, "InvalidAccessKeyId");
    get(link.replace("&Expires=4102444800", ""))
        .await
        .refused(403, "AccessDenied")
        .says("requires the Signature, Expires and AWSAccessKeyId parameters");
    get(link.replace("Expires=4", "Expires=x"))
        .await
        .refused(403, "AccessDenied")
        .says("Invalid date (should be seconds since epoch): x102444800");
    get(link.replace("Signature=", "Signature=0"))
        .await
        .refused(400, "AuthorizationQueryParametersError");
    let header = async |authorization| {
        store
            .send("GET", "/photos/a", &[("authorization", authorization)], "")
            .await
    };
    header("AWS AKIDEXAMPLE")
        .await
        .refused(400, "InvalidArgument")
        .says("`AWS ACCESS-KEY:SIGNATURE`")
        .says("<ArgumentName>Authorization</ArgumentName>")
        .lacks("ArgumentValue");
    header("AWS AKIDEXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=")
        .await
        .refused(403, "AccessDenied")
        .says("valid Date or x-amz-date header");
    header("Bearer token")
        .await
        .is(400)
        .says("AWS4-HMAC-SHA256");
}

/// The time is looked at before the signature.
#[tokio::test]
async fn dates() {
    let store = store().await;
    let authorization = "AWS AKIDEXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=";
    let table = [
        ("Bad Date", "AccessDenied"),
        ("", "AccessDenied"),
        ("Tue, 07 Jul 1950 21:53:04 GMT", "AccessDenied"),
        // The day of the week is that of another date in these.
        ("Tue, 07 Jul 2010 21:53:04 GMT", "RequestTimeTooSkewed"),
        ("Tue, 07 Jul 9999 21:53:04 GMT", "RequestTimeTooSkewed"),
    ];
    for name in ["date", "x-amz-date"] {
        for (date, code) in table {
            let headers = [("authorization", authorization), (name, date)];
            store
                .send("PUT", "/photos/a", &headers, "")
                .await
                .refused(403, code);
        }
    }
}

/// Version 4 goes on to work beside it, and by default it is alone.
#[tokio::test]
async fn version_2_must_be_allowed() {
    let store = Fixture::new().await;
    let refused = store
        .send("GET", &format!("/photos/a%20b.jpg?{GET}"), &[], "")
        .await
        .refused(400, "InvalidRequest");
    refused.says("--allow-sigv2").says("signatureVersion: 'v4'");
    let store = store.reopened_with(|config| config.allow_sigv2 = true);
    store.signed("PUT", "/photos/b", &[], "x").await.is(200);
    store
        .presigned("GET", "/photos/b", (&[], &[]), "")
        .await
        .is(200);
}

/// Where version 2 is taken, that a request is of it is not what is wrong.
#[tokio::test]
async fn explanations_do_not_blame_the_version() {
    let store = Fixture::new().await.at_peer("127.0.0.1");
    let put = format!("/photos/a%20b.jpg?{PUT}");
    let send = async |store: &Fixture| {
        let other = [("content-type", "image/png"), SENT[1]];
        store.send("PUT", &put, &other, "hello").await
    };
    send(&store)
        .await
        .says("<Explanation>")
        .says("signature_v2");
    let store = store.reopened_with(|config| config.allow_sigv2 = true);
    send(&store).await.lacks("<Explanation>");
}
