//! `cargo xtask bench`: the benchmarks, which are a workspace of their own.
//!
//! They are built with the other signers that ours is measured against, so they are
//! kept out of the workspace and of `cargo xtask test`.

use std::process::{Command, ExitCode};

use crate::command::{command, run};
use crate::install;
use crate::repo::Repo;
use crate::say;

/// The tables, with what each shows.
pub(crate) const TABLES: &[(&str, &str)] = &[
    ("presign", "one upload: the limit, ours, other signers"),
    ("parts", "each part of a multipart upload"),
    ("verify", "the check of a presigned upload"),
    (
        "explain",
        "the explanations of all broken requests of the corpus",
    ),
    ("instructions", "signing and verifying, counted by valgrind"),
];

/// A benchmark that is a program of its own: it starts servers, so it has options and a time of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) name: &'static str,
    written: Written,
    /// What it takes, as the help shows it.
    pub(crate) help: &'static str,
    /// Words that it knows. It is built before it can say so itself.
    words: &'static [&'static str],
}

/// What such a program is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    /// A package of the benchmarks' workspace.
    Rust(&'static str),
    /// `run.js` of a folder of the benchmarks, which drives Chromium.
    Node(&'static str),
}

/// Those programs.
pub(crate) const PROGRAMS: &[Program] = &[CLIENT, PUT, SERVE, STORE];

const CLIENT: Program = Program {
    name: "client",
    written: Written::Node("client"),
    help: "
  client       the browser client beside Uppy; a quarter of an hour
                 size           bytes that a browser downloads
                 survival       300 MB on a day on which everything fails once
                 throughput     1 GB over loopback
                 --quick        a short run
                 --only dropslip, uppy6, uppy5
",
    words: &[
        "size",
        "survival",
        "throughput",
        "--quick",
        "--only",
        "dropslip",
        "uppy6",
        "uppy5",
    ],
};

const PUT: Program = Program {
    name: "put",
    written: Written::Rust("dropslip-bench-put"),
    help: "
  put          `dropslip put` beside s5cmd, rclone and aws; some minutes, and 10 GB of disk
                 --quick        a short run
                 --only ours    without the other clients
                 small, large: these parts alone
",
    words: &["--quick", "--only", "ours", "small", "large"],
};

const SERVE: Program = Program {
    name: "serve",
    written: Written::Rust("dropslip-bench-serve"),
    help: "
  serve        issuing an upload beside other servers that sign; some minutes
                 --quick              a short run
                 --only ours, limit   without the other servers; the limits alone
",
    words: &["--quick", "--only", "ours", "limit"],
};

const STORE: Program = Program {
    name: "store",
    written: Written::Rust("dropslip-bench-store"),
    help: "
  store        the store beside other S3 servers; some minutes
                 --quick        a short run
                 --only ours    without the other servers
                 --large        with a million objects
                 small, stream, memory, large: these parts alone
",
    words: &[
        "--quick", "--only", "ours", "--large", "small", "stream", "memory", "large",
    ],
};

impl Program {
    /// The program of that name.
    pub(crate) fn find(name: &str) -> Option<Self> {
        PROGRAMS
            .iter()
            .find(|program| program.name == name)
            .copied()
    }

    /// Its words; one that it does not know is refused.
    pub(crate) fn checked(self, words: &[String]) -> Result<Vec<String>, String> {
        match words
            .iter()
            .find(|word| !self.words.contains(&word.as_str()))
        {
            Some(unknown) => Err(format!("unknown part or option `{unknown}`")),
            None => Ok(words.to_vec()),
        }
    }

    /// Builds `dropslip` as it is released, and the program that measures it, and runs that.
    pub(crate) fn run(self, repo: &Repo, words: &[String]) -> ExitCode {
        let result = build_release(repo).and_then(|()| match self.written {
            Written::Rust(package) => run(&mut in_rust(repo, package, words)),
            Written::Node(folder) => in_node(repo, folder, words),
        });
        match result {
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => failed(&message),
        }
    }
}

fn build_release(repo: &Repo) -> Result<(), String> {
    let build = [
        "build",
        "--release",
        "--locked",
        "--quiet",
        "--package",
        "dropslip",
    ];
    run(command("cargo", &build, &repo.root).env("CARGO_TARGET_DIR", &repo.target))
}

fn in_rust(repo: &Repo, package: &str, words: &[String]) -> Command {
    let benches = repo.target.join("benches");
    let mut measure = command(
        "cargo",
        &["run", "--release", "--locked", "--quiet", "--package"],
        &repo.root.join("benches"),
    );
    measure.arg(package);
    if words.iter().any(|word| word == "--only") {
        // The peers that would be built bring hundreds of crates.
        measure.arg("--no-default-features");
    }
    measure
        .args(["--", "--dropslip"])
        .arg(repo.release_binary())
        .arg("--target")
        .arg(&benches);
    measure.args(words).env("CARGO_TARGET_DIR", &benches);
    measure
}

/// Its packages are in its folder and, for each version of Uppy, in one below.
fn in_node(repo: &Repo, folder: &str, words: &[String]) -> Result<(), String> {
    let folder = repo.root.join("benches").join(folder);
    install::node()?;
    for packages in [folder.clone(), folder.join("uppy5"), folder.join("uppy6")] {
        install::npm_packages(&packages)?;
    }
    let chromium = install::chromium()?;
    let mut measure = command("node", &["run.js", "--dropslip"], &folder);
    measure.arg(repo.release_binary()).args(words);
    run(measure.env("CHROMIUM", chromium))
}

fn failed(message: &str) -> ExitCode {
    say::error(message, "`benches/README.md` says what is needed");
    ExitCode::FAILURE
}

/// The tables of these names; all, when none is named.
pub(crate) fn chosen(names: &[String]) -> Result<Vec<String>, String> {
    let is_known = |name: &&String| TABLES.iter().any(|(known, _)| known == name);
    match names.iter().find(|name| !is_known(name)) {
        Some(unknown) => Err(format!("unknown benchmark `{unknown}`")),
        None => Ok(names.to_vec()),
    }
}

/// Builds and runs them. When none is named, what issuing an upload costs belongs to them.
pub(crate) fn run_tables(repo: &Repo, names: &[String]) -> ExitCode {
    let mut words = vec!["bench", "--locked", "--quiet", "--"];
    words.extend(names.iter().map(String::as_str));
    let mut command = command("cargo", &words, &repo.root.join("benches"));
    // Beside the other builds, whatever folder those are in.
    command.env("CARGO_TARGET_DIR", repo.target.join("benches"));
    match run(&mut command) {
        Ok(()) if names.is_empty() => SERVE.run(repo, &[]),
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => failed(&message),
    }
}
