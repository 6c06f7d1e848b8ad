//! The report for tools.

use dropslip_s3::xml::{ToldExplanation, ToldFinding};
use dropslip_sigv4::Difference;
use serde_json::{Value, json};

use super::Report;
use crate::shown;

/// The report as JSON, pretty.
pub(super) fn of(report: &Report) -> String {
    let told = report.told();
    let told = told.as_deref();
    let text = |text: Option<&Vec<u8>>| text.map(|text| shown::canonical(text).join("\n"));
    let signed = told.and_then(ToldExplanation::canonical_request_signed);
    let arrived = told.and_then(|_| report.canonical_request_arrived());
    let difference = match (&signed, &arrived) {
        (Some(signed), Some(arrived)) => Difference::between(signed, arrived),
        _ => None,
    };
    let storage = report
        .storage
        .as_ref()
        .map(|error| json!({ "code": error.code, "message": error.message }));
    let notices: Vec<Value> = report
        .notices
        .iter()
        .map(|notice| json!({ "cause": notice.cause.code(), "message": notice.message }))
        .collect();
    let findings = told.map_or(&[][..], ToldExplanation::findings);
    let value = json!({
        "checked": report.checked,
        "cause": findings.first().map(|finding| &finding.cause),
        "certainty": told.map(|told| told.certainty().code()),
        "message": message(report, told),
        "findings": findings.iter().map(finding).collect::<Vec<_>>(),
        "difference": difference.map(|difference| json!({
            "line": difference.line,
            "column": difference.column,
            "signed": shown::canonical_line(difference.line, &difference.signed),
            "arrived": shown::canonical_line(difference.line, &difference.arrived),
        })),
        "canonicalRequestSigned": text(signed.as_ref()),
        "canonicalRequestArrived": text(arrived.as_ref()),
        "tried": report.explanation.as_ref().map_or(0, |explanation| explanation.tried),
        "storage": storage,
        "notices": notices,
        "remarks": report.remarks,
    });
    format!("{value:#}")
}

fn message(report: &Report, told: Option<&ToldExplanation>) -> Option<String> {
    match told {
        Some(told) => {
            let findings = told.findings().iter();
            let messages: Vec<&str> = findings.map(|finding| finding.message.as_str()).collect();
            Some(messages.join("; "))
        }
        None => report.verdict.clone(),
    }
}

fn finding(finding: &ToldFinding) -> Value {
    let value = |value: &Option<String>| {
        let hidden = shown::is_hidden(&finding.part);
        value.as_ref().map(|value| match hidden {
            true => shown::cut(value),
            false => value.clone(),
        })
    };
    json!({
        "cause": finding.cause,
        "part": finding.part,
        "signed": value(&finding.signed),
        "arrived": value(&finding.arrived),
        "message": finding.message,
        "fixForSender": finding.fix_for_sender,
        "fixForSigner": finding.fix_for_signer,
    })
}
