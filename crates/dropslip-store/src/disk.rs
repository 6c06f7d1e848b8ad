//! The only file I/O: the bytes of objects, one file each.
//!
//! A file's name is random and says nothing of the key, so no name from outside
//! ever reaches the file system. A file is written once, synced, and then either
//! referred to by the index or removed. What a crash leaves behind unreferred is
//! removed by `sweep` after the next start.

use std::collections::HashSet;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use serde::{Deserialize, Serialize};

/// The random name of an object's file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct BlobId(pub(crate) u128);

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<BlobId> for String {
    fn from(id: BlobId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for BlobId {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        u128::from_str_radix(&text, 16).map(Self)
    }
}

/// The folder of blobs.
#[derive(Clone, Debug)]
pub(crate) struct Disk(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    blobs: PathBuf,
    /// Files that are being written, which the sweep must not take for leftovers.
    in_flight: Mutex<HashSet<u128>>,
    /// Files to remove, off the request's path: freeing a large file takes time.
    removals: mpsc::Sender<BlobId>,
}

impl Disk {
    /// Makes the folders where they are missing. The database of the index goes
    /// beside them, at the returned path.
    pub(crate) fn open(data: &Path) -> io::Result<(Self, PathBuf)> {
        let blobs = data.join("blobs");
        fs::create_dir_all(&blobs)?;
        for shard in 0..=u8::MAX {
            match fs::create_dir(blobs.join(format!("{shard:02x}"))) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
        }
        sync_folder(&blobs)?;
        sync_folder(data)?;
        let (removals, wanted) = mpsc::channel::<BlobId>();
        let disk = Self(Arc::new(Inner {
            blobs: blobs.clone(),
            in_flight: Mutex::default(),
            removals,
        }));
        thread::Builder::new()
            .name("dropslip-remove".to_owned())
            .spawn(move || {
                for id in wanted {
                    remove(&blob_path(&blobs, id));
                }
            })?;
        Ok((disk, data.join("index.redb")))
    }

    /// Begins a new file.
    pub(crate) fn create(&self) -> io::Result<PendingBlob> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        let id = BlobId(u128::from_be_bytes(bytes));
        self.in_flight(|ids| ids.insert(id.0));
        // Made before the file, so that a failed creation is taken back as well.
        let path = blob_path(&self.0.blobs, id);
        let mut pending = PendingBlob {
            disk: self.clone(),
            id,
            path,
            file: None,
            kept: false,
        };
        pending.file = Some(
            File::options()
                .write(true)
                .create_new(true)
                .open(&pending.path)?,
        );
        Ok(pending)
    }

    /// Opens a file at an offset.
    pub(crate) fn read(&self, id: BlobId, offset: u64) -> io::Result<BlobReader> {
        let mut file = File::open(blob_path(&self.0.blobs, id))?;
        if offset > 0 {
            file.seek(SeekFrom::Start(offset))?;
        }
        Ok(BlobReader(file))
    }

    /// Removes a file soon; those who read it go on reading.
    pub(crate) fn remove_soon(&self, id: BlobId) {
        // The thread on the other side ends with the last sender only.
        let _ = self.0.removals.send(id);
    }

    /// Removes every file that `is_known` does not know and that nobody is
    /// writing; gives their number. Run beside the serving of requests.
    pub(crate) fn sweep(&self, is_known: impl Fn(BlobId) -> bool) -> io::Result<u64> {
        let mut removed = 0;
        for shard in fs::read_dir(&self.0.blobs)? {
            for entry in fs::read_dir(shard?.path())? {
                let entry = entry?;
                let Some(id) = entry
                    .file_name()
                    .to_str()
                    .and_then(|n| BlobId::try_from(n.to_owned()).ok())
                else {
                    continue;
                };
                // In this order: a file leaves the set only after the index knows it.
                if !self.in_flight(|ids| ids.contains(&id.0)) && !is_known(id) {
                    remove(&entry.path());
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }

    fn in_flight<T>(&self, f: impl FnOnce(&mut HashSet<u128>) -> T) -> T {
        f(&mut self
            .0
            .in_flight
            .lock()
            .unwrap_or_else(PoisonError::into_inner))
    }
}

/// A file that is being written. Dropped without `keep`, it is removed.
#[derive(Debug)]
pub(crate) struct PendingBlob {
    disk: Disk,
    id: BlobId,
    path: PathBuf,
    file: Option<File>,
    kept: bool,
}

impl PendingBlob {
    /// The file's name.
    pub(crate) fn id(&self) -> BlobId {
        self.id
    }

    /// Appends bytes.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.file {
            Some(file) => file.write_all(bytes),
            None => Err(io::Error::other("the blob is finished")),
        }
    }

    /// Brings bytes and name to the disk. After that nothing can be appended.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        if let Some(file) = self.file.take() {
            file.sync_all()?;
            sync_folder(
                self.path
                    .parent()
                    .expect("a blob lies in its shard's folder"),
            )?;
        }
        Ok(())
    }

    /// Keeps the file, now that the index refers to it.
    pub(crate) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for PendingBlob {
    fn drop(&mut self) {
        if !self.kept {
            self.file = None;
            remove(&self.path);
        }
        self.disk.in_flight(|ids| ids.remove(&self.id.0));
    }
}

/// A file that is being read.
#[derive(Debug)]
pub(crate) struct BlobReader(File);

impl BlobReader {
    /// Reads exactly `len` bytes more.
    pub(crate) fn read(&mut self, len: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; len];
        self.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

fn blob_path(blobs: &Path, id: BlobId) -> PathBuf {
    let name = id.to_string();
    blobs.join(&name[..2]).join(name)
}

fn remove(path: &Path) {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, path = %path.display(), "cannot remove a blob; the next start tries again");
        }
        _ => {}
    }
}

/// Brings a folder's names to the disk.
fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(path)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_blob_is_read_again_and_others_are_removed() {
        let data = tempfile::tempdir().unwrap();
        let (disk, _) = Disk::open(data.path()).unwrap();
        let mut kept = disk.create().unwrap();
        kept.write(b"hello ").unwrap();
        kept.write(b"world").unwrap();
        kept.sync().unwrap();
        assert!(kept.write(b"!").is_err());
        let id = kept.id();
        kept.keep();
        let dropped = disk.create().unwrap();
        let gone = dropped.id();
        drop(dropped);
        assert_eq!(disk.read(id, 6).unwrap().read(5).unwrap(), b"world");
        assert!(disk.read(id, 6).unwrap().read(6).is_err());
        assert!(disk.read(gone, 0).is_err());
    }

    #[test]
    fn the_sweep_takes_leftovers_only() {
        let data = tempfile::tempdir().unwrap();
        let (disk, _) = Disk::open(data.path()).unwrap();
        let [known, leftover] = [(); 2].map(|()| {
            let blob = disk.create().unwrap();
            let id = blob.id();
            blob.keep();
            id
        });
        let in_flight = disk.create().unwrap();
        fs::write(data.path().join("blobs/00/README"), "not ours").unwrap();
        assert_eq!(disk.sweep(|id| id == known).unwrap(), 1);
        assert!(disk.read(known, 0).is_ok() && disk.read(in_flight.id(), 0).is_ok());
        assert!(disk.read(leftover, 0).is_err());
        assert!(data.path().join("blobs/00/README").exists());
    }
}
