//! The report for a person at a terminal: the steps in groups, below each no its cause and what to change.

use dropslip_doctor::{Answer, Case, Finding, Report};

use super::case::place;
use crate::ink::{Ink, wrapped};
use crate::terminal::Look;

/// Where the name of a step begins: two spaces, the answer, two spaces.
const NAME_AT: usize = 2 + "not offered".len() + 2;
/// Where what was seen begins.
const DETAIL_AT: usize = NAME_AT + 28;

/// The report as lines of text.
pub(super) fn of(case: &Case, report: &Report, look: Look) -> String {
    let mut text = format!(
        "{}, region {}, {} addressing\n",
        place(&case.bucket, &case.endpoint),
        case.region,
        super::json::addressing(case)
    );
    if case.public_endpoint != case.endpoint {
        text.push_str(&format!("browsers use {}\n", case.public_endpoint.origin()));
    }
    for findings in report
        .checks
        .chunk_by(|a, b| a.check.group() == b.check.group())
    {
        let title = look.inked(Ink::Bold, findings[0].check.group().title());
        text.push_str(&format!("\n{title}\n"));
        match same_reason(findings) {
            // The reason is told once.
            Some(why) => text.push_str(&format!(
                "  {}  {why}\n",
                look.inked(Ink::Dim, "not tried  ")
            )),
            None => findings
                .iter()
                .for_each(|finding| row(&mut text, finding, look)),
        }
    }
    text.push_str(&format!("\n{}", verdict(report, look)));
    text
}

/// Why none of several steps was tried, if it is the same for all.
fn same_reason(findings: &[Finding]) -> Option<&str> {
    let (first, rest) = findings.split_first()?;
    let is_same =
        |finding: &Finding| finding.answer == Answer::Skipped && finding.detail == first.detail;
    (!rest.is_empty() && findings.iter().all(is_same)).then_some(first.detail.as_str())
}

fn row(text: &mut String, finding: &Finding, look: Look) {
    let (word, ink) = match finding.answer {
        Answer::Yes => ("yes", Ink::Green),
        Answer::No => ("no", Ink::Red),
        Answer::NotOffered => ("not offered", Ink::Dim),
        Answer::Skipped => ("not tried", Ink::Dim),
    };
    let gap = " ".repeat("not offered".len() - word.len());
    let about = finding
        .about
        .as_ref()
        .map(|about| format!("{about}: "))
        .unwrap_or_default();
    let said = format!("{about}{}", finding.detail);
    let room = look.width.saturating_sub(DETAIL_AT).max(30);
    let indent = format!("\n{}", " ".repeat(DETAIL_AT));
    let said = wrapped(&said, room).join(&indent);
    let title = format!("{:28}", finding.check.title());
    text.push_str(&format!(
        "  {}{gap}  {title}{said}\n",
        look.inked(ink, word)
    ));
    let indent = " ".repeat(NAME_AT);
    if let Some(cause) = &finding.cause {
        let room = look.width.saturating_sub(NAME_AT + 9).max(30);
        let lines = wrapped(&cause.text, room).join(&format!("\n{indent}         "));
        text.push_str(&format!(
            "{indent}because  {}\n",
            look.inked(Ink::Bold, &lines)
        ));
    }
    if let Some(fix) = &finding.fix {
        // It is there to be copied, so its lines stay as they are.
        let lines = fix.replace('\n', &format!("\n{indent}         "));
        text.push_str(&format!("{indent}to do    {lines}\n"));
    }
}

fn verdict(report: &Report, look: Look) -> String {
    let summary = report.summary;
    let counts = format!(
        "{} yes, {} no, {} not offered, {} not tried",
        summary.yes, summary.no, summary.not_offered, summary.skipped
    );
    match (summary.no, report.is_complete()) {
        (0, true) => format!(
            "{}: {counts}",
            look.inked(Ink::Green, "Browsers can upload")
        ),
        (0, false) => format!(
            "{}: {counts}",
            look.inked(Ink::Bold, "Nothing is wrong with what could be tried")
        ),
        (1, _) => format!(
            "{}: {counts}",
            look.inked(Ink::Red, "One thing has to be changed")
        ),
        (count, _) => format!(
            "{}: {counts}",
            look.inked(Ink::Red, &format!("{count} things have to be changed"))
        ),
    }
}
