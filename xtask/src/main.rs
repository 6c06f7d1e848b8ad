//! `cargo xtask`: every check of the repository by one command.
//!
//! Plain Rust on the standard library and a reader of JSON, so that a machine with Rust, Node and
//! Python has all that is needed: no task runner, no Makefile. This file knows
//! the command line; `checks` knows the steps, `step` runs them in order.

mod bench;
mod checks;
mod command;
mod conformance;
mod crash;
mod fuzz;
mod install;
mod readme;
mod repo;
mod say;
mod server;
mod step;
mod storages;
#[cfg(test)]
mod tidy;

use std::process::ExitCode;

use repo::Repo;
use step::Step;

const HELP: &str = "\
Every check of the repository, and its benchmarks.

Usage: cargo xtask test [STEP]...
       cargo xtask bench [NAME]...
       cargo xtask bench client [PART]... [--quick] [--only dropslip]
       cargo xtask bench put [small] [large] [--quick] [--only ours]
       cargo xtask bench serve [--quick] [--only ours|limit]
       cargo xtask bench store [PART]... [--quick] [--only ours] [--large]
       cargo xtask fuzz [TARGET]... [--seconds N]
       cargo xtask crash [--kills N]
       cargo xtask conformance [--examples N]
       cargo xtask storages [NAME]... [--check]

Without STEP all steps run in this order, and the first failure stops the run:

";

const HELP_FUZZ: &str = "
Fuzz targets, by TARGET, all of them without one (cargo-fuzz has to be there:
cargo install cargo-fuzz --locked):

";

const HELP_END: &str = "
Groups:
  lint       fmt, clippy, doc and deny
  tidy       only the repository's own rules (part of `rust`)

What the steps need is installed where that can be done: npm packages and a
Python environment inside the repository, and on Debian as root also python3,
postgresql, chromium and firefox-esr. Set CHROMIUM and FIREFOX to use browsers
that are not in PATH.

Examples:
  cargo xtask test              everything, as CI does
  cargo xtask test lint tidy    the quick ones, before a commit
  cargo xtask test recipes      the recipes of blog posts against the store
  cargo xtask bench presign     one table of the benchmarks
  cargo xtask bench client      the browser client beside Uppy
  cargo xtask bench put         uploading beside other clients
  cargo xtask bench serve       issuing an upload beside other servers that sign
  cargo xtask bench store       the store beside other S3 servers
  cargo xtask fuzz              each fuzz target for 10 seconds
  cargo xtask fuzz curl --seconds 600
  cargo xtask crash             kill the store 200 times, and fail its disk
  cargo xtask conformance       what schemathesis says of the service's calls
  cargo xtask storages          what the doctor says of other S3 servers (the first time takes long)
  cargo xtask storages moto --check
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match parse(&words) {
        Ok(Request::Help) => {
            say::text(&help());
            ExitCode::SUCCESS
        }
        Ok(Request::Test(steps)) => in_repo(|repo| step::run_all(repo, &steps)),
        Ok(Request::Bench(names)) => in_repo(|repo| bench::run_tables(repo, &names)),
        Ok(Request::BenchProgram(program, words)) => in_repo(|repo| program.run(repo, &words)),
        Ok(Request::Crash(options)) => in_repo(|repo| crash::run_all(repo, &options)),
        Ok(Request::Conformance(options)) => in_repo(|repo| conformance::run_all(repo, &options)),
        Ok(Request::Storages(options)) => in_repo(|repo| storages::run_all(repo, &options)),
        Ok(Request::Fuzz(options)) => in_repo(|repo| fuzz::run_all(repo, &options)),
        Err(message) => trouble(&message),
    }
}

fn in_repo(work: impl FnOnce(&Repo) -> ExitCode) -> ExitCode {
    match Repo::find() {
        Ok(repo) => work(&repo),
        Err(message) => trouble(&message),
    }
}

fn trouble(message: &str) -> ExitCode {
    say::error(message, "`cargo xtask --help` lists what can be run");
    ExitCode::from(2)
}

fn help() -> String {
    let mut help = HELP.to_owned();
    for step in checks::ALL {
        help.push_str(&format!("  {:<10} {}\n", step.name, step.about));
    }
    help.push_str("\nBenchmarks, by NAME:\n\n");
    for (name, about) in bench::TABLES {
        help.push_str(&format!("  {name:<12} {about}\n"));
    }
    for program in bench::PROGRAMS {
        help.push_str(program.help.trim_start_matches('\n'));
    }
    help.push_str("\nStorages, by NAME, all of them without one:\n\n");
    for storage in storages::ALL {
        help.push_str(&format!("  {}\n", storage.name));
    }
    help.push_str(HELP_FUZZ);
    help.push_str(&fuzz::help());
    help.push_str(HELP_END);
    help
}

/// What the command line asks for.
#[derive(Debug)]
enum Request {
    Help,
    Test(Vec<Step>),
    /// Tables of the benchmarks; none means all.
    Bench(Vec<String>),
    /// A benchmark with servers, its parts and options.
    BenchProgram(bench::Program, Vec<String>),
    Fuzz(fuzz::Options),
    Crash(crash::Options),
    Conformance(conformance::Options),
    Storages(storages::Options),
}

fn parse(words: &[String]) -> Result<Request, String> {
    if words.iter().any(|word| word == "--help" || word == "-h") {
        return Ok(Request::Help);
    }
    let Some((command, names)) = words.split_first() else {
        return Ok(Request::Help);
    };
    match command.as_str() {
        "help" => Ok(Request::Help),
        "test" => chosen_steps(names).map(Request::Test),
        "bench" => {
            let program = names.first().and_then(|name| bench::Program::find(name));
            match program {
                Some(program) => program
                    .checked(&names[1..])
                    .map(|words| Request::BenchProgram(program, words)),
                None => bench::chosen(names).map(Request::Bench),
            }
        }
        "crash" => crash::Options::parse(names).map(Request::Crash),
        "conformance" => conformance::Options::parse(names).map(Request::Conformance),
        "storages" => storages::Options::parse(names).map(Request::Storages),
        "fuzz" => fuzz::Options::parse(names).map(Request::Fuzz),
        other => Err(format!("unknown command `{other}`")),
    }
}

/// The steps of that name or group; all of them when none is named.
fn chosen_steps(names: &[String]) -> Result<Vec<Step>, String> {
    if names.is_empty() {
        return Ok(checks::ALL.to_vec());
    }
    let mut steps = Vec::new();
    for name in names {
        let found: Vec<Step> = match name.as_str() {
            "lint" => checks::ALL
                .iter()
                .filter(|step| step.lint)
                .copied()
                .collect(),
            "tidy" => vec![checks::TIDY],
            _ => checks::ALL
                .iter()
                .filter(|step| step.name == name)
                .copied()
                .collect(),
        };
        if found.is_empty() {
            return Err(format!("unknown step `{name}`"));
        }
        steps.extend(found);
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(line: &str) -> Result<Vec<String>, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        match parse(&words)? {
            Request::Help => Ok(vec!["help".to_owned()]),
            Request::Test(steps) => Ok(steps.iter().map(|step| step.name.to_owned()).collect()),
            Request::Bench(names) | Request::BenchProgram(_, names) => Ok(names),
            Request::Fuzz(_) => Ok(vec!["fuzz".to_owned()]),
            Request::Crash(_) => Ok(vec!["crash".to_owned()]),
            Request::Conformance(_) => Ok(vec!["conformance".to_owned()]),
            Request::Storages(_) => Ok(vec!["storages".to_owned()]),
        }
    }

    #[test]
    fn names_steps_and_groups() {
        assert_eq!(names("test fmt").unwrap(), ["fmt"]);
        assert_eq!(
            names("test lint").unwrap(),
            ["fmt", "clippy", "doc", "deny"]
        );
        assert_eq!(names("test tidy recipes").unwrap(), ["tidy", "recipes"]);
        assert_eq!(names("test").unwrap().len(), checks::ALL.len());
        assert_eq!(names("fuzz curl --seconds 1").unwrap(), ["fuzz"]);
        assert_eq!(names("storages moto --check").unwrap(), ["storages"]);
        for line in [
            "",
            "help",
            "--help",
            "test --help",
            "test fmt -h",
            "fuzz -h",
        ] {
            assert_eq!(names(line).unwrap(), ["help"], "{line}");
        }
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        assert_eq!(names("tset").unwrap_err(), "unknown command `tset`");
        assert_eq!(
            names("test fmt nothing").unwrap_err(),
            "unknown step `nothing`"
        );
        assert_eq!(names("test --all").unwrap_err(), "unknown step `--all`");
        assert_eq!(names("test FMT").unwrap_err(), "unknown step `FMT`");
        assert_eq!(names("fuzz fmt").unwrap_err(), "unknown fuzz target `fmt`");
    }

    #[test]
    fn names_benchmarks() {
        assert!(names("bench").unwrap().is_empty());
        let all: Vec<&str> = bench::TABLES.iter().map(|(name, _)| *name).collect();
        let line = format!("bench {}", all.join(" "));
        assert_eq!(names(&line).unwrap(), all);
        assert_eq!(
            names("bench presign fmt").unwrap_err(),
            "unknown benchmark `fmt`"
        );
        assert_eq!(names("bench store --quick").unwrap(), ["--quick"]);
        assert_eq!(
            names("bench client survival --only dropslip").unwrap(),
            ["survival", "--only", "dropslip"]
        );
        assert_eq!(
            names("bench serve --only limit").unwrap(),
            ["--only", "limit"]
        );
        assert_eq!(
            names("bench serve --large").unwrap_err(),
            "unknown part or option `--large`"
        );
        assert_eq!(
            names("bench store presign").unwrap_err(),
            "unknown part or option `presign`"
        );
        assert_eq!(names("test presign").unwrap_err(), "unknown step `presign`");
        assert_eq!(names("bench --help").unwrap(), ["help"]);
        assert_eq!(names("bench store --help").unwrap(), ["help"]);
    }

    #[test]
    fn help_names_every_step() {
        let help = help();
        for step in checks::ALL {
            assert!(help.contains(&format!("  {} ", step.name)), "{}", step.name);
        }
        for (name, _) in bench::TABLES {
            assert!(help.contains(&format!("  {name} ")), "{name}");
        }
    }
}
