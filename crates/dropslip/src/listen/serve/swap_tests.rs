//! An app that is replaced while it is served, and a handshake that never comes.

use std::io;
use std::path::Path;

use axum::Router;
use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{Notify, watch};

use super::*;

/// Serves an app; dropped, the sender ends it.
async fn start(app: App) -> (SocketAddr, watch::Sender<bool>) {
    start_site(Site::plain(app, Room::SERVICE), Waits::default()).await
}

async fn start_site(site: Site, waits: Waits) -> (SocketAddr, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("it has one");
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(serve_waiting(listener, site, Stop(receiver), waits));
    (address, sender)
}

async fn ask(stream: &mut TcpStream) -> io::Result<()> {
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
}

/// Reads one answer, whose body has one letter.
async fn letter(stream: &mut TcpStream) -> char {
    let mut answer = Vec::new();
    loop {
        let byte = stream.read_u8().await.expect("an answer");
        answer.push(byte);
        if answer.windows(4).any(|four| four == b"\r\n\r\n") && !answer.ends_with(b"\r\n\r\n") {
            return byte.into();
        }
    }
}

#[tokio::test]
async fn requests_under_way_end_on_the_app_that_they_began_with() {
    let (began, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (arrived, wait) = (Arc::clone(&began), Arc::clone(&go_on));
    let slow = move || {
        let (arrived, wait) = (Arc::clone(&arrived), Arc::clone(&wait));
        async move {
            arrived.notify_one();
            wait.notified().await;
            "a"
        }
    };
    let app = App::from(Router::new().route("/", get(slow)));
    let (address, _stop) = start(app.clone()).await;

    let mut early = TcpStream::connect(address).await.expect("it listens");
    ask(&mut early).await.expect("it reads");
    began.notified().await;
    app.replace(Router::new().route("/", get(async || "b")));
    let mut late = TcpStream::connect(address).await.expect("it listens");
    ask(&mut late).await.expect("it reads");
    assert_eq!(letter(&mut late).await, 'b');
    go_on.notify_one();
    assert_eq!(letter(&mut early).await, 'a');

    // The connection is the old one, the request a new one.
    ask(&mut early).await.expect("it reads");
    assert_eq!(letter(&mut early).await, 'b');
}

#[tokio::test]
async fn no_request_is_lost_while_apps_change() {
    let app = App::from(Router::new().route("/", get(async || "x")));
    let (address, _stop) = start(app.clone()).await;
    let mut clients = JoinSet::new();
    for _ in 0..8 {
        clients.spawn(async move {
            let mut stream = TcpStream::connect(address).await.expect("it listens");
            for _ in 0..200 {
                ask(&mut stream).await.expect("it reads");
                assert_eq!(letter(&mut stream).await, 'x');
            }
        });
    }
    while !clients.is_empty() {
        app.replace(Router::new().route("/", get(async || "x")));
        tokio::task::yield_now().await;
        while let Some(ended) = clients.try_join_next() {
            ended.expect("every request was answered");
        }
    }
}

#[tokio::test]
async fn connections_that_never_begin_end_with_the_server() {
    let app = App::from(Router::new().route("/", get(async || "x")));
    let (address, stop) = start(app).await;
    let mut idle = TcpStream::connect(address).await.expect("it listens");
    let mut busy = TcpStream::connect(address).await.expect("it listens");
    ask(&mut busy).await.expect("it reads");
    assert_eq!(letter(&mut busy).await, 'x');
    stop.send(true).expect("it runs");
    assert_eq!(idle.read(&mut [0; 8]).await.unwrap_or(0), 0);
    assert_eq!(busy.read(&mut [0; 8]).await.unwrap_or(0), 0);
}

#[tokio::test]
async fn handshakes_that_do_not_come() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/serve/certificates");
    let tls = Tls::read(&folder.join("first.pem"), &folder.join("first.key"));
    let site = Site {
        app: App::from(Router::new()),
        tls: Some(tls.expect("the pair is right")),
        room: Room::SERVICE,
    };
    let waits = Waits {
        handshake: Duration::from_millis(50),
        ..Waits::default()
    };
    let (address, _stop) = start_site(site, waits).await;
    for begun in [&b"\x16"[..], b"\x16\x03\x01\x02\0\x01"] {
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        stream.write_all(begun).await.expect("it reads");
        assert_eq!(stream.read(&mut [0; 8]).await.unwrap_or(0), 0, "{begun:?}");
    }
}
