//! Lists on the wire; the pages themselves are tested beside the index.

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
    // A token with nothing in it is the first page.
    let first = store
        .signed("GET", "/photos?list-type=2&continuation-token=", &[], "")
        .await
        .is(200);
    first
        .says("<ContinuationToken></ContinuationToken>")
        .says("<KeyCount>4</KeyCount>");
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
    store
        .signed("GET", "/missing?list-type=2", &[], "")
        .await
        .refused(404, "NoSuchBucket");
}

#[tokio::test]
async fn the_first_version() {
    let store = filled().await;
    let list = async |query: &str| {
        let uri = format!("/photos?{query}");
        store.signed("GET", &uri, &[], "").await.is(200)
    };
    let all = list("").await.says("<Marker></Marker>").says("<Owner>");
    all.says("<Key>b c/3.jpg</Key>")
        .lacks("NextMarker")
        .lacks("KeyCount");
    let first = list("max-keys=1").await.says("<Key>a/1.jpg</Key>");
    first
        .says("<IsTruncated>true</IsTruncated>")
        .lacks("NextMarker");
    let folders = list("delimiter=/&max-keys=1").await;
    folders
        .says("<NextMarker>a/</NextMarker>")
        .says("<CommonPrefixes><Prefix>a/</Prefix>");
    let next = list("delimiter=/&marker=a/&max-keys=1").await;
    next.says("<Marker>a/</Marker>")
        .says("<Prefix>b c/</Prefix>")
        .lacks("<Prefix>a/</Prefix>");
    let last = list("delimiter=/&encoding-type=url&marker=b%20c/").await;
    last.says("<Marker>b%20c/</Marker>")
        .says("<Key>top.jpg</Key>")
        .says("<IsTruncated>false");
    let within = list("delimiter=/&marker=a/1.jpg&max-keys=1").await;
    within.says("<CommonPrefixes><Prefix>a/</Prefix>");
    list("marker=zzz").await.lacks("<Contents>");
    list("marker=a/1.jpg&prefix=b")
        .await
        .says("<Key>b c/3.jpg</Key>")
        .lacks("a/2.jpg</Key>");
    list("max-keys=0")
        .await
        .lacks("<Contents>")
        .says("<IsTruncated>false");
    list("max-keys=5000").await.says("<MaxKeys>1000</MaxKeys>");
    list("max-keys=").await.says("<MaxKeys>1000</MaxKeys>");
    for wrong in ["max-keys=2147483648", "max-keys=-1", "encoding-type=xml"] {
        let uri = format!("/photos?{wrong}");
        store
            .signed("GET", &uri, &[], "")
            .await
            .refused(400, "InvalidArgument");
    }
}

/// Three versions of `a/1`, a deleted `b` of one version, and `c` from before versions.
async fn versioned() -> Fixture {
    let store = Fixture::new().await;
    store.signed("PUT", "/photos/c", &[], "0").await.is(200);
    let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    store
        .signed("PUT", "/photos?versioning", &[], enabled)
        .await
        .is(200);
    for (method, key) in [
        ("PUT", "a/1"),
        ("PUT", "a/1"),
        ("PUT", "b"),
        ("PUT", "a/1"),
        ("DELETE", "b"),
    ] {
        let answer = store
            .signed(method, &format!("/photos/{key}"), &[], "")
            .await;
        assert!(answer.status.is_success());
    }
    store
}

/// Key, whether it is a delete marker, whether it is the latest, of each version.
fn versions_of(text: &str) -> Vec<(String, bool, bool)> {
    let mut seen = Vec::new();
    for piece in text.split("<Key>").skip(1) {
        let before = &text[..text.len() - text.split_once(piece).unwrap().1.len() - piece.len()];
        let is_marker = before.ends_with("<DeleteMarker><Key>");
        let key = piece.split_once("</Key>").unwrap().0.to_owned();
        seen.push((key, is_marker, piece.contains("<IsLatest>true</IsLatest>")));
    }
    seen
}

#[tokio::test]
async fn versions_page_by_page() {
    let store = versioned().await;
    let expected = [
        ("a/1", false, true),
        ("a/1", false, false),
        ("a/1", false, false),
        ("b", true, true),
        ("b", false, false),
        ("c", false, true),
    ];
    let expected = expected.map(|(key, marker, latest)| (key.to_owned(), marker, latest));
    for max in [1, 2, 3, 4, 5, 6, 1000] {
        let (mut seen, mut place) = (Vec::new(), String::new());
        loop {
            let uri = format!("/photos?{place}max-keys={max}&versions");
            let page = store.signed("GET", &uri, &[], "").await.is(200).text();
            let found = versions_of(&page);
            assert!(found.len() <= max, "{page}");
            seen.extend(found);
            let between = |name: &str| {
                let (_, rest) = page.split_once(&format!("<{name}>"))?;
                Some(rest.split_once('<').unwrap().0.to_owned())
            };
            let Some(key) = between("NextKeyMarker") else {
                assert!(page.contains("<IsTruncated>false"), "{page}");
                break;
            };
            let version = between("NextVersionIdMarker").unwrap();
            place = format!("key-marker={key}&version-id-marker={version}&");
        }
        assert_eq!(seen, expected, "{max} a page");
    }
}

#[tokio::test]
async fn versions_within_bounds() {
    let store = versioned().await;
    let list = async |query: &str| {
        let uri = format!("/photos?{query}&versions");
        store.signed("GET", &uri, &[], "").await
    };
    let folders = list("delimiter=/").await.is(200);
    folders
        .says("<CommonPrefixes><Prefix>a/</Prefix>")
        .lacks("<Key>a/1</Key>")
        .says("<Key>b</Key>");
    let first = list("delimiter=/&max-keys=1").await.is(200);
    first
        .says("<NextKeyMarker>a/</NextKeyMarker>")
        .lacks("NextVersionIdMarker");
    list("delimiter=/&key-marker=a/")
        .await
        .is(200)
        .lacks("<Prefix>a/</Prefix>")
        .says("<Key>b</Key>");
    list("key-marker=a/1")
        .await
        .is(200)
        .lacks("<Key>a/1</Key>")
        .says("<Key>b</Key>");
    list("prefix=c")
        .await
        .is(200)
        .says("<VersionId>null</VersionId>")
        .lacks("<Key>b</Key>");
    list("key-marker=c&version-id-marker=null")
        .await
        .is(200)
        .lacks("<Version>");
    list("key-marker=zz").await.is(200).lacks("<Version>");
    list("prefix=zz").await.is(200).lacks("<Version>");
    list("version-id-marker=null")
        .await
        .refused(400, "InvalidArgument");
    list("key-marker=a&version-id-marker=x")
        .await
        .refused(400, "InvalidArgument");
    list("max-keys=x").await.refused(400, "InvalidArgument");
}

#[tokio::test]
async fn odd_keys_are_listed() {
    let store = Fixture::new().await;
    // As they are in a path, in a list, and in one that is encoded for URLs.
    let keys = [
        ("a%0Ab", "a\nb", "a%0Ab"),
        ("a%01%3C", "a&#x1;&lt;", "a%01%3C"),
        ("a%20%2B+", "a ++", "a%20%2B%2B"),
        ("%00", "&#x0;", "%00"),
        ("%EF%BF%BF", "&#xffff;", "%EF%BF%BF"),
        ("..%2F.%2F%2F", "..&.//", ".././/"),
    ];
    for (path, plain, encoded) in keys {
        let uri = format!("/photos/{path}");
        store.signed("PUT", &uri, &[], "x").await.is(200);
        let plain = plain.replace("\\n", "\n").replace("..&", "../");
        let list = store
            .signed("GET", "/photos?list-type=2", &[], "")
            .await
            .is(200);
        list.says(&format!("<Key>{plain}</Key>"));
        let encoding = "/photos?encoding-type=url&list-type=2";
        let list = store.signed("GET", encoding, &[], "").await.is(200);
        list.says(&format!("<Key>{encoded}</Key>"));
        store.signed("DELETE", &uri, &[], "").await.is(204);
    }
}
