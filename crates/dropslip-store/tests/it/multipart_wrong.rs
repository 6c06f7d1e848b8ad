//! Multipart uploads that are not as S3 wants them.

use crate::multipart::{begin, bytes, part, wanted};
use crate::support::{Answer, Fixture, Headers, NO_VALUE};

const MIB_5: usize = 5 * 1024 * 1024;

/// An upload of the key `a`, and its address.
async fn upload(store: &Fixture, headers: Headers<'_>) -> String {
    let id = begin(store, "/photos/a", headers).await;
    format!("/photos/a?uploadId={id}")
}

async fn complete(store: &Fixture, at: &str, parts: &[(u32, &str)]) -> Answer {
    store.signed("POST", at, &[], wanted(parts)).await
}

#[tokio::test]
async fn what_a_beginning_may_not_ask() {
    let store = Fixture::new().await;
    let begin =
        async |headers: Headers<'_>| store.signed("POST", "/photos/a?uploads", headers, "").await;
    let algorithm = "x-amz-checksum-algorithm";
    let kind = "x-amz-checksum-type";
    for (headers, says) in [
        (
            vec![(algorithm, "MD4")],
            "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
        ),
        (vec![(kind, "COMPOSITE")], "can only be used with"),
        (
            vec![(algorithm, "CRC32"), (kind, "WHOLE")],
            "x-amz-checksum-type header is invalid",
        ),
        (
            vec![(algorithm, "SHA1"), (kind, "FULL_OBJECT")],
            "FULL_OBJECT checksum type cannot",
        ),
        (vec![(algorithm, "SHA256"), (kind, "FULL_OBJECT")], "sha256"),
        (
            vec![(algorithm, "CRC64NVME"), (kind, "COMPOSITE")],
            "crc64nvme",
        ),
    ] {
        begin(&headers)
            .await
            .refused(400, "InvalidRequest")
            .says(says);
    }
    begin(&[("x-amz-acl", "everybody")])
        .await
        .refused(400, "InvalidArgument");
    begin(&[("x-amz-meta-a", &"x".repeat(2049))])
        .await
        .refused(400, "MetadataTooLarge");
    begin(&[("x-amz-server-side-encryption", "aws:kms")])
        .await
        .refused(501, "NotImplemented");
    let missing = store.signed("POST", "/missing/a?uploads", &[], "").await;
    missing.refused(404, "NoSuchBucket");
    let list = store
        .signed("GET", "/photos?uploads", &[], "")
        .await
        .is(200);
    list.lacks("<Upload>");
}

#[tokio::test]
async fn numbers_of_parts() {
    let store = Fixture::new().await;
    let at = upload(&store, &[]).await;
    for number in [
        "0",
        "10001",
        "-1",
        "65537",
        "99999999999",
        "x",
        "",
        "1.5",
        "%201",
    ] {
        let uri = format!("{at}&partNumber={number}");
        let answer = store.signed("PUT", &uri, &[], "x").await;
        let answer = answer.refused(400, "InvalidArgument");
        answer.says("Part number must be an integer between 1 and 10000, inclusive");
    }
    for number in ["1", "10000"] {
        let uri = format!("{at}&partNumber={number}");
        store.signed("PUT", &uri, &[], "x").await.is(200);
    }
}

#[tokio::test]
async fn ids_that_are_none() {
    let store = Fixture::new().await;
    let at = upload(&store, &[]).await;
    let id = at.split_once('=').unwrap().1.to_owned();
    let upper = id.to_uppercase();
    let longer = format!("{id}0");
    for wrong in [
        "",
        "x",
        "..%2F..",
        "00",
        &upper,
        &longer,
        &"0".repeat(32),
        &"f".repeat(32),
    ] {
        if wrong == id {
            continue;
        }
        let uri = format!("/photos/a?uploadId={wrong}");
        store
            .signed("GET", &uri, &[], "")
            .await
            .refused(404, "NoSuchUpload");
        let put = store
            .signed("PUT", &format!("{uri}&partNumber=1"), &[], "x")
            .await;
        put.refused(404, "NoSuchUpload");
    }
}

#[tokio::test]
async fn bodies_of_parts_that_break_their_promise() {
    let store = Fixture::new().await;
    let at = upload(&store, &[]).await;
    let uri = format!("{at}&partNumber=1");
    let put = async |headers: Headers<'_>| store.signed("PUT", &uri, headers, "x").await;
    put(&[("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")])
        .await
        .refused(400, "BadDigest");
    put(&[("content-md5", "AAAA")])
        .await
        .refused(400, "InvalidDigest");
    put(&[("x-amz-checksum-crc32", "AAAAAA==")])
        .await
        .refused(400, "BadDigest");
    put(&[("x-amz-checksum-crc32", "AAAA")])
        .await
        .refused(400, "InvalidRequest");
    put(&[("content-length", NO_VALUE)])
        .await
        .refused(411, "MissingContentLength");
    put(&[("content-length", "5368709121")])
        .await
        .refused(400, "EntityTooLarge");
    put(&[("content-length", "2")])
        .await
        .refused(400, "IncompleteBody");
    store
        .signed("GET", &at, &[], "")
        .await
        .is(200)
        .lacks("<Part>");
    store.settles_at(0).await;
}

#[tokio::test]
async fn documents_that_are_no_list_of_parts() {
    let store = Fixture::new().await;
    let at = upload(&store, &[]).await;
    part(&store, &at, 1, b"one").await;
    for wrong in [
        "",
        "{}",
        "<CompleteMultipartUpload/>",
        "<CompleteMultipartUpload></CompleteMultipartUpload>",
        "<CompleteMultipartUpload><Part/></CompleteMultipartUpload>",
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>",
        "<CompleteMultipartUpload><Part><ETag>x</ETag></Part></CompleteMultipartUpload>",
        "<Delete><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></Delete>",
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part>",
    ] {
        store
            .signed("POST", &at, &[], wrong)
            .await
            .refused(400, "MalformedXML");
    }
    let many: Vec<_> = (1..=10_001).map(|n| (n, "x")).collect();
    let refused = complete(&store, &at, &many).await;
    refused
        .refused(400, "MalformedXML")
        .says("1 to 10000 parts");
    let long = format!("<CompleteMultipartUpload>{}", " ".repeat(4 * 1024 * 1024));
    let refused = store.signed("POST", &at, &[], long).await;
    refused.refused(400, "MaxMessageLengthExceeded");
    let deep = "<Part>".repeat(100_000);
    store
        .signed("POST", &at, &[], deep)
        .await
        .refused(400, "MalformedXML");
    store
        .signed("GET", &at, &[], "")
        .await
        .is(200)
        .says("<PartNumber>1</PartNumber>");
}

#[tokio::test]
async fn parts_that_are_not_what_was_uploaded() {
    let store = Fixture::new().await;
    let at = upload(&store, &[]).await;
    let id = at.split_once('=').unwrap().1;
    let one = part(&store, &at, 1, b"one").await;
    let two = part(&store, &at, 2, b"two").await;
    let unquoted = one.trim_matches('"');
    for (parts, code) in [
        (
            vec![(2, two.as_str()), (1, one.as_str())],
            "InvalidPartOrder",
        ),
        (
            vec![(1, one.as_str()), (1, one.as_str())],
            "InvalidPartOrder",
        ),
        (vec![(1, two.as_str())], "InvalidPart"),
        (vec![(3, one.as_str())], "InvalidPart"),
        (vec![(9999, one.as_str())], "InvalidPart"),
        (vec![(10_001, one.as_str())], "InvalidPart"),
        (vec![(4_000_000_000, one.as_str())], "InvalidPart"),
        (vec![(1, "")], "InvalidPart"),
        (vec![(1, &unquoted[1..])], "InvalidPart"),
        (vec![(0, one.as_str())], "InvalidArgument"),
    ] {
        let answer = complete(&store, &at, &parts).await.refused(400, code);
        if code == "InvalidPart" {
            answer
                .says(&format!("<UploadId>{id}</UploadId>"))
                .says(&format!("<PartNumber>{}</PartNumber>", parts[0].0));
        }
    }
    // Nothing was lost, and an ETag may come without its quotes.
    complete(&store, &at, &[(1, unquoted)]).await.is(200);
}

#[tokio::test]
async fn parts_that_are_too_small() {
    let store = Fixture::new().await;
    let at = upload(&store, &[]).await;
    let small = part(&store, &at, 1, &bytes(MIB_5 - 1, 1)).await;
    let last = part(&store, &at, 2, b"last").await;
    let parts = [(1, small.as_str()), (2, last.as_str())];
    let refused = complete(&store, &at, &parts).await;
    refused
        .refused(400, "EntityTooSmall")
        .says("<ProposedSize>5242879</ProposedSize>")
        .says("<MinSizeAllowed>5242880</MinSizeAllowed>")
        .says("<PartNumber>1</PartNumber>")
        .says(&format!("<ETag>{}</ETag>", small.trim_matches('"')));
    let enough = part(&store, &at, 1, &bytes(MIB_5, 1)).await;
    let parts = [(1, enough.as_str()), (2, last.as_str())];
    let told = [("x-amz-mp-object-size", "5242883")];
    let refused = store.signed("POST", &at, &told, wanted(&parts)).await;
    refused.refused(400, "InvalidRequest").says("5242884");
    for wrong in ["-1", "x", "", "5242884.0"] {
        let told = [("x-amz-mp-object-size", wrong)];
        let refused = store.signed("POST", &at, &told, wanted(&parts)).await;
        refused
            .refused(400, "InvalidRequest")
            .says("x-amz-mp-object-size header is invalid");
    }
    let told = [("x-amz-mp-object-size", "5242884")];
    store
        .signed("POST", &at, &told, wanted(&parts))
        .await
        .is(200);
}

#[tokio::test]
async fn pages_that_cannot_be() {
    let store = Fixture::new().await;
    let at = upload(&store, &[]).await;
    for query in [
        "max-parts=-1",
        "max-parts=x",
        "max-parts=2147483648",
        "part-number-marker=x",
        "part-number-marker=-1",
        "encoding-type=base64",
    ] {
        let answer = store.signed("GET", &format!("{at}&{query}"), &[], "").await;
        answer.refused(400, "InvalidArgument");
    }
    for query in [
        "max-uploads=-1",
        "max-uploads=2147483648",
        "encoding-type=base64",
        "key-marker=a&upload-id-marker=x",
    ] {
        let answer = store
            .signed("GET", &format!("/photos?uploads&{query}"), &[], "")
            .await;
        answer.refused(400, "InvalidArgument");
    }
    let missing = store.signed("GET", "/missing?uploads", &[], "").await;
    missing.refused(404, "NoSuchBucket");
}
