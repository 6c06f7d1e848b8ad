//! Conditional reads, overrides, parts, attributes, and what browsers may not run.

use crate::support::{Answer, Fixture, Headers};

const ETAG: &str = "\"5d41402abc4b2a76b9719d911017c592\"";
const LONG_AGO: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const FAR_AHEAD: &str = "Fri, 06 Nov 2093 08:49:37 GMT";

async fn filled(headers: Headers<'_>) -> Fixture {
    let store = Fixture::new().await;
    store
        .signed("PUT", "/photos/a", headers, "hello")
        .await
        .is(200);
    store
}

async fn get(store: &Fixture, headers: Headers<'_>) -> Answer {
    store.signed("GET", "/photos/a", headers, "").await
}

#[tokio::test]
async fn conditions_of_reads() {
    let store = filled(&[("cache-control", "max-age=5")]).await;
    for method in ["GET", "HEAD"] {
        let ask = async |name, value| {
            store
                .signed(method, "/photos/a", &[(name, value)], "")
                .await
        };
        ask("if-match", ETAG).await.is(200);
        ask("if-match", "*").await.is(200);
        ask("if-none-match", "\"x\"").await.is(200);
        ask("if-modified-since", LONG_AGO).await.is(200);
        ask("if-unmodified-since", FAR_AHEAD).await.is(200);
        assert_eq!(ask("if-match", "\"x\"").await.status, 412);
        assert_eq!(ask("if-unmodified-since", LONG_AGO).await.status, 412);
        for (name, value) in [("if-none-match", ETAG), ("if-modified-since", FAR_AHEAD)] {
            let unchanged = ask(name, value).await.is(304);
            assert_eq!(unchanged.header("etag"), ETAG);
            assert_eq!(unchanged.header("cache-control"), "max-age=5");
            assert!(unchanged.header("last-modified").ends_with("GMT"));
            assert!(unchanged.body.is_empty());
            assert_eq!(unchanged.header("content-type"), "");
        }
    }
    let failed = get(&store, &[("if-match", "\"x\"")]).await;
    failed
        .refused(412, "PreconditionFailed")
        .says("<Condition>If-Match</Condition>");
    let both = [("if-match", ETAG), ("if-unmodified-since", LONG_AGO)];
    get(&store, &both).await.is(200);
}

#[tokio::test]
async fn conditions_of_writes_and_deletions() {
    let store = filled(&[]).await;
    let put = async |key: &str, name, value| {
        store
            .signed("PUT", &format!("/photos/{key}"), &[(name, value)], "hello")
            .await
    };
    put("a", "if-none-match", "*")
        .await
        .refused(412, "PreconditionFailed")
        .says("If-None-Match");
    put("b", "if-none-match", "*").await.is(200);
    put("a", "if-match", "\"x\"")
        .await
        .refused(412, "PreconditionFailed");
    put("a", "if-match", ETAG).await.is(200);
    put("c", "if-match", ETAG).await.refused(404, "NoSuchKey");
    let delete = async |key: &str, name, value| {
        store
            .signed("DELETE", &format!("/photos/{key}"), &[(name, value)], "")
            .await
    };
    delete("a", "if-match", "\"x\"")
        .await
        .refused(412, "PreconditionFailed");
    delete("a", "x-amz-if-match-size", "4")
        .await
        .refused(412, "PreconditionFailed");
    delete("a", "x-amz-if-match-size", "five")
        .await
        .refused(400, "InvalidArgument");
    delete("c", "if-match", "*").await.refused(404, "NoSuchKey");
    delete("c", "x-amz-if-match-size", "4").await.is(204);
    delete("a", "if-match", ETAG).await.is(204);
    delete("b", "x-amz-if-match-size", "5").await.is(204);
}

#[tokio::test]
async fn only_one_of_many_may_make_an_object() {
    let store = std::sync::Arc::new(Fixture::new().await);
    let mut puts = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = std::sync::Arc::clone(&store);
        puts.spawn(async move {
            let once = [("if-none-match", "*")];
            store
                .signed("PUT", "/photos/once", &once, "x")
                .await
                .status
                .as_u16()
        });
    }
    let mut made = puts.join_all().await;
    made.sort_unstable();
    assert_eq!(made, [200, 412, 412, 412, 412, 412, 412, 412]);
}

#[tokio::test]
async fn overrides_are_for_signed_requests() {
    let store = filled(&[("x-amz-acl", "public-read"), ("content-type", "image/png")]).await;
    let query = "response-cache-control=no-cache&response-content-disposition=bla\
                 &response-content-encoding=aaa&response-content-language=esperanto\
                 &response-content-type=foo%2Fbar&response-expires=123";
    let uri = format!("/photos/a?{query}");
    for method in ["GET", "HEAD"] {
        let got = store.presigned(method, &uri, (&[], &[]), "").await.is(200);
        for (name, value) in [
            ("cache-control", "no-cache"),
            ("content-disposition", "bla"),
            ("content-encoding", "aaa"),
            ("content-language", "esperanto"),
            ("content-type", "foo/bar"),
            ("expires", "123"),
        ] {
            assert_eq!(got.header(name), value);
        }
    }
    store.send("GET", "/photos/a", &[], "").await.is(200);
    store
        .send("GET", &uri, &[], "")
        .await
        .refused(400, "InvalidRequest");
    let breaking = "/photos/a?response-content-type=a%0Ab";
    store
        .signed("GET", breaking, &[], "")
        .await
        .refused(400, "InvalidArgument");
}

#[tokio::test]
async fn one_part() {
    let store = filled(&[]).await;
    let part = async |query: &str, headers: Headers<'_>| {
        store
            .signed("GET", &format!("/photos/a?{query}"), headers, "")
            .await
    };
    let only = part("partNumber=1", &[]).await.is(206).says("hello");
    assert_eq!(only.header("content-range"), "bytes 0-4/5");
    assert_eq!(only.header("x-amz-mp-parts-count"), "");
    part("partNumber=2", &[])
        .await
        .refused(416, "InvalidPartNumber")
        .says("<ActualPartCount>1<");
    for wrong in ["0", "10001", "x", "-1", "", "65537"] {
        part(&format!("partNumber={wrong}"), &[])
            .await
            .refused(400, "InvalidArgument");
    }
    part("partNumber=1", &[("range", "bytes=0-1")])
        .await
        .refused(400, "InvalidRequest");
    store.signed("PUT", "/photos/empty", &[], "").await.is(200);
    store
        .signed("GET", "/photos/empty?partNumber=1", &[], "")
        .await
        .is(200);
}

#[tokio::test]
async fn attributes() {
    let store = filled(&[("x-amz-checksum-crc32", "NhCmhg==")]).await;
    let ask = async |headers: Headers<'_>| {
        store
            .signed("GET", "/photos/a?attributes", headers, "")
            .await
    };
    let all = "ETag,Checksum, ObjectParts,StorageClass,ObjectSize";
    let told = ask(&[("x-amz-object-attributes", all)]).await.is(200);
    assert!(told.header("last-modified").ends_with("GMT"));
    told.says("<ETag>5d41402abc4b2a76b9719d911017c592</ETag><Checksum><ChecksumCRC32>NhCmhg==</ChecksumCRC32><ChecksumType>FULL_OBJECT</ChecksumType></Checksum><StorageClass>STANDARD</StorageClass><ObjectSize>5</ObjectSize>")
        .lacks("ObjectParts");
    let one = ask(&[("x-amz-object-attributes", "ObjectSize")])
        .await
        .is(200);
    one.says("<ObjectSize>5</ObjectSize>").lacks("ETag");
    ask(&[]).await.refused(400, "InvalidRequest");
    ask(&[("x-amz-object-attributes", "")])
        .await
        .refused(400, "InvalidRequest");
    ask(&[("x-amz-object-attributes", "Size")])
        .await
        .refused(400, "InvalidArgument");
}

#[tokio::test]
async fn uploads_do_not_run() {
    let html = [
        ("content-type", "text/html"),
        ("content-disposition", "inline; filename=a.html"),
    ];
    let store = filled(&html).await;
    let got = get(&store, &[]).await.is(200);
    assert_eq!(
        got.header("content-disposition"),
        "attachment; filename=a.html"
    );
    assert_eq!(got.header("content-security-policy"), "sandbox");
    let as_image =
        "/photos/a?response-content-disposition=inline&response-content-type=image%2Fpng";
    let got = store.signed("GET", as_image, &[], "").await.is(200);
    assert_eq!(got.header("content-disposition"), "inline");
    let store = store.reopened_with(|config| config.serve_active_content = true);
    let got = get(&store, &[]).await.is(200);
    assert_eq!(got.header("content-disposition"), "inline; filename=a.html");
    assert_eq!(got.header("content-security-policy"), "");
    assert_eq!(got.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn text_beyond_ascii_is_told_in_words() {
    let store = filled(&[
        ("x-amz-meta-words", "=?UTF-8?B?w6k=?="),
        ("x-amz-meta-plain", "=?UTF-8?Q?a_b?="),
        ("content-type", ""),
    ])
    .await;
    let got = get(&store, &[]).await.is(200);
    assert_eq!(got.header("x-amz-meta-words"), "=?UTF-8?B?w6k=?=");
    assert_eq!(got.header("x-amz-meta-plain"), "a b");
    assert_eq!(got.header("content-type"), "binary/octet-stream");
}

#[tokio::test]
async fn tags() {
    let store = filled(&[("x-amz-tagging", "b=2&a")]).await;
    let uri = "/photos/a?tagging";
    let told = store.signed("GET", uri, &[], "").await.is(200);
    told.says("<TagSet><Tag><Key>a</Key><Value></Value></Tag><Tag><Key>b</Key><Value>2</Value></Tag></TagSet>");
    assert_eq!(get(&store, &[]).await.header("x-amz-tagging-count"), "2");
    let tags = |n: usize| {
        let tag = |i| format!("<Tag><Key>k{i}</Key><Value>v</Value></Tag>");
        let tags: String = (0..n).map(tag).collect();
        format!("<Tagging><TagSet>{tags}</TagSet></Tagging>")
    };
    store.signed("PUT", uri, &[], tags(10)).await.is(200);
    store
        .signed("PUT", uri, &[], tags(11))
        .await
        .refused(400, "InvalidTag");
    store
        .signed("PUT", uri, &[], "<Tagging/>")
        .await
        .refused(400, "MalformedXML");
    store
        .signed("PUT", "/photos/b?tagging", &[], tags(1))
        .await
        .refused(404, "NoSuchKey");
    assert_eq!(get(&store, &[]).await.header("x-amz-tagging-count"), "10");
    store.signed("DELETE", uri, &[], "").await.is(204);
    store
        .signed("GET", uri, &[], "")
        .await
        .is(200)
        .says("<TagSet></TagSet>");
    let bucket = "/photos?tagging";
    store
        .signed("GET", bucket, &[], "")
        .await
        .refused(404, "NoSuchTagSet");
    store.signed("PUT", bucket, &[], tags(50)).await.is(204);
    store
        .signed("PUT", bucket, &[], tags(51))
        .await
        .refused(400, "InvalidTag");
    store
        .signed("GET", bucket, &[], "")
        .await
        .is(200)
        .says("k49");
    store.signed("DELETE", bucket, &[], "").await.is(204);
    store
        .signed("GET", bucket, &[], "")
        .await
        .refused(404, "NoSuchTagSet");
}

#[tokio::test]
async fn many_objects_to_delete_need_a_hash_and_a_list() {
    let store = filled(&[]).await;
    let list = |n: usize| {
        let objects = "<Object><Key>a</Key></Object>".repeat(n);
        format!("<Delete>{objects}<Quiet>true</Quiet></Delete>")
    };
    store
        .signed("POST", "/photos?delete", &[], list(1))
        .await
        .refused(400, "InvalidRequest");
    store
        .delete_many(&list(1001))
        .await
        .refused(400, "MalformedXML");
    store
        .delete_many("<Delete/>")
        .await
        .refused(400, "MalformedXML");
    let unmatched = "<Delete><Object><Key>a</Key><ETag>\"x\"</ETag></Object></Delete>";
    store
        .delete_many(unmatched)
        .await
        .is(200)
        .says("<Code>PreconditionFailed</Code>");
    get(&store, &[]).await.is(200);
    store
        .delete_many(&list(2))
        .await
        .is(200)
        .lacks("<Deleted>")
        .lacks("<Error>");
    get(&store, &[]).await.refused(404, "NoSuchKey");
    let missing = "<Delete><Object><Key>never</Key></Object></Delete>";
    store
        .delete_many(missing)
        .await
        .is(200)
        .says("<Deleted><Key>never</Key></Deleted>");
}
