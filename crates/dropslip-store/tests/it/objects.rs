//! Put, get, head and delete.

use crate::support::{Answer, Fixture, Headers, NO_VALUE};

#[tokio::test]
async fn an_object_comes_back_as_it_went() {
    let store = Fixture::new().await;
    let headers = [
        ("content-type", "image/jpeg"),
        ("cache-control", "max-age=60"),
        ("content-disposition", "inline; filename=\"a b.jpg\""),
        ("x-amz-meta-camera", "Pinhole"),
    ];
    let put = store
        .signed("PUT", "/photos/2026/a%20b.jpg", &headers, "jpeg bytes")
        .await
        .is(200);
    assert_eq!(put.header("etag"), "\"2ccd799f3a5130350478899447b6aa06\"");
    for method in ["GET", "HEAD"] {
        let got = store
            .signed(method, "/photos/2026/a%20b.jpg", &[], "")
            .await
            .is(200);
        for (name, value) in headers {
            assert_eq!(got.header(name), value);
        }
        assert_eq!(got.header("etag"), put.header("etag"));
        assert_eq!(got.header("content-length"), "10");
        assert_eq!(got.header("accept-ranges"), "bytes");
        assert!(got.header("last-modified").ends_with("GMT"));
        assert_eq!(
            got.body,
            if method == "GET" {
                b"jpeg bytes".as_slice()
            } else {
                b""
            }
        );
    }
}

#[tokio::test]
async fn any_key_is_its_own_object() {
    let store = Fixture::new().await;
    let long = "k".repeat(1024);
    let keys = [
        "a",
        "a/",
        "a/b",
        "A",
        "%2F",
        "%2F%2F",
        "a%2F%2Fb",
        "%2e",
        "..%2F..%2Fetc%2Fpasswd",
        "%25",
        "%2B",
        "a+b",
        "a%20b",
        "%C3%A9%20%22x%22.jpg",
        "%F0%9F%93%B7",
        "%00",
        "%01%0A",
        "CON",
        "index.redb",
        &long,
    ];
    for key in keys {
        store
            .signed("PUT", &format!("/photos/{key}"), &[], key)
            .await
            .is(200);
    }
    for key in keys {
        let got = store
            .signed("GET", &format!("/photos/{key}"), &[], "")
            .await
            .is(200);
        // `%2F` alone is the key `/`; the first slash of a path belongs to the bucket.
        assert_eq!(got.text(), key, "{key}");
    }
    let mut entries: Vec<_> = std::fs::read_dir(store.data.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    entries.sort();
    let ours = [
        "blobs",
        "index.redb",
        "journal",
        "lock",
        "lock.checkpoint",
        "lock.removal",
    ];
    assert_eq!(entries, ours);
}

#[tokio::test]
async fn what_was_answered_outlives_the_process() {
    let store = Fixture::new().await;
    let large: Vec<u8> = (0..3_000_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    store
        .signed(
            "PUT",
            "/photos/large",
            &[("content-type", "video/mp4")],
            &large,
        )
        .await
        .is(200);
    store.signed("PUT", "/photos/empty", &[], "").await.is(200);
    let store = store.reopened();
    let got = store.signed("GET", "/photos/large", &[], "").await.is(200);
    assert!(got.body == large);
    assert_eq!(got.header("content-type"), "video/mp4");
    let empty = store.signed("GET", "/photos/empty", &[], "").await.is(200);
    assert_eq!(empty.header("content-length"), "0");
    assert_eq!(empty.header("content-type"), "binary/octet-stream");
}

#[tokio::test]
async fn a_new_object_replaces_the_old_and_frees_its_file() {
    let store = Fixture::new().await;
    store
        .signed(
            "PUT",
            "/photos/a",
            &[("x-amz-acl", "public-read"), ("x-amz-meta-n", "1")],
            "one",
        )
        .await
        .is(200);
    store.signed("PUT", "/photos/a", &[], "two").await.is(200);
    let got = store.signed("GET", "/photos/a", &[], "").await.is(200);
    assert_eq!(
        (got.text().as_str(), got.header("x-amz-meta-n")),
        ("two", "")
    );
    store
        .send("GET", "/photos/a", &[], "")
        .await
        .refused(403, "AccessDenied");
    store.signed("DELETE", "/photos/a", &[], "").await.is(204);
    store.signed("DELETE", "/photos/a", &[], "").await.is(204);
    store
        .signed("GET", "/photos/a", &[], "")
        .await
        .refused(404, "NoSuchKey")
        .says("<Key>a</Key>");
    let head = store.signed("HEAD", "/photos/a", &[], "").await.is(404);
    assert!(head.body.is_empty());
}

#[track_caller]
fn check_range(got: &Answer, status: u16, body: &str, content_range: &str) {
    assert_eq!(got.status, status);
    assert_eq!(
        (got.text().as_str(), got.header("content-range")),
        (body, content_range)
    );
}

#[tokio::test]
async fn ranges() {
    let store = Fixture::new().await;
    store
        .signed("PUT", "/photos/a", &[], "0123456789")
        .await
        .is(200);
    let range = async |value| {
        store
            .signed("GET", "/photos/a", &[("range", value)], "")
            .await
    };
    check_range(&range("bytes=2-4").await, 206, "234", "bytes 2-4/10");
    check_range(&range("bytes=7-").await, 206, "789", "bytes 7-9/10");
    check_range(&range("bytes=-3").await, 206, "789", "bytes 7-9/10");
    check_range(&range("bytes=0-").await, 206, "0123456789", "bytes 0-9/10");
    check_range(
        &range("bytes=0-99").await,
        206,
        "0123456789",
        "bytes 0-9/10",
    );
    check_range(&range("bytes=-10").await, 206, "0123456789", "bytes 0-9/10");
    check_range(&range("bytes=1-2,4-5").await, 200, "0123456789", "");
    check_range(&range("chapters=1-2").await, 200, "0123456789", "");
    range("bytes=10-")
        .await
        .refused(416, "InvalidRange")
        .says("<ActualObjectSize>10</ActualObjectSize>");
    let resumed = async |version: &str| {
        store
            .signed(
                "GET",
                "/photos/a",
                &[("range", "bytes=2-4"), ("if-range", version)],
                "",
            )
            .await
    };
    check_range(
        &resumed("\"781e5e245d69b566979b86e28d23f2c7\"").await,
        206,
        "234",
        "bytes 2-4/10",
    );
    check_range(
        &resumed("\"of another version\"").await,
        200,
        "0123456789",
        "",
    );
    let head = store
        .signed("HEAD", "/photos/a", &[("range", "bytes=2-4")], "")
        .await
        .is(206);
    assert_eq!(head.header("content-length"), "3");
}

#[tokio::test]
async fn what_is_public_is_read_without_a_signature() {
    let store = Fixture::new().await;
    store
        .signed(
            "PUT",
            "/photos/public",
            &[("x-amz-acl", "public-read")],
            "x",
        )
        .await
        .is(200);
    store
        .signed("PUT", "/photos/private", &[], "x")
        .await
        .is(200);
    for method in ["GET", "HEAD"] {
        store.send(method, "/photos/public", &[], "").await.is(200);
        store.send(method, "/photos/private", &[], "").await.is(403);
        store.send(method, "/photos/missing", &[], "").await.is(403);
    }
    store
        .send("PUT", "/photos/public", &[], "y")
        .await
        .refused(403, "AccessDenied");
    store
        .send("DELETE", "/photos/public", &[], "")
        .await
        .refused(403, "AccessDenied");
    store
        .send("GET", "/photos?list-type=2", &[], "")
        .await
        .refused(403, "AccessDenied");
    store
        .send("GET", "/", &[], "")
        .await
        .refused(403, "AccessDenied");
    store
        .send("PUT", "/other", &[], "")
        .await
        .refused(403, "AccessDenied");
    store
        .signed("GET", "/photos/public", &[], "")
        .await
        .is(200)
        .says("x");
}

#[tokio::test]
async fn a_bucket_is_also_a_host() {
    let store = Fixture::new().await;
    let host = [
        ("host", "photos.localhost:7601"),
        ("x-amz-acl", "public-read"),
    ];
    let put = presign_at_host("PUT", "/a/b.txt", &host);
    store.send("PUT", &put, &host, "virtual").await.is(200);
    store
        .send("GET", "/a/b.txt", &host[..1], "")
        .await
        .is(200)
        .says("virtual");
    store
        .send("GET", "/photos/a/b.txt", &[("host", "127.0.0.1")], "")
        .await
        .is(200)
        .says("virtual");
    store
        .send("GET", "/a/b.txt", &[("host", "missing.localhost")], "")
        .await
        .refused(404, "NoSuchBucket");
}

fn presign_at_host(method: &str, uri: &str, headers: Headers<'_>) -> String {
    crate::support::presign(method, uri, headers, crate::support::now())
}

#[tokio::test]
async fn what_a_put_may_not_ask() {
    let store = Fixture::new().await;
    let too_long = "x".repeat(2049);
    let put = async |headers: Headers<'_>| store.signed("PUT", "/photos/a", headers, "x").await;
    put(&[("x-amz-storage-class", "GLACIER")])
        .await
        .refused(501, "NotImplemented")
        .says("GLACIER");
    put(&[("x-amz-storage-class", "CHEAP")])
        .await
        .refused(400, "InvalidStorageClass");
    put(&[("x-amz-website-redirect-location", "javascript:x")])
        .await
        .refused(400, "InvalidRedirectLocation");
    put(&[("x-amz-tagging", "a=1&a=2")])
        .await
        .refused(400, "InvalidTag");
    put(&[("x-amz-server-side-encryption", "AES256")])
        .await
        .refused(501, "NotImplemented");
    put(&[("x-amz-acl", "public")])
        .await
        .refused(400, "InvalidArgument")
        .says("public-read");
    put(&[("x-amz-meta-a", &too_long)])
        .await
        .refused(400, "MetadataTooLarge");
    put(&[("cache-control", &too_long)])
        .await
        .refused(400, "MetadataTooLarge");
    put(&[("content-language", "é")])
        .await
        .refused(400, "InvalidArgument")
        .says("ASCII");
    put(&[("content-length", NO_VALUE)])
        .await
        .refused(411, "MissingContentLength");
    put(&[("content-length", "5368709121")])
        .await
        .refused(400, "EntityTooLarge");
    store
        .signed("PUT", &format!("/photos/{}", "k".repeat(1025)), &[], "x")
        .await
        .refused(400, "KeyTooLongError");
    store
        .signed("PUT", "/missing/a", &[], "x")
        .await
        .refused(404, "NoSuchBucket");
    store
        .signed("PUT", "/NotABucket/a", &[], "x")
        .await
        .refused(400, "InvalidBucketName");
    store
        .signed("GET", "/photos/a", &[], "")
        .await
        .refused(404, "NoSuchKey");
    assert_eq!(store.blobs(), 0);
}

#[tokio::test]
async fn what_is_not_understood_is_not_passed_over() {
    let store = Fixture::new().await;
    store.signed("PUT", "/photos/a", &[], "x").await.is(200);
    let no = async |method, header| {
        let answer = store
            .signed(method, "/photos/a", &[(header, "v")], "")
            .await;
        assert_eq!(answer.status, 501, "{method} {header}");
    };
    for header in [
        "x-amz-server-side-encryption-customer-key",
        "x-amz-checksum-new",
        "x-amz-if-new",
    ] {
        for method in ["GET", "HEAD", "DELETE"] {
            no(method, header).await;
        }
    }
    no("PUT", "x-amz-object-lock-retain-until-date").await;
    no("PUT", "x-amz-write-offset-bytes").await;
    no("DELETE", "if-unmodified-since").await;
    let hoisted = store
        .presigned("PUT", "/photos/b?X-Amz-Mfa=a", (&[], &[]), "x")
        .await;
    hoisted.refused(501, "NotImplemented").says("x-amz-mfa");
    store
        .signed(
            "GET",
            "/photos/a",
            &[("if-none-match", "v"), ("x-amz-checksum-mode", "ENABLED")],
            "",
        )
        .await
        .is(200);
}

/// CloudFront adds `x-amz-cf-id` to what it passes on.
#[tokio::test]
async fn headers_that_mean_nothing_to_s3_are_passed_over() {
    let store = Fixture::new().await;
    for header in ["x-amz-cf-id", "x-amz-foo", "x-amz-"] {
        for (method, status) in [("PUT", 200), ("GET", 200), ("DELETE", 204)] {
            let headers = [(header, "v")];
            let answer = store.signed(method, "/photos/a", &headers, "x").await;
            assert_eq!(answer.status, status, "{method} {header}");
        }
    }
    store
        .presigned("PUT", "/photos/a?x-amz-foo=v", (&[], &[]), "x")
        .await
        .is(200);
    store
        .send("PUT", "/photos/a", &[("x-amz-foo", "v")], "x")
        .await
        .refused(403, "AccessDenied");
}

/// A client that waits to be told to send a body does not send it after a refusal.
#[tokio::test]
async fn a_refusal_instead_of_a_continue_ends_the_connection() {
    let store = Fixture::new().await;
    let expect = [("expect", "100-continue")];
    let refused = store.send("PUT", "/photos/a", &expect, "x").await;
    let refused = refused.refused(403, "AccessDenied");
    assert_eq!(refused.header("connection"), "close");
    let taken = store.signed("PUT", "/photos/a", &expect, "x").await.is(200);
    assert_eq!(taken.header("connection"), "");
    let sent = store.send("PUT", "/photos/a", &[], "x").await;
    assert_eq!(sent.refused(403, "AccessDenied").header("connection"), "");
}

#[tokio::test]
async fn repeated_and_odd_metadata() {
    let store = Fixture::new().await;
    let twice = [("x-amz-meta-a", "1"), ("x-amz-meta-a", "2")];
    store.signed("PUT", "/photos/a", &twice, "x").await.is(200);
    assert_eq!(
        store
            .signed("GET", "/photos/a", &[], "")
            .await
            .is(200)
            .header("x-amz-meta-a"),
        "1,2"
    );
    let odd = "/photos/b?x-amz-meta-a%20b=1";
    store
        .presigned("PUT", odd, (&[], &[]), "x")
        .await
        .refused(400, "InvalidArgument");
    let breaking = "/photos/b?x-amz-meta-a=%0d%0aset-cookie:x%C3%A9";
    store
        .presigned("PUT", breaking, (&[], &[]), "x")
        .await
        .is(200);
    let got = store.signed("GET", "/photos/b", &[], "").await.is(200);
    let words = "=?UTF-8?Q?=0D=0Aset-cookie:x=C3=A9?=";
    assert_eq!(got.header("x-amz-meta-a"), words);
}
