//! The steps of `cargo xtask test`, in their order: cheap and telling first.

use std::process::Command;

use crate::command::{command, run, succeeds};
use crate::install;
use crate::readme;
use crate::repo::Repo;
use crate::step::{Outcome, Step};

type Result = std::result::Result<Outcome, String>;

/// Every step; `cargo xtask test` runs them all.
pub(crate) const ALL: &[Step] = &[
    step("fmt", "the code is formatted", true, fmt),
    step(
        "clippy",
        "no lint warns, in all crates and targets",
        true,
        clippy,
    ),
    step(
        "rust",
        "tests of all crates, the repository's rules among them",
        false,
        rust,
    ),
    step(
        "doc",
        "the documentation builds without a warning",
        true,
        doc,
    ),
    step(
        "deny",
        "licences, banned crates and sources of dependencies",
        true,
        deny,
    ),
    step(
        "client",
        "the browser client: types and unit tests",
        false,
        client,
    ),
    step(
        "recipes",
        "what blog posts teach, against `dropslip store`",
        false,
        recipes,
    ),
    step(
        "browser",
        "the page of `dropslip dev` in headless Chromium",
        false,
        browser,
    ),
    step("readme", "every console block of README.md", false, readme),
];

/// The repository's rules alone; they run with the tests of the step `rust`.
pub(crate) const TIDY: Step = step("tidy", "the repository's own rules", false, tidy);

const fn step(
    name: &'static str,
    about: &'static str,
    lint: bool,
    run: fn(&Repo) -> Result,
) -> Step {
    Step {
        name,
        about,
        lint,
        run,
    }
}

fn cargo(repo: &Repo, args: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    command(cargo, args, &repo.root)
}

fn passed(command: &mut Command) -> Result {
    run(command).map(|()| Outcome::Passed)
}

fn fmt(repo: &Repo) -> Result {
    passed(&mut cargo(repo, &["fmt", "--all", "--check"]))
}

fn clippy(repo: &Repo) -> Result {
    let args = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ];
    passed(&mut cargo(repo, &args))
}

fn rust(repo: &Repo) -> Result {
    build(repo)?;
    passed(&mut cargo(repo, &["test", "--workspace", "--locked"]))
}

fn tidy(repo: &Repo) -> Result {
    passed(&mut cargo(
        repo,
        &["test", "--package", "xtask", "--locked", "--", "tidy"],
    ))
}

fn doc(repo: &Repo) -> Result {
    let args = ["doc", "--workspace", "--no-deps", "--locked"];
    passed(cargo(repo, &args).env("RUSTDOCFLAGS", "-D warnings"))
}

fn deny(repo: &Repo) -> Result {
    if !succeeds(&mut cargo(repo, &["deny", "--version"])) {
        let reason = "cargo-deny is not installed: cargo install cargo-deny --locked";
        return Ok(Outcome::Skipped(reason.to_owned()));
    }
    passed(&mut cargo(
        repo,
        &[
            "deny",
            "--locked",
            "check",
            "--hide-inclusion-graph",
            "bans",
            "licenses",
            "sources",
        ],
    ))
}

fn client(repo: &Repo) -> Result {
    install::node()?;
    install::npm_packages(&repo.client())?;
    run(&mut command(
        "npm",
        &["run", "--silent", "check"],
        &repo.client(),
    ))?;
    passed(&mut command("npm", &["--silent", "test"], &repo.client()))
}

fn recipes(repo: &Repo) -> Result {
    let venv = install::python_environment(repo)?;
    passed(node_tests(repo, "recipes")?.env("DROPSLIP_VENV", venv))
}

fn browser(repo: &Repo) -> Result {
    passed(&mut node_tests(repo, "browser")?)
}

fn readme(repo: &Repo) -> Result {
    build(repo)?;
    readme::run(repo).map(|()| Outcome::Passed)
}

/// Builds the binary that the steps after it start.
fn build(repo: &Repo) -> std::result::Result<(), String> {
    run(&mut cargo(
        repo,
        &["build", "--package", "dropslip", "--locked"],
    ))
}

/// Node's own test runner on `tests/FOLDER`, with the built binary and a browser.
fn node_tests(repo: &Repo, folder: &str) -> std::result::Result<Command, String> {
    install::node()?;
    install::npm_packages(&repo.tests())?;
    let chromium = install::chromium()?;
    build(repo)?;
    let files = test_files(repo, folder)?;
    let mut args = vec!["--test"];
    args.extend(files.iter().map(String::as_str));
    let mut node = command("node", &args, &repo.tests());
    node.env("DROPSLIP_BIN", repo.binary())
        .env("CHROMIUM", chromium);
    Ok(node)
}

/// The `*.test.js` files of `tests/FOLDER`, named one by one: how Node searches
/// a folder differs between its versions.
fn test_files(repo: &Repo, folder: &str) -> std::result::Result<Vec<String>, String> {
    let path = repo.tests().join(folder);
    let entries = std::fs::read_dir(&path)
        .map_err(|error| format!("cannot read `tests/{folder}`: {error}"))?;
    let mut files: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".test.js"))
        .map(|name| format!("{folder}/{name}"))
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(format!("`tests/{folder}` holds no `*.test.js`"));
    }
    Ok(files)
}
