//! Connections: taken as far as there is room, served with limits, ended in time.
//!
//! A connection on which nothing has come yet is a socket and a small task: the buffers of HTTP
//! and of TLS are made when its client begins to speak. So ten thousand that only wait cost little.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_io_timeout::TimeoutStream;

use super::app::{App, ForPeer};
use super::{Stop, Tls};
use crate::descriptors::Room;
use crate::limits::{
    ACCEPT_PAUSE_MS, HANDSHAKE_S, HEAD_BYTES_MAX, HEAD_S, HEADERS_MAX, SHUTDOWN_REQUESTS_MS,
    UNREAD_S,
};
use crate::modest::{Crowd, Modest};

#[cfg(test)]
mod slow_tests;
#[cfg(test)]
mod swap_tests;

/// What is served on one address, and how.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) app: App,
    pub(crate) tls: Option<Tls>,
    pub(crate) room: Room,
}

impl Site {
    /// Without TLS.
    pub(crate) fn plain(app: impl Into<App>, room: Room) -> Self {
        Self {
            app: app.into(),
            tls: None,
            room,
        }
    }
}

/// How long a connection waits for its client.
#[derive(Clone, Copy, Debug)]
struct Waits {
    /// For the whole head of a request, and for the next one.
    head: Duration,
    /// For the client to take something of an answer.
    unread: Duration,
    /// For the handshake of TLS.
    handshake: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(HEAD_S),
            unread: Duration::from_secs(UNREAD_S),
            handshake: Duration::from_secs(HANDSHAKE_S),
        }
    }
}

/// Serves an app until the signal, then lets its requests end for a moment.
pub(crate) async fn serve(listener: TcpListener, site: Site, stop: Stop) {
    serve_waiting(listener, site, stop, Waits::default()).await;
}

async fn serve_waiting(listener: TcpListener, site: Site, mut stop: Stop, waits: Waits) {
    let graceful = GracefulShutdown::new();
    let places_max = site.room.connections_max();
    let places = Arc::new(Semaphore::new(places_max));
    let crowd = Crowd::new(Arc::clone(&places), places_max);
    let mut connections = JoinSet::new();
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, accept(&listener).await)
        };
        let (place, (stream, peer)) = tokio::select! {
            next = next => next,
            () = stop.heard() => break,
        };
        let arrival = Arrival {
            stream,
            crowd: crowd.clone(),
            tls: site.tls.clone(),
            app: site.app.for_peer(peer),
            watcher: graceful.watcher(),
            stop: stop.clone(),
            waits,
        };

        connections.spawn(async move {
            arrival.serve().await;
            drop(place);
        });
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    let ended = timeout(
        Duration::from_millis(SHUTDOWN_REQUESTS_MS),
        graceful.shutdown(),
    );
    if ended.await.is_err() {
        tracing::warn!("stopped with requests under way; what was answered is kept");
    }
    connections.shutdown().await;
}

/// Takes the next connection; a system without descriptors is given a moment.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Without it a small answer waits 40 ms for the other side's delayed acknowledgement.
                let _ = stream.set_nodelay(true);
                return (stream, peer);
            }
            Err(error) => {
                tracing::warn!(%error, "cannot take a connection");
                tokio::time::sleep(Duration::from_millis(ACCEPT_PAUSE_MS)).await;
            }
        }
    }
}

/// A connection that was taken, with all that it needs.
struct Arrival {
    stream: TcpStream,
    crowd: Crowd,
    tls: Option<Tls>,
    app: ForPeer,
    watcher: Watcher,
    stop: Stop,
    waits: Waits,
}

type Stream = Modest<Pin<Box<TimeoutStream<TcpStream>>>>;

impl Arrival {
    async fn serve(mut self) {
        // Not `readable`: of a new socket the runtime assumes that.
        let mut first = [0];
        let begins = timeout(self.waits.head, self.stream.peek(&mut first));
        let has_begun = tokio::select! {
            begun = begins => matches!(begun, Ok(Ok(1))),
            () = self.stop.heard() => false,
        };
        if has_begun {
            // Boxed, so that those that still wait need no room for what comes now.
            Box::pin(self.speak()).await;
        }
    }

    async fn speak(self) {
        let mut stream = TimeoutStream::new(self.stream);
        stream.set_write_timeout(Some(self.waits.unread));
        let stream: Stream = Modest::new(Box::pin(stream), self.crowd);
        let Some(tls) = self.tls else {
            return exchange(stream, self.app, self.watcher, self.waits).await;
        };
        match timeout(self.waits.handshake, tls.accept(stream)).await {
            Ok(Ok(stream)) => exchange(stream, self.app, self.watcher, self.waits).await,
            // Scanners and clients that do not trust the certificate are everyday.
            Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
            Err(_) => tracing::debug!("a handshake took too long"),
        }
    }
}

/// Answers the requests of one connection.
async fn exchange<S>(stream: S, app: ForPeer, watcher: Watcher, waits: Waits)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = builder(waits).serve_connection(TokioIo::new(stream), app);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

fn builder(waits: Waits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(waits.head)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .half_close(false);
    builder
}
