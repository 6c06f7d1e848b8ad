//! The steps of `cargo xtask test`, in their order: cheap and telling first.

use std::path::Path;
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
        "uppy",
        "Uppy 5 and 6 as they are published, in headless Chromium",
        false,
        uppy,
    ),
    step(
        "browser",
        "the page of `dropslip dev` and the client, in headless Chromium and Firefox",
        false,
        browser,
    ),
    step(
        "examples",
        "front ends in headless Chromium, back ends as programs",
        false,
        examples,
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
    install::postgresql()?;
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
    passed(tests_of_node(&mut command(
        "npm",
        &["--silent", "test"],
        &repo.client(),
    )))
}

fn recipes(repo: &Repo) -> Result {
    let venv = install::python_environment(repo)?;
    let folder = repo.recipes();
    install::node()?;
    install::npm_packages(&folder)?;
    build(repo)?;
    let files = test_files(&folder)?;
    let mut args = vec!["--test"];
    args.extend(files.iter().map(String::as_str));
    let mut node = command("node", &args, &folder);
    node.env("DROPSLIP_VENV", venv)
        // What the AWS SDKs say at each start of versions of themselves and of Node.
        .env("AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE", "1")
        .env("AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED", "true");
    passed(with_browser(repo, &mut node)?)
}

/// Both versions of Uppy want a `@uppy/core` of their own, so each has a folder of packages.
fn uppy(repo: &Repo) -> Result {
    let folder = repo.uppy();
    install::node()?;
    for packages in [folder.clone(), folder.join("v5"), folder.join("v6")] {
        install::npm_packages(&packages)?;
    }
    build(repo)?;
    let files = test_files(&folder)?;
    // One file after another: each has a browser, a service and a storage of its own.
    let mut args = vec!["--test", "--test-concurrency=1"];
    args.extend(files.iter().map(String::as_str));
    let mut node = command("node", &args, &folder);
    passed(with_browser(repo, &mut node)?)
}

fn browser(repo: &Repo) -> Result {
    install::node()?;
    install::npm_packages(&repo.client())?;
    build(repo)?;
    let mut npm = command("npm", &["run", "--silent", "test:browser"], &repo.client());
    npm.env("FIREFOX", install::firefox()?);
    passed(with_browser(repo, &mut npm)?)
}

/// The example in Rust is a crate, and runs with the tests of the step `rust`.
fn examples(repo: &Repo) -> Result {
    install::node()?;
    install::npm_packages(&repo.examples())?;
    install::python3(repo)?;
    build(repo)?;
    let folder = repo.examples().join("test");
    let files = test_files(&folder)?;
    let mut args = vec!["--test"];
    args.extend(files.iter().map(String::as_str));
    let mut node = command("node", &args, &folder);
    passed(with_browser(repo, &mut node)?)
}

fn readme(repo: &Repo) -> Result {
    build(repo)?;
    readme::run(repo).map(|()| Outcome::Passed)
}

/// Builds the binary that the steps after it start.
fn build(repo: &Repo) -> std::result::Result<(), String> {
    run(&mut cargo(repo, &["build", "--workspace", "--locked"]))
}

/// Node's tests as a person reads them, also where the output is no terminal.
fn tests_of_node(tests: &mut Command) -> &mut Command {
    tests.env("NODE_OPTIONS", "--test-reporter=spec")
}

/// Tells Node's tests which binary they start and which browser they drive.
fn with_browser<'a>(
    repo: &Repo,
    tests: &'a mut Command,
) -> std::result::Result<&'a mut Command, String> {
    let chromium = install::chromium()?;
    Ok(tests_of_node(tests)
        .env("DROPSLIP_BIN", repo.binary())
        .env("CHROMIUM", chromium))
}

/// The `*.test.js` files of a folder, named one by one: how Node searches a
/// folder differs between its versions.
fn test_files(folder: &Path) -> std::result::Result<Vec<String>, String> {
    let entries = std::fs::read_dir(folder)
        .map_err(|error| format!("cannot read `{}`: {error}", folder.display()))?;
    let mut files: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".test.js"))
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(format!("`{}` holds no `*.test.js`", folder.display()));
    }
    Ok(files)
}
