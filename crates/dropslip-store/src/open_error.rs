//! How opening a store fails.

use std::fmt;
use std::path::PathBuf;

/// Why a store does not open, or a bucket cannot be made at start.
#[derive(Debug)]
pub struct OpenError {
    pub(crate) kind: OpenErrorKind,
    pub(crate) data: PathBuf,
    pub(crate) why: String,
}

/// In which way a store does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenErrorKind {
    /// The folder cannot be made, read or written.
    Folder,
    /// Another process uses it.
    InUse,
    /// There are objects' bytes, and no index that says whose they are.
    IndexMissing,
    /// The index cannot be read: damaged, or written by a newer version.
    Index,
    /// It cannot be copied into another folder.
    Backup,
}

impl OpenError {
    /// In which way the store does not open.
    #[must_use]
    pub fn kind(&self) -> OpenErrorKind {
        self.kind
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            OpenErrorKind::Backup => "back up",
            _ => "open",
        };
        let (data, why) = (self.data.display(), &self.why);
        write!(f, "cannot {what} the data folder `{data}`: {why}")
    }
}

impl std::error::Error for OpenError {}
