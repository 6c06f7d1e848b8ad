//! Reads the journal back: after a crash from the last checkpoint on, to count what a
//! segment holds, and to check it.

use std::io;
use std::path::Path;

use super::batch::{self, Entries, Position};
use super::segment::{self, Head};
use crate::disk::files::{self, FileAt, Files};

/// A batch that was read whole.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "tests tell batches apart by it")
    )]
    pub(crate) number: u64,
    pub(crate) sequence: u64,
    pub(crate) at: Position,
    pub(crate) len: usize,
    pub(crate) entries: Entries<'a>,
}

/// Where the reading of a segment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// Behind the last whole batch.
    pub(crate) at: Position,
    /// The number that the next batch should have.
    pub(crate) next: u64,
    /// Whether something stands there that is neither a batch nor zeros.
    pub(crate) is_torn: bool,
    /// Whether whole batches stand behind it, so that something within was lost.
    pub(crate) is_damaged: bool,
}

/// The segments of a folder, by number.
pub(crate) fn segments(folder: &Path) -> io::Result<Vec<u64>> {
    let names = files::names(folder)?;
    let numbers = names.iter().filter_map(|name| segment::number_of(name));
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort_unstable();
    Ok(numbers)
}

fn open(folder: &Path, number: u64) -> io::Result<FileAt> {
    Files::default().open_to_read(segment::path_of(folder, number))
}

/// The head of a segment; none if it was never begun.
pub(super) fn head_of(folder: &Path, number: u64) -> io::Result<Option<Head>> {
    let mut bytes = vec![0; usize::try_from(segment::HEAD_BYTES).expect("64")];
    match open(folder, number)?.read(0, &mut bytes) {
        Ok(()) => Ok(Head::read(&bytes).filter(|head| head.number == number)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether nothing was ever written behind the head of a segment: it was never begun.
pub(super) fn is_blank(folder: &Path, number: u64) -> io::Result<bool> {
    let mut window = Window::open(folder, number, segment::HEAD_BYTES)?;
    loop {
        window.read(WINDOW_BYTES as u64)?;
        let rest = window.rest();
        if rest.iter().any(|&byte| byte != 0) {
            return Ok(false);
        }
        match rest.len() {
            0 => return Ok(true),
            len => window.pass(len),
        }
    }
}

/// The segments of a folder, without those at the end that were not yet begun.
pub(crate) fn begun_segments(folder: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = segments(folder)?;
    while let Some(&last) = numbers.last()
        && head_of(folder, last)?.is_none()
        && is_blank(folder, last)?
    {
        numbers.pop();
    }
    Ok(numbers)
}

pub(super) fn no_head(number: u64) -> io::Error {
    io::Error::other(format!(
        "the head of the journal's segment {number:016x} is damaged"
    ))
}

/// Reads the batches of a segment from an offset on (0: all of them), the first of which
/// has the number `next`, up to one with the number `until`.
pub(crate) fn read_segment<E: From<io::Error>>(
    folder: &Path,
    (number, offset): (u64, u64),
    until: Option<u64>,
    next: Option<u64>,
    mut each: impl FnMut(Found<'_>) -> Result<(), E>,
) -> Result<End, E> {
    let Some(head) = head_of(folder, number)? else {
        return Err(no_head(number).into());
    };
    let mut window = Window::open(folder, number, offset.max(segment::HEAD_BYTES))?;
    let mut next = next.unwrap_or(head.first_batch);
    loop {
        let at = Position {
            segment: number,
            offset: window.offset,
        };
        let is_wanted = until.is_none_or(|until| next < until);
        let found = batch::read(window.rest(), head.salt);
        let Some(found) = found.filter(|found| is_wanted && found.number == next) else {
            if is_wanted && window.slide()? {
                continue;
            }
            window.rest_of_file()?;
            let rest = window.rest();
            let is_torn = rest.iter().any(|&byte| byte != 0);
            return Ok(End {
                at,
                next,
                is_torn,
                is_damaged: is_torn && is_wanted && has_later(rest, head.salt, next),
            });
        };
        let batch = &window.rest()[..found.len];
        let mut entries = Entries::of(batch);
        while entries.next().is_some() {}
        if !entries.is_at_end() {
            let why = format!("the journal's batch {next} was written by a newer version");
            return Err(io::Error::other(why).into());
        }
        each(Found {
            number: found.number,
            sequence: found.sequence,
            at,
            len: found.len,
            entries: Entries::of(batch),
        })?;
        window.pass(found.len);
        next += 1;
    }
}

/// A part of a segment in memory.
struct Window {
    file: FileAt,
    file_len: u64,
    bytes: Vec<u8>,
    /// What of the bytes was passed.
    passed: usize,
    /// Where in the file the rest begins.
    offset: u64,
}

impl Window {
    fn open(folder: &Path, number: u64, offset: u64) -> io::Result<Self> {
        let file = open(folder, number)?;
        Ok(Self {
            file_len: file.len()?,
            file,
            bytes: Vec::new(),
            passed: 0,
            offset,
        })
    }

    fn rest(&self) -> &[u8] {
        &self.bytes[self.passed..]
    }

    fn pass(&mut self, len: usize) {
        self.passed += len;
        self.offset += len as u64;
    }

    /// Reads on, so that a batch that was cut is whole; false where nothing is gained.
    fn slide(&mut self) -> io::Result<bool> {
        let before = self.rest().len();
        // A batch is as long as its head says, if that is a head.
        let wanted = batch::len(self.rest()).unwrap_or_default();
        self.read(wanted.max(WINDOW_BYTES) as u64)?;
        Ok(self.rest().len() > before)
    }

    fn rest_of_file(&mut self) -> io::Result<()> {
        self.read(u64::MAX)
    }

    fn read(&mut self, len: u64) -> io::Result<()> {
        let len = len.min(self.file_len.saturating_sub(self.offset));
        let len = usize::try_from(len).map_err(io::Error::other)?;
        self.bytes.resize(len, 0);
        self.passed = 0;
        self.file.read(self.offset, &mut self.bytes)
    }
}

/// How much of a segment is in memory at a time.
const WINDOW_BYTES: usize = 4 * 1024 * 1024;

/// Whether a later batch stands somewhere behind: then this is no torn end.
fn has_later(rest: &[u8], salt: u64, next: u64) -> bool {
    let salt_bytes = salt.to_le_bytes();
    let places = rest.windows(8).enumerate();
    let mut places = places.filter(|(_, window)| *window == salt_bytes);
    places.any(|(at, _)| batch::read(&rest[at..], salt).is_some_and(|found| found.number > next))
}
