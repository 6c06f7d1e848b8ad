//! `dropslip doctor` before real stores, and behind proxies that meddle: each cause is named where it is, and nothing
//! that is well is blamed.

mod access;
mod bends;
mod connection;
mod cors;
mod offers;
mod tls;
mod uploads;
mod whole;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Output;

use dropslip_sigv4::{Credentials, Path as SignedPath, Signer, Slip};
use serde_json::Value;
use tempfile::TempDir;

use crate::http::send;
use crate::process::{Server, dropslip};
use crate::storage::now;

pub(crate) const ORIGIN: &str = "https://app.example";

/// A store with a bucket that pages of [`ORIGIN`] may fill.
pub(crate) struct Patient {
    pub(crate) folder: TempDir,
    pub(crate) store: Server,
}

impl Patient {
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data").display().to_string();
        let mut args = vec![
            "store",
            "--data",
            &data,
            "--listen",
            "127.0.0.1:0",
            "--bucket",
            "uploads",
        ];
        args.extend(["--cors-origin", ORIGIN]);
        args.extend(more);
        let store = Server::start(&mut dropslip(folder.path(), &args), "S3 at");
        Self { folder, store }
    }

    /// Examines the store itself.
    pub(crate) fn examine(&self, args: &[&str]) -> Report {
        self.examine_at(self.store.s3(), args)
    }

    /// Examines what is at an address.
    pub(crate) fn examine_at(&self, address: SocketAddr, args: &[&str]) -> Report {
        let endpoint = format!("http://{address}");
        let mut all = vec!["s3://uploads", "--endpoint", &endpoint, "--origin", ORIGIN];
        all.extend(args);
        Report::of(self.folder.path(), &all)
    }
}

/// Sets a document of the bucket (`policy=`, `cors=`) by these keys.
pub(crate) fn put_as(
    address: SocketAddr,
    (access_key, secret_key): (&str, &str),
    query: &str,
    body: &str,
) {
    let signer = Signer::new(Credentials::new(access_key, secret_key), "us-east-1", "s3");
    let slip = Slip {
        method: "PUT",
        scheme: "http",
        host: &address.to_string(),
        path: SignedPath::Wire("/uploads"),
        query,
        headers: &[],
        expires_s: 60,
    };
    let url = signer.presign_url(&slip, now()).unwrap();
    let target = &url[url.find("/uploads").unwrap()..];
    let answer = send(address, &format!("PUT {target}"), &[], body.as_bytes());
    assert!((200..300).contains(&answer.status), "{}", answer.text());
}

/// What the doctor said.
pub(crate) struct Report {
    pub(crate) exit_code: Option<i32>,
    pub(crate) said: Value,
    pub(crate) talk: String,
}

impl Report {
    /// With the keys of development.
    pub(crate) fn of(home: &Path, args: &[&str]) -> Self {
        Self::with_keys(home, args, ("dropslip", "dropslip-dev-secret"))
    }

    pub(crate) fn with_keys(
        home: &Path,
        args: &[&str],
        (access_key, secret_key): (&str, &str),
    ) -> Self {
        let mut command = dropslip(home, &["doctor", "--json"]);
        command
            .args(args)
            .env("DROPSLIP_ACCESS_KEY", access_key)
            .env("DROPSLIP_SECRET_KEY", secret_key);
        Self::from_output(&command.output().unwrap())
    }

    pub(crate) fn from_output(output: &Output) -> Self {
        Self {
            exit_code: output.status.code(),
            said: serde_json::from_slice(&output.stdout).unwrap_or(Value::Null),
            talk: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    fn checks(&self) -> impl Iterator<Item = &Value> {
        let checks = self.said["reports"][0]["checks"].as_array();
        checks.into_iter().flatten()
    }

    /// The ids of the steps with this answer, each once.
    pub(crate) fn ids(&self, answer: &str) -> BTreeSet<&str> {
        self.checks()
            .filter(|check| check["answer"] == answer)
            .filter_map(|check| check["id"].as_str())
            .collect()
    }

    /// Steps and causes of all that has to be changed, each once: `put-length length_not_held`.
    pub(crate) fn blamed(&self) -> BTreeSet<String> {
        self.checks()
            .filter(|check| check["answer"] == "no")
            .map(|check| {
                format!(
                    "{} {}",
                    check["id"].as_str().unwrap(),
                    check["cause"]["code"].as_str().unwrap()
                )
            })
            .collect()
    }

    /// The first finding of a step.
    pub(crate) fn check(&self, id: &str) -> &Value {
        self.checks()
            .find(|check| check["id"] == id)
            .unwrap_or(&Value::Null)
    }

    /// Whether just these are blamed, besides the rule for parts given up, which a new bucket does not have.
    #[track_caller]
    pub(crate) fn blames(&self, expected: &[&str]) -> &Self {
        let mut blamed = self.blamed();
        blamed.remove("lifecycle no_abort_rule");
        let expected: BTreeSet<String> = expected.iter().map(|&text| text.to_owned()).collect();
        let told: Vec<String> = self
            .checks()
            .filter(|check| check["answer"] != "yes")
            .map(|check| {
                format!(
                    "{} {}: {} ({})",
                    check["id"], check["answer"], check["detail"], check["cause"]
                )
            })
            .collect();
        assert_eq!(blamed, expected, "{}\n{}", self.talk, told.join("\n"));
        self
    }
}

/// What the doctor can name, from its source: the first argument of each `because(…)`.
fn causes() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dropslip-doctor/src");
    let mut causes = BTreeSet::new();
    for source in sources(&folder) {
        for call in source.split("because(").skip(1) {
            let argument = call.trim_start();
            if let Some((code, _)) = argument
                .strip_prefix('"')
                .and_then(|rest| rest.split_once('"'))
            {
                causes.insert(code.to_owned());
            }
        }
    }
    causes
}

fn sources(folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => all.extend(sources(&path)),
            false => all.push(std::fs::read_to_string(&path).unwrap()),
        }
    }
    all
}

#[test]
fn every_cause_is_provoked_and_told_of() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tests = sources(&manifest.join("tests/it/doctor")).concat();
    let guide = std::fs::read_to_string(manifest.join("../../docs/guide/doctor.md")).unwrap();
    let causes = causes();
    assert!(causes.len() > 50, "{causes:?}");
    let lacks = |text: &str, code: &String| {
        !text.contains(&format!("{code}\"")) && !text.contains(&format!("`{code}`"))
    };
    let unprovoked: Vec<_> = causes.iter().filter(|code| lacks(&tests, code)).collect();
    assert!(unprovoked.is_empty(), "no test names {unprovoked:?}");
    let untold: Vec<_> = causes
        .iter()
        .filter(|code| {
            !["header_", "origin_", "method_"]
                .iter()
                .any(|start| code.starts_with(start))
        })
        .filter(|code| lacks(&guide, code))
        .collect();
    assert!(
        untold.is_empty(),
        "docs/guide/doctor.md does not name {untold:?}"
    );
}
