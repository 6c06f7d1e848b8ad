//! What goes wrong, and what is said of it.

use std::process::Child;

use super::{MIB, Said, User, append, content, signal, uploads_of};

#[test]
fn wrong_keys_are_told_once() {
    let user = User::new();
    for name in 0..50 {
        user.write(&format!("f/{name}"), b"x");
    }
    let wrong = |key: &str, secret: &str| {
        let mut command = user.command(&["f", "s3://uploads/"]);
        command
            .env("DROPSLIP_ACCESS_KEY", key)
            .env("DROPSLIP_SECRET_KEY", secret);
        Said::of(&command.output().unwrap()).ended(2)
    };
    let said = wrong("dropslip", "wrong")
        .says("SignatureDoesNotMatch")
        .says("the secret does not belong");
    assert_eq!(
        said.err.matches("SignatureDoesNotMatch").count(),
        1,
        "{}",
        said.err
    );
    assert!(!said.err.contains("StringToSign"), "{}", said.err);
    wrong("nobody", "wrong")
        .says("InvalidAccessKeyId")
        .says("hint:");
    let mut command = user.command(&["f", "s3://uploads/"]);
    let said = Said::of(&command.env_remove("DROPSLIP_SECRET_KEY").output().unwrap());
    said.ended(2).says("`DROPSLIP_SECRET_KEY` is not");
    let mut command = user.command(&["f", "s3://uploads/"]);
    command
        .env_remove("DROPSLIP_SECRET_KEY")
        .env_remove("DROPSLIP_ACCESS_KEY");
    Said::of(&command.output().unwrap())
        .ended(2)
        .says("no credentials");
}

#[test]
fn wrong_places() {
    let user = User::new();
    user.write("a", b"a");
    user.put(&["a", "s3://no-such-bucket/"])
        .ended(2)
        .says("NoSuchBucket")
        .says("create the bucket");
    user.put(&["a", "s3://uploads/", "--region", "eu-west-9"])
        .ended(2)
        .says("--region");
    user.put(&["a", "s3://UP/"])
        .ended(2)
        .says("is no place in a bucket");
    user.put(&["a"]).ended(2).says("where to upload to");
    user.put(&["s3://uploads/"])
        .ended(2)
        .says("no file is named");
    // A port that nobody listens on any more.
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let said = user.put(&[
        "a",
        "s3://uploads/",
        "--endpoint",
        &format!("http://{closed}"),
    ]);
    said.ended(2)
        .says("cannot reach the storage")
        .says("--endpoint");
}

#[test]
fn what_passes_is_tried_again() {
    let user = User::new();
    let bytes = content(11 * MIB);
    user.write("large", &bytes);
    user.write("small", b"small");
    for fault in [
        "{\"status\":503,\"times\":2}",
        "{\"status\":500,\"code\":\"InternalError\",\"times\":2}",
        "{\"method\":\"PUT\",\"cutRequestAfterBytes\":3,\"times\":2}",
        "{\"method\":\"PUT\",\"cutAnswerAfterBytes\":0,\"times\":2}",
        "{\"operation\":\"CompleteMultipartUpload\",\"cutAnswerAfterBytes\":0,\"times\":1}",
        "{\"operation\":\"UploadPart\",\"cutRequestAfterBytes\":2000000,\"times\":2}",
    ] {
        user.set_fault(fault);
        let args = [
            "small",
            "large",
            "s3://uploads/",
            "--part-size",
            "5MiB",
            "--parallel",
            "2",
        ];
        user.put(&args).ended(0);
        user.clear_faults();
        user.holds("small", b"small");
        user.holds("large", &bytes);
        user.ask("delete", "small").is(204);
        user.ask("delete", "large").is(204);
    }
    // An answer that was lost is no object of somebody else's.
    for name in ["small", "large"] {
        user.set_fault("{\"cutAnswerAfterBytes\":0,\"operation\":\"PutObject\",\"times\":1}");
        user.put(&[name, "s3://uploads/", "--if-none-match"])
            .ended(0);
        user.clear_faults();
        user.ask("delete", name).is(204);
    }
    user.set_fault("{\"cutAnswerAfterBytes\":0,\"operation\":\"PutObject\",\"times\":1}");
    user.put(&[
        "small",
        "s3://uploads/",
        "--if-none-match",
        "--checksum",
        "none",
    ])
    .ended(0);
}

#[test]
fn a_refusal_of_one_file_leaves_the_others() {
    let user = User::new();
    for name in 0..30 {
        user.write(&format!("f/{name:02}"), b"x");
    }
    user.set_fault("{\"keyPrefix\":\"f/1\",\"status\":403,\"code\":\"AccessDenied\"}");
    let said = user
        .put(&["f", "s3://uploads/"])
        .ended(1)
        .says("s3:PutObject");
    assert_eq!(said.err.matches("hint:").count(), 1, "{}", said.err);
    said.says("20 files stored").says("10 failed");
    user.clear_faults();
    // Only those that failed are sent again.
    user.count("PutObject");
    user.put(&["f", "s3://uploads/"])
        .ended(0)
        .says("20 stored before");
    assert_eq!(user.counted(), 10);
    assert!(user.journals().is_empty());
}

/// A large file on its slow way, one part at a time, of which the first has arrived.
fn slow(user: &User) -> Child {
    user.write("large", &content(16 * MIB));
    user.set_fault("{\"operation\":\"UploadPart\",\"bytesPerSecond\":20000000}");
    let args = [
        "large",
        "s3://uploads/",
        "--part-size",
        "5MiB",
        "--parallel",
        "1",
    ];
    let child = user.start(&args);
    user.wait_for("\"is\":\"part\"", 1);
    child
}

#[test]
fn a_file_that_changes_is_not_stored() {
    let user = User::new();
    let child = slow(&user);
    append(&user.at("large"), b"more");
    Said::end_of(child)
        .ended(1)
        .says("was changed while it was read")
        .says("when nothing writes to it");
    user.holds_nothing("large");
    assert!(!uploads_of(&user).contains("<Upload>"));
    user.clear_faults();
    user.put(&["large", "s3://uploads/", "--part-size", "5MiB"])
        .ended(0);
    assert_eq!(
        user.ask("head", "large").is(200).header("content-length"),
        (16 * MIB + 4).to_string()
    );
}

#[test]
fn the_same_command_runs_once() {
    let user = User::new();
    let child = slow(&user);
    let args = ["large", "s3://uploads/", "--part-size", "5MiB"];
    user.put(&args).ended(2).says("running already");
    // Another place is another command.
    user.clear_faults();
    user.put(&["large", "s3://uploads/other/"]).ended(0);
    signal(&child, "-KILL");
    assert_eq!(Said::end_of(child).code, -1);
    user.put(&args).ended(0);
}

#[test]
fn the_storage_goes_away() {
    let user = User::new();
    let child = slow(&user);
    let User { folder, store } = user;
    let s3 = store.s3();
    store.stop("-KILL");
    let said = Said::end_of(child)
        .ended(1)
        .says("cannot reach the storage");
    said.says("the same command goes on");
    let data = folder.path().join("data").display().to_string();
    let at = s3.to_string();
    let args = [
        "store", "--data", &data, "--listen", &at, "--bucket", "uploads",
    ];
    let store =
        crate::process::Server::start(&mut crate::process::dropslip(folder.path(), &args), "S3 at");
    let user = User { folder, store };
    user.count("UploadPart");
    user.put(&["large", "s3://uploads/", "--part-size", "5MiB"])
        .ended(0);
    assert!(user.counted() < 4, "{}", user.counted());
    user.holds("large", &content(16 * MIB));
}
