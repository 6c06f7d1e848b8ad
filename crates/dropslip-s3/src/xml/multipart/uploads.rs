//! The answer to `ListMultipartUploads`.

use super::super::write::Document;
use super::person;
use crate::checksum::{Algorithm, ChecksumType};

/// One upload that is under way.
#[derive(Clone, Debug)]
pub struct UploadEntry {
    /// The key that the object will have.
    pub key: String,
    /// The upload.
    pub upload_id: String,
    /// Who began it.
    pub initiator: String,
    /// Who will own the object.
    pub owner: String,
    /// When, RFC 3339.
    pub initiated: String,
    /// The checksum that it was begun with.
    pub checksum: Option<(Algorithm, ChecksumType)>,
}

/// One page of a bucket's uploads, with what was asked for it.
#[derive(Clone, Debug, Default)]
pub struct ListUploads<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// The page begins behind this key …
    pub key_marker: &'a str,
    /// … and, of that key's uploads, behind this one.
    pub upload_id_marker: &'a str,
    /// Where the next page begins, key and upload; its presence says that there is one.
    pub next: Option<(String, String)>,
    /// What rolls keys up into common prefixes.
    pub delimiter: Option<&'a str>,
    /// Keys begin with it.
    pub prefix: &'a str,
    /// How many entries were asked for.
    pub max_uploads: usize,
    /// Whether names are percent-encoded (`encoding-type=url`).
    pub url_encoded: bool,
    /// The uploads.
    pub uploads: Vec<UploadEntry>,
    /// The rolled up prefixes.
    pub common_prefixes: Vec<String>,
}

/// Writes a page.
#[must_use]
pub fn list_uploads(list: &ListUploads<'_>) -> String {
    let name = |text: &str| {
        if list.url_encoded {
            dropslip_sigv4::encode_path(text.as_bytes())
        } else {
            text.to_owned()
        }
    };
    let mut document = Document::new("ListMultipartUploadsResult");
    document.text("Bucket", list.bucket);
    document.text("KeyMarker", &name(list.key_marker));
    document.text("UploadIdMarker", list.upload_id_marker);
    if let Some((key, upload_id)) = &list.next {
        document.text("NextKeyMarker", &name(key));
        document.text("NextUploadIdMarker", upload_id);
    }
    document.text("Prefix", &name(list.prefix));
    document.text_if("Delimiter", list.delimiter.map(name).as_deref());
    document.text_if("EncodingType", list.url_encoded.then_some("url"));
    document.text("MaxUploads", &list.max_uploads.to_string());
    let is_truncated = if list.next.is_some() { "true" } else { "false" };
    document.text("IsTruncated", is_truncated);
    for upload in &list.uploads {
        document.element("Upload", |document| {
            document.text("Key", &name(&upload.key));
            document.text("UploadId", &upload.upload_id);
            person(document, "Initiator", &upload.initiator);
            person(document, "Owner", &upload.owner);
            document.text("StorageClass", "STANDARD");
            document.text("Initiated", &upload.initiated);
            if let Some((algorithm, kind)) = upload.checksum {
                document.text("ChecksumAlgorithm", algorithm.as_str());
                document.text("ChecksumType", kind.as_str());
            }
        });
    }
    for prefix in &list.common_prefixes {
        document.element("CommonPrefixes", |document| {
            document.text("Prefix", &name(prefix))
        });
    }
    document.finish("ListMultipartUploadsResult")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page() {
        let entry = UploadEntry {
            key: "a b".to_owned(),
            upload_id: "u1".to_owned(),
            initiator: "someone".to_owned(),
            owner: "dropslip".to_owned(),
            initiated: "2026-01-15T12:00:00.000Z".to_owned(),
            checksum: Some((Algorithm::Sha256, ChecksumType::Composite)),
        };
        let mut list = ListUploads {
            bucket: "photos",
            max_uploads: 1000,
            uploads: vec![entry],
            common_prefixes: vec!["c d/".to_owned()],
            ..ListUploads::default()
        };
        let text = list_uploads(&list);
        for expected in [
            "<Bucket>photos</Bucket><KeyMarker></KeyMarker><UploadIdMarker></UploadIdMarker>\
             <Prefix></Prefix><MaxUploads>1000</MaxUploads><IsTruncated>false</IsTruncated>\
             <Upload><Key>a b</Key><UploadId>u1</UploadId><Initiator><ID>",
            "<StorageClass>STANDARD</StorageClass><Initiated>2026-01-15T12:00:00.000Z</Initiated>\
             <ChecksumAlgorithm>SHA256</ChecksumAlgorithm><ChecksumType>COMPOSITE</ChecksumType>\
             </Upload><CommonPrefixes><Prefix>c d/</Prefix></CommonPrefixes>",
        ] {
            assert!(text.contains(expected), "{expected} in {text}");
        }
        list.url_encoded = true;
        list.delimiter = Some("/");
        list.key_marker = "a a";
        list.next = Some(("c d/".to_owned(), "u1".to_owned()));
        let text = list_uploads(&list);
        for expected in [
            "<KeyMarker>a%20a</KeyMarker>",
            "<NextKeyMarker>c%20d/</NextKeyMarker><NextUploadIdMarker>u1</NextUploadIdMarker>",
            "<Delimiter>/</Delimiter><EncodingType>url</EncodingType>",
            "<IsTruncated>true</IsTruncated><Upload><Key>a%20b</Key>",
            "<Prefix>c%20d/</Prefix>",
        ] {
            assert!(text.contains(expected), "{expected} in {text}");
        }
    }
}
