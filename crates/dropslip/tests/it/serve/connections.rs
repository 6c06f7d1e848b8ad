//! Connections that do nothing, and heads that are too much.

use std::io::Write as _;
use std::net::TcpStream;

use super::{CONFIG, start};
use crate::http::{answer, connect, send};

/// As many as the issue of attackers names; the test's own process needs a descriptor for each.
const IDLE: usize = 10_000;
/// What each may cost, buffers of the system aside: a task and a socket.
const IDLE_BYTES_MAX: u64 = 8 * 1024;

#[test]
fn ten_thousand_idle_connections() {
    let idle = IDLE.min(descriptors().saturating_sub(200));
    let folder = tempfile::tempdir().unwrap();
    let (server, _log) = start(folder.path(), CONFIG, &[]);
    let address = server.address("Uploads at http://");
    send(address, "GET /healthz", &[], b"").is(200);
    let before = server.resident_bytes_max();
    let connections: Vec<TcpStream> = (0..idle).map(|_| connect(address)).collect();
    // The last in the queue is served.
    send(address, "GET /healthz", &[], b"").is(200);
    let json = [("content-type", "application/json")];
    let body = br#"{"preset":"photo","fileName":"a.jpg","size":3}"#;
    send(address, "POST /v1/uploads", &json, body).is(201);
    if let (Some(before), Some(after)) = (before, server.resident_bytes_max()) {
        let each = (after - before) / idle as u64;
        assert!(each <= IDLE_BYTES_MAX, "{each} bytes for each of {idle}");
    }
    // They are as good as others once they speak.
    let mut last = connections.into_iter().next_back().unwrap();
    let head = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    last.write_all(head.as_bytes()).unwrap();
    answer(last).is(200);
    assert_eq!(server.stop("-TERM").code(), Some(0));
}

/// How many this process may have open, as far as it may raise that by itself.
fn descriptors() -> usize {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
    let now = getrlimit(Resource::Nofile).current;
    now.map_or(usize::MAX, |now| usize::try_from(now).unwrap_or(usize::MAX))
}

#[test]
fn heads_that_are_too_large() {
    let folder = tempfile::tempdir().unwrap();
    let (server, _log) = start(folder.path(), CONFIG, &[]);
    let address = server.address("Uploads at http://");
    let large = "a".repeat(1024 * 1024);
    for head in [
        format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Large: {large}\r\n\r\n"),
        format!("GET /{large} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        format!(
            "GET /healthz HTTP/1.1\r\nHost: localhost\r\n{}\r\n",
            "X-Many: a\r\n".repeat(100_000)
        ),
    ] {
        let mut stream = connect(address);
        // The refusal may come before all is sent.
        let _ = stream.write_all(head.as_bytes());
        let status = answer(stream).status;
        assert!([0, 400, 414, 431].contains(&status), "{status}");
        send(address, "GET /healthz", &[], b"").is(200);
    }
    let fits = "a".repeat(32 * 1024);
    send(address, "GET /healthz", &[("x-large", &fits)], b"").is(200);
}

#[test]
fn json_that_is_nested_too_deep() {
    let folder = tempfile::tempdir().unwrap();
    let (server, _log) = start(folder.path(), CONFIG, &[]);
    let address = server.address("Uploads at http://");
    let json = [("content-type", "application/json")];
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let body = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        let body = body.as_bytes();
        let status = send(address, "POST /v1/uploads", &json, body).status;
        assert!([400, 413, 422].contains(&status), "{status}");
    }
    send(address, "GET /healthz", &[], b"").is(200);
}
