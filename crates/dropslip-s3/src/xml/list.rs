//! The answer to `ListObjectsV2`.

use super::bucket::owner_id;
use super::write::Document;

/// One object in a list.
#[derive(Clone, Debug)]
pub struct ListEntry {
    /// The key.
    pub key: String,
    /// When it was written, RFC 3339.
    pub last_modified: String,
    /// Its ETag, with quotes.
    pub etag: String,
    /// Its size.
    pub size_bytes: u64,
}

/// One page of objects, with what was asked for it.
#[derive(Clone, Debug, Default)]
pub struct ListV2<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// Keys begin with it.
    pub prefix: &'a str,
    /// What rolls keys up into common prefixes.
    pub delimiter: Option<&'a str>,
    /// Where the page was asked to start.
    pub start_after: Option<&'a str>,
    /// The token that the page was asked with.
    pub continuation_token: Option<&'a str>,
    /// The token of the next page; its presence says that there is one.
    pub next_continuation_token: Option<String>,
    /// How many entries were asked for.
    pub max_keys: usize,
    /// Whether names are percent-encoded (`encoding-type=url`).
    pub url_encoded: bool,
    /// The owner to show with each object (`fetch-owner=true`).
    pub owner: Option<&'a str>,
    /// The objects.
    pub objects: Vec<ListEntry>,
    /// The rolled up prefixes.
    pub common_prefixes: Vec<String>,
}

/// Writes a page.
#[must_use]
pub fn list_v2(list: &ListV2<'_>) -> String {
    let name = |text: &str| {
        if list.url_encoded {
            encode(text)
        } else {
            text.to_owned()
        }
    };
    let mut document = Document::new("ListBucketResult");
    document.text("Name", list.bucket);
    document.text("Prefix", &name(list.prefix));
    document.text_if("StartAfter", list.start_after.map(name).as_deref());
    document.text_if("ContinuationToken", list.continuation_token);
    document.text_if(
        "NextContinuationToken",
        list.next_continuation_token.as_deref(),
    );
    document.text(
        "KeyCount",
        &(list.objects.len() + list.common_prefixes.len()).to_string(),
    );
    document.text("MaxKeys", &list.max_keys.to_string());
    document.text_if("Delimiter", list.delimiter.map(name).as_deref());
    document.text_if("EncodingType", list.url_encoded.then_some("url"));
    document.text(
        "IsTruncated",
        if list.next_continuation_token.is_some() {
            "true"
        } else {
            "false"
        },
    );
    for object in &list.objects {
        document.element("Contents", |document| {
            document.text("Key", &name(&object.key));
            document.text("LastModified", &object.last_modified);
            document.text("ETag", &object.etag);
            document.text("Size", &object.size_bytes.to_string());
            if let Some(owner) = list.owner {
                document.element("Owner", |document| {
                    document.text("ID", &owner_id(owner));
                    document.text("DisplayName", owner);
                });
            }
            document.text("StorageClass", "STANDARD");
        });
    }
    for prefix in &list.common_prefixes {
        document.element("CommonPrefixes", |document| {
            document.text("Prefix", &name(prefix))
        });
    }
    document.finish("ListBucketResult")
}

/// S3's `encoding-type=url`: as in a path, slashes kept.
fn encode(text: &str) -> String {
    dropslip_sigv4::encode_path(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page() {
        let entry = ListEntry {
            key: "a b/\u{1}.jpg".to_owned(),
            last_modified: "2026-01-15T12:00:00.000Z".to_owned(),
            etag: "\"abc\"".to_owned(),
            size_bytes: 3,
        };
        let mut list = ListV2 {
            bucket: "photos",
            delimiter: Some("/"),
            max_keys: 1000,
            objects: vec![entry],
            common_prefixes: vec!["c/".to_owned()],
            ..ListV2::default()
        };
        let text = list_v2(&list);
        assert!(text.contains("<Key>a b/&#x1;.jpg</Key>"), "{text}");
        assert!(
            text.contains("<KeyCount>2</KeyCount>")
                && text.contains("<IsTruncated>false</IsTruncated>")
        );
        assert!(text.contains("<CommonPrefixes><Prefix>c/</Prefix></CommonPrefixes>"));
        assert!(!text.contains("<Owner>"));
        list.url_encoded = true;
        list.owner = Some("dropslip");
        list.next_continuation_token = Some("t".to_owned());
        let text = list_v2(&list);
        assert!(text.contains("<Key>a%20b/%01.jpg</Key>"), "{text}");
        assert!(text.contains("<Owner><ID>") && text.contains("<IsTruncated>true</IsTruncated>"));
    }
}
