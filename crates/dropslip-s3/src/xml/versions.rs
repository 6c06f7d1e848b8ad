//! The answer to `ListObjectVersions`
//! ([ListObjectVersions](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html)).

use super::entries::{ListEntry, Names, common_prefixes, described, owner, yes};
use super::write::Document;

/// One version of an object, or a delete marker, in a list.
#[derive(Clone, Debug)]
pub struct VersionEntry {
    /// Its id; `null` for one that was written without versioning.
    pub version_id: String,
    /// Whether it is what a reader finds who names no version.
    pub is_latest: bool,
    /// Whether it is a delete marker, of which key, time and owner are told.
    pub is_marker: bool,
    /// The object.
    pub entry: ListEntry,
}

/// One page of versions, with what was asked for it.
#[derive(Clone, Debug, Default)]
pub struct ListVersions<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// Keys begin with it.
    pub prefix: &'a str,
    /// At or behind which key the page was asked to start.
    pub key_marker: &'a str,
    /// Behind which of its versions.
    pub version_id_marker: &'a str,
    /// Key and version behind which the next page starts; their presence says that there is
    /// one. Behind a common prefix there is no version.
    pub next: Option<(String, Option<String>)>,
    /// How many entries were asked for.
    pub max_keys: usize,
    /// What rolls keys up into common prefixes.
    pub delimiter: Option<&'a str>,
    /// How names are written.
    pub names: Names,
    /// Versions and delete markers, by key, newest first.
    pub versions: Vec<VersionEntry>,
    /// The rolled up prefixes.
    pub common_prefixes: Vec<String>,
}

/// Writes a page.
#[must_use]
pub fn list_versions(list: &ListVersions<'_>) -> String {
    let names = list.names;
    let name = |text| names.of(text);
    let mut document = Document::new("ListVersionsResult");
    document.text("Name", list.bucket);
    document.text("Prefix", &name(list.prefix));
    document.text("KeyMarker", &name(list.key_marker));
    document.text("VersionIdMarker", list.version_id_marker);
    if let Some((key, version_id)) = &list.next {
        document.text("NextKeyMarker", &name(key));
        document.text_if("NextVersionIdMarker", version_id.as_deref());
    }
    document.text("MaxKeys", &list.max_keys.to_string());
    document.text_if("Delimiter", list.delimiter.map(name).as_deref());
    names.write(&mut document);
    document.text("IsTruncated", yes(list.next.is_some()));
    for version in &list.versions {
        let element = if version.is_marker {
            "DeleteMarker"
        } else {
            "Version"
        };
        document.element(element, |document| {
            document.text("Key", &name(&version.entry.key));
            document.text("VersionId", &version.version_id);
            document.text("IsLatest", yes(version.is_latest));
            if !version.is_marker {
                described(document, &version.entry);
                return;
            }
            document.text("LastModified", &version.entry.last_modified);
            if let Some(name) = &version.entry.owner {
                owner(document, name);
            }
        });
    }
    common_prefixes(&mut document, &list.common_prefixes, names);
    document.finish("ListVersionsResult")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page() {
        let entry = ListEntry {
            key: "a b".to_owned(),
            last_modified: "2026-01-15T12:00:00.000Z".to_owned(),
            etag: "\"e\"".to_owned(),
            storage_class: "STANDARD".to_owned(),
            owner: Some("dropslip".to_owned()),
            ..ListEntry::default()
        };
        let version = |is_marker| VersionEntry {
            version_id: "null".to_owned(),
            is_latest: is_marker,
            is_marker,
            entry: entry.clone(),
        };
        let mut list = ListVersions {
            bucket: "photos",
            max_keys: 1000,
            versions: vec![version(true), version(false)],
            ..ListVersions::default()
        };
        let text = list_versions(&list);
        assert!(text.contains("<KeyMarker></KeyMarker><VersionIdMarker></VersionIdMarker><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated><DeleteMarker>"), "{text}");
        assert!(text.contains("<DeleteMarker><Key>a b</Key><VersionId>null</VersionId><IsLatest>true</IsLatest><LastModified>2026-01-15T12:00:00.000Z</LastModified><Owner>"));
        assert!(text.contains("<Version><Key>a b</Key><VersionId>null</VersionId><IsLatest>false</IsLatest><LastModified>2026-01-15T12:00:00.000Z</LastModified><ETag>"));
        list.next = Some(("a b".to_owned(), Some("v".to_owned())));
        list.names.url_encoded = true;
        let text = list_versions(&list);
        assert!(
            text.contains(
                "<NextKeyMarker>a%20b</NextKeyMarker><NextVersionIdMarker>v</NextVersionIdMarker>"
            ),
            "{text}"
        );
        assert!(text.contains("<IsTruncated>true</IsTruncated>"));
    }
}
