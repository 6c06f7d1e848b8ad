//! S3's XML: errors of storages, and all that a client may send to a store.

use dropslip_s3::capture::{Claimed, from_error};
use dropslip_s3::limits::{DELETE_KEYS_MAX, PARTS_MAX, XML_BYTES_MAX};
use dropslip_s3::xml::{
    ErrorDocument, cors_configuration, error, find_error, lifecycle_configuration,
    location_constraint, notification_configuration, ownership_controls, public_access_block,
    read_access_control_policy, read_complete, read_cors_configuration, read_delete, read_error,
    read_lifecycle_configuration, read_notification_configuration, read_ownership_controls,
    read_public_access_block, read_tagging, read_versioning, tagging,
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
    sent_to_a_store(input);
    let region = location_constraint(input);
    if let Ok(Some(region)) = region {
        assert!(!region.is_empty() && region.len() <= input.len());
    }
}

/// What is written again is read as the same, where we write it.
fn sent_to_a_store(input: &[u8]) {
    if let Ok(tags) = read_tagging(input) {
        let pairs = tags
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let written = tagging(pairs);
        if written.len() <= XML_BYTES_MAX {
            assert_eq!(
                read_tagging(written.as_bytes()).as_ref(),
                Ok(&tags),
                "{written}"
            );
        }
    }
    if let Ok(delete) = read_delete(input) {
        assert!((1..=DELETE_KEYS_MAX).contains(&delete.objects.len()));
    }
    if let Ok(parts) = read_complete(input) {
        assert!((1..=PARTS_MAX).contains(&parts.len()));
    }
    if let Ok(ownership) = read_ownership_controls(input) {
        let written = ownership_controls(ownership);
        assert_eq!(read_ownership_controls(written.as_bytes()), Ok(ownership));
    }
    if let Ok(block) = read_public_access_block(input) {
        let written = public_access_block(&block);
        assert_eq!(read_public_access_block(written.as_bytes()), Ok(block));
    }
    let new_id = || "an-id".to_owned();
    if let Ok(rules) = read_lifecycle_configuration(input, new_id) {
        let written = lifecycle_configuration(&rules);
        let again = read_lifecycle_configuration(written.as_bytes(), new_id);
        if written.len() <= XML_BYTES_MAX {
            assert_eq!(again.as_ref(), Ok(&rules), "{written}");
        }
    }
    if let Ok(configuration) = read_notification_configuration(input, new_id) {
        let written = notification_configuration(&configuration);
        let again = read_notification_configuration(written.as_bytes(), new_id);
        if written.len() <= XML_BYTES_MAX {
            assert_eq!(again.as_ref(), Ok(&configuration), "{written}");
        }
    }
    let _ = read_versioning(input);
    let _ = read_access_control_policy(input);
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
