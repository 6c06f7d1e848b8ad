//! A connection that reads less at a time while there are many.
//!
//! hyper keeps a buffer for each connection and makes it larger the more a read brings.
//! With few connections that is as fast as can be; with a thousand slow uploads it would
//! be most of the memory. So the bytes of one read are a share of what all may take.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Semaphore;

use crate::limits::{READ_BYTES_AT_ONCE, READ_BYTES_LEAST};

/// How many connections there are: what is left of the places for them.
#[derive(Clone, Debug)]
pub(crate) struct Crowd {
    places: Arc<Semaphore>,
    places_max: usize,
}

impl Crowd {
    /// Counts those that took one of `places_max` places.
    pub(crate) fn new(places: Arc<Semaphore>, places_max: usize) -> Self {
        Self { places, places_max }
    }

    /// How many bytes one of them may read at a time.
    fn share_bytes(&self) -> usize {
        let taken = self
            .places_max
            .saturating_sub(self.places.available_permits());
        share_bytes(taken)
    }
}

fn share_bytes(connections: usize) -> usize {
    (READ_BYTES_AT_ONCE / connections.max(1)).max(READ_BYTES_LEAST)
}

/// The connection.
#[derive(Debug)]
pub(crate) struct Modest<S> {
    stream: S,
    crowd: Crowd,
}

impl<S> Modest<S> {
    pub(crate) fn new(stream: S, crowd: Crowd) -> Self {
        Self { stream, crowd }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Modest<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let share = self.crowd.share_bytes();
        if buffer.remaining() <= share {
            return Pin::new(&mut self.stream).poll_read(cx, buffer);
        }
        let mut part = ReadBuf::new(buffer.initialize_unfilled_to(share));
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut part))?;
        let read = part.filled().len();
        buffer.advance(read);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Modest<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[test]
    fn shares_get_smaller_to_a_bound() {
        assert_eq!(share_bytes(0), READ_BYTES_AT_ONCE);
        assert_eq!(share_bytes(1), READ_BYTES_AT_ONCE);
        assert_eq!(share_bytes(4), READ_BYTES_AT_ONCE / 4);
        assert_eq!(share_bytes(usize::MAX), READ_BYTES_LEAST);
    }

    /// Reads once into a buffer of this size, as one of so many connections.
    async fn read_once(connections: usize, buffer_bytes: usize) -> usize {
        let places = Arc::new(Semaphore::new(0));
        let crowd = Crowd::new(places, connections);
        let source = vec![7; 1024 * 1024];
        let mut stream = Modest::new(&source[..], crowd);
        let mut bytes = vec![0; buffer_bytes];
        let mut buffer = ReadBuf::new(&mut bytes);
        poll_fn(|cx| Pin::new(&mut stream).poll_read(cx, &mut buffer))
            .await
            .unwrap();
        assert!(buffer.filled().iter().all(|byte| *byte == 7));
        buffer.filled().len()
    }

    #[tokio::test]
    async fn a_read_brings_its_share() {
        const BUFFER_BYTES: usize = 64 * 1024;
        assert_eq!(read_once(1, BUFFER_BYTES).await, BUFFER_BYTES);
        assert_eq!(read_once(100_000, BUFFER_BYTES).await, READ_BYTES_LEAST);
        assert_eq!(read_once(100_000, 100).await, 100);
        assert_eq!(read_once(1, 0).await, 0);
    }
}
