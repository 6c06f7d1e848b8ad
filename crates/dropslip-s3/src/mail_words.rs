//! Header values beyond ASCII, as words of mail (RFC 2047).
//!
//! S3 reads what a client sends as Latin-1, decodes the words `=?UTF-8?B?…?=` in it, keeps
//! the text, and gives text that is not ASCII back as such words
//! ([User-defined object metadata](https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html)).
//! So raw UTF-8 comes back as the words of its bytes read as Latin-1: S3's own example does.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD as BASE64, STANDARD_NO_PAD};

/// Longest encoded word, in bytes (RFC 2047 section 2).
const WORD_LEN_MAX: usize = 75;

/// Reads a header's value.
#[must_use]
pub fn decode(value: &[u8]) -> String {
    let text: String = value.iter().map(|&byte| char::from(byte)).collect();
    let text = text.trim_matches([' ', '\t']);
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    let mut after_word = false;
    while let Some(at) = rest.find("=?") {
        let between = &rest[..at];
        match word(&rest[at..]) {
            Some((word, len)) => {
                // White space between two words belongs to neither (section 6.2).
                let joins = after_word && between.trim_matches([' ', '\t']).is_empty();
                if !joins {
                    decoded.push_str(between);
                }
                decoded.push_str(&word);
                rest = &rest[at + len..];
                after_word = true;
            }
            None => {
                decoded.push_str(&rest[..at + 2]);
                rest = &rest[at + 2..];
                after_word = false;
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

/// The text of the encoded word that a text begins with, and the length of the word.
fn word(text: &str) -> Option<(String, usize)> {
    let mut parts = text.strip_prefix("=?")?.splitn(3, '?');
    let (charset, encoding, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let (encoded, _) = rest.split_once("?=")?;
    if encoded.contains([' ', '\t']) {
        return None;
    }
    let bytes = match encoding {
        "B" | "b" => STANDARD_NO_PAD.decode(encoded.trim_end_matches('=')).ok()?,
        "Q" | "q" => quoted(encoded)?,
        _ => return None,
    };
    let decoded = if charset.eq_ignore_ascii_case("utf-8") {
        String::from_utf8(bytes).ok()?
    } else if charset.eq_ignore_ascii_case("us-ascii") && bytes.is_ascii()
        || charset.eq_ignore_ascii_case("iso-8859-1")
    {
        bytes.into_iter().map(char::from).collect()
    } else {
        return None;
    };
    let len = "=?".len() + charset.len() + 1 + encoding.len() + 1 + encoded.len() + "?=".len();
    Some((decoded, len))
}

/// Decodes the encoding `Q` (section 4.2).
fn quoted(encoded: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'_' => b' ',
            b'=' => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
                u8::try_from(high * 16 + low).expect("two digits are a byte")
            }
            byte => byte,
        });
    }
    Some(bytes)
}

/// Writes a text as a header's value: plain where it is printable ASCII, else in words.
#[must_use]
pub fn encode(text: &str) -> String {
    let is_plain = |b: u8| b == b'\t' || (b' '..0x7f).contains(&b);
    if text.bytes().all(is_plain) {
        return text.to_owned();
    }
    let ascii = text.chars().filter(char::is_ascii).count();
    // The shorter encoding: three bytes for a byte, or four for three.
    let mostly_ascii = ascii * 2 > text.chars().count();
    let mut words = Vec::new();
    push_words(text, mostly_ascii, &mut words);
    words.join(" ")
}

fn push_words(text: &str, as_quoted: bool, words: &mut Vec<String>) {
    let word = if as_quoted {
        format!("=?UTF-8?Q?{}?=", as_q(text))
    } else {
        format!("=?UTF-8?B?{}?=", BASE64.encode(text))
    };
    let half = text.chars().count() / 2;
    if word.len() <= WORD_LEN_MAX || half == 0 {
        words.push(word);
        return;
    }
    let at = text
        .char_indices()
        .nth(half)
        .map_or(text.len(), |(at, _)| at);
    push_words(&text[..at], as_quoted, words);
    push_words(&text[at..], as_quoted, words);
}

fn as_q(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        match byte {
            b' ' => encoded.push('_'),
            b'=' | b'?' | b'_' => encoded.push_str(&format!("={byte:02X}")),
            byte if byte.is_ascii_graphic() => encoded.push(char::from(byte)),
            byte => encoded.push_str(&format!("={byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_as_it_is() {
        for text in [
            "",
            "a b",
            "a=?b",
            "=?",
            "=?UTF-8?B?",
            "a\tb",
            "=?x?y?z?=",
            "=?UTF-8?Q?=Z?=",
        ] {
            assert_eq!(decode(text.as_bytes()), text);
            assert_eq!(encode(text), text);
        }
        assert_eq!(decode(b"  a \t"), "a");
    }

    #[test]
    fn the_examples_of_s3() {
        // Raw UTF-8, read as Latin-1.
        let text = decode("ÄMÄZÕÑ S3".as_bytes());
        assert_eq!(encode(&text), "=?UTF-8?B?w4PChE3Dg8KEWsODwpXDg8KRIFMz?=");
        assert_eq!(decode(b"=?UTF-8?B?w4PChE3Dg8KEWsODwpXDg8KRIFMz?="), text);
    }

    #[test]
    fn words_are_read() {
        for (value, text) in [
            ("=?UTF-8?Q?=C3=A9t=C3=A9_1?=", "été 1"),
            ("=?utf-8?b?w6l0w6k=?=", "été"),
            ("=?utf-8?b?w6l0w6k?=", "été"),
            ("=?ISO-8859-1?Q?=E9?= x", "é x"),
            ("x =?UTF-8?Q?a?= =?UTF-8?Q?b?= y", "x ab y"),
            ("=?UTF-8?Q?a?= x =?UTF-8?Q?b?=", "a x b"),
            // Not words: another character set, bytes that are none of it, spaces.
            ("=?koi8-r?Q?a?=", "=?koi8-r?Q?a?="),
            ("=?UTF-8?Q?=FF?=", "=?UTF-8?Q?=FF?="),
            ("=?UTF-8?B?*?=", "=?UTF-8?B?*?="),
            ("=?UTF-8?Q?a b?=", "=?UTF-8?Q?a b?="),
        ] {
            assert_eq!(decode(value.as_bytes()), text, "{value}");
        }
        assert_eq!(decode(b"caf\xe9"), "café");
    }

    #[test]
    fn what_is_written_is_read() {
        for text in [
            "é",
            "日本語のメタデータ",
            "plain ascii mostly é = ? _",
            "a\u{1}b\u{7f}",
            "📷",
        ] {
            let encoded = encode(text);
            assert!(
                encoded.is_ascii() && encoded.starts_with("=?UTF-8?"),
                "{encoded}"
            );
            assert_eq!(decode(encoded.as_bytes()), text);
        }
        let long = "é — ".repeat(200);
        let encoded = encode(&long);
        assert!(
            encoded.split(' ').all(|word| word.len() <= WORD_LEN_MAX),
            "{encoded}"
        );
        assert_eq!(decode(encoded.as_bytes()), long);
    }
}
