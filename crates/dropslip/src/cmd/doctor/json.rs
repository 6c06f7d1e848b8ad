//! The report for programs.

use dropslip_doctor::{Case, Report};
use dropslip_s3::Addressing;
use serde_json::{Value, json};

/// One report: what was examined, and what was found.
pub(super) fn of(case: &Case, report: &Report) -> Value {
    let mut value = serde_json::to_value(report).expect("texts and numbers always serialize");
    value["storage"] = json!({
        "endpoint": case.endpoint.origin(),
        "publicEndpoint": case.public_endpoint.origin(),
        "bucket": case.bucket.as_str(),
        "region": case.region,
        "addressing": addressing(case),
        "origins": case.origins,
    });
    value
}

/// The addressing as configurations name it.
pub(super) fn addressing(case: &Case) -> &'static str {
    match case.endpoint.addressing() {
        Addressing::Path => "path",
        Addressing::VirtualHost => "virtualHost",
    }
}
