//! The answer to `ListObjectsV2`
//! ([ListObjectsV2](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html)).

use super::entries::{ListEntry, Names, common_prefixes, object, yes};
use super::write::Document;

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
    /// How names are written.
    pub names: Names,
    /// The objects.
    pub objects: Vec<ListEntry>,
    /// The rolled up prefixes.
    pub common_prefixes: Vec<String>,
}

/// Writes a page.
#[must_use]
pub fn list_v2(list: &ListV2<'_>) -> String {
    let names = list.names;
    let name = |text| names.of(text);
    let mut document = Document::new("ListBucketResult");
    document.text("Name", list.bucket);
    document.text("Prefix", &name(list.prefix));
    document.text_if("StartAfter", list.start_after.map(name).as_deref());
    document.text_if("ContinuationToken", list.continuation_token);
    let next = list.next_continuation_token.as_deref();
    document.text_if("NextContinuationToken", next);
    let count = list.objects.len() + list.common_prefixes.len();
    document.text("KeyCount", &count.to_string());
    document.text("MaxKeys", &list.max_keys.to_string());
    document.text_if("Delimiter", list.delimiter.map(name).as_deref());
    names.write(&mut document);
    document.text("IsTruncated", yes(next.is_some()));
    for entry in &list.objects {
        document.element("Contents", |document| object(document, entry, names));
    }
    common_prefixes(&mut document, &list.common_prefixes, names);
    document.finish("ListBucketResult")
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
            storage_class: "STANDARD".to_owned(),
            ..ListEntry::default()
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
        assert!(!text.contains("<Owner>") && !text.contains("Checksum"));
        list.names.url_encoded = true;
        list.objects[0].owner = Some("dropslip".to_owned());
        list.objects[0].checksum_algorithm = Some("CRC32");
        list.objects[0].checksum_type = Some("FULL_OBJECT");
        list.next_continuation_token = Some("t".to_owned());
        let text = list_v2(&list);
        assert!(text.contains("<Key>a%20b/%01.jpg</Key>"), "{text}");
        assert!(text.contains("<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>3</Size>"), "{text}");
        assert!(text.contains("<Owner><ID>") && text.contains("<IsTruncated>true</IsTruncated>"));
    }
}
