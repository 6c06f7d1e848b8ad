//! `cargo xtask bench`: the benchmarks, which are a workspace of their own.
//!
//! They are built with the other signers that ours is measured against, so they are
//! kept out of the workspace and of `cargo xtask test`.

use std::process::ExitCode;

use crate::command::{command, run};
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

/// The tables of these names; all, when none is named.
pub(crate) fn chosen(names: &[String]) -> Result<Vec<String>, String> {
    let is_known = |name: &&String| TABLES.iter().any(|(known, _)| known == name);
    match names.iter().find(|name| !is_known(name)) {
        Some(unknown) => Err(format!("unknown benchmark `{unknown}`")),
        None => Ok(names.to_vec()),
    }
}

/// Builds and runs them.
pub(crate) fn run_tables(repo: &Repo, names: &[String]) -> ExitCode {
    let mut words = vec!["bench", "--locked", "--quiet", "--"];
    words.extend(names.iter().map(String::as_str));
    let mut command = command("cargo", &words, &repo.root.join("benches"));
    // Beside the other builds, whatever folder those are in.
    command.env("CARGO_TARGET_DIR", repo.target.join("benches"));
    match run(&mut command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            say::error(&message, "`benches/README.md` says what is needed");
            ExitCode::FAILURE
        }
    }
}
