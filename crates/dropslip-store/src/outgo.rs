//! A body on its way out: the bytes of an object, or of a range of it, from however many
//! pieces it has.
//!
//! Every block is held against its checksum before it is sent. The first ones are read
//! before there is an answer, so that damage there is an error; damage further on cuts the
//! answer short. What the system has in memory is read on the spot, anything else on
//! another thread, one read ahead of what is being sent.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::disk::{BlobReader, DataId, Disk};
use crate::index::{DataRecord, Index, IndexError, Place, Read as _, manifest};
use crate::limits::{BLOCK_BYTES, OUTGO_BYTES, OUTGO_PIECE_BYTES_MAX};

/// Opens pieces for sending, one behind the other.
///
/// # Errors
/// `NotFound` when they were replaced meanwhile; `InvalidData` when the first bytes are
/// damaged.
pub(crate) async fn open(
    (disk, index, buffers): (&Disk, &Index, &Buffers),
    pieces: Vec<manifest::Piece>,
) -> io::Result<axum::body::Body> {
    let size_bytes = pieces.iter().map(|piece| piece.len).sum();
    if size_bytes == 0 {
        return Ok(axum::body::Body::empty());
    }
    // Of several, those behind are opened only when it is their turn.
    let several = Some(&pieces).filter(|pieces| pieces.len() > 1);
    let pins = several.map(|pieces| disk.pin(pieces.iter().map(|piece| piece.data)));
    // What is there after it was pinned stays.
    let pieces = located(index, pieces).map_err(io::Error::other)?;
    let mut outgo = Outgo {
        files: Files {
            disk: disk.clone(),
            index: index.clone(),
        },
        buffers: buffers.clone(),
        pieces: pieces.ok_or(io::ErrorKind::NotFound)?,
        reader: None,
        reading: None,
        ready: None,
        unsent: size_bytes,
        _sending: Sending::begin(buffers),
        _pins: pins,
    };
    let bytes = outgo.first().await?;
    if bytes.len() as u64 == size_bytes {
        return Ok(axum::body::Body::from(bytes));
    }
    outgo.ready = Some(bytes);
    Ok(axum::body::Body::new(outgo))
}

/// Finds where pieces are; none when one was removed.
fn located(
    index: &Index,
    pieces: Vec<manifest::Piece>,
) -> Result<Option<VecDeque<Piece>>, IndexError> {
    let snapshot = index.snapshot()?;
    let mut located = VecDeque::with_capacity(pieces.len());
    for piece in pieces {
        let Some(record) = snapshot.data(piece.data)? else {
            return Ok(None);
        };
        located.push_back(Piece {
            id: piece.data,
            record,
            start: piece.start,
            end: piece.start + piece.len,
        });
    }
    Ok(Some(located))
}

/// A stretch of bytes that are kept together.
#[derive(Clone, Copy, Debug)]
struct Piece {
    id: DataId,
    record: DataRecord,
    start: u64,
    end: u64,
}

/// Memory for pieces, used again and again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buffers(Arc<Pool>);

#[derive(Debug, Default)]
struct Pool {
    free: Mutex<Vec<Vec<u8>>>,
    /// How many bodies are being sent.
    sending: AtomicUsize,
}

/// A buffer that goes back when it has been sent.
struct Lent {
    bytes: Vec<u8>,
    pool: Arc<Pool>,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        let mut free = self
            .pool
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if bytes.capacity() >= OUTGO_PIECE_BYTES_MAX
            && free.len() * OUTGO_PIECE_BYTES_MAX < OUTGO_BYTES
        {
            free.push(bytes);
        }
    }
}

impl Buffers {
    fn lend(&self) -> Vec<u8> {
        let mut free = self.0.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.pop().unwrap_or_default()
    }

    fn bytes(&self, bytes: Vec<u8>, skip: usize) -> Bytes {
        let pool = Arc::clone(&self.0);
        Bytes::from_owner(Lent { bytes, pool }).slice(skip..)
    }

    /// How much is read at once: less while many bodies are sent.
    fn piece_bytes(&self) -> usize {
        let block = usize::try_from(BLOCK_BYTES).expect("64 KiB");
        let share = OUTGO_BYTES / 2 / self.0.sending.load(Ordering::Relaxed).max(1);
        (share / block * block).clamp(block, OUTGO_PIECE_BYTES_MAX)
    }
}

/// Where bytes are read from.
#[derive(Clone, Debug)]
struct Files {
    disk: Disk,
    index: Index,
}

impl Files {
    /// Reads small bytes, wherever they have been moved meanwhile.
    fn small(&self, piece: &Piece, now: bool) -> io::Result<Bytes> {
        let range = || {
            let at = |at: u64| usize::try_from(at).map_err(io::Error::other);
            Ok::<_, io::Error>(at(piece.start)?..at(piece.end)?)
        };
        let mut record = piece.record;
        for attempt in 0.. {
            let Place::Journal(kept) = record.place else {
                break;
            };
            match self.disk.read_small(piece.id, &kept, now) {
                Err(error) if error.kind() == io::ErrorKind::NotFound && attempt == 0 => {}
                bytes => return Ok(Bytes::from(bytes?).slice(range()?)),
            }
            let snapshot = self.index.snapshot().map_err(io::Error::other)?;
            let found = snapshot.data(piece.id).map_err(io::Error::other)?;
            record = found.ok_or(io::ErrorKind::NotFound)?;
        }
        Err(io::ErrorKind::NotFound.into())
    }
}

/// A large piece that is being read.
#[derive(Debug)]
struct Reader {
    blob: BlobReader,
    at: u64,
    end: u64,
}

impl Reader {
    /// The next bytes.
    fn read(&mut self, buffers: &Buffers, now: bool) -> io::Result<Bytes> {
        let aligned = self.at - self.at % BLOCK_BYTES;
        let skip = usize::try_from(self.at - aligned).map_err(io::Error::other)?;
        let wanted = usize::try_from(self.end - aligned).unwrap_or(usize::MAX);
        let block = usize::try_from(BLOCK_BYTES).map_err(io::Error::other)?;
        let len = wanted.min(buffers.piece_bytes()).next_multiple_of(block);
        let mut bytes = buffers.lend();
        self.blob.read(aligned, &mut bytes, len, now)?;
        let end = bytes.len().min(wanted);
        self.at = aligned + end as u64;
        Ok(buffers.bytes(bytes, skip).slice(..end - skip))
    }
}

type Done = (Option<Reader>, io::Result<Bytes>);

/// Bytes on their way.
#[derive(Debug)]
struct Outgo {
    files: Files,
    buffers: Buffers,
    /// What comes behind the reader's.
    pieces: VecDeque<Piece>,
    reader: Option<Reader>,
    reading: Option<JoinHandle<Done>>,
    ready: Option<Bytes>,
    unsent: u64,
    _sending: Sending,
    _pins: Option<crate::disk::Pins>,
}

/// Opens a piece and reads its first bytes.
fn begin(files: &Files, buffers: &Buffers, piece: &Piece, now: bool) -> Done {
    if let Place::Journal(_) = piece.record.place {
        return (None, files.small(piece, now));
    }
    let mut reader = match files.disk.read(piece.id, piece.record.place.len()) {
        Ok(blob) => Reader {
            blob,
            at: piece.start,
            end: piece.end,
        },
        Err(error) => return (None, Err(error)),
    };
    let bytes = reader.read(buffers, now);
    (Some(reader), bytes)
}

/// One of the bodies that are being sent.
#[derive(Debug)]
struct Sending(Arc<Pool>);

impl Sending {
    fn begin(buffers: &Buffers) -> Self {
        buffers.0.sending.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(&buffers.0))
    }
}

impl Outgo {
    /// Reads the first bytes.
    async fn first(&mut self) -> io::Result<Bytes> {
        match self.step() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            bytes => return bytes,
        }
        self.read_ahead();
        let reading = self.reading.take().ok_or(io::ErrorKind::UnexpectedEof)?;
        let (reader, bytes) = reading.await.map_err(io::Error::other)?;
        self.keep(reader);
        bytes
    }

    /// Reads the next bytes if they are in memory.
    fn step(&mut self) -> io::Result<Bytes> {
        if let Some(reader) = &mut self.reader {
            let bytes = reader.read(&self.buffers, true)?;
            let reader = self.reader.take();
            self.keep(reader);
            return Ok(bytes);
        }
        let piece = self.pieces.front().ok_or(io::ErrorKind::UnexpectedEof)?;
        let (reader, bytes) = begin(&self.files, &self.buffers, piece, true);
        if reader.is_some() || bytes.is_ok() {
            self.pieces.pop_front();
        }
        self.keep(reader);
        bytes
    }

    /// Lets another thread read the next bytes, if there are more.
    fn read_ahead(&mut self) {
        let reader = self.reader.take();
        let piece = match reader {
            Some(_) => None,
            None => self.pieces.pop_front(),
        };
        let (files, buffers) = (self.files.clone(), self.buffers.clone());
        let read = move || match (reader, piece) {
            (Some(mut reader), _) => {
                let bytes = reader.read(&buffers, false);
                (Some(reader), bytes)
            }
            (None, Some(piece)) => begin(&files, &buffers, &piece, false),
            (None, None) => (None, Err(io::ErrorKind::UnexpectedEof.into())),
        };
        self.reading = Some(spawn_blocking(read));
    }

    fn keep(&mut self, reader: Option<Reader>) {
        self.reader = reader.filter(|reader| reader.at < reader.end);
    }

    fn has_more(&self) -> bool {
        self.reader.is_some() || !self.pieces.is_empty()
    }

    fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Bytes>> {
        if let Some(bytes) = self.ready.take() {
            return Poll::Ready(Ok(bytes));
        }
        if self.reading.is_none() {
            match self.step() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.read_ahead(),
                bytes => return Poll::Ready(bytes),
            }
        }
        let Some(reading) = &mut self.reading else {
            return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
        };
        let done = ready!(Pin::new(reading).poll(cx));
        self.reading = None;
        let (reader, bytes) = done.map_err(io::Error::other)?;
        self.keep(reader);
        if bytes.is_ok() && self.has_more() {
            self.read_ahead();
        }
        Poll::Ready(bytes)
    }
}

impl Body for Outgo {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.unsent == 0 {
            return Poll::Ready(None);
        }
        let bytes = ready!(self.poll_bytes(cx));
        match &bytes {
            Ok(bytes) => self.unsent = self.unsent.saturating_sub(bytes.len() as u64),
            Err(error) => {
                tracing::error!(%error, "an answer is cut short: bytes cannot be read");
                self.unsent = 0;
            }
        }
        Poll::Ready(Some(bytes.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.unsent == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.unsent)
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.0.sending.fetch_sub(1, Ordering::Relaxed);
    }
}
