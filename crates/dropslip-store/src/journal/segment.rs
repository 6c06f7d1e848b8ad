//! The files of the journal.
//!
//! A segment begins with a head of 64 bytes: 16 of magic, the format, the number of the
//! segment, the number of its first batch, its salt, a CRC-32C of these. Then come
//! batches, one behind the other, and then zeros.
//!
//! The zeros are written ahead, so that a batch overwrites bytes that the file has
//! already. To sync such a write the file system has nothing to write of its own: no new
//! length, no new blocks. That takes half the time, and it does not wait for what the
//! file system owes to other files, such as the large object that arrives beside it.

use std::io;
use std::path::{Path, PathBuf};

use super::batch::Position;
use crate::disk::files::{FileAt, Files};
use crate::limits::JOURNAL_AHEAD_BYTES;

pub(super) const HEAD_BYTES: u64 = 64;
const MAGIC: &[u8; 16] = b"dropslip journal";
const FORMAT: u32 = 1;

/// What the head of a segment says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) number: u64,
    pub(super) first_batch: u64,
    pub(super) salt: u64,
}

impl Head {
    fn bytes(self) -> [u8; HEAD_BYTES as usize] {
        let mut bytes = [0; HEAD_BYTES as usize];
        bytes[..16].copy_from_slice(MAGIC);
        bytes[16..20].copy_from_slice(&FORMAT.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.number.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.first_batch.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.salt.to_le_bytes());
        let crc = crc_fast::crc32_iscsi(&bytes[..60]);
        bytes[60..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// None if it is not whole: the segment was never begun.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..HEAD_BYTES as usize)?;
        let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("8 bytes"));
        let crc = u32::from_le_bytes(bytes[60..].try_into().expect("4 bytes"));
        let format = u32::from_le_bytes(bytes[16..20].try_into().expect("4 bytes"));
        let is_one = bytes.starts_with(MAGIC) && format == FORMAT;
        (is_one && crc == crc_fast::crc32_iscsi(&bytes[..60])).then_some(Self {
            number: number(24),
            first_batch: number(32),
            salt: number(40),
        })
    }
}

/// The name of a segment's file.
pub(super) fn path_of(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:016x}.log"))
}

/// The number that a file's name says.
pub(super) fn number_of(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".log")?;
    let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    (digits.len() == 16 && digits.bytes().all(is_digit))
        .then(|| u64::from_str_radix(digits, 16).ok())
        .flatten()
}

/// The segment that is written.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) head: Head,
    file: FileAt,
    /// Up to where the file has been written, zeros included.
    written: u64,
    /// A sync failed: nobody knows what of it is on disk.
    pub(super) is_doubtful: bool,
}

impl Segment {
    /// Makes a segment. It is there once its first batch is synced.
    pub(super) fn create(files: &Files, folder: &Path, head: Head) -> io::Result<Self> {
        let path = path_of(folder, head.number);
        let made = files.create(path.clone()).and_then(|file| {
            file.write(0, &head.bytes())?;
            file.sync()?;
            files.sync_folder(folder)?;
            Ok(Self {
                head,
                file,
                written: HEAD_BYTES,
                is_doubtful: false,
            })
        });
        if made.is_err() {
            // A number whose head is not whole is taken by nobody; it is removed at start.
            let _ = files.remove(&path);
        }
        made
    }

    /// Opens the segment that the journal ends in, to go on.
    pub(super) fn open(files: &Files, folder: &Path, head: Head) -> io::Result<Self> {
        let file = files.open(path_of(folder, head.number))?;
        let written = file.len()?;
        Ok(Self {
            head,
            file,
            written,
            is_doubtful: false,
        })
    }

    /// Makes sure, as far as the disk lets it, that a batch whose write failed is not
    /// found whole after the next start: its changes were answered with an error.
    pub(super) fn withdraw(&mut self, at: Position) -> bool {
        let zeros = [0; super::batch::HEAD_BYTES];
        let withdrawn = self.file.write(at.offset, &zeros);
        let withdrawn = withdrawn.and_then(|()| self.sync());
        if let Err(error) = &withdrawn {
            tracing::warn!(%error, "a batch that could not be written cannot be withdrawn either");
        }
        withdrawn.is_ok()
    }

    /// Writes bytes at a place and brings them to the disk.
    pub(super) fn append(&mut self, at: Position, bytes: &[u8]) -> io::Result<()> {
        let end = at.offset + bytes.len() as u64;
        if end > self.written {
            let ahead = JOURNAL_AHEAD_BYTES.min(end.max(64 * 1024));
            let zeros = vec![0; usize::try_from(ahead).expect("a few MiB fit the memory")];
            // Without room for zeros there may still be room for the batch.
            if self.file.write(end, &zeros).is_ok() {
                self.written = end + ahead;
            }
        }
        self.file.write(at.offset, bytes)?;
        self.sync()
    }

    /// Brings what was written to the disk.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        let synced = self.file.sync();
        self.is_doubtful |= synced.is_err();
        synced
    }
}
