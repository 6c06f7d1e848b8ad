//! Values of single headers: ranges, copy sources, conditions, tags, words of mail.
//!
//! An input is such a value; its first byte chooses the size of the object.

use dropslip_s3::conditions::Conditions;
use dropslip_s3::copy_source::CopySource;
use dropslip_s3::range::{self, RangeAsked};
use dropslip_s3::tags::Tags;
use dropslip_s3::{limits, mail_words};

/// A value, as each of the headers.
pub(crate) fn header_values(input: &[u8]) {
    let size = match input.first() {
        Some(b'0') => 0,
        Some(b'9') => u64::MAX,
        Some(byte) => u64::from(*byte),
        None => 1,
    };
    let text = String::from_utf8_lossy(input);
    for value in [&text, text.get(1..).unwrap_or_default()] {
        if let RangeAsked::Part(part) = range::parse(value, size) {
            assert!(
                part.start < part.end && part.end <= size,
                "{part:?} of {size}"
            );
            assert_eq!(part.len(), part.end - part.start);
        }
        if let Ok(source) = CopySource::parse(value) {
            assert!(!source.key.as_str().is_empty());
            assert!(source.key.as_str().len() <= limits::KEY_LEN_MAX);
        }
        if let Ok(tags) = Tags::of_header(value) {
            assert!(tags.len() <= limits::OBJECT_TAGS_MAX);
            let pairs = tags
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()));
            assert_eq!(Tags::of_object(pairs), Ok(tags.clone()));
        }
        let conditions = Conditions::read("", |_| Some(value));
        let _ = conditions.hold("\"0123\"", 1_000);
        let encoded = mail_words::encode(value);
        assert!(
            encoded
                .bytes()
                .all(|byte| byte == b'\t' || (b' '..0x7f).contains(&byte))
        );
        // A text that looks like such words is read as what they say.
        if !value.contains("=?") {
            let plain = value.trim_matches([' ', '\t']);
            assert_eq!(
                mail_words::decode(mail_words::encode(plain).as_bytes()),
                plain
            );
        }
    }
    assert!(mail_words::decode(input).len() <= 4 * input.len());
}
