//! Names of buckets and objects.
//!
//! Both are parsed once, at the edge, into types that cannot be wrong, so no
//! code below checks a name again. Neither is ever used as a file name.

use std::fmt;

use crate::limits::{BUCKET_NAME_LEN_MAX, BUCKET_NAME_LEN_MIN, KEY_LEN_MAX};

/// A bucket name that follows S3's rules for general purpose buckets.
///
/// Source: [Bucket naming rules](https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketName(String);

/// An object key: 1 to 1,024 bytes of any Unicode.
///
/// Source: [Object key naming](https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey(String);

/// Why a text is no bucket name or no object key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameError(&'static str);

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for NameError {}

/// Beginnings that S3 keeps for itself.
const RESERVED_PREFIXES: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
/// Endings that S3 keeps for itself.
const RESERVED_SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

impl BucketName {
    /// Checks a text against S3's rules.
    ///
    /// # Errors
    /// Says which rule is broken.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let bytes = name.as_bytes();
        let reason = if !(BUCKET_NAME_LEN_MIN..=BUCKET_NAME_LEN_MAX).contains(&bytes.len()) {
            "a bucket name has 3 to 63 characters"
        } else if !bytes
            .iter()
            .all(|&b| alphanumeric(b) || b == b'-' || b == b'.')
        {
            "a bucket name has only lower-case letters, digits, dots and hyphens"
        } else if !alphanumeric(bytes[0]) || !alphanumeric(bytes[bytes.len() - 1]) {
            "a bucket name begins and ends with a letter or a digit"
        } else if name.contains("..") {
            "a bucket name has no two dots in a row"
        } else if name.contains(".-") || name.contains("-.") {
            "a bucket name has no hyphen beside a dot"
        } else if name.parse::<std::net::Ipv4Addr>().is_ok() {
            "a bucket name is not formatted as an IP address"
        } else if RESERVED_PREFIXES.iter().any(|p| name.starts_with(p))
            || RESERVED_SUFFIXES.iter().any(|s| name.ends_with(s))
        {
            "the bucket name uses a prefix or suffix that S3 reserves"
        } else {
            return Ok(Self(name.to_owned()));
        };
        Err(NameError(reason))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ObjectKey {
    /// Checks the length of a key; any Unicode is allowed.
    ///
    /// # Errors
    /// When the key is empty or longer than 1,024 bytes.
    pub fn parse(key: &str) -> Result<Self, NameError> {
        match key.len() {
            0 => Err(NameError("an object key has at least one byte")),
            n if n > KEY_LEN_MAX => {
                Err(NameError("an object key has at most 1,024 bytes of UTF-8"))
            }
            _ => Ok(Self(key.to_owned())),
        }
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_bucket(name: &str, expected: Option<&str>) {
        let got = BucketName::parse(name).err().map(|e| e.to_string());
        match (expected, got) {
            (None, None) => {}
            (Some(part), Some(text)) => assert!(text.contains(part), "`{name}`: {text}"),
            (expected, got) => panic!("`{name}`: expected {expected:?}, got {got:?}"),
        }
    }

    #[test]
    fn bucket_names() {
        check_bucket("abc", None);
        check_bucket("uploads.example-1", None);
        check_bucket(&"a".repeat(63), None);
        check_bucket("ab", Some("3 to 63"));
        check_bucket("", Some("3 to 63"));
        check_bucket(&"a".repeat(64), Some("3 to 63"));
        check_bucket("Uploads", Some("lower-case"));
        check_bucket("up_loads", Some("lower-case"));
        check_bucket("uploads/x", Some("lower-case"));
        check_bucket("../etc", Some("lower-case"));
        check_bucket("bücket", Some("lower-case"));
        check_bucket("-uploads", Some("begins and ends"));
        check_bucket("uploads.", Some("begins and ends"));
        check_bucket("up..loads", Some("two dots"));
        check_bucket("up.-loads", Some("hyphen beside a dot"));
        check_bucket("up-.loads", Some("hyphen beside a dot"));
        check_bucket("192.168.5.4", Some("IP address"));
        check_bucket("xn--uploads", Some("reserves"));
        check_bucket("uploads-s3alias", Some("reserves"));
    }

    #[test]
    fn object_keys() {
        assert!(ObjectKey::parse("a").is_ok());
        assert!(ObjectKey::parse("../../é \"x\".jpg").is_ok());
        assert!(ObjectKey::parse(&"k".repeat(KEY_LEN_MAX)).is_ok());
        assert!(ObjectKey::parse("").is_err());
        assert!(ObjectKey::parse(&"k".repeat(KEY_LEN_MAX + 1)).is_err());
        assert!(ObjectKey::parse(&"é".repeat(KEY_LEN_MAX / 2 + 1)).is_err());
    }
}
