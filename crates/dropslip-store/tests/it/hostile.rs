//! What users upload is hostile, and so may the request be.

use crate::support::Fixture;

#[tokio::test]
async fn no_upload_runs_in_the_origin_of_the_store() {
    let store = Fixture::new().await;
    let check = async |content_type: &str, sandboxed: bool| {
        store
            .signed(
                "PUT",
                "/photos/a",
                &[("content-type", content_type)],
                "<script>",
            )
            .await
            .is(200);
        let got = store.signed("GET", "/photos/a", &[], "").await.is(200);
        assert_eq!(got.header("x-content-type-options"), "nosniff");
        let policy = if sandboxed { "sandbox" } else { "" };
        assert_eq!(
            got.header("content-security-policy"),
            policy,
            "{content_type}"
        );
    };
    for content_type in [
        "text/html",
        "text/html, */*",
        "text/html, x",
        "image/png, text/html",
        "text/javascript",
        "",
        "nonsense",
        "TEXT/HTML; charset=utf-8",
        "image/svg+xml",
        "application/xhtml+xml",
        "text/xml",
    ] {
        check(content_type, true).await;
    }
    for content_type in ["image/png", "video/mp4", "application/pdf", "text/plain"] {
        check(content_type, false).await;
    }
}

#[tokio::test]
async fn markup_in_names_stays_text() {
    let store = Fixture::new().await;
    let missing = store
        .signed("GET", "/photos/%3CKey%3E%26%00", &[], "")
        .await
        .refused(404, "NoSuchKey");
    missing.says("<Key>&lt;Key&gt;&amp;&#x0;</Key>");
    store
        .signed("PUT", "/photos/%3Cb%3E", &[], "x")
        .await
        .is(200);
    store
        .signed("GET", "/photos?list-type=2", &[], "")
        .await
        .is(200)
        .says("<Key>&lt;b&gt;</Key>");
}

#[tokio::test]
async fn addresses_that_are_none() {
    let store = Fixture::new().await;
    for (path, detail) in [
        ("/photos/%ff", "not UTF-8"),
        ("/photos/%AE%8A-", "not UTF-8"),
        ("//b/k", "a bucket comes before"),
    ] {
        let refused = store.send("GET", path, &[], "").await;
        refused
            .refused(400, "InvalidURI")
            .says("<Message>Couldn't parse the specified URI.</Message>")
            .says(detail);
    }
    store
        .send("GET", "/..%2F..%2Fetc/passwd", &[], "")
        .await
        .is(400);
    store
        .send("GET", "/photos/a", &[("host", "")], "")
        .await
        .refused(403, "AccessDenied");
    store.send("GET", "/%00/a", &[], "").await.is(400);
}

#[tokio::test]
async fn errors_do_not_tell_the_secret_or_the_right_signature() {
    let store = Fixture::new().await;
    let slip = crate::support::presign("GET", "/photos/a", &[], crate::support::now());
    let right = slip.split_once("X-Amz-Signature=").unwrap().1.to_owned();
    let other = slip.replace(&right, &"0".repeat(64));
    let answer = store
        .send("GET", &other, &[], "")
        .await
        .refused(403, "SignatureDoesNotMatch")
        .text();
    assert!(
        !answer.contains(&right) && !answer.contains("wJalrXUtnFEMI"),
        "{answer}"
    );
}

#[tokio::test]
async fn nothing_of_a_foreign_authorization_comes_back() {
    let store = Fixture::new().await;
    for secret in [
        "hunter2-hunter2",
        "Bearer hunter2",
        "AWS4-HMAC-SHA256 hunter2",
    ] {
        let answer = store
            .send("GET", "/photos/a", &[("authorization", secret)], "")
            .await
            .is(400);
        assert!(!answer.text().contains("hunter2"), "{}", answer.text());
    }
}

/// Each document that refuses elements which S3 does not have in it, and its root.
const DOCUMENTS: [(&str, &str, &str); 11] = [
    ("PUT", "/photos?acl", "AccessControlPolicy"),
    ("PUT", "/photos?cors", "CORSConfiguration"),
    ("PUT", "/photos?lifecycle", "LifecycleConfiguration"),
    ("PUT", "/photos?notification", "NotificationConfiguration"),
    ("PUT", "/photos?ownershipControls", "OwnershipControls"),
    (
        "PUT",
        "/photos?publicAccessBlock",
        "PublicAccessBlockConfiguration",
    ),
    ("PUT", "/photos?tagging", "Tagging"),
    ("PUT", "/photos?versioning", "VersioningConfiguration"),
    ("PUT", "/photos/a?acl", "AccessControlPolicy"),
    ("PUT", "/photos/a?tagging", "Tagging"),
    ("POST", "/photos?delete", "Delete"),
];

#[tokio::test]
async fn documents_that_want_too_much() {
    let store = Fixture::new().await;
    store.signed("PUT", "/photos/a", &[], "hello").await.is(200);
    for (method, uri, root) in DOCUMENTS {
        let check = async |inner: String| {
            let document = format!("<{root}>{inner}</{root}>");
            let answer = store.signed(method, uri, &[], &document).await;
            let status = answer.status.as_u16();
            let shown: String = document.chars().take(60).collect();
            assert!(
                (400..500).contains(&status) || status == 501,
                "{status} {method} {uri} {shown}"
            );
        };
        check("<a>".repeat(9_000) + &"</a>".repeat(9_000)).await;
        check(format!("<{root}>").repeat(1_000) + &format!("</{root}>").repeat(1_000)).await;
        check("<a/>".repeat(15_000)).await;
        check(format!("<a {}/>", "b=\"c\" ".repeat(8_000))).await;
        check("&a;".repeat(10_000)).await;
        check("x".repeat(5_000_000)).await;
        let bomb = format!(
            "<!DOCTYPE {root} [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]>\
             <{root}><Status>&b;</Status></{root}>"
        );
        let answer = store.signed(method, uri, &[], &bomb).await;
        assert!(
            answer.status.is_client_error() || answer.status == 501,
            "{} {uri}",
            answer.status
        );
    }
    let got = store.signed("GET", "/photos/a", &[], "").await.is(200);
    assert_eq!(got.body, b"hello");
}

#[tokio::test]
async fn completes_of_as_many_parts_as_there_may_be() {
    let store = Fixture::new().await;
    let made = store
        .signed("POST", "/photos/m?uploads", &[], "")
        .await
        .is(200);
    let text = made.text();
    let id = text.split_once("<UploadId>").unwrap().1;
    let id = id.split_once('<').unwrap().0;
    let uri = format!("/photos/m?uploadId={id}");
    let complete = async |parts: u32| {
        let part = |number: u32| {
            format!("<Part><PartNumber>{number}</PartNumber><ETag>\"0\"</ETag></Part>")
        };
        let parts: String = (1..=parts).map(part).collect();
        let document = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        store.signed("POST", &uri, &[], document).await
    };
    complete(10_000).await.refused(400, "InvalidPart");
    complete(10_001).await.refused(400, "MalformedXML");
    complete(0).await.refused(400, "MalformedXML");
    complete(100_000).await.is(400);
    // The upload is as it was.
    store.signed("DELETE", &uri, &[], "").await.is(204);
}
