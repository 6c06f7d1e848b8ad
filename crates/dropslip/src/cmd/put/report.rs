//! What became of each file and of all: lines for people, JSON for programs.

use dropslip_s3::steering::steers;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bytesize::ByteSize;
use dropslip_put::{Item, Journal, Ledger, Problem, PutError, PutErrorKind, Stored, Summary};
use serde_json::{Map, Value, json};

use super::plan::To;
use super::show::Manner;
use crate::args::put::Put;
use crate::failure::Failure;
use crate::terminal;

/// Up to so many files each has a line; of more there is a line every few seconds.
const LINES_MAX: usize = 20;
/// How many failures are told one by one to people; the rest is counted.
const FAILURES_MAX: usize = 20;

/// What was told so far.
pub(super) struct Report {
    to: To,
    is_json: bool,
    is_quiet: bool,
    began: Instant,
    problems: usize,
    told: usize,
    /// Whether each file has a line.
    has_lines: bool,
    hints: HashSet<String>,
}

impl Report {
    pub(super) fn new(args: &Put, to: &To) -> Self {
        Self {
            to: to.clone(),
            is_json: args.json,
            is_quiet: args.quiet,
            began: Instant::now(),
            problems: 0,
            told: 0,
            has_lines: true,
            hints: HashSet::new(),
        }
    }

    pub(super) fn manner(&self) -> Manner {
        match self.is_quiet {
            true => Manner::Quiet,
            false => Manner::by_terminal(),
        }
    }

    /// Something that cannot be sent.
    pub(super) fn problem(&mut self, problem: &Problem) {
        self.problems += 1;
        let name = problem.path.display().to_string();
        self.failure(&name, &problem.error);
        if self.is_json {
            terminal::data(&failed(&name, None, &problem.error).to_string());
        }
    }

    /// There are no files.
    pub(super) fn nothing(&self) -> ExitCode {
        if !self.is_quiet && self.problems == 0 {
            terminal::talk("there is nothing to upload");
        }
        if self.is_json {
            let count = self.problems;
            let summary = json!({"stored": 0, "skipped": 0, "failed": count, "left": 0, "bytesSent": 0, "seconds": 0.0});
            terminal::data(&json!({ "summary": summary }).to_string());
        }
        ExitCode::from(u8::from(self.problems > 0))
    }

    /// How much there is to do, and what an earlier run has done of it.
    pub(super) fn began(&mut self, journal: Option<&Journal>, files_total: usize) {
        self.has_lines = files_total <= LINES_MAX;
        let Some(past) = journal.map(Journal::past) else {
            return;
        };
        if self.is_quiet || past.stored() + past.begun() == 0 {
            return;
        }
        let mut text = "going on where an earlier run ended".to_owned();
        if past.stored() > 0 {
            let _ = write!(text, ": {} stored", files(past.stored()));
        }
        terminal::talk(&text);
    }

    /// What became of a file.
    pub(super) fn finished(&mut self, item: &Item, outcome: &Result<Stored, PutError>) {
        match outcome {
            Ok(stored) => {
                if self.is_json {
                    let size_bytes = item.source.stamp.size_bytes;
                    terminal::data(&stored_json(&item.name, size_bytes, stored).to_string());
                } else if let To::Preset { .. } = self.to {
                    terminal::data(&clean(stored.url.as_deref().unwrap_or(&stored.key)));
                }
                self.line(item, stored);
            }
            Err(error) => {
                self.failure(&item.name, error);
                if self.is_json {
                    terminal::data(
                        &failed(&item.name, item.key.as_ref().map(|key| key.as_str()), error)
                            .to_string(),
                    );
                }
            }
        }
    }

    fn line(&self, item: &Item, stored: &Stored) {
        let is_told = self.has_lines && self.manner() == Manner::Lines;
        if !is_told || stored.was_there {
            return;
        }
        let size = shown(item.source.stamp.size_bytes);
        terminal::talk(&format!(
            "stored {} as {} ({size})",
            clean(&item.name),
            place(&self.to, &stored.key)
        ));
    }

    fn failure(&mut self, name: &str, error: &PutError) {
        self.told += 1;
        if self.told > FAILURES_MAX {
            return;
        }
        let mut text = format!("error: `{}` {}", clean(name), clean(&cause(error)));
        // The same advice for a hundred files is read once.
        if let Some(hint) = error.advice()
            && self.hints.insert(hint.to_owned())
        {
            let _ = write!(text, "\n\nhint: {hint}\n");
        }
        terminal::talk(&text);
    }

    /// The end: what is stored, what is left, and why.
    pub(super) fn end(
        &self,
        summary: Summary,
        ledger: &Ledger,
        is_stopped: bool,
    ) -> Result<ExitCode, Failure> {
        let took = self.began.elapsed();
        let failed = summary.failed + self.problems;
        if self.is_json {
            terminal::data(
                &json!({ "summary": self.summary_json(&summary, ledger, took) }).to_string(),
            );
        }
        if self.told > FAILURES_MAX {
            terminal::talk(&format!(
                "… and {} more failed; `--json` names each",
                files(self.told - FAILURES_MAX)
            ));
        }
        // Of what did not even begin the error says all.
        let has_begun = summary.has_begun || summary.trouble.is_none();
        if has_begun && (!self.is_quiet || summary.left > 0) {
            terminal::talk(&ended(&summary, ledger, failed, took));
        }
        if let Some(trouble) = &summary.journal_trouble {
            terminal::talk(&format!(
                "warning: {trouble}; what it does not have is sent again by a later run"
            ));
        }
        if has_begun
            && summary.left > 0
            && summary.journal.is_some()
            && (is_stopped || summary.trouble.is_some())
        {
            terminal::talk("the same command goes on with what is left");
        }
        if let Some(trouble) = summary.trouble {
            let mut failure = Failure::from(trouble.clone());
            failure.exit_code = if summary.has_begun { 1 } else { 2 };
            return Err(failure);
        }
        Ok(ExitCode::from(u8::from(failed > 0 || summary.left > 0)))
    }

    fn summary_json(&self, summary: &Summary, ledger: &Ledger, took: Duration) -> Value {
        let mut object = json!({
            "stored": summary.stored,
            "skipped": summary.skipped,
            "failed": summary.failed + self.problems,
            "left": summary.left,
            "bytesSent": ledger.bytes_sent(),
            "seconds": took.as_millis() as f64 / 1000.0,
        });
        if let Some(trouble) = &summary.trouble {
            object["error"] = error_json(trouble);
        }
        object
    }
}

/// The cause, so that it reads on behind a file's name.
fn cause(error: &PutError) -> String {
    use PutErrorKind::{Changed, Unreadable};
    match error.kind() {
        Unreadable | Changed => error.to_string(),
        _ => format!("is not stored: {error}"),
    }
}

/// Tells what could not be sent, of a run that sends nothing.
pub(super) fn tell_problem(problem: &Problem, is_json: bool) {
    terminal::talk(&problem_text(problem));
    if is_json {
        let name = problem.path.display().to_string();
        terminal::data(&failed(&name, None, &problem.error).to_string());
    }
}

fn problem_text(problem: &Problem) -> String {
    format!(
        "error: `{}` {}",
        clean(&problem.path.display().to_string()),
        cause(&problem.error)
    )
}

/// One line of what would be done.
pub(super) fn planned(item: &Item, to: &To, is_json: bool) -> String {
    let size_bytes = item.source.stamp.size_bytes;
    let key = item.key.as_ref().map(|key| key.as_str());
    if is_json {
        let mut object = json!({"file": item.name, "size": size_bytes});
        if let Some(key) = key {
            object["key"] = key.into();
        }
        return object.to_string();
    }
    let (name, place) = (clean(&item.name), place(to, key.unwrap_or_default()));
    format!("{name} -> {place} ({})", shown(size_bytes))
}

/// A name as it is shown to people: what would move the cursor, or turn the direction of writing, is `?`.
pub(super) fn clean(name: &str) -> String {
    name.chars()
        .map(|c| if steers(c) { '?' } else { c })
        .collect()
}

fn place(to: &To, key: &str) -> String {
    match to {
        To::S3(url) => clean(&format!("s3://{}/{key}", url.bucket)),
        To::Preset { name, .. } if key.is_empty() => clean(&format!("preset {name}")),
        To::Preset { .. } => clean(key),
    }
}

/// What a program reads of a file that is stored.
pub(super) fn stored_json(name: &str, size_bytes: u64, stored: &Stored) -> Value {
    let mut object = Map::new();
    object.insert("file".to_owned(), name.into());
    object.insert("key".to_owned(), stored.key.as_str().into());
    object.insert("size".to_owned(), size_bytes.into());
    object.insert("etag".to_owned(), stored.etag.as_str().into());
    if let Some((algorithm, value)) = &stored.checksum {
        let checksum = json!({"algorithm": algorithm.to_ascii_lowercase(), "value": value});
        object.insert("checksum".to_owned(), checksum);
    }
    if let Some(url) = &stored.url {
        object.insert("url".to_owned(), url.as_str().into());
    }
    if stored.was_there {
        object.insert("skipped".to_owned(), true.into());
    }
    object.into()
}

fn failed(name: &str, key: Option<&str>, error: &PutError) -> Value {
    let mut object = json!({"file": name, "error": error_json(error)});
    if let Some(key) = key {
        object["key"] = key.into();
    }
    object
}

fn error_json(error: &PutError) -> Value {
    let mut object = json!({"message": error.to_string()});
    if let Some(hint) = error.advice() {
        object["hint"] = hint.into();
    }
    object
}

fn ended(summary: &Summary, ledger: &Ledger, failed: usize, took: Duration) -> String {
    let sent = ledger.bytes_sent();
    let new = summary.stored - summary.skipped;
    let mut text = format!(
        "{} stored, {} in {}",
        files(new),
        shown(sent),
        seconds(took)
    );
    let per_s = sent as f64 / took.as_secs_f64().max(0.001);
    let _ = write!(text, " ({}/s)", shown(per_s as u64));
    if summary.skipped > 0 {
        let _ = write!(text, "; {} stored before", summary.skipped);
    }
    if failed > 0 {
        let _ = write!(text, "; {failed} failed");
    }
    if summary.left > 0 {
        let _ = write!(text, "; {} left", summary.left);
    }
    text
}

pub(super) fn files(count: usize) -> String {
    match count {
        1 => "1 file".to_owned(),
        count => format!("{count} files"),
    }
}

pub(super) fn shown(bytes: u64) -> String {
    ByteSize::b(bytes).display().iec().to_string()
}

pub(super) fn seconds(took: Duration) -> String {
    match took.as_secs() {
        0..60 => format!("{:.1} s", took.as_secs_f64()),
        all => format!("{} min {} s", all / 60, all % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_harmless() {
        assert_eq!(clean("a/ä b.txt"), "a/ä b.txt");
        assert_eq!(
            clean("a\x1b[31m\x1b]0;t\x07\nerror: b"),
            "a?[31m?]0;t??error: b"
        );
        assert_eq!(clean("a\u{202e}gpj.exe\u{2066}"), "a?gpj.exe?");
    }
}
