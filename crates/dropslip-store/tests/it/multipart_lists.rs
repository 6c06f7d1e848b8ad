//! Lists of uploads and of their parts, page by page.

use crate::multipart::{begin, element, part};
use crate::support::Fixture;

/// The texts of all elements of a name, in order.
fn all<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let open = format!("<{name}>");
    let texts = xml.split(&open).skip(1);
    texts.map(|rest| &rest[..rest.find('<').unwrap()]).collect()
}

#[tokio::test]
async fn parts_page_by_page() {
    let store = Fixture::new().await;
    let id = begin(&store, "/photos/a%20b", &[]).await;
    let at = format!("/photos/a%20b?uploadId={id}");
    for number in [10_000, 3, 1, 7] {
        part(&store, &at, number, b"part").await;
    }
    let page = async |query: &str| {
        let uri = format!("{at}&{query}");
        store.signed("GET", &uri, &[], "").await.is(200).text()
    };
    let whole = page("").await;
    assert_eq!(all(&whole, "PartNumber"), ["1", "3", "7", "10000"]);
    assert_eq!(element(&whole, "Key"), "a b");
    assert_eq!(element(&whole, "UploadId"), id);
    assert_eq!(element(&whole, "IsTruncated"), "false");
    assert_eq!(element(&whole, "MaxParts"), "1000");
    assert_eq!(element(&whole, "StorageClass"), "STANDARD");
    assert!(
        whole.contains("<Initiator><ID>") && whole.contains("<Owner><ID>"),
        "{whole}"
    );
    assert_eq!(element(&whole, "Size"), "4");
    let mut seen = Vec::new();
    let mut marker = "0".to_owned();
    loop {
        let text = page(&format!("max-parts=2&part-number-marker={marker}")).await;
        assert_eq!(element(&text, "PartNumberMarker"), marker);
        seen.extend(all(&text, "PartNumber").into_iter().map(str::to_owned));
        if element(&text, "IsTruncated") == "false" {
            break;
        }
        marker = element(&text, "NextPartNumberMarker").to_owned();
    }
    assert_eq!(seen, ["1", "3", "7", "10000"]);
    assert!(all(&page("part-number-marker=10000").await, "PartNumber").is_empty());
    assert!(all(&page("part-number-marker=70000").await, "PartNumber").is_empty());
    let none = page("max-parts=0").await;
    assert!(all(&none, "PartNumber").is_empty());
    assert_eq!(element(&none, "IsTruncated"), "false");
    assert_eq!(element(&page("encoding-type=url").await, "Key"), "a%20b");
}

/// All entries of a list in pages of `max`: keys with the number of the upload of that key,
/// and common prefixes.
async fn walk(store: &Fixture, query: &str, max: usize) -> Vec<String> {
    let mut seen = Vec::new();
    let mut markers = String::new();
    loop {
        let uri = format!("/photos?uploads&{query}&max-uploads={max}{markers}");
        let text = store.signed("GET", &uri, &[], "").await.is(200).text();
        let prefixes = text.split("<CommonPrefixes>").skip(1);
        let prefixes: Vec<_> = prefixes.map(|rest| element(rest, "Prefix")).collect();
        let keys = all(&text, "Key");
        assert!(keys.len() + prefixes.len() <= max);
        seen.extend(keys.into_iter().chain(prefixes).map(str::to_owned));
        if element(&text, "IsTruncated") == "false" {
            assert!(!text.contains("NextKeyMarker"));
            return seen;
        }
        let key = element(&text, "NextKeyMarker")
            .replace('%', "%25")
            .replace(' ', "%20");
        let id = element(&text, "NextUploadIdMarker");
        markers = format!("&key-marker={key}&upload-id-marker={id}");
    }
}

#[tokio::test]
async fn uploads_page_by_page() {
    let store = Fixture::new().await;
    store.signed("PUT", "/photos-2", &[], "").await.is(200);
    begin(&store, "/photos-2/other", &[]).await;
    for key in ["b", "a/2", "a", "a/1", "a", "c%20d/1", "c%20d/2", "%C3%A9"] {
        begin(&store, &format!("/photos/{key}"), &[]).await;
    }
    for max in [1, 2, 3, 1000] {
        let seen = walk(&store, "", max).await;
        assert_eq!(
            seen,
            ["a", "a", "a/1", "a/2", "b", "c d/1", "c d/2", "é"],
            "{max}"
        );
        let mut seen = walk(&store, "delimiter=/", max).await;
        seen.sort();
        assert_eq!(seen, ["a", "a", "a/", "b", "c d/", "é"], "{max}");
        assert_eq!(
            walk(&store, "prefix=a/&delimiter=/", max).await,
            ["a/1", "a/2"]
        );
        assert_eq!(walk(&store, "prefix=a&delimiter=/", max).await.len(), 3);
        assert!(walk(&store, "prefix=z", max).await.is_empty());
    }
    let none = store
        .signed("GET", "/photos?uploads&max-uploads=0", &[], "")
        .await
        .is(200);
    assert_eq!(element(&none.text(), "IsTruncated"), "false");
    let encoded = "/photos?uploads&encoding-type=url&prefix=c%20";
    let encoded = store.signed("GET", encoded, &[], "").await.is(200).text();
    assert_eq!(all(&encoded, "Key"), ["c%20d/1", "c%20d/2"]);
    assert_eq!(element(&encoded, "EncodingType"), "url");
}

#[tokio::test]
async fn uploads_of_one_key_are_in_the_order_of_their_beginning() {
    let store = Fixture::new().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(begin(&store, "/photos/a", &[]).await);
    }
    let text = store
        .signed("GET", "/photos?uploads", &[], "")
        .await
        .is(200)
        .text();
    assert_eq!(all(&text, "UploadId"), ids);
    let behind = format!("/photos?uploads&key-marker=a&upload-id-marker={}", ids[2]);
    let text = store.signed("GET", &behind, &[], "").await.is(200).text();
    assert_eq!(all(&text, "UploadId"), ids[3..]);
    assert_eq!(element(&text, "UploadIdMarker"), ids[2]);
    // Without an upload, the whole key is behind; without a key, an upload says nothing.
    let text = store
        .signed("GET", "/photos?uploads&key-marker=a", &[], "")
        .await
        .text();
    assert!(all(&text, "UploadId").is_empty());
    let alone = format!("/photos?uploads&upload-id-marker={}", ids[2]);
    let text = store.signed("GET", &alone, &[], "").await.is(200).text();
    assert_eq!(all(&text, "UploadId"), ids);
    // An upload that is gone still marks its place.
    let gone = format!("/photos/a?uploadId={}", ids[2]);
    store.signed("DELETE", &gone, &[], "").await.is(204);
    let text = store.signed("GET", &behind, &[], "").await.is(200).text();
    assert_eq!(all(&text, "UploadId"), ids[3..]);
}
