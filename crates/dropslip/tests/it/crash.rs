//! A process that is killed loses nothing that it has answered, and shows nothing half.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::http::{connect, head};
use crate::process::{Server, dropslip};
use std::io::{Read as _, Write as _};

const WRITERS: usize = 4;
/// Enough answers that the kill falls into the middle of many writes.
const ANSWERS_PER_WRITER: usize = 12;

/// The bytes of an object follow from its key, so that any half can be seen.
fn content(key: &str) -> Vec<u8> {
    key.bytes()
        .cycle()
        .take(1000 + 70_000 * (key.len() % 5))
        .collect()
}

fn presigned(folder: &std::path::Path, s3: SocketAddr, method: &str, key: &str) -> String {
    let (endpoint, object) = (format!("http://{s3}"), format!("s3://uploads/{key}"));
    let keys = [
        ("AWS_ACCESS_KEY_ID", "dropslip"),
        ("AWS_SECRET_ACCESS_KEY", "dropslip-dev-secret"),
    ];
    let args = ["presign", method, &object, "--endpoint", &endpoint];
    let printed = dropslip(folder, &args).envs(keys).output().unwrap();
    String::from_utf8(printed.stdout)
        .unwrap()
        .trim()
        .replace(&endpoint, "")
}

/// Sends a PUT; whether a 200 came back.
fn put(s3: SocketAddr, target: &str, body: &[u8]) -> bool {
    let length = body.len().to_string();
    let head = head(
        s3,
        &format!("PUT {target}"),
        &[("content-length", &length), ("connection", "close")],
    );
    let Ok(mut stream) = std::net::TcpStream::connect(s3) else {
        return false;
    };
    let sent = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(body));
    let mut answer = [0; 12];
    sent.and_then(|()| stream.read_exact(&mut answer)).is_ok() && &answer == b"HTTP/1.1 200"
}

#[test]
fn what_was_answered_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::store(folder.path());
    let s3 = server.s3();
    let killed = AtomicBool::new(false);
    // Signed beforehand, so that the writers do nothing but write.
    let slips: Vec<Vec<_>> = (0..WRITERS)
        .map(|writer| {
            let keys =
                (0..ANSWERS_PER_WRITER * 3).map(|n| format!("{writer}/{}", "k".repeat(n + 1)));
            keys.map(|key| (presigned(folder.path(), s3, "put", &key), key))
                .collect()
        })
        .collect();
    let (answered, tried) = thread::scope(|scope| {
        let (sender, receiver) = std::sync::mpsc::channel();
        for slips in &slips {
            let (sender, killed) = (sender.clone(), &killed);
            scope.spawn(move || {
                for (target, key) in slips {
                    if killed.load(Ordering::Relaxed) {
                        break;
                    }
                    let held = put(s3, target, &content(key));
                    sender.send((key.clone(), held)).unwrap();
                }
            });
        }
        drop(sender);
        let mut results = Vec::new();
        let mut server = Some(server);
        for result in receiver {
            results.push(result);
            if results.len() == WRITERS * ANSWERS_PER_WRITER
                && let Some(server) = server.take()
            {
                let status = server.stop("-KILL");
                killed.store(true, Ordering::Relaxed);
                assert!(!status.success());
            }
        }
        results
            .into_iter()
            .partition::<Vec<_>, _>(|(_, held)| *held)
    });
    assert!(answered.len() >= WRITERS, "{} answers", answered.len());

    let server = Server::store(folder.path());
    let read = |key: &str| {
        let target = presigned(folder.path(), server.s3(), "get", key);
        crate::http::send(server.s3(), &format!("GET {target}"), &[], b"")
    };
    for (key, _) in &answered {
        assert!(
            read(key).is(200).body == content(key),
            "{key} is not what was put"
        );
    }
    for (key, _) in &tried {
        let got = read(key);
        assert!(
            got.status == 404 || got.body == content(key),
            "{key} is half"
        );
    }
    drop(connect(server.s3()));
}
