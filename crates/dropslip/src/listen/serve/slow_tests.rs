//! Slow clients on a real socket, with a store behind it: those that keep a place are cut
//! off, and those that are only slow come through.
//!
//! The waits are short here, and no test asserts how long anything takes.

use std::time::{SystemTime, UNIX_EPOCH};

use dropslip_s3::BucketName;
use dropslip_sigv4::{Credentials, Request, Signer, Timestamp};
use dropslip_store::{Config, Patience, Store};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio::time::interval;

use super::*;

/// More than a loaded machine may be late by, and still short.
const SILENT: Duration = Duration::from_secs(2);
/// A trickle is much faster than that, and much slower than [`WINDOW_BYTES`].
const TRICKLE: Duration = Duration::from_millis(20);
const WINDOW: Duration = Duration::from_secs(2);
const WINDOW_BYTES: u64 = 4096;

struct Server {
    address: SocketAddr,
    _data: TempDir,
    _stop: watch::Sender<bool>,
}

impl Server {
    async fn start() -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let keys = Credentials::new("AKIDSLOW", "a-secret");
        let mut config = Config::new(data.path(), keys);
        config.patience = Patience {
            silent: SILENT,
            window: WINDOW,
            window_bytes_min: WINDOW_BYTES,
            refused: SILENT,
        };
        let store = Store::open(config).expect("a store");
        let bucket = BucketName::parse("slow").expect("it is one");
        let made = store.ensure_bucket(&bucket, "AKIDSLOW", None).await;
        made.expect("a bucket");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("it has one");
        let (sender, receiver) = watch::channel(false);
        let waits = Waits {
            head: SILENT,
            unread: SILENT,
            handshake: SILENT,
        };
        let site = Site::plain(store.router(), Room::STORE);
        tokio::spawn(serve_waiting(listener, site, Stop(receiver), waits));
        Self {
            address,
            _data: data,
            _stop: sender,
        }
    }

    fn signed(&self, method: &str, path: &str, query: &str) -> String {
        let host = self.address.to_string();
        let request = Request {
            method,
            path,
            query,
            headers: &[("host", host.as_bytes())],
        };
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("after 1970");
        let now = Timestamp::from_unix_s(since.as_secs().try_into().expect("before 2262"));
        let keys = Credentials::new("AKIDSLOW", "a-secret");
        let signer = Signer::new(keys, "us-east-1", "s3");
        let slip = signer.presign(&request, 60, now).expect("it can be signed");
        format!("{path}?{}", slip.query)
    }

    async fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).await.expect("it listens");
        stream.set_nodelay(true).expect("a socket");
        stream
    }

    /// Begins to put an object; the body is for the caller.
    async fn put(&self, key: &str, length: usize) -> TcpStream {
        let mut stream = self.connect().await;
        let (target, host) = (
            self.signed("PUT", &format!("/slow/{key}"), ""),
            self.address,
        );
        let head = format!(
            "PUT {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.expect("it is read");
        stream
    }

    /// The keys of all objects, as XML.
    async fn list(&self) -> String {
        let mut stream = self.connect().await;
        let (target, host) = (self.signed("GET", "/slow", "list-type=2"), self.address);
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream
            .write_all(request.as_bytes())
            .await
            .expect("it is read");
        rest(stream).await
    }
}

/// What comes back until the other side closes.
async fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// Sends a byte now and then until the other side answers or closes.
async fn trickle(stream: TcpStream) -> String {
    let (mut reader, mut writer) = stream.into_split();
    let sending = tokio::spawn(async move {
        let mut ticks = interval(TRICKLE);
        loop {
            ticks.tick().await;
            if writer.write_all(b"x").await.is_err() {
                break;
            }
        }
    });
    let mut answer = Vec::new();
    let _ = reader.read_to_end(&mut answer).await;
    sending.abort();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn heads_that_do_not_come() {
    let server = Server::start().await;
    let mut begun = Vec::new();
    for head in ["", "G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: "] {
        let mut stream = server.connect().await;
        stream.write_all(head.as_bytes()).await.expect("it is read");
        begun.push((head, stream));
    }
    for (head, stream) in begun {
        assert_eq!(rest(stream).await, "", "{head:?}");
    }
    assert!(server.list().await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn heads_that_come_byte_by_byte() {
    let server = Server::start().await;
    let mut stream = server.connect().await;
    stream
        .write_all(b"GET / HTTP/1.1\r\nX: ")
        .await
        .expect("it is read");
    assert_eq!(trickle(stream).await, "");
    assert!(server.list().await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn connections_on_which_nothing_comes_after_an_answer() {
    let server = Server::start().await;
    let mut stream = server.connect().await;
    let request = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", server.address);
    stream
        .write_all(request.as_bytes())
        .await
        .expect("it is read");
    assert!(rest(stream).await.starts_with("HTTP/1.1 403 "));
}

#[tokio::test]
async fn bodies_that_do_not_come() {
    let server = Server::start().await;
    for begun in ["", "hello"] {
        let mut stream = server.put("silent", 100_000).await;
        stream
            .write_all(begun.as_bytes())
            .await
            .expect("it is read");
        let answer = rest(stream).await;
        assert!(answer.contains("<Code>RequestTimeout</Code>"), "{answer}");
    }
    let list = server.list().await;
    assert!(list.contains("<KeyCount>0</KeyCount>"), "{list}");
}

#[tokio::test]
async fn bodies_that_come_byte_by_byte() {
    let server = Server::start().await;
    let stream = server.put("trickle", 1_000_000).await;
    let answer = trickle(stream).await;
    assert!(answer.contains("<Code>RequestTimeout</Code>"), "{answer}");
    let list = server.list().await;
    assert!(list.contains("<KeyCount>0</KeyCount>"), "{list}");
}

/// Each of them sends twice what must come, in small pieces, for longer than any wait.
#[tokio::test]
async fn a_hundred_slow_and_honest_uploads() {
    const UPLOADS: usize = 100;
    let server = Arc::new(Server::start().await);
    let mut uploads = JoinSet::new();
    for number in 0..UPLOADS {
        let server = Arc::clone(&server);
        uploads.spawn(async move {
            let ticks_per_window = (WINDOW.as_millis() / TRICKLE.as_millis() / 4) as usize;
            let piece = vec![b'x'; 2 * WINDOW_BYTES as usize / ticks_per_window];
            let pieces = 2 * ticks_per_window;
            let key = format!("honest-{number:03}");
            let mut stream = server.put(&key, piece.len() * pieces).await;
            let mut ticks = interval(4 * TRICKLE);
            for _ in 0..pieces {
                ticks.tick().await;
                stream.write_all(&piece).await.expect("it is read");
            }
            rest(stream).await
        });
    }
    while let Some(answer) = uploads.join_next().await {
        let answer = answer.expect("it ended");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    let list = server.list().await;
    assert!(list.contains("<KeyCount>100</KeyCount>"), "{list}");
}

/// The rest of a refused body is read for a while, and not for ever.
#[tokio::test]
async fn refused_bodies_have_an_end() {
    let server = Server::start().await;
    let mut stream = server.connect().await;
    let head = format!(
        "PUT /slow/a HTTP/1.1\r\nHost: {}\r\nContent-Length: 1000000\r\n\r\n",
        server.address
    );
    stream.write_all(head.as_bytes()).await.expect("it is read");
    let answer = trickle(stream).await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}

/// Who asks for an object and does not take it keeps no place.
#[tokio::test]
async fn answers_that_nobody_takes() {
    let server = Server::start().await;
    // More than the buffers of two sockets hold.
    let object = vec![b'x'; 32 * 1024 * 1024];
    let mut stream = server.put("large", object.len()).await;
    stream.write_all(&object).await.expect("it is read");
    assert!(rest(stream).await.starts_with("HTTP/1.1 200 "));
    let mut stream = server.connect().await;
    let (target, host) = (server.signed("GET", "/slow/large", ""), server.address);
    let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .await
        .expect("it is read");
    // Its end shows on this side as soon as something is sent into it.
    let mut ticks = interval(TRICKLE);
    while stream.write_all(b"x").await.is_ok() {
        ticks.tick().await;
    }
}
