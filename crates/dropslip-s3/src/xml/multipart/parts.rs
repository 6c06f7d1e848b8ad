//! The answer to `ListParts`.

use super::super::write::Document;
use super::{checksum_element, person};
use crate::checksum::{Algorithm, Checksum, ChecksumType};

/// One part of an upload.
#[derive(Clone, Debug)]
pub struct PartEntry {
    /// Its number.
    pub number: u16,
    /// When it was uploaded, RFC 3339.
    pub last_modified: String,
    /// Its ETag, with quotes.
    pub etag: String,
    /// Its size.
    pub size_bytes: u64,
    /// Its checksum.
    pub checksum: Option<Checksum>,
}

/// One page of an upload's parts, with what was asked for it.
#[derive(Clone, Debug)]
pub struct ListParts<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// The key that the object will have.
    pub key: &'a str,
    /// The upload.
    pub upload_id: &'a str,
    /// Who began it.
    pub initiator: &'a str,
    /// Who will own the object.
    pub owner: &'a str,
    /// The page begins behind this number.
    pub part_number_marker: u64,
    /// How many parts were asked for.
    pub max_parts: usize,
    /// Whether there are more behind these.
    pub is_truncated: bool,
    /// The parts.
    pub parts: Vec<PartEntry>,
    /// The checksum that the upload was begun with.
    pub checksum: Option<(Algorithm, ChecksumType)>,
    /// Whether names are percent-encoded (`encoding-type=url`).
    pub url_encoded: bool,
}

/// Writes a page.
#[must_use]
pub fn list_parts(list: &ListParts<'_>) -> String {
    let last = list.parts.last().map(|part| u64::from(part.number));
    let next_marker = last.unwrap_or(0);
    let mut document = Document::new("ListPartsResult");
    document.text("Bucket", list.bucket);
    if list.url_encoded {
        document.text("EncodingType", "url");
        document.text("Key", &dropslip_sigv4::encode_path(list.key.as_bytes()));
    } else {
        document.text("Key", list.key);
    }
    document.text("UploadId", list.upload_id);
    person(&mut document, "Initiator", list.initiator);
    person(&mut document, "Owner", list.owner);
    document.text("StorageClass", "STANDARD");
    document.text("PartNumberMarker", &list.part_number_marker.to_string());
    document.text("NextPartNumberMarker", &next_marker.to_string());
    document.text("MaxParts", &list.max_parts.to_string());
    document.text(
        "IsTruncated",
        if list.is_truncated { "true" } else { "false" },
    );
    if let Some((algorithm, kind)) = list.checksum {
        document.text("ChecksumAlgorithm", algorithm.as_str());
        document.text("ChecksumType", kind.as_str());
    }
    for part in &list.parts {
        document.element("Part", |document| {
            document.text("PartNumber", &part.number.to_string());
            document.text("LastModified", &part.last_modified);
            document.text("ETag", &part.etag);
            document.text("Size", &part.size_bytes.to_string());
            if let Some(checksum) = &part.checksum {
                document.text(checksum_element(checksum.algorithm), &checksum.to_string());
            }
        });
    }
    document.finish("ListPartsResult")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page() {
        let entry = PartEntry {
            number: 7,
            last_modified: "2026-01-15T12:00:00.000Z".to_owned(),
            etag: "\"e\"".to_owned(),
            size_bytes: 3,
            checksum: Checksum::parse(Algorithm::Crc32, "y/Q5Jg=="),
        };
        let mut list = ListParts {
            bucket: "photos",
            key: "a b",
            upload_id: "u1",
            initiator: "someone",
            owner: "dropslip",
            part_number_marker: 6,
            max_parts: 1,
            is_truncated: true,
            parts: vec![entry],
            checksum: Some((Algorithm::Crc32, ChecksumType::FullObject)),
            url_encoded: false,
        };
        let text = list_parts(&list);
        for expected in [
            "<Bucket>photos</Bucket><Key>a b</Key><UploadId>u1</UploadId><Initiator><ID>",
            "<DisplayName>someone</DisplayName></Initiator><Owner><ID>",
            "<DisplayName>dropslip</DisplayName></Owner><StorageClass>STANDARD</StorageClass>\
             <PartNumberMarker>6</PartNumberMarker><NextPartNumberMarker>7</NextPartNumberMarker>\
             <MaxParts>1</MaxParts><IsTruncated>true</IsTruncated>",
            "<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>",
            "<Part><PartNumber>7</PartNumber>\
             <LastModified>2026-01-15T12:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag>\
             <Size>3</Size><ChecksumCRC32>y/Q5Jg==</ChecksumCRC32></Part></ListPartsResult>",
        ] {
            assert!(text.contains(expected), "{expected} in {text}");
        }
        list.parts.clear();
        list.is_truncated = false;
        list.checksum = None;
        list.url_encoded = true;
        let text = list_parts(&list);
        assert!(text.contains("<EncodingType>url</EncodingType><Key>a%20b</Key>"));
        assert!(text.contains("<NextPartNumberMarker>0</NextPartNumberMarker>"));
        assert!(text.contains("<IsTruncated>false</IsTruncated></ListPartsResult>"));
    }
}
