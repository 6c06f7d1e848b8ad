//! `cargo xtask storages`: what `dropslip doctor` says of every S3 server that can be had here.
//!
//! Each is installed if it is missing, started with an empty folder, given a bucket, examined and stopped.
//! `xtask/storages/NAME.sh` says how. What was found is kept in `tests/storages/NAME.json`; the table of
//! `docs/reference/storages.md` is made of these files, and a test of the service holds its profiles against them.

mod found;
mod page;
mod run;

use std::process::ExitCode;

use crate::command::{command, run as run_command};
use crate::repo::Repo;
use crate::say;
use found::Found;

/// A storage, by the name of its script and of its profile, and by the one that people know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Storage {
    pub(crate) name: &'static str,
    title: &'static str,
}

/// In the order of the table.
pub(crate) const ALL: &[Storage] = &[
    storage("dropslip", "Dropslip's store"),
    storage("ceph", "Ceph"),
    storage("seaweedfs", "SeaweedFS"),
    storage("garage", "Garage"),
    storage("s3s-fs", "s3s-fs"),
    storage("localstack", "LocalStack"),
    storage("moto", "moto"),
    storage("s3rver", "s3rver"),
];

const fn storage(name: &'static str, title: &'static str) -> Storage {
    Storage { name, title }
}

/// Which, and whether to write.
#[derive(Debug)]
pub(crate) struct Options {
    storages: Vec<Storage>,
    check: bool,
}

impl Options {
    /// Reads the words behind `storages`.
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        let (flags, names): (Vec<_>, Vec<_>) = words.iter().partition(|word| word.starts_with('-'));
        if let Some(flag) = flags.iter().find(|flag| **flag != "--check") {
            return Err(format!("unknown option `{flag}`"));
        }
        let find = |name: &&String| {
            let found = ALL.iter().find(|storage| storage.name == **name).copied();
            found.ok_or_else(|| format!("unknown storage `{name}`"))
        };
        let storages = match names.is_empty() {
            true => ALL.to_vec(),
            false => names.iter().map(find).collect::<Result<_, _>>()?,
        };
        Ok(Self {
            storages,
            check: !flags.is_empty(),
        })
    }
}

/// Runs them one after the other, and tells of all that went wrong.
pub(crate) fn run_all(repo: &Repo, options: &Options) -> ExitCode {
    match examine(repo, options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let hint =
                "`cargo xtask storages NAME` runs one; `xtask/storages/` says how each is started";
            say::error(&message, hint);
            ExitCode::FAILURE
        }
    }
}

fn examine(repo: &Repo, options: &Options) -> Result<(), String> {
    let build = ["build", "--package", "dropslip", "--locked"];
    run_command(&mut command("cargo", &build, &repo.root))?;
    let mut wrong = Vec::new();
    for storage in &options.storages {
        say::line(&format!("{}:", storage.title));
        let found = run::run(repo, *storage).and_then(|found| {
            say::line(&format!("  {}", found.summary()));
            keep(repo, *storage, &found, options.check)
        });
        if let Err(message) = found {
            say::line(&format!("  {message}"));
            wrong.push(format!("{}: {message}", storage.title));
        }
    }
    if !options.check {
        page::write(repo)?;
    }
    // The profiles of the service do not contradict what was found.
    let test = [
        "test",
        "--package",
        "dropslip-service",
        "--locked",
        "--test",
        "it",
    ];
    let test = [
        &test[..],
        &["profiles::what_was_found_is_what_profiles_say"],
    ]
    .concat();
    if let Err(message) = run_command(&mut command("cargo", &test, &repo.root)) {
        wrong.push(message);
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(wrong.join("\n")),
    }
}

/// Writes what was found, or compares it with what was written.
fn keep(repo: &Repo, storage: Storage, found: &Found, check: bool) -> Result<(), String> {
    if !check {
        return page::keep(repo, storage, found);
    }
    let differences = page::kept(repo, storage)?.differences(found);
    match differences.is_empty() {
        true => Ok(()),
        false => Err(format!("is not as it was: {}", differences.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<(Vec<&'static str>, bool), String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let options = Options::parse(&words)?;
        let names = options.storages.iter().map(|storage| storage.name);
        Ok((names.collect(), options.check))
    }

    #[test]
    fn names_storages() {
        assert_eq!(parse("").unwrap().0.len(), ALL.len());
        assert_eq!(parse("moto ceph").unwrap(), (vec!["moto", "ceph"], false));
        assert_eq!(parse("--check moto").unwrap(), (vec!["moto"], true));
        assert_eq!(parse("mot").unwrap_err(), "unknown storage `mot`");
        assert_eq!(parse("--chek").unwrap_err(), "unknown option `--chek`");
    }

    #[test]
    fn each_has_a_script() {
        let repo = Repo::find().unwrap();
        for storage in ALL {
            let script = repo
                .root
                .join(format!("xtask/storages/{}.sh", storage.name));
            let text = std::fs::read_to_string(&script).unwrap();
            for function in ["installed() {", "version() {", "start() {"] {
                assert!(text.contains(function), "{}: {function}", storage.name);
            }
            let script = script.to_string_lossy();
            let parsed = command("sh", &["-n", &script], &repo.root).status();
            assert!(parsed.unwrap().success(), "{script}");
        }
    }

    #[test]
    fn the_page_is_what_was_found() {
        let repo = Repo::find().unwrap();
        assert_eq!(page::difference(&repo), Ok(None));
    }
}
