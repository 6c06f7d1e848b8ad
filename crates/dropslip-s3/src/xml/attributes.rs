//! The answer to `GetObjectAttributes`
//! ([GetObjectAttributes](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html)).

use super::entries::yes;
use super::write::Document;

/// The attributes that were asked for; the others are absent.
#[derive(Clone, Debug, Default)]
pub struct Attributes<'a> {
    /// The ETag, without quotes.
    pub etag: Option<&'a str>,
    /// Elements of `Checksum`: `ChecksumCRC32` and the like, and `ChecksumType`.
    pub checksum: Option<Vec<(String, String)>>,
    /// The parts of an object that came by multipart upload.
    pub parts: Option<PartsPage>,
    /// The storage class.
    pub storage_class: Option<&'a str>,
    /// The size.
    pub size_bytes: Option<u64>,
}

/// One page of an object's parts.
#[derive(Clone, Debug, Default)]
pub struct PartsPage {
    /// How many parts there are in all.
    pub total: usize,
    /// Behind which number the page was asked to start.
    pub marker: u32,
    /// The number of the page's last part; 0 for a page without any.
    pub next_marker: u32,
    /// How many were asked for.
    pub max: usize,
    /// Whether there is another page.
    pub is_truncated: bool,
    /// The parts; none for an object whose parts have no checksums.
    pub parts: Vec<AttributesPart>,
}

/// One part.
#[derive(Clone, Debug, Default)]
pub struct AttributesPart {
    /// Its number.
    pub number: u32,
    /// Its size.
    pub size_bytes: u64,
    /// Elements such as `ChecksumCRC32`.
    pub checksums: Vec<(String, String)>,
}

/// Writes the attributes.
#[must_use]
pub fn attributes(attributes: &Attributes<'_>) -> String {
    const ROOT: &str = "GetObjectAttributesResponse";
    let mut document = Document::new(ROOT);
    document.text_if("ETag", attributes.etag);
    if let Some(checksum) = &attributes.checksum {
        document.element("Checksum", |document| pairs(document, checksum));
    }
    if let Some(page) = &attributes.parts {
        document.element("ObjectParts", |document| parts(document, page));
    }
    document.text_if("StorageClass", attributes.storage_class);
    let size = attributes.size_bytes.map(|size| size.to_string());
    document.text_if("ObjectSize", size.as_deref());
    document.finish(ROOT)
}

fn parts(document: &mut Document, page: &PartsPage) {
    document.text("PartsCount", &page.total.to_string());
    document.text("PartNumberMarker", &page.marker.to_string());
    document.text("NextPartNumberMarker", &page.next_marker.to_string());
    document.text("MaxParts", &page.max.to_string());
    document.text("IsTruncated", yes(page.is_truncated));
    for part in &page.parts {
        document.element("Part", |document| {
            pairs(document, &part.checksums);
            document.text("PartNumber", &part.number.to_string());
            document.text("Size", &part.size_bytes.to_string());
        });
    }
}

fn pairs(document: &mut Document, pairs: &[(String, String)]) {
    for (name, value) in pairs {
        document.text(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_asked_for() {
        let empty = attributes(&Attributes::default());
        assert!(
            empty.ends_with("/\"></GetObjectAttributesResponse>"),
            "{empty}"
        );
        let crc = || vec![("ChecksumCRC32".to_owned(), "AAAAAA==".to_owned())];
        let part = AttributesPart {
            number: 3,
            size_bytes: 7,
            checksums: crc(),
        };
        let all = attributes(&Attributes {
            etag: Some("abc-9"),
            checksum: Some(crc()),
            parts: Some(PartsPage {
                total: 9,
                marker: 2,
                next_marker: 3,
                max: 1,
                is_truncated: true,
                parts: vec![part],
            }),
            storage_class: Some("STANDARD"),
            size_bytes: Some(63),
        });
        let expected = "<ETag>abc-9</ETag><Checksum><ChecksumCRC32>AAAAAA==</ChecksumCRC32></Checksum>\
            <ObjectParts><PartsCount>9</PartsCount><PartNumberMarker>2</PartNumberMarker><NextPartNumberMarker>3</NextPartNumberMarker>\
            <MaxParts>1</MaxParts><IsTruncated>true</IsTruncated>\
            <Part><ChecksumCRC32>AAAAAA==</ChecksumCRC32><PartNumber>3</PartNumber><Size>7</Size></Part></ObjectParts>\
            <StorageClass>STANDARD</StorageClass><ObjectSize>63</ObjectSize></GetObjectAttributesResponse>";
        assert!(all.ends_with(expected), "{all}");
    }
}
