//! The only printing: data to standard output, talk to standard error.

use std::env;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::OnceLock;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use crate::args::LogFormat;
use crate::failure::Failure;
use crate::log::Log;

/// Why data could not be written, the first time that it could not.
static LOST: OnceLock<String> = OnceLock::new();

/// Writes data. A reader that has gone is no trouble of ours; a disk that is full is, and [`lost`] tells of it.
pub(crate) fn data(text: &str) {
    let mut out = io::stdout().lock();
    let written = out
        .write_all(text.as_bytes())
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let _ = LOST.set(error.to_string());
        }
        _ => {}
    }
}

/// The trouble that data was lost, if any was.
pub(crate) fn lost() -> Option<Failure> {
    let why = LOST.get()?;
    Some(Failure::new(format!("cannot write standard output: {why}")))
}

/// How standard output looks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) colour: bool,
    /// Characters in a line.
    pub(crate) width: usize,
}

/// Colour on a terminal only, and not where `NO_COLOR` says so (<https://no-color.org>).
pub(crate) fn look() -> Look {
    let columns = env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    Look {
        colour: io::stdout().is_terminal() && may_have_colour(),
        width: columns
            .or_else(terminal_columns)
            .unwrap_or(100)
            .clamp(40, 400),
    }
}

/// How standard error looks, where what is said stands.
pub(crate) fn talk_look() -> Look {
    Look {
        colour: io::stderr().is_terminal() && may_have_colour(),
        ..look()
    }
}

fn may_have_colour() -> bool {
    let set = |name: &str| env::var(name).is_ok_and(|value| !value.is_empty());
    let is_dumb = env::var("TERM").is_ok_and(|term| term == "dumb");
    !set("NO_COLOR") && !is_dumb
}

/// The width of the terminal: shells do not export `COLUMNS`.
fn terminal_columns() -> Option<usize> {
    let (terminal_size::Width(columns), _) = terminal_size::terminal_size_of(io::stdout())?;
    (columns > 0).then(|| columns.into())
}

/// Says how far something has come, over what it said before; only to a person.
pub(crate) fn progress(text: &str) {
    if io::stderr().is_terminal() {
        say(&format!("\r{text}\x1b[K"));
    }
}

/// Says something to whoever ran the command.
pub(crate) fn talk(text: &str) {
    let start = match io::stderr().is_terminal() {
        true => "\r\x1b[K",
        false => "",
    };
    say(&format!("{start}{text}\n"));
}

/// Asks whoever ran the command for a yes; `None` where nobody sits there. Anything but `y` or `yes` is a no.
pub(crate) fn ask(question: &str) -> Option<bool> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return None;
    }
    say(&format!("{question} [y/N] "));
    let mut answer = String::new();
    let _ = io::stdin().read_line(&mut answer);
    let answer = answer.trim().to_ascii_lowercase();
    Some(matches!(answer.as_str(), "y" | "yes"))
}

/// Whether somebody reads standard output, and not a program.
pub(crate) fn is_read_by_a_person() -> bool {
    io::stdout().is_terminal()
}

/// Says what went wrong.
pub(crate) fn complain(failure: &Failure) {
    say(&format!("{failure}\n"));
}

/// Writes to standard error. Work goes on when nobody reads there any more.
fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Logs to standard error what `DROPSLIP_LOG` lets pass; gives what to flush at the end.
pub(crate) fn start_log(format: LogFormat) -> Option<Log> {
    let filter = EnvFilter::try_from_env("DROPSLIP_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    // Without a thread for it each line is written by itself.
    let log = Log::start(io::stderr()).ok();
    let writer = match &log {
        Some(log) => BoxMakeWriter::new(log.clone()),
        None => BoxMakeWriter::new(io::stderr),
    };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_writer(writer);
    match format {
        LogFormat::Text => subscriber.with_ansi(io::stderr().is_terminal()).init(),
        LogFormat::Json => subscriber
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .init(),
    }
    log
}
