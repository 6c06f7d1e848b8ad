//! What a form stores, and what its sender is told.

use super::form::Form;
use crate::support::Fixture;

#[tokio::test]
async fn a_form_is_a_put() {
    let store = Fixture::new().await;
    let form = Form::new("user/1/${filename}", "hello\r\n--")
        .field("Content-Type", "image/png")
        .field("Cache-Control", "max-age=60")
        .field("Content-Disposition", "attachment")
        .field("x-amz-meta-Camera", "Leica")
        .field("acl", "public-read")
        .signed();
    let posted = form.send(&store).await.is(204);
    assert_eq!(posted.body, b"");
    let etag = posted.header("etag");
    assert_eq!(
        posted.header("location"),
        "http://localhost:7601/photos/user%2F1%2Fa.txt"
    );
    // It is public, so nobody has to sign.
    let got = store
        .send("GET", "/photos/user/1/a.txt", &[], "")
        .await
        .is(200);
    assert_eq!(got.body, b"hello\r\n--");
    for (name, value) in [
        ("etag", etag),
        ("content-type", "image/png"),
        ("cache-control", "max-age=60"),
        ("content-disposition", "attachment"),
        ("x-amz-meta-camera", "Leica"),
    ] {
        assert_eq!(got.header(name), value, "{name}");
    }
}

#[tokio::test]
async fn what_is_not_said_is_as_of_a_put() {
    let store = Fixture::new().await;
    Form::new("a", "").signed().send(&store).await.is(204);
    let got = store.signed("GET", "/photos/a", &[], "").await.is(200);
    // The type of the part says nothing.
    assert_eq!(got.header("content-type"), "binary/octet-stream");
    assert_eq!(got.body, b"");
    store.send("GET", "/photos/a", &[], "").await.is(403);
    Form::new("a", "")
        .field("Content-Type", "")
        .signed()
        .send(&store)
        .await
        .is(204);
    let got = store.signed("GET", "/photos/a", &[], "").await.is(200);
    assert_eq!(got.header("content-type"), "binary/octet-stream");
}

#[tokio::test]
async fn names_of_files() {
    let store = Fixture::new().await;
    for (name, key) in [
        (Some("b c.txt"), "user/b%20c.txt"),
        (Some(r"C:\photos\d.txt"), "user/d.txt"),
        (Some("../../e.txt"), "user/e.txt"),
        (Some("\u{20ac}.txt"), "user/%E2%82%AC.txt"),
        (Some(""), "user/"),
        (None, "user/"),
    ] {
        let form = Form::new("user/${filename}", "x").file_name(name).signed();
        form.send(&store).await.is(204);
        store
            .signed("DELETE", &format!("/photos/{key}"), &[], "")
            .await
            .is(204);
        store.settles_at(0).await;
    }
}

#[tokio::test]
async fn statuses_of_success() {
    let store = Fixture::new().await;
    for (wanted, status) in [
        ("200", 200),
        ("201", 201),
        ("204", 204),
        ("404", 204),
        ("", 204),
        ("201 ", 204),
    ] {
        let form = Form::new("a&b", "hello").field("success_action_status", wanted);
        let posted = form.signed().send(&store).await.is(status);
        assert_eq!(
            posted.header("location"),
            "http://localhost:7601/photos/a%26b"
        );
        assert!(posted.header("etag").starts_with('"'));
        assert!(!posted.header("x-amz-request-id").is_empty());
        if status == 201 {
            assert_eq!(posted.header("content-type"), "application/xml");
            posted.says(
                "<PostResponse><Location>http://localhost:7601/photos/a%26b</Location>\
                 <Bucket>photos</Bucket><Key>a&amp;b</Key>\
                 <ETag>&quot;5d41402abc4b2a76b9719d911017c592&quot;</ETag></PostResponse>",
            );
        } else {
            assert_eq!(posted.body, b"");
        }
    }
}

#[tokio::test]
async fn redirects() {
    const TOLD: &str = "bucket=photos&key=a%2Fb&etag=%225d41402abc4b2a76b9719d911017c592%22";
    let store = Fixture::new().await;
    let posted = async |fields: &[(&str, &str)]| {
        let mut form = Form::new("a/b", "hello");
        for (name, value) in fields {
            form = form.field(name, value);
        }
        form.signed().send(&store).await
    };
    for name in ["success_action_redirect", "redirect"] {
        let to = "https://app.example/done?id=7";
        let answer = posted(&[(name, to), ("success_action_status", "201")])
            .await
            .is(303);
        assert_eq!(answer.header("location"), format!("{to}&{TOLD}"));
        assert_eq!(answer.body, b"");
        assert!(answer.header("etag").starts_with('"'));
    }
    let both = [
        ("redirect", "https://old.example/"),
        ("success_action_redirect", "https://app.example/"),
    ];
    let answer = posted(&both).await.is(303);
    assert_eq!(
        answer.header("location"),
        format!("https://app.example/?{TOLD}")
    );
    // What is no address is passed over.
    for none in ["/done", "app.example", "javascript:alert(1)", ""] {
        posted(&[("success_action_redirect", none)]).await.is(204);
    }
    let posted = posted(&[
        ("success_action_redirect", "/a"),
        ("success_action_status", "200"),
    ]);
    posted.await.is(200);
}

#[tokio::test]
async fn a_host_that_is_a_bucket() {
    let store = Fixture::new().await;
    let form = Form::new("a", "hello").signed();
    let headers = [
        ("content-type", super::form::TYPE),
        ("host", "photos.localhost:7601"),
    ];
    let posted = store.send("POST", "/", &headers, form.body()).await.is(204);
    assert_eq!(posted.header("location"), "http://photos.localhost:7601/a");
    let headers = [headers[0], ("x-forwarded-proto", "https")];
    let posted = store
        .send("POST", "/photos/", &headers, form.body())
        .await
        .is(204);
    assert_eq!(posted.header("location"), "https://localhost:7601/photos/a");
}

#[tokio::test]
async fn checksums_are_held() {
    let store = Fixture::new().await;
    let form = |name: &str, value: &str| Form::new("a", "hello").extra(name, value).signed();
    let right = form("x-amz-checksum-crc32", "NhCmhg==")
        .send(&store)
        .await
        .is(204);
    assert_eq!(right.header("x-amz-checksum-crc32"), "NhCmhg==");
    let wrong = form("x-amz-checksum-crc32", "AAAAAA==").send(&store).await;
    wrong.refused(400, "BadDigest");
    let none = form("x-amz-checksum-sha256", "sailorjerry=")
        .send(&store)
        .await;
    none.refused(400, "InvalidRequest");
    let md5 = |value: &str| Form::new("b", "hello").field("Content-MD5", value).signed();
    md5("XUFAKrxLKna5cZ2REBfFkg==").send(&store).await.is(204);
    md5("AAAAAAAAAAAAAAAAAAAAAA==")
        .send(&store)
        .await
        .refused(400, "BadDigest");
    store.settles_at(0).await;
    for key in ["a", "b"] {
        let got = store
            .signed("GET", &format!("/photos/{key}"), &[], "")
            .await;
        assert_eq!(got.is(200).body, b"hello");
    }
}

/// A page of another origin reads the answer, and the reason of a refusal.
#[tokio::test]
async fn pages_may_read_the_answer() {
    let store = Fixture::new().await;
    let rules = "<CORSConfiguration><CORSRule><AllowedOrigin>https://app.example</AllowedOrigin>\
        <AllowedMethod>POST</AllowedMethod><ExposeHeader>ETag</ExposeHeader>\
        <ExposeHeader>Location</ExposeHeader></CORSRule></CORSConfiguration>";
    store
        .signed("PUT", "/photos?cors", &[], rules)
        .await
        .is(200);
    let headers = [
        ("content-type", super::form::TYPE),
        ("origin", "https://app.example"),
    ];
    let form = Form::new("a", "hello").signed();
    for (body, status) in [(form.body(), 204), (form.with("key", "").body(), 400)] {
        let answer = store
            .send("POST", "/photos", &headers, body)
            .await
            .is(status);
        assert_eq!(
            answer.header("access-control-allow-origin"),
            "https://app.example"
        );
        assert_eq!(
            answer.header("access-control-expose-headers"),
            "ETag, Location"
        );
    }
}
