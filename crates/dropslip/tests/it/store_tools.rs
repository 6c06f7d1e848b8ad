//! `dropslip store scrub` and `dropslip store backup`, on a store that was really used.

use std::path::Path;
use std::process::Output;

use crate::http::send;
use crate::process::{Server, dropslip};

fn presigned(folder: &Path, server: &Server, method: &str, key: &str) -> String {
    let (endpoint, object) = (
        format!("http://{}", server.s3()),
        format!("s3://uploads/{key}"),
    );
    let keys = [
        ("AWS_ACCESS_KEY_ID", "dropslip"),
        ("AWS_SECRET_ACCESS_KEY", "dropslip-dev-secret"),
    ];
    let args = ["presign", method, &object, "--endpoint", &endpoint];
    let printed = dropslip(folder, &args).envs(keys).output().unwrap();
    let url = String::from_utf8(printed.stdout).unwrap();
    url.trim().replace(&endpoint, "")
}

fn put(folder: &Path, server: &Server, key: &str, body: &[u8]) {
    let target = presigned(folder, server, "put", key);
    send(server.s3(), &format!("PUT {target}"), &[], body).is(200);
}

fn get(folder: &Path, server: &Server, key: &str) -> crate::http::Answer {
    let target = presigned(folder, server, "get", key);
    send(server.s3(), &format!("GET {target}"), &[], b"")
}

fn tool(folder: &Path, args: &[&str]) -> Output {
    dropslip(folder, &[&["store"], args].concat())
        .output()
        .unwrap()
}

#[track_caller]
fn says(output: &Output, code: i32, part: &str) {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(text.contains(part), "`{part}` in {text}");
}

/// Changes one byte in the middle of the first file of a folder that is large enough.
fn damage(folder: &Path, at: u64) {
    let mut found = false;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            damage(&path, at);
            continue;
        }
        let mut bytes = std::fs::read(&path).unwrap();
        let at = usize::try_from(at).unwrap();
        if !found && bytes.len() > at {
            bytes[at] ^= 1;
            std::fs::write(&path, bytes).unwrap();
            found = true;
        }
    }
}

#[test]
fn a_backup_of_a_running_store_is_restored_by_starting_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::store(folder.path());
    put(folder.path(), &server, "small", b"hello");
    put(folder.path(), &server, "large", &[7; 300_000]);
    let backup = tool(folder.path(), &["backup", "copy/data", "--data", "data"]);
    says(&backup, 0, "to restore");
    put(folder.path(), &server, "later", b"not in the copy");
    // Nothing stands in the way of the store after it.
    put(folder.path(), &server, "large", b"replaced");
    let again = tool(folder.path(), &["backup", "copy/data", "--data", "data"]);
    says(
        &again,
        2,
        "cannot back up the data folder `data`: into `copy/data`: the folder is not empty",
    );
    drop(server);

    says(
        &tool(folder.path(), &["scrub", "--data", "copy/data"]),
        0,
        "2 read",
    );
    let server = Server::store(&folder.path().join("copy"));
    let copy = folder.path().join("copy");
    assert_eq!(get(&copy, &server, "small").is(200).body, b"hello");
    assert_eq!(get(&copy, &server, "large").is(200).body, [7; 300_000]);
    get(&copy, &server, "later").is(404);
    says(
        &tool(folder.path(), &["scrub", "--data", "copy/data"]),
        2,
        "process",
    );
    let none = tool(folder.path(), &["backup", "other", "--data", "missing"]);
    says(&none, 2, "no store");
    says(
        &tool(folder.path(), &["scrub", "--data", "missing"]),
        2,
        "no folder",
    );
}

#[test]
fn damaged_bytes_are_found_and_never_served() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::store(folder.path());
    put(folder.path(), &server, "small", &[b's'; 3000]);
    put(folder.path(), &server, "large", &[7; 300_000]);
    put(folder.path(), &server, "good", &[b'g'; 200]);
    server.stop("-INT");
    let data = folder.path().join("data");
    says(
        &tool(folder.path(), &["scrub", "--data", "data"]),
        0,
        "as they were written",
    );
    damage(&data.join("blobs"), 200_000);
    damage(&data.join("journal"), 2000);
    let scrubbed = tool(folder.path(), &["scrub", "--data", "data"]);
    says(&scrubbed, 1, "2 damaged");
    let found = String::from_utf8(scrubbed.stdout).unwrap();
    assert!(
        found.contains("s3://uploads/small: ") && found.contains("s3://uploads/large: "),
        "{found}"
    );

    let server = Server::store(folder.path());
    get(folder.path(), &server, "small")
        .is(500)
        .says("InternalError");
    // The first blocks are good and are sent; the answer ends before the damaged one.
    let large = get(folder.path(), &server, "large");
    assert!(
        large.status == 500 || large.body.len() < 262_144,
        "{}",
        large.body.len()
    );
    assert!(large.status == 500 || large.body.iter().all(|&byte| byte == 7));
    assert_eq!(
        get(folder.path(), &server, "good").is(200).body,
        [b'g'; 200]
    );
}
