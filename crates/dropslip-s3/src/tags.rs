//! Tags of objects and buckets: names with values, within S3's bounds.
//!
//! Sources: [Object tagging](https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html),
//! [PutBucketTagging](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html).

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::{
    BUCKET_TAGS_MAX, OBJECT_TAGS_MAX, TAG_KEY_CHARACTERS_MAX, TAG_VALUE_CHARACTERS_MAX,
};
use crate::query::Query;

/// Checked tags, each name once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(BTreeMap<String, String>);

/// Why tags are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagError(String);

impl fmt::Display for TagError {
    /// A sentence, as S3 answers it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TagError {}

impl Tags {
    /// Checks the tags of an object, of which there are at most 10.
    ///
    /// # Errors
    /// When there are too many, one is too long, has another character than S3 takes, or
    /// comes twice.
    pub fn of_object(tags: impl IntoIterator<Item = (String, String)>) -> Result<Self, TagError> {
        Self::checked(tags, OBJECT_TAGS_MAX, "Object")
    }

    /// Checks the tags of a bucket, of which there are at most 50.
    ///
    /// # Errors
    /// As [`Tags::of_object`].
    pub fn of_bucket(tags: impl IntoIterator<Item = (String, String)>) -> Result<Self, TagError> {
        Self::checked(tags, BUCKET_TAGS_MAX, "Bucket")
    }

    /// Reads the header `x-amz-tagging`, which is written as a query: `a=1&b=2`.
    ///
    /// # Errors
    /// As [`Tags::of_object`].
    pub fn of_header(value: &str) -> Result<Self, TagError> {
        let query = Query::parse(value);
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self::of_object(query.pairs().map(owned))
    }

    fn checked(
        tags: impl IntoIterator<Item = (String, String)>,
        count_max: usize,
        of: &str,
    ) -> Result<Self, TagError> {
        let mut checked = BTreeMap::new();
        for (key, value) in tags {
            check(&key, &value)?;
            if checked.insert(key, value).is_some() {
                let why = "Cannot provide multiple Tags with the same key";
                return Err(TagError(why.to_owned()));
            }
            if checked.len() > count_max {
                let why = format!("{of} tags cannot be greater than {count_max}");
                return Err(TagError(why));
            }
        }
        Ok(Self(checked))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a name.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Names and values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

fn check(key: &str, value: &str) -> Result<(), TagError> {
    let too_long = |text: &str, max| text.encode_utf16().count() > max;
    let why = if key.is_empty() || too_long(key, TAG_KEY_CHARACTERS_MAX) || !is_plain(key) {
        "The TagKey you have provided is invalid"
    } else if too_long(value, TAG_VALUE_CHARACTERS_MAX) || !is_plain(value) {
        "The TagValue you have provided is invalid"
    } else if key.starts_with("aws:") {
        "System tags cannot be added/updated by requester"
    } else {
        return Ok(());
    };
    Err(TagError(why.to_owned()))
}

/// Letters, digits and spaces of any script, and some signs.
fn is_plain(text: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || is_space(c) || "_.:/=+-@".contains(c);
    text.chars().all(is_plain)
}

/// A space that is no control character.
fn is_space(c: char) -> bool {
    c.is_whitespace() && !c.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tags: &[(&str, &str)]) -> Result<Tags, TagError> {
        Tags::of_object(tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))
    }

    #[test]
    fn tags_within_the_bounds() {
        let tags = of(&[("b", ""), ("a é_.:/=+-@", "日本 1")]).unwrap();
        assert_eq!(tags.len(), 2);
        assert_eq!(tags.iter().next(), Some(("a é_.:/=+-@", "日本 1")));
        let (key, value) = ("k".repeat(128), "v".repeat(256));
        assert!(of(&[(&key, &value)]).is_ok());
        let header = Tags::of_header("foo=bar&bar&a%20b=c%2Bd").unwrap();
        assert_eq!(header.find("bar"), Some(""));
        assert_eq!(header.find("a b"), Some("c+d"));
        assert!(Tags::of_header("").unwrap().is_empty());
    }

    #[track_caller]
    fn refused(tags: &[(&str, &str)], says: &str) {
        let error = of(tags).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }

    #[test]
    fn tags_beyond_them() {
        refused(&[("", "v")], "TagKey");
        refused(&[(&"k".repeat(129), "v")], "TagKey");
        refused(&[("k", &"v".repeat(257))], "TagValue");
        refused(&[("a<b", "v")], "TagKey");
        refused(&[("a", "b\n")], "TagValue");
        refused(&[("a", "b\t")], "TagValue");
        refused(&[("aws:x", "v")], "System");
        refused(&[("a", "1"), ("a", "2")], "same key");
        let numbered = |n: usize| (0..n).map(|i| (i.to_string(), String::new()));
        assert!(Tags::of_object(numbered(10)).is_ok() && Tags::of_object(numbered(11)).is_err());
        assert!(Tags::of_bucket(numbered(50)).is_ok() && Tags::of_bucket(numbered(51)).is_err());
    }
}
