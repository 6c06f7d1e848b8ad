//! The log as programs read it.

use std::process::Stdio;

use super::{CONFIG, command, write};
use crate::http::send;
use crate::process::Server;

#[test]
fn an_object_in_each_line_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), CONFIG);
    let mut command = command(folder.path(), &["--log-format", "json"]);
    let mut server = Server::start_logged(&mut command, "Uploads at", Stdio::piped());
    let log = server.log();
    let address = server.address("Uploads at http://");
    let headers = [("authorization", "Bearer hunter2-in-a-header")];
    let answer = send(address, "POST /v1/uploads?key=hunter2", &headers, b"{}").is(415);
    let path = "GET /t/hunter2-in-a-path/v1/uploads/hunter2";
    let hidden = send(address, path, &[], b"");
    let line = log.wait_for(hidden.header("x-request-id"));
    assert!(!line.contains("hunter2"), "{line}");
    let lines: Vec<serde_json::Value> = line
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let refused = lines
        .iter()
        .find(|line| line["request"] == answer.header("x-request-id"))
        .unwrap();
    assert_eq!(refused["level"], "INFO");
    assert_eq!(refused["message"], "refused");
    assert_eq!(refused["code"], "unsupported_media_type");
    assert!(refused["timestamp"].is_string());
}
