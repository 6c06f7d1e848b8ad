//! How slow a body may come.
//!
//! A connection costs a place, and whoever sends nothing, or a byte now and then, would keep
//! it for ever. So a client that is silent too long is cut off, and so is one that sends too
//! little over a longer time. Only the time for which the store waits for the client counts:
//! a slow disk is nobody's fault. Many who share a thin line come through: see
//! [`crate::limits::BODY_WINDOW_BYTES_MIN`].

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::config::Patience;

/// The error of a body that came too slowly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooSlow;

impl fmt::Display for TooSlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body came too slowly")
    }
}

impl std::error::Error for TooSlow {}

impl TooSlow {
    /// Whether a body ended by this error.
    pub(crate) fn is(error: &axum::Error) -> bool {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(error) = cause {
            if error.is::<Self>() {
                return true;
            }
            cause = error.source();
        }
        false
    }
}

/// Lets a body end by [`TooSlow`] when it comes too slowly.
pub(crate) fn paced(body: Body, patience: Patience) -> Body {
    if body.is_end_stream() {
        return body;
    }
    Body::new(Paced {
        body,
        pace: Pace::new(patience),
        timer: None,
    })
}

struct Paced {
    body: Body,
    pace: Pace,
    timer: Option<Pin<Box<Sleep>>>,
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            if let Some(Ok(frame)) = &frame {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                if let Err(slow) = this.pace.came(Instant::now(), bytes) {
                    return Poll::Ready(Some(Err(axum::Error::new(slow))));
                }
            }
            return Poll::Ready(frame);
        }
        loop {
            let due = match this.pace.waits(Instant::now()) {
                Ok(due) => due,
                Err(slow) => return Poll::Ready(Some(Err(axum::Error::new(slow)))),
            };
            // What is due never comes to be due earlier, so a timer that runs is left alone.
            let timer = this.timer.get_or_insert_with(|| Box::pin(sleep_until(due)));
            if timer.is_elapsed() {
                timer.as_mut().reset(due);
            }
            ready!(timer.as_mut().poll(context));
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// How much has come in how much waiting.
#[derive(Debug)]
struct Pace {
    patience: Patience,
    /// Since when nothing has come, while the store waits.
    silent_since: Option<Instant>,
    /// Until when the waiting is in `waited` already.
    counted_to: Option<Instant>,
    /// How long the store has waited in this window.
    waited: Duration,
    /// What has come in this window.
    bytes: u64,
}

impl Pace {
    fn new(patience: Patience) -> Self {
        Self {
            patience,
            silent_since: None,
            counted_to: None,
            waited: Duration::ZERO,
            bytes: 0,
        }
    }

    /// Bytes have come.
    fn came(&mut self, now: Instant, bytes: usize) -> Result<(), TooSlow> {
        self.silent_since = None;
        if let Some(counted_to) = self.counted_to.take() {
            self.waited += now - counted_to;
        }
        self.bytes += bytes as u64;
        self.end_window()
    }

    /// Nothing has come; gives the moment at which to ask again.
    fn waits(&mut self, now: Instant) -> Result<Instant, TooSlow> {
        let silent_since = *self.silent_since.get_or_insert(now);
        if now - silent_since >= self.patience.silent {
            return Err(TooSlow);
        }
        let counted_to = self.counted_to.replace(now).unwrap_or(now);
        self.waited += now - counted_to;
        self.end_window()?;
        let window_end = now + (self.patience.window - self.waited);
        Ok(window_end.min(silent_since + self.patience.silent))
    }

    fn end_window(&mut self) -> Result<(), TooSlow> {
        if self.waited < self.patience.window {
            return Ok(());
        }
        if self.bytes < self.patience.window_bytes_min {
            return Err(TooSlow);
        }
        (self.waited, self.bytes) = (Duration::ZERO, 0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn pace() -> (Pace, Instant) {
        let patience = Patience {
            silent: 30 * S,
            window: 60 * S,
            window_bytes_min: 100,
            refused: S,
        };
        (Pace::new(patience), Instant::now())
    }

    #[test]
    fn silence_has_an_end() {
        let (mut pace, start) = pace();
        assert_eq!(pace.waits(start), Ok(start + 30 * S));
        assert_eq!(pace.came(start + 29 * S, 1000), Ok(()));
        assert_eq!(pace.waits(start + 29 * S), Ok(start + 59 * S));
        let late = start + 59 * S;
        assert_eq!(pace.waits(late - S / 10), Ok(late));
        assert_eq!(pace.waits(late), Err(TooSlow));
    }

    /// A byte each second is too little, and so are bytes in bursts.
    #[test]
    fn a_trickle_has_an_end() {
        for every_s in [1, 7, 20] {
            let (mut pace, start) = pace();
            let mut now = start;
            let cut = loop {
                if pace.waits(now).is_err() {
                    break now;
                }
                now += S * every_s;
                if pace.came(now, every_s as usize).is_err() {
                    break now;
                }
                assert!(now < start + 120 * S, "it goes on for ever");
            };
            assert!(cut >= start + 60 * S, "{every_s}: cut at {:?}", cut - start);
        }
    }

    /// As slow as may be, for an hour.
    #[test]
    fn an_honest_upload_over_a_thin_line() {
        let (mut pace, start) = pace();
        for at in 0..180 {
            let now = start + 20 * S * at;
            assert!(pace.waits(now).is_ok(), "{at}");
            assert_eq!(pace.came(now + 20 * S, 40), Ok(()), "{at}");
        }
    }

    #[test]
    fn time_in_which_nobody_waits_is_nobodys_fault() {
        let (mut pace, start) = pace();
        for at in 0..100 {
            let now = start + 1000 * S * at;
            assert!(pace.waits(now).is_ok(), "{at}");
            assert_eq!(pace.came(now + S / 10, 1), Ok(()), "{at}");
        }
    }
}
