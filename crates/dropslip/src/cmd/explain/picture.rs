//! The report for a person at a terminal: the verdict first, then what to change, then
//! the two canonical requests. It reads the same without colour.

use dropslip_s3::xml::{ToldExplanation, ToldFinding};
use dropslip_sigv4::Certainty;

use super::{Report, label};
use crate::ink::{Ink, wrapped};
use crate::shown;
use crate::terminal::Look;

/// The report as lines of text.
pub(super) fn of(report: &Report, look: Look) -> String {
    let mut out = Page {
        look,
        text: String::new(),
    };
    match report.told() {
        Some(told) => out.explanation(&told, report),
        None => out.nothing(report),
    }
    out.blank();
    if let Some(error) = &report.storage {
        let said = [error.code.trim(), error.message.trim()].join(": ");
        out.line(&format!("the storage said: {}", shown::line(&said)));
    }
    out.line(&report.key);
    for remark in &report.remarks {
        out.line(&format!("note: {}", shown::line(remark)));
    }
    for notice in &report.notices {
        out.line(&format!("also: {}", notice.message));
    }
    out.text.truncate(out.text.trim_end().len());
    out.text
}

struct Page {
    look: Look,
    text: String,
}

impl Page {
    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn blank(&mut self) {
        self.text.push('\n');
    }

    fn inked(&self, ink: Ink, text: &str) -> String {
        self.look.inked(ink, text)
    }

    /// Each line of a text in bold, broken where the terminal ends.
    fn bold(&mut self, indent: &str, text: &str, tail: &str) {
        let room = self.look.width.saturating_sub(indent.len()).max(20);
        let lines = wrapped(text, room);
        let count = lines.len();
        for (at, line) in lines.iter().enumerate() {
            let bold = self.inked(Ink::Bold, line);
            let dim = self.inked(Ink::Dim, tail);
            let fits = line.chars().count() + 1 + tail.chars().count() <= room;
            match (at + 1 == count && !tail.is_empty(), fits) {
                (false, _) => self.line(&format!("{indent}{bold}")),
                (true, true) => self.line(&format!("{indent}{bold} {dim}")),
                (true, false) => self.line(&format!("{indent}{bold}\n{indent}{dim}")),
            }
        }
    }

    fn nothing(&mut self, report: &Report) {
        let text = match (report.verdict.as_deref(), report.checked) {
            (Some(verdict), _) => verdict,
            (None, _) if report.is_public => {
                "nothing is wrong: the request is not signed, and was answered all the same"
            }
            (None, true) => "the signature holds",
            (None, false) => "nothing wrong can be seen; the signature itself was not checked",
        };
        self.bold("", text, "");
    }

    fn explanation(&mut self, told: &ToldExplanation, report: &Report) {
        let certainty = told.certainty();
        let one = told.findings().len() == 1;
        let what = match (certainty, one) {
            (Certainty::Certain, true) => "and this is why (certain):",
            (Certainty::Certain, false) => "and these together are why (certain):",
            (Certainty::Likely, true) => "and this is likely why:",
            (Certainty::Likely, false) => "and one of these is likely why, the likeliest first:",
            (Certainty::Unknown, _) if !report.checked && report.explanation.is_some() => {
                "without the secret nothing is proved. Suspects, the most frequent first:"
            }
            (Certainty::Unknown, _) => {
                "nothing that was tried reproduces the signature. Suspects, the most frequent first:"
            }
        };
        let verdict = match (report.taken, certainty) {
            // What is looked at is not how the storage has seen it.
            (Some(status), _) => {
                format!(
                    "answered with {status}, so it was taken; by what is known here it is refused, {what}"
                )
            }
            (None, Certainty::Unknown) => format!("refused; {what}"),
            (None, _) => format!("refused, {what}"),
        };
        self.bold("", &verdict, "");
        for finding in told.findings() {
            self.finding(finding, certainty);
        }
        let signed = told.canonical_request_signed();
        let arrived = report.canonical_request_arrived();
        match (signed, arrived) {
            (Some(signed), Some(arrived)) => self.both(&signed, &arrived),
            (None, Some(arrived)) => self.one("what arrived, as it is signed:", &arrived),
            (Some(signed), None) => self.one("what was signed:", &signed),
            (None, None) => {}
        }
    }

    fn finding(&mut self, finding: &ToldFinding, certainty: Certainty) {
        self.blank();
        let cause = format!("[{}]", shown::line(&finding.cause));
        self.bold("  ", &shown::line(&finding.message), &cause);
        let (signed_name, arrived_name) = label::labels(finding);
        let (signed, arrived) = (&finding.signed, &finding.arrived);
        let told = signed.is_some() || arrived.is_some();
        // All values of a finding stand in one column.
        let column = match told {
            true => signed_name.len().max(arrived_name.len()).max(13) + 2,
            false => 15,
        };
        let room = self.look.width.saturating_sub(column + 4).max(20);
        if told {
            // Of a suspect it is not known what was signed.
            let none = || match certainty {
                Certainty::Certain => "(nothing)".to_owned(),
                Certainty::Likely | Certainty::Unknown => "?".to_owned(),
            };
            let value = |value: &String| around(&label::value(finding, value), 0, room).0;
            for (name, text, ink) in [
                (signed_name, signed, Ink::Green),
                (arrived_name, arrived, Ink::Red),
            ] {
                let text = self.inked(ink, &text.as_ref().map_or_else(none, value));
                self.line(&format!("    {name:column$}{text}"));
            }
        }
        let indent = format!("\n{}", " ".repeat(column + 4));
        for (who, fix) in [
            ("who sends it:", &finding.fix_for_sender),
            ("who signs it:", &finding.fix_for_signer),
        ] {
            let fix = wrapped(&shown::line(fix), room).join(&indent);
            self.line(&format!("    {who:column$}{fix}"));
        }
    }

    fn one(&mut self, title: &str, text: &[u8]) {
        self.blank();
        self.line(title);
        self.blank();
        for (at, line) in shown::canonical(text).iter().enumerate() {
            self.row(at + 1, ' ', line, 0);
        }
    }

    /// One over the other, in one column of lines.
    fn both(&mut self, signed: &[u8], arrived: &[u8]) {
        let (signed, arrived) = (shown::canonical(signed), shown::canonical(arrived));
        self.blank();
        self.line("the canonical request, - as it was signed, + as it arrived:");
        self.blank();
        let (mut left, mut right) = (0, 0);
        for (signed_to, arrived_to) in common(&signed, &arrived) {
            self.gap(
                &signed[left..signed_to],
                &arrived[right..arrived_to],
                (left, right),
            );
            if signed_to < signed.len() {
                self.row(arrived_to + 1, ' ', &signed[signed_to], 0);
            }
            (left, right) = (signed_to + 1, arrived_to + 1);
        }
    }

    /// Lines that differ; pairs of them show where.
    fn gap(&mut self, signed: &[String], arrived: &[String], (left, right): (usize, usize)) {
        for at in 0..signed.len().max(arrived.len()) {
            match (signed.get(at), arrived.get(at)) {
                (Some(was), Some(is)) => {
                    let column = was
                        .chars()
                        .zip(is.chars())
                        .take_while(|(a, b)| a == b)
                        .count();
                    self.row(left + at + 1, '-', was, column);
                    let shift = self.row(right + at + 1, '+', is, column);
                    let room = " ".repeat(ROW_START + column - shift);
                    self.line(&format!("{room}^ column {}", column + 1));
                }
                (Some(was), None) => {
                    self.row(left + at + 1, '-', was, 0);
                }
                (None, Some(is)) => {
                    self.row(right + at + 1, '+', is, 0);
                }
                (None, None) => {}
            }
        }
    }

    /// A line with its number and mark, cut around a column; says how many characters
    /// the column moved to the left by that.
    fn row(&mut self, number: usize, mark: char, text: &str, column: usize) -> usize {
        let (text, shift) = around(
            text,
            column,
            self.look.width.saturating_sub(ROW_START).max(20),
        );
        let text = match mark {
            '-' => self.inked(Ink::Green, &text),
            '+' => self.inked(Ink::Red, &text),
            _ => text,
        };
        let row = format!("{number:>5} {mark} {text}");
        self.line(row.trim_end());
        shift
    }
}

/// Where the text of a row begins: five digits, a space, the mark, a space.
const ROW_START: usize = 8;

/// Cuts a line to a width so that the column stays in sight, and says by how many
/// characters it moved to the left.
fn around(text: &str, column: usize, width: usize) -> (String, usize) {
    let count = text.chars().count();
    if count <= width {
        return (text.to_owned(), 0);
    }
    // Two thirds of the line before the column, one behind it.
    let start = (column + width / 3)
        .saturating_sub(width)
        .min(count.saturating_sub(width));
    let mut cut: String = text.chars().skip(start).take(width).collect();
    if start > 0 {
        cut = std::iter::once('…').chain(cut.chars().skip(1)).collect();
    }
    if start + width < count {
        cut.pop();
        cut.push('…');
    }
    (cut, start)
}

/// The places of the lines that both have, in order, and the two ends: a longest common
/// subsequence. Canonical requests have at most some hundred lines.
fn common(left: &[String], right: &[String]) -> Vec<(usize, usize)> {
    let width = right.len() + 1;
    let mut longest = vec![0_u16; (left.len() + 1) * width];
    for (i, a) in left.iter().enumerate().rev() {
        for (j, b) in right.iter().enumerate().rev() {
            longest[i * width + j] = match a == b {
                true => longest[(i + 1) * width + j + 1] + 1,
                false => longest[(i + 1) * width + j].max(longest[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut found = Vec::new();
    while i < left.len() && j < right.len() {
        if left[i] == right[j] {
            found.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    found.push((left.len(), right.len()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(signed: &str, arrived: &str, width: usize) -> String {
        let look = Look {
            colour: false,
            width,
        };
        let mut page = Page {
            look,
            text: String::new(),
        };
        page.both(signed.as_bytes(), arrived.as_bytes());
        page.text
    }

    #[test]
    fn the_difference_is_pointed_at() {
        let text = both(
            "PUT\n/a\n\ntype:image/jpeg\nhost:h",
            "PUT\n/a\n\ntype:image/png\nhost:h",
            80,
        );
        let expect = "    4 - type:image/jpeg\n    4 + type:image/png\n                   ^ column 12\n    5   host:h\n";
        assert!(text.ends_with(expect), "{text}");
    }

    #[test]
    fn a_missing_line_is_one_sided() {
        let text = both("PUT\nx-amz-acl:private\nhost:h", "PUT\nhost:h", 80);
        assert!(
            text.ends_with("    1   PUT\n    2 - x-amz-acl:private\n    2   host:h\n"),
            "{text}"
        );
        let text = both("PUT", "PUT\nhost:h", 80);
        assert!(text.ends_with("    1   PUT\n    2 + host:h\n"), "{text}");
        let text = both("PUT\na", "PUT\na", 80);
        assert!(text.ends_with("    1   PUT\n    2   a\n"), "{text}");
    }

    #[test]
    fn long_lines_are_cut_around_the_difference() {
        let (signed, arrived) = (
            format!("{}1{}", "a".repeat(200), "b".repeat(200)),
            format!("{}2{}", "a".repeat(200), "b".repeat(200)),
        );
        let text = both(&signed, &arrived, 68);
        let lines: Vec<&str> = text.lines().skip(3).collect();
        let at = lines[2].find('^').unwrap();
        for (line, mark) in lines.iter().zip(['1', '2']) {
            let chars: Vec<char> = line.chars().collect();
            assert!(chars.len() <= 68 && chars[at] == mark, "{text}");
            assert_eq!((chars[8], chars[chars.len() - 1]), ('…', '…'), "{text}");
        }
        assert!(lines[2].ends_with("^ column 201"), "{text}");
    }

    #[test]
    fn colour_changes_no_text() {
        let look = |colour| Look { colour, width: 80 };
        let page = |colour| {
            let mut page = Page {
                look: look(colour),
                text: String::new(),
            };
            page.both(b"PUT\na", b"PUT\nb");
            page.text
        };
        let plain = page(true)
            .replace("\u{1b}[32m", "")
            .replace("\u{1b}[31m", "")
            .replace("\u{1b}[0m", "");
        assert_eq!(plain, page(false));
        assert_ne!(page(true), page(false));
    }
}
