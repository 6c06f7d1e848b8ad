//! What `dropslip cors check` says to a person: each request with yes or no, and below it why.

use dropslip_s3::address::is_loopback_host;
use dropslip_s3::cors::{Cause, Explained, Judged, Mismatch, RuleName};

use super::ask::Checked;
use super::check::{Report, Rules};
use crate::ink::{Ink, wrapped};
use crate::terminal::Look;

/// How far the lines below an answer are set in.
const INDENT: usize = 5;

/// The report as lines of text.
pub(super) fn of(report: &Report<'_>, look: Look) -> String {
    let rules = match &report.rules {
        Rules::Read(found) => match found.rules.len() {
            0 => "no CORS rules".to_owned(),
            1 => "1 CORS rule".to_owned(),
            count => format!("{count} CORS rules"),
        },
        Rules::NotRead(why) => format!("its CORS rules could not be read: {why}"),
    };
    let origin = report.endpoint.origin();
    let mut text = format!("s3://{} at {origin}: {rules}\n", report.bucket);
    for check in report.checks {
        let (word, ink) = match check.is_allowed() {
            true => ("yes", Ink::Green),
            false => ("no ", Ink::Red),
        };
        let asked = &check.asked;
        let headers = match asked.headers.is_empty() {
            true => String::new(),
            false => format!(" with {}", asked.headers.join(", ")),
        };
        text.push_str(&format!(
            "\n{}  {} from {}{headers}\n",
            look.inked(ink, word),
            asked.method,
            asked.origin
        ));
        for said in said(check, &origin) {
            paragraph(&mut text, INDENT, &said.what, look);
            if let Some(change) = &said.change {
                paragraph(&mut text, INDENT + 2, change, look);
            }
        }
    }
    if let Some(fix) = &report.fix {
        text.push_str(&format!("\n{}\n  {fix}\n", look.inked(Ink::Bold, "fix:")));
    }
    text.truncate(text.trim_end().len());
    text
}

/// Something to say, and what to change about it.
struct Said {
    what: String,
    change: Option<String>,
}

impl From<String> for Said {
    fn from(what: String) -> Self {
        Self { what, change: None }
    }
}

impl From<&Mismatch> for Said {
    fn from(mismatch: &Mismatch) -> Self {
        Self {
            what: mismatch.to_string(),
            change: Some(mismatch.change()),
        }
    }
}

fn paragraph(text: &mut String, indent: usize, said: &str, look: Look) {
    let room = look.width.saturating_sub(indent).max(30);
    for line in wrapped(said, room) {
        text.push_str(&format!("{}{line}\n", " ".repeat(indent)));
    }
}

/// One paragraph for each thing to say.
fn said(check: &Checked<'_>, storage: &str) -> Vec<Said> {
    let mut said: Vec<Said> = Vec::new();
    if check.judged != Judged::Allowed {
        let (answer, means) = (check.answered.shown(), judged(&check.judged));
        said.push(format!("the preflight was answered {answer}{means}").into());
    }
    if let Some(explained) = &check.explained {
        said.extend(by_rules(explained, check));
    }
    said.extend(check.narrowed.clone().map(Said::from));
    said.extend(notes(check));
    if is_mixed(check.asked.origin, storage) {
        let what = format!(
            "note: `{storage}` is not encrypted, and browsers let no `https` page send anything there"
        );
        said.push(Said {
            what,
            change: Some("give pages an `https` address of the storage".to_owned()),
        });
    }
    said
}

/// What the rules say: which one it is, or what is wrong with them.
fn by_rules(explained: &Explained, check: &Checked<'_>) -> Vec<Said> {
    let is_allowed = check.judged == Judged::Allowed;
    match (&explained.matched, is_allowed) {
        (Some(matched), _) => vec![matched_by(matched, check).into()],
        (None, true) => {
            let own = "the storage allows it, though by S3's reading no rule does; it has rules of its own";
            vec![own.to_owned().into()]
        }
        (None, false) => explained.mismatches.iter().map(Said::from).collect(),
    }
}

fn matched_by(matched: &RuleName, check: &Checked<'_>) -> String {
    let id = matched.id.as_ref();
    let id = id.map_or_else(String::new, |id| format!(" `{}`", id.escape_debug()));
    let rule = format!("rule {}{id}", matched.index + 1);
    match check.judged {
        Judged::Allowed => format!("by {rule}"),
        _ => format!(
            "{rule} allows it: the storage may need a minute after a change, or something stands in front of it, such as \
             a proxy or a CDN, that does not pass `origin` on"
        ),
    }
}

/// What a person makes of a verdict; a plain no is explained below.
pub(super) fn judged(judged: &Judged<'_>) -> String {
    match judged {
        Judged::Allowed | Judged::Refused => String::new(),
        Judged::Failing => ": the storage fails".to_owned(),
        Judged::Redirected => {
            ": browsers follow no redirect before a request. Take the address that answers itself, with AWS \
             the one of the bucket's region"
                .to_owned()
        }
        Judged::OtherOrigin => ": it does not name this origin".to_owned(),
        Judged::OtherMethod => ", and leaves the method out".to_owned(),
        Judged::OtherHeaders(missing) => format!(", and leaves out {}", missing.join(", ")),
    }
}

/// What browsers block: plain HTTP from an encrypted page, except to this machine.
fn is_mixed(origin: &str, storage: &str) -> bool {
    let plain = storage.strip_prefix("http://");
    origin.starts_with("https://") && plain.is_some_and(|host| !is_loopback_host(host))
}

/// What is worth knowing of a request that is allowed.
fn notes(check: &Checked<'_>) -> Vec<Said> {
    let mut notes = Vec::new();
    if check.judged != Judged::Allowed {
        return notes;
    }
    let of = |what: &str, change: &str| Said {
        what: what.to_owned(),
        change: Some(change.to_owned()),
    };
    if check.with_cookies == Some(false) {
        let mut of_rules = check
            .explained
            .iter()
            .flat_map(|explained| &explained.notes);
        let any = of_rules.find(|note| note.cause == Cause::CredentialsAnyOrigin);
        notes.push(match any {
            Some(note) => of(&format!("not with cookies: {note}"), &note.change()),
            None => {
                let without = "not with cookies: the answer does not have `access-control-allow-credentials: true` \
                               for this origin";
                without.to_owned().into()
            }
        });
    }
    if check.asked.method == "PUT" && check.is_etag_exposed() == Some(false) {
        notes.push(of(
            "note: scripts cannot read the `ETag`. Dropslip's client does without; Uppy and others need it for \
             uploads in parts",
            "add `ETag` to the ExposeHeaders",
        ));
    }
    if check.can_read_errors() == Some(false) {
        let what = "note: an error of the storage came without CORS headers, so a page cannot read why an upload is \
                    refused";
        notes.push(what.to_owned().into());
    }
    notes
}
