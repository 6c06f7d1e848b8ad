//! The answer to `CopyObject`
//! ([CopyObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html)).

use super::write::Document;

/// Writes it: the time in RFC 3339, the ETag with its quotes, and the names and values of
/// checksums as elements have them (`ChecksumCRC32`).
#[must_use]
pub fn copy_result(last_modified: &str, etag: &str, checksums: &[(String, String)]) -> String {
    let mut document = Document::new("CopyObjectResult");
    document.text("LastModified", last_modified);
    document.text("ETag", etag);
    for (name, value) in checksums {
        document.text(name, value);
    }
    document.finish("CopyObjectResult")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy() {
        let checksums = [("ChecksumCRC32".to_owned(), "AAAAAA==".to_owned())];
        let text = copy_result("2026-01-15T12:00:00.000Z", "\"e\"", &checksums);
        assert!(text.ends_with("<LastModified>2026-01-15T12:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag><ChecksumCRC32>AAAAAA==</ChecksumCRC32></CopyObjectResult>"), "{text}");
    }
}
