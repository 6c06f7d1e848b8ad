//! A point in time as Signature Version 4 writes it.
//!
//! The crate has no clock: whoever signs or verifies passes the time in. Three
//! text forms are enough (the basic form `20130524T000000Z`, its date stamp
//! `20130524`, and HTTP's IMF-fixdate), so they are written out here and no
//! calendar library is needed.

use std::fmt;

use crate::error::{Error, ErrorKind};

const DAY_S: i64 = 86_400;
/// 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z: what four digits of year can say.
const UNIX_S_MIN: i64 = -62_167_219_200;
const UNIX_S_MAX: i64 = 253_402_300_799;

/// Seconds since 1970-01-01T00:00:00Z, without leap seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Takes Unix seconds. What lies outside of the years 0 to 9999 becomes the
    /// nearest end of them, because the basic form has four digits for the year.
    #[must_use]
    pub const fn from_unix_s(unix_s: i64) -> Self {
        if unix_s < UNIX_S_MIN {
            Self(UNIX_S_MIN)
        } else if unix_s > UNIX_S_MAX {
            Self(UNIX_S_MAX)
        } else {
            Self(unix_s)
        }
    }

    /// Unix seconds.
    #[must_use]
    pub const fn unix_s(self) -> i64 {
        self.0
    }

    /// The time this many seconds later, at most the end of the year 9999.
    #[must_use]
    pub const fn plus_s(self, seconds: u32) -> Self {
        Self::from_unix_s(self.0 + seconds as i64)
    }

    /// Reads the basic form of ISO 8601 that `x-amz-date` has: `20130524T000000Z`.
    ///
    /// # Errors
    /// [`ErrorKind::Timestamp`] for any other form and for dates that do not exist.
    pub fn parse_basic(text: &str) -> Result<Self, Error> {
        parse_basic(text.as_bytes()).ok_or_else(|| {
            ErrorKind::Timestamp {
                got: text.to_owned(),
            }
            .into()
        })
    }

    /// Reads the date form of HTTP headers, `Fri, 24 May 2013 00:00:00 GMT`
    /// (IMF-fixdate, RFC 9110 section 5.6.7; the two obsolete forms are refused).
    ///
    /// # Errors
    /// [`ErrorKind::Timestamp`] for any other form, a date that does not exist, or
    /// a day of the week that is not the date's.
    pub fn parse_http(text: &str) -> Result<Self, Error> {
        parse_http(text.as_bytes()).ok_or_else(|| {
            ErrorKind::Timestamp {
                got: text.to_owned(),
            }
            .into()
        })
    }

    /// As [`Self::parse_http`], with the day of the week of another date too.
    pub(crate) fn parse_http_of_any_day(text: &str) -> Option<Self> {
        let (time, _) = parse_http_day(text.as_bytes())?;
        Some(time)
    }

    /// The date alone, `20130524`: the second part of a credential.
    #[must_use]
    pub fn date_stamp(self) -> String {
        str::from_utf8(&self.date())
            .expect("digits are UTF-8")
            .to_owned()
    }

    /// The basic form as bytes, without an allocation.
    pub(crate) fn basic(self) -> [u8; 16] {
        let mut out = [0; 16];
        out[..8].copy_from_slice(&self.date());
        out[8..].copy_from_slice(&self.clock());
        out
    }

    /// The first half of the basic form: `20130524`.
    pub(crate) fn date(self) -> [u8; 8] {
        let (year, month, day) = civil(self.day());
        let mut out = [0; 8];
        for (pair, number) in
            out.as_chunks_mut()
                .0
                .iter_mut()
                .zip([year / 100, year % 100, month, day])
        {
            *pair = two_digits(number);
        }
        out
    }

    /// Whether a text is the date, as [`Self::date_stamp`] writes it.
    pub(crate) fn is_of_date(self, text: &str) -> bool {
        parse_date(text.as_bytes()) == Some(self.day())
    }

    /// The second half of the basic form: `T000000Z`.
    pub(crate) fn clock(self) -> [u8; 8] {
        let second = self.0.rem_euclid(DAY_S) as u32;
        let [hour, minute, second] = [second / 3600, second / 60 % 60, second % 60];
        let [a, b] = two_digits(hour.into());
        let [c, d] = two_digits(minute.into());
        let [e, f] = two_digits(second.into());
        [b'T', a, b, c, d, e, f, b'Z']
    }

    /// Days since 1970-01-01.
    pub(crate) const fn day(self) -> i64 {
        self.0.div_euclid(DAY_S)
    }

    /// How far two times lie apart, in seconds.
    pub(crate) const fn apart_s(self, other: Self) -> u64 {
        self.0.abs_diff(other.0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.basic()).expect("digits are UTF-8"))
    }
}

/// Of a number below 100.
fn two_digits(number: i64) -> [u8; 2] {
    let number = number as u8;
    [b'0' + number / 10, b'0' + number % 10]
}

fn number(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |sum, byte| {
        byte.is_ascii_digit()
            .then(|| sum * 10 + i64::from(byte - b'0'))
    })
}

fn parse_basic(text: &[u8]) -> Option<Timestamp> {
    if text.len() != 16 || text[8] != b'T' || text[15] != b'Z' {
        return None;
    }
    let day = parse_date(&text[..8])?;
    let second = second_of(
        number(&text[9..11])?,
        number(&text[11..13])?,
        number(&text[13..15])?,
    )?;
    Some(Timestamp(day * DAY_S + second))
}

/// The day that eight digits name.
fn parse_date(text: &[u8]) -> Option<i64> {
    let text: &[u8; 8] = text.try_into().ok()?;
    day_of(
        number(&text[0..4])?,
        number(&text[4..6])?,
        number(&text[6..8])?,
    )
}

fn parse_http(text: &[u8]) -> Option<Timestamp> {
    let (time, weekday) = parse_http_day(text)?;
    // 1970-01-01 was a Thursday, the first of the week here.
    (time.day().rem_euclid(7) == weekday).then_some(time)
}

/// The time, and the day of the week from Thursday that stands before it.
fn parse_http_day(text: &[u8]) -> Option<(Timestamp, i64)> {
    const WEEK: [&[u8]; 7] = [b"Thu", b"Fri", b"Sat", b"Sun", b"Mon", b"Tue", b"Wed"];
    const MONTHS: [&[u8]; 12] = [
        b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov",
        b"Dec",
    ];
    let shape = text.len() == 29
        && &text[3..5] == b", "
        && [7, 11, 16].iter().all(|&at| text[at] == b' ')
        && text[19] == b':'
        && text[22] == b':'
        && &text[25..] == b" GMT";
    if !shape {
        return None;
    }
    let month = MONTHS.iter().position(|name| *name == &text[8..11])?;
    let day = day_of(
        number(&text[12..16])?,
        month as i64 + 1,
        number(&text[5..7])?,
    )?;
    let second = second_of(
        number(&text[17..19])?,
        number(&text[20..22])?,
        number(&text[23..25])?,
    )?;
    let weekday = WEEK.iter().position(|name| *name == &text[0..3])?;
    Some((Timestamp(day * DAY_S + second), weekday as i64))
}

fn second_of(hour: i64, minute: i64, second: i64) -> Option<i64> {
    (hour < 24 && minute < 60 && second < 60).then_some(hour * 3600 + minute * 60 + second)
}

fn day_of(year: i64, month: i64, day: i64) -> Option<i64> {
    let days = match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (1..=days)
        .contains(&day)
        .then(|| days_from_civil(year, month, day))
}

/// Days since 1970-01-01 of a date in the Gregorian calendar. The year is taken
/// to begin in March, so that the leap day is its last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of `days_from_civil`: year, month, day.
fn civil(days: i64) -> (i64, i64, i64) {
    // In the years of a `Timestamp`, and some around them, all of this is positive and
    // fits in 32 bits when it begins an era early. Such divisions cost a third.
    let days = (days + 719_468 + 146_097) as u32;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = i64::from(year_of_era + era * 400) - 400 + i64::from(month <= 2);
    (year, month.into(), day.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_every_year_comes_back() {
        let first = UNIX_S_MIN.div_euclid(DAY_S);
        let last = UNIX_S_MAX.div_euclid(DAY_S);
        let mut before = (0, 0, 0);
        for days in first..=last {
            let date = civil(days);
            assert!(date > before, "{days}");
            assert_eq!(days_from_civil(date.0, date.1, date.2), days);
            assert_eq!(day_of(date.0, date.1, date.2), Some(days));
            before = date;
        }
        assert_eq!((civil(first), civil(last)), ((0, 1, 1), (9999, 12, 31)));
    }
    #[test]
    fn days_that_do_not_exist_are_none() {
        for year in [0, 1900, 1999, 2000, 2023, 2024, 9999] {
            for month in 0..=13 {
                for day in 0..=32 {
                    let exists =
                        civil(days_from_civil(year, month.clamp(1, 12), day)) == (year, month, day);
                    assert_eq!(
                        day_of(year, month, day).is_some(),
                        exists,
                        "{year}-{month}-{day}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_date_is_eight_digits() {
        let time = Timestamp::parse_basic("20130524T235959Z").unwrap();
        assert!(time.is_of_date("20130524"));
        for other in [
            "",
            "2013052",
            "201305240",
            "20130523",
            "20130525",
            "2013052 ",
            "+2013524",
        ] {
            assert!(!time.is_of_date(other), "{other}");
        }
    }
}
