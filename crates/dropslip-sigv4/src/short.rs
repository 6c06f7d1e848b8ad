//! Comparisons of texts that are a few bytes long, as names are.
//!
//! The library compares texts by a call that is made for long ones. On those of a header's
//! or a parameter's name it spends more time on getting going than on comparing, and
//! verifying one request compares some twenty of them.

use std::cmp::Ordering;

/// Whether two short texts are the same, eight bytes at once.
#[inline]
pub(crate) fn is_equal(a: &str, b: &str) -> bool {
    a.len() == b.len() && is_equal_bytes(a.as_bytes(), b.as_bytes())
}

#[inline]
fn is_equal_bytes(a: &[u8], b: &[u8]) -> bool {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks(), b.as_chunks());
    let is_same = |(a, b): (&[u8; 8], &[u8; 8])| u64::from_ne_bytes(*a) == u64::from_ne_bytes(*b);
    a.iter().zip(b).all(is_same) && a_rest.iter().zip(b_rest).all(|(a, b)| a == b)
}

/// Whether two names are the same but for the case of their letters.
#[inline]
pub(crate) fn is_same_name(a: &str, b: &str) -> bool {
    // Most are in lower case on both sides.
    is_equal(a, b) || a.len() == b.len() && a.eq_ignore_ascii_case(b)
}

/// The order of two short texts, which mostly differ in their first bytes.
#[inline]
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    a.bytes().cmp(b.bytes())
}

/// Where a byte of ASCII is first, looked for in eight bytes at once.
#[inline]
pub(crate) fn find(text: &[u8], byte: u8) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = 0x80 * ONES;
    let mut from = 0;
    while let Some(word) = text[from..].first_chunk() {
        let other = u64::from_le_bytes(*word) ^ (u64::from(byte) * ONES);
        // Sets the highest bit of the first byte that is zero now; others behind it may
        // have theirs set as well.
        let found = other.wrapping_sub(ONES) & !other & HIGH;
        if found != 0 {
            return Some(from + found.trailing_zeros() as usize / 8);
        }
        from += 8;
    }
    let at = text[from..].iter().position(|one| *one == byte)?;
    Some(from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first() {
        for len in 0..=25 {
            for other in [b'a', b':', b'<', 0, 0x80, 0xbb, 0xff] {
                let mut text = vec![other; len];
                assert_eq!(find(&text, b';'), None);
                for at in (0..len).rev() {
                    text[at] = b';';
                    assert_eq!(find(&text, b';'), Some(at), "{other} {len}");
                }
            }
        }
    }

    #[test]
    fn any_byte_decides() {
        for len in 0..=25 {
            let text = "x".repeat(len);
            assert!(is_equal(&text, &text) && is_same_name(&text, &text.to_uppercase()));
            assert!(!is_equal(&text, &format!("{text}x")));
            assert!(!is_same_name(&text, &format!("{text}x")));
            for at in 0..len {
                let mut other = text.clone().into_bytes();
                other[at] = b'X';
                let other = String::from_utf8(other).unwrap();
                assert!(!is_equal(&text, &other) && is_same_name(&text, &other));
                assert_eq!(compare(&text, &other), text.cmp(&other));
                let other = other.replace('X', "y");
                assert!(!is_equal(&text, &other) && !is_same_name(&text, &other));
                assert_eq!(compare(&text, &other), text.cmp(&other));
            }
        }
    }
}
