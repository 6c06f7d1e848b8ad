//! To a preset of a service.

use std::process::{Command, Stdio};

use serde_json::json;

use super::{MIB, Said, content, signal};
use crate::process::{Server, dropslip};
use crate::system::System;

/// Somebody with files, and a service.
struct Visitor {
    folder: tempfile::TempDir,
    system: System,
}

impl Visitor {
    fn new(preset: &str) -> Self {
        Self::at(System::new(preset))
    }

    fn at(system: System) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, system }
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.folder.path().join(name), bytes).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = dropslip(self.folder.path(), &["put"]);
        let address = self.system.service.address("Uploads at http://");
        command
            .args(args)
            .args(["--preset", "it", "--service", &format!("http://{address}")])
            .stdin(Stdio::null());
        command
    }

    fn put(&self, args: &[&str]) -> Said {
        Said::of(&self.command(args).output().unwrap())
    }

    fn holds(&self, key: &str, bytes: &[u8]) {
        let s3 = self.system.store.s3();
        let url = crate::bodies::presign(
            self.folder.path(),
            s3,
            &["get", &format!("s3://uploads/{key}")],
        );
        let got = crate::http::send(s3, &format!("GET {url}"), &[], b"")
            .is(200)
            .body;
        assert!(got == bytes, "{key}: {} bytes", got.len());
    }

    fn fault(&self, fault: &str) {
        let list = format!("{{\"faults\":[{fault}]}}");
        let s3 = self.system.store.s3();
        crate::http::send(s3, "PUT /_dropslip/faults", &[], list.as_bytes()).is(200);
    }
}

/// Puts files of some sizes, and looks whether they have arrived.
fn check(preset: &str, sizes: &[usize]) {
    let visitor = Visitor::new(preset);
    let mut names = Vec::new();
    for size in sizes {
        let name = format!("{size} ä\".bin");
        visitor.write(&name, &content(*size));
        names.push(name);
    }
    let args: Vec<&str> = names.iter().map(String::as_str).chain(["--json"]).collect();
    let said = visitor.put(&args).ended(0);
    let (files, summary) = said.json();
    assert_eq!(summary["stored"], sizes.len());
    for (size, name) in sizes.iter().zip(&names) {
        let file = files
            .iter()
            .find(|file| file["file"] == name.as_str())
            .unwrap();
        assert!(!file["etag"].as_str().unwrap().is_empty());
        visitor.holds(file["key"].as_str().unwrap(), &content(*size));
    }
}

#[test]
fn by_put() {
    check(
        "minSize = \"0 B\"\nmaxSize = \"20 MiB\"\n",
        &[1, 70_000, 3 * MIB],
    );
}

#[test]
fn by_form() {
    check(
        "maxSize = \"20 MiB\"\nmode = \"post\"\n",
        &[1, 70_000, 3 * MIB],
    );
}

#[test]
fn in_parts() {
    check(
        "maxSize = \"200 MiB\"\nmode = \"multipart\"\npartSize = \"5 MiB\"\n",
        &[1, 5 * MIB, 12 * MIB + 1],
    );
}

#[test]
fn with_a_checksum() {
    for algorithm in ["sha256", "crc32"] {
        let preset = format!("maxSize = \"20 MiB\"\nchecksum = \"{algorithm}\"\n");
        check(&preset, &[1, 70_000]);
        let preset = format!("{preset}mode = \"multipart\"\npartSize = \"5 MiB\"\n");
        check(&preset, &[12 * MIB + 1]);
    }
}

#[test]
fn keys_and_addresses_are_printed() {
    let visitor = Visitor::new("maxSize = \"1 MiB\"\nacl = \"public-read\"\n");
    visitor.write("a.png", b"abc");
    let said = visitor.put(&["a.png"]).ended(0);
    assert!(
        said.out.starts_with("http://") && said.out.ends_with(".png\n"),
        "{}",
        said.out
    );
    said.says("stored a.png as it/").says("1 file stored");
}

#[test]
fn refusals_are_the_services_words() {
    let visitor = Visitor::new("maxSize = \"1 KiB\"\n");
    visitor.write("large.png", &[0; 2000]);
    visitor.write("small.png", &[0; 10]);
    let said = visitor.put(&["large.png", "small.png", "--json"]).ended(1);
    let (files, summary) = said.json();
    assert_eq!(
        (summary["stored"].as_u64(), summary["failed"].as_u64()),
        (Some(1), Some(1))
    );
    let failed = files
        .iter()
        .find(|file| file["file"] == "large.png")
        .unwrap();
    assert!(
        failed["error"]["message"]
            .as_str()
            .unwrap()
            .contains("too_large")
    );
    said.says("hint: Choose a smaller file");
    let mut command = visitor.command(&["small.png"]);
    let said = Said::of(&command.args(["--metadata", "a=b"]).output().unwrap());
    said.ended(2).says("metadata_not_allowed");
    let address = visitor.system.service.address("Uploads at http://");
    let wrong = [
        "put",
        "small.png",
        "--preset",
        "no",
        "--service",
        &format!("http://{address}"),
    ];
    let said = Said::of(&dropslip(visitor.folder.path(), &wrong).output().unwrap());
    said.ended(2).says("unknown_preset").says("/v1/presets");
    let s3 = visitor.system.store.s3();
    let wrong = [
        "put",
        "small.png",
        "--preset",
        "it",
        "--service",
        &format!("http://{s3}"),
    ];
    let said = Said::of(&dropslip(visitor.folder.path(), &wrong).output().unwrap());
    said.ended(2).says("no Dropslip service").says("--service");
}

#[test]
fn with_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let store = Server::store(at);
    let config = format!(
        "[storage]\nendpoint = \"http://{}\"\nregion = \"us-east-1\"\nprofile = \"dropslip\"\n\
         accessKey = \"dropslip\"\nsecretKey = \"dropslip-dev-secret\"\n\
         [auth]\napiKeys = [\"a-key-of-sixteen-characters\"]\n\
         [presets.it]\nbucket = \"uploads\"\nkey = \"{{subject}}/{{uuid}}\"\naccept = [\"*/*\"]\nmaxSize = \"1 MiB\"\n",
        store.s3()
    );
    std::fs::write(at.join("dropslip.toml"), config).unwrap();
    let args = ["serve", "--listen", "127.0.0.1:0"];
    let service = Server::start(&mut dropslip(at, &args), "Uploads at");
    let address = format!("http://{}", service.address("Uploads at http://"));
    std::fs::write(at.join("a"), "a").unwrap();
    std::fs::write(at.join("key"), "a-key-of-sixteen-characters\n").unwrap();
    let put = |more: &[&str], key: Option<&str>| {
        let mut command = dropslip(at, &["put", "a", "--preset", "it", "--service", &address]);
        command
            .args(more)
            .envs(key.map(|key| ("DROPSLIP_API_KEY", key)));
        Said::of(&command.output().unwrap())
    };
    put(&[], None)
        .ended(2)
        .says("unauthorized")
        .says("DROPSLIP_API_KEY");
    let said = put(&[], Some("another-key-of-characters"))
        .ended(2)
        .says("unauthorized");
    assert!(!said.err.contains("another-key"), "{}", said.err);
    put(&[], Some("a-key-of-sixteen-characters"))
        .ended(2)
        .says("--subject");
    let said = put(&["--subject", "ann"], Some("a-key-of-sixteen-characters")).ended(0);
    assert!(said.out.starts_with("ann/"), "{}", said.out);
    put(&["--subject", "ann", "--api-key-file", "key"], None).ended(0);
    put(&["--api-key-file", "no"], None)
        .ended(2)
        .says("cannot read `no`");
}

#[test]
fn it_goes_on_after_a_kill() {
    let preset = "maxSize = \"200 MiB\"\nmode = \"multipart\"\npartSize = \"5 MiB\"\n";
    let visitor = Visitor::new(preset);
    visitor.write("large.bin", &content(25 * MIB));
    visitor.fault("{\"operation\":\"UploadPart\",\"bytesPerSecond\":20000000}");
    let mut command = visitor.command(&["large.bin", "--parallel", "1"]);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let journals = visitor.folder.path().join(".local/state/dropslip/put");
    let began = std::time::Instant::now();
    loop {
        let entries = std::fs::read_dir(&journals).into_iter().flatten().flatten();
        let text: String = entries
            .filter_map(|one| std::fs::read_to_string(one.path()).ok())
            .collect();
        if text.matches("\"is\":\"part\"").count() >= 2 {
            break;
        }
        assert!(began.elapsed() < super::WAIT, "{text}");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    signal(&child, "-KILL");
    let _ = Said::end_of(child);
    visitor.fault("{\"operation\":\"UploadPart\",\"skip\":1000000,\"status\":503}");
    let said = visitor
        .put(&["large.bin", "--json", "--parallel", "1"])
        .ended(0);
    let (files, _) = said.json();
    visitor.holds(files[0]["key"].as_str().unwrap(), &content(25 * MIB));
    let s3 = visitor.system.store.s3();
    let faults = crate::http::send(s3, "GET /_dropslip/faults", &[], b"")
        .is(200)
        .json();
    let sent = faults["faults"][0]["seen"].as_u64().unwrap();
    assert!((1..=3).contains(&sent), "{sent}");
    assert_eq!(std::fs::read_dir(&journals).unwrap().count(), 0);
}

#[test]
fn what_passes_is_tried_again() {
    for mode in ["put", "post"] {
        let visitor = Visitor::new(&format!("maxSize = \"1 MiB\"\nmode = \"{mode}\"\n"));
        visitor.write("a", &content(300_000));
        let operation = if mode == "put" {
            "PutObject"
        } else {
            "PostObject"
        };
        for what in [
            "\"status\":503",
            "\"cutRequestAfterBytes\":1000",
            "\"cutAnswerAfterBytes\":0",
        ] {
            visitor.fault(&format!(
                "{{\"operation\":\"{operation}\",\"times\":2,{what}}}"
            ));
            let said = visitor.put(&["a", "--json"]).ended(0);
            let (files, _) = said.json();
            visitor.holds(files[0]["key"].as_str().unwrap(), &content(300_000));
        }
        visitor.fault(&format!(
            "{{\"operation\":\"{operation}\",\"code\":\"AccessDenied\"}}"
        ));
        visitor
            .put(&["a"])
            .ended(1)
            .says("the storage answered 403")
            .says("hint:");
    }
}

#[test]
fn standard_input_is_kept_until_its_size_is_known() {
    let visitor = Visitor::new("maxSize = \"1 MiB\"\n");
    let mut command = visitor.command(&["-", "--name", "b/a.txt", "--json"]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"hello").unwrap();
    let (files, _) = Said::end_of(child).ended(0).json();
    assert_eq!(
        (&files[0]["size"], &files[0]["file"]),
        (&json!(5), &json!("b/a.txt"))
    );
    let key = files[0]["key"].as_str().unwrap();
    assert!(key.ends_with(".txt"), "{key}");
    visitor.holds(key, b"hello");
    visitor.put(&["-"]).ended(2).says("no name");
}
