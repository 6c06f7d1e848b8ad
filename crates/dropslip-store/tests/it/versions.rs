//! Versioning: what is kept, what is told, and what a deletion leaves.

use crate::multipart::{begin, part, wanted};
use crate::post::form::Form;
use crate::support::{Answer, Fixture};

const ENABLED: &str = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
const SUSPENDED: &str =
    "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>";

async fn versioned() -> Fixture {
    let store = Fixture::new().await;
    set(&store, ENABLED).await.is(200);
    store
}

async fn set(store: &Fixture, document: &str) -> Answer {
    store
        .signed("PUT", "/photos?versioning", &[], document)
        .await
}

async fn put(store: &Fixture, key: &str, body: &str) -> String {
    let put = store.signed("PUT", key, &[], body).await.is(200);
    put.header("x-amz-version-id").to_owned()
}

async fn get(store: &Fixture, uri: &str) -> Answer {
    store.signed("GET", uri, &[], "").await
}

#[tokio::test]
async fn states_are_kept_and_none_is_unset() {
    let store = Fixture::new().await;
    get(&store, "/photos?versioning")
        .await
        .is(200)
        .lacks("<Status>");
    for (document, status) in [(ENABLED, "Enabled"), (SUSPENDED, "Suspended")] {
        set(&store, document).await.is(200);
        let told = get(&store, "/photos?versioning").await.is(200);
        told.says(&format!("<Status>{status}</Status>"));
    }
    let store = store.reopened();
    get(&store, "/photos?versioning")
        .await
        .is(200)
        .says("Suspended");
    let none = "<VersioningConfiguration></VersioningConfiguration>";
    set(&store, none)
        .await
        .refused(400, "IllegalVersioningConfigurationException");
    let off = ENABLED.replace("Enabled", "Off");
    set(&store, &off).await.refused(400, "MalformedXML");
    let mfa = ENABLED.replace("<Status>", "<MfaDelete>Enabled</MfaDelete><Status>");
    set(&store, &mfa)
        .await
        .refused(501, "NotImplemented")
        .says("MfaDelete");
}

#[tokio::test]
async fn every_version_stays() {
    let store = versioned().await;
    let first = put(&store, "/photos/a", "one").await;
    let second = put(&store, "/photos/a", "two").await;
    assert!(first != second && first.len() == 32, "{first} {second}");
    let current = get(&store, "/photos/a").await.is(200).says("two");
    assert_eq!(current.header("x-amz-version-id"), second);
    let old = get(&store, &format!("/photos/a?versionId={first}"))
        .await
        .is(200);
    assert_eq!(old.says("one").header("x-amz-version-id"), first);
    let unknown = format!("/photos/a?versionId={}", "0".repeat(32));
    get(&store, &unknown).await.refused(404, "NoSuchVersion");
    get(&store, "/photos/a?versionId=null")
        .await
        .refused(404, "NoSuchVersion");
    get(&store, "/photos/a?versionId=x")
        .await
        .refused(400, "InvalidArgument");
    get(&store, "/photos/a?versionId=")
        .await
        .refused(400, "InvalidArgument");
}

#[tokio::test]
async fn a_deletion_leaves_a_marker_that_can_be_removed() {
    let store = versioned().await;
    let version = put(&store, "/photos/a", "one").await;
    let deleted = store.signed("DELETE", "/photos/a", &[], "").await.is(204);
    assert_eq!(deleted.header("x-amz-delete-marker"), "true");
    let marker = deleted.header("x-amz-version-id").to_owned();
    let gone = get(&store, "/photos/a").await.refused(404, "NoSuchKey");
    assert_eq!(gone.header("x-amz-delete-marker"), "true");
    assert_eq!(gone.header("x-amz-version-id"), marker);
    let of_marker = format!("/photos/a?versionId={marker}");
    let asked = get(&store, &of_marker)
        .await
        .refused(405, "MethodNotAllowed");
    assert_eq!(asked.header("x-amz-delete-marker"), "true");
    assert_eq!(asked.header("allow"), "DELETE");
    assert!(asked.header("last-modified").ends_with("GMT"));
    let old = format!("/photos/a?versionId={version}");
    get(&store, &old).await.is(200).says("one");
    let removed = store.signed("DELETE", &of_marker, &[], "").await.is(204);
    assert_eq!(removed.header("x-amz-delete-marker"), "true");
    assert_eq!(removed.header("x-amz-version-id"), marker);
    get(&store, "/photos/a").await.is(200).says("one");
    let removed = store.signed("DELETE", &old, &[], "").await.is(204);
    assert_eq!(removed.header("x-amz-delete-marker"), "");
    get(&store, "/photos/a").await.refused(404, "NoSuchKey");
    // What never was is deleted as well, and marked.
    let never = store.signed("DELETE", "/photos/b", &[], "").await.is(204);
    assert_eq!(never.header("x-amz-delete-marker"), "true");
    store
        .signed("DELETE", "/photos", &[], "")
        .await
        .refused(409, "BucketNotEmpty");
}

#[tokio::test]
async fn while_suspended_the_null_version_is_replaced() {
    let store = Fixture::new().await;
    put(&store, "/photos/a", "before").await;
    set(&store, ENABLED).await.is(200);
    let kept = put(&store, "/photos/a", "kept").await;
    get(&store, "/photos/a?versionId=null")
        .await
        .is(200)
        .says("before");
    set(&store, SUSPENDED).await.is(200);
    // Who reads the version is told of it, and not who wrote it.
    assert_eq!(put(&store, "/photos/a", "after").await, "");
    let read = get(&store, "/photos/a").await.is(200);
    assert_eq!(read.header("x-amz-version-id"), "null");
    get(&store, "/photos/a?versionId=null")
        .await
        .is(200)
        .says("after");
    get(&store, &format!("/photos/a?versionId={kept}"))
        .await
        .is(200)
        .says("kept");
    let deleted = store.signed("DELETE", "/photos/a", &[], "").await.is(204);
    assert_eq!(deleted.header("x-amz-version-id"), "null");
    assert_eq!(deleted.header("x-amz-delete-marker"), "true");
    get(&store, "/photos/a").await.refused(404, "NoSuchKey");
    get(&store, "/photos/a?versionId=null")
        .await
        .refused(405, "MethodNotAllowed");
    store
        .signed("DELETE", "/photos/a?versionId=null", &[], "")
        .await
        .is(204);
    get(&store, "/photos/a").await.is(200).says("kept");
}

#[tokio::test]
async fn each_way_to_write_tells_its_version_and_only_where_it_makes_one() {
    let store = Fixture::new().await;
    put(&store, "/photos/source", "source").await;
    for (document, tells) in [("", false), (ENABLED, true), (SUSPENDED, false)] {
        if !document.is_empty() {
            set(&store, document).await.is(200);
        }
        let copied = [("x-amz-copy-source", "photos/source")];
        let id = begin(&store, "/photos/parts", &[]).await;
        let at = format!("/photos/parts?uploadId={id}");
        let etag = part(&store, &at, 1, b"part").await;
        let parts = wanted(&[(1, &etag)]);
        let answers = [
            store.signed("PUT", "/photos/put", &[], "put").await,
            store.signed("PUT", "/photos/copy", &copied, "").await,
            store.signed("POST", &at, &[], parts).await,
            Form::new("form", "file").signed().send(&store).await,
        ];
        let told = answers.map(|answer| !answer.header("x-amz-version-id").is_empty());
        assert_eq!(told, [tells; 4], "{document}");
        for key in ["put", "copy", "parts", "form"] {
            let read = get(&store, &format!("/photos/{key}")).await.is(200);
            let version = read.header("x-amz-version-id");
            assert_eq!(version.is_empty(), document.is_empty(), "{key} {document}");
            assert_eq!(version == "null", document == SUSPENDED, "{key} {document}");
        }
    }
}

#[tokio::test]
async fn many_are_deleted_at_once() {
    let store = versioned().await;
    let first = put(&store, "/photos/a", "1").await;
    let second = put(&store, "/photos/a", "2").await;
    put(&store, "/photos/b", "3").await;
    let document = format!(
        "<Delete><Object><Key>a</Key><VersionId>{first}</VersionId></Object>\
         <Object><Key>a</Key><VersionId>{second}</VersionId></Object>\
         <Object><Key>b</Key></Object><Object><Key>c</Key><VersionId>x</VersionId></Object></Delete>"
    );
    let answer = store.delete_many(&document).await.is(200);
    let answer = answer
        .says(&format!(
            "<Deleted><Key>a</Key><VersionId>{first}</VersionId></Deleted>"
        ))
        .says(&format!(
            "<Deleted><Key>a</Key><VersionId>{second}</VersionId></Deleted>"
        ))
        .says("<Deleted><Key>b</Key><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>");
    answer.says("<Error><Key>c</Key><VersionId>x</VersionId><Code>NoSuchVersion</Code>");
    get(&store, "/photos/a").await.refused(404, "NoSuchKey");
    get(&store, "/photos/b").await.refused(404, "NoSuchKey");
}
