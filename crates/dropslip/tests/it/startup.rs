//! What a start needs, and what is said when it is not there.

use std::fs;
use std::net::TcpListener;

use crate::process::{Server, dropslip, failure};

#[track_caller]
fn check(args: &[&str], envs: &[(&str, &str)], parts: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let (code, said) = failure(dropslip(folder.path(), args).envs(envs.iter().copied()));
    assert_eq!(code, 2, "{said}");
    assert!(said.starts_with("error: "), "{said}");
    for part in parts {
        assert!(said.contains(part), "`{part}` in {said}");
    }
}

/// `dropslip dev` on free ports, with a folder that is removed at the end.
const EPHEMERAL: [&str; 6] = [
    "dev",
    "--ephemeral",
    "--listen",
    "127.0.0.1:0",
    "--s3-listen",
    "127.0.0.1:0",
];

#[test]
fn a_port_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    check(
        &["store", "--listen", &address],
        &[],
        &["in use", &address, "hint: ", "--listen 127.0.0.1:0"],
    );
    check(
        &["dev", "--ephemeral", "--listen", &address],
        &[],
        &["in use", "--listen"],
    );
    let args = [
        "dev",
        "--ephemeral",
        "--listen",
        "127.0.0.1:0",
        "--s3-listen",
        &address,
    ];
    check(&args, &[], &["in use", "--s3-listen 127.0.0.1:0"]);
}

#[test]
fn a_data_folder_that_cannot_be_written() {
    // A file where the folder should be: a refusal that even root gets.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "not a folder").unwrap();
    let inside = file.join("data").display().to_string();
    check(
        &["store", "--listen", "127.0.0.1:0", "--data", &inside],
        &[],
        &["cannot open the data folder", &inside, "hint: ", "--data"],
    );
    assert_eq!(fs::read_to_string(file).unwrap(), "not a folder");
}

#[test]
fn a_data_folder_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::store(folder.path());
    let data = folder.path().join("data").display().to_string();
    check(
        &["store", "--listen", "127.0.0.1:0", "--data", &data],
        &[],
        &["cannot open the data folder", "hint: "],
    );
    assert!(server.stop("-TERM").success());
}

#[test]
fn bytes_without_an_index_are_left_alone() {
    for empty in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        assert!(Server::store(folder.path()).stop("-INT").success());
        let data = folder.path().join("data");
        let blob = data.join("blobs/00/00000000000000000000000000000001");
        fs::write(&blob, "somebody's photo").unwrap();
        let index = data.join("index.redb");
        if empty {
            fs::write(index, "").unwrap()
        } else {
            fs::remove_file(index).unwrap()
        }
        let flag = data.display().to_string();
        check(
            &["store", "--listen", "127.0.0.1:0", "--data", &flag],
            &[],
            &["index.redb", "put the index back"],
        );
        assert!(blob.exists());
    }
}

#[test]
fn an_index_that_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("index.redb"), "not a database at all").unwrap();
    let flag = data.display().to_string();
    check(
        &["store", "--listen", "127.0.0.1:0", "--data", &flag],
        &[],
        &["cannot open the data folder", "nothing was changed"],
    );
    assert_eq!(
        fs::read_to_string(data.join("index.redb")).unwrap(),
        "not a database at all"
    );
}

#[test]
fn the_development_keys_stay_on_this_machine() {
    check(
        &["store", "--listen", "0.0.0.0:0"],
        &[],
        &["known to everybody", "DROPSLIP_SECRET_KEY"],
    );
    check(
        &["dev", "--listen", "0.0.0.0:0"],
        &[],
        &["will not listen", "known to everybody"],
    );
    check(
        &["dev", "--listen", "127.0.0.1:0", "--s3-listen", "[::]:0"],
        &[],
        &["known to everybody"],
    );
    let given = [
        ("DROPSLIP_ACCESS_KEY", "mine"),
        ("DROPSLIP_SECRET_KEY", "dropslip-dev-secret"),
    ];
    check(
        &["store", "--listen", "0.0.0.0:0"],
        &given,
        &["known to everybody"],
    );
}

#[test]
fn arguments_that_are_none() {
    let (code, said) = failure(&mut dropslip(
        std::env::temp_dir().as_path(),
        &["store", "--listen", "everywhere"],
    ));
    assert!(code == 2 && said.contains("127.0.0.1:7600"), "{said}");
    check(
        &["store", "--listen", "127.0.0.1:0", "--bucket", "Up"],
        &[],
        &["`Up` cannot be a bucket"],
    );
    let origins = [
        "store",
        "--listen",
        "127.0.0.1:0",
        "--bucket",
        "uploads",
        "--cors-origin",
        "https://*.*",
    ];
    check(&origins, &[], &["--cors-origin", "more than one `*`"]);
    for name in ["http://s3", "", ".s3.example", "s3.example:80"] {
        check(
            &["store", "--listen", "127.0.0.1:0", "--domain", name],
            &[],
            &["is no domain", "--domain"],
        );
    }
    let spaced = [
        ("DROPSLIP_ACCESS_KEY", "mine"),
        ("DROPSLIP_SECRET_KEY", "secret\n"),
    ];
    check(
        &["store", "--listen", "127.0.0.1:0"],
        &spaced,
        &["the secret key", "white space"],
    );
}

/// Whoever gives keys is not asked for a profile, nor for the other half of a pair.
#[test]
fn the_environment_is_asked_only_for_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let config = GOOD.replace("region =", "accessKey = \"a\"\nsecretKey = \"s\"\nregion =");
    fs::write(folder.path().join("dropslip.toml"), config).unwrap();
    let stray = [("AWS_PROFILE", "nowhere"), KEYS[0]];
    let mut serve = dropslip(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert!(
        Server::start(serve.envs(stray), "Uploads at")
            .stop("-INT")
            .success()
    );
    let mut presign = dropslip(folder.path(), &["presign", "get", "s3://uploads/a"]);
    assert!(
        presign
            .envs(KEYS)
            .env("AWS_PROFILE", "nowhere")
            .output()
            .unwrap()
            .status
            .success()
    );
}

#[test]
fn profiles_of_aws() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials").display().to_string();
    fs::write(
        &file,
        "[work]\naws_access_key_id = AKIDWORK\naws_secret_access_key = s\n",
    )
    .unwrap();
    let presign = |profile: &str| {
        let mut command = dropslip(folder.path(), &["presign", "get", "s3://uploads/a"]);
        command
            .env("AWS_SHARED_CREDENTIALS_FILE", &file)
            .env("AWS_PROFILE", profile)
            .output()
            .unwrap()
    };
    let url = String::from_utf8(presign("work").stdout).unwrap();
    assert!(url.contains("X-Amz-Credential=AKIDWORK%2F"), "{url}");
    let nowhere = String::from_utf8(presign("nowhere").stderr).unwrap();
    assert!(
        nowhere.contains("no profile `nowhere`") && nowhere.contains("AWS_PROFILE"),
        "{nowhere}"
    );
    check(
        &["presign", "get", "s3://uploads/a"],
        &[],
        &["no credentials", "AWS_ACCESS_KEY_ID", "AWS_PROFILE"],
    );
}

#[track_caller]
fn check_config(config: &str, envs: &[(&str, &str)], parts: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("dropslip.toml"), config).unwrap();
    let (code, said) = failure(
        dropslip(folder.path(), &["serve", "--listen", "127.0.0.1:0"]).envs(envs.iter().copied()),
    );
    assert_eq!(code, 2, "{said}");
    for part in parts {
        assert!(said.contains(part), "`{part}` in {said}");
    }
    assert!(!said.contains("hunter2"), "{said}");
}

const GOOD: &str = "[storage]\nendpoint = \"http://127.0.0.1:1\"\nregion = \"us-east-1\"\n\
    [presets.photo]\nbucket = \"uploads\"\nkey = \"{uuid}.{ext}\"\naccept = [\"image/*\"]\nmaxSize = \"1 MiB\"\n";
const KEYS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "a"),
    ("AWS_SECRET_ACCESS_KEY", "hunter2"),
];

#[test]
fn a_configuration_that_cannot_hold() {
    check(
        &["serve"],
        &[],
        &["cannot read `dropslip.toml`", "--config"],
    );
    check_config(GOOD, &[], &["`storage.accessKey`", "AWS_ACCESS_KEY_ID"]);
    check_config(
        GOOD,
        &KEYS[..1],
        &["`AWS_ACCESS_KEY_ID` is set and `AWS_SECRET_ACCESS_KEY` is not"],
    );
    check_config(
        &GOOD.replace("maxSize", "maxsize"),
        &KEYS,
        &["line 8", "maxsize", "maxSize"],
    );
    check_config(
        &GOOD.replace("{uuid}", "{name}"),
        &KEYS,
        &["presets.photo.key", "{uuid}"],
    );
    check_config(
        &GOOD.replace("1 MiB", "6 TiB"),
        &KEYS,
        &["presets.photo.maxSize", "5 TiB"],
    );
    check_config(
        &GOOD.replace("uploads", "Uploads"),
        &KEYS,
        &["presets.photo.bucket", "lower-case"],
    );
    check_config(
        &GOOD.replace("http://127.0.0.1:1", "localhost:1"),
        &KEYS,
        &["storage.endpoint", "http://"],
    );
    check_config(
        &GOOD.replace("http://127.0.0.1:1", "127.0.0.1:1"),
        &KEYS,
        &["storage.endpoint", "`http://` or `https://`"],
    );
    check_config("[storage", &KEYS, &["line 1"]);
}

#[test]
fn without_an_api_key_the_service_stays_on_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("dropslip.toml"), GOOD).unwrap();
    let (code, said) =
        failure(dropslip(folder.path(), &["serve", "--listen", "0.0.0.0:0"]).envs(KEYS));
    assert!(
        code == 2 && said.contains("no API key") && said.contains("DROPSLIP_API_KEYS"),
        "{said}"
    );
    let short = [KEYS[0], KEYS[1], ("DROPSLIP_API_KEYS", "short")];
    let (_, said) =
        failure(dropslip(folder.path(), &["serve", "--listen", "127.0.0.1:0"]).envs(short));
    assert!(
        said.contains("auth.apiKeys") && !said.contains("short`"),
        "{said}"
    );
}

#[test]
fn signals_stop_it_in_order() {
    for signal in ["-INT", "-TERM"] {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::dev(folder.path());
        // A client that holds its connection open does not hold up the end.
        let idle = std::net::TcpStream::connect(server.s3()).unwrap();
        assert_eq!(server.stop(signal).code(), Some(0), "{signal}");
        drop(idle);
        drop(Server::dev(folder.path()));
    }
}

#[test]
fn connections_beyond_the_limit_wait_and_do_not_hold_up_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    // A small limit that it cannot raise: connections take three descriptors each at the most.
    let script = "ulimit -n 256; exec \"$0\" store --listen 127.0.0.1:0 --data \"$1\"";
    let mut command = std::process::Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_dropslip")]);
    command.arg(data).env("DROPSLIP_LOG", "off");
    let server = Server::start(&mut command, "S3 at");
    let idle: Vec<_> = (0..100)
        .map(|_| std::net::TcpStream::connect(server.s3()).unwrap())
        .collect();
    assert_eq!(server.stop("-INT").code(), Some(0));
    drop(idle);
}

/// A storage that is reached without TLS needs no certificates; small machines have none.
#[test]
fn a_machine_without_certificates_will_do() {
    let folder = tempfile::tempdir().unwrap();
    let none = folder.path().join("none");
    let none = [
        ("SSL_CERT_FILE", none.as_os_str()),
        ("SSL_CERT_DIR", none.as_os_str()),
    ];
    let server = Server::start(dropslip(folder.path(), &EPHEMERAL).envs(none), "Stop with");
    assert!(server.stop("-INT").success());
}

#[test]
fn an_ephemeral_folder_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(
        dropslip(folder.path(), &EPHEMERAL).env("TMPDIR", folder.path()),
        "Stop with",
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(server.stop("-INT").success());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_file_of_keys() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.toml");
    let path = file.display().to_string();
    let args = ["store", "--listen", "127.0.0.1:0", "--keys", &path];
    check(&args, &[], &["cannot read the keys", "keys.toml"]);
    fs::write(&file, "[[key]]\naccessKey = \"AK1\"\nsecretKey = hunter2\n").unwrap();
    check(&args, &[], &["keys.toml", "line 3", "hint: ", "[[key]]"]);
    fs::write(
        &file,
        "[[key]]\naccessKey = \"AK1\"\nsecretKey = \"hunter2\"\n",
    )
    .unwrap();
    let twice = [
        ("DROPSLIP_ACCESS_KEY", "AK1"),
        ("DROPSLIP_SECRET_KEY", "other"),
    ];
    check(
        &args,
        &twice,
        &["`AK1` is in the file and on the command line"],
    );
    let mut command = dropslip(folder.path(), &args);
    let server = Server::start(command.args(["--bucket", "uploads"]), "S3 at");
    assert!(server.greeting.contains("127.0.0.1"));
}
