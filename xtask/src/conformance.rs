//! `cargo xtask conformance`: what strangers' tools say of the service, and how it does with a stranger's storage.
//!
//! Schemathesis (<https://schemathesis.readthedocs.io>) reads `/openapi.json` and sends what it describes, and what it
//! forbids, to a service that runs on the store. No answer may be a 500 or other than described. It takes valid data
//! that is refused for a failure; what a preset takes is beyond any schema, so that one check is left out.
//!
//! Then every mode of upload goes to moto, whose profile says what it cannot hold.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use crate::command::{command, run};
use crate::install;
use crate::repo::Repo;
use crate::say;
use crate::server::Server;

/// Enough for each call to meet odd strings, and half a minute in all.
const EXAMPLES: u32 = 50;
const EXAMPLES_MAX: u32 = 100_000;

/// How much is tried.
#[derive(Debug)]
pub(crate) struct Options {
    examples: u32,
}

impl Options {
    /// Reads the words behind `conformance`.
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        let value = match words {
            [] => return Ok(Self { examples: EXAMPLES }),
            [flag, value] if flag == "--examples" => value.as_str(),
            [word] => word
                .strip_prefix("--examples=")
                .ok_or_else(|| format!("unknown option `{word}`"))?,
            _ => return Err("`conformance` takes `--examples N`".to_owned()),
        };
        let examples = value.parse().ok();
        let examples = examples.filter(|examples| (1..=EXAMPLES_MAX).contains(examples));
        let examples = examples
            .ok_or_else(|| format!("`--examples` takes 1 to {EXAMPLES_MAX}, not `{value}`"))?;
        Ok(Self { examples })
    }
}

/// Runs it.
pub(crate) fn run_all(repo: &Repo, options: &Options) -> ExitCode {
    match conform(repo, options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            say::error(&message, "`st replay ID` of the report repeats one request");
            ExitCode::FAILURE
        }
    }
}

fn conform(repo: &Repo, options: &Options) -> Result<(), String> {
    let requirements = repo.root.join("tests/conformance/requirements.txt");
    let venv = install::environment_of(repo, "venv-conformance", &requirements)?;
    run(&mut command(
        "cargo",
        &["build", "--package", "dropslip", "--locked"],
        &repo.root,
    ))?;
    traces(repo)?;
    let folder = repo.target.join("conformance");
    fresh(&folder)?;
    let data = folder.join("data");
    let data = data.to_string_lossy();
    let listen = ["--listen", "127.0.0.1:0"];
    let store = [
        &["store", "--data", &data, "--bucket", "uploads"],
        &listen[..],
    ]
    .concat();
    let store = Server::start(&repo.binary(), &store, &folder, &["S3 at "])?;
    configure(repo, &folder, store.ports()[0])?;
    let serve = [&["serve"], &listen[..]].concat();
    let service = Server::start(&repo.binary(), &serve, &folder, &["Uploads at "])?;
    let outcome = schemathesis(&venv, &folder, service.ports()[0], options);
    service.stop()?;
    store.stop()?;
    outcome?;
    on_moto(repo, &venv)
}

/// The service in front of a storage that is not ours.
fn on_moto(repo: &Repo, venv: &Path) -> Result<(), String> {
    let binary = repo.binary();
    let args = ["tests/conformance/on_moto.py", &binary.to_string_lossy()];
    run(&mut command(venv.join("bin/python"), &args, &repo.root))
}

/// The tests of what only a build with the feature has.
fn traces(repo: &Repo) -> Result<(), String> {
    let args = [
        "test",
        "--package",
        "dropslip",
        "--features",
        "otel",
        "--locked",
        "--test",
        "it",
        "traces",
    ];
    run(&mut command("cargo", &args, &repo.root))
}

fn schemathesis(venv: &Path, folder: &Path, port: u16, options: &Options) -> Result<(), String> {
    let url = format!("http://127.0.0.1:{port}/openapi.json");
    let examples = options.examples.to_string();
    let args = [
        "run",
        &url,
        "--max-examples",
        &examples,
        "--checks",
        "all",
        "--exclude-checks",
        "positive_data_acceptance",
        "--phases",
        "examples,coverage,fuzzing,stateful",
        // A stream that does not end.
        "--exclude-operation-id",
        "follow",
    ];
    run(&mut command(venv.join("bin/schemathesis"), &args, folder))
}

/// An empty folder, for the data of this run alone.
fn fresh(folder: &Path) -> Result<(), String> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .map_err(|error| format!("cannot empty `{}`: {error}", folder.display()))?;
    }
    fs::create_dir_all(folder)
        .map_err(|error| format!("cannot make `{}`: {error}", folder.display()))
}

fn configure(repo: &Repo, folder: &Path, port: u16) -> Result<(), String> {
    let from = repo.root.join("tests/conformance/dropslip.toml");
    let text = fs::read_to_string(&from)
        .map_err(|error| format!("cannot read `{}`: {error}", from.display()))?;
    let text = text.replace("127.0.0.1:0", &format!("127.0.0.1:{port}"));
    let to = folder.join("dropslip.toml");
    fs::write(&to, text).map_err(|error| format!("cannot write `{}`: {error}", to.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examples(line: &str) -> Result<u32, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Ok(Options::parse(&words)?.examples)
    }

    #[test]
    fn takes_a_number_of_examples() {
        assert_eq!(examples("").unwrap(), EXAMPLES);
        assert_eq!(examples("--examples 5").unwrap(), 5);
        assert_eq!(examples("--examples=7").unwrap(), 7);
        for wrong in [
            "--examples",
            "--examples 0",
            "--examples 100001",
            "--examples x",
            "5",
            "--examples 1 2",
        ] {
            assert!(examples(wrong).is_err(), "{wrong}");
        }
    }
}
