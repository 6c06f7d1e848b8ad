//! `cargo xtask crash`: the store's promise of durability, many times over.
//!
//! The same tests as on every run: the process is killed at random instants, the power
//! goes, the disk fails; only more often.

use std::process::ExitCode;

use crate::command::{command, run};
use crate::repo::Repo;
use crate::say;

/// As often as a durable store should be killed before anybody believes it.
const KILLS: u32 = 200;
const KILLS_MAX: u32 = 100_000;

/// How often.
#[derive(Debug)]
pub(crate) struct Options {
    kills: u32,
}

impl Options {
    /// Reads the words behind `crash`.
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        let value = match words {
            [] => return Ok(Self { kills: KILLS }),
            [flag, value] if flag == "--kills" => value.as_str(),
            [word] => word
                .strip_prefix("--kills=")
                .ok_or_else(|| format!("unknown option `{word}`"))?,
            _ => return Err("`crash` takes `--kills N`".to_owned()),
        };
        let kills = value.parse().ok();
        let kills = kills.filter(|kills| (1..=KILLS_MAX).contains(kills));
        let kills =
            kills.ok_or_else(|| format!("`--kills` takes 1 to {KILLS_MAX}, not `{value}`"))?;
        Ok(Self { kills })
    }
}

/// Runs the harnesses.
pub(crate) fn run_all(repo: &Repo, options: &Options) -> ExitCode {
    for (package, tests) in [
        ("dropslip-store", ["--lib", "index::tests"].as_slice()),
        ("dropslip", &["--test", "it", "crash"]),
    ] {
        let args = [&["test", "--package", package], tests].concat();
        let mut command = command("cargo", &args, &repo.root);
        command.env("DROPSLIP_KILLS", options.kills.to_string());
        if let Err(message) = run(&mut command) {
            say::error(&message, "the seed in the message repeats the load");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kills(line: &str) -> Result<u32, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Ok(Options::parse(&words)?.kills)
    }

    #[test]
    fn takes_a_number_of_kills() {
        assert_eq!(kills("").unwrap(), KILLS);
        assert_eq!(kills("--kills 5").unwrap(), 5);
        assert_eq!(kills("--kills=7").unwrap(), 7);
        for wrong in [
            "--kills",
            "--kills 0",
            "--kills 100001",
            "--kills x",
            "5",
            "--kills 1 2",
        ] {
            assert!(kills(wrong).is_err(), "{wrong}");
        }
    }
}
