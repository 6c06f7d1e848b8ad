//! What `dropslip cors check --json` prints.

use dropslip_s3::cors::{Mismatch, RuleName};
use serde_json::{Value, json};

use super::ask::Checked;
use super::check::{Report, Rules};

/// The report as one document. Names are stable; `null` says that something is not known.
pub(super) fn of(report: &Report<'_>) -> String {
    let (rules, why) = match &report.rules {
        Rules::Read(found) => (Some(found.rules.len()), None),
        Rules::NotRead(why) => (None, Some(why)),
    };
    let checks: Vec<Value> = report.checks.iter().map(check).collect();
    let document = json!({
        "bucket": report.bucket.as_str(),
        "endpoint": report.endpoint.origin(),
        "allowed": report.checks.iter().all(Checked::is_allowed),
        "rules": rules,
        "rulesNotRead": why,
        "checks": checks,
        "fix": report.fix,
    });
    format!("{document:#}")
}

fn check(check: &Checked<'_>) -> Value {
    let explained = check.explained.as_ref();
    let matched = explained.and_then(|explained| explained.matched.as_ref());
    let closest = explained.and_then(|explained| explained.closest.as_ref());
    let mismatches = explained.map(|explained| explained.mismatches.iter().map(mismatch));
    let notes = explained.map(|explained| explained.notes.iter().map(mismatch));
    json!({
        "origin": check.asked.origin,
        "method": check.asked.method,
        "headers": check.asked.headers,
        "allowed": check.is_allowed(),
        "status": check.answered.status,
        "code": check.answered.code,
        "verdict": check.verdict(),
        "matchedRule": matched.map(rule),
        "closestRule": closest.map(rule),
        "mismatches": mismatches.map(Iterator::collect::<Vec<_>>),
        "notes": notes.map(Iterator::collect::<Vec<_>>),
        "narrowed": check.narrowed,
        "etagExposed": check.is_etag_exposed(),
        "errorsReadable": check.can_read_errors(),
        "credentialsAllowed": check.with_cookies,
    })
}

/// A rule by its place from 1, as people count.
fn rule(name: &RuleName) -> Value {
    json!({ "number": name.index + 1, "id": name.id })
}

fn mismatch(mismatch: &Mismatch) -> Value {
    json!({
        "cause": mismatch.cause.code(),
        "rule": mismatch.rule.map(|index| index + 1),
        "found": mismatch.found,
        "wanted": mismatch.wanted,
        "message": mismatch.to_string(),
        "change": mismatch.change(),
    })
}
