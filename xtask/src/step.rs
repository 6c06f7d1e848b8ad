//! Steps in order: each announced, timed, and the first failure ends the run.
//!
//! The last line is `N passed, M failed`, with the steps counted: it can be
//! read by a person and by a machine.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::repo::Repo;
use crate::say;

/// One check that can be run alone: `cargo xtask test NAME`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Whether it belongs to the group `lint`.
    pub(crate) lint: bool,
    pub(crate) run: fn(&Repo) -> Result<Outcome, String>,
}

/// How a step ended that did not fail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    /// A tool is missing that not everyone needs; the text says which.
    Skipped(String),
}

/// Runs the steps and prints the table.
pub(crate) fn run_all(repo: &Repo, steps: &[Step]) -> ExitCode {
    let mut table = Table::default();
    for (index, step) in steps.iter().enumerate() {
        say::line(&format!(
            "\n==> {} ({}/{}): {}",
            step.name,
            index + 1,
            steps.len(),
            step.about
        ));
        let start = Instant::now();
        let result = (step.run)(repo);
        table.add(step.name, &result, start.elapsed());
        if let Err(message) = result {
            let alone = format!("run it alone with `cargo xtask test {}`", step.name);
            say::error(&message, &alone);
            break;
        }
    }
    say::text(&table.text());
    if table.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The summary: a row for each step, and the closing line.
#[derive(Debug, Default)]
struct Table {
    rows: String,
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl Table {
    fn add(&mut self, name: &str, result: &Result<Outcome, String>, took: Duration) {
        let (verdict, count) = match result {
            Ok(Outcome::Passed) => ("passed".to_owned(), &mut self.passed),
            Ok(Outcome::Skipped(reason)) => (format!("skipped: {reason}"), &mut self.skipped),
            Err(_) => ("FAILED".to_owned(), &mut self.failed),
        };
        *count += 1;
        let seconds = took.as_secs_f64();
        self.rows
            .push_str(&format!("  {name:<10} {seconds:>7.1} s  {verdict}\n"));
    }

    fn text(&self) -> String {
        let mut text = format!(
            "\n{}\n{} passed, {} failed",
            self.rows, self.passed, self.failed
        );
        if self.skipped > 0 {
            text.push_str(&format!(", {} skipped", self.skipped));
        }
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(results: &[Result<Outcome, String>]) -> String {
        let mut table = Table::default();
        for result in results {
            table.add("name", result, Duration::from_millis(1250));
        }
        table.text()
    }

    #[test]
    fn the_last_line_counts_the_steps() {
        assert_eq!(
            table(&[Ok(Outcome::Passed), Ok(Outcome::Passed)]),
            "\n  name           1.2 s  passed\n  name           1.2 s  passed\n\n2 passed, 0 failed\n"
        );
        let failed = table(&[Ok(Outcome::Passed), Err("no".to_owned())]);
        assert!(
            failed.ends_with("FAILED\n\n1 passed, 1 failed\n"),
            "{failed}"
        );
        let skipped = table(&[Ok(Outcome::Skipped("no tool".to_owned()))]);
        assert!(
            skipped.ends_with("skipped: no tool\n\n0 passed, 0 failed, 1 skipped\n"),
            "{skipped}"
        );
    }
}
