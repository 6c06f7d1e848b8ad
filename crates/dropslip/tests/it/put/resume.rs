//! What an end at any moment leaves, and how the same command goes on with it.

use std::fs;
use std::process::Child;

use super::{MIB, Said, User, append, content, signal, uploads_of};

const ARGS: [&str; 6] = [
    "large",
    "s3://uploads/",
    "--part-size",
    "5MiB",
    "--parallel",
    "1",
];

/// A large file on its slow way, of which two parts of five have arrived.
fn slow(user: &User) -> Child {
    user.write("large", &content(25 * MIB));
    user.set_fault("{\"operation\":\"UploadPart\",\"bytesPerSecond\":20000000}");
    let child = user.start(&ARGS);
    user.wait_for("\"is\":\"part\"", 2);
    child
}

/// Goes on, and gives how many parts were sent.
fn go_on(user: &User) -> u64 {
    user.count("UploadPart");
    user.put(&ARGS).ended(0);
    let sent = user.counted();
    user.clear_faults();
    user.holds("large", &content(25 * MIB));
    assert!(!uploads_of(user).contains("<Upload>"));
    assert!(user.journals().is_empty());
    sent
}

#[test]
fn after_a_kill() {
    let user = User::new();
    let child = slow(&user);
    signal(&child, "-KILL");
    assert_eq!(Said::end_of(child).code, -1);
    user.holds_nothing("large");
    let sent = go_on(&user);
    assert!((1..=3).contains(&sent), "{sent}");
}

#[test]
fn after_a_kill_that_tore_the_journal() {
    let user = User::new();
    let child = slow(&user);
    signal(&child, "-KILL");
    let _ = Said::end_of(child);
    let journal = user.journals().remove(0);
    let text = fs::read_to_string(&journal).unwrap();
    fs::write(&journal, &text[..text.len() - 20]).unwrap();
    // The storage has the part whose line is torn; nobody says what it should be.
    let sent = go_on(&user);
    assert!((2..=4).contains(&sent), "{sent}");
}

#[test]
fn after_ctrl_c() {
    for name in ["-INT", "-TERM"] {
        let user = User::new();
        let child = slow(&user);
        signal(&child, name);
        let said = Said::end_of(child).ended(1);
        said.says("0 files stored")
            .says("1 left")
            .says("the same command goes on with what is left");
        assert!(uploads_of(&user).contains("<Upload>"));
        let sent = go_on(&user);
        assert!((1..=3).contains(&sent), "{sent}");
    }
}

#[test]
fn with_an_upload_that_is_gone() {
    let user = User::new();
    let child = slow(&user);
    signal(&child, "-KILL");
    let _ = Said::end_of(child);
    let uploads = uploads_of(&user);
    let id = uploads
        .split_once("<UploadId>")
        .unwrap()
        .1
        .split_once('<')
        .unwrap()
        .0;
    super::signed(&user, "DELETE", &format!("/uploads/large?uploadId={id}")).is(204);
    assert_eq!(go_on(&user), 5);
}

#[test]
fn with_a_file_that_changed_meanwhile() {
    let user = User::new();
    let child = slow(&user);
    signal(&child, "-KILL");
    let _ = Said::end_of(child);
    append(&user.at("large"), b"more");
    user.count("UploadPart");
    user.put(&ARGS).ended(0);
    assert_eq!(user.counted(), 6);
    assert!(!uploads_of(&user).contains("<Upload>"));
    user.holds("large", &[&content(25 * MIB)[..], b"more"].concat());
}

#[test]
fn with_a_file_that_is_gone() {
    let user = User::new();
    user.write("f/a", &content(25 * MIB));
    user.write("f/b", b"b");
    user.set_fault("{\"operation\":\"UploadPart\",\"bytesPerSecond\":20000000}");
    let args = [
        "f",
        "s3://uploads/",
        "--part-size",
        "5MiB",
        "--parallel",
        "1",
    ];
    let child = user.start(&args);
    user.wait_for("\"is\":\"part\"", 1);
    signal(&child, "-KILL");
    let _ = Said::end_of(child);
    user.clear_faults();
    fs::remove_file(user.at("f/a")).unwrap();
    user.put(&args).ended(0);
    assert!(!uploads_of(&user).contains("<Upload>"));
    assert!(user.journals().is_empty());
}

#[test]
fn with_no_wish_to() {
    let user = User::new();
    let child = slow(&user);
    signal(&child, "-KILL");
    let _ = Said::end_of(child);
    user.count("UploadPart");
    user.put(&[&ARGS[..], &["--no-resume"]].concat()).ended(0);
    assert_eq!(user.counted(), 5);
    // What the first run began is freed.
    assert!(!uploads_of(&user).contains("<Upload>"));
    user.holds("large", &content(25 * MIB));
}

#[test]
fn after_a_kill_before_the_end_was_learned() {
    let user = User::new();
    user.write("large", &content(25 * MIB));
    // The storage has put it together; nobody hears of it.
    user.set_fault("{\"operation\":\"CompleteMultipartUpload\",\"delayMs\":60000}");
    let child = user.start(&ARGS);
    user.wait_for("\"is\":\"part\"", 5);
    let began = std::time::Instant::now();
    while uploads_of(&user).contains("<Upload>") {
        assert!(began.elapsed() < super::WAIT);
    }
    signal(&child, "-KILL");
    let _ = Said::end_of(child);
    assert_eq!(go_on(&user), 0);
}

#[test]
fn many_small_files() {
    let user = User::new();
    for name in 0..300 {
        user.write(&format!("f/{name:03}"), format!("{name}").as_bytes());
    }
    user.set_fault("{\"operation\":\"PutObject\",\"skip\":100,\"delayMs\":60000}");
    let child = user.start(&["f", "s3://uploads/"]);
    user.wait_for("\"is\":\"stored\"", 100);
    signal(&child, "-KILL");
    let _ = Said::end_of(child);
    user.write("f/000", b"another");
    user.count("PutObject");
    let said = user.put(&["f", "s3://uploads/", "--json"]).ended(0);
    assert_eq!(user.counted(), 201);
    let (files, summary) = said.json();
    assert_eq!(files.len(), 300);
    assert_eq!(
        (summary["stored"].as_u64(), summary["skipped"].as_u64()),
        (Some(300), Some(99))
    );
    assert_eq!(
        files.iter().filter(|file| file["skipped"] == true).count(),
        99
    );
    user.holds("f/000", b"another");
    user.holds("f/299", b"299");
    assert!(user.journals().is_empty());
}

/// Five files of which one is refused, so that the journal stays.
fn four_of_five(user: &User) {
    for name in 0..5 {
        user.write(&format!("f/{name}"), format!("file {name}").as_bytes());
    }
    user.set_fault("{\"operation\":\"PutObject\",\"keyPrefix\":\"in/f/3\",\"status\":403,\"code\":\"AccessDenied\"}");
    user.put(&["f", "s3://uploads/in/"])
        .ended(1)
        .says("4 files stored");
    user.clear_faults();
}

fn holds_five(user: &User) {
    for name in 0..5 {
        user.holds(&format!("in/f/{name}"), format!("file {name}").as_bytes());
    }
}

#[test]
fn of_files_that_the_bucket_has_lost() {
    const NO_LIST: &str =
        "{\"operation\":\"ListObjectsV2\",\"status\":403,\"code\":\"AccessDenied\"}";
    // With a list, and where only each by itself can be looked at.
    for fault in [None, Some(NO_LIST)] {
        let user = User::new();
        four_of_five(&user);
        user.ask("delete", "in/f/1").is(204);
        user.write("other", b"FILE 2");
        user.put(&["other", "s3://uploads/in/f/2"]).ended(0);
        if let Some(fault) = fault {
            user.set_fault(fault);
        }
        user.put(&["f", "s3://uploads/in/"])
            .ended(0)
            .says("3 files stored")
            .says("2 stored before");
        user.clear_faults();
        holds_five(&user);
    }
}

#[test]
fn at_a_storage_that_lets_nobody_look() {
    let user = User::new();
    four_of_five(&user);
    let no = |operation| {
        format!("{{\"operation\":\"{operation}\",\"status\":403,\"code\":\"AccessDenied\"}}")
    };
    user.set_fault(&[no("ListObjectsV2"), no("HeadObject")].join(","));
    user.put(&["f", "s3://uploads/in/"])
        .ended(0)
        .says("4 stored before");
    user.clear_faults();
    holds_five(&user);
}

#[cfg(unix)]
#[test]
fn of_files_with_the_same_time_and_size() {
    let user = User::new();
    four_of_five(&user);
    let path = user.at("f/1");
    let written = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, "FILE 1").unwrap();
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(written)
        .unwrap();
    user.put(&["f", "s3://uploads/in/"])
        .ended(0)
        .says("3 stored before");
    user.holds("in/f/1", b"FILE 1");
}

#[cfg(unix)]
#[test]
fn parts_of_two_contents_are_never_mixed() {
    let user = User::new();
    let child = slow(&user);
    signal(&child, "-KILL");
    let _ = Said::end_of(child);
    let path = user.at("large");
    let written = fs::metadata(&path).unwrap().modified().unwrap();
    let mut other = content(25 * MIB);
    other.reverse();
    fs::write(&path, &other).unwrap();
    // The time is put back, as copying programs do.
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(written)
        .unwrap();
    user.count("UploadPart");
    user.put(&ARGS).ended(0);
    assert_eq!(user.counted(), 5);
    user.holds("large", &other);
}

#[cfg(unix)]
#[test]
fn the_journal_is_private_and_holds_no_key() {
    use std::os::unix::fs::PermissionsExt as _;
    let user = User::new();
    let child = slow(&user);
    signal(&child, "-KILL");
    let _ = Said::end_of(child);
    let journal = user.journals().remove(0);
    assert_eq!(
        fs::metadata(&journal).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let text = fs::read_to_string(journal).unwrap();
    assert!(
        !text.contains("dropslip-dev-secret") && !text.contains("ignature"),
        "{text}"
    );
}
