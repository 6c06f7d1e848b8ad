//! Percent-encoding as Signature Version 4 defines it (`UriEncode`).
//!
//! Unreserved characters of RFC 3986 section 2.3 stay, every other byte becomes
//! `%XX` in upper case, and `/` stays in paths only. What arrives on the wire is
//! decoded and encoded in one pass, so each spelling of the same bytes gives the
//! same text. An escape that is not one (`%zz`, a `%` at the end) is the
//! literal bytes it is made of.
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>.

use std::borrow::Cow;

use crate::scratch::Sink;

/// Which bytes an encoding leaves as they are.
type Kept = [bool; 256];

const fn kept(slash: bool) -> Kept {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        let b = byte as u8;
        table[byte] = b.is_ascii_alphanumeric()
            || matches!(b, b'-' | b'.' | b'_' | b'~')
            || (slash && b == b'/');
        byte += 1;
    }
    table
}

static KEPT_IN_PATHS: Kept = kept(true);
static KEPT_IN_QUERIES: Kept = kept(false);

/// Encodes an object key (or any decoded path): unreserved characters and `/` stay.
#[must_use]
pub fn encode_path(key: &[u8]) -> String {
    let mut out = Vec::with_capacity(key.len());
    write_encoded(&mut out, key, &KEPT_IN_PATHS);
    ascii(out)
}

/// Encodes the name or the value of a query parameter: unreserved characters stay.
#[must_use]
pub fn encode_query(text: &[u8]) -> String {
    let mut out = Vec::with_capacity(text.len());
    write_query(&mut out, text);
    ascii(out)
}

/// How long a text is once [`write_query`] has written it.
pub(crate) fn query_len(text: &str) -> usize {
    let escaped = |byte: &u8| !KEPT_IN_QUERIES[usize::from(*byte)];
    text.len() + 2 * text.as_bytes().iter().filter(|byte| escaped(byte)).count()
}

/// Encodes the bytes of a path, `%` among them: the second encoding of a wire path.
pub(crate) fn write_path(out: &mut impl Sink, bytes: &[u8]) {
    write_encoded(out, bytes, &KEPT_IN_PATHS);
}

/// Encodes the bytes of a name or value in a query.
pub(crate) fn write_query(out: &mut impl Sink, bytes: &[u8]) {
    write_encoded(out, bytes, &KEPT_IN_QUERIES);
}

/// Decodes a wire path and encodes it again. A `+` in a path is a plus.
pub(crate) fn rewrite_path(out: &mut impl Sink, wire: &[u8]) {
    rewrite(out, wire, &KEPT_IN_PATHS, b'+');
}

/// Decodes a name or value of a wire query and encodes it again. S3 reads a `+`
/// in a query as a space, as HTML forms write it.
pub(crate) fn rewrite_query(out: &mut impl Sink, wire: &[u8]) {
    rewrite(out, wire, &KEPT_IN_QUERIES, b' ');
}

/// Decodes what this module has encoded.
pub(crate) fn decode(encoded: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(encoded.len());
    let mut from = 0;
    for at in marks(encoded).filter(|at| encoded[*at] == b'%') {
        if let Some(byte) = escape(&encoded[at + 1..]) {
            out.extend_from_slice(&encoded[from..at]);
            out.push(byte);
            from = at + 3;
        }
    }
    out.extend_from_slice(&encoded[from..]);
    out
}

/// Decodes a text. Bytes that are no UTF-8 are replaced: no value that the protocol
/// knows has any.
pub(crate) fn decode_text(encoded: &str) -> Cow<'_, str> {
    if !encoded
        .bytes()
        .fold(false, |any, byte| any | (byte == b'%'))
    {
        return encoded.into();
    }
    match String::from_utf8(decode(encoded.as_bytes())) {
        Ok(text) => text.into(),
        Err(other) => String::from_utf8_lossy(other.as_bytes())
            .into_owned()
            .into(),
    }
}

/// Whether a wire query has the bytes of a canonical one alone: those that stay, and
/// `%`, `&` and `=`.
pub(crate) fn has_canonical_bytes(wire: &[u8]) -> bool {
    // By comparisons alone and without an early end, so that the compiler looks at
    // sixteen bytes at once.
    let is_other =
        |byte: u8| !(is_unreserved(byte) | (byte.wrapping_sub(b'%') < 2) | (byte == b'=')) as u8;
    let (chunks, rest) = wire.as_chunks::<16>();
    let mut others = [0; 16];
    for chunk in chunks {
        for (other, byte) in others.iter_mut().zip(chunk) {
            *other |= is_other(*byte);
        }
    }
    for (other, byte) in others.iter_mut().zip(rest) {
        *other |= is_other(*byte);
    }
    others == [0; 16]
}

/// The places of `=` and of all bytes below `-`, in order: in a canonical query these are
/// its `%`, `&` and `=`.
#[inline]
pub(crate) fn marks(text: &[u8]) -> Marks<'_> {
    Marks {
        rest: text,
        word: 0,
        read: 0,
        found: 0,
    }
}

/// See [`marks`].
pub(crate) struct Marks<'a> {
    /// What has not been looked at.
    rest: &'a [u8],
    /// Where the present eight bytes begin, and where they end.
    word: usize,
    read: usize,
    /// The highest bit of each of these bytes that is a mark, the first in the lowest bits.
    found: u64,
}

impl Iterator for Marks<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.found == 0 {
            let word = match self.rest.split_first_chunk() {
                Some((word, rest)) => {
                    self.rest = rest;
                    *word
                }
                None if self.rest.is_empty() => return None,
                None => {
                    let mut word = [b'a'; 8];
                    word[..self.rest.len()].copy_from_slice(self.rest);
                    self.rest = &[];
                    word
                }
            };
            self.found = marks_of_word(word);
            self.word = self.read;
            self.read += word.len();
        }
        let at = self.word + self.found.trailing_zeros() as usize / 8;
        self.found &= self.found - 1;
        Some(at)
    }
}

/// Looks at eight bytes at once, as a number; all sums stay within their byte.
#[inline]
fn marks_of_word(word: [u8; 8]) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const LOW: u64 = 0x7f * ONES;
    let word = u64::from_le_bytes(word);
    // The highest bit stays clear below `-`.
    let below = ((word & LOW) + (0x80 - b'-' as u64) * ONES) | word;
    // It stays clear for zero alone, which an `=` becomes.
    let other = word ^ (b'=' as u64 * ONES);
    let not_equal = ((other & LOW) + LOW) | other;
    !(below & not_equal) & !LOW
}

/// Whether an escape, from behind its `%`, is needed and in upper case.
#[inline]
pub(crate) fn is_canonical_escape(tail: &[u8]) -> bool {
    let is_lower = |tail: &[u8]| tail[..2].iter().any(u8::is_ascii_lowercase);
    match escape(tail) {
        Some(byte) => !is_lower(tail) && !KEPT_IN_QUERIES[usize::from(byte)],
        None => false,
    }
}

fn rewrite(out: &mut impl Sink, wire: &[u8], kept: &Kept, plus: u8) {
    let mut rest = wire;
    while let Some((first, tail)) = put_run(out, rest, kept) {
        let escaped = if first == b'%' { escape(tail) } else { None };
        let byte = escaped.unwrap_or(if first == b'+' { plus } else { first });
        if kept[usize::from(byte)] {
            out.put_byte(byte);
        } else {
            put_escape(out, byte);
        }
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
}

fn write_encoded(out: &mut impl Sink, bytes: &[u8], kept: &Kept) {
    let mut rest = bytes;
    while let Some((first, tail)) = put_run(out, rest, kept) {
        put_escape(out, first);
        rest = tail;
    }
}

/// Writes the bytes up to the first that does not stay as it is; gives that one and
/// what follows it.
fn put_run<'a>(out: &mut impl Sink, bytes: &'a [u8], kept: &Kept) -> Option<(u8, &'a [u8])> {
    let (run, rest) = bytes.split_at(kept_run(bytes, kept));
    out.put(run);
    rest.split_first().map(|(first, tail)| (*first, tail))
}

/// How many bytes stay as they are, from the first on.
#[inline]
fn kept_run(bytes: &[u8], kept: &Kept) -> usize {
    let slash = if kept[usize::from(b'/')] { b'/' } else { b'-' };
    let is_kept = |byte: u8| is_unreserved(byte) | (byte == slash);
    let mut at = 0;
    while let Some(chunk) = bytes[at..].first_chunk::<16>() {
        if !chunk.iter().fold(true, |all, byte| all & is_kept(*byte)) {
            break;
        }
        at += 16;
    }
    while at < bytes.len() && kept[usize::from(bytes[at])] {
        at += 1;
    }
    at
}

/// By comparisons alone, which the compiler makes for sixteen bytes at once.
#[inline]
fn is_unreserved(byte: u8) -> bool {
    ((byte | 0x20).wrapping_sub(b'a') < 26)
        | (byte.wrapping_sub(b'0') < 10)
        | (byte.wrapping_sub(b'-') < 2)
        | (byte == b'_')
        | (byte == b'~')
}

fn put_escape(out: &mut impl Sink, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.put(&[
        b'%',
        DIGITS[usize::from(byte >> 4)],
        DIGITS[usize::from(byte & 15)],
    ]);
}

/// The byte that the two digits after a `%` stand for.
#[inline]
fn escape(tail: &[u8]) -> Option<u8> {
    let [high, low] = *tail.first_chunk()?;
    let [high, low] = [high, low].map(|digit| VALUES[usize::from(digit)]);
    // What is no digit has a value above fifteen.
    (high | low < 16).then_some(high << 4 | low)
}

/// The values of hexadecimal digits in either case.
static VALUES: [u8; 256] = {
    let mut table = [0xff; 256];
    let mut value = 0;
    while value < 16 {
        table[b"0123456789abcdef"[value as usize] as usize] = value;
        table[b"0123456789ABCDEF"[value as usize] as usize] = value;
        value += 1;
    }
    table
};

/// Encoded text is ASCII by construction.
pub(crate) fn ascii(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("encoded text is ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_end_at_the_first_byte_that_does_not_stay() {
        for kept in [&KEPT_IN_PATHS, &KEPT_IN_QUERIES] {
            for byte in 0..=255_u8 {
                for len in [1, 15, 16, 17, 33] {
                    let mut text = vec![b'a'; 40];
                    text[len - 1] = byte;
                    let run = if kept[usize::from(byte)] { 40 } else { len - 1 };
                    assert_eq!(kept_run(&text, kept), run, "{byte} at {len}");
                }
            }
        }
    }
    #[test]
    fn marks_are_found_wherever_they_are() {
        for byte in 0..=255_u8 {
            for len in [0, 1, 7, 8, 9, 24, 27] {
                for at in 0..len {
                    let mut text = vec![b'a'; len];
                    text[at] = byte;
                    let is_mark = byte < b'-' || byte == b'=';
                    let found: Vec<usize> = marks(&text).collect();
                    assert_eq!(found, if is_mark { vec![at] } else { vec![] }, "{byte}");
                    let is_canonical = KEPT_IN_QUERIES[usize::from(byte)] || b"%&=".contains(&byte);
                    assert_eq!(has_canonical_bytes(&text), is_canonical, "{byte} at {at}");
                }
                let all = vec![byte; len];
                let is_mark = byte < b'-' || byte == b'=';
                assert_eq!(marks(&all).count(), if is_mark { len } else { 0 }, "{byte}");
            }
        }
    }
}
