//! The bytes of objects: small ones in the journal, large ones in a file each.
//!
//! A file's name is random and says nothing of the key, so no name from outside
//! ever reaches the file system. A file is written once, synced, and then either
//! referred to by the index or removed. What a crash leaves behind unreferred is
//! removed by `sweep` after the next start.

mod blob;
pub(crate) mod copy;
pub(crate) mod files;
mod gate;
mod lock;

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;

use serde::{Deserialize, Serialize};

pub(crate) use blob::{BlobReader, PendingBlob};
pub(crate) use gate::{Gate, What};
pub(crate) use lock::{Lock, Refused};

use crate::journal::{self, Kept};
use crate::limits::SEGMENTS_OPEN_MAX;
use files::{FileAt, Files, private_folder};

/// The random name of an object's file.
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

/// The folders of blobs and of the journal.
#[derive(Clone, Debug)]
pub(crate) struct Disk(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Held as long as anybody reads or writes here; none in tests of parts.
    _lock: Option<Lock>,
    files: Files,
    blobs: PathBuf,
    journal: PathBuf,
    /// Files that are being written, which the sweep must not take for leftovers.
    in_flight: Mutex<HashSet<u128>>,
    /// Files to remove, off the request's path: freeing a large file takes time.
    removals: mpsc::Sender<DataId>,
    /// Passed to remove files.
    removal: Arc<Gate>,
    /// Passed to write the database.
    checkpoint: Gate,
    /// Blobs that somebody reads piece by piece, and whether they are to be removed after.
    pinned: Mutex<BTreeMap<u128, Pinned>>,
    /// Segments of the journal that are open to read from.
    segments: Mutex<BTreeMap<u64, Arc<FileAt>>>,
}

impl Disk {
    /// Makes the folders where they are missing, readable for their owner alone.
    pub(crate) fn open(data: &Path, files: Files, lock: Option<Lock>) -> io::Result<Self> {
        let (blobs, journal) = (data.join("blobs"), data.join("journal"));
        private_folder(data)?;
        private_folder(&journal)?;
        private_folder(&blobs)?;
        // Each of them, for the power may have gone while they were made.
        let missing: Vec<_> = shards(&blobs).filter(|shard| !shard.is_dir()).collect();
        if !missing.is_empty() {
            missing.iter().try_for_each(|shard| private_folder(shard))?;
            if let Some(parent) = data.canonicalize()?.parent() {
                files.sync_folder(parent)?;
            }
        }
        // Even if they were there: a process that was killed may have made them.
        files.sync_folder(&blobs)?;
        files.sync_folder(data)?;
        let (removals, wanted) = mpsc::channel::<DataId>();
        let removal = Arc::new(Gate::of(data, What::Removal)?);
        let disk = Self(Arc::new(Inner {
            _lock: lock,
            files: files.clone(),
            blobs: blobs.clone(),
            journal,
            in_flight: Mutex::default(),
            removals,
            removal: Arc::clone(&removal),
            checkpoint: Gate::of(data, What::Checkpoint)?,
            pinned: Mutex::default(),
            segments: Mutex::default(),
        }));
        thread::Builder::new()
            .name("dropslip-remove".to_owned())
            .spawn(move || {
                for id in wanted {
                    if let Err(error) = removal.pass().map(|_passing| {
                        remove(&files, &blob_path(&blobs, id));
                    }) {
                        tracing::warn!(%error, "cannot remove a blob; the next start tries again");
                    }
                }
            })?;
        Ok(disk)
    }

    pub(crate) fn files(&self) -> &Files {
        &self.0.files
    }

    /// The folder of the journal.
    pub(crate) fn journal(&self) -> &Path {
        &self.0.journal
    }

    /// To be passed to remove files.
    pub(crate) fn removal_gate(&self) -> &Gate {
        &self.0.removal
    }

    /// To be passed to write the database.
    pub(crate) fn checkpoint_gate(&self) -> &Gate {
        &self.0.checkpoint
    }

    fn blob_path(&self, id: DataId) -> PathBuf {
        blob_path(&self.0.blobs, id)
    }

    /// Whether no object's bytes are here.
    pub(crate) fn is_empty(&self) -> io::Result<bool> {
        if !journal::segments(&self.0.journal)?.is_empty() {
            return Ok(false);
        }
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
        PendingBlob::create(self, DataId(u128::from_be_bytes(bytes)))
    }

    /// Opens a file of so many bytes.
    pub(crate) fn read(&self, id: DataId, len: u64) -> io::Result<BlobReader> {
        BlobReader::open(self, id, len)
    }

    /// Reads small bytes from the journal and holds them against their checksum. Where
    /// `now` is set it reads only what is in memory already, and gives `WouldBlock` else.
    pub(crate) fn read_small(&self, id: DataId, kept: &Kept, now: bool) -> io::Result<Vec<u8>> {
        if kept.len == 0 {
            // Nothing keeps a segment for the sake of no bytes.
            return Ok(Vec::new());
        }
        let segment = self.segment(kept.at.segment)?;
        let mut bytes = vec![0; kept.len as usize];
        let read = match now {
            true => segment.read_now(kept.at.offset, &mut bytes),
            false => segment.read(kept.at.offset, &mut bytes),
        };
        match read {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(blob::damaged(id)),
            Err(error) => Err(error),
            Ok(()) if crc_fast::crc32_iscsi(&bytes) != kept.crc => Err(blob::damaged(id)),
            Ok(()) => Ok(bytes),
        }
    }

    fn segment(&self, number: u64) -> io::Result<Arc<FileAt>> {
        let open = || {
            self.0
                .segments
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(segment) = open().get(&number) {
            return Ok(Arc::clone(segment));
        }
        let segment = journal::open_segment(&self.0.files, &self.0.journal, number)?;
        let segment = Arc::new(segment);
        let mut open = open();
        if !segment.path().exists() {
            // Removed meanwhile: kept open it would keep its room.
            return Ok(segment);
        }
        while open.len() >= SEGMENTS_OPEN_MAX {
            open.pop_first();
        }
        open.insert(number, Arc::clone(&segment));
        Ok(segment)
    }

    /// Removes a segment of the journal; those who read from it go on reading.
    pub(crate) fn remove_segment(&self, number: u64) -> io::Result<()> {
        journal::remove_segment(&self.0.files, &self.0.journal, number)?;
        let mut open = self
            .0
            .segments
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        open.remove(&number);
        Ok(())
    }

    /// Keeps blobs from being removed while they are read, for those who have not opened
    /// all of them yet.
    pub(crate) fn pin(&self, ids: impl Iterator<Item = DataId>) -> Pins {
        let ids: Vec<_> = ids.map(|id| id.0).collect();
        let mut pinned = self.pinned();
        for id in &ids {
            pinned.entry(*id).or_default().readers += 1;
        }
        drop(pinned);
        let disk = self.clone();
        Pins { disk, ids }
    }

    fn pinned(&self) -> MutexGuard<'_, BTreeMap<u128, Pinned>> {
        self.0.pinned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes a file soon; those who read it go on reading.
    pub(crate) fn remove_soon(&self, id: DataId) {
        if let Some(pinned) = self.pinned().get_mut(&id.0) {
            pinned.is_unwanted = true;
            return;
        }
        // The thread on the other side ends with the last sender only.
        let _ = self.0.removals.send(id);
    }

    fn remove_now(&self, path: &Path) {
        remove(&self.0.files, path);
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
                    let _passing = self.0.removal.pass()?;
                    remove(&self.0.files, &path);
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }

    /// The names of all blobs.
    #[cfg(test)]
    pub(crate) fn blobs(&self) -> std::collections::BTreeSet<String> {
        let shards = shards(&self.0.blobs);
        let blobs = shards.flat_map(|shard| {
            let found: Vec<_> = blobs_in(&shard).unwrap().collect();
            found
        });
        blobs.map(|(id, _)| id.to_string()).collect()
    }

    fn in_flight<T>(&self, f: impl FnOnce(&mut HashSet<u128>) -> T) -> T {
        f(&mut self
            .0
            .in_flight
            .lock()
            .unwrap_or_else(PoisonError::into_inner))
    }
}

/// How many read a blob.
#[derive(Debug, Default)]
struct Pinned {
    readers: usize,
    is_unwanted: bool,
}

/// Blobs that are kept while this is.
#[derive(Debug)]
pub(crate) struct Pins {
    disk: Disk,
    ids: Vec<u128>,
}

impl Drop for Pins {
    fn drop(&mut self) {
        let mut pinned = self.disk.pinned();
        let mut unwanted = Vec::new();
        for id in &self.ids {
            let Some(pin) = pinned.get_mut(id) else {
                continue;
            };
            pin.readers -= 1;
            if pin.readers == 0 {
                unwanted.extend(pin.is_unwanted.then_some(DataId(*id)));
                pinned.remove(id);
            }
        }
        drop(pinned);
        unwanted
            .into_iter()
            .for_each(|id| self.disk.remove_soon(id));
    }
}

fn blob_path(blobs: &Path, id: DataId) -> PathBuf {
    let name = id.to_string();
    blobs.join(&name[..2]).join(name)
}

fn remove(files: &Files, path: &Path) {
    match files.remove(path) {
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

/// Whether a database is not there or was never begun, after a crash in its first moments:
/// its first bytes are written last.
pub(crate) fn is_absent(path: &Path) -> bool {
    let mut first = [0; 8];
    match fs::File::open(path).and_then(|mut file| file.read_exact(&mut first)) {
        Ok(()) => first == [0; 8],
        Err(error) => matches!(
            error.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof
        ),
    }
}

#[cfg(test)]
mod tests;
