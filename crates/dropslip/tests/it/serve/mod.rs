//! `dropslip serve` as a process: TLS, the configuration read again, many and odd connections.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::process::{Log, Server, dropslip};

mod connections;
mod health;
mod log;
mod reload;
mod tls;
#[cfg(feature = "otel")]
mod traces;

/// A configuration whose storage is never asked.
pub(crate) const CONFIG: &str = "[storage]\nendpoint = \"http://127.0.0.1:1\"\nregion = \"us-east-1\"\n\
    accessKey = \"AK1\"\nsecretKey = \"hunter2-hunter2\"\n\
    [presets.photo]\nbucket = \"uploads\"\nkey = \"{uuid}.{ext}\"\naccept = [\"image/*\"]\nmaxSize = \"1 MiB\"\n";

/// `dropslip serve` on a free port, in a folder that has a `dropslip.toml`.
fn command(folder: &Path, more: &[&str]) -> Command {
    let mut args = vec!["serve"];
    if !more.contains(&"--listen") {
        args.extend(["--listen", "127.0.0.1:0"]);
    }
    args.extend(more);
    let mut command = dropslip(folder, &args);
    command.env("DROPSLIP_LOG", "info");
    command
}

/// Starts it with a configuration, and gives its log.
fn start(folder: &Path, config: &str, more: &[&str]) -> (Server, Log) {
    write(folder, config);
    let mut server = Server::start_logged(&mut command(folder, more), "Uploads at", Stdio::piped());
    let log = server.log();
    (server, log)
}

fn write(folder: &Path, config: &str) {
    fs::write(folder.join("dropslip.toml"), config).unwrap();
}
