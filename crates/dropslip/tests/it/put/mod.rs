//! `dropslip put` as its users run it, against a store and a service.

mod failures;
mod files;
mod preset;
mod resume;
mod stdin;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::bodies::presign;
use crate::crash::presigned;
use crate::http::{Answer, send};
use crate::process::{Server, dropslip};

/// A command that is not where it should be by then is broken; the bound keeps a test from hanging.
const WAIT: Duration = Duration::from_secs(60);
const FAULTS: &str = "/_dropslip/faults";
pub(crate) const MIB: usize = 1024 * 1024;

/// A store, and a user with files beside it.
struct User {
    folder: TempDir,
    store: Server,
}

/// What a command printed, and how it ended.
#[derive(Debug)]
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl User {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Server::store(folder.path());
        Self { folder, store }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.at(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = dropslip(self.folder.path(), &["put"]);
        command
            .args(args)
            .env("DROPSLIP_ENDPOINT", format!("http://{}", self.store.s3()))
            .env("DROPSLIP_ACCESS_KEY", "dropslip")
            .env("DROPSLIP_SECRET_KEY", "dropslip-dev-secret")
            .stdin(Stdio::null());
        command
    }

    fn put(&self, args: &[&str]) -> Said {
        Said::of(&self.command(args).output().unwrap())
    }

    /// Starts a command that will be interrupted.
    fn start(&self, args: &[&str]) -> Child {
        let mut command = self.command(args);
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// A signed request about a key.
    fn ask(&self, method: &str, key: &str) -> Answer {
        let s3 = self.store.s3();
        let url = presign(
            self.folder.path(),
            s3,
            &[method, &format!("s3://uploads/{key}")],
        );
        let verb = method.to_uppercase();
        send(s3, &format!("{verb} {url}"), &[], b"")
    }

    #[track_caller]
    fn holds(&self, key: &str, bytes: &[u8]) {
        let got = self.ask("get", key).is(200).body;
        assert!(
            got == bytes,
            "{key}: {} bytes, not {}",
            got.len(),
            bytes.len()
        );
    }

    #[track_caller]
    fn holds_nothing(&self, key: &str) {
        self.ask("head", key).is(404);
    }

    fn set_fault(&self, fault: &str) {
        let list = format!("{{\"faults\":[{fault}]}}");
        send(
            self.store.s3(),
            &format!("PUT {FAULTS}"),
            &[],
            list.as_bytes(),
        )
        .is(200);
    }

    fn clear_faults(&self) {
        send(self.store.s3(), &format!("DELETE {FAULTS}"), &[], b"").is(200);
    }

    /// Counts requests of an operation from now on, without meeting any.
    fn count(&self, operation: &str) {
        self.set_fault(&format!(
            "{{\"operation\":\"{operation}\",\"skip\":1000000,\"status\":503}}"
        ));
    }

    /// How many there were.
    fn counted(&self) -> u64 {
        let faults = send(self.store.s3(), &format!("GET {FAULTS}"), &[], b"")
            .is(200)
            .json();
        faults["faults"][0]["seen"]
            .as_u64()
            .expect("the fault is there")
    }

    fn journals(&self) -> Vec<PathBuf> {
        let folder = self.at(".local/state/dropslip/put");
        let Ok(entries) = fs::read_dir(folder) else {
            return Vec::new();
        };
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// Waits until the journal says something so many times.
    #[track_caller]
    fn wait_for(&self, what: &str, times: usize) {
        let began = Instant::now();
        loop {
            let journals = self.journals();
            let text: String = journals
                .iter()
                .filter_map(|path| fs::read_to_string(path).ok())
                .collect();
            if text.matches(what).count() >= times {
                return;
            }
            assert!(
                began.elapsed() < WAIT,
                "no {times} of `{what}` in the journal:\n{text}"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn signal(child: &Child, name: &str) {
    let kill = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(kill.success());
}

impl Said {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            code: output.status.code().unwrap_or(-1),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    fn end_of(child: Child) -> Self {
        Self::of(&child.wait_with_output().unwrap())
    }

    #[track_caller]
    fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    fn says(self, part: &str) -> Self {
        assert!(self.err.contains(part), "`{part}` in:\n{}", self.err);
        self
    }

    /// The lines of `--json`: files, and the summary behind them.
    #[track_caller]
    fn json(&self) -> (Vec<Value>, Value) {
        let lines = self
            .out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        let mut lines: Vec<Value> = lines.collect();
        let summary = lines.pop().expect("there is a summary");
        (lines, summary["summary"].clone())
    }
}

/// Bytes that no two parts have in common.
fn content(bytes: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut all = Vec::with_capacity(bytes + 8);
    while all.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        all.extend_from_slice(&state.to_le_bytes());
    }
    all.truncate(bytes);
    all
}

/// Adds to a file.
fn append(path: &Path, bytes: &[u8]) {
    let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(bytes).unwrap();
}

/// The bucket's list of uploads in parts.
fn uploads_of(user: &User) -> String {
    signed(user, "GET", "/uploads?uploads=").is(200).text()
}

/// A request that is signed in its query.
fn signed(user: &User, method: &str, target: &str) -> Answer {
    let s3 = user.store.s3();
    send(s3, &presigned(method, s3, target, &[]), &[], b"")
}
