//! How the two values of a finding are called.
//!
//! What was signed and what arrived are two readings of one part. For some causes they
//! are something else: what was asked for and what the storage is, or two times.

use dropslip_s3::xml::ToldFinding;
use dropslip_sigv4::{Cause, Timestamp};

use crate::shown;

/// The names of the two values.
pub(super) fn labels(finding: &ToldFinding) -> (&'static str, &'static str) {
    let is = |cause: Cause| finding.cause == cause.code();
    if is(Cause::Region) {
        ("was signed for", "the storage's region")
    } else if is(Cause::Service) {
        ("was signed for", "the storage's service")
    } else if is(Cause::Expired) {
        ("the signature holds until", "it is now")
    } else if is(Cause::Clock) {
        ("was signed at", "it is now")
    } else if is(Cause::Malformed) && finding.part == "credential" {
        ("the credential's date", "the time of signing")
    } else {
        ("was signed", "arrived")
    }
}

/// A value, fit to be shown.
pub(super) fn value(finding: &ToldFinding, value: &str) -> String {
    if shown::is_hidden(&finding.part) {
        return shown::cut(value);
    }
    let is_time = [Cause::Expired, Cause::Clock]
        .iter()
        .any(|cause| finding.cause == cause.code());
    match is_time.then(|| time(value)).flatten() {
        Some(time) => time,
        None => shown::line(value),
    }
}

/// A time as people read it (RFC 3339).
fn time(text: &str) -> Option<String> {
    let time = Timestamp::parse_basic(text.trim()).ok()?;
    let time = jiff::Timestamp::from_second(time.unix_s()).ok()?;
    Some(time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cause: Cause, part: &str, given: &str, expect: [&str; 3]) {
        let finding = ToldFinding {
            cause: cause.code().to_owned(),
            part: part.to_owned(),
            ..ToldFinding::default()
        };
        let (signed, arrived) = labels(&finding);
        assert_eq!([signed, arrived, &value(&finding, given)], expect);
    }

    #[test]
    fn values_have_fitting_names() {
        let (basic, rfc) = ("20260131T101500Z", "2026-01-31T10:15:00Z");
        let until = ["the signature holds until", "it is now", rfc];
        check(Cause::Expired, "X-Amz-Expires", basic, until);
        check(
            Cause::Clock,
            "time",
            basic,
            ["was signed at", "it is now", rfc],
        );
        let region = ["was signed for", "the storage's region", "nl-ams"];
        check(Cause::Region, "region", "nl-ams", region);
        let service = ["was signed for", "the storage's service", "sns"];
        check(Cause::Service, "service", "sns", service);
        let date = ["the credential's date", "the time of signing", "20260131"];
        check(Cause::Malformed, "credential", "20260131", date);
        // Other parts are what they are, times or not.
        check(
            Cause::Metadata,
            "x-amz-meta-at",
            basic,
            ["was signed", "arrived", basic],
        );
        check(
            Cause::Header,
            "cookie",
            "short",
            ["was signed", "arrived", "…"],
        );
        let odd = ["the signature holds until", "it is now", "soon\\u{1b}"];
        check(Cause::Expired, "X-Amz-Expires", "soon\u{1b}", odd);
    }
}
