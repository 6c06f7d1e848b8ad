//! `dropslip cors` against a real store, as it is and behind proxies that meddle.

mod apply;
mod check;
mod others;

use std::net::SocketAddr;
use std::process::{Command, Stdio};

use crate::process::{Server, dropslip};
use crate::storage::{Storage, now};
use dropslip_s3::cors::CorsRule;

const PAGE: &str = "https://app.example";

/// A store with the bucket `uploads`, and a folder for files.
struct Shell {
    store: Server,
    folder: tempfile::TempDir,
}

/// What a command did.
#[derive(Debug)]
struct Done {
    code: i32,
    out: String,
    said: String,
}

impl Shell {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            store: Server::store(folder.path()),
            folder,
        }
    }

    fn command(&self, address: SocketAddr, args: &[&str]) -> Command {
        let endpoint = format!("http://{address}");
        self.signed(&[&["cors"], args, &["--endpoint", &endpoint]].concat())
    }

    fn signed(&self, args: &[&str]) -> Command {
        let mut command = dropslip(self.folder.path(), args);
        command
            .env("AWS_ACCESS_KEY_ID", "dropslip")
            .env("AWS_SECRET_ACCESS_KEY", "dropslip-dev-secret");
        command
    }

    fn run(&self, args: &[&str]) -> Done {
        self.run_at(self.store.s3(), args)
    }

    fn run_at(&self, address: SocketAddr, args: &[&str]) -> Done {
        done(&mut self.command(address, args))
    }

    fn put(&self, rules: &[CorsRule]) {
        let storage = Storage::of(self.store.s3());
        let put = storage
            .client
            .put_bucket_cors(&storage.bucket, rules, now());
        storage.wait(put).unwrap();
    }

    fn rules(&self) -> Vec<CorsRule> {
        let storage = Storage::of(self.store.s3());
        let get = storage.client.get_bucket_cors(&storage.bucket, now());
        storage.wait(get).unwrap().unwrap_or_default().rules
    }
}

fn done(command: &mut Command) -> Done {
    let output = command.stdin(Stdio::null()).output().unwrap();
    Done {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        said: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Done {
    #[track_caller]
    fn is(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// Standard output has it.
    #[track_caller]
    fn shows(self, part: &str) -> Self {
        // Lines are broken where the terminal ends.
        let flat = self.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(part), "`{part}` in {self:#?}");
        self
    }

    /// Standard error has it.
    #[track_caller]
    fn says(self, part: &str) -> Self {
        assert!(self.said.contains(part), "`{part}` in {self:#?}");
        self
    }

    #[track_caller]
    fn lacks(self, part: &str) -> Self {
        let is_there = self.out.contains(part) || self.said.contains(part);
        assert!(!is_there, "`{part}` in {self:#?}");
        self
    }
}

fn rule(origins: &[&str], methods: &[&str], headers: &[&str]) -> CorsRule {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    CorsRule {
        allowed_origins: owned(origins),
        allowed_methods: owned(methods),
        allowed_headers: owned(headers),
        expose_headers: owned(&["ETag"]),
        ..CorsRule::default()
    }
}
