//! The forms in which signers write the time of signing in a header of HTTP's form.

use crate::time::Timestamp;

/// Reads `Tue, 27 Mar 2007 19:36:42 +0000`, with `GMT`, `UTC` or any offset, as
/// `date -R` writes it, or the basic form `20070327T193642Z`.
///
/// The documentation of version 2 asks for an RFC 2616 date and has `+0000` in all its
/// examples; botocore writes `-0000` in the `Date` of version 4. The day of the week says
/// nothing that the date does not, so a wrong one is no reason to refuse, as S3 has it.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    if let Ok(time) = Timestamp::parse_basic(text) {
        return Some(time);
    }
    let (date, zone) = text.rsplit_once(' ')?;
    let local = Timestamp::parse_http_of_any_day(&format!("{date} GMT"))?;
    Some(Timestamp::from_unix_s(local.unix_s() - offset_s(zone)?))
}

/// How far a zone is ahead of UTC, in seconds (RFC 5322 section 3.3).
fn offset_s(zone: &str) -> Option<i64> {
    if matches!(zone, "GMT" | "UTC") {
        return Some(0);
    }
    let (sign, digits) = match zone.as_bytes() {
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    if digits.len() != 4 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |tens: u8, ones: u8| i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
    let (hours, minutes) = (number(digits[0], digits[1]), number(digits[2], digits[3]));
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}
