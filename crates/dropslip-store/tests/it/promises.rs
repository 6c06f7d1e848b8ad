//! What a request promises of its body is held against the bytes.

use crate::support::{Fixture, Headers};

#[tokio::test]
async fn kept_promises() {
    let store = Fixture::new().await;
    let put = async |headers: Headers<'_>| store.signed("PUT", "/photos/a", headers, "hello").await;
    put(&[("content-md5", "XUFAKrxLKna5cZ2REBfFkg==")])
        .await
        .is(200);
    let with_crc = put(&[("x-amz-checksum-crc32", "NhCmhg==")]).await.is(200);
    assert_eq!(with_crc.header("x-amz-checksum-crc32"), "NhCmhg==");
    let head = store
        .signed(
            "HEAD",
            "/photos/a",
            &[("x-amz-checksum-mode", "ENABLED")],
            "",
        )
        .await
        .is(200);
    assert_eq!(head.header("x-amz-checksum-crc32"), "NhCmhg==");
    assert_eq!(
        store
            .signed("HEAD", "/photos/a", &[], "")
            .await
            .is(200)
            .header("x-amz-checksum-crc32"),
        ""
    );
}

#[tokio::test]
async fn broken_promises_store_nothing() {
    let store = Fixture::new().await;
    store.signed("PUT", "/photos/a", &[], "first").await.is(200);
    let put = async |headers: Headers<'_>| store.signed("PUT", "/photos/a", headers, "hello").await;
    put(&[("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")])
        .await
        .refused(400, "BadDigest");
    put(&[("content-md5", "short")])
        .await
        .refused(400, "InvalidDigest");
    put(&[("x-amz-checksum-crc32", "AAAAAA==")])
        .await
        .refused(400, "BadDigest")
        .says("CRC32");
    put(&[("x-amz-checksum-sha256", "AAAA")])
        .await
        .refused(400, "InvalidRequest")
        .says("x-amz-checksum-sha256");
    let two = [
        ("x-amz-checksum-crc32", "NhCmhg=="),
        ("x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="),
    ];
    put(&two)
        .await
        .refused(400, "InvalidRequest")
        .says("single");
    put(&[("x-amz-checksum-crc32", "é")])
        .await
        .refused(400, "InvalidRequest");
    put(&[("content-md5", "é")])
        .await
        .refused(400, "InvalidDigest");
    put(&[("content-length", "6")])
        .await
        .refused(400, "IncompleteBody");
    put(&[("content-length", "4")])
        .await
        .refused(400, "IncompleteBody");
    put(&[("content-length", "-1")])
        .await
        .refused(411, "MissingContentLength");
    store
        .signed("GET", "/photos/a", &[], "")
        .await
        .is(200)
        .says("first");
    assert_eq!(store.blobs(), 0);
}

#[tokio::test]
async fn a_body_other_than_the_signed_one_is_refused() {
    let store = Fixture::new().await;
    let hash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    let signed = [("x-amz-content-sha256", hash)];
    store
        .presigned("PUT", "/photos/a", (&signed, &signed), "hello")
        .await
        .is(200);
    store
        .presigned("PUT", "/photos/b", (&signed, &signed), "other")
        .await
        .refused(400, "XAmzContentSHA256Mismatch");
    store
        .signed("GET", "/photos/b", &[], "")
        .await
        .refused(404, "NoSuchKey");
}

/// The AWS SDK for JavaScript v3 signs the checksum of no bytes into the URL.
#[tokio::test]
async fn a_checksum_of_nothing_in_the_url_does_not_break_the_upload() {
    let store = Fixture::new().await;
    let uri = "/photos/a?x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32";
    store
        .presigned("PUT", uri, (&[], &[]), "hello")
        .await
        .is(200);
    let right = "/photos/a?x-amz-checksum-crc32=NhCmhg%3D%3D";
    store
        .presigned("PUT", right, (&[], &[]), "hello")
        .await
        .is(200);
    store
        .presigned("PUT", right, (&[], &[]), "other")
        .await
        .refused(400, "BadDigest");
}
