//! Files and folders: which keys they get, what is stored with them, what is told.

use std::fs;
use std::process::Command;

use super::{MIB, User, content};

#[test]
fn a_folder() {
    let user = User::new();
    let odd = "photos/ä b+c%20&#?.txt";
    for (name, bytes) in [
        ("photos/a.jpg", &b"jpeg"[..]),
        ("photos/2026/b.html", b"<p>"),
        ("photos/.hidden", b"h"),
        ("photos/empty", b""),
        (odd, b"odd"),
        ("photos/new\nline", b"n"),
    ] {
        user.write(name, bytes);
    }
    let said = user.put(&["photos", "s3://uploads/in/", "--json"]).ended(0);
    let (files, summary) = said.json();
    assert_eq!(files.len(), 6);
    assert_eq!(
        (summary["stored"].as_u64(), summary["failed"].as_u64()),
        (Some(6), Some(0))
    );
    assert_eq!(summary["bytesSent"], 12);
    let a = files
        .iter()
        .find(|file| file["key"] == "in/photos/a.jpg")
        .unwrap();
    assert_eq!(
        (a["file"].as_str(), a["size"].as_u64()),
        (Some("photos/a.jpg"), Some(4))
    );
    assert_eq!(a["checksum"]["algorithm"], "crc64nvme");
    // The ETag of an object in one piece is its MD5.
    assert_eq!(a["etag"], "\"ab4f3ccba74857c5f2ba0d5b7dbf65e1\"");
    let got = user.ask("get", "in/photos/a.jpg").is(200);
    assert_eq!(got.header("content-type"), "image/jpeg");
    assert_eq!(got.body, b"jpeg");
    assert_eq!(
        user.ask("head", "in/photos/2026/b.html")
            .is(200)
            .header("content-type"),
        "text/html"
    );
    user.holds("in/photos/.hidden", b"h");
    user.holds("in/photos/empty", b"");
    user.holds(&format!("in/{odd}"), b"odd");
    user.holds("in/photos/new\nline", b"n");
    // What is done needs no journal.
    assert!(user.journals().is_empty());
}

#[test]
fn keys() {
    let user = User::new();
    user.write("photos/a", b"a");
    user.write("b", b"b");
    let said = user.put(&["photos/", "b", "s3://uploads/x/"]).ended(0);
    assert!(said.out.is_empty(), "{}", said.out);
    said.says("stored photos/a as s3://uploads/x/a (1 B)")
        .says("2 files stored, 2 B");
    user.holds("x/a", b"a");
    user.holds("x/b", b"b");
    user.put(&["b", "s3://uploads"]).ended(0);
    user.holds("b", b"b");
    user.put(&["b", "s3://uploads/other/name.png", "--quiet"])
        .ended(0);
    let got = user.ask("head", "other/name.png").is(200);
    assert_eq!(got.header("content-type"), "application/octet-stream");
    user.put(&["b", "photos", "s3://uploads/x"])
        .ended(2)
        .says("several files")
        .says("`s3://uploads/x/`");
    user.put(&["photos", "s3://uploads/x"])
        .ended(2)
        .says("is a folder");
    user.write("other/b", b"2");
    user.put(&["b", "other/", "s3://uploads/x/"])
        .ended(2)
        .says("would both be `x/b`");
    user.holds("x/b", b"b");
}

#[test]
fn a_dry_run_sends_nothing() {
    let user = User::new();
    user.write("photos/a", b"a");
    user.write("photos/b/c", b"cc");
    let said = user
        .put(&["photos", "s3://uploads/x/", "--dry-run"])
        .ended(0);
    assert_eq!(
        said.out,
        "photos/a -> s3://uploads/x/photos/a (1 B)\nphotos/b/c -> s3://uploads/x/photos/b/c (2 B)\n"
    );
    user.holds_nothing("x/photos/a");
    assert!(user.journals().is_empty());
}

#[test]
fn names_do_not_drive_the_terminal() {
    let user = User::new();
    user.write("f/a\u{1b}[31m\nerror: b", b"a");
    for args in [
        &["f", "s3://uploads/"][..],
        &["f", "s3://uploads/", "--dry-run"],
    ] {
        let said = user.put(args).ended(0);
        let all = said.out + &said.err;
        assert!(all.contains("a?[31m?error: b"), "{all}");
    }
    let said = user
        .put(&["f", "missing", "s3://uploads/", "--dry-run", "--json"])
        .ended(1);
    let lines: Vec<serde_json::Value> = said
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert!(
        lines
            .iter()
            .any(|line| line["file"] == "missing" && line["error"]["message"].is_string())
    );
}

#[test]
fn nothing_to_do() {
    let user = User::new();
    fs::create_dir(user.at("empty")).unwrap();
    let said = user.put(&["empty", "s3://uploads/"]).ended(0);
    said.says("`empty` has no files")
        .says("there is nothing to upload");
}

#[test]
fn a_large_file_goes_in_parts() {
    let user = User::new();
    let bytes = content(12 * MIB + 345);
    user.write("large.bin", &bytes);
    for (checksum, kind) in [
        ("crc64nvme", "x-amz-checksum-crc64nvme"),
        ("crc32", "x-amz-checksum-crc32"),
        ("sha256", "x-amz-checksum-sha256"),
        ("none", ""),
    ] {
        let key = format!("large-{checksum}");
        let args = [
            "large.bin",
            &format!("s3://uploads/{key}"),
            "--part-size",
            "5MiB",
            "--checksum",
            checksum,
            "--metadata",
            "made-by=ä test",
            "--cache-control",
            "max-age=60",
            "--json",
        ];
        user.count("UploadPart");
        let (files, _) = user.put(&args).ended(0).json();
        assert_eq!(user.counted(), 3);
        user.clear_faults();
        assert!(
            files[0]["etag"].as_str().unwrap().ends_with("-3\""),
            "{}",
            files[0]
        );
        let got = user.ask("get", &key).is(200);
        assert!(got.body == bytes, "{checksum}");
        assert_eq!(got.header("cache-control"), "max-age=60");
        assert!(got.header("x-amz-meta-made-by").contains("=?"));
        let told = files[0]["checksum"]["value"].as_str().unwrap_or_default();
        assert_eq!(told.is_empty(), kind.is_empty());
        assert_eq!(told.ends_with("-3"), checksum == "sha256", "{told}");
    }
}

#[test]
fn what_is_stored_with_an_object() {
    let user = User::new();
    user.write("a", b"a");
    let args = [
        "a",
        "s3://uploads/",
        "--content-type",
        "text/x-own",
        "--acl",
        "public-read",
    ];
    user.put(&[&args[..], &["--metadata", "a=1", "--metadata", "b=2"]].concat())
        .ended(0);
    let s3 = user.store.s3();
    let got = crate::http::send(s3, "GET /uploads/a", &[], b"").is(200);
    assert_eq!(got.header("content-type"), "text/x-own");
    assert_eq!(
        (got.header("x-amz-meta-a"), got.header("x-amz-meta-b")),
        ("1", "2")
    );
}

#[test]
fn an_object_that_is_there_may_stay() {
    let user = User::new();
    user.write("a", b"old");
    user.put(&["a", "s3://uploads/", "--if-none-match"])
        .ended(0);
    user.write("a", b"newer");
    user.write("b", b"b");
    let said = user
        .put(&["a", "b", "s3://uploads/", "--if-none-match", "--json"])
        .ended(1);
    let (files, summary) = said.json();
    assert_eq!(
        (summary["stored"].as_u64(), summary["failed"].as_u64()),
        (Some(1), Some(1))
    );
    let failed = files.iter().find(|file| file["file"] == "a").unwrap();
    assert!(
        failed["error"]["message"]
            .as_str()
            .unwrap()
            .contains("PreconditionFailed")
    );
    assert!(
        failed["error"]["hint"]
            .as_str()
            .unwrap()
            .contains("--if-none-match")
    );
    user.holds("a", b"old");
    user.holds("b", b"b");
    // The same of a large one, whose condition is asked when it is put together.
    user.write("large", &content(6 * MIB));
    let args = [
        "large",
        "s3://uploads/a",
        "--if-none-match",
        "--part-size",
        "5MiB",
    ];
    user.put(&args).ended(1).says("--if-none-match");
    user.holds("a", b"old");
    assert_eq!(uploads(&user), 0);
}

/// How many uploads in parts have begun and not ended.
fn uploads(user: &User) -> usize {
    super::uploads_of(user).matches("<Upload>").count()
}

#[test]
fn what_cannot_be_sent_is_told_and_others_go_on() {
    let user = User::new();
    user.write("f/a", b"a");
    user.write("f/z", b"z");
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        let odd = std::ffi::OsStr::from_bytes(b"\xff");
        fs::write(user.at("f").join(odd), "x").unwrap();
        std::os::unix::fs::symlink("a", user.at("f/link")).unwrap();
    }
    assert!(
        Command::new("mkfifo")
            .arg(user.at("f/pipe"))
            .status()
            .unwrap()
            .success()
    );
    let said = user
        .put(&["f/", "missing", "s3://uploads/", "--json"])
        .ended(1);
    let (files, summary) = said.json();
    assert_eq!(
        (summary["stored"].as_u64(), summary["failed"].as_u64()),
        (Some(2), Some(3))
    );
    assert_eq!(files.len(), 5);
    let said = said
        .says("UTF-8")
        .says("a device, a pipe or a socket")
        .says("there is no such file");
    said.says("1 symbolic link was left out; `--follow-links`");
    user.holds("a", b"a");
    user.holds("z", b"z");
    user.holds_nothing("link");
    user.put(&["f/", "s3://uploads/", "--follow-links"])
        .ended(1);
    user.holds("link", b"a");
}
