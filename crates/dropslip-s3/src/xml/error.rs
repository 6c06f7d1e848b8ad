//! The `<Error>` document.

use serde::Deserialize;

use super::write::Document;
use super::{XmlError, read};

/// Writes an error: code, message, then what else is known, in order.
#[must_use]
pub fn error(code: &str, message: &str, details: &[(&str, &str)]) -> String {
    let mut document = Document::bare("Error");
    document.text("Code", code);
    document.text("Message", message);
    for (name, value) in details {
        document.text(name, value);
    }
    document.finish("Error")
}

/// The parts of an error document that every storage sends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ErrorDocument {
    /// S3's code.
    pub code: String,
    /// The message for people.
    pub message: String,
}

/// Reads an error document; elements not known here are skipped.
///
/// # Errors
/// When it is no XML, or larger than the limit.
pub fn read_error(bytes: &[u8]) -> Result<ErrorDocument, XmlError> {
    read("Error", bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_go_both_ways() {
        let text = error(
            "NoSuchKey",
            "It's not <there>",
            &[("Key", "a&b"), ("RequestId", "1")],
        );
        assert!(
            text.contains("<Key>a&amp;b</Key><RequestId>1</RequestId></Error>"),
            "{text}"
        );
        let document = read_error(text.as_bytes()).unwrap();
        assert_eq!(
            (document.code.as_str(), document.message.as_str()),
            ("NoSuchKey", "It's not <there>")
        );
    }

    #[test]
    fn other_answers_are_no_error_document() {
        assert!(read_error(b"<html><body>502").is_err());
        assert!(read_error(&[0xff; 9]).is_err());
        assert!(read_error(&vec![b' '; crate::limits::XML_BYTES_MAX + 1]).is_err());
    }
}
