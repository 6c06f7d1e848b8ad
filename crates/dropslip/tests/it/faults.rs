//! Faults on a real connection, and the stream of requests.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;

use crate::bodies::presign;
use crate::http::{answer, connect, head, send, send_raw};
use crate::process::Server;

const FAULTS: &str = "/_dropslip/faults";
const SIZE_BYTES: usize = 300_000;

fn set(s3: SocketAddr, fault: &str) {
    let list = format!("{{\"faults\":[{fault}]}}");
    send(s3, &format!("PUT {FAULTS}"), &[], list.as_bytes()).is(200);
}

/// A store with an object, and URLs that put and get it.
struct Store {
    server: Server,
    put: String,
    get: String,
    _folder: tempfile::TempDir,
}

impl Store {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::store(folder.path());
        let url = |method| presign(folder.path(), server.s3(), &[method, "s3://uploads/a"]);
        let (put, get) = (url("put"), url("get"));
        let store = Self {
            server,
            put,
            get,
            _folder: folder,
        };
        store.put(&[b'x'; SIZE_BYTES]).is(200);
        store
    }

    fn put(&self, body: &[u8]) -> crate::http::Answer {
        send(self.server.s3(), &format!("PUT {}", self.put), &[], body)
    }

    fn get(&self) -> crate::http::Answer {
        send(self.server.s3(), &format!("GET {}", self.get), &[], b"")
    }
}

#[test]
fn a_request_is_cut_without_an_answer() {
    let store = Store::start();
    let s3 = store.server.s3();
    let body = [b'y'; SIZE_BYTES];
    for bytes in [0, 1, 100_000] {
        set(
            s3,
            &format!(
                "{{\"method\":\"PUT\",\"bucket\":\"uploads\",\"cutRequestAfterBytes\":{bytes}}}"
            ),
        );
        assert_eq!(store.put(&body).status, 0, "{bytes}");
    }
    // A body that is shorter than that is none of its business.
    set(
        s3,
        &format!(
            "{{\"method\":\"PUT\",\"bucket\":\"uploads\",\"cutRequestAfterBytes\":{}}}",
            SIZE_BYTES + 1
        ),
    );
    store.put(&[b'z'; SIZE_BYTES]).is(200);
    let got = store.get().is(200);
    assert!(got.body.iter().all(|byte| *byte == b'z'));
    assert_eq!(got.body.len(), SIZE_BYTES);
}

#[test]
fn a_cut_request_changes_nothing() {
    let store = Store::start();
    set(
        store.server.s3(),
        "{\"operation\":\"PutObject\",\"cutRequestAfterBytes\":200000}",
    );
    assert_eq!(store.put(&[b'y'; SIZE_BYTES]).status, 0);
    assert!(store.get().is(200).body.starts_with(b"x"));
}

#[test]
fn an_answer_is_cut_after_its_bytes() {
    let store = Store::start();
    for bytes in [1, 1000, 200_000] {
        set(
            store.server.s3(),
            &format!("{{\"operation\":\"GetObject\",\"cutAnswerAfterBytes\":{bytes}}}"),
        );
        let cut = store.get().is(200);
        assert_eq!(cut.body.len(), bytes);
        assert_eq!(cut.header("content-length"), SIZE_BYTES.to_string());
    }
    set(
        store.server.s3(),
        "{\"method\":\"PUT\",\"bucket\":\"uploads\",\"cutAnswerAfterBytes\":0}",
    );
    // What was asked is done, and the client does not learn it.
    assert_eq!(store.put(b"done").status, 0);
    send(store.server.s3(), &format!("DELETE {FAULTS}"), &[], b"").is(200);
    assert_eq!(store.get().is(200).body, b"done");
}

#[test]
fn slow_bodies_arrive_whole() {
    let store = Store::start();
    set(
        store.server.s3(),
        "{\"bucket\":\"uploads\",\"bytesPerSecond\":3000000}",
    );
    store.put(&[b's'; SIZE_BYTES]).is(200);
    assert_eq!(store.get().is(200).body, [b's'; SIZE_BYTES]);
}

#[test]
fn a_refused_upload_may_be_sent_to_its_end() {
    let store = Store::start();
    set(
        store.server.s3(),
        "{\"operation\":\"PutObject\",\"status\":503}",
    );
    let s3 = store.server.s3();
    let length = (SIZE_BYTES * 20).to_string();
    let head = head(
        s3,
        &format!("PUT {}", store.put),
        &[("content-length", &length)],
    );
    let mut stream = connect(s3);
    stream.write_all(head.as_bytes()).unwrap();
    for _ in 0..20 {
        stream.write_all(&[b'r'; SIZE_BYTES]).unwrap();
    }
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    answer(stream).is(503).says("<Code>SlowDown</Code>");
}

#[test]
fn requests_are_told_as_they_happen() {
    let store = Store::start();
    let s3 = store.server.s3();
    let mut stream = connect(s3);
    let accept = [("accept", "text/event-stream")];
    let request = head(s3, "GET /_dropslip/requests", &accept);
    stream.write_all(request.as_bytes()).unwrap();
    let mut lines = BufReader::new(stream).lines();
    let mut until = |part: &str| -> String {
        let mut told = String::new();
        while !told.contains(part) {
            told += &lines.next().expect("the stream goes on").unwrap();
            told += "\n";
        }
        told
    };
    let told = until("event: now");
    assert!(told.contains("content-type: text/event-stream"), "{told}");
    assert!(told.contains("\"operation\":\"PutObject\""), "{told}");
    assert!(told.contains("\"caller\":\"dropslip\""), "{told}");
    set(
        s3,
        "{\"operation\":\"GetObject\",\"times\":1,\"status\":503}",
    );
    store.get().is(503);
    let told = until("GetObject");
    assert!(
        told.contains("\"fault\":\"answered 503 SlowDown\""),
        "{told}"
    );
    let swapped = store.get.replace("X-Amz-Expires=", "X-Amz-Expires=1");
    send(s3, &format!("GET {swapped}"), &[], b"").is(403);
    let told = until("SignatureDoesNotMatch");
    assert!(told.contains("\"explanation\":\""), "{told}");
    for secret in ["X-Amz-Signature", "dropslip-dev-secret", "Signature="] {
        assert!(!told.contains(secret), "{told}");
    }
    let hostile = "<img src=x onerror=alert(1)>\u{202e}";
    let path = "/uploads/%3Cimg%20src=x%20onerror=alert(1)%3E%E2%80%AE%0A%0Adata:%20x";
    send_raw(
        s3,
        &head(s3, &format!("GET {path}"), &[("connection", "close")]),
        b"",
    )
    .is(403);
    let told = until("onerror");
    assert!(
        told.contains(hostile) && told.contains("\\n\\ndata: x"),
        "{told}"
    );
    // A page that looks on does not keep the server from stopping.
    assert!(store.server.stop("-INT").success());
    let mut rest = String::new();
    while let Some(Ok(line)) = lines.next() {
        rest += &line;
    }
    assert!(!rest.contains("event: missed"), "{rest}");
}
