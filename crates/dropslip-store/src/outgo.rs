//! A body on its way out: a range of a blob, read piece by piece.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::disk::BlobReader;
use crate::limits::BODY_CHUNK_BYTES;

/// What was read, and what the next read goes on with.
type Piece = (BlobReader, Vec<u8>);

/// The rest of a blob, up to an end. One piece is read ahead while the one before
/// it is sent.
#[derive(Debug)]
pub(crate) struct BlobBody {
    reading: Option<JoinHandle<io::Result<Piece>>>,
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
