//! A file as it was found, and what tells whether it is still the same.

use std::fs::{self, File, Metadata};
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::error::PutError;

/// A file to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    /// What it was when it was found.
    pub stamp: Stamp,
}

/// What changes when a file is written to: as much as its system tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Its size.
    #[serde(rename = "size")]
    pub size_bytes: u64,
    /// When it was written, in nanoseconds since 1970; 0 where the system does not say.
    #[serde(rename = "modified")]
    pub modified_ns: i64,
    /// When it or anything about it was changed, in nanoseconds since 1970; nobody can put that back. 0 where the
    /// system does not say.
    #[serde(rename = "changed", default)]
    changed_ns: i64,
    /// Device and number: another file under the same name has others. A journal does not keep
    /// them, since a file that was moved away and back is the same.
    #[serde(skip)]
    place: Option<(u64, u64)>,
}

impl Stamp {
    /// Takes it from what the system says of a file.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().ok();
        let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Self {
            size_bytes: metadata.len(),
            modified_ns: since.map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(0)),
            changed_ns: changed_ns(metadata),
            place: place(metadata),
        }
    }

    /// Whether nothing can have been written since, even by one who put the time back, as copying programs and builds do.
    /// A file of which only the rights changed is sent again, which does no harm.
    #[must_use]
    pub fn is_untouched(&self, before: &Self) -> bool {
        self.has_content_of(before) && self.changed_ns == before.changed_ns
    }

    fn has_content_of(&self, other: &Self) -> bool {
        self.size_bytes == other.size_bytes && self.modified_ns == other.modified_ns
    }

    /// Whether it is the same file, and nobody has written to it. Its rights and links may have changed.
    fn is_same(&self, other: &Self) -> bool {
        self.has_content_of(other) && self.place == other.place
    }
}

#[cfg(unix)]
fn changed_ns(metadata: &Metadata) -> i64 {
    use std::os::unix::fs::MetadataExt as _;
    metadata
        .ctime()
        .saturating_mul(1_000_000_000)
        .saturating_add(metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn changed_ns(_: &Metadata) -> i64 {
    0
}

#[cfg(unix)]
fn place(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn place(_: &Metadata) -> Option<(u64, u64)> {
    None
}

impl Source {
    /// Opens the file, if it is still the one that was found.
    pub(crate) fn open(&self) -> Result<File, PutError> {
        // A pipe in its place would keep whoever opens it waiting.
        let found = fs::metadata(&self.path).map_err(|e| PutError::unreadable(&e))?;
        if !Stamp::of(&found).is_same(&self.stamp) {
            return Err(PutError::changed());
        }
        let file = File::open(&self.path).map_err(|e| PutError::unreadable(&e))?;
        self.check(&file)?;
        Ok(file)
    }

    /// Whether an open file is still what was found.
    pub(crate) fn check(&self, file: &File) -> Result<(), PutError> {
        let metadata = file.metadata();
        let metadata = metadata.map_err(|e| PutError::unreadable(&e))?;
        if Stamp::of(&metadata).is_same(&self.stamp) {
            Ok(())
        } else {
            Err(PutError::changed())
        }
    }
}
