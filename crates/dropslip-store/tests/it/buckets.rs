//! Create, list, head, location and delete of buckets.

use crate::support::Fixture;

#[tokio::test]
async fn buckets_come_and_go() {
    let store = Fixture::new().await;
    store.signed("PUT", "/videos", &[], "").await.is(200);
    let list = store.signed("GET", "/", &[], "").await.is(200);
    assert_eq!(list.header("content-type"), "application/xml");
    list.says("<Name>photos</Name>")
        .says("<Name>videos</Name>")
        .says("<DisplayName>AKIDEXAMPLE</DisplayName>");
    let head = store.signed("HEAD", "/videos", &[], "").await.is(200);
    assert_eq!(head.header("x-amz-bucket-region"), "us-east-1");
    store
        .signed("GET", "/videos?location", &[], "")
        .await
        .is(200)
        .says("<LocationConstraint");
    store.signed("PUT", "/videos/a", &[], "x").await.is(200);
    store
        .signed("DELETE", "/videos", &[], "")
        .await
        .refused(409, "BucketNotEmpty");
    store.signed("DELETE", "/videos/a", &[], "").await.is(204);
    store.signed("DELETE", "/videos", &[], "").await.is(204);
    store.signed("HEAD", "/videos", &[], "").await.is(404);
    store
        .signed("DELETE", "/videos", &[], "")
        .await
        .refused(404, "NoSuchBucket");
    store
        .signed("GET", "/videos?location", &[], "")
        .await
        .refused(404, "NoSuchBucket");
}

#[tokio::test]
async fn a_bucket_next_to_another_is_empty() {
    let store = Fixture::new().await;
    store.signed("PUT", "/photos-2", &[], "").await.is(200);
    store.signed("PUT", "/photos-2/a", &[], "x").await.is(200);
    store.signed("DELETE", "/photos", &[], "").await.is(204);
    store.signed("GET", "/photos-2/a", &[], "").await.is(200);
}

#[tokio::test]
async fn making_a_bucket_again_keeps_it() {
    let store = Fixture::new().await;
    store.signed("PUT", "/photos/a", &[], "x").await.is(200);
    store.signed("PUT", "/photos", &[], "").await.is(200);
    store.signed("GET", "/photos/a", &[], "").await.is(200);
}

#[tokio::test]
async fn a_public_bucket_is_listed_by_anyone() {
    let store = Fixture::new().await;
    store
        .signed("PUT", "/open", &[("x-amz-acl", "public-read")], "")
        .await
        .is(200);
    store.signed("PUT", "/open/a", &[], "x").await.is(200);
    store
        .send("GET", "/open?list-type=2", &[], "")
        .await
        .is(200)
        .says("<Key>a</Key>");
    store
        .send("GET", "/open/a", &[], "")
        .await
        .refused(403, "AccessDenied");
    store
        .send("GET", "/open/b", &[], "")
        .await
        .refused(404, "NoSuchKey");
}

#[tokio::test]
async fn wishes_that_cannot_be_met() {
    let store = Fixture::new().await;
    store
        .signed("PUT", "/Photos", &[], "")
        .await
        .refused(400, "InvalidBucketName")
        .says("lower-case");
    store
        .signed("PUT", "/ab", &[], "")
        .await
        .refused(400, "InvalidBucketName");
    let elsewhere = "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>";
    store
        .signed("PUT", "/videos", &[], elsewhere)
        .await
        .refused(400, "InvalidLocationConstraint")
        .says("eu-west-1");
    store
        .signed("PUT", "/videos", &[], "<Create")
        .await
        .refused(400, "MalformedXML");
    store
        .signed("PUT", "/videos", &[], vec![b' '; 65_537])
        .await
        .refused(400, "MaxMessageLengthExceeded");
    store
        .signed("PUT", "/videos", &[("x-amz-acl", "everyone")], "")
        .await
        .refused(400, "InvalidArgument");
    store.signed("HEAD", "/videos", &[], "").await.is(404);
}

#[tokio::test]
async fn that_a_bucket_is_not_there_is_told_to_anybody() {
    let store = Fixture::new().await;
    let table = [
        ("HEAD", ""),
        ("GET", ""),
        ("GET", "?list-type=2"),
        ("GET", "?acl"),
        ("DELETE", ""),
        ("GET", "/a"),
        ("PUT", "/a"),
        ("DELETE", "/a"),
    ];
    for (method, rest) in table {
        let missing = format!("/nowhere{rest}");
        store.send(method, &missing, &[], "").await.is(404);
        let there = format!("/photos{rest}");
        store.send(method, &there, &[], "").await.is(403);
    }
}

#[tokio::test]
async fn names_that_no_bucket_has() {
    let store = Fixture::new().await;
    let long = format!("/{}", "a".repeat(3000));
    let names = [
        "/a",
        "/aa",
        "/_photos",
        "/foo_bar",
        "/foo-",
        "/foo..bar",
        "/foo.-bar",
        "/foo-.bar",
        "/alpha%21soup",
        "/192.168.5.123",
        &long,
    ];
    for name in names {
        store
            .signed("PUT", name, &[], "")
            .await
            .refused(400, "InvalidBucketName");
    }
    for (method, uri, kind) in [
        ("PUT", "/", "SERVICE"),
        ("DELETE", "/", "SERVICE"),
        ("PATCH", "/photos", "BUCKET"),
        ("POST", "/photos/a", "OBJECT"),
    ] {
        store
            .signed(method, uri, &[], "")
            .await
            .refused(405, "MethodNotAllowed")
            .says(&format!("<ResourceType>{kind}</ResourceType>"));
    }
}

#[tokio::test]
async fn what_is_not_spoken_names_itself() {
    let store = Fixture::new().await;
    let table = [
        ("GET", "/photos?website", "GET ?website of a bucket"),
        ("POST", "/photos/a?restore", "POST ?restore of an object"),
    ];
    for (method, uri, what) in table {
        store
            .signed(method, uri, &[], "")
            .await
            .refused(501, "NotImplemented")
            .says(what);
    }
}
