//! Copies of a data folder's files, for a backup.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::files::private_folder;
use super::{blobs_in, shards};

/// What is copied into: a folder that is there and empty, or is made.
///
/// # Errors
/// When something is there already.
pub(crate) fn prepare(target: &Path) -> io::Result<()> {
    private_folder(target)?;
    if fs::read_dir(target)?.next().is_some() {
        let why = "the folder is not empty";
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, why));
    }
    private_folder(&target.join("journal"))?;
    for shard in shards(&target.join("blobs")) {
        private_folder(&shard)?;
    }
    Ok(())
}

/// Copies a file and brings the copy to the disk; gives its length.
pub(crate) fn file(from: &Path, to: &Path) -> io::Result<u64> {
    let len = fs::copy(from, to)?;
    File::options().write(true).open(to)?.sync_all()?;
    Ok(len)
}

/// Cuts a copy off.
pub(crate) fn cut(path: &Path, len: u64) -> io::Result<()> {
    let file = File::options().write(true).open(path)?;
    file.set_len(len)?;
    file.sync_all()
}

pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)
}

/// Brings the names in a copy to the disk.
pub(crate) fn sync(target: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        let blobs = target.join("blobs");
        let shards = shards(&blobs);
        let folders = [target.to_owned(), target.join("journal"), blobs.clone()];
        for folder in folders.into_iter().chain(shards) {
            File::open(folder)?.sync_all()?;
        }
    }
    let _ = target;
    Ok(())
}

/// The blobs of a data folder: each with its place in a copy.
pub(crate) fn blobs(data: &Path, target: &Path) -> io::Result<Vec<(PathBuf, PathBuf)>> {
    let mut blobs = Vec::new();
    for shard in shards(&data.join("blobs")) {
        if !shard.is_dir() {
            continue;
        }
        for (_, path) in blobs_in(&shard)? {
            let within = path.strip_prefix(data).map_err(io::Error::other)?;
            let copy = target.join(within);
            blobs.push((path, copy));
        }
    }
    Ok(blobs)
}
