//! SIGHUP: what is right is taken, what is wrong is logged, and no request is dropped.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::{CONFIG, start, write};
use crate::http::send;
use crate::process::{Log, Server};

const TAKEN: &str = "read the configuration again";
const KEPT: &str = "the configuration stays as it was";

fn presets(server: &Server) -> Vec<String> {
    let address = server.address("Uploads at http://");
    let answer = send(address, "GET /v1/presets", &[], b"").is(200).json();
    let names = answer["presets"].as_array().unwrap().iter();
    names
        .map(|preset| preset["name"].as_str().unwrap().to_owned())
        .collect()
}

fn hang_up(server: &Server, log: &Log, until: &str) -> String {
    server.signal("-HUP");
    log.wait_for(until)
}

#[test]
fn a_running_service_keeps_its_database() {
    let folder = tempfile::tempdir().unwrap();
    let (server, log) = start(folder.path(), CONFIG, &[]);
    for other in ["sqlite://other.db", "none"] {
        let config = format!("{CONFIG}\n[database]\nurl = \"{other}\"\n");
        write(folder.path(), &config);
        let said = hang_up(&server, &log, KEPT);
        assert!(said.contains("`database.url` is another one"), "{said}");
    }
    assert!(!folder.path().join("other.db").exists());
    assert_eq!(presets(&server), ["photo"]);
}

#[test]
fn a_right_configuration_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let (server, log) = start(folder.path(), CONFIG, &[]);
    assert_eq!(presets(&server), ["photo"]);
    write(
        folder.path(),
        &CONFIG.replace("[presets.photo]", "[presets.scan]"),
    );
    // Nothing is read before the signal.
    assert_eq!(presets(&server), ["photo"]);
    hang_up(&server, &log, TAKEN);
    assert_eq!(presets(&server), ["scan"]);
    assert_eq!(server.stop("-TERM").code(), Some(0));
}

#[test]
fn a_wrong_configuration_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (server, log) = start(folder.path(), CONFIG, &[]);
    for (wrong, reason) in [
        ("[storage", "line 1"),
        (&CONFIG.replace("maxSize", "maxsize"), "maxsize"),
        (&CONFIG.replace("{uuid}", "{name}"), "presets.photo.key"),
        (
            &CONFIG.replace("secretKey = \"hunter2-hunter2\"", ""),
            "secretKey",
        ),
        (
            &CONFIG.replace("region = \"us-east-1\"", "region = 5"),
            "line 3",
        ),
    ] {
        write(folder.path(), wrong);
        let said = hang_up(&server, &log, KEPT);
        assert!(said.contains(reason), "`{reason}` in {said}");
        assert!(!said.contains("hunter2"), "{said}");
        assert_eq!(presets(&server), ["photo"]);
    }
    std::fs::remove_file(folder.path().join("dropslip.toml")).unwrap();
    let said = hang_up(&server, &log, KEPT);
    assert!(said.contains("cannot read"), "{said}");
    write(
        folder.path(),
        &CONFIG.replace("[presets.photo]", "[presets.scan]"),
    );
    hang_up(&server, &log, TAKEN);
    assert_eq!(presets(&server), ["scan"]);
}

/// Without keys everybody could upload, so a service that others reach does not lose its own.
#[test]
fn keys_do_not_vanish_from_an_open_address() {
    let folder = tempfile::tempdir().unwrap();
    let with_key = format!("{CONFIG}[auth]\napiKeys = [\"correct-horse-battery\"]\n");
    let (server, log) = start(folder.path(), &with_key, &["--listen", "0.0.0.0:0"]);
    let port = server.address("Uploads at http://").port();
    let address = ([127, 0, 0, 1], port).into();
    write(folder.path(), CONFIG);
    let said = hang_up(&server, &log, KEPT);
    assert!(said.contains("no API key is configured"), "{said}");
    send(address, "GET /v1/presets", &[], b"").is(401);
    let key = [("authorization", "Bearer correct-horse-battery")];
    send(address, "GET /v1/presets", &key, b"").is(200);
}

#[test]
fn no_request_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let (server, log) = start(folder.path(), CONFIG, &[]);
    let address = server.address("Uploads at http://");
    let ended = AtomicBool::new(false);
    let body = br#"{"preset":"photo","fileName":"a.jpg","size":3}"#;
    let json = [("content-type", "application/json")];
    thread::scope(|scope| {
        // Also when a reload fails, so that the test ends.
        let _end = SetAtEnd(&ended);
        let clients: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut answered = 0;
                    while !ended.load(Ordering::Relaxed) {
                        send(address, "POST /v1/uploads", &json, body).is(201);
                        answered += 1;
                    }
                    answered
                })
            })
            .collect();
        for _ in 0..20 {
            hang_up(&server, &log, TAKEN);
        }
        ended.store(true, Ordering::Relaxed);
        for client in clients {
            assert!(client.join().unwrap() > 0);
        }
    });
}

struct SetAtEnd<'a>(&'a AtomicBool);

impl Drop for SetAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
