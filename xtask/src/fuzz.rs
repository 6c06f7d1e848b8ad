//! `cargo xtask fuzz`: each fuzz target for some seconds, from the kept corpus.
//!
//! A smoke run, which finds what is quickly found; `fuzz/README.md` tells how to fuzz for
//! longer. New inputs go to the build folder, so that a run never changes the repository.

use std::process::{Command, ExitCode};

use crate::command::{command, run, succeeds};
use crate::repo::Repo;
use crate::say;

/// A target with what its fuzzer is told.
#[derive(Debug)]
struct Target {
    name: &'static str,
    about: &'static str,
    /// A file of `fuzz/dictionaries`, without its ending.
    dictionary: Option<&'static str>,
    /// Larger inputs are not tried: they are slow and say nothing new.
    input_bytes_max: u32,
}

const fn target(
    name: &'static str,
    about: &'static str,
    dictionary: Option<&'static str>,
    input_bytes_max: u32,
) -> Target {
    Target {
        name,
        about,
        dictionary,
        input_bytes_max,
    }
}

/// Every target, in the order of their names.
const TARGETS: &[Target] = &[
    target(
        "bucket_policy",
        "policies of buckets",
        Some("bucket_policy"),
        4096,
    ),
    target(
        "chunk_round_trip",
        "bodies in chunks, written and read again",
        None,
        1024,
    ),
    target(
        "chunk_stream",
        "bodies in chunks, cut anywhere",
        Some("chunks"),
        20_000,
    ),
    target("curl", "pasted `curl` commands", Some("pasted"), 4096),
    target(
        "explain",
        "explanations of broken requests",
        Some("signature"),
        4096,
    ),
    target(
        "form_data",
        "bodies of forms, cut anywhere",
        Some("form_data"),
        4096,
    ),
    target("har", "HAR files", Some("pasted"), 4096),
    target(
        "header",
        "requests signed in the header",
        Some("signature"),
        4096,
    ),
    target(
        "header_values",
        "ranges, copy sources, conditions, tags, words of mail",
        Some("header_values"),
        512,
    ),
    target(
        "policy",
        "POST policies and their forms",
        Some("policy"),
        4096,
    ),
    target(
        "query",
        "requests signed in the query",
        Some("signature"),
        4096,
    ),
    target("sign", "what is signed verifies", Some("signature"), 4096),
    target(
        "store",
        "requests to the store, with their bodies",
        Some("store"),
        4096,
    ),
    target("url", "pasted URLs", Some("pasted"), 4096),
    target(
        "v2",
        "requests of Signature Version 2",
        Some("signature"),
        4096,
    ),
    target("xml", "S3's XML documents", Some("xml"), 4096),
];

const SECONDS: u32 = 10;

/// A longer run is for `cargo fuzz` itself.
const SECONDS_MAX: u32 = 24 * 3600;

/// What the command line asks for.
#[derive(Debug)]
pub(crate) struct Options {
    targets: Vec<&'static Target>,
    seconds: u32,
}

impl Options {
    /// Reads the words behind `fuzz`.
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        let mut options = Self {
            targets: Vec::new(),
            seconds: SECONDS,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let seconds = match word.split_once('=') {
                Some(("--seconds", value)) => Some(value),
                _ if word == "--seconds" => Some(words.next().map_or("", String::as_str)),
                _ => None,
            };
            if let Some(value) = seconds {
                options.seconds = parse_seconds(value)?;
                continue;
            }
            let found = TARGETS.iter().find(|target| target.name == word);
            let found = found.ok_or_else(|| format!("unknown fuzz target `{word}`"))?;
            options.targets.push(found);
        }
        if options.targets.is_empty() {
            options.targets = TARGETS.iter().collect();
        }
        Ok(options)
    }
}

fn parse_seconds(value: &str) -> Result<u32, String> {
    let seconds = value.parse().ok();
    let seconds = seconds.filter(|seconds| (1..=SECONDS_MAX).contains(seconds));
    seconds.ok_or_else(|| format!("`--seconds` takes 1 to {SECONDS_MAX}, not `{value}`"))
}

/// The targets for the help.
pub(crate) fn help() -> String {
    TARGETS
        .iter()
        .map(|target| format!("  {:<17} {}\n", target.name, target.about))
        .collect()
}

/// Fuzzes each target; the first finding ends the run.
pub(crate) fn run_all(repo: &Repo, options: &Options) -> ExitCode {
    let compiler = Compiler::found(repo);
    if !succeeds(compiler.cargo(repo).arg("--version")) {
        say::error(
            "cargo-fuzz is not installed",
            "cargo install cargo-fuzz --locked",
        );
        return ExitCode::from(2);
    }
    for (index, target) in options.targets.iter().enumerate() {
        say::line(&format!(
            "\n==> {} ({}/{}): {}",
            target.name,
            index + 1,
            options.targets.len(),
            target.about
        ));
        if let Err(message) = fuzz(repo, &compiler, target, options.seconds) {
            say::error(&message, "`fuzz/README.md` tells what to do with a crash");
            return ExitCode::FAILURE;
        }
    }
    say::line(&format!(
        "\n{} fuzz targets ran clean for {} s each",
        options.targets.len(),
        options.seconds
    ));
    ExitCode::SUCCESS
}

/// Fuzzers want flags that stable Rust keeps back.
#[derive(Debug)]
enum Compiler {
    Nightly,
    /// With the flags unlocked.
    Stable,
}

impl Compiler {
    fn found(repo: &Repo) -> Self {
        let args = ["run", "nightly", "rustc", "--version"];
        match succeeds(&mut command("rustup", &args, &repo.root)) {
            true => Self::Nightly,
            false => Self::Stable,
        }
    }

    /// `cargo fuzz`.
    fn cargo(&self, repo: &Repo) -> Command {
        match self {
            Self::Nightly => {
                let args = ["run", "nightly", "cargo", "fuzz"];
                let mut cargo = command("rustup", &args, &repo.root);
                // What is set for this program is another toolchain.
                cargo.env_remove("CARGO").env_remove("RUSTC");
                cargo
            }
            Self::Stable => {
                let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
                let mut cargo = command(cargo, &["fuzz"], &repo.root);
                cargo.env("RUSTC_BOOTSTRAP", "1");
                cargo
            }
        }
    }
}

fn fuzz(repo: &Repo, compiler: &Compiler, target: &Target, seconds: u32) -> Result<(), String> {
    let build = repo.target.join("fuzz");
    let found = build.join("corpus").join(target.name);
    std::fs::create_dir_all(&found)
        .map_err(|error| format!("cannot create `{}`: {error}", found.display()))?;
    let mut cargo = compiler.cargo(repo);
    cargo.arg("run").arg("--target-dir").arg(&build);
    cargo.arg(target.name).arg(&found);
    cargo.arg(repo.root.join("fuzz/corpus").join(target.name));
    cargo.arg("--");
    cargo.args(flags(target, seconds));
    if let Some(name) = target.dictionary {
        let file = repo.root.join(format!("fuzz/dictionaries/{name}.dict"));
        cargo.arg(format!("-dict={}", file.display()));
    }
    run(&mut cargo)
}

/// The limits are far above what an input of this size needs: whatever meets them is a finding.
fn flags(target: &Target, seconds: u32) -> Vec<String> {
    vec![
        format!("-max_total_time={seconds}"),
        format!("-max_len={}", target.input_bytes_max),
        "-rss_limit_mb=2048".to_owned(),
        "-malloc_limit_mb=64".to_owned(),
        "-timeout=10".to_owned(),
        "-print_funcs=0".to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<(Vec<&'static str>, u32), String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let options = Options::parse(&words)?;
        let names = options.targets.iter().map(|target| target.name);
        Ok((names.collect(), options.seconds))
    }

    #[test]
    fn names_targets_and_seconds() {
        assert_eq!(parsed("url xml --seconds 3"), Ok((vec!["url", "xml"], 3)));
        assert_eq!(parsed("--seconds=60 curl"), Ok((vec!["curl"], 60)));
        let all: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        assert_eq!(parsed(""), Ok((all.clone(), SECONDS)));
        assert_eq!(parsed("--seconds 86400"), Ok((all, SECONDS_MAX)));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for (line, expect) in [
            ("urls", "unknown fuzz target `urls`"),
            ("--jobs 2", "unknown fuzz target `--jobs`"),
            ("--seconds", "`--seconds` takes 1 to 86400, not ``"),
            ("--seconds 0", "`--seconds` takes 1 to 86400, not `0`"),
            (
                "--seconds=86401",
                "`--seconds` takes 1 to 86400, not `86401`",
            ),
            ("--seconds ten", "`--seconds` takes 1 to 86400, not `ten`"),
        ] {
            assert_eq!(parsed(line), Err(expect.to_owned()), "{line}");
        }
    }

    /// The table is that of the folder, and what it names is there.
    #[test]
    fn the_table_is_the_folder() {
        let fuzz = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz");
        let mut drivers: Vec<String> = std::fs::read_dir(format!("{fuzz}/fuzz_targets"))
            .expect("the folder of the targets is there")
            .map(|entry| entry.expect("it can be read").file_name())
            .map(|name| name.to_string_lossy().trim_end_matches(".rs").to_owned())
            .collect();
        drivers.sort();
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        assert_eq!(drivers, names);
        let manifest = std::fs::read_to_string(format!("{fuzz}/Cargo.toml"));
        let manifest = manifest.expect("the fuzzers have a manifest");
        for target in TARGETS {
            let binary = format!("[[bin]]\nname = \"{}\"\n", target.name);
            assert!(manifest.contains(&binary), "{}", target.name);
            if let Some(name) = target.dictionary {
                let file = format!("{fuzz}/dictionaries/{name}.dict");
                assert!(std::path::Path::new(&file).is_file(), "{file}");
            }
        }
    }
}
