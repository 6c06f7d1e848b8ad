//! Bodies that are sent as they come: their length is announced, their progress is watched.
//!
//! Nothing is gathered: the next piece is asked for when the connection has taken the last one,
//! so the memory that a body takes does not depend on its size.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use tokio::time::Instant;

use crate::limits::CLIENT_IDLE_TIMEOUT_S;

type Source = Pin<Box<dyn Stream<Item = Result<Bytes, String>> + Send>>;

/// A body of known length that is sent as it comes.
pub struct StreamBody {
    length_bytes: u64,
    source: Source,
}

impl StreamBody {
    /// Takes a stream that gives exactly so many bytes; one that gives fewer or more fails the call
    /// with [`ClientErrorKind::Body`](super::ClientErrorKind), and the storage keeps nothing.
    pub fn new<S, E>(length_bytes: u64, stream: S) -> Self
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: fmt::Display,
    {
        let stream =
            futures_util::StreamExt::map(stream, |piece| piece.map_err(|error| error.to_string()));
        Self {
            length_bytes,
            source: Box::pin(stream),
        }
    }

    /// How many bytes it has.
    #[must_use]
    pub fn length_bytes(&self) -> u64 {
        self.length_bytes
    }

    /// What is sent, and how to look after it.
    pub(super) fn watched(self) -> (reqwest::Body, Watch) {
        let watch = Watch::new();
        let counted = Counted {
            source: self.source,
            missing_bytes: self.length_bytes,
            watch: watch.clone(),
        };
        (reqwest::Body::wrap_stream(counted), watch)
    }
}

impl From<Bytes> for StreamBody {
    fn from(bytes: Bytes) -> Self {
        let length_bytes = bytes.len() as u64;
        let pieces = (!bytes.is_empty()).then_some(Ok::<_, std::convert::Infallible>(bytes));
        Self::new(length_bytes, futures_util::stream::iter(pieces))
    }
}

impl fmt::Debug for StreamBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamBody")
            .field("length_bytes", &self.length_bytes)
            .finish_non_exhaustive()
    }
}

/// When a body moved last, and how it failed.
#[derive(Clone)]
pub(super) struct Watch(Arc<Mutex<Watched>>);

struct Watched {
    moved: Instant,
    failure: Option<String>,
}

impl Watch {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Watched {
            moved: Instant::now(),
            failure: None,
        })))
    }

    fn with<T>(&self, look: impl FnOnce(&mut Watched) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How the body failed, if it did.
    pub(super) fn failure(&self) -> Option<String> {
        self.with(|watched| watched.failure.clone())
    }

    /// Ends when nothing has moved for too long.
    pub(super) async fn stalled(&self) {
        let idle = Duration::from_secs(CLIENT_IDLE_TIMEOUT_S);
        loop {
            let deadline = self.with(|watched| watched.moved) + idle;
            if Instant::now() >= deadline {
                return;
            }
            tokio::time::sleep_until(deadline).await;
        }
    }
}

struct Counted {
    source: Source,
    missing_bytes: u64,
    watch: Watch,
}

impl Counted {
    fn failed(&self, reason: &str) -> Poll<Option<Result<Bytes, String>>> {
        self.watch
            .with(|watched| watched.failure = Some(reason.to_owned()));
        Poll::Ready(Some(Err(reason.to_owned())))
    }
}

impl Stream for Counted {
    type Item = Result<Bytes, String>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = ready!(self.source.as_mut().poll_next(cx));
        self.watch.with(|watched| watched.moved = Instant::now());
        match piece {
            Some(Ok(piece)) => match self.missing_bytes.checked_sub(piece.len() as u64) {
                Some(missing) => {
                    self.missing_bytes = missing;
                    Poll::Ready(Some(Ok(piece)))
                }
                None => self.failed("it is longer than announced"),
            },
            Some(Err(reason)) => self.failed(&reason),
            None if self.missing_bytes > 0 => self.failed("it ended before its announced length"),
            None => Poll::Ready(None),
        }
    }
}
