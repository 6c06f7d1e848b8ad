//! The report for tools.

use dropslip_sigv4::{Explanation, Finding};
use serde_json::{Value, json};

use super::{Report, shown};

/// The report as JSON, pretty.
pub(super) fn of(report: &Report) -> String {
    let explanation = report.explanation.as_ref();
    let text = |text: Option<&Vec<u8>>| text.map(|text| shown::canonical(text).join("\n"));
    let storage = report
        .storage
        .as_ref()
        .map(|error| json!({ "code": error.code, "message": error.message }));
    let notices: Vec<Value> = report
        .notices
        .iter()
        .map(|notice| json!({ "cause": notice.cause.code(), "message": notice.message }))
        .collect();
    let findings = explanation.map_or(&[][..], |explanation| &explanation.findings);
    let value = json!({
        "checked": report.checked,
        "cause": explanation.and_then(Explanation::cause).map(|cause| cause.code()),
        "certainty": explanation.map(|explanation| explanation.certainty.code()),
        "message": message(report),
        "findings": findings.iter().map(finding).collect::<Vec<_>>(),
        "difference": explanation.and_then(|explanation| explanation.difference.as_ref()).map(|difference| json!({
            "line": difference.line,
            "column": difference.column,
            "signed": shown::canonical_line(difference.line, &difference.signed),
            "arrived": shown::canonical_line(difference.line, &difference.arrived),
        })),
        "canonicalRequestSigned": text(explanation.and_then(|explanation| explanation.canonical_request_signed.as_ref())),
        "canonicalRequestArrived": text(explanation.and_then(|explanation| explanation.canonical_request_arrived.as_ref())),
        "tried": explanation.map_or(0, |explanation| explanation.tried),
        "storage": storage,
        "notices": notices,
        "remarks": report.remarks,
    });
    format!("{value:#}")
}

fn message(report: &Report) -> Option<String> {
    match &report.explanation {
        Some(explanation) => {
            let messages: Vec<&str> = explanation
                .findings
                .iter()
                .map(|finding| finding.message.as_str())
                .collect();
            Some(messages.join("; "))
        }
        None => report.verdict.clone(),
    }
}

fn finding(finding: &Finding) -> Value {
    let value = |value: &Option<String>| {
        let hidden = shown::is_hidden(&finding.part);
        value.as_ref().map(|value| match hidden {
            true => shown::cut(value),
            false => value.clone(),
        })
    };
    json!({
        "cause": finding.cause.code(),
        "part": finding.part,
        "signed": value(&finding.signed),
        "arrived": value(&finding.arrived),
        "message": finding.message,
        "fixForSender": finding.fix_for_sender,
        "fixForSigner": finding.fix_for_signer,
    })
}
