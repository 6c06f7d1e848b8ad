//! Documents of multipart uploads.
//!
//! Source: [CreateMultipartUpload](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html)
//! and the pages of the other operations beside it.

mod complete;
mod parts;
mod uploads;

pub use complete::{Completed, WantedPart, completed, read_complete};
pub use parts::{ListParts, PartEntry, list_parts};
pub use uploads::{ListUploads, UploadEntry, list_uploads};

use super::bucket::owner_id;
use super::write::Document;
use crate::checksum::{Algorithm, Checksum};

/// The name of the element that carries a checksum.
pub(super) fn checksum_element(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Crc32 => "ChecksumCRC32",
        Algorithm::Crc32c => "ChecksumCRC32C",
        Algorithm::Crc64Nvme => "ChecksumCRC64NVME",
        Algorithm::Sha1 => "ChecksumSHA1",
        Algorithm::Sha256 => "ChecksumSHA256",
    }
}

/// Writes who owns or began something.
fn person(document: &mut Document, element: &str, access_key: &str) {
    document.element(element, |document| {
        document.text("ID", &owner_id(access_key));
        document.text("DisplayName", access_key);
    });
}

/// Writes the answer to `CreateMultipartUpload`.
#[must_use]
pub fn initiated(bucket: &str, key: &str, upload_id: &str) -> String {
    let mut document = Document::new("InitiateMultipartUploadResult");
    document.text("Bucket", bucket);
    document.text("Key", key);
    document.text("UploadId", upload_id);
    document.finish("InitiateMultipartUploadResult")
}

/// Writes the answer to `UploadPartCopy`: when the part was made, RFC 3339, its ETag with
/// quotes, and its checksum.
#[must_use]
pub fn copied_part(last_modified: &str, etag: &str, checksum: Option<&Checksum>) -> String {
    let mut document = Document::new("CopyPartResult");
    document.text("LastModified", last_modified);
    document.text("ETag", etag);
    if let Some(checksum) = checksum {
        let element = checksum_element(checksum.algorithm);
        document.text(element, &checksum.to_string());
    }
    document.finish("CopyPartResult")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_begins() {
        let text = initiated("photos", "a & b", "u1");
        let expected = "<Bucket>photos</Bucket><Key>a &amp; b</Key><UploadId>u1</UploadId>\
                        </InitiateMultipartUploadResult>";
        assert!(text.ends_with(expected), "{text}");
    }

    #[test]
    fn a_part_is_copied() {
        let time = "2026-01-15T12:00:00.000Z";
        let text = copied_part(time, "\"e\"", None);
        assert!(text.contains("<LastModified>2026-01-15T12:00:00.000Z</LastModified>"));
        assert!(text.ends_with("<ETag>&quot;e&quot;</ETag></CopyPartResult>"));
        let checksum = Checksum::parse(Algorithm::Crc32, "y/Q5Jg==");
        let text = copied_part(time, "\"e\"", checksum.as_ref());
        assert!(text.contains("<ChecksumCRC32>y/Q5Jg==</ChecksumCRC32>"));
    }
}
