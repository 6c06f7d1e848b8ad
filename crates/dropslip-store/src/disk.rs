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
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::{self, JoinHandle};

use serde::{Deserialize, Serialize};

use crate::limits::UNSYNCED_BYTES_MAX;

/// The name of bytes, random, and of their file if they have one of their own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct DataId(pub(crate) u128);

impl fmt::Display for DataId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for DataId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<DataId> for String {
    fn from(id: DataId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for DataId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        let id = u128::from_str_radix(&text, 16).ok();
        let id = id.filter(|_| text.len() == 32 && text.bytes().all(is_digit));
        id.map(Self)
            .ok_or("a blob's name is 32 lower-case hexadecimal digits")
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
    removals: mpsc::Sender<DataId>,
}

impl Disk {
    /// Makes the folders where they are missing, readable for their owner alone.
    pub(crate) fn open(data: &Path) -> io::Result<Self> {
        let blobs = data.join("blobs");
        private_folder(data)?;
        private_folder(&blobs)?;
        for shard in shards(&blobs) {
            private_folder(&shard)?;
        }
        sync_folder(&blobs)?;
        sync_folder(data)?;
        if let Some(parent) = data.canonicalize()?.parent() {
            sync_folder(parent)?;
        }
        let (removals, wanted) = mpsc::channel::<DataId>();
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
        Ok(disk)
    }

    /// Whether no object's bytes are here.
    pub(crate) fn is_empty(&self) -> io::Result<bool> {
        for shard in shards(&self.0.blobs) {
            if blobs_in(&shard)?.next().is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Begins a new file.
    pub(crate) fn create(&self) -> io::Result<PendingBlob> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        let id = DataId(u128::from_be_bytes(bytes));
        self.in_flight(|ids| ids.insert(id.0));
        // Made before the file, so that a failed creation is taken back as well.
        let path = blob_path(&self.0.blobs, id);
        let mut pending = PendingBlob {
            disk: self.clone(),
            id,
            path,
            file: None,
            unsynced: 0,
            syncing: None,
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
    pub(crate) fn read(&self, id: DataId, offset: u64) -> io::Result<BlobReader> {
        let mut file = File::open(blob_path(&self.0.blobs, id))?;
        if offset > 0 {
            file.seek(SeekFrom::Start(offset))?;
        }
        Ok(BlobReader(file))
    }

    /// Removes a file soon; those who read it go on reading.
    pub(crate) fn remove_soon(&self, id: DataId) {
        // The thread on the other side ends with the last sender only.
        let _ = self.0.removals.send(id);
    }

    /// Removes every blob that `is_known` does not know and that nobody is
    /// writing, until it is to stop; gives their number. Run beside the serving of
    /// requests. What is no blob by its name and place is left alone.
    pub(crate) fn sweep(
        &self,
        is_known: impl Fn(DataId) -> bool,
        stop: &AtomicBool,
    ) -> io::Result<u64> {
        let mut removed = 0;
        for shard in shards(&self.0.blobs) {
            for (id, path) in blobs_in(&shard)? {
                if stop.load(Ordering::Relaxed) {
                    return Ok(removed);
                }
                // In this order: a file leaves the set only after the index knows it.
                if !self.in_flight(|ids| ids.contains(&id.0)) && !is_known(id) {
                    remove(&path);
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
    id: DataId,
    path: PathBuf,
    file: Option<File>,
    /// Bytes since the last sync that was begun.
    unsynced: usize,
    /// That sync, while it may still be under way.
    syncing: Option<JoinHandle<io::Result<()>>>,
    kept: bool,
}

impl PendingBlob {
    /// The file's name.
    pub(crate) fn id(&self) -> DataId {
        self.id
    }

    /// Appends bytes. They are brought to the disk beside the writing, one stretch
    /// behind, so that the last sync of a large file has little left to do.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let file = self
            .file
            .as_mut()
            .ok_or_else(|| io::Error::other("the blob is finished"))?;
        file.write_all(bytes)?;
        self.unsynced += bytes.len();
        if self.unsynced >= UNSYNCED_BYTES_MAX {
            self.unsynced = 0;
            let file = file.try_clone()?;
            self.synced()?;
            self.syncing = Some(thread::Builder::new().spawn(move || file.sync_data())?);
        }
        Ok(())
    }

    /// Waits for the sync that is under way.
    fn synced(&mut self) -> io::Result<()> {
        let joined = self.syncing.take().map(JoinHandle::join);
        joined
            .unwrap_or(Ok(Ok(())))
            .unwrap_or_else(|_| Err(io::Error::other("a sync panicked")))
    }

    /// Brings bytes and name to the disk. After that nothing can be appended.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.synced()?;
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

fn blob_path(blobs: &Path, id: DataId) -> PathBuf {
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

/// The folders among which blobs are spread.
fn shards(blobs: &Path) -> impl Iterator<Item = PathBuf> {
    (0..=u8::MAX).map(|shard| blobs.join(format!("{shard:02x}")))
}

/// The blobs of a shard: whatever else somebody put there is none.
fn blobs_in(shard: &Path) -> io::Result<impl Iterator<Item = (DataId, PathBuf)> + use<'_>> {
    let entries = fs::read_dir(shard)?.filter_map(Result::ok);
    Ok(entries.filter_map(move |entry| {
        let name = entry.file_name().into_string().ok()?;
        let belongs = shard
            .file_name()?
            .to_str()
            .is_some_and(|shard| name.starts_with(shard));
        Some((
            DataId::try_from(name).ok().filter(|_| belongs)?,
            entry.path(),
        ))
    }))
}

/// Makes a folder that only its owner may look into; one that exists is left as it is.
fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Brings a folder's names to the disk. Windows does that by itself.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(path)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Whether a file is not there or, after a crash in its first moment, empty.
pub(crate) fn is_absent(path: &Path) -> bool {
    fs::metadata(path).map_or(true, |metadata| metadata.len() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_blob_is_read_again_and_others_are_removed() {
        let data = tempfile::tempdir().unwrap();
        let disk = Disk::open(data.path()).unwrap();
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
        let disk = Disk::open(data.path()).unwrap();
        let [known, leftover] = [(); 2].map(|()| {
            let blob = disk.create().unwrap();
            let id = blob.id();
            blob.keep();
            id
        });
        let in_flight = disk.create().unwrap();
        let foreign = [
            "00/README",
            "00/cafe",
            ".DS_Store",
            "00/ffffffffffffffffffffffffffffffff",
        ];
        let foreign = foreign.map(|name| data.path().join("blobs").join(name));
        foreign
            .iter()
            .for_each(|path| fs::write(path, "not ours").unwrap());
        let go_on = AtomicBool::new(false);
        assert_eq!(disk.sweep(|id| id == known, &go_on).unwrap(), 1);
        assert!(disk.read(known, 0).is_ok() && disk.read(in_flight.id(), 0).is_ok());
        assert!(disk.read(leftover, 0).is_err());
        assert!(foreign.iter().all(|path| path.exists()));
        assert_eq!(disk.sweep(|_| false, &AtomicBool::new(true)).unwrap(), 0);
        assert!(!disk.is_empty().unwrap());
        assert_eq!(disk.sweep(|_| false, &go_on).unwrap(), 1);
        drop(in_flight);
        assert!(disk.is_empty().unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn others_may_not_look_in() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("a/b");
        Disk::open(&data).unwrap();
        for path in [data.clone(), data.join("blobs"), data.join("blobs/00")] {
            assert_eq!(
                fs::metadata(path).unwrap().permissions().mode() & 0o777,
                0o700
            );
        }
    }
}
