//! The repository's own rules, as tests: `cargo xtask test tidy`.
//!
//! Each rule is a function from texts to what breaks it, one line a finding.
//! Here they meet the repository; in their own files they meet texts that break
//! them, since a rule that never fails is worth nothing.

mod code;
mod files;
mod manifests;
mod sources;
mod walls;

use std::fs;
use std::path::Path;
use std::process::Command;

/// A tracked text file: its path from the root, with `/`, and its content.
#[derive(Debug)]
struct File {
    path: String,
    text: String,
}

impl File {
    fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// Whether it is a Rust source of a crate under `crates/`, not a test of it.
    fn is_crate_source(&self) -> bool {
        let mut parts = self.path.split('/');
        parts.next() == Some("crates") && parts.nth(1) == Some("src") && self.is_rust()
    }

    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// What git tracks or would track; files that are not text are passed over.
fn repository() -> Vec<File> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root())
        .output()
        .expect("git is needed to list the repository's files");
    assert!(output.status.success(), "git ls-files failed");
    let names = String::from_utf8(output.stdout).expect("file names are UTF-8");
    let files: Vec<File> = names
        .split_terminator('\0')
        .filter_map(|path| {
            let text = fs::read_to_string(root().join(path)).ok()?;
            Some(File::new(path, &text))
        })
        .collect();
    assert!(files.iter().any(|file| file.path == "Cargo.toml"));
    files
}

fn text_of(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// `cargo metadata` of the workspace alone.
fn metadata() -> serde_json::Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--locked"])
        .current_dir(root())
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "cargo metadata failed");
    serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON")
}

#[track_caller]
fn hold(found: &[String]) {
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// A rule's findings in one file, for the tests of the rules.
#[track_caller]
fn check(rule: fn(&[File]) -> Vec<String>, path: &str, text: &str, expect: &[&str]) {
    assert_eq!(rule(&[File::new(path, text)]), expect, "{path}: {text}");
}

#[test]
fn crates_use_only_those_below_them() {
    hold(&walls::broken(&metadata()));
}

#[test]
fn folders_are_named_as_their_crates() {
    hold(&manifests::misplaced(&metadata()));
}

#[test]
fn pure_crates_do_no_io() {
    hold(&sources::impure(&repository()));
}

#[test]
fn only_the_binary_knows_its_process() {
    hold(&sources::process(&repository()));
}

#[test]
fn the_store_has_one_file_for_the_disk() {
    hold(&sources::disk(&repository()));
}

#[test]
fn one_crate_has_the_xml() {
    hold(&sources::xml(&repository()));
}

#[test]
fn sources_say_what_they_are() {
    hold(&files::headless(&repository()));
}

#[test]
fn files_have_one_idea() {
    hold(&files::long(&repository()));
}

#[test]
fn no_test_is_left_out() {
    hold(&files::unfinished(&repository()));
}

#[test]
fn no_file_knows_the_machine() {
    hold(&files::machine_paths(&repository()));
}

#[test]
fn lock_files_name_no_registry() {
    hold(&files::lock_addresses(&repository()));
}

#[test]
fn dependencies_say_why() {
    hold(&manifests::unexplained(&text_of("Cargo.toml")));
}

#[test]
fn crates_inherit_from_the_workspace() {
    hold(&manifests::not_inherited(&repository()));
}

#[test]
fn the_version_is_in_the_changelog() {
    hold(&manifests::changelog(
        &text_of("Cargo.toml"),
        &text_of("CHANGELOG.md"),
    ));
}
