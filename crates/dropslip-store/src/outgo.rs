//! A body on its way out: a range of a blob, read piece by piece.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::disk::{BlobReader, Disk};
use crate::index::manifest::Piece;
use crate::limits::BODY_CHUNK_BYTES;

/// What was read, and what the next read goes on with.
type Taken = (BlobReader, Vec<u8>);

/// The rest of a blob, up to an end. One piece is read ahead while the one before
/// it is sent.
#[derive(Debug)]
pub(crate) struct BlobBody {
    reading: Option<JoinHandle<io::Result<Taken>>>,
    /// What is not yet asked of the disk.
    unread: u64,
    /// What is not yet given to the connection.
    unsent: u64,
}

impl BlobBody {
    /// Sends the next `len` bytes of a blob.
    pub(crate) fn new(blob: BlobReader, len: u64) -> Self {
        let mut body = Self {
            reading: None,
            unread: len,
            unsent: len,
        };
        body.read_ahead(blob);
        body
    }

    fn read_ahead(&mut self, mut blob: BlobReader) {
        let len = self.unread.min(BODY_CHUNK_BYTES as u64);
        if len > 0 {
            self.unread -= len;
            let len = usize::try_from(len).expect("a piece fits the memory");
            self.reading = Some(spawn_blocking(move || {
                let bytes = blob.read(len)?;
                Ok((blob, bytes))
            }));
        }
    }
}

impl Body for BlobBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let Some(reading) = &mut self.reading else {
            return Poll::Ready(None);
        };
        let done = ready!(Pin::new(reading).poll(cx));
        self.reading = None;
        let piece = done
            .map_err(io::Error::other)
            .flatten()
            .map(|(blob, bytes)| {
                self.read_ahead(blob);
                self.unsent -= bytes.len() as u64;
                Frame::data(Bytes::from(bytes))
            });
        if let Err(error) = &piece {
            tracing::error!(%error, "a blob cannot be read to its end");
        }
        Poll::Ready(Some(piece))
    }

    fn is_end_stream(&self) -> bool {
        self.unsent == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.unsent)
    }
}

/// The bytes of several pieces, one behind the other. A piece is opened when the one before
/// it ends.
#[derive(Debug)]
pub(crate) struct PiecesBody {
    disk: Disk,
    now: BlobBody,
    opening: Option<JoinHandle<io::Result<BlobReader>>>,
    then: VecDeque<Piece>,
    unsent: u64,
}

impl PiecesBody {
    /// Opens the first piece. `None` where there is nothing to send.
    pub(crate) async fn open(disk: &Disk, pieces: Vec<Piece>) -> io::Result<Option<Self>> {
        let unsent = pieces.iter().map(|piece| piece.len).sum();
        let mut then = VecDeque::from(pieces);
        let Some(first) = then.pop_front() else {
            return Ok(None);
        };
        let blob = open(disk, first).await.map_err(io::Error::other)??;
        Ok(Some(Self {
            disk: disk.clone(),
            now: BlobBody::new(blob, first.len),
            opening: None,
            then,
            unsent,
        }))
    }
}

/// Opens a piece where it begins.
fn open(disk: &Disk, piece: Piece) -> JoinHandle<io::Result<BlobReader>> {
    let disk = disk.clone();
    spawn_blocking(move || disk.read(piece.data, piece.start))
}

impl Body for PiecesBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = &mut *self;
        loop {
            if let Some(opening) = &mut this.opening {
                let opened = ready!(Pin::new(opening).poll(cx));
                this.opening = None;
                match (
                    opened.map_err(io::Error::other).flatten(),
                    this.then.pop_front(),
                ) {
                    (Ok(blob), Some(piece)) => this.now = BlobBody::new(blob, piece.len),
                    (Err(error), _) => {
                        tracing::error!(%error, "a part of an object cannot be read");
                        return Poll::Ready(Some(Err(error)));
                    }
                    (Ok(_), None) => return Poll::Ready(None),
                }
            }
            let frame = ready!(Pin::new(&mut this.now).poll_frame(cx));
            match (frame, this.then.front()) {
                (None, Some(next)) => this.opening = Some(open(&this.disk, *next)),
                (Some(Ok(frame)), _) => {
                    let len = frame.data_ref().map_or(0, Bytes::len);
                    this.unsent -= len as u64;
                    return Poll::Ready(Some(Ok(frame)));
                }
                (other, _) => return Poll::Ready(other),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.unsent == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.unsent)
    }
}
