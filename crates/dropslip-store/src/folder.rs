//! A data folder that this process holds.

use std::io;
use std::path::Path;

use crate::disk::files::{self, Files};
use crate::disk::{self, Disk, Lock, Refused};
use crate::index::{INDEX_FILE, Index};
use crate::open_error::{OpenError, OpenErrorKind};

/// What is in it.
pub(crate) struct Folder {
    pub(crate) disk: Disk,
    pub(crate) index: Index,
}

/// Takes a data folder, or makes it.
///
/// # Errors
/// When it cannot be written, is in use by another process, or was written by another version.
pub(crate) fn open(data: &Path, process: Option<u32>, files: Files) -> Result<Folder, OpenError> {
    let wrong = |kind, why: String| OpenError {
        kind,
        data: data.to_owned(),
        why,
    };
    let folder = |error: io::Error| wrong(OpenErrorKind::Folder, error.to_string());
    files::private_folder(data).map_err(folder)?;
    let lock = Lock::take(data, process).map_err(|refused| match refused {
        Refused::InUse(holder) => {
            let holder = holder.map_or_else(String::new, |pid| format!(" (process {pid})"));
            let why = format!("another process uses it{holder}");
            wrong(OpenErrorKind::InUse, why)
        }
        Refused::Io(error) => folder(error),
    })?;
    let disk = Disk::open(data, files, Some(lock)).map_err(folder)?;
    let path = data.join(INDEX_FILE);
    if disk::is_absent(&path) && !disk.is_empty().map_err(folder)? {
        let why =
            "the bytes of objects are there, and `index.redb`, which says whose they are, is not";
        return Err(wrong(OpenErrorKind::IndexMissing, why.to_owned()));
    }
    let index = {
        // To open the database is to write it.
        let _no_backup = disk.checkpoint_gate().pass().map_err(folder)?;
        Index::open(&path, disk.clone())
            .map_err(|error| wrong(OpenErrorKind::Index, error.to_string()))?
    };
    disk.files().sync_folder(data).map_err(folder)?;
    Ok(Folder { disk, index })
}
