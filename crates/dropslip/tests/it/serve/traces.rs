//! Traces, as a collector gets them. Run by `cargo xtask conformance`, in a build with the feature `otel`.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use super::{CONFIG, command, write};
use crate::http::send;
use crate::process::Server;

const TRACE: [u8; 16] = *b"\x4b\xf9\x2f\x35\x77\xb3\x4d\xa6\xa3\xce\x92\x9d\x0e\x0e\x47\x36";
const PARENT: [u8; 8] = *b"\x00\xf0\x67\xaa\x0b\xa9\x02\xb7";
const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Takes whatever is posted, and gives the bodies.
fn collector() -> (String, Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let sender = sender.clone();
            thread::spawn(move || take(stream, &sender));
        }
    });
    (origin, receiver)
}

fn take(mut stream: TcpStream, bodies: &mpsc::Sender<Vec<u8>>) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let Ok(read @ 1..) = stream.read(&mut buffer) else {
            return;
        };
        bytes.extend_from_slice(&buffer[..read]);
        let Some(end) = find(&bytes, b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        assert!(head.starts_with("post /v1/traces "), "{head}");
        let length = head.split("content-length: ").nth(1).unwrap();
        let length: usize = length.split("\r\n").next().unwrap().trim().parse().unwrap();
        let whole = end + 4 + length;
        if bytes.len() >= whole {
            let _ = bodies.send(bytes[end + 4..whole].to_vec());
            bytes.drain(..whole);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        }
    }
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

#[test]
fn a_collector_gets_spans_that_continue_their_trace() {
    let (origin, bodies) = collector();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), CONFIG);
    let mut command = command(folder.path(), &[]);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", origin);
    let server = Server::start(&mut command, "Uploads at");
    let address = server.address("Uploads at http://");
    let continued = [("traceparent", TRACEPARENT)];
    send(address, "GET /v1/presets?a=secret-query", &continued, b"").is(200);
    send(address, "GET /v1/uploads/secret-id", &[], b"").is(404);
    // At the end it sends what has gathered.
    assert_eq!(server.stop("-TERM").code(), Some(0));
    let mut all = Vec::new();
    while find(&all, b"invalid_upload_id").is_none() || find(&all, &TRACE).is_none() {
        all.extend(bodies.recv_timeout(Duration::from_secs(30)).expect("spans"));
    }
    for part in [
        &b"GET /v1/presets"[..],
        b"GET /v1/uploads/{id}",
        b"http.response.status_code",
        b"dropslip.request.id",
        b"service.name",
        b"dropslip",
        &TRACE,
        &PARENT,
    ] {
        assert!(
            find(&all, part).is_some(),
            "{}",
            String::from_utf8_lossy(part)
        );
    }
    assert!(find(&all, b"secret").is_none());
}

#[test]
fn a_collector_that_is_not_there_holds_nothing_up() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), CONFIG);
    let mut command = command(folder.path(), &[]);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
    let server = Server::start(&mut command, "Uploads at");
    let address = server.address("Uploads at http://");
    send(address, "GET /healthz", &[], b"").is(200);
    assert_eq!(server.stop("-TERM").code(), Some(0));
}
