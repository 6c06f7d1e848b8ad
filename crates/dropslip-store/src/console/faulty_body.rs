//! A body that is slowed down, or that breaks off.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use super::limits::CUT_PAUSE_MS;

/// Another body with something wrong. What is wrong does not show in its size.
pub(super) struct FaultyBody {
    inner: Body,
    /// What has come from the inner one and may not go yet.
    held: Bytes,
    /// How many bytes may still pass.
    left: Option<u64>,
    bytes_per_second: Option<u32>,
    pause: Option<Pin<Box<Sleep>>>,
    /// Whether what has passed is given time to leave before the cut.
    lingers: bool,
    was_cut: Arc<AtomicBool>,
}

impl FaultyBody {
    /// A body that breaks off after so many bytes, and lets so many through in a second.
    pub(super) fn new(inner: Body, left: Option<u64>, bytes_per_second: Option<u32>) -> Self {
        Self {
            inner,
            held: Bytes::new(),
            left,
            bytes_per_second,
            pause: None,
            lingers: false,
            was_cut: Arc::default(),
        }
    }

    /// Gives what has passed a moment to leave before the cut.
    pub(super) fn lingering(mut self) -> Self {
        self.lingers = true;
        self
    }

    /// Says by this flag that it broke off.
    pub(super) fn telling(mut self, was_cut: Arc<AtomicBool>) -> Self {
        self.was_cut = was_cut;
        self
    }

    /// As many of the held bytes as may go now.
    fn piece(&mut self) -> Bytes {
        let mut len = self.held.len();
        if let Some(rate) = self.bytes_per_second {
            // Ten pieces in a second, so that a progress bar moves.
            len = len.min(usize::try_from(rate / 10).unwrap_or(len).max(1));
        }
        if let Some(left) = self.left {
            len = len.min(usize::try_from(left).unwrap_or(len));
        }
        let piece = self.held.split_to(len);
        if let Some(left) = &mut self.left {
            *left -= piece.len() as u64;
        }
        if let Some(rate) = self.bytes_per_second {
            let time_s = piece.len() as f64 / f64::from(rate);
            self.pause = Some(Box::pin(sleep(Duration::from_secs_f64(time_s))));
        }
        if self.left == Some(0) && self.lingers && self.pause.is_none() {
            let linger = Duration::from_millis(CUT_PAUSE_MS);
            self.pause = Some(Box::pin(sleep(linger)));
        }
        piece
    }
}

impl HttpBody for FaultyBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        if self.left == Some(0) {
            self.was_cut.store(true, Ordering::Release);
            let cut = io::Error::new(io::ErrorKind::ConnectionAborted, "cut by a fault");
            return Poll::Ready(Some(Err(axum::Error::new(cut))));
        }
        if self.held.is_empty() {
            match ready!(Pin::new(&mut self.inner).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.held = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                end => return Poll::Ready(end),
            }
        }
        Poll::Ready(Some(Ok(Frame::data(self.piece()))))
    }

    fn is_end_stream(&self) -> bool {
        self.held.is_empty() && self.inner.is_end_stream() && self.left != Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        let held = self.held.len() as u64;
        let inner = self.inner.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower() + held);
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper + held);
        }
        hint
    }
}

/// The body of no answer: the connection is closed where it is asked for, before
/// anything of the head has left.
pub(super) struct NoAnswer;

impl HttpBody for NoAnswer {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let cut = io::Error::new(io::ErrorKind::ConnectionAborted, "cut by a fault");
        Poll::Ready(Some(Err(cut)))
    }
}
