//! The same text in other dresses: character sets and encodings of header values.
//!
//! HTTP clients differ in how they send characters outside of ASCII: as UTF-8, as
//! Latin-1 (Node, browsers), or as RFC 2047 words (S3's own answers do). A signer
//! that saw another of them signed other bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// Latin-1 bytes of a UTF-8 text; `None` if it is plain ASCII or does not fit.
pub(super) fn utf8_as_latin1(text: &[u8]) -> Option<Vec<u8>> {
    if text.is_ascii() {
        return None;
    }
    let text = str::from_utf8(text).ok()?;
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).ok())
        .collect()
}

/// Each byte taken for a character of Latin-1; `None` if it is plain ASCII.
pub(super) fn latin1_as_utf8(text: &[u8]) -> Option<Vec<u8>> {
    if text.is_ascii() {
        return None;
    }
    let text: String = text.iter().map(|byte| char::from(*byte)).collect();
    Some(text.into_bytes())
}

/// The value with each run of white space outside of quotes folded: an older rule.
pub(super) fn folded_once(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut quoted = false;
    for &byte in value.trim_ascii() {
        quoted ^= byte == b'"';
        let folds = byte.is_ascii_whitespace() && out.last().is_some_and(u8::is_ascii_whitespace);
        if quoted || !folds {
            out.push(byte);
        }
    }
    out
}

/// The text with each `from` replaced: one at a time, up to `max` of them.
pub(super) fn replaced_singly(text: &[u8], from: &[u8], to: &[u8], max: usize) -> Vec<Vec<u8>> {
    let places = text.windows(from.len()).enumerate();
    places
        .filter(|(_, window)| *window == from)
        .take(max)
        .map(|(at, _)| [&text[..at], to, &text[at + from.len()..]].concat())
        .collect()
}

/// Percent-encoded, but for some characters that are left as they are.
pub(super) fn encoded_but(plain: &[u8], left: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(plain.len() * 2);
    for byte in plain {
        if left.contains(byte) {
            out.push(*byte);
        } else {
            crate::encode::write_path(&mut out, &[*byte]);
        }
    }
    out
}

/// `=?UTF-8?B?…?=` and `=?UTF-8?Q?…?=` as the bytes they stand for (RFC 2047 section 2).
pub(super) fn mime_decoded(value: &[u8]) -> Option<Vec<u8>> {
    let inner = value.strip_prefix(b"=?")?.strip_suffix(b"?=")?;
    let mut parts = inner.splitn(3, |byte| *byte == b'?');
    let (_, encoding, text) = (parts.next()?, parts.next()?, parts.next()?);
    match encoding {
        b"B" | b"b" => BASE64.decode(text).ok(),
        b"Q" | b"q" => {
            let with_percent: Vec<u8> = text
                .iter()
                .map(|byte| match byte {
                    b'=' => b'%',
                    b'_' => b' ',
                    other => *other,
                })
                .collect();
            Some(crate::encode::decode(&with_percent))
        }
        _ => None,
    }
}

/// The text as one RFC 2047 word in base64. `letter` is the case that it is written in.
pub(super) fn mime_encoded(text: &[u8], letter: u8) -> Vec<u8> {
    let mut out = b"=?UTF-8?B?".to_vec();
    if letter.is_ascii_lowercase() {
        out = b"=?utf-8?b?".to_vec();
    }
    out.extend_from_slice(BASE64.encode(text).as_bytes());
    out.extend_from_slice(b"?=");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn character_sets() {
        assert_eq!(utf8_as_latin1("é".as_bytes()), Some(vec![0xe9]));
        assert_eq!(latin1_as_utf8(&[0xe9]), Some("é".into()));
        assert_eq!(utf8_as_latin1(b"plain"), None);
        assert_eq!(utf8_as_latin1("日".as_bytes()), None);
        assert_eq!(utf8_as_latin1(&[0xe9]), None);
        assert_eq!(latin1_as_utf8(b"plain"), None);
    }

    #[test]
    fn words_of_rfc_2047() {
        let value = "Zürich am See".as_bytes();
        assert_eq!(
            mime_decoded(&mime_encoded(value, b'B')).as_deref(),
            Some(value)
        );
        assert_eq!(
            mime_decoded(&mime_encoded(value, b'b')).as_deref(),
            Some(value)
        );
        assert_eq!(
            mime_decoded(b"=?UTF-8?Q?a=C3=A9_b?=").as_deref(),
            Some("aé b".as_bytes())
        );
        for other in [
            &b"plain"[..],
            b"=?UTF-8?=",
            b"=?UTF-8?X?a?=",
            b"=?UTF-8?B?***?=",
            b"",
        ] {
            assert_eq!(mime_decoded(other), None);
        }
    }

    #[test]
    fn white_space_in_quotes_stays() {
        assert_eq!(folded_once(b" a  b \"c  d\" "), b"a b \"c  d\"");
    }
}
