//! The answer to `ListObjects`, the first version
//! ([ListObjects](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html)).

use super::entries::{ListEntry, Names, common_prefixes, object, yes};
use super::write::Document;

/// One page of objects, with what was asked for it.
#[derive(Clone, Debug, Default)]
pub struct ListV1<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// Keys begin with it.
    pub prefix: &'a str,
    /// Behind which key the page was asked to start.
    pub marker: &'a str,
    /// Behind which key or common prefix the next page starts. It is told with a delimiter
    /// alone: without one, the last key of a page is the next marker.
    pub next_marker: Option<&'a str>,
    /// Whether there is another page.
    pub is_truncated: bool,
    /// How many entries were asked for.
    pub max_keys: usize,
    /// What rolls keys up into common prefixes.
    pub delimiter: Option<&'a str>,
    /// How names are written.
    pub names: Names,
    /// The objects.
    pub objects: Vec<ListEntry>,
    /// The rolled up prefixes.
    pub common_prefixes: Vec<String>,
}

/// Writes a page.
#[must_use]
pub fn list_v1(list: &ListV1<'_>) -> String {
    let names = list.names;
    let name = |text| names.of(text);
    let mut document = Document::new("ListBucketResult");
    document.text("Name", list.bucket);
    document.text("Prefix", &name(list.prefix));
    document.text("Marker", &name(list.marker));
    let next = list.next_marker.filter(|_| list.delimiter.is_some());
    document.text_if("NextMarker", next.map(name).as_deref());
    document.text("MaxKeys", &list.max_keys.to_string());
    document.text_if("Delimiter", list.delimiter.map(name).as_deref());
    names.write(&mut document);
    document.text("IsTruncated", yes(list.is_truncated));
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
        let mut list = ListV1 {
            bucket: "photos",
            next_marker: Some("a b/"),
            is_truncated: true,
            max_keys: 2,
            common_prefixes: vec!["a b/".to_owned()],
            ..ListV1::default()
        };
        let text = list_v1(&list);
        assert!(text.contains("<Name>photos</Name><Prefix></Prefix><Marker></Marker><MaxKeys>2</MaxKeys><IsTruncated>true</IsTruncated>"), "{text}");
        assert!(!text.contains("NextMarker") && !text.contains("KeyCount"));
        list.delimiter = Some("/");
        list.names.url_encoded = true;
        let text = list_v1(&list);
        assert!(text.contains("<NextMarker>a%20b/</NextMarker>"), "{text}");
        assert!(text.contains("<Delimiter>/</Delimiter><EncodingType>url</EncodingType>"));
        assert!(text.contains("<CommonPrefixes><Prefix>a%20b/</Prefix></CommonPrefixes>"));
    }
}
