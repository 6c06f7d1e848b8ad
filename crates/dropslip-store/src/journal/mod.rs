//! The journal: every change of the store, and the bytes of small objects.
//!
//! All changes that have gathered are written as one batch with one write and one sync;
//! then they are answered. What an object's bytes are is thereby written once, and a sync
//! serves many requests. The rows of the index follow at checkpoints; the bytes of small
//! objects stay where they are.
//!
//! A batch that could not be written is given up with its segment, for after a failed
//! sync nobody knows what is on disk: the next one begins a new segment, whose head says
//! with which batch it goes on, so that the one before is not taken for a part of the
//! journal when it is read.

mod batch;
mod scan;
mod segment;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

pub(crate) use batch::{Batch, Entry, Kept, Position};
pub(crate) use scan::{Found, begun_segments, read_segment, segments};

use crate::disk::files::{FileAt, Files};
use crate::limits::SEGMENT_BYTES;
use segment::{Head, Segment};

/// The end of the journal, where it is written.
#[derive(Debug)]
pub(crate) struct Journal {
    files: Files,
    folder: PathBuf,
    /// None: the next batch begins a segment.
    segment: Option<Segment>,
    /// Behind the last batch that was written, whose segment is there: a checkpoint is
    /// made up to here, also while no other segment can be begun.
    at: Position,
    /// The greatest number of a segment, of those too that could not be begun.
    newest: u64,
    /// Its number.
    next: u64,
    /// Memory of the last batch, to use again.
    memory: Vec<u8>,
}

/// Up to where the journal is applied, or read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Behind the last batch.
    pub(crate) at: Position,
    /// The number of the next batch.
    pub(crate) next: u64,
}

impl Journal {
    /// Reads all batches behind `from` and goes on behind them.
    ///
    /// # Errors
    /// When a batch that was acknowledged is damaged or gone.
    pub(crate) fn open<E: From<io::Error>>(
        files: Files,
        folder: &Path,
        from: Mark,
        mut each: impl FnMut(Found<'_>) -> Result<(), E>,
    ) -> Result<Self, E> {
        crate::disk::files::private_folder(folder)?;
        let mut journal = Self {
            files,
            folder: folder.to_owned(),
            segment: None,
            at: from.at,
            newest: from.at.segment,
            next: from.next,
            memory: Vec::new(),
        };
        let heads = journal.heads()?;
        if from.at != Position::default()
            && heads.first().map(|h| h.number) != Some(from.at.segment)
        {
            let why = format!("the journal's segment {:016x} is missing", from.at.segment);
            return Err(io::Error::other(why).into());
        }
        for (at, head) in heads.iter().enumerate() {
            let until = heads.get(at + 1).map(|later| later.first_batch);
            journal.read(*head, until, &mut each)?;
        }
        Ok(journal)
    }

    /// The heads of the segments from the mark on. Removes those that were never begun.
    fn heads(&mut self) -> io::Result<Vec<Head>> {
        let mut heads = Vec::new();
        for number in segments(&self.folder)? {
            self.newest = self.newest.max(number);
            let is_wanted = number >= self.at.segment;
            match scan::head_of(&self.folder, number)? {
                Some(head) if is_wanted => heads.push(head),
                Some(_) => {}
                // The power went while it was made.
                None if scan::is_blank(&self.folder, number)? => {
                    self.files.remove(&segment::path_of(&self.folder, number))?;
                }
                None if is_wanted => return Err(scan::no_head(number)),
                // Objects know their places in it.
                None => {
                    tracing::warn!("the head of the journal's segment {number:016x} is damaged")
                }
            }
        }
        Ok(heads)
    }

    /// Reads a segment from where the journal has come to.
    fn read<E: From<io::Error>>(
        &mut self,
        head: Head,
        until: Option<u64>,
        each: &mut impl FnMut(Found<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let is_first = head.number == self.at.segment;
        if !is_first && head.first_batch != self.next {
            return Err(lost(self.next).into());
        }
        let offset = if is_first { self.at.offset } else { 0 };
        let end = read_segment(
            &self.folder,
            (head.number, offset),
            until,
            Some(self.next),
            each,
        )?;
        if end.is_damaged || until.is_some_and(|until| end.next != until) {
            return Err(lost(end.next).into());
        }
        if end.next != self.next {
            // A process that was killed may have left a batch that only the system's memory
            // has. Nobody may see it, and no checkpoint rest on it, before the disk has it.
            Segment::open(&self.files, &self.folder, head)?.sync()?;
        }
        (self.at, self.next) = (end.at, end.next);
        self.segment = None;
        if until.is_none() && !end.is_torn && end.at.offset < SEGMENT_BYTES {
            self.segment = Some(Segment::open(&self.files, &self.folder, head)?);
        }
        Ok(())
    }

    /// Up to where it is written.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            at: self.at,
            next: self.next,
        }
    }

    /// Begins a batch.
    pub(crate) fn begin(&mut self) -> Batch {
        let at = match self.segment {
            Some(_) => self.at,
            None => Position {
                segment: self.newest + 1,
                offset: segment::HEAD_BYTES,
            },
        };
        Batch::begin(at, std::mem::take(&mut self.memory))
    }

    /// Writes the batch that was begun last and brings it to the disk.
    ///
    /// # Errors
    /// When the disk fails or is full. Then nothing of it holds.
    pub(crate) fn append(&mut self, mut batch: Batch, sequence: u64) -> Result<(), Failure> {
        let at = batch.at();
        let result = match self.write(&mut batch, sequence) {
            Ok(()) => {
                self.at = Position {
                    offset: at.offset + batch.len() as u64,
                    ..at
                };
                self.next += 1;
                if self.at.offset >= SEGMENT_BYTES {
                    self.segment = None;
                }
                Ok(())
            }
            Err(error) => {
                let mut is_withdrawn = true;
                if let Some(mut segment) = self.segment.take() {
                    is_withdrawn = segment.withdraw(at);
                    // What was not written for want of room harms nobody: a smaller batch
                    // may have room in its place, such as one that deletes objects.
                    if is_withdrawn && is_full(&error) && !segment.is_doubtful {
                        self.segment = Some(segment);
                        self.at = at;
                    }
                }
                Err(Failure {
                    error,
                    is_withdrawn,
                })
            }
        };
        self.give_up(batch);
        result
    }

    /// Takes the memory of a batch back.
    pub(crate) fn give_up(&mut self, batch: Batch) {
        self.memory = batch.into_bytes();
        self.memory.shrink_to(crate::limits::BATCH_BYTES_MAX);
    }

    fn write(&mut self, batch: &mut Batch, sequence: u64) -> io::Result<()> {
        let at = batch.at();
        if self.segment.is_none() {
            self.newest = at.segment;
            let mut salt = [0; 8];
            getrandom::fill(&mut salt).map_err(io::Error::other)?;
            let head = Head {
                number: at.segment,
                first_batch: self.next,
                // Zeros are no batch.
                salt: u64::from_le_bytes(salt) | 1,
            };
            self.segment = Some(Segment::create(&self.files, &self.folder, head)?);
        }
        let segment = self.segment.as_mut().expect("it was made just now");
        let bytes = batch.seal(segment.head.salt, self.next, sequence);
        segment.append(at, bytes)
    }
}

/// Whether an error says that the disk has no room.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

/// A batch could not be written.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: io::Error,
    /// Whether it is certain that the next start does not find it.
    pub(crate) is_withdrawn: bool,
}

fn lost(batch: u64) -> io::Error {
    io::Error::other(format!(
        "the journal is damaged: its batch {batch} is not whole, and later ones are there"
    ))
}

/// Removes a segment's file.
pub(crate) fn remove_segment(files: &Files, folder: &Path, number: u64) -> io::Result<()> {
    match files.remove(&segment::path_of(folder, number)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// The paths of a segment's file in two folders.
pub(crate) fn copy_paths(folder: &Path, other: &Path, number: u64) -> (PathBuf, PathBuf) {
    (
        segment::path_of(folder, number),
        segment::path_of(other, number),
    )
}

/// Opens a segment to read objects' bytes from.
pub(crate) fn open_segment(files: &Files, folder: &Path, number: u64) -> io::Result<FileAt> {
    files.open(segment::path_of(folder, number))
}
