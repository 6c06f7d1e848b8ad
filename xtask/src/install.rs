//! What the steps need beyond Rust: npm packages, a Python environment, browsers, PostgreSQL.
//!
//! Each is installed only when it is missing or older than its lock file, so a
//! second run costs nothing. What cannot be installed is said in one line.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::{command, output, run, succeeds, which};
use crate::repo::Repo;

/// The oldest Node that the tests are written for.
const NODE_MAJOR_MIN: u32 = 20;

/// Node and npm are there, and new enough.
pub(crate) fn node() -> Result<(), String> {
    let need = format!("Node {NODE_MAJOR_MIN} or newer with npm is needed");
    let Some(version) = output(&mut command("node", &["--version"], Path::new("."))) else {
        return Err(format!("{need}, and `node` was not found in PATH"));
    };
    let major = node_major(&version).ok_or(format!("`node --version` says `{version}`"))?;
    if major < NODE_MAJOR_MIN {
        return Err(format!("{need}, and this is {version}"));
    }
    match which("npm") {
        Some(_) => Ok(()),
        None => Err(format!("{need}, and `npm` was not found in PATH")),
    }
}

fn node_major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// `npm ci`, unless what is installed is newer than the lock file.
pub(crate) fn npm_packages(folder: &Path) -> Result<(), String> {
    let lock = folder.join("package-lock.json");
    let installed = folder.join("node_modules/.package-lock.json");
    if is_newer(&installed, &lock) {
        return Ok(());
    }
    let args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    run(&mut command("npm", &args, folder))
}

fn is_newer(file: &Path, than: &Path) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    match (changed(file), changed(than)) {
        (Some(file), Some(than)) => file >= than,
        _ => false,
    }
}

/// The Python environment of the recipes.
pub(crate) fn python_environment(repo: &Repo) -> Result<PathBuf, String> {
    environment_of(repo, "venv", &repo.recipes().join("requirements.txt"))
}

/// A Python environment of that name, made anew when its requirements change.
pub(crate) fn environment_of(
    repo: &Repo,
    name: &str,
    requirements: &Path,
) -> Result<PathBuf, String> {
    let venv = repo.target.join(name);
    let wanted = fs::read(requirements)
        .map_err(|error| format!("cannot read `{}`: {error}", requirements.display()))?;
    let stamp = venv.join("installed.txt");
    let python = venv.join("bin/python");
    let works = succeeds(&mut command(&python, &["--version"], &repo.root));
    if works && fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(venv);
    }
    python3(repo)?;
    let folder = venv.to_string_lossy();
    run(&mut command(
        "python3",
        &["-m", "venv", "--clear", &folder],
        &repo.root,
    ))?;
    let file = requirements.to_string_lossy();
    let args = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
        &file,
    ];
    run(&mut command(&python, &args, &repo.root))?;
    fs::write(&stamp, wanted).map_err(|error| format!("cannot write in `{folder}`: {error}"))?;
    Ok(venv)
}

/// Python with `venv` and `ensurepip`, which Debian packs apart.
pub(crate) fn python3(repo: &Repo) -> Result<(), String> {
    let check = ["-c", "import ensurepip, venv"];
    if succeeds(&mut command("python3", &check, &repo.root)) {
        return Ok(());
    }
    apt_install(&["python3", "python3-venv"])
}

/// Chromium: `CHROMIUM`, or one in PATH, or Debian's.
pub(crate) fn chromium() -> Result<PathBuf, String> {
    let names = [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ];
    browser("CHROMIUM", &names, "chromium")
}

/// Firefox: `FIREFOX`, or one in PATH, or Debian's.
pub(crate) fn firefox() -> Result<PathBuf, String> {
    browser("FIREFOX", &["firefox-esr", "firefox"], "firefox-esr")
}

/// The browser that the variable chooses, or one in PATH of these names, or Debian's.
fn browser(variable: &str, names: &[&str], package: &str) -> Result<PathBuf, String> {
    if let Some(chosen) = std::env::var_os(variable).filter(|value| !value.is_empty()) {
        let path = PathBuf::from(chosen);
        return match path.is_file() {
            true => Ok(path),
            false => Err(format!(
                "{variable} is `{}`, which is no file",
                path.display()
            )),
        };
    }
    let installed = || names.iter().find_map(|name| which(name));
    if let Some(path) = installed() {
        return Ok(path);
    }
    apt_install(&[package])?;
    installed().ok_or_else(|| format!("{package} was installed and is not in PATH: set {variable}"))
}

/// PostgreSQL's server, which Debian keeps beside PATH: in a folder for each version.
pub(crate) fn postgresql() -> Result<(), String> {
    let debian = || {
        let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
        versions
            .flatten()
            .any(|version| version.path().join("bin/initdb").is_file())
    };
    let is_there = || which("psql").is_some() && (which("initdb").is_some() || debian());
    if is_there() {
        return Ok(());
    }
    apt_install(&["postgresql"])?;
    match is_there() {
        true => Ok(()),
        false => Err("postgresql was installed, and `initdb` was not found".to_owned()),
    }
}

/// Installs Debian packages where that can be done; else says what to install.
fn apt_install(packages: &[&str]) -> Result<(), String> {
    let here = Path::new(".");
    let root = output(&mut command("id", &["-u"], here)).is_some_and(|id| id == "0");
    if !root || which("apt-get").is_none() {
        let names = packages.join(" ");
        return Err(format!(
            "{names} needed: on Debian `sudo apt-get install {names}`"
        ));
    }
    run(&mut command("apt-get", &["update", "-q"], here))?;
    let mut args = vec!["install", "-y", "-q", "--no-install-recommends"];
    args.extend(packages);
    run(command("apt-get", &args, here).env("DEBIAN_FRONTEND", "noninteractive"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_version_of_node() {
        assert_eq!(node_major("v20.20.2"), Some(20));
        assert_eq!(node_major("v8.0.0"), Some(8));
        for wrong in ["", "20.1.0", "v", "vx.1", "node v20"] {
            assert_eq!(node_major(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_missing_file_is_never_newer() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let manifest = here.join("Cargo.toml");
        assert!(is_newer(&manifest, &manifest));
        assert!(!is_newer(&here.join("missing"), &manifest));
        assert!(!is_newer(&manifest, &here.join("missing")));
    }
}
