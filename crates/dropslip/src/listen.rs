//! Sockets: bind, serve with limits, stop in time.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;

use crate::args::ListenAddress;
use crate::descriptors::connections_max;
use crate::failure::Failure;
use crate::limits::{
    ACCEPT_PAUSE_MS, HEAD_BYTES_MAX, HEAD_S, HEADERS_MAX, SHUTDOWN_REQUESTS_MS, UNREAD_S,
};
use crate::modest::{Crowd, Modest};

#[cfg(test)]
mod slow_tests;

/// Who may reach an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Whoever the network lets through.
    Anyone,
    /// This machine alone; the text says why and what to do.
    Loopback {
        why: &'static str,
        hint: &'static str,
    },
}

/// Binds an address. `flag` is the option to name when it cannot be had.
pub(crate) async fn bind(
    address: ListenAddress,
    flag: &str,
    reach: Reach,
) -> Result<TcpListener, Failure> {
    let ListenAddress(address) = address;
    if let Reach::Loopback { why, hint } = reach
        && !address.ip().is_loopback()
    {
        return Err(Failure::new(format!("will not listen on `{address}`: {why}")).hint(hint));
    }
    TcpListener::bind(address).await.map_err(|error| {
        let failure = Failure::new(format!("cannot listen on `{address}`: {}", plain(&error)));
        match error.kind() {
            io::ErrorKind::AddrInUse => failure.hint(format!(
                "another program has the port; stop it, or take a free port with `{flag} {}:0`",
                address.ip()
            )),
            io::ErrorKind::PermissionDenied => failure.hint(format!(
                "take a port above 1023: `{flag} {}:7600`",
                address.ip()
            )),
            _ => failure,
        }
    })
}

fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "the address is in use".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        _ => error.to_string(),
    }
}

/// The address that was bound, with its real port.
pub(crate) fn address_of(listener: &TcpListener) -> Result<SocketAddr, Failure> {
    listener
        .local_addr()
        .map_err(|e| Failure::new(format!("cannot tell the address: {e}")))
}

/// The signal to stop; clones hear it as well.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Hears `ctrl-c` and, on Unix, the polite request to terminate.
    pub(crate) fn on_signal() -> Result<Self, Failure> {
        let (sender, receiver) = watch::channel(false);
        let signal =
            first_signal().map_err(|e| Failure::new(format!("cannot hear signals: {e}")))?;
        tokio::spawn(async move {
            signal.await;
            let _ = sender.send(true);
        });
        Ok(Self(receiver))
    }

    /// Waits for the signal.
    pub(crate) async fn heard(&mut self) {
        // An error means that the sender is gone, which is reason enough to stop.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}

#[cfg(unix)]
fn first_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn first_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// How long a connection waits for its client.
#[derive(Clone, Copy, Debug)]
struct Waits {
    /// For the whole head of a request, and for the next one.
    head: Duration,
    /// For the client to take something of an answer.
    unread: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(HEAD_S),
            unread: Duration::from_secs(UNREAD_S),
        }
    }
}

/// Serves an app until the signal, then lets its requests end for a moment.
pub(crate) async fn serve(listener: TcpListener, app: Router, stop: Stop) {
    serve_waiting(listener, app, stop, Waits::default()).await;
}

async fn serve_waiting(listener: TcpListener, app: Router, mut stop: Stop, waits: Waits) {
    let graceful = GracefulShutdown::new();
    let places_max = connections_max();
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
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(waits.unread));
        let stream = Modest::new(Box::pin(stream), crowd.clone());
        let io = TokioIo::new(stream);
        let connection = builder(waits).serve_connection(io, WithPeer::new(app.clone(), peer));
        let connection = graceful.watch(connection);
        connections.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        });
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    let ended = tokio::time::timeout(
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

/// An app that is told where each request comes from.
#[derive(Clone)]
struct WithPeer {
    app: TowerToHyperService<Router>,
    peer: SocketAddr,
}

impl WithPeer {
    fn new(app: Router, peer: SocketAddr) -> Self {
        let app = TowerToHyperService::new(app);
        Self { app, peer }
    }
}

type Inner = TowerToHyperService<Router>;
type Arriving = hyper::Request<Incoming>;

impl Service<Arriving> for WithPeer {
    type Response = <Inner as Service<Arriving>>::Response;
    type Error = <Inner as Service<Arriving>>::Error;
    type Future = <Inner as Service<Arriving>>::Future;

    fn call(&self, mut request: Arriving) -> Self::Future {
        request.extensions_mut().insert(ConnectInfo(self.peer));
        self.app.call(request)
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
