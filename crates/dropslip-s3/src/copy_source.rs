//! The header `x-amz-copy-source`: which object is copied
//! ([CopyObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html)).

use std::fmt;

use crate::name::{BucketName, ObjectKey};

/// What is copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopySource {
    /// Its bucket.
    pub bucket: BucketName,
    /// Its key.
    pub key: ObjectKey,
    /// Its version as text, not yet checked; the current one if absent.
    pub version_id: Option<String>,
}

/// Why a text names no source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopySourceError {
    /// There is no bucket, no key, or it is not UTF-8 once decoded.
    Incomplete,
    /// The bucket's name cannot be one.
    Bucket,
    /// The key is too long.
    Key,
    /// An access point is named, by its ARN.
    AccessPoint,
}

impl fmt::Display for CopySourceError {
    /// A sentence, as S3 answers it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Incomplete => {
                "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"
            }
            Self::Bucket => "Invalid copy source bucket name",
            Self::Key => "Invalid copy source object key",
            Self::AccessPoint => {
                "Copy Source is the ARN of an access point, of which there are none here"
            }
        })
    }
}

impl std::error::Error for CopySourceError {}

impl CopySource {
    /// Reads `/bucket/key?versionId=id`, with or without the first slash, percent-encoded.
    ///
    /// A `+` is a space, as S3 has it in this header and not in a path.
    ///
    /// # Errors
    /// See [`CopySourceError`].
    pub fn parse(text: &str) -> Result<Self, CopySourceError> {
        // Split while it is encoded: a key may hold the very text `?versionId=`.
        let (path, version_id) = match text.rsplit_once("?versionId=") {
            Some((path, id)) => (path, Some(decoded(id)?)),
            None => (text, None),
        };
        let path = decoded(path)?;
        let path = path.strip_prefix('/').unwrap_or(&path);
        if path.starts_with("arn:") {
            return Err(CopySourceError::AccessPoint);
        }
        let (bucket, key) = path.split_once('/').ok_or(CopySourceError::Incomplete)?;
        if bucket.is_empty() || key.is_empty() {
            return Err(CopySourceError::Incomplete);
        }
        Ok(Self {
            bucket: BucketName::parse(bucket).map_err(|_| CopySourceError::Bucket)?,
            key: ObjectKey::parse(key).map_err(|_| CopySourceError::Key)?,
            version_id,
        })
    }
}

fn decoded(text: &str) -> Result<String, CopySourceError> {
    let text = text.replace('+', " ");
    let decoded = percent_encoding::percent_decode_str(&text).decode_utf8();
    let decoded = decoded.map_err(|_| CopySourceError::Incomplete)?;
    Ok(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, bucket: &str, key: &str, version_id: Option<&str>) {
        let source = CopySource::parse(text).unwrap();
        let found = (source.bucket.as_str(), source.key.as_str());
        assert_eq!(found, (bucket, key), "{text}");
        assert_eq!(source.version_id.as_deref(), version_id, "{text}");
    }

    #[test]
    fn sources() {
        check("/photos/a/b.jpg", "photos", "a/b.jpg", None);
        check("photos/a/b.jpg", "photos", "a/b.jpg", None);
        check("photos%2Fa%2fb.jpg", "photos", "a/b.jpg", None);
        check("/photos//a", "photos", "/a", None);
        check("photos/a%20b+c%2Bd", "photos", "a b c+d", None);
        check("photos/%C3%A9%00", "photos", "é\0", None);
        check("photos/é", "photos", "é", None);
        check("photos/a?versionId=null", "photos", "a", Some("null"));
        check("photos/a?versionId=", "photos", "a", Some(""));
        check("photos/%3FversionId=1", "photos", "?versionId=1", None);
        check(
            "photos/%3FversionId?versionId=2",
            "photos",
            "?versionId",
            Some("2"),
        );
        check("photos/a?b", "photos", "a?b", None);
    }

    #[test]
    fn what_names_none() {
        use CopySourceError::{AccessPoint, Bucket, Incomplete, Key};
        for (text, expected) in [
            ("", Incomplete),
            ("/", Incomplete),
            ("photos", Incomplete),
            ("photos/", Incomplete),
            ("//photos/a", Incomplete),
            ("/photos?versionId=1", Incomplete),
            ("photos/%ff", Incomplete),
            ("Ph/a", Bucket),
            ("../a", Bucket),
            (
                "arn:aws:s3:us-west-2:123456789012:accesspoint/a/object/b",
                AccessPoint,
            ),
        ] {
            assert_eq!(CopySource::parse(text), Err(expected), "{text}");
        }
        let long = format!("photos/{}", "k".repeat(1025));
        assert_eq!(CopySource::parse(&long), Err(Key));
    }
}
