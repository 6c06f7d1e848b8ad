//! Where to: `s3://BUCKET/PREFIX/`, keys, and content types by name.

use std::path::Path;

use dropslip_s3::{BucketName, ObjectKey};

use crate::error::{PutError, PutErrorKind};

/// A place in a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Url {
    /// The bucket.
    pub bucket: BucketName,
    /// What stands behind it: a prefix if it is empty or ends with a slash, else a key.
    pub rest: String,
}

impl S3Url {
    /// Reads `s3://BUCKET`, `s3://BUCKET/PREFIX/` or `s3://BUCKET/KEY`.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn parse(text: &str) -> Result<Self, PutError> {
        let wrong = |why: &str| {
            PutError::new(
                PutErrorKind::Setup,
                format!("`{text}` is no place in a bucket: {why}"),
            )
            .hint("write it as `s3://BUCKET/PREFIX/` or, for one file, `s3://BUCKET/KEY`")
        };
        let rest = text.strip_prefix("s3://");
        let rest = rest.ok_or_else(|| wrong("it must begin with `s3://`"))?;
        let (bucket, rest) = rest.split_once('/').unwrap_or((rest, ""));
        let bucket = BucketName::parse(bucket).map_err(|e| wrong(&e.to_string()))?;
        if rest.split('/').any(|segment| matches!(segment, "." | "..")) {
            return Err(wrong("a URL cannot carry `.` or `..`"));
        }
        Ok(Self {
            bucket,
            rest: rest.to_owned(),
        })
    }

    /// Whether files keep their names below it.
    #[must_use]
    pub fn is_prefix(&self) -> bool {
        self.rest.is_empty() || self.rest.ends_with('/')
    }

    /// The key of a file: below the prefix, or the one key that was named.
    ///
    /// # Errors
    /// When it would be longer than keys are.
    pub fn key(&self, relative: &str) -> Result<ObjectKey, PutError> {
        let text = match self.is_prefix() {
            true => format!("{}{relative}", self.rest),
            false => self.rest.clone(),
        };
        ObjectKey::parse(&text).map_err(|error| {
            let message = format!("cannot have a key: {error}");
            PutError::new(PutErrorKind::Unreadable, message)
        })
    }
}

/// The content type that a file's name says, as the service has it.
#[must_use]
pub fn content_type(path: &Path) -> &'static str {
    let guess = mime_guess::from_path(path).first_raw();
    guess.unwrap_or("application/octet-stream")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        for (text, relative, key) in [
            ("s3://uploads", "a.txt", "a.txt"),
            ("s3://uploads/", "a/b c.txt", "a/b c.txt"),
            ("s3://uploads/in/", "a.txt", "in/a.txt"),
            ("s3://uploads/in", "a.txt", "in"),
            ("s3://uploads/in//", "ä", "in//ä"),
        ] {
            let place = S3Url::parse(text).unwrap();
            assert_eq!(place.key(relative).unwrap().as_str(), key, "{text}");
        }
        for wrong in [
            "",
            "uploads/",
            "s3://",
            "s3:///a",
            "s3://UP/a",
            "s3://uploads/../a",
            "S3://uploads/",
        ] {
            assert!(S3Url::parse(wrong).is_err(), "{wrong}");
        }
        let place = S3Url::parse("s3://uploads/in/").unwrap();
        assert!(place.key(&"x".repeat(1021)).is_ok());
        assert!(place.key(&"x".repeat(1022)).is_err());
    }

    #[test]
    fn types() {
        for (name, expect) in [
            ("a.JPG", "image/jpeg"),
            ("b/c.tar.gz", "application/gzip"),
            ("README", "application/octet-stream"),
            (".bashrc", "application/octet-stream"),
        ] {
            assert_eq!(content_type(Path::new(name)), expect, "{name}");
        }
    }
}
