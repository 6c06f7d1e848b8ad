//! Multipart uploads.

use crate::support::{Answer, Fixture, Headers};

/// The smallest part that need not be the last.
const MIB_5: usize = 5 * 1024 * 1024;

/// Begins an upload and gives its id.
pub(crate) async fn begin(store: &Fixture, path: &str, headers: Headers<'_>) -> String {
    let uri = format!("{path}?uploads");
    let answer = store.signed("POST", &uri, headers, "").await.is(200);
    element(&answer.text(), "UploadId").to_owned()
}

/// The text of the first element of a name.
#[track_caller]
pub(crate) fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    let start = xml.find(&format!("<{name}>")).expect(name) + name.len() + 2;
    let end = xml[start..].find(&format!("</{name}>")).expect(name);
    &xml[start..start + end]
}

/// Uploads a part and gives its ETag.
pub(crate) async fn part(store: &Fixture, at: &str, number: u32, body: &[u8]) -> String {
    let uri = format!("{at}&partNumber={number}");
    let answer = store.signed("PUT", &uri, &[], body).await.is(200);
    answer.header("etag").to_owned()
}

/// The document that completes an upload.
pub(crate) fn wanted(parts: &[(u32, &str)]) -> String {
    let part = |(number, etag): &(u32, &str)| {
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
    };
    let parts: String = parts.iter().map(part).collect();
    format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>")
}

async fn complete(store: &Fixture, at: &str, parts: &[(u32, &str)]) -> Answer {
    store.signed("POST", at, &[], wanted(parts)).await
}

/// Bytes that differ from place to place.
pub(crate) fn bytes(len: usize, seed: u8) -> Vec<u8> {
    let byte = |n: usize| (n as u32).wrapping_mul(2_654_435_761).to_be_bytes()[0] ^ seed;
    (0..len).map(byte).collect()
}

#[tokio::test]
async fn an_object_is_put_together_from_its_parts() {
    let store = Fixture::new().await;
    let headers = [
        ("content-type", "video/mp4"),
        ("x-amz-meta-camera", "Pinhole"),
        ("x-amz-acl", "public-read"),
    ];
    let id = begin(&store, "/photos/a%20b", &headers).await;
    let at = format!("/photos/a%20b?uploadId={id}");
    let (first, last) = (bytes(MIB_5, 1), bytes(1000, 2));
    // In any order, and with gaps between the numbers.
    let etag_7 = part(&store, &at, 7, &last).await;
    part(&store, &at, 2, b"replaced").await;
    let etag_2 = part(&store, &at, 2, &first).await;
    part(&store, &at, 9, b"unused").await;
    let done = complete(&store, &at, &[(2, &etag_2), (7, &etag_7)])
        .await
        .is(200);
    let text = done.text();
    assert_eq!(element(&text, "Bucket"), "photos");
    assert_eq!(element(&text, "Key"), "a b");
    assert_eq!(
        element(&text, "Location"),
        "http://localhost:7601/photos/a%20b"
    );
    let etag = element(&text, "ETag").replace("&quot;", "\"");
    assert!(etag.ends_with("-2\""), "{etag}");
    let whole = [first.as_slice(), &last].concat();
    // Of the parts only those that were asked for are left; the last one has no file.
    store.settles_at(1).await;
    let store = store.reopened();
    let got = store.send("GET", "/photos/a%20b", &[], "").await.is(200);
    assert!(got.body == whole);
    assert_eq!(got.header("etag"), etag);
    assert_eq!(got.header("content-type"), "video/mp4");
    assert_eq!(got.header("x-amz-meta-camera"), "Pinhole");
    store
        .signed("GET", &at, &[], "")
        .await
        .refused(404, "NoSuchUpload");
    store
        .signed("DELETE", "/photos/a%20b", &[], "")
        .await
        .is(204);
    store.settles_at(0).await;
}

#[tokio::test]
async fn ranges_over_parts() {
    let store = Fixture::new().await;
    let parts = [bytes(MIB_5, 1), bytes(MIB_5 + 3, 2), bytes(10, 3)];
    let id = begin(&store, "/photos/a", &[]).await;
    let at = format!("/photos/a?uploadId={id}");
    let mut etags = Vec::new();
    for (number, body) in (1..).zip(&parts) {
        etags.push((number, part(&store, &at, number, body).await));
    }
    let etags: Vec<_> = etags.iter().map(|(n, etag)| (*n, etag.as_str())).collect();
    complete(&store, &at, &etags).await.is(200);
    let whole = parts.concat();
    let size = whole.len();
    for (start, end) in [
        (0, 1),
        (MIB_5 - 1, MIB_5),
        (MIB_5 - 1, MIB_5 + 1),
        (MIB_5, MIB_5 + 1),
        (5, size - 5),
        (2 * MIB_5 + 2, 2 * MIB_5 + 4),
        (size - 1, size),
        (0, size),
    ] {
        let range = format!("bytes={start}-{}", end - 1);
        let got = store
            .signed("GET", "/photos/a", &[("range", &range)], "")
            .await;
        let got = got.is(206);
        assert!(got.body == whole[start..end], "{range}");
        assert_eq!(
            got.header("content-range"),
            format!("bytes {start}-{}/{size}", end - 1)
        );
    }
}

#[tokio::test]
async fn a_completion_that_is_repeated_is_answered_again() {
    let store = Fixture::new().await;
    let id = begin(&store, "/photos/a", &[]).await;
    let at = format!("/photos/a?uploadId={id}");
    let etag = part(&store, &at, 1, b"one").await;
    let first = complete(&store, &at, &[(1, &etag)]).await.is(200);
    let again = complete(&store, &at, &[(1, &etag)]).await.is(200);
    assert_eq!(first.text(), again.text());
    // Not for other parts, and not once the object is another.
    let other = "\"0cc175b9c0f1b6a831c399e269772661\"";
    let refused = complete(&store, &at, &[(1, other)]).await;
    refused.refused(404, "NoSuchUpload");
    store
        .signed("DELETE", &at, &[], "")
        .await
        .refused(404, "NoSuchUpload");
    store.signed("PUT", "/photos/a", &[], "two").await.is(200);
    let refused = complete(&store, &at, &[(1, &etag)]).await;
    refused
        .refused(404, "NoSuchUpload")
        .says(&format!("<UploadId>{id}</UploadId>"));
    assert_eq!(
        store.signed("GET", "/photos/a", &[], "").await.text(),
        "two"
    );
}

#[tokio::test]
async fn an_aborted_upload_leaves_nothing() {
    let store = Fixture::new().await;
    let id = begin(&store, "/photos/a", &[]).await;
    let at = format!("/photos/a?uploadId={id}");
    let large = bytes(300_000, 1);
    let etag = part(&store, &at, 1, &large).await;
    part(&store, &at, 2, &large).await;
    let aborted = store.signed("DELETE", &at, &[], "").await.is(204);
    assert!(aborted.body.is_empty());
    store.settles_at(0).await;
    for (method, uri, body) in [
        ("DELETE", at.clone(), String::new()),
        ("GET", at.clone(), String::new()),
        ("PUT", format!("{at}&partNumber=1"), "x".to_owned()),
        ("POST", at.clone(), wanted(&[(1, &etag)])),
    ] {
        let answer = store.signed(method, &uri, &[], body).await;
        answer.refused(404, "NoSuchUpload");
    }
    store.settles_at(0).await;
    store
        .signed("GET", "/photos/a", &[], "")
        .await
        .refused(404, "NoSuchKey");
}

#[tokio::test]
async fn an_upload_belongs_to_its_key() {
    let store = Fixture::new().await;
    store.signed("PUT", "/other", &[], "").await.is(200);
    let id = begin(&store, "/photos/a", &[]).await;
    for path in ["/photos/b", "/other/a"] {
        let uri = format!("{path}?uploadId={id}");
        let put = store
            .signed("PUT", &format!("{uri}&partNumber=1"), &[], "x")
            .await;
        put.refused(404, "NoSuchUpload");
        store
            .signed("GET", &uri, &[], "")
            .await
            .refused(404, "NoSuchUpload");
        store
            .signed("DELETE", &uri, &[], "")
            .await
            .refused(404, "NoSuchUpload");
    }
    let anonymous = format!("/photos/a?uploadId={id}");
    for (method, uri) in [
        ("POST", "/photos/a?uploads".to_owned()),
        ("PUT", format!("{anonymous}&partNumber=1")),
        ("POST", anonymous.clone()),
        ("GET", anonymous.clone()),
        ("DELETE", anonymous.clone()),
        ("GET", "/photos?uploads".to_owned()),
    ] {
        store
            .send(method, &uri, &[], "")
            .await
            .refused(403, "AccessDenied");
    }
    store.signed("GET", &anonymous, &[], "").await.is(200);
}

#[tokio::test]
async fn an_upload_and_its_parts_outlive_the_process() {
    let store = Fixture::new().await;
    let id = begin(&store, "/photos/a", &[("content-type", "text/plain")]).await;
    let at = format!("/photos/a?uploadId={id}");
    let etag = part(&store, &at, 3, b"three").await;
    let store = store.reopened();
    let list = store.signed("GET", &at, &[], "").await.is(200).text();
    assert!(list.contains("<PartNumber>3</PartNumber>"), "{list}");
    complete(&store, &at, &[(3, &etag)]).await.is(200);
    let store = store.reopened();
    let got = store.signed("GET", "/photos/a", &[], "").await.is(200);
    assert_eq!(
        (got.text().as_str(), got.header("content-type")),
        ("three", "text/plain")
    );
}

#[tokio::test]
async fn an_object_may_be_of_one_empty_part() {
    let store = Fixture::new().await;
    let id = begin(&store, "/photos/a", &[]).await;
    let at = format!("/photos/a?uploadId={id}");
    let etag = part(&store, &at, 1, b"").await;
    complete(&store, &at, &[(1, &etag)]).await.is(200);
    let got = store.signed("GET", "/photos/a", &[], "").await.is(200);
    assert_eq!(got.header("content-length"), "0");
    assert_eq!(got.header("etag"), "\"59adb24ef3cdbe0297f05b395827453f-1\"");
}

#[tokio::test]
async fn conditions_of_a_completion() {
    let store = Fixture::new().await;
    let begun = async || {
        let id = begin(&store, "/photos/a", &[]).await;
        let at = format!("/photos/a?uploadId={id}");
        let etag = part(&store, &at, 1, b"one").await;
        (at, wanted(&[(1, &etag)]))
    };
    let (at, document) = begun().await;
    let missing = store
        .signed("POST", &at, &[("if-match", "\"x\"")], &document)
        .await;
    missing.refused(404, "NoSuchKey");
    let none = [("if-none-match", "*")];
    store.signed("POST", &at, &none, &document).await.is(200);
    let (at, document) = begun().await;
    let refused = store.signed("POST", &at, &none, &document).await;
    refused
        .refused(412, "PreconditionFailed")
        .says("<Condition>If-None-Match</Condition>");
    let refused = store
        .signed("POST", &at, &[("if-match", "\"x\"")], &document)
        .await;
    refused
        .refused(412, "PreconditionFailed")
        .says("<Condition>If-Match</Condition>");
    let now = store.signed("HEAD", "/photos/a", &[], "").await;
    let etag = now.header("etag");
    store
        .signed("POST", &at, &[("if-match", etag)], &document)
        .await
        .is(200);
}

#[tokio::test]
async fn uploads_end_with_their_bucket() {
    let store = Fixture::new().await;
    store.signed("PUT", "/other", &[], "").await.is(200);
    let mut at = String::new();
    for key in ["a", "b"] {
        let id = begin(&store, &format!("/other/{key}"), &[]).await;
        at = format!("/other/{key}?uploadId={id}");
        part(&store, &at, 1, &bytes(300_000, 1)).await;
    }
    let id = begin(&store, "/photos/a", &[]).await;
    store.signed("DELETE", "/other", &[], "").await.is(204);
    store.settles_at(0).await;
    store.signed("PUT", "/other", &[], "").await.is(200);
    store
        .signed("GET", &at, &[], "")
        .await
        .refused(404, "NoSuchUpload");
    store
        .signed("GET", "/other?uploads", &[], "")
        .await
        .is(200)
        .lacks("<Upload>");
    store
        .signed("GET", &format!("/photos/a?uploadId={id}"), &[], "")
        .await
        .is(200);
}

#[tokio::test]
async fn completions_make_versions_where_the_bucket_keeps_them() {
    let store = Fixture::new().await;
    let versioning = async |status: &str| {
        let document =
            format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>");
        store
            .signed("PUT", "/photos?versioning", &[], document)
            .await
            .is(200);
    };
    let put = async |body: &[u8]| {
        let id = begin(&store, "/photos/a", &[]).await;
        let at = format!("/photos/a?uploadId={id}");
        let etag = part(&store, &at, 1, body).await;
        let done = complete(&store, &at, &[(1, &etag)]).await.is(200);
        let again = complete(&store, &at, &[(1, &etag)]).await.is(200);
        assert_eq!(
            done.header("x-amz-version-id"),
            again.header("x-amz-version-id")
        );
        (at, etag, done.header("x-amz-version-id").to_owned())
    };
    assert_eq!(put(b"before").await.2, "");
    versioning("Enabled").await;
    let (at, etag, first) = put(b"first").await;
    let (_, _, second) = put(b"second").await;
    assert!(
        first.len() > 8 && second.len() > 8 && first != second,
        "{first} {second}"
    );
    // The object of an older upload is still there, as a version.
    let again = complete(&store, &at, &[(1, &etag)]).await.is(200);
    assert_eq!(again.header("x-amz-version-id"), first);
    for (version, body) in [
        (first.as_str(), "first"),
        (&second, "second"),
        ("null", "before"),
    ] {
        let uri = format!("/photos/a?versionId={version}");
        assert_eq!(
            store.signed("GET", &uri, &[], "").await.is(200).text(),
            body
        );
    }
    versioning("Suspended").await;
    assert_eq!(put(b"suspended").await.2, "");
    let copy = begin(&store, "/photos/copy", &[]).await;
    let uri = format!("/photos/copy?uploadId={copy}&partNumber=1");
    let source = format!("photos/a?versionId={first}");
    let copied = store
        .signed("PUT", &uri, &[("x-amz-copy-source", &source)], "")
        .await
        .is(200);
    assert_eq!(copied.header("x-amz-copy-source-version-id"), first);
    assert_eq!(
        element(&copied.text(), "ETag").replace("&quot;", "\""),
        etag
    );
}

#[tokio::test]
async fn one_part_is_read_by_its_number() {
    let store = Fixture::new().await;
    let bodies = [bytes(MIB_5, 1), b"last".to_vec()];
    let id = begin(&store, "/photos/a", &[("x-amz-tagging", "of=parts")]).await;
    let at = format!("/photos/a?uploadId={id}");
    let first = part(&store, &at, 3, &bodies[0]).await;
    let last = part(&store, &at, 8, &bodies[1]).await;
    complete(&store, &at, &[(3, &first), (8, &last)])
        .await
        .is(200);
    let read = async |query: &str| {
        store
            .signed("GET", &format!("/photos/a?partNumber={query}"), &[], "")
            .await
    };
    let got = read("8").await.is(206);
    assert_eq!(got.text(), "last");
    assert_eq!(got.header("x-amz-mp-parts-count"), "2");
    assert_eq!(got.header("content-range"), "bytes 5242880-5242883/5242884");
    assert!(read("3").await.is(206).body == bodies[0]);
    read("4").await.refused(416, "InvalidPartNumber");
    let tags = store
        .signed("GET", "/photos/a?tagging", &[], "")
        .await
        .is(200);
    tags.says("<Key>of</Key><Value>parts</Value>");
}

#[tokio::test]
async fn an_upload_says_when_a_rule_will_end_it() {
    let store = Fixture::new().await;
    let rules = "<LifecycleConfiguration><Rule><ID>stale</ID><Status>Enabled</Status>\
                 <Filter><Prefix>tmp/</Prefix></Filter><AbortIncompleteMultipartUpload>\
                 <DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>\
                 </Rule></LifecycleConfiguration>";
    store
        .signed("PUT", "/photos?lifecycle", &[], rules)
        .await
        .is(200);
    for (path, rule) in [("/photos/tmp/a", "stale"), ("/photos/a", "")] {
        let begun = store
            .signed("POST", &format!("{path}?uploads"), &[], "")
            .await
            .is(200);
        let id = element(&begun.text(), "UploadId").to_owned();
        let at = format!("{path}?uploadId={id}");
        let list = store.signed("GET", &at, &[], "").await.is(200);
        for answer in [begun, list] {
            assert_eq!(answer.header("x-amz-abort-rule-id"), rule);
            let date = answer.header("x-amz-abort-date");
            assert_eq!(date.ends_with("00:00:00 GMT"), !rule.is_empty(), "{date}");
        }
    }
}
