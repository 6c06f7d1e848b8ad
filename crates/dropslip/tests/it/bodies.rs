//! Bodies on a real connection: cut, too long, refused, and slow to end.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::path::Path;

use crate::http::{answer, connect, head, send, send_raw};
use crate::process::{Server, dropslip};

pub(crate) fn presign(folder: &Path, s3: SocketAddr, args: &[&str]) -> String {
    let endpoint = format!("http://{s3}");
    let mut all = vec!["presign"];
    all.extend(args);
    all.extend(["--endpoint", &endpoint]);
    let keys = [
        ("AWS_ACCESS_KEY_ID", "dropslip"),
        ("AWS_SECRET_ACCESS_KEY", "dropslip-dev-secret"),
    ];
    let printed = dropslip(folder, &all).envs(keys).output().unwrap();
    assert!(
        printed.status.success(),
        "{}",
        String::from_utf8_lossy(&printed.stderr)
    );
    String::from_utf8(printed.stdout)
        .unwrap()
        .trim()
        .replace(&endpoint, "")
}

#[test]
fn a_client_that_hangs_up_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::store(folder.path());
    let put = presign(folder.path(), server.s3(), &["put", "s3://uploads/a"]);
    let get = presign(folder.path(), server.s3(), &["get", "s3://uploads/a"]);
    send(server.s3(), &format!("PUT {put}"), &[], b"first").is(200);
    let mut stream = connect(server.s3());
    let head = head(
        server.s3(),
        &format!("PUT {put}"),
        &[("content-length", "1000000")],
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&[b'x'; 500_000]).unwrap();
    drop(stream);
    send(server.s3(), &format!("GET {get}"), &[], b"")
        .is(200)
        .says("first");
    let blobs = folder.path().join("data/blobs");
    let files = || {
        let shards = std::fs::read_dir(&blobs).unwrap();
        shards
            .map(|shard| std::fs::read_dir(shard.unwrap().path()).unwrap().count())
            .sum::<usize>()
    };
    // The store notices the end of the connection in its own time; a stop waits for it.
    assert!(server.stop("-INT").success());
    // The first one is small, and has no file of its own.
    assert_eq!(files(), 0);
}

#[test]
fn what_comes_behind_a_body_is_no_part_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::store(folder.path());
    let put = presign(
        folder.path(),
        server.s3(),
        &["put", "s3://uploads/a", "--content-length", "5"],
    );
    let get = presign(folder.path(), server.s3(), &["get", "s3://uploads/a"]);
    let head = head(
        server.s3(),
        &format!("PUT {put}"),
        &[("content-length", "5"), ("connection", "close")],
    );
    send_raw(server.s3(), &head, b"helloGARBAGE").is(200);
    assert_eq!(
        send(server.s3(), &format!("GET {get}"), &[], b"")
            .is(200)
            .text(),
        "hello"
    );
}

/// A browser reads the answer only after it has sent the whole body, so a refusal
/// must not cut it short.
#[test]
fn a_refused_body_is_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::store(folder.path());
    let put = presign(
        folder.path(),
        server.s3(),
        &["put", "s3://uploads/a", "--content-type", "image/png"],
    );
    let body = vec![b'x'; 20_000_000];
    let mut stream = connect(server.s3());
    let length = body.len().to_string();
    let headers = [
        ("content-length", length.as_str()),
        ("content-type", "image/jpeg"),
        ("connection", "close"),
    ];
    stream
        .write_all(head(server.s3(), &format!("PUT {put}"), &headers).as_bytes())
        .unwrap();
    stream.write_all(&body).expect("the store reads on");
    answer(stream).is(403).says("SignatureDoesNotMatch");
}

/// `Expect: 100-continue` is answered with the refusal itself.
#[test]
fn a_client_that_asks_first_sends_nothing_in_vain() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::store(folder.path());
    let mut stream = connect(server.s3());
    let headers = [("content-length", "5"), ("expect", "100-continue")];
    stream
        .write_all(head(server.s3(), "PUT /uploads/a", &headers).as_bytes())
        .unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 403");
}

/// No `100 Continue` comes for an empty body, and boto3 cannot use such a connection again.
#[test]
fn a_client_that_asks_first_for_nothing_is_told_to_begin_anew() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::store(folder.path());
    let put = presign(folder.path(), server.s3(), &["put", "s3://uploads/a"]);
    let mut stream = connect(server.s3());
    let headers = [("content-length", "0"), ("expect", "100-continue")];
    stream
        .write_all(head(server.s3(), &format!("PUT {put}"), &headers).as_bytes())
        .unwrap();
    assert_eq!(answer(stream).is(200).header("connection"), "close");
}

#[test]
fn a_body_without_a_length_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::store(folder.path());
    let put = presign(folder.path(), server.s3(), &["put", "s3://uploads/a"]);
    let headers = [("transfer-encoding", "chunked"), ("connection", "close")];
    let head = head(server.s3(), &format!("PUT {put}"), &headers);
    send_raw(server.s3(), &head, b"5\r\nhello\r\n0\r\n\r\n")
        .is(411)
        .says("MissingContentLength");
}

#[test]
fn heads_have_an_end() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::store(folder.path());
    let long = "x".repeat(1_000_000);
    let got = send(server.s3(), "GET /", &[("x-long", &long)], b"");
    assert_eq!(got.status, 431);
    let many: Vec<_> = (0..200).map(|_| ("x-many", "1")).collect();
    assert_eq!(send(server.s3(), "GET /", &many, b"").status, 431);
}

#[test]
fn a_store_lets_the_pages_of_named_origins_upload() {
    let folder = tempfile::tempdir().unwrap();
    let preflight = |server: &Server, origin: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "PUT"),
            ("access-control-request-headers", "content-type"),
        ];
        send(server.s3(), "OPTIONS /uploads/a", &headers, b"")
    };
    let server = Server::store(folder.path());
    preflight(&server, "https://app.example").is(403);
    assert!(server.stop("-INT").success());
    let data = folder.path().join("data").display().to_string();
    let args = [
        "store",
        "--data",
        &data,
        "--listen",
        "127.0.0.1:0",
        "--bucket",
        "uploads",
        "--cors-origin",
        "https://app.example",
    ];
    let server = Server::start(&mut dropslip(folder.path(), &args), "S3 at");
    let yes = preflight(&server, "https://app.example").is(200);
    assert_eq!(
        yes.header("access-control-allow-origin"),
        "https://app.example"
    );
    preflight(&server, "https://other.example").is(403);
}

/// A page on the web that points its own name at this machine could sign with the
/// development keys; the name gives it away.
#[test]
fn with_the_development_keys_only_this_machine_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::store(folder.path());
    let host = |name: &str| {
        send(
            server.s3(),
            "GET /uploads?list-type=2",
            &[("host", name)],
            b"",
        )
    };
    host("evil.example").is(403).says("development keys");
    host("localhost.evil.example:7601")
        .is(403)
        .says("development keys");
    let own = host("localhost:7601").is(403).text();
    assert!(!own.contains("development keys"), "{own}");
}

#[test]
fn a_refused_head_has_the_length_of_its_get() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::store(folder.path());
    let get = send(server.s3(), "GET /uploads/a", &[], b"").is(403);
    let head = send(server.s3(), "HEAD /uploads/a", &[], b"").is(403);
    assert!(head.body.is_empty());
    assert_eq!(head.header("content-length"), get.header("content-length"));
}
