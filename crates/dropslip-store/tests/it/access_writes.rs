//! What each way of writing asks for: copies, uploads in parts and forms.

use crate::people::{BOB, Who, check, id_of, people, policy, put, send};
use crate::support::{Answer, Fixture};
use Who::{Alice, Bob, Stranger};

/// `photos` of Alice with an object, and `bobs` of Bob.
async fn two_buckets() -> Fixture {
    let store = people().await;
    put(&store, "/photos/k", "bytes").await.is(200);
    send(&store, Bob, "PUT /bobs", &[], "").await.is(200);
    store
}

async fn copy(store: &Fixture, who: Who, to: &str, from: &str) -> Answer {
    let headers = [("x-amz-copy-source", from)];
    send(store, who, &format!("PUT {to}"), &headers, "").await
}

async fn allow(store: &Fixture, action: &str, resource: &str) {
    let text = format!(
        "{{'Effect':'Allow','Principal':{{'AWS':'bob'}},'Action':'{action}','Resource':'arn:aws:s3:::{resource}'}}"
    );
    put(store, "/photos?policy", &policy(&text)).await.is(204);
}

#[tokio::test]
async fn a_copy_reads_the_one_and_writes_the_other() {
    let store = two_buckets().await;
    copy(&store, Bob, "/bobs/c", "/photos/k")
        .await
        .refused(403, "AccessDenied")
        .says("s3:GetObject");
    copy(&store, Bob, "/bobs/c", "/photos/missing")
        .await
        .refused(403, "AccessDenied");
    allow(&store, "s3:PutObject", "photos/*").await;
    copy(&store, Bob, "/photos/c", "/photos/k")
        .await
        .refused(403, "AccessDenied")
        .says("s3:GetObject");
    allow(&store, "s3:GetObject", "photos/*").await;
    copy(&store, Bob, "/bobs/c", "/photos/k").await.is(200);
    copy(&store, Bob, "/photos/c", "/photos/k")
        .await
        .refused(403, "AccessDenied")
        .says("s3:PutObject");
    copy(&store, Stranger, "/bobs/c", "/photos/k")
        .await
        .refused(403, "AccessDenied");
    // The ACL does not come along, and the copy is of who made it.
    let acl = send(&store, Bob, "GET /bobs/c?acl", &[], "").await.is(200);
    acl.says(&format!("<Owner><ID>{}</ID>", id_of(BOB)));
    let id = crate::people::account_of(BOB);
    let wrong = [
        ("x-amz-copy-source", "/photos/k"),
        ("x-amz-source-expected-bucket-owner", id.as_str()),
    ];
    send(&store, Bob, "PUT /bobs/c", &wrong, "")
        .await
        .refused(403, "AccessDenied")
        .says("source-expected-bucket-owner");
}

/// Begins an upload; gives its id.
async fn begin(store: &Fixture, who: Who, uri: &str) -> String {
    let answer = send(store, who, &format!("POST {uri}?uploads"), &[], "")
        .await
        .is(200);
    let text = answer.text();
    let (_, rest) = text.split_once("<UploadId>").unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}

#[tokio::test]
async fn parts_are_for_who_may_write() {
    let store = two_buckets().await;
    send(&store, Bob, "POST /photos/m?uploads", &[], "")
        .await
        .refused(403, "AccessDenied");
    allow(&store, "s3:PutObject", "photos/*").await;
    let id = begin(&store, Bob, "/photos/m").await;
    let part = format!("/photos/m?partNumber=1&uploadId={id}");
    let upload = format!("/photos/m?uploadId={id}");
    send(&store, Stranger, &format!("PUT {part}"), &[], "x")
        .await
        .refused(403, "AccessDenied");
    send(&store, Bob, &format!("PUT {part}"), &[], "x")
        .await
        .is(200);
    let copied = [("x-amz-copy-source", "/photos/k")];
    send(&store, Bob, &format!("PUT {part}"), &copied, "")
        .await
        .refused(403, "AccessDenied")
        .says("s3:GetObject");
    // Who began it may look at it and end it, and so may the bucket's owner.
    check(
        &store,
        &[
            (Bob, &format!("GET {upload}"), 200),
            (Alice, &format!("GET {upload}"), 200),
            (Stranger, &format!("GET {upload}"), 403),
            (Stranger, &format!("DELETE {upload}"), 403),
            (Bob, "GET /photos?uploads", 403),
            (Bob, &format!("DELETE {upload}"), 204),
        ],
    )
    .await;
    let id = begin(&store, Bob, "/photos/n").await;
    check(
        &store,
        &[(Alice, &format!("DELETE /photos/n?uploadId={id}"), 204)],
    )
    .await;
}

#[tokio::test]
async fn an_upload_in_parts_belongs_to_who_began_it() {
    let store = two_buckets().await;
    allow(&store, "s3:PutObject", "photos/*").await;
    let id = begin(&store, Bob, "/photos/m").await;
    let part = send(
        &store,
        Bob,
        &format!("PUT /photos/m?partNumber=1&uploadId={id}"),
        &[],
        "x",
    )
    .await;
    let etag = part.header("etag").to_owned();
    let complete = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
    );
    let uri = format!("POST /photos/m?uploadId={id}");
    send(&store, Stranger, &uri, &[], &complete)
        .await
        .refused(403, "AccessDenied");
    send(&store, Alice, &uri, &[], &complete).await.is(200);
    check(
        &store,
        &[(Bob, "GET /photos/m", 200), (Alice, "GET /photos/m", 403)],
    )
    .await;
}

#[tokio::test]
async fn a_form_without_a_policy_is_anonymous() {
    let store = people().await;
    let form = "--b\r\ncontent-disposition: form-data; name=\"key\"\r\n\r\nposted\r\n\
        --b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nbytes\r\n--b--\r\n";
    let length = form.len().to_string();
    let headers = [
        ("content-type", "multipart/form-data; boundary=b"),
        ("content-length", length.as_str()),
    ];
    let post = async || send(&store, Stranger, "POST /photos", &headers, form).await;
    post().await.refused(403, "AccessDenied");
    let open = [("x-amz-acl", "public-read-write")];
    send(&store, Alice, "PUT /photos?acl", &open, "")
        .await
        .is(200);
    post().await.is(204);
    check(
        &store,
        &[
            (Alice, "GET /photos/posted", 200),
            (Stranger, "GET /photos/posted", 403),
        ],
    )
    .await;
}
