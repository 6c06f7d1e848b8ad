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
    store
        .send("GET", "/photos/%ff", &[], "")
        .await
        .refused(400, "InvalidURI");
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
