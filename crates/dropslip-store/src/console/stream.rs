//! Requests as they happen, as server-sent events
//! ([WHATWG HTML](https://html.spec.whatwg.org/multipage/server-sent-events.html)).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use http_body::Frame;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::limits::STILL_THERE_S;
use super::requests::{Noted, Watcher};

/// The body of a stream of events. It ends with the store.
pub(super) struct EventStream(mpsc::Receiver<Bytes>);

impl EventStream {
    /// Tells what was noted, and goes on.
    pub(super) fn new(watcher: Watcher) -> Self {
        // What waits stands in the watcher's own bounded queue.
        let (sender, receiver) = mpsc::channel(1);
        tokio::spawn(tell(watcher, sender));
        Self(receiver)
    }
}

async fn tell(mut watcher: Watcher, sender: mpsc::Sender<Bytes>) {
    for noted in std::mem::take(&mut watcher.kept) {
        if sender.send(event(&noted)).await.is_err() {
            return;
        }
    }
    // Says that all from before has been told.
    let mut next = Bytes::from_static(b"event: now\ndata: {}\n\n");
    loop {
        if sender.send(next).await.is_err() {
            return;
        }
        let pause = Duration::from_secs(STILL_THERE_S);
        let news = tokio::select! {
            news = timeout(pause, watcher.news.recv()) => news,
            () = sender.closed() => return,
        };
        next = match news {
            Ok(Ok(noted)) => event(&noted),
            Ok(Err(RecvError::Lagged(missed))) => {
                Bytes::from(format!("event: missed\ndata: {missed}\n\n"))
            }
            Ok(Err(RecvError::Closed)) => return,
            Err(_) => Bytes::from_static(b": still there\n\n"),
        };
    }
}

fn event(noted: &Noted) -> Bytes {
    Bytes::from(format!("id: {}\ndata: {}\n\n", noted.number, noted.json))
}

impl HttpBody for EventStream {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.0
            .poll_recv(cx)
            .map(|event| event.map(|event| Ok(Frame::data(event))))
    }
}
