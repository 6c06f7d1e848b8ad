//! The only file that prints.
//!
//! Steps and their results are what this program is for, so they go to stdout;
//! what went wrong goes to stderr.

use std::io::Write as _;

/// A line on stdout.
pub(crate) fn line(line: &str) {
    text(&format!("{line}\n"));
}

/// Text on stdout as it is. A closed pipe is no reason to stop the checks.
pub(crate) fn text(text: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .ok();
}

/// An error with what to do about it, on stderr.
pub(crate) fn error(message: &str, hint: &str) {
    let mut err = std::io::stderr().lock();
    write!(err, "error: {message}\n\nhint: {hint}\n").ok();
}
