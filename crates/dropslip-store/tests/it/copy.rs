//! `CopyObject`.

use crate::support::{Answer, Fixture, Headers};

async fn filled() -> Fixture {
    let store = Fixture::new().await;
    let headers = [
        ("content-type", "image/jpeg"),
        ("x-amz-meta-a", "1"),
        ("x-amz-tagging", "t=1"),
        ("x-amz-website-redirect-location", "/b"),
        ("x-amz-checksum-crc32", "NhCmhg=="),
    ];
    store
        .signed("PUT", "/photos/a%20%2B%C3%A9", &headers, "hello")
        .await
        .is(200);
    store
}

const SOURCE: (&str, &str) = ("x-amz-copy-source", "/photos/a%20%2B%C3%A9");

async fn copy(store: &Fixture, to: &str, headers: Headers<'_>) -> Answer {
    store.signed("PUT", to, headers, "").await
}

async fn get(store: &Fixture, uri: &str) -> Answer {
    let checksum = [("x-amz-checksum-mode", "ENABLED")];
    store.signed("GET", uri, &checksum, "").await
}

#[tokio::test]
async fn a_copy_is_the_same_but_for_its_key() {
    let store = filled().await;
    let copied = copy(&store, "/photos/b", &[SOURCE]).await.is(200);
    copied
        .says("<CopyObjectResult")
        .says("<ETag>&quot;5d41402abc4b2a76b9719d911017c592&quot;</ETag>")
        .says("<ChecksumCRC32>NhCmhg==</ChecksumCRC32>");
    let got = get(&store, "/photos/b").await.is(200).says("hello");
    assert_eq!(got.header("content-type"), "image/jpeg");
    assert_eq!(got.header("x-amz-meta-a"), "1");
    assert_eq!(got.header("x-amz-tagging-count"), "1");
    assert_eq!(got.header("x-amz-checksum-crc32"), "NhCmhg==");
    assert_eq!(got.header("x-amz-website-redirect-location"), "");
    // Each has its own life.
    store
        .signed("DELETE", "/photos/a%20%2B%C3%A9", &[], "")
        .await
        .is(204);
    let store = store.reopened();
    get(&store, "/photos/b").await.is(200).says("hello");
    copy(&store, "/photos/c", &[("x-amz-copy-source", "photos/b")])
        .await
        .is(200);
    store.signed("DELETE", "/photos/b", &[], "").await.is(204);
    get(&store, "/photos/c").await.is(200).says("hello");
}

#[tokio::test]
async fn what_is_replaced() {
    let store = filled().await;
    let headers = [
        SOURCE,
        ("x-amz-metadata-directive", "REPLACE"),
        ("x-amz-tagging-directive", "REPLACE"),
        ("x-amz-tagging", "a=1&b=2"),
        ("content-type", "text/plain"),
        ("x-amz-meta-b", "2"),
        ("x-amz-storage-class", "STANDARD_IA"),
        ("x-amz-checksum-algorithm", "SHA256"),
    ];
    copy(&store, "/photos/b", &headers)
        .await
        .is(200)
        .says("<ChecksumSHA256>");
    let got = get(&store, "/photos/b").await.is(200).says("hello");
    assert_eq!(got.header("content-type"), "text/plain");
    assert_eq!(got.header("x-amz-meta-a"), "");
    assert_eq!(got.header("x-amz-meta-b"), "2");
    assert_eq!(got.header("x-amz-tagging-count"), "2");
    assert_eq!(got.header("x-amz-storage-class"), "STANDARD_IA");
    assert_eq!(
        got.header("x-amz-checksum-sha256"),
        "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
    );
    assert_eq!(got.header("x-amz-checksum-crc32"), "");
    // Without the directive they count for nothing.
    copy(
        &store,
        "/photos/c",
        &[
            SOURCE,
            ("x-amz-meta-b", "2"),
            ("content-type", "text/plain"),
        ],
    )
    .await
    .is(200);
    let got = get(&store, "/photos/c").await.is(200);
    assert_eq!(
        (got.header("x-amz-meta-b"), got.header("content-type")),
        ("", "image/jpeg")
    );
}

#[tokio::test]
async fn onto_itself_something_must_change() {
    let store = filled().await;
    let itself = "/photos/a%20%2B%C3%A9";
    copy(&store, itself, &[SOURCE])
        .await
        .refused(400, "InvalidRequest")
        .says("itself");
    copy(
        &store,
        itself,
        &[
            SOURCE,
            ("x-amz-metadata-directive", "REPLACE"),
            ("x-amz-meta-c", "3"),
        ],
    )
    .await
    .is(200);
    let got = get(&store, itself).await.is(200).says("hello");
    assert_eq!(
        (got.header("x-amz-meta-c"), got.header("x-amz-meta-a")),
        ("3", "")
    );
    copy(
        &store,
        itself,
        &[SOURCE, ("x-amz-storage-class", "GLACIER_IR")],
    )
    .await
    .is(200);
    let store = store.reopened();
    let got = get(&store, itself).await.is(200).says("hello");
    assert_eq!(got.header("x-amz-storage-class"), "GLACIER_IR");
}

#[tokio::test]
async fn versions_of_the_source() {
    let store = filled().await;
    let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    store
        .signed("PUT", "/photos?versioning", &[], enabled)
        .await
        .is(200);
    let put = store.signed("PUT", "/photos/v", &[], "one").await.is(200);
    let first = put.header("x-amz-version-id").to_owned();
    store.signed("PUT", "/photos/v", &[], "two").await.is(200);
    let source = format!("photos/v?versionId={first}");
    let restored = copy(&store, "/photos/v", &[("x-amz-copy-source", &source)])
        .await
        .is(200);
    assert_eq!(restored.header("x-amz-copy-source-version-id"), first);
    assert_ne!(restored.header("x-amz-version-id"), first);
    get(&store, "/photos/v").await.is(200).says("one");
    let marker = store.signed("DELETE", "/photos/v", &[], "").await.is(204);
    let of_marker = format!("photos/v?versionId={}", marker.header("x-amz-version-id"));
    copy(&store, "/photos/w", &[("x-amz-copy-source", &of_marker)])
        .await
        .refused(400, "InvalidRequest")
        .says("delete marker");
    copy(&store, "/photos/w", &[("x-amz-copy-source", "photos/v")])
        .await
        .refused(404, "NoSuchKey");
}

#[tokio::test]
async fn copies_that_cannot_be() {
    let store = filled().await;
    let no = async |headers: Headers<'_>, status, code| {
        copy(&store, "/photos/b", headers)
            .await
            .refused(status, code);
    };
    let from = |source| [("x-amz-copy-source", source)];
    no(&from("photos"), 400, "InvalidArgument").await;
    no(&from("/photos/missing"), 404, "NoSuchKey").await;
    no(&from("/missing/a"), 404, "NoSuchBucket").await;
    no(&from("/photos/a?versionId=x"), 400, "InvalidArgument").await;
    no(
        &[SOURCE, ("x-amz-metadata-directive", "KEEP")],
        400,
        "InvalidArgument",
    )
    .await;
    no(
        &[SOURCE, ("x-amz-tagging-directive", "KEEP")],
        400,
        "InvalidArgument",
    )
    .await;
    no(
        &[SOURCE, ("x-amz-checksum-algorithm", "MD4")],
        400,
        "InvalidRequest",
    )
    .await;
    no(
        &[SOURCE, ("x-amz-copy-source-if-match", "\"x\"")],
        412,
        "PreconditionFailed",
    )
    .await;
    let etag = "\"5d41402abc4b2a76b9719d911017c592\"";
    no(
        &[SOURCE, ("x-amz-copy-source-if-none-match", etag)],
        412,
        "PreconditionFailed",
    )
    .await;
    no(&[SOURCE, ("if-match", etag)], 404, "NoSuchKey").await;
    copy(
        &store,
        "/photos/b",
        &[SOURCE, ("x-amz-copy-source-if-match", etag)],
    )
    .await
    .is(200);
    no(&[SOURCE, ("if-none-match", "*")], 412, "PreconditionFailed").await;
    copy(&store, "/missing/b", &[SOURCE])
        .await
        .refused(404, "NoSuchBucket");
}

#[tokio::test]
async fn an_object_of_parts() {
    let store = Fixture::new().await;
    let begun = store
        .signed("POST", "/photos/p?uploads", &[], "")
        .await
        .is(200)
        .text();
    let id = begun
        .split_once("<UploadId>")
        .unwrap()
        .1
        .split_once('<')
        .unwrap()
        .0;
    let uri = format!("/photos/p?partNumber=3&uploadId={id}");
    let part = store.signed("PUT", &uri, &[], "hello").await.is(200);
    let etag = part.header("etag").to_owned();
    let document = format!(
        "<CompleteMultipartUpload><Part><PartNumber>3</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
    );
    let complete = format!("/photos/p?uploadId={id}");
    store.signed("POST", &complete, &[], document).await.is(200);
    copy(&store, "/photos/q", &[("x-amz-copy-source", "photos/p")])
        .await
        .is(200);
    let itself = [
        ("x-amz-copy-source", "photos/q"),
        ("x-amz-metadata-directive", "REPLACE"),
    ];
    copy(&store, "/photos/q", &itself).await.is(200);
    store.signed("DELETE", "/photos/p", &[], "").await.is(204);
    let store = store.reopened();
    let got = get(&store, "/photos/q").await.is(200).says("hello");
    assert!(
        got.header("etag").ends_with("-1\""),
        "{}",
        got.header("etag")
    );
    let part = get(&store, "/photos/q?partNumber=3")
        .await
        .is(206)
        .says("hello");
    assert_eq!(part.header("x-amz-mp-parts-count"), "1");
    get(&store, "/photos/q?partNumber=1")
        .await
        .refused(416, "InvalidPartNumber");
    let names = [("x-amz-object-attributes", "ObjectParts")];
    let told = store
        .signed("GET", "/photos/q?attributes", &names, "")
        .await
        .is(200);
    told.says("<PartsCount>1</PartsCount>")
        .says("<NextPartNumberMarker>3</NextPartNumberMarker>");
}
