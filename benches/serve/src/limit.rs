//! The limit: a constant answer.
//!
//! [`Listener::Ours`] is the stack of `dropslip serve` without the service: hyper's HTTP/1 with the
//! settings of ours (see `crates/dropslip/src/listen.rs`), graceful shutdown, the time limit for writes,
//! the peer's address, and an axum router with one route, which reads the body and answers the
//! very bytes that ours answered once. [`Listener::Axum`] is the same router by `axum::serve`, as its
//! documentation shows.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::ConnectInfo;
use axum::http::{StatusCode, header};
use axum::routing::post;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service as _;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio_io_timeout::TimeoutStream;

const HEAD: Duration = Duration::from_secs(60);
const UNREAD: Duration = Duration::from_secs(30);
const HEAD_BYTES_MAX: usize = 64 * 1024;
const HEADERS_MAX: usize = 128;

/// What takes the connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listener {
    Ours,
    Axum,
}

/// Serves the text of a file until it is killed.
pub fn serve(port: u16, answer: &Path, listener: Listener) -> io::Result<()> {
    let app = constant(Bytes::from(fs::read(answer)?));
    tokio::runtime::Runtime::new()?.block_on(async {
        let socket = TcpListener::bind(("127.0.0.1", port)).await?;
        match listener {
            Listener::Ours => serve_as_ours(socket, app).await,
            Listener::Axum => axum::serve(socket, app).await,
        }
    })
}

fn constant(answer: Bytes) -> Router {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    // A `Bytes` argument reads the body to its end.
    let call = async move |_: Bytes| (StatusCode::CREATED, headers, answer);
    Router::new().route("/v1/uploads", post(call))
}

async fn serve_as_ours(socket: TcpListener, app: Router) -> io::Result<()> {
    let graceful = GracefulShutdown::new();
    loop {
        let (stream, peer) = socket.accept().await?;
        stream.set_nodelay(true)?;
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(UNREAD));
        let app = TowerToHyperService::new(app.clone());
        let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
            request
                .extensions_mut()
                .insert(ConnectInfo::<SocketAddr>(peer));
            app.call(request)
        });
        let connection = builder().serve_connection(TokioIo::new(Box::pin(stream)), service);
        // A client that hangs up is no matter.
        tokio::spawn(graceful.watch(connection));
    }
}

fn builder() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .half_close(false);
    builder
}
