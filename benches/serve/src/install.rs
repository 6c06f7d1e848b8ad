//! Installs the other servers into the build folder, each from its registry. One that cannot be had is left out and
//! named.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::contender::Kind;
use crate::options::Places;

/// Installs what is missing; gives those that are there, and why others are not.
pub fn peers(places: &Places) -> (Vec<Kind>, Vec<String>) {
    let (mut there, mut missing) = (Vec::new(), Vec::new());
    if cfg!(feature = "peers") {
        there.push(Kind::AwsSdk);
    } else {
        missing.push(format!(
            "{} is left out: it is not built in",
            Kind::AwsSdk.name()
        ));
    }
    let mut note = |kinds: &[Kind], outcome: Result<(), String>| match outcome {
        Ok(()) => there.extend(kinds),
        Err(why) => missing.extend(
            kinds
                .iter()
                .map(|kind| format!("{} is left out: {why}", kind.name())),
        ),
    };
    note(&[Kind::Express], npm(places));
    note(&[Kind::FastApi], pip(places));
    note(&[Kind::Companion], npm(places));
    (there, missing)
}

/// Packages and scripts in one folder: that is how Node finds the packages.
fn npm(places: &Places) -> Result<(), String> {
    let folder = places.npm();
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    for script in ["express.js", "companion.js"] {
        fs::copy(places.scripts().join(script), folder.join(script))
            .map_err(|error| format!("`{script}`: {error}"))?;
    }
    let list = places.scripts().join("package.json");
    if is_same(&list, &folder.join("package.json")) && folder.join("node_modules").exists() {
        return Ok(());
    }
    fs::copy(&list, folder.join("package.json")).map_err(|error| error.to_string())?;
    eprintln!(
        "installing {} and {} …",
        Kind::Express.name(),
        Kind::Companion.name()
    );
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts"]);
    let outcome = run(npm.current_dir(&folder));
    if outcome.is_err() {
        // The next run is to try again.
        let _ = fs::remove_file(folder.join("package.json"));
    }
    outcome
}

fn pip(places: &Places) -> Result<(), String> {
    let list = places.scripts().join("requirements.txt");
    let stamp = places.venv().join("installed.txt");
    if is_same(&list, &stamp) {
        return Ok(());
    }
    eprintln!("installing {} …", Kind::FastApi.name());
    run(Command::new("python3")
        .args(["-m", "venv"])
        .arg(places.venv()))?;
    let mut pip = Command::new(places.python());
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
    ]);
    run(pip.arg(&list))?;
    fs::copy(&list, &stamp)
        .map(drop)
        .map_err(|error| error.to_string())
}

fn is_same(one: &Path, other: &Path) -> bool {
    match (fs::read(one), fs::read(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("`{name}` did not start: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rfind(|line| !line.trim().is_empty());
    Err(format!(
        "`{name}` failed: {}",
        last.unwrap_or_default().trim()
    ))
}
