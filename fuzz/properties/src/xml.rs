//! S3's XML: errors of storages, CORS rules, the wish for a location.

use dropslip_s3::capture::{Claimed, from_error};
use dropslip_s3::limits::XML_BYTES_MAX;
use dropslip_s3::xml::{
    ErrorDocument, cors_configuration, error, find_error, location_constraint,
    read_cors_configuration, read_error,
};

/// Reads the input as each of the documents.
pub(crate) fn documents(input: &[u8]) {
    if let Ok(document) = read_error(input) {
        error_document(&document, input.len());
        assert!(input.len() <= XML_BYTES_MAX);
    }
    if let Ok(text) = str::from_utf8(input) {
        if let Ok(document) = find_error(text) {
            error_document(&document, text.len());
        }
        written(text);
    }
    if let Ok(configuration) = read_cors_configuration(input) {
        let written = cors_configuration(&configuration);
        let again = read_cors_configuration(written.as_bytes());
        assert_eq!(again.as_ref(), Ok(&configuration), "{written}");
    }
    let region = location_constraint(input);
    if let Ok(Some(region)) = region {
        assert!(!region.is_empty() && region.len() <= input.len());
    }
}

fn error_document(document: &ErrorDocument, len: usize) {
    let texts = [
        &document.code,
        &document.message,
        &document.resource,
        &document.region,
        &document.access_key,
        &document.string_to_sign,
        &document.signature_provided,
        &document.canonical_request,
    ];
    let total: usize = texts.iter().map(|text| text.len()).sum();
    assert!(total <= 4 * len, "an entity grows: {total} of {len}");
    assert!(format!("{document:?}").len() <= 12 * len + 256);
    let exact = document.canonical_request_exact();
    assert!(exact.is_none_or(|exact| exact.len() <= len));
    if let Ok(captured) = from_error(document) {
        assert!(captured.path.starts_with('/'));
        let _ = Claimed::of(&captured);
        let _ = captured.is_signed();
    }
}

/// An error that is written is read with the same texts.
fn written(text: &str) {
    // Written as S3 does, such a character is no XML.
    if text
        .chars()
        .any(|char| char.is_control() && !matches!(char, '\n' | '\t'))
    {
        return;
    }
    let is_xml = |char: char| !matches!(char, '\u{fffe}' | '\u{ffff}');
    if !text.chars().all(is_xml) || 6 * text.len() > XML_BYTES_MAX / 2 {
        return;
    }
    let document = error(
        "SignatureDoesNotMatch",
        text,
        &[("Resource", text), ("HostId", text)],
    );
    let read = read_error(document.as_bytes());
    let read = read.unwrap_or_else(|error| panic!("{error}: {document}"));
    assert_eq!(read.code, "SignatureDoesNotMatch");
    // White space around a text is the reader's.
    assert_eq!(read.message.trim(), text.trim(), "{document}");
    assert_eq!(read.resource.trim(), text.trim(), "{document}");
    assert_eq!(find_error(&document).as_ref(), Ok(&read));
}
