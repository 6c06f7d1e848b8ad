//! Conditional requests: the four conditions of RFC 9110 section 13, as S3 has them
//! ([Conditional requests](https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html)).
//!
//! Pure: what an object is like comes in, what the conditions say of it comes out. Reads,
//! writes, deletions and the sources of copies differ in what is then answered.

use std::time::UNIX_EPOCH;

/// The conditions of a request. Those that a request does not have hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// `If-Match`
    pub if_match: Option<EtagList>,
    /// `If-None-Match`
    pub if_none_match: Option<EtagList>,
    /// `If-Modified-Since`, in seconds since 1970.
    pub if_modified_since_s: Option<i64>,
    /// `If-Unmodified-Since`, in seconds since 1970.
    pub if_unmodified_since_s: Option<i64>,
}

/// A condition that can fail a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// `If-Match`
    IfMatch,
    /// `If-None-Match`
    IfNoneMatch,
    /// `If-Modified-Since`
    IfModifiedSince,
    /// `If-Unmodified-Since`
    IfUnmodifiedSince,
}

impl Condition {
    /// The header's name, as errors tell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IfMatch => "If-Match",
            Self::IfNoneMatch => "If-None-Match",
            Self::IfModifiedSince => "If-Modified-Since",
            Self::IfUnmodifiedSince => "If-Unmodified-Since",
        }
    }

    /// Whether a read that fails by it is answered 304, since the client has the object.
    #[must_use]
    pub fn is_not_modified(self) -> bool {
        matches!(self, Self::IfNoneMatch | Self::IfModifiedSince)
    }
}

/// A list of ETags, or `*`, which is every one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EtagList {
    /// `*`
    Any,
    /// Without quotes, and without the mark of weakness.
    Some(Vec<String>),
}

impl EtagList {
    /// Reads a header's value. S3's clients send ETags with and without quotes.
    #[must_use]
    pub fn parse(value: &str) -> Self {
        if value.trim() == "*" {
            return Self::Any;
        }
        Self::Some(value.split(',').map(bare).map(str::to_owned).collect())
    }

    /// Whether an object's ETag, with its quotes, is one of them.
    #[must_use]
    pub fn has(&self, etag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Some(etags) => etags.iter().any(|one| one == bare(etag)),
        }
    }
}

/// An ETag without its quotes.
fn bare(etag: &str) -> &str {
    let etag = etag.trim();
    let etag = etag.strip_prefix("W/").unwrap_or(etag);
    let inner = etag.strip_prefix('"').and_then(|e| e.strip_suffix('"'));
    inner.unwrap_or(etag)
}

impl Conditions {
    /// Reads the conditions of a request; `prefix` is empty, or `x-amz-copy-source-` for
    /// the source of a copy. What is no date is passed over (RFC 9110 section 13.1.3).
    #[must_use]
    pub fn read<'a>(prefix: &str, header: impl Fn(&str) -> Option<&'a str>) -> Self {
        let named = |name: &str| header(&format!("{prefix}{name}"));
        Self {
            if_match: named("if-match").map(EtagList::parse),
            if_none_match: named("if-none-match").map(EtagList::parse),
            if_modified_since_s: named("if-modified-since").and_then(date_s),
            if_unmodified_since_s: named("if-unmodified-since").and_then(date_s),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What fails for an object that is there: `etag` with its quotes, `modified_ms` since 1970.
    ///
    /// A condition on the ETag decides before the one on the time that asks the same
    /// (RFC 9110 section 13.2.2, and S3's documentation of `GetObject`).
    ///
    /// # Errors
    /// The condition that does not hold.
    pub fn hold(&self, etag: &str, modified_ms: i64) -> Result<(), Condition> {
        // Headers carry whole seconds, and what `Last-Modified` said must hold as a condition.
        let modified_s = modified_ms.div_euclid(1000);
        match (&self.if_match, self.if_unmodified_since_s) {
            (Some(etags), _) if !etags.has(etag) => return Err(Condition::IfMatch),
            (None, Some(since_s)) if modified_s > since_s => {
                return Err(Condition::IfUnmodifiedSince);
            }
            _ => {}
        }
        match (&self.if_none_match, self.if_modified_since_s) {
            (Some(etags), _) if etags.has(etag) => Err(Condition::IfNoneMatch),
            (None, Some(since_s)) if modified_s <= since_s => Err(Condition::IfModifiedSince),
            _ => Ok(()),
        }
    }
}

/// A date in one of the forms of RFC 9110 section 5.6.7, in whole seconds since 1970.
fn date_s(text: &str) -> Option<i64> {
    let time = httpdate::parse_http_date(text.trim()).ok()?;
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 1994-11-06 08:49:37.
    const MODIFIED_MS: i64 = 784_111_777_500;
    const SAME: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    #[track_caller]
    fn check(headers: &[(&str, &str)], expected: Option<Condition>) {
        let header = |name: &str| headers.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
        let conditions = Conditions::read("", header);
        assert_eq!(
            conditions.hold("\"abc\"", MODIFIED_MS).err(),
            expected,
            "{headers:?}"
        );
    }

    #[test]
    fn one_condition() {
        use Condition::{IfMatch, IfModifiedSince, IfNoneMatch, IfUnmodifiedSince};
        check(&[], None);
        for same in [
            "\"abc\"",
            "abc",
            "*",
            "\"x\", \"abc\"",
            "W/\"abc\"",
            " \"abc\" ",
        ] {
            check(&[("if-match", same)], None);
            check(&[("if-none-match", same)], Some(IfNoneMatch));
        }
        for other in ["\"x\"", "", "\"ABC\"", "\"abc", "\"*\"", "abc\""] {
            check(&[("if-match", other)], Some(IfMatch));
            check(&[("if-none-match", other)], None);
        }
        check(&[("if-modified-since", BEFORE)], None);
        check(&[("if-modified-since", SAME)], Some(IfModifiedSince));
        check(&[("if-modified-since", AFTER)], Some(IfModifiedSince));
        check(&[("if-unmodified-since", BEFORE)], Some(IfUnmodifiedSince));
        check(&[("if-unmodified-since", SAME)], None);
        check(&[("if-unmodified-since", AFTER)], None);
        check(&[("if-unmodified-since", "yesterday")], None);
        check(&[("if-modified-since", "0")], None);
    }

    #[test]
    fn the_etag_decides_before_the_time() {
        use Condition::{IfMatch, IfNoneMatch};
        check(
            &[("if-match", "abc"), ("if-unmodified-since", BEFORE)],
            None,
        );
        check(
            &[("if-match", "x"), ("if-unmodified-since", AFTER)],
            Some(IfMatch),
        );
        check(
            &[("if-none-match", "x"), ("if-modified-since", AFTER)],
            None,
        );
        check(
            &[("if-none-match", "abc"), ("if-modified-since", BEFORE)],
            Some(IfNoneMatch),
        );
        check(
            &[("if-match", "x"), ("if-none-match", "abc")],
            Some(IfMatch),
        );
    }

    #[test]
    fn those_of_a_source_have_their_own_names() {
        let header = |name: &str| (name == "x-amz-copy-source-if-match").then_some("x");
        let conditions = Conditions::read("x-amz-copy-source-", header);
        assert_eq!(conditions.hold("\"abc\"", 0), Err(Condition::IfMatch));
        assert!(Conditions::read("", header).is_empty());
    }
}
