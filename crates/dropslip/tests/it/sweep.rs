//! Uploads whose client vanished: found by the store's events, or by a sweep.

use bytes::Bytes;
use dropslip_s3::ObjectKey;
use dropslip_s3::client::NewObject;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::send;
use crate::process::{Server, dropslip};
use crate::storage::{Storage, now};

#[test]
fn in_development_the_store_tells_the_service() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::dev(folder.path());
    let wish = json!({"preset": "file", "fileName": "a b+c.txt", "size": 5});
    let headers = [("content-type", "application/json")];
    let wish = wish.to_string();
    let upload = send(
        server.pages(),
        "POST /v1/uploads",
        &headers,
        wish.as_bytes(),
    )
    .is(201)
    .json();
    let storage = Storage::of(server.s3());
    let key = upload["key"].as_str().unwrap();
    storage.put(key, "text/plain", b"hello");
    // Nobody calls `complete`.
    let path = format!("GET /v1/uploads/{}", upload["id"].as_str().unwrap());
    storage.until(|_| {
        let state = send(server.pages(), &path, &[], b"").is(200).json();
        state["state"] == "completed"
    });
}

/// A store and a configuration with one preset of each kind.
struct Site {
    folder: TempDir,
    _store: Server,
    storage: Storage,
}

impl Site {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Server::store(folder.path());
        let s3 = store.s3();
        let presets = ["complete", "remove", "keep"].map(|unfinished| {
            format!(
                "[presets.{unfinished}]\nbucket = \"uploads\"\nkey = \"{unfinished}/{{uuid}}.{{ext}}\"\n\
                 accept = [\"text/plain\"]\nmaxSize = 100\nunfinished = \"{unfinished}\"\n"
            )
        });
        let config = format!(
            "[storage]\nendpoint = \"http://{s3}\"\nregion = \"us-east-1\"\naccessKey = \"dropslip\"\n\
             secretKey = \"dropslip-dev-secret\"\n[database]\nurl = \"sqlite://service.db\"\n{}",
            presets.concat()
        );
        std::fs::write(folder.path().join("dropslip.toml"), config).unwrap();
        Self {
            folder,
            _store: store,
            storage: Storage::of(s3),
        }
    }

    /// What each preset's sweep says.
    fn sweep(&self, flags: &[&str]) -> Vec<Value> {
        let args: Vec<&str> = ["sweep", "--json"].iter().chain(flags).copied().collect();
        let output = dropslip(self.folder.path(), &args).output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let all: Value = serde_json::from_slice(&output.stdout).unwrap();
        all.as_array().unwrap().clone()
    }
}

/// A uuid of version 7, issued so many days ago.
fn uuid(days: i64, number: u16) -> String {
    let ms = (now().unix_s() - days * 86_400) * 1000;
    format!(
        "{:08x}-{:04x}-7000-8000-00000000{number:04x}",
        ms >> 16,
        ms & 0xffff
    )
}

#[test]
fn each_preset_has_its_way() {
    let site = Site::start();
    let storage = &site.storage;
    for (base, preset) in (0x100..).step_by(0x100).zip(["complete", "remove", "keep"]) {
        storage.put(
            &format!("{preset}/{}.txt", uuid(3, base + 1)),
            "text/plain",
            b"hello",
        );
        // Young, forgotten, not of the preset.
        storage.put(
            &format!("{preset}/{}.txt", uuid(0, base + 2)),
            "text/plain",
            b"hello",
        );
        storage.put(
            &format!("{preset}/{}.txt", uuid(40, base + 3)),
            "text/plain",
            b"hello",
        );
        storage.put(&format!("{preset}/logo.txt"), "text/plain", b"hello");
    }
    storage.put(&format!("complete/{}.txt", uuid(3, 4)), "text/html", b"<p>");
    let before = storage.names();
    let dry = site.sweep(&["--dry-run", "--include-older"]);
    assert_eq!(
        (&dry[0]["completed"], &dry[1]["removed"], &dry[2]["left"]),
        (&json!(2), &json!(1), &json!(1)),
        "{dry:#?}"
    );
    assert_eq!(storage.names(), before);

    let first = site.sweep(&[]);
    let expected = [
        ("complete", "completed", 1),
        ("complete", "refused", 1),
        ("remove", "removed", 0),
        ("remove", "tooOld", 2),
        ("keep", "left", 1),
    ];
    for (preset, field, count) in expected {
        let swept = first
            .iter()
            .find(|swept| swept["preset"] == preset)
            .unwrap();
        assert_eq!(swept[field], count, "{preset} {field}: {swept:#}");
        assert_eq!(
            (&swept["foreign"], &swept["young"]),
            (&json!(1), &json!(1)),
            "{swept:#}"
        );
        assert_eq!(swept["failed"], 0);
    }
    let second = site.sweep(&["--include-older"]);
    assert_eq!(
        (&second[0]["completed"], &second[0]["completedBefore"]),
        (&json!(0), &json!(1)),
        "{second:#?}"
    );
    assert_eq!(
        (&second[1]["removed"], &second[2]["left"]),
        (&json!(1), &json!(1)),
        "{second:#?}"
    );
    let (objects, _) = storage.names();
    assert_eq!(objects.len(), before.0.len() - 2);
    assert!(!objects.contains(&format!("remove/{}.txt", uuid(3, 0x201))));
}

#[test]
fn parts_that_were_given_up_are_aborted() {
    let site = Site::start();
    let storage = &site.storage;
    let begin = |key: &str| {
        let key = ObjectKey::parse(key).unwrap();
        let begun = storage
            .client
            .create_multipart(&storage.bucket, &key, &[], now());
        storage.wait(begun).unwrap();
    };
    begin(&format!("keep/{}.txt", uuid(30, 1)));
    begin(&format!("keep/{}.txt", uuid(1, 2)));
    begin("keep/of-somebody-else.txt");
    let swept = site.sweep(&["--preset", "keep", "--dry-run"]);
    assert_eq!(
        (&swept[0]["uploads"], &swept[0]["aborted"]),
        (&json!(3), &json!(1))
    );
    assert_eq!(storage.names().1.len(), 3);
    let swept = site.sweep(&["--preset", "keep"]);
    assert_eq!((swept.len(), &swept[0]["aborted"]), (1, &json!(1)));
    assert_eq!(storage.names().1.len(), 2);
    assert_eq!(site.sweep(&["--preset", "keep"])[0]["aborted"], 0);
}

#[test]
fn what_cannot_be_swept_is_said() {
    let site = Site::start();
    let run = |args: &[&str]| dropslip(site.folder.path(), args).output().unwrap();
    let unknown = run(&["sweep", "--preset", "nothing"]);
    assert_eq!(unknown.status.code(), Some(2));
    let said = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(
        said.contains("nothing") && said.contains("`keep`"),
        "{said}"
    );
    let table = run(&["sweep", "--dry-run"]);
    let text = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(
        text.starts_with("preset") && text.contains("dry run"),
        "{text}"
    );
    let config = std::fs::read_to_string(site.folder.path().join("dropslip.toml")).unwrap();
    let config = config.replace("dropslip-dev-secret", "another-secret");
    std::fs::write(site.folder.path().join("dropslip.toml"), config).unwrap();
    let refused = run(&["sweep"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stdout).into_owned();
    assert!(
        said.contains("failed: the storage answered 403") && !said.contains("another-secret"),
        "{said}"
    );
}

impl Storage {
    fn put(&self, key: &str, content_type: &str, bytes: &'static [u8]) {
        let key = ObjectKey::parse(key).unwrap();
        let object = NewObject {
            headers: &[("content-type", content_type)],
            body: Bytes::from_static(bytes).into(),
        };
        self.wait(self.client.put_object(&self.bucket, &key, object, now()))
            .unwrap();
    }
}
