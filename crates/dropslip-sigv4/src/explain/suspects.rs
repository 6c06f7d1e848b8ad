//! What to suspect when no change reproduces the signature.
//!
//! A wrong secret, a renamed key and an edited value all give a signature that fits
//! nothing: from here they look the same. What the request itself shows is likely;
//! the rest are suspects, the most frequent first.

use super::advice::finding;
use super::changes::{Arrived, cause_of};
use super::explanation::{Cause, Certainty, Finding};
use super::pieces::shown as shown_text;
use crate::limits::EXPLAIN_SUSPECTS_MAX;

/// How many suspects a request signed in the header has, the secret among them: who
/// signs there sends at once, and values seldom change in between.
const HEADER_SUSPECTS_MAX: usize = 3;

/// How sure, and what.
pub(super) fn of(arrived: &Arrived<'_>) -> (Certainty, Vec<Finding>) {
    let mut shown = Vec::new();
    absent(&mut shown, arrived);
    form(&mut shown, arrived);
    // A request is signed in one place, or it would have been refused before.
    let mut authorization = arrived.request.header_values("authorization");
    let presigned = authorization.next().is_none();
    let mut suspects = free_values(arrived, presigned);
    // That the key has verified clears the secret known here, not that of every signer.
    // Who signs in the header sends at once: there the secret stays the first suspect.
    let secret_is_right = arrived.known.key_has_verified;
    if !secret_is_right || !presigned {
        suspects.insert(0, secret());
    }
    if !shown.is_empty() {
        shown.extend(suspects);
        return (Certainty::Likely, shown);
    }
    // The search knows the usual types, so a number that can be anything is likelier.
    let is_length = |finding: &Finding| finding.cause == Cause::ContentLength;
    let mut others = suspects.iter().skip(1);
    let all_usual = others.all(|finding| finding.cause == Cause::ContentType);
    if secret_is_right && all_usual && suspects.first().is_some_and(is_length) {
        return (Certainty::Likely, suspects);
    }
    if !presigned {
        suspects.truncate(HEADER_SUSPECTS_MAX);
        return (Certainty::Likely, suspects);
    }
    if secret_is_right {
        suspects.push(secret());
    }
    let text = "the path was changed after signing, beyond what can be guessed";
    let path = shown_text(&arrived.pieces.path);
    suspects.push(finding(Cause::PathRewritten, "path", text).saying(None, Some(path)));
    (Certainty::Unknown, suspects)
}

fn secret() -> Finding {
    finding(
        Cause::Secret,
        "secret",
        "signed with another secret than the one known here",
    )
}

/// Signed headers that did not arrive.
fn absent(shown: &mut Vec<Finding>, arrived: &Arrived<'_>) {
    let absent = arrived.mismatch.absent_headers.iter();
    for name in absent.take(EXPLAIN_SUSPECTS_MAX) {
        let text = format!("`{name}` was signed; the request did not send it");
        shown.push(finding(cause_of(name), name, text));
    }
}

/// A file that was sent as a form has another type and another length than the file.
fn form(shown: &mut Vec<Finding>, arrived: &Arrived<'_>) {
    let Some(sent) = arrived.pieces.header("content-type") else {
        return;
    };
    if !sent.starts_with(b"multipart/form-data") {
        return;
    }
    let sent = shown_text(sent);
    let text = "the request sent a form; a presigned PUT takes the file alone as its body";
    shown.push(finding(Cause::ContentType, "content-type", text).saying(None, Some(sent)));
}

/// Signed values that can be anything, so that no search can find what they were.
fn free_values(arrived: &Arrived<'_>, presigned: bool) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, value) in &arrived.pieces.headers {
        let cause = cause_of(name);
        let is_free = match name.as_str() {
            "host"
            | "x-amz-date"
            | "date"
            | "x-amz-content-sha256"
            | "x-amz-security-token"
            | "x-amz-user-agent"
            | "content-md5" => false,
            _ if arrived.mismatch.absent_headers.contains(name) => false,
            // Told by itself.
            "content-type" if value.starts_with(b"multipart/form-data") => false,
            // SDKs make these together with the signature, of the body at hand.
            _ if name.starts_with("x-amz-checksum-") || name.starts_with("x-amz-sdk-") => presigned,
            _ => !name.starts_with("amz-sdk-"),
        };
        if is_free {
            let text = format!("`{name}` differs from what was signed");
            let value = shown_text(value);
            let mut suspect = finding(cause, name, text).saying(None, Some(value));
            // It is signed with a value, if not with this one, so leaving it out is no way.
            if cause != Cause::ContentLength {
                suspect.fix_for_sender = format!("send `{name}` with the value that was signed");
            }
            found.push(suspect);
        }
    }
    found.sort_by_key(|finding| finding.cause != Cause::ContentLength);
    for (name, value) in arrived.pieces.parameters() {
        let lower = name.to_ascii_lowercase();
        if lower.starts_with(b"x-amz-") || lower == b"x-id" || value.is_empty() {
            continue;
        }
        let decoded = |text: &[u8]| shown_text(&crate::encode::decode(text));
        let (name, value) = (decoded(name), decoded(value));
        let text = format!("the query parameter `{name}` was changed or added after signing");
        found.push(finding(Cause::QueryChanged, &name, text).saying(None, Some(value)));
    }
    found.truncate(EXPLAIN_SUSPECTS_MAX);
    found
}
