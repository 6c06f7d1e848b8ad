//! What another program writes.

use std::io::Write as _;
use std::process::Stdio;

use super::{MIB, Said, User, content, signal, uploads_of};

fn piped(user: &User, args: &[&str], bytes: &[u8]) -> Said {
    let mut command = user.command(args);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that does not read it has failed, and says so.
    let _ = stdin.write_all(bytes);
    drop(stdin);
    Said::end_of(child)
}

#[test]
fn of_every_size() {
    let user = User::new();
    for size in [0, 1, 5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 10 * MIB, 13 * MIB] {
        let bytes = content(size);
        user.count("UploadPart");
        let args = [
            "-",
            "s3://uploads/in/dump.sql",
            "--part-size",
            "5MiB",
            "--json",
        ];
        let said = piped(&user, &args, &bytes).ended(0);
        let parts = if size < 5 * MIB {
            0
        } else {
            size.div_ceil(5 * MIB) as u64
        };
        assert_eq!(user.counted(), parts, "{size}");
        user.clear_faults();
        user.holds("in/dump.sql", &bytes);
        let line: serde_json::Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(
            (line["key"].as_str(), line["size"].as_u64()),
            (Some("in/dump.sql"), Some(size as u64))
        );
    }
}

#[test]
fn names() {
    let user = User::new();
    piped(&user, &["-", "s3://uploads/in/"], b"x")
        .ended(2)
        .says("standard input has no name");
    piped(&user, &["-", "s3://uploads/in/", "--name", "a.json"], b"{}").ended(0);
    assert_eq!(
        user.ask("head", "in/a.json").is(200).header("content-type"),
        "application/json"
    );
    user.put(&["b", "s3://uploads/", "--name", "a"])
        .ended(2)
        .says("`--name` is that of standard input");
    user.put(&["b", "b", "s3://uploads/"])
        .ended(2)
        .says("named twice");
    piped(&user, &["-", "b", "s3://uploads/in/"], b"x")
        .ended(2)
        .says("alone");
}

#[test]
fn memory_does_not_grow_with_size() {
    let user = User::new();
    let mut command = user.command(&[
        "-",
        "s3://uploads/big",
        "--part-size",
        "5MiB",
        "--parallel",
        "2",
    ]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let piece = content(MIB);
    for _ in 0..200 {
        stdin.write_all(&piece).unwrap();
    }
    if let Ok(status) = std::fs::read_to_string(format!("/proc/{}/status", child.id())) {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .unwrap();
        let kib: usize = line.trim().strip_suffix(" kB").unwrap().parse().unwrap();
        assert!(kib < 100 * 1024, "{kib} KiB");
    }
    drop(stdin);
    Said::end_of(child).ended(0);
    assert_eq!(
        user.ask("head", "big").is(200).header("content-length"),
        (200 * MIB).to_string()
    );
}

#[test]
fn a_stream_that_is_stopped_leaves_nothing() {
    let user = User::new();
    let mut command = user.command(&["-", "s3://uploads/big", "--part-size", "5MiB"]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&content(11 * MIB)).unwrap();
    let began = std::time::Instant::now();
    while !uploads_of(&user).contains("<Upload>") {
        assert!(began.elapsed() < super::WAIT);
    }
    signal(&child, "-INT");
    Said::end_of(child).ended(1).says("cannot be read again");
    drop(stdin);
    assert!(!uploads_of(&user).contains("<Upload>"));
    user.holds_nothing("big");
}
