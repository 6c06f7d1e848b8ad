//! A file of its own for the bytes of a large object.
//!
//! First come the bytes as they are, so that a person can take them out with `head -c`.
//! Behind them stands a CRC-32C of each block of 64 KiB, then 8 bytes of length, 4 of
//! CRC-32C over checksums and length, and `DSB1`. Numbers are little-endian. Every read is
//! of whole blocks and holds them against their checksums: what has been damaged on disk
//! is never given as good.

use std::io;
use std::path::PathBuf;
use std::thread::{self, JoinHandle};

use crc_fast::{CrcAlgorithm, Digest, crc32_iscsi};

use super::{DataId, Disk};
use crate::disk::files::FileAt;
use crate::limits::{BLOCK_BYTES, UNSYNCED_BYTES_MAX};

const MAGIC: &[u8; 4] = b"DSB1";
/// What stands behind the checksums.
const FOOT_BYTES: u64 = 16;

/// A file that is being written. Dropped without `keep`, it is removed.
#[derive(Debug)]
pub(crate) struct PendingBlob {
    disk: Disk,
    id: DataId,
    path: PathBuf,
    file: Option<FileAt>,
    written: u64,
    /// The block that is not yet full.
    block: Digest,
    checksums: Vec<u8>,
    /// Bytes since the last sync that was begun.
    unsynced: usize,
    /// That sync, while it may still be under way.
    syncing: Option<JoinHandle<io::Result<()>>>,
    kept: bool,
}

fn new_block() -> Digest {
    Digest::new(CrcAlgorithm::Crc32Iscsi)
}

impl PendingBlob {
    pub(super) fn create(disk: &Disk, id: DataId) -> io::Result<Self> {
        disk.in_flight(|ids| ids.insert(id.0));
        // Made before the file, so that a failed creation is taken back as well.
        let mut pending = Self {
            disk: disk.clone(),
            id,
            path: disk.blob_path(id),
            file: None,
            written: 0,
            block: new_block(),
            checksums: Vec::new(),
            unsynced: 0,
            syncing: None,
            kept: false,
        };
        pending.file = Some(disk.files().create(pending.path.clone())?);
        Ok(pending)
    }

    /// The file's name.
    pub(crate) fn id(&self) -> DataId {
        self.id
    }

    /// How many bytes it has.
    pub(crate) fn len(&self) -> u64 {
        self.written
    }

    fn file(&self) -> io::Result<&FileAt> {
        self.file
            .as_ref()
            .ok_or_else(|| io::Error::other("the blob is finished"))
    }

    /// Appends bytes. They are brought to the disk beside the writing, one stretch
    /// behind, so that the last sync of a large file has little left to do.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file()?.write(self.written, bytes)?;
        self.check(bytes);
        self.unsynced += bytes.len();
        if self.unsynced >= UNSYNCED_BYTES_MAX {
            self.unsynced = 0;
            let file = self.file()?.try_clone()?;
            self.synced()?;
            self.syncing = Some(thread::Builder::new().spawn(move || file.sync())?);
        }
        Ok(())
    }

    /// Takes bytes into the checksums of their blocks.
    fn check(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = BLOCK_BYTES - self.written % BLOCK_BYTES;
            let len = bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX));
            let (these, rest) = bytes.split_at(len);
            self.block.update(these);
            self.written += len as u64;
            if self.written.is_multiple_of(BLOCK_BYTES) {
                self.end_block();
            }
            bytes = rest;
        }
    }

    fn end_block(&mut self) {
        let digest = std::mem::replace(&mut self.block, new_block());
        let crc = u32::try_from(digest.finalize()).expect("a CRC-32 has 32 bits");
        self.checksums.extend_from_slice(&crc.to_le_bytes());
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
        if self.file.is_none() {
            return Ok(());
        }
        if !self.written.is_multiple_of(BLOCK_BYTES) {
            self.end_block();
        }
        self.checksums
            .extend_from_slice(&self.written.to_le_bytes());
        let crc = crc32_iscsi(&self.checksums);
        self.checksums.extend_from_slice(&crc.to_le_bytes());
        self.checksums.extend_from_slice(MAGIC);
        let file = self.file()?;
        file.write(self.written, &self.checksums)?;
        file.sync()?;
        self.file = None;
        self.checksums = Vec::new();
        let folder = self.path.parent();
        self.disk
            .files()
            .sync_folder(folder.expect("a blob lies in its shard's folder"))
    }

    /// Keeps the file, now that the index refers to it.
    pub(crate) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for PendingBlob {
    fn drop(&mut self) {
        // Nobody waits for what is given up; the descriptor of that sync is its own.
        if !self.kept {
            self.file = None;
            self.disk.remove_now(&self.path);
        }
        self.disk.in_flight(|ids| ids.remove(&self.id.0));
    }
}

/// A file that is being read.
#[derive(Debug)]
pub(crate) struct BlobReader {
    id: DataId,
    file: FileAt,
    len: u64,
    /// Checksums that were read, and the block of the first one.
    checksums: Vec<u8>,
    checksums_from: u64,
}

/// Blocks whose checksums are read at once: 64 MiB of bytes, 4 KiB of checksums.
const CHECKSUMS_AT_ONCE: u64 = 1024;

impl BlobReader {
    /// Opens the file of `len` bytes.
    pub(super) fn open(disk: &Disk, id: DataId, len: u64) -> io::Result<Self> {
        let file = disk.files().open_to_read(disk.blob_path(id))?;
        let blocks = len.div_ceil(BLOCK_BYTES);
        if file.len()? != len + blocks * 4 + FOOT_BYTES {
            return Err(damaged(id));
        }
        Ok(Self {
            id,
            file,
            len,
            checksums: Vec::new(),
            checksums_from: 0,
        })
    }

    /// Reads the blocks from `start`, which begins one, up to `len` bytes or the end into
    /// `bytes`, and holds them against their checksums. Where `now` is set it reads only
    /// what is in memory already, and gives `WouldBlock` else.
    pub(crate) fn read(
        &mut self,
        start: u64,
        bytes: &mut Vec<u8>,
        len: usize,
        now: bool,
    ) -> io::Result<()> {
        let len = usize::try_from(self.len.saturating_sub(start)).map_or(len, |left| left.min(len));
        bytes.resize(len, 0);
        let read = |file: &FileAt, at: u64, bytes: &mut [u8]| match now {
            true => file.read_now(at, bytes),
            false => file.read(at, bytes),
        };
        let first = start / BLOCK_BYTES;
        let has = self.checksums_from..self.checksums_from + self.checksums.len() as u64 / 4;
        let last = (start + len as u64).div_ceil(BLOCK_BYTES);
        if !(has.contains(&first) && last <= has.end) {
            let blocks = self.len.div_ceil(BLOCK_BYTES);
            let until = (first + CHECKSUMS_AT_ONCE).max(last).min(blocks);
            let len = usize::try_from((until - first) * 4).map_err(io::Error::other)?;
            let mut checksums = vec![0; len];
            read(&self.file, self.len + first * 4, &mut checksums)?;
            (self.checksums, self.checksums_from) = (checksums, first);
        }
        read(&self.file, start, bytes)?;
        let skip = usize::try_from(first - self.checksums_from).map_err(io::Error::other)?;
        let checksums = self.checksums.chunks_exact(4).skip(skip);
        let block_bytes = usize::try_from(BLOCK_BYTES).map_err(io::Error::other)?;
        for (block, crc) in bytes.chunks(block_bytes).zip(checksums) {
            if crc32_iscsi(block).to_le_bytes() != crc {
                return Err(damaged(self.id));
            }
        }
        Ok(())
    }
}

/// Bytes on disk are not as they were written.
pub(super) fn damaged(id: DataId) -> io::Error {
    let why = format!("the bytes `{id}` are damaged on disk");
    io::Error::new(io::ErrorKind::InvalidData, why)
}
