//! The only printing: data to standard output, talk to standard error.

#![expect(clippy::print_stderr, reason = "this is the place that prints")]

use std::io::{self, IsTerminal as _, Write as _};

use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// Writes data. A reader that has gone is no trouble of ours.
pub(crate) fn data(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out
        .write_all(text.as_bytes())
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush());
}

/// Says what went wrong.
pub(crate) fn complain(failure: &Failure) {
    eprintln!("{failure}");
}

/// Logs to standard error what `DROPSLIP_LOG` lets pass.
pub(crate) fn start_log() {
    let filter = EnvFilter::try_from_env("DROPSLIP_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .init();
}
