//! `ListObjectsV2` on the wire; the pages themselves are tested beside the index.

use crate::support::Fixture;

async fn filled() -> Fixture {
    let store = Fixture::new().await;
    for key in ["a/1.jpg", "a/2.jpg", "b%20c/3.jpg", "top.jpg"] {
        store
            .signed("PUT", &format!("/photos/{key}"), &[], "x")
            .await
            .is(200);
    }
    store
}

#[tokio::test]
async fn everything() {
    let store = filled().await;
    let list = store
        .signed("GET", "/photos?list-type=2&fetch-owner=true", &[], "")
        .await
        .is(200);
    let list = list
        .says("<Key>b c/3.jpg</Key>")
        .says("<KeyCount>4</KeyCount>")
        .says("<IsTruncated>false</IsTruncated>");
    let list = list
        .says("<Size>1</Size>")
        .says("<DisplayName>AKIDEXAMPLE</DisplayName>");
    list.says("<ETag>&quot;9dd4e461268c8034f5c8564e155c67a6&quot;</ETag>");
}

#[tokio::test]
async fn folders() {
    let store = filled().await;
    let root = store
        .signed(
            "GET",
            "/photos?delimiter=%2F&encoding-type=url&list-type=2&prefix=",
            &[],
            "",
        )
        .await
        .is(200);
    let root = root
        .says("<Prefix>a/</Prefix>")
        .says("<Prefix>b%20c/</Prefix>")
        .says("<Key>top.jpg</Key>");
    assert!(!root.text().contains("1.jpg"));
    let folder = store
        .signed("GET", "/photos?delimiter=/&list-type=2&prefix=a/", &[], "")
        .await
        .is(200);
    folder
        .says("<Key>a/1.jpg</Key>")
        .says("<Key>a/2.jpg</Key>")
        .says("<KeyCount>2</KeyCount>");
}

#[tokio::test]
async fn page_by_page() {
    let store = filled().await;
    let mut keys = Vec::new();
    let mut uri = "/photos?list-type=2&max-keys=1".to_owned();
    loop {
        let page = store.signed("GET", &uri, &[], "").await.is(200).text();
        let between =
            |from: &str, to: &str| Some(page.split_once(from)?.1.split_once(to)?.0.to_owned());
        keys.extend(between("<Key>", "</Key>"));
        match between("<NextContinuationToken>", "</NextContinuationToken>") {
            Some(token) => {
                uri = format!("/photos?continuation-token={token}&list-type=2&max-keys=1")
            }
            None => break,
        }
    }
    assert_eq!(keys, ["a/1.jpg", "a/2.jpg", "b c/3.jpg", "top.jpg"]);
    let after = store
        .signed("GET", "/photos?list-type=2&start-after=a/2.jpg", &[], "")
        .await
        .is(200);
    after
        .says("<StartAfter>a/2.jpg</StartAfter>")
        .says("<KeyCount>2</KeyCount>");
    let none = store
        .signed("GET", "/photos?list-type=2&max-keys=0", &[], "")
        .await
        .is(200);
    none.says("<KeyCount>0</KeyCount>");
}

#[tokio::test]
async fn wrong_questions() {
    let store = filled().await;
    let list = async |query: &str| {
        store
            .signed("GET", &format!("/photos?list-type=2&{query}"), &[], "")
            .await
    };
    list("max-keys=-1")
        .await
        .refused(400, "InvalidArgument")
        .says("max-keys");
    list("max-keys=many").await.refused(400, "InvalidArgument");
    list("encoding-type=base64")
        .await
        .refused(400, "InvalidArgument");
    list("continuation-token=%21%21")
        .await
        .refused(400, "InvalidArgument")
        .says("continuation");
    list("continuation-token=")
        .await
        .refused(400, "InvalidArgument");
    store
        .signed("GET", "/missing?list-type=2", &[], "")
        .await
        .refused(404, "NoSuchBucket");
}
