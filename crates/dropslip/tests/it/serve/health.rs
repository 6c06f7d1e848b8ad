//! `dropslip health`: a question with an exit code.

use std::net::TcpListener;
use std::thread;

use super::{CONFIG, start};
use crate::process::dropslip;

fn health(more: &[&str]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let args = [&["health"], more].concat();
    let output = dropslip(folder.path(), &args).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), said)
}

#[test]
fn a_service_that_is_well_and_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    let (server, _log) = start(folder.path(), CONFIG, &[]);
    let address = server.address("Uploads at http://").to_string();
    assert_eq!(health(&["--address", &address]), (0, String::new()));
    // Its storage is not there.
    let (code, said) = health(&["--address", &address, "--ready"]);
    assert!(code == 1 && said.contains("/readyz` answers 503"), "{said}");
    server.stop("-TERM");
    let (code, said) = health(&["--address", &address]);
    assert!(code == 1 && said.contains("gives no answer"), "{said}");
}

#[test]
fn something_else() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let answering = thread::spawn(move || drop(other.accept()));
    let (code, said) = health(&["--address", &address]);
    answering.join().unwrap();
    assert!(code == 1 && said.starts_with("error: "), "{said}");
}
