//! Ways around the rules that somebody tried: each is refused, and changes nothing.

use crate::people::{Who, check, people, policy, put, send, with_policy};
use crate::support::{Answer, Fixture, now, presign};
use Who::{Alice, Bob, Stranger};

/// Lets Bob do all in `photos` but for some of it.
async fn all_but(denied: &str) -> Fixture {
    let on = "'Resource':['arn:aws:s3:::photos','arn:aws:s3:::photos/*']";
    let bob = "'Principal':{'AWS':'bob'}";
    with_policy(&format!(
        "{{'Effect':'Allow',{bob},'Action':'s3:*',{on}}},\
         {{'Sid':'no','Effect':'Deny',{bob},{denied},'Resource':'arn:aws:s3:::photos/*'}}"
    ))
    .await
}

async fn copy(store: &Fixture, who: Who, to: &str, from: &str) -> Answer {
    let source = [("x-amz-copy-source", from)];
    send(store, who, &format!("PUT {to}"), &source, "").await
}

/// Deletes one entry of a list, as Bob.
async fn delete(store: &Fixture, query: &str, object: &str) -> Answer {
    use base64::Engine as _;
    use md5::Digest as _;
    let document = format!("<Delete><Object>{object}</Object></Delete>");
    let hash = md5::Md5::digest(&document);
    let hash = base64::engine::general_purpose::STANDARD.encode(hash);
    let headers = [("content-md5", hash.as_str())];
    let request = format!("POST /photos?delete{query}");
    send(store, Bob, &request, &headers, &document)
        .await
        .is(200)
}

/// A version in the query is that of the object in the path, and of nothing else.
#[tokio::test]
async fn a_version_in_the_query_changes_no_other_right() {
    let store = all_but("'Action':'s3:DeleteObject'").await;
    for query in ["", "&versionId=null", "&versionId="] {
        delete(&store, query, "<Key>k</Key>")
            .await
            .says("<Code>AccessDenied</Code>");
    }
    check(&store, &[(Bob, "GET /photos/k", 200)]).await;
    // With a version it is another right, which he has.
    delete(&store, "", "<Key>k</Key><VersionId>null</VersionId>")
        .await
        .lacks("<Code>");
    check(&store, &[(Alice, "GET /photos/k", 404)]).await;

    let store = all_but("'Action':'s3:GetObject'").await;
    check(&store, &[(Bob, "PUT /bobs", 200)]).await;
    let begun = send(&store, Bob, "POST /bobs/m?uploads", &[], "").await;
    let text = begun.is(200).text();
    let (_, rest) = text.split_once("<UploadId>").unwrap();
    let part = format!("/bobs/m?partNumber=1&uploadId={}", &rest[..32]);
    for query in ["", "&versionId=null"] {
        copy(&store, Bob, &format!("{part}{query}"), "/photos/k")
            .await
            .refused(403, "AccessDenied");
    }
}

#[tokio::test]
async fn a_condition_on_a_version_sees_it_wherever_it_stands() {
    let store = all_but(
        "'Action':['s3:DeleteObjectVersion','s3:GetObjectVersion'],\
         'Condition':{'StringEquals':{'s3:VersionId':'null'}}",
    )
    .await;
    delete(&store, "", "<Key>k</Key><VersionId>null</VersionId>")
        .await
        .says("<Code>AccessDenied</Code>");
    copy(&store, Bob, "/photos/to", "photos/k?versionId=null")
        .await
        .refused(403, "AccessDenied");
    check(
        &store,
        &[
            (Bob, "GET /photos/k?versionId=null", 403),
            (Bob, "DELETE /photos/k?versionId=null", 403),
            (Bob, "GET /photos/k", 200),
        ],
    )
    .await;
}

/// Who may not read a bucket learns nothing of its keys by copying from it.
#[tokio::test]
async fn copies_do_not_tell_what_is_there() {
    let store = people().await;
    let versioned = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    put(&store, "/photos/old", "bytes").await.is(200);
    put(&store, "/photos?versioning", versioned).await.is(200);
    let gone = send(&store, Alice, "DELETE /photos/gone", &[], "")
        .await
        .is(204);
    let marker = gone.header("x-amz-version-id");
    check(&store, &[(Bob, "PUT /bobs", 200)]).await;
    let mut sources = vec![format!("photos/gone?versionId={marker}")];
    for key in ["old", "gone", "missing"] {
        sources.push(format!("photos/{key}"));
        sources.push(format!("photos/{key}?versionId=null"));
        let other: String = marker.chars().rev().collect();
        sources.push(format!("photos/{key}?versionId={other}"));
    }
    for source in &sources {
        let answer = copy(&store, Bob, "/bobs/to", source).await;
        if answer.status != 400 {
            answer.refused(403, "AccessDenied");
        }
    }
    // Who may is told.
    let of = async |source: &str| copy(&store, Alice, "/photos/to", source).await;
    of("photos/missing").await.refused(404, "NoSuchKey");
    of("photos/missing?versionId=null")
        .await
        .refused(404, "NoSuchVersion");
    of(&sources[0])
        .await
        .refused(400, "InvalidRequest")
        .says("delete marker");
}

/// The condition sees the object that is copied, however it is written.
#[tokio::test]
async fn a_condition_on_the_source_sees_what_is_copied() {
    let store = with_policy(
        "{'Effect':'Allow','Principal':{'AWS':'bob'},'Action':'s3:GetObject',\
          'Resource':'arn:aws:s3:::photos/*'},\
         {'Effect':'Allow','Principal':{'AWS':'bob'},'Action':'s3:PutObject',\
          'Resource':'arn:aws:s3:::photos/to','Condition':{'StringEquals':\
          {'s3:x-amz-copy-source':['photos/k','photos/a b']}}}",
    )
    .await;
    for uri in ["/photos/k%3Fx", "/photos/a%20b", "/photos/a%2Bb"] {
        put(&store, uri, "bytes").await.is(200);
    }
    let of = async |source: &str| copy(&store, Bob, "/photos/to", source).await.status;
    for right in [
        "photos/k",
        "/photos/k",
        "%2Fphotos%2Fk",
        "photos/k?versionId=null",
        "photos/a+b",
    ] {
        let expect = if right.contains('?') { 403 } else { 200 };
        assert_eq!(of(right).await, expect, "{right}");
    }
    for wrong in ["photos/k?x", "photos/k%3Fx", "photos/a%2Bb"] {
        assert_eq!(of(wrong).await, 403, "{wrong}");
    }
}

/// What a policy denies is not had along with putting an object.
#[tokio::test]
async fn no_acl_and_no_tags_along_with_the_object() {
    let store = all_but("'Action':['s3:PutObjectAcl','s3:PutObjectTagging']").await;
    let tag = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
    put(&store, "/photos/k?tagging", tag).await.is(200);
    for header in [
        ("x-amz-acl", "public-read"),
        ("x-amz-acl", "private"),
        ("x-amz-grant-read", "emailAddress=\"alice@example.com\""),
        ("x-amz-tagging", "a=b"),
    ] {
        for request in ["PUT /photos/new", "POST /photos/new?uploads"] {
            send(&store, Bob, request, &[header], "")
                .await
                .refused(403, "AccessDenied")
                .says("the statement `no`");
        }
        let headers = [
            header,
            ("x-amz-copy-source", "photos/k"),
            ("x-amz-tagging-directive", "REPLACE"),
        ];
        send(&store, Bob, "PUT /photos/new", &headers, "")
            .await
            .refused(403, "AccessDenied");
    }
    // The tags of the source.
    copy(&store, Bob, "/photos/new", "photos/k")
        .await
        .refused(403, "AccessDenied");
    check(&store, &[(Alice, "GET /photos/new", 404)]).await;
    let headers = [
        ("x-amz-copy-source", "photos/k"),
        ("x-amz-tagging-directive", "REPLACE"),
    ];
    send(&store, Bob, "PUT /photos/new", &headers, "")
        .await
        .is(200);
    check(
        &store,
        &[
            (Bob, "PUT /photos/new", 200),
            (Bob, "POST /photos/new?uploads", 200),
        ],
    )
    .await;
}

#[tokio::test]
async fn tags_are_not_read_by_a_copy_if_that_is_denied() {
    let store = all_but("'Action':'s3:GetObjectTagging'").await;
    let tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
    check(&store, &[(Bob, "PUT /bobs", 200)]).await;
    copy(&store, Bob, "/bobs/to", "photos/k").await.is(200);
    put(&store, "/photos/k?tagging", tags).await.is(200);
    copy(&store, Bob, "/bobs/to", "photos/k")
        .await
        .refused(403, "AccessDenied");
}

#[tokio::test]
async fn a_form_gets_no_acl_that_is_denied() {
    let store = people().await;
    let rules = policy(
        "{'Effect':'Allow','Principal':'*','Action':'s3:PutObject','Resource':'arn:aws:s3:::photos/*'},\
         {'Effect':'Deny','Principal':'*','Action':'s3:PutObjectAcl','Resource':'arn:aws:s3:::photos/*'}",
    );
    put(&store, "/photos?policy", &rules).await.is(204);
    let post = async |fields: &[(&str, &str)]| {
        let mut form = String::new();
        for (name, value) in fields.iter().chain(&[("key", "posted"), ("file", "bytes")]) {
            form.push_str(&format!(
                "--b\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            ));
        }
        form.push_str("--b--\r\n");
        let length = form.len().to_string();
        let headers = [
            ("content-type", "multipart/form-data; boundary=b"),
            ("content-length", length.as_str()),
        ];
        send(&store, Stranger, "POST /photos", &headers, &form).await
    };
    post(&[("acl", "public-read")])
        .await
        .refused(403, "AccessDenied");
    post(&[("x-amz-grant-read", "id=\"1\"")]).await;
    post(&[("x-amz-copy-source", "photos/k")])
        .await
        .refused(501, "NotImplemented");
    check(&store, &[(Alice, "GET /photos/posted", 404)]).await;
    post(&[]).await.is(204);
}

/// Attributes tell of the bytes: who may not have these may not have those.
#[tokio::test]
async fn attributes_need_the_right_to_read() {
    let store = all_but("'Action':'s3:GetObject'").await;
    let asks = [("x-amz-object-attributes", "ETag,ObjectSize")];
    send(&store, Bob, "GET /photos/k?attributes", &asks, "")
        .await
        .refused(403, "AccessDenied");
    send(&store, Alice, "GET /photos/k?attributes", &asks, "")
        .await
        .is(200);
}

/// A link does what it was signed for.
#[tokio::test]
async fn a_link_is_turned_into_nothing_else() {
    let store = Fixture::new().await;
    store.signed("PUT", "/photos/k", &[], "bytes").await.is(200);
    let link = presign("PUT", "/photos/n", &[], now());
    for added in [
        "acl",
        "tagging",
        "uploadId=0123456789abcdef0123456789abcdef&partNumber=1",
        "x-amz-acl=public-read",
        "x-amz-tagging=a%3Db",
        "x-amz-meta-a=b",
        "x-amz-copy-source=photos%2Fk",
        "x-amz-website-redirect-location=%2F",
        "versionId=null",
        "X-Amz-Signature=0",
    ] {
        let (path, query) = link.split_once('?').unwrap();
        for uri in [format!("{link}&{added}"), format!("{path}?{added}&{query}")] {
            let answer = store.send("PUT", &uri, &[], "bytes").await;
            assert!(
                matches!(answer.status.as_u16(), 400 | 403),
                "{uri}: {}",
                answer.text()
            );
        }
    }
    for header in [
        ("x-amz-acl", "public-read"),
        ("x-amz-copy-source", "photos/k"),
        ("x-amz-tagging", "a=b"),
        ("x-amz-meta-a", "b"),
        ("x-amz-security-token", "t"),
    ] {
        let answer = store.send("PUT", &link, &[header], "bytes").await;
        assert!(
            matches!(answer.status.as_u16(), 400 | 403),
            "{header:?}: {}",
            answer.text()
        );
    }
    // Nor by what a signature says in its own parameters.
    let copies = presign("PUT", "/photos/n?x-amz-copy-source=photos%2Fk", &[], now());
    store.send("PUT", &copies, &[], "").await.is(501);
    store.signed("GET", "/photos/n", &[], "").await.is(404);
}

/// What stands in a query that nobody signed is no header.
#[tokio::test]
async fn an_unsigned_query_says_nothing() {
    let store = people().await;
    let open = [("x-amz-acl", "public-read-write")];
    send(&store, Alice, "PUT /photos?acl", &open, "")
        .await
        .is(200);
    let put = "PUT /photos/n?x-amz-acl=public-read&x-amz-tagging=a%3Db&x-amz-meta-a=b";
    send(&store, Stranger, put, &[("content-length", "0")], "")
        .await
        .is(200);
    let kept = send(&store, Alice, "HEAD /photos/n", &[], "").await.is(200);
    assert_eq!(kept.header("x-amz-meta-a"), "");
    assert_eq!(kept.header("x-amz-tagging-count"), "");
    check(&store, &[(Stranger, "GET /photos/n", 403)]).await;
    for leftover in [
        "X-Amz-Signature=0",
        "X-Amz-Credential=AKBOB",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256",
        "AWSAccessKeyId=AKBOB",
    ] {
        let answer = send(
            &store,
            Stranger,
            &format!("PUT /photos/m?{leftover}"),
            &[],
            "",
        )
        .await;
        assert!(
            matches!(answer.status.as_u16(), 400 | 403),
            "{leftover}: {}",
            answer.text()
        );
    }
    check(&store, &[(Alice, "GET /photos/m", 404)]).await;
}

/// That a bucket is not there is told to everybody, as by S3; to make one takes a key.
#[tokio::test]
async fn a_bucket_that_is_not_there_is_none_to_anybody() {
    let store = people().await;
    for who in [Stranger, Bob] {
        for request in [
            "GET /missing",
            "GET /missing?list-type=2",
            "GET /missing?versions",
            "GET /missing?location",
            "GET /missing?acl",
            "GET /missing?policy",
            "PUT /missing?versioning",
            "DELETE /missing",
            "GET /missing?uploads",
            "GET /missing/k",
            "PUT /missing/k",
            "DELETE /missing/k",
        ] {
            let answer = send(&store, who, request, &[], "").await;
            answer
                .refused(404, "NoSuchBucket")
                .says("<BucketName>missing");
        }
        send(&store, who, "HEAD /missing", &[], "").await.is(404);
    }
    send(&store, Stranger, "PUT /missing", &[], "")
        .await
        .refused(403, "AccessDenied");
}
