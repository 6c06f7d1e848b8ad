//! `dropslip store scrub` and `dropslip store backup`

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bytesize::ByteSize;
use dropslip_store::{Damaged, OpenError, OpenErrorKind};

use crate::args::StoreTool;
use crate::failure::Failure;
use crate::terminal;

/// How long to wait before saying again how far it has come.
const PROGRESS_PAUSE: Duration = Duration::from_millis(200);

pub(crate) fn run(tool: StoreTool) -> Result<ExitCode, Failure> {
    match tool {
        StoreTool::Scrub { data } => scrub(&data),
        StoreTool::Backup { target, data } => backup(&data, &target),
    }
}

/// Says something now and then.
fn now_and_then() -> impl FnMut(&dyn Fn() -> String) {
    let mut last = Instant::now();
    move |text| {
        if last.elapsed() >= PROGRESS_PAUSE {
            last = Instant::now();
            terminal::progress(&text());
        }
    }
}

fn scrub(data: &Path) -> Result<ExitCode, Failure> {
    if !data.exists() {
        return Err(
            Failure::new(format!("there is no folder `{}`", data.display()))
                .hint("name the data folder with `--data FOLDER`"),
        );
    }
    let mut say = now_and_then();
    let process = Some(std::process::id());
    let scrubbed = dropslip_store::scrub(data, process, |so_far| {
        say(&|| format!("{} read, {}", so_far.read, ByteSize(so_far.bytes)));
    });
    let (done, damaged) = scrubbed.map_err(|error| {
        let is_in_use = error.kind() == OpenErrorKind::InUse;
        failure(&error, if is_in_use {
            "stop the store first, or scrub a copy: `dropslip store backup TARGET`, then `dropslip store scrub --data TARGET`"
        } else {
            "name the data folder with `--data FOLDER`; nothing was changed"
        })
    })?;
    for it in &damaged {
        terminal::data(&line(it));
    }
    let read = format!("{} read, {}", done.read, ByteSize(done.bytes));
    if damaged.is_empty() {
        terminal::talk(&format!("{read}, all as they were written"));
        return Ok(ExitCode::SUCCESS);
    }
    terminal::talk(&format!("{read}, {} damaged", damaged.len()));
    Ok(ExitCode::from(1))
}

/// A damaged object on a line of its own, whatever is in its key.
fn line(damaged: &Damaged) -> String {
    let version = damaged.version.as_ref();
    let version = version.map_or_else(String::new, |version| format!(" version {version}"));
    match &damaged.key {
        Some(key) => format!(
            "s3://{}/{}{version}: {}",
            damaged.bucket,
            key.escape_debug(),
            damaged.why
        ),
        None => format!("a part of an object or of an upload: {}", damaged.why),
    }
}

fn backup(data: &Path, target: &Path) -> Result<ExitCode, Failure> {
    let mut say = now_and_then();
    let done = dropslip_store::backup(data, target, |so_far| {
        say(&|| format!("{} files, {}", so_far.files, ByteSize(so_far.bytes)));
    });
    let done = done.map_err(|error| {
        failure(
            &error,
            "name the data folder with `--data FOLDER`, and a target that is empty or not there",
        )
    })?;
    terminal::talk(&format!(
        "{} files, {}; to restore: `dropslip store --data {}`",
        done.files,
        ByteSize(done.bytes),
        target.display()
    ));
    Ok(ExitCode::SUCCESS)
}

fn failure(error: &OpenError, hint: &str) -> Failure {
    Failure::new(error.to_string()).hint(hint)
}
