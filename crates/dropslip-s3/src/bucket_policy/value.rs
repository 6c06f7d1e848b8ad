//! What conditions compare: times, networks, numbers and truths, as texts write them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Seconds since 1970 of `2013-05-24`, `2013-05-24T10:00Z`, `2013-05-24T10:00:00.5+02:00`
/// or of the number itself (AWS: W3C ISO 8601, or epoch time). Fractions are cut.
pub(super) fn seconds(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    let (date, time) = text.split_once('T').unwrap_or((text, ""));
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let in_range = (1..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_of(year, month)).contains(&day);
    let midnight = in_range.then(|| days_since_1970(year, month, day) * 86_400)?;
    if time.is_empty() {
        return (!text.contains('T')).then_some(midnight);
    }
    let (time, offset) = split_zone(time)?;
    let (whole, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
    let of_day = match numbers(whole, ':', [2, 2, 2]) {
        Some([h, m, s]) if h < 24 && m < 60 && s <= 60 && is_fraction => h * 3600 + m * 60 + s,
        Some(_) => return None,
        None => match numbers(whole, ':', [2, 2])? {
            [h, m] if h < 24 && m < 60 && whole == time => h * 3600 + m * 60,
            _ => return None,
        },
    };
    Some(midnight + of_day - offset)
}

/// A time of day without its zone, and the zone's seconds ahead of UTC.
fn split_zone(time: &str) -> Option<(&str, i64)> {
    if let Some(time) = time.strip_suffix('Z') {
        return Some((time, 0));
    }
    let at = time.rfind(['+', '-'])?;
    let (time, zone) = time.split_at(at);
    let [h, m] = numbers(&zone[1..], ':', [2, 2])?;
    let ahead = (h < 24 && m < 60).then_some(h * 3600 + m * 60)?;
    Some((time, if zone.starts_with('-') { -ahead } else { ahead }))
}

/// Numbers of so many digits each, with a sign between them.
fn numbers<const N: usize>(text: &str, between: char, digits: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(between);
    let mut found = [0; N];
    for (place, digits) in found.iter_mut().zip(digits) {
        let part = parts.next()?;
        let fits = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        *place = fits.then(|| part.parse().ok()).flatten()?;
    }
    parts.next().is_none().then_some(found)
}

fn days_of(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let before = year - 1;
    let leap_days = before / 4 - before / 100 + before / 400;
    let months: i64 = (1..month).map(|month| days_of(year, month)).sum();
    // 719,162 days lie between 0001-01-01 and 1970-01-01.
    before * 365 + leap_days + months + day - 1 - 719_162
}

/// A network: an address and how many bits of it count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    /// Reads `203.0.113.0/24`, `2001:db8::/32` or a single address.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => {
                let plain = bits.bytes().all(|byte| byte.is_ascii_digit());
                (address, Some(plain.then(|| bits.parse().ok()).flatten()?))
            }
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Self { address, bits })
    }

    /// Whether an address lies in it. One of version 4 that came as one of version 6 is
    /// taken for what it is.
    pub(super) fn has(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let ignored = 32 - self.bits;
                let part = |a: Ipv4Addr| a.to_bits().checked_shr(ignored).unwrap_or(0);
                part(network) == part(address)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let ignored = 128 - self.bits;
                let part = |a: Ipv6Addr| a.to_bits().checked_shr(ignored).unwrap_or(0);
                part(network) == part(address)
            }
            _ => false,
        }
    }

    /// Whether it is so small that it says who may come, as S3 draws the line.
    pub(super) fn is_narrow(&self) -> bool {
        self.bits >= if self.address.is_ipv4() { 8 } else { 32 }
    }
}

/// A truth, in any case.
pub(super) fn truth(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// A number that is one.
pub(super) fn number(text: &str) -> Option<f64> {
    let starts = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    let number: f64 = starts.then(|| text.parse().ok()).flatten()?;
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, expect) in [
            ("0", 0),
            ("1369353600", 1_369_353_600),
            ("1970-01-01", 0),
            ("2013-05-24", 1_369_353_600),
            ("2013-05-24T00:00Z", 1_369_353_600),
            ("2013-05-24T00:00:00Z", 1_369_353_600),
            ("2013-05-24T02:00:00.123+02:00", 1_369_353_600),
            ("2013-05-23T22:30:00-01:30", 1_369_353_600),
            ("2000-02-29T23:59:59Z", 951_868_799),
            ("1969-12-31T23:59:59Z", -1),
        ] {
            assert_eq!(seconds(text), Some(expect), "{text}");
        }
        for text in [
            "",
            "T",
            "2013-5-24",
            "2013-13-01",
            "2013-02-29",
            "2013-00-01",
            "2013-01-00",
            "2013-05-24T",
            "2013-05-24T00:00:00",
            "2013-05-24T24:00:00Z",
            "2013-05-24T00:60Z",
            "2013-05-24T00:00:00.Z",
            "2013-05-24T00:00.5Z",
            "2013-05-24 00:00:00Z",
            "now",
            "2013-05-24T00:00:00+2:00",
            "+2013-05-24",
            "20130524T000000Z",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn networks() {
        let check = |network: &str, address: &str, expect: bool| {
            let network = Network::parse(network).expect(network);
            assert_eq!(
                network.has(address.parse().unwrap()),
                expect,
                "{network:?} {address}"
            );
        };
        check("203.0.113.0/24", "203.0.113.7", true);
        check("203.0.113.0/24", "203.0.114.7", false);
        check("203.0.113.9/24", "203.0.113.7", true);
        check("203.0.113.7", "203.0.113.7", true);
        check("203.0.113.7", "203.0.113.8", false);
        check("0.0.0.0/0", "255.255.255.255", true);
        check("0.0.0.0/0", "::1", false);
        check("203.0.113.0/24", "::ffff:203.0.113.7", true);
        check("2001:db8::/32", "2001:db8:ffff::1", true);
        check("2001:db8::/32", "2001:db9::1", false);
        check("::/0", "2001:db9::1", true);
        check("::1", "::1", true);
        for wrong in [
            "",
            "x",
            "203.0.113.0/33",
            "203.0.113.0/",
            "203.0.113.0/+8",
            "203.0.113/24",
            "::/129",
            "203.0.113.0/24/8",
        ] {
            assert_eq!(Network::parse(wrong), None, "{wrong}");
        }
        assert!(Network::parse("10.0.0.0/8").unwrap().is_narrow());
        assert!(!Network::parse("0.0.0.0/1").unwrap().is_narrow());
        assert!(!Network::parse("2000::/3").unwrap().is_narrow());
    }

    #[test]
    fn numbers_and_truths() {
        assert_eq!(number("10"), Some(10.0));
        assert_eq!(number("-1.5"), Some(-1.5));
        for wrong in ["", "ten", "inf", "NaN", "1e999", " 1", "1x"] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
        assert_eq!(
            (truth("True"), truth("false"), truth("1")),
            (Some(true), Some(false), None)
        );
    }
}
