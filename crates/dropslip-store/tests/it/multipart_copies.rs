//! Parts that are copied from objects.

use crate::multipart::{begin, bytes, element, part, wanted};
use crate::support::{Answer, Fixture, Headers};

const MIB_5: usize = 5 * 1024 * 1024;

async fn upload(store: &Fixture) -> String {
    let id = begin(store, "/photos/copy", &[]).await;
    format!("/photos/copy?uploadId={id}")
}

/// Copies a part and gives the answer.
async fn copy(store: &Fixture, at: &str, number: u32, headers: Headers<'_>) -> Answer {
    let uri = format!("{at}&partNumber={number}");
    store.signed("PUT", &uri, headers, "").await
}

fn etag(answer: &Answer) -> String {
    element(&answer.text(), "ETag").replace("&quot;", "\"")
}

#[tokio::test]
async fn whole_objects_and_ranges_become_parts() {
    let store = Fixture::new().await;
    let source = bytes(MIB_5 + 1000, 1);
    store
        .signed("PUT", "/photos/a%20b", &[], &source)
        .await
        .is(200);
    let at = upload(&store).await;
    let whole = [("x-amz-copy-source", "photos/a%20b")];
    let first = copy(&store, &at, 1, &whole).await.is(200);
    assert!(first.text().contains("<CopyPartResult"), "{}", first.text());
    assert!(element(&first.text(), "LastModified").ends_with('Z'));
    // The bytes of a whole object are shared.
    assert_eq!(store.blobs(), 1);
    let range = [
        ("x-amz-copy-source", "/photos/a%20b"),
        ("x-amz-copy-source-range", "bytes=100-299"),
    ];
    let second = copy(&store, &at, 2, &range).await.is(200);
    let etags = [etag(&first), etag(&second)];
    let head = store.signed("HEAD", "/photos/a%20b", &[], "").await;
    assert_eq!(etags[0], head.header("etag"));
    // The source may go meanwhile.
    store
        .signed("DELETE", "/photos/a%20b", &[], "")
        .await
        .is(204);
    let document = wanted(&[(1, &etags[0]), (2, &etags[1])]);
    store.signed("POST", &at, &[], document).await.is(200);
    let got = store.signed("GET", "/photos/copy", &[], "").await.is(200);
    assert!(got.body == [source.as_slice(), &source[100..300]].concat());
    store
        .signed("DELETE", "/photos/copy", &[], "")
        .await
        .is(204);
    store.settles_at(0).await;
}

#[tokio::test]
async fn a_source_may_be_made_of_parts() {
    let store = Fixture::new().await;
    let bodies = [bytes(MIB_5, 1), bytes(300_000, 2)];
    let id = begin(&store, "/photos/source", &[]).await;
    let at = format!("/photos/source?uploadId={id}");
    let mut parts = Vec::new();
    for (number, body) in (1..).zip(&bodies) {
        parts.push((number, part(&store, &at, number, body).await));
    }
    let parts: Vec<_> = parts.iter().map(|(n, etag)| (*n, etag.as_str())).collect();
    store.signed("POST", &at, &[], wanted(&parts)).await.is(200);
    let before = store.blobs();
    let whole = bodies.concat();
    for (range, shared) in [
        ((0, MIB_5), true),
        ((MIB_5, MIB_5 + 300_000), true),
        ((0, MIB_5 + 300_000), false),
        ((MIB_5 - 200_000, MIB_5 + 200_000), false),
        ((0, MIB_5 - 1), false),
    ] {
        let at = upload(&store).await;
        let asked = format!("bytes={}-{}", range.0, range.1 - 1);
        let headers = [
            ("x-amz-copy-source", "photos/source"),
            ("x-amz-copy-source-range", asked.as_str()),
        ];
        let etag = etag(&copy(&store, &at, 1, &headers).await.is(200));
        assert_eq!(store.blobs() == before, shared, "{asked}");
        store
            .signed("POST", &at, &[], wanted(&[(1, &etag)]))
            .await
            .is(200);
        let got = store.signed("GET", "/photos/copy", &[], "").await.is(200);
        assert!(got.body == whole[range.0..range.1], "{asked}");
        store
            .signed("DELETE", "/photos/copy", &[], "")
            .await
            .is(204);
        store.settles_at(before).await;
    }
}

#[tokio::test]
async fn a_copy_may_be_held_to_conditions() {
    let store = Fixture::new().await;
    let put = store.signed("PUT", "/photos/a", &[], "12345").await.is(200);
    let etag = put.header("etag");
    let at = upload(&store).await;
    let source = ("x-amz-copy-source", "photos/a");
    for (name, value, holds) in [
        ("x-amz-copy-source-if-match", etag, true),
        ("x-amz-copy-source-if-match", "\"other\"", false),
        ("x-amz-copy-source-if-none-match", "\"other\"", true),
        ("x-amz-copy-source-if-none-match", etag, false),
        (
            "x-amz-copy-source-if-modified-since",
            "Sat, 01 Jan 2000 00:00:00 GMT",
            true,
        ),
        (
            "x-amz-copy-source-if-unmodified-since",
            "Sat, 01 Jan 2000 00:00:00 GMT",
            false,
        ),
    ] {
        let answer = copy(&store, &at, 1, &[source, (name, value)]).await;
        match holds {
            true => drop(answer.is(200)),
            false => drop(answer.refused(412, "PreconditionFailed")),
        }
    }
}

#[tokio::test]
async fn ranges_that_cannot_be_copied() {
    let store = Fixture::new().await;
    store.signed("PUT", "/photos/a", &[], "12345").await.is(200);
    let at = upload(&store).await;
    let of = async |range: &str| {
        let headers = [
            ("x-amz-copy-source", "photos/a"),
            ("x-amz-copy-source-range", range),
        ];
        copy(&store, &at, 1, &headers).await
    };
    for range in [
        "0-2",
        "bytes=0",
        "bytes=hello-world",
        "bytes=0-bar",
        "bytes=hello-",
        "bytes=0-2,3-5",
        "bytes=2-1",
        "bytes=-2",
        "bytes=1-",
        "bytes= 0-1",
        "chapters=0-1",
    ] {
        let refused = of(range).await;
        refused
            .refused(400, "InvalidArgument")
            .says("x-amz-copy-source-range");
    }
    let beyond = "source object of size: 5";
    for (range, code, why) in [
        ("bytes=0-5", "InvalidArgument", beyond),
        ("bytes=4-5", "InvalidArgument", beyond),
        (
            "bytes=0-99999999999999999999999",
            "InvalidArgument",
            "<ArgumentValue>bytes=0-99999999999999999999999</ArgumentValue>",
        ),
        ("bytes=5-5", "InvalidRequest", "copy range is invalid"),
        ("bytes=9-12", "InvalidRequest", "copy range is invalid"),
    ] {
        let refused = of(range).await;
        refused.refused(400, code).says(why);
    }
    of("bytes=0-4").await.is(200);
}

#[tokio::test]
async fn what_cannot_be_copied() {
    let store = Fixture::new().await;
    store.signed("PUT", "/photos/a", &[], "12345").await.is(200);
    let at = upload(&store).await;
    let of = async |source: &str| copy(&store, &at, 1, &[("x-amz-copy-source", source)]).await;
    of("photos/missing").await.refused(404, "NoSuchKey");
    of("missing/a").await.refused(404, "NoSuchBucket");
    of("photos/a?versionId=0123")
        .await
        .refused(400, "InvalidArgument");
    let version = "photos/a?versionId=00000000000000010000000000000001";
    of(version).await.refused(404, "NoSuchVersion");
    for source in ["photos", "photos/", "", "/", "photos/%ff"] {
        of(source)
            .await
            .refused(400, "InvalidArgument")
            .says("x-amz-copy-source");
    }
    let missing = format!("/photos/copy?uploadId={}", "0".repeat(32));
    let source = [("x-amz-copy-source", "photos/a")];
    copy(&store, &missing, 1, &source)
        .await
        .refused(404, "NoSuchUpload");
    copy(&store, &at, 0, &source)
        .await
        .refused(400, "InvalidArgument");
    store
        .signed("GET", &at, &[], "")
        .await
        .is(200)
        .lacks("<Part>");
    of("photos/a?versionId=null").await.is(200);
}
