//! Every way to be wrong has S3's code and says what to look at.

use crate::support::{Fixture, now, presign};
use dropslip_sigv4::Timestamp;

const JPEG: [(&str, &str); 1] = [("content-type", "image/jpeg")];

#[tokio::test]
async fn a_presigned_put_takes_what_was_signed() {
    let store = Fixture::new().await;
    let signed = [
        ("content-type", "image/jpeg"),
        ("content-length", "5"),
        ("x-amz-acl", "public-read"),
    ];
    store
        .presigned("PUT", "/photos/a.jpg", (&signed, &signed), "hello")
        .await
        .is(200);
    let got = store.send("GET", "/photos/a.jpg", &[], "").await.is(200);
    assert_eq!(got.header("content-type"), "image/jpeg");
}

#[tokio::test]
async fn a_mismatch_shows_both_sides() {
    let store = Fixture::new().await;
    let put = async |sent| {
        store
            .presigned("PUT", "/photos/a.jpg", (&JPEG, sent), "hello")
            .await
    };
    let other = put(&[("content-type", "image/png")])
        .await
        .refused(403, "SignatureDoesNotMatch");
    let other = other
        .says("<StringToSign>AWS4-HMAC-SHA256\n")
        .says("<StringToSignBytes>41 57 53 34 2d");
    let other = other
        .says("<CanonicalRequest>PUT\n/photos/a.jpg\n")
        .says("content-type:image/png\n");
    other
        .says("<CanonicalRequestBytes>50 55 54 0a")
        .says("<SignatureProvided>")
        .says("<AWSAccessKeyId>AKIDEXAMPLE<");
    put(&[])
        .await
        .refused(403, "SignatureDoesNotMatch")
        .says("lacks headers that were signed: content-type.");
    store
        .signed("GET", "/photos/a.jpg", &[], "")
        .await
        .refused(404, "NoSuchKey");
}

#[tokio::test]
async fn a_slip_is_for_one_request_only() {
    let store = Fixture::new().await;
    let slip = presign("PUT", "/photos/a.jpg", &JPEG, now());
    let send =
        async |method: &'static str, uri: String| store.send(method, &uri, &JPEG, "hello").await;
    send("PUT", slip.replace("/a.jpg", "/b.jpg"))
        .await
        .refused(403, "SignatureDoesNotMatch");
    send("PUT", slip.replace("/photos/", "/other/"))
        .await
        .refused(403, "SignatureDoesNotMatch");
    send("DELETE", slip.clone())
        .await
        .refused(403, "SignatureDoesNotMatch");
    send("PUT", format!("{slip}&x-amz-acl=public-read"))
        .await
        .refused(403, "SignatureDoesNotMatch");
    send(
        "PUT",
        slip.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"),
    )
    .await
    .refused(403, "SignatureDoesNotMatch");
    let length = [("content-type", "image/jpeg"), ("content-length", "4")];
    let slip = presign("PUT", "/photos/a.jpg", &length, now());
    store
        .send("PUT", &slip, &JPEG, "hello")
        .await
        .refused(403, "SignatureDoesNotMatch");
    store.send("PUT", &slip, &length, "hell").await.is(200);
}

#[tokio::test]
async fn what_is_not_signed_may_not_be_added() {
    let store = Fixture::new().await;
    let add = async |name, value| {
        store
            .presigned(
                "PUT",
                "/photos/a.jpg",
                (&JPEG, &[JPEG[0], (name, value)]),
                "hello",
            )
            .await
    };
    add("x-amz-acl", "public-read")
        .await
        .refused(403, "AccessDenied")
        .says("<HeadersNotSigned>x-amz-acl<");
    add("x-amz-copy-source", "/photos/b")
        .await
        .refused(403, "AccessDenied")
        .says("x-amz-copy-source");
    add("user-agent", "a browser").await.is(200);
}

#[tokio::test]
async fn values_in_the_query_count_as_headers() {
    let store = Fixture::new().await;
    let uri = "/photos/a?x-amz-acl=public-read&x-amz-meta-camera=Pinhole";
    store
        .presigned("PUT", uri, (&[], &[]), "hello")
        .await
        .is(200);
    let got = store.send("GET", "/photos/a", &[], "").await.is(200);
    assert_eq!(got.header("x-amz-meta-camera"), "Pinhole");
    store
        .presigned("PUT", uri, (&[], &[("x-amz-acl", "public-read")]), "hello")
        .await
        .is(200);
    store
        .presigned("PUT", uri, (&[], &[("x-amz-acl", "private")]), "hello")
        .await
        .refused(403, "AccessDenied");
    store
        .presigned(
            "PUT",
            "/photos/b?x-amz-rename-source=photos/a",
            (&[], &[]),
            "",
        )
        .await
        .refused(501, "NotImplemented");
}

#[tokio::test]
async fn time_and_keys() {
    let store = Fixture::new().await;
    let at = |seconds: i64| Timestamp::from_unix_s(now().unix_s() + seconds);
    let get = async |uri: String| store.send("GET", &uri, &[], "").await;
    let slip = |seconds| presign("GET", "/photos/a", &[], at(seconds));
    let expired = get(slip(-120))
        .await
        .refused(403, "AccessDenied")
        .says("<Message>Request has expired</Message>");
    expired
        .says("<X-Amz-Expires>60</X-Amz-Expires>")
        .says("<Expires>")
        .says("<ServerTime>");
    get(slip(3600))
        .await
        .refused(403, "AccessDenied")
        .says("Request is not yet valid");
    get(slip(0).replace("AKIDEXAMPLE", "AKIDUNKNOWN"))
        .await
        .refused(403, "InvalidAccessKeyId")
        .says("AKIDUNKNOWN");
    let region = get(slip(0).replace("us-east-1", "eu-west-1")).await;
    region
        .refused(400, "AuthorizationQueryParametersError")
        .says("<Region>us-east-1</Region>");
    let week = get(slip(0).replace("Expires=60", "Expires=604801")).await;
    week.refused(400, "AuthorizationQueryParametersError")
        .says("604800");
    let at_once = get(slip(0).replace("Expires=60", "Expires=0")).await;
    at_once
        .refused(403, "AccessDenied")
        .says("<Message>Request has expired</Message>");
    for wrong in ["-7", "00", "x"] {
        let uri = slip(0).replace("Expires=60", &format!("Expires={wrong}"));
        get(uri)
            .await
            .refused(400, "AuthorizationQueryParametersError");
    }
    get(slip(0).replace("X-Amz-Signature=", "X-Amz-Signature=0"))
        .await
        .refused(400, "AuthorizationQueryParametersError");
    get("/photos/a?X-Amz-Signature=0".to_owned())
        .await
        .refused(400, "AuthorizationQueryParametersError");
    get("/photos/a?AWSAccessKeyId=a&Signature=b&Expires=1".to_owned())
        .await
        .refused(400, "InvalidRequest")
        .says("AWS4-HMAC-SHA256");
}

#[tokio::test]
async fn the_authorization_header() {
    let store = Fixture::new().await;
    let send = async |authorization| {
        store
            .send("GET", "/photos/a", &[("authorization", authorization)], "")
            .await
    };
    send("Bearer token").await.is(400);
    send("AWS4-HMAC-SHA256 Credential=x")
        .await
        .refused(400, "AuthorizationHeaderMalformed");
    send("AWS AKIDEXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=")
        .await
        .refused(400, "InvalidRequest");
    // One with nothing in it proves nothing.
    send("").await.refused(403, "AccessDenied");
}

/// Whose clock is off is told so; who sends no time at all is told that.
#[tokio::test]
async fn dates_of_version_4() {
    let store = Fixture::new().await;
    let scope = "20100707/us-east-1/s3/aws4_request";
    let signature = "0".repeat(64);
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope},SignedHeaders=host;x-amz-date,Signature={signature}"
    );
    let table = [
        ("Bad Date", "", "AccessDenied"),
        ("", "", "AccessDenied"),
        ("20100707", "", "AccessDenied"),
        ("19500707T215304Z", "19500707", "AccessDenied"),
        ("20100707T215304Z", "", "RequestTimeTooSkewed"),
        ("99990707T215304Z", "99990707", "RequestTimeTooSkewed"),
    ];
    for (date, day, code) in table {
        let authorization = match day {
            "" => authorization.clone(),
            day => authorization.replace("20100707", day),
        };
        let headers = [
            ("authorization", authorization.as_str()),
            ("x-amz-date", date),
        ];
        store
            .send("GET", "/photos", &headers, "")
            .await
            .refused(403, code);
    }
}
