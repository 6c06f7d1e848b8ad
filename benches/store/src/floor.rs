//! The limit: a server by the HTTP library of ours that does nothing.
//!
//! It throws away what is sent, and serves constant bytes or a plain file. It runs as a
//! process of its own, as the servers do that are held against it.

use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http_body_util::{BodyExt as _, Full, combinators::BoxBody};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::fs::File;
use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::net::TcpListener;

const SMALL_BYTES: usize = 4096;
/// As much at a time as a copy by `cp` takes, or more.
const PIECE_BYTES: usize = 256 * 1024;

/// The path of constant bytes; behind it stands how many.
pub const STREAM: &str = "/stream/";
/// The path of the plain file.
pub const FILE: &str = "/file";

type Answer = BoxBody<Bytes, io::Error>;

/// Serves until it is killed.
pub fn serve(port: u16, file: &Path) -> io::Result<()> {
    let state = Arc::new(State {
        small: Bytes::from(vec![7; SMALL_BYTES]),
        piece: Bytes::from(vec![7; PIECE_BYTES]),
        file: file.to_owned(),
    });
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let state = Arc::clone(&state);
            tokio::spawn(async move {
                let service = service_fn(|request| answer(Arc::clone(&state), request));
                let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                // A client that hangs up is no matter.
                let _ = served.await;
            });
        }
    })
}

#[derive(Debug)]
struct State {
    small: Bytes,
    piece: Bytes,
    file: PathBuf,
}

async fn answer(
    state: Arc<State>,
    request: Request<Incoming>,
) -> Result<Response<Answer>, Infallible> {
    let path = request.uri().path().to_owned();
    if request.method() == Method::PUT {
        let mut body = request.into_body();
        while let Some(Ok(_)) = body.frame().await {}
        return Ok(Response::new(whole(Bytes::new())));
    }
    let body = if let Some(len) = path.strip_prefix(STREAM) {
        let left = len.parse().unwrap_or_default();
        let piece = state.piece.clone();
        Constant { piece, left }.boxed()
    } else if path == FILE {
        let file = File::open(&state.file)
            .await
            .expect("it was written before");
        let left = file.metadata().await.expect("it is open").len();
        Plain {
            file,
            left,
            buffer: Vec::new(),
        }
        .boxed()
    } else {
        whole(state.small.clone())
    };
    Ok(Response::new(body))
}

fn whole(bytes: Bytes) -> Answer {
    Full::new(bytes).map_err(|never| match never {}).boxed()
}

/// The same piece again and again.
struct Constant {
    piece: Bytes,
    left: u64,
}

impl Body for Constant {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let len = self.left.min(self.piece.len() as u64);
        self.left -= len;
        let piece = self.piece.slice(..len as usize);
        Poll::Ready((len > 0).then(|| Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// A file by tokio's own reading.
struct Plain {
    file: File,
    left: u64,
    buffer: Vec<u8>,
}

impl Body for Plain {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = &mut *self;
        if this.left == 0 {
            return Poll::Ready(None);
        }
        this.buffer.resize(PIECE_BYTES, 0);
        let mut buffer = ReadBuf::new(&mut this.buffer);
        let read = ready!(Pin::new(&mut this.file).poll_read(cx, &mut buffer));
        let len = buffer.filled().len();
        let mut piece = std::mem::take(&mut this.buffer);
        piece.truncate(len);
        this.left -= len as u64;
        Poll::Ready(Some(read.map(|()| Frame::data(Bytes::from(piece)))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
