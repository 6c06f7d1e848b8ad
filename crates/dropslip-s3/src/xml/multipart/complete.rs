//! `CompleteMultipartUpload`: the parts that are wanted, and what became of them.

use serde::Deserialize;

use super::super::write::Document;
use super::super::{XmlError, read_up_to};
use super::checksum_element;
use crate::checksum::{Algorithm, ChecksumType};
use crate::limits::{COMPLETE_XML_BYTES_MAX, PARTS_MAX};

/// A part as the document names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedPart {
    /// Its number. May be any number; whether it can be a part's is for the store to say.
    pub number: i64,
    /// Its ETag, without quotes.
    pub etag: String,
    /// Its checksums, as they were sent.
    pub checksums: Vec<(Algorithm, String)>,
}

#[derive(Deserialize)]
struct Shape {
    #[serde(rename = "Part", default)]
    parts: Vec<PartShape>,
}

/// Unknown elements are passed over: clients send back what a list of parts told them,
/// sizes and times among it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PartShape {
    part_number: String,
    #[serde(rename = "ETag")]
    etag: String,
    #[serde(rename = "ChecksumCRC32")]
    crc32: Option<String>,
    #[serde(rename = "ChecksumCRC32C")]
    crc32c: Option<String>,
    #[serde(rename = "ChecksumCRC64NVME")]
    crc64nvme: Option<String>,
    #[serde(rename = "ChecksumSHA1")]
    sha1: Option<String>,
    #[serde(rename = "ChecksumSHA256")]
    sha256: Option<String>,
}

/// Reads the parts that an object is to be made of.
///
/// # Errors
/// When the document is malformed, names no part, or more than there can be.
pub fn read_complete(bytes: &[u8]) -> Result<Vec<WantedPart>, XmlError> {
    let shape: Shape = read_up_to(COMPLETE_XML_BYTES_MAX, "CompleteMultipartUpload", bytes)?;
    if !(1..=PARTS_MAX).contains(&shape.parts.len()) {
        return Err(XmlError(format!("an object has 1 to {PARTS_MAX} parts")));
    }
    shape.parts.into_iter().map(wanted).collect()
}

fn wanted(part: PartShape) -> Result<WantedPart, XmlError> {
    let number = part.part_number.trim();
    let number = number.parse();
    let number = number.map_err(|_| XmlError("a part's number is no integer".to_owned()))?;
    let checksums = [
        (Algorithm::Crc32, part.crc32),
        (Algorithm::Crc32c, part.crc32c),
        (Algorithm::Crc64Nvme, part.crc64nvme),
        (Algorithm::Sha1, part.sha1),
        (Algorithm::Sha256, part.sha256),
    ];
    let checksums = checksums.into_iter();
    // Some clients write an empty element for a checksum that they do not have.
    let checksums = checksums.filter_map(|(algorithm, value)| {
        let value = value?.trim().to_owned();
        (!value.is_empty()).then_some((algorithm, value))
    });
    Ok(WantedPart {
        number,
        etag: part.etag.trim().trim_matches('"').to_owned(),
        checksums: checksums.collect(),
    })
}

/// What a completed upload became.
#[derive(Clone, Debug)]
pub struct Completed<'a> {
    /// The object's URL.
    pub location: &'a str,
    /// Its bucket.
    pub bucket: &'a str,
    /// Its key.
    pub key: &'a str,
    /// Its ETag, with quotes.
    pub etag: &'a str,
    /// Its checksum as headers carry it.
    pub checksum: Option<(Algorithm, &'a str)>,
    /// How that checksum was made.
    pub checksum_type: Option<ChecksumType>,
}

/// Writes the answer to `CompleteMultipartUpload`.
#[must_use]
pub fn completed(completed: &Completed<'_>) -> String {
    let mut document = Document::new("CompleteMultipartUploadResult");
    document.text("Location", completed.location);
    document.text("Bucket", completed.bucket);
    document.text("Key", completed.key);
    document.text("ETag", completed.etag);
    if let Some((algorithm, value)) = completed.checksum {
        document.text(checksum_element(algorithm), value);
    }
    let kind = completed.checksum_type.map(ChecksumType::as_str);
    document.text_if("ChecksumType", kind);
    document.finish("CompleteMultipartUploadResult")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::XML_EVENTS_KEPT_MAX;

    const ETAG: &str = "0cc175b9c0f1b6a831c399e269772661";

    fn read(inner: &str) -> Result<Vec<WantedPart>, XmlError> {
        let text = format!("<CompleteMultipartUpload>{inner}</CompleteMultipartUpload>");
        read_complete(text.as_bytes())
    }

    fn part(number: i64, checksums: &[(Algorithm, &str)]) -> WantedPart {
        let checksums = checksums.iter();
        WantedPart {
            number,
            etag: ETAG.to_owned(),
            checksums: checksums.map(|(a, v)| (*a, (*v).to_owned())).collect(),
        }
    }

    #[test]
    fn parts_as_clients_write_them() {
        let table = [
            format!("<Part><PartNumber>1</PartNumber><ETag>\"{ETAG}\"</ETag></Part>"),
            format!("<Part><ETag>&quot;{ETAG}&quot;</ETag><PartNumber>1</PartNumber></Part>"),
            format!("<Part><ETag>&#34;{ETAG}&#34;</ETag><PartNumber>1</PartNumber></Part>"),
            format!("\n <Part>\n <ETag> {ETAG} </ETag><PartNumber> 1 </PartNumber>\n</Part>\n"),
            format!(
                "<Part><Size>5</Size><ETag>{ETAG}</ETag><LastModified>2026</LastModified>\
                 <PartNumber>1</PartNumber><ChecksumCRC32></ChecksumCRC32></Part><Quiet/>"
            ),
        ];
        for inner in table {
            assert_eq!(read(&inner).unwrap(), [part(1, &[])], "{inner}");
        }
        let spaced = format!(
            "\u{feff}<?xml version=\"1.0\"?><CompleteMultipartUpload \
             xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Part><PartNumber>10000</PartNumber>\
             <ETag>{ETAG}</ETag><ChecksumCRC32>y/Q5Jg==</ChecksumCRC32></Part><Part>\
             <PartNumber>-2</PartNumber><ETag>{ETAG}</ETag><ChecksumSHA256>x</ChecksumSHA256>\
             </Part></CompleteMultipartUpload>"
        );
        let expected = [
            part(10_000, &[(Algorithm::Crc32, "y/Q5Jg==")]),
            part(-2, &[(Algorithm::Sha256, "x")]),
        ];
        assert_eq!(read_complete(spaced.as_bytes()).unwrap(), expected);
    }

    #[test]
    fn as_many_parts_as_there_can_be() {
        let one = format!("<Part><PartNumber>1</PartNumber><ETag>{ETAG}</ETag></Part>");
        assert_eq!(read(&one.repeat(PARTS_MAX)).unwrap().len(), PARTS_MAX);
        let error = read(&one.repeat(PARTS_MAX + 1)).unwrap_err();
        assert!(error.to_string().contains("1 to 10000 parts"), "{error}");
    }

    #[test]
    fn what_stands_between_parts_is_bounded() {
        let part = format!("<Part><PartNumber>1</PartNumber><ETag>{ETAG}</ETag></Part>");
        let with = |n: usize| read(&format!("{part}{}{part}", "<a/>".repeat(n)));
        assert_eq!(with(XML_EVENTS_KEPT_MAX / 2).unwrap().len(), 2);
        assert!(with(XML_EVENTS_KEPT_MAX / 2 + 1).is_err());
    }

    #[test]
    fn what_is_no_list_of_parts() {
        let wrong = [
            "",
            "<Part></Part>",
            "<Part><PartNumber>1</PartNumber></Part>",
            "<Part><ETag>e</ETag></Part>",
            "<Part><PartNumber>one</PartNumber><ETag>e</ETag></Part>",
            "<Part><PartNumber></PartNumber><ETag>e</ETag></Part>",
            "<Part><PartNumber>1</PartNumber><PartNumber>2</PartNumber><ETag>e</ETag></Part>",
            "<Part><PartNumber>1</PartNumber><ETag>e</ETag>",
            "<part><PartNumber>1</PartNumber><ETag>e</ETag></part>",
            "<Part><PartNumber>99999999999999999999</PartNumber><ETag>e</ETag></Part>",
        ];
        for inner in wrong {
            assert!(read(inner).is_err(), "{inner}");
        }
        for wrong in [
            "",
            "{}",
            "<Other><Part/></Other>",
            "<CompleteMultipartUpload>",
        ] {
            assert!(read_complete(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert!(read(&" ".repeat(COMPLETE_XML_BYTES_MAX)).is_err());
    }

    #[test]
    fn an_upload_is_completed() {
        let mut answer = Completed {
            location: "http://localhost:7601/photos/a",
            bucket: "photos",
            key: "a",
            etag: "\"e-1\"",
            checksum: None,
            checksum_type: None,
        };
        let text = completed(&answer);
        let expected = "<Location>http://localhost:7601/photos/a</Location><Bucket>photos</Bucket>\
                        <Key>a</Key><ETag>&quot;e-1&quot;</ETag></CompleteMultipartUploadResult>";
        assert!(text.ends_with(expected), "{text}");
        answer.checksum = Some((Algorithm::Crc64Nvme, "rosUhgp5mIg="));
        answer.checksum_type = Some(ChecksumType::FullObject);
        let text = completed(&answer);
        let expected = "<ChecksumCRC64NVME>rosUhgp5mIg=</ChecksumCRC64NVME>\
                        <ChecksumType>FULL_OBJECT</ChecksumType>";
        assert!(text.contains(expected), "{text}");
    }
}
