//! What an explanation says, against what a case expects of it.

use dropslip_sigv4::{Certainty, Explanation, notices, verify};
use serde_json::Value;

use super::case::Case;

impl Case {
    /// Everything that a case asks of `explain`, and what does not hold of it.
    pub(super) fn complaints(&self) -> Vec<String> {
        let headers = self.headers();
        let request = self.request(&headers);
        let explanation = self.explain(&request);
        let mut found = Vec::new();
        let right = self.expect.is_null();
        if verify(&request, &self.expected(), |key| self.keys(key)).is_ok() != right {
            found.push(format!("verify should say {right}"));
        }
        match (&explanation, right) {
            (None, true) => {}
            (Some(explanation), true) => found.push(format!("is right, and: {explanation}")),
            (None, false) => found.push("is broken, and nothing was said".to_owned()),
            (Some(explanation), false) => found.extend(differences(&self.expect, explanation)),
        }
        if let Some(explanation) = &explanation {
            found.extend(self.leaks(explanation));
        }
        if let Some(codes) = &self.notices {
            let got: Vec<&str> = notices(&request)
                .iter()
                .map(|notice| notice.cause.code())
                .collect();
            if got != *codes {
                found.push(format!("notices {got:?}, not {codes:?}"));
            }
        }
        found
    }

    /// Secrets, tokens, and signatures that the sender does not have already.
    fn leaks(&self, explanation: &Explanation) -> Vec<String> {
        let sent: Vec<u8> = self
            .headers
            .iter()
            .flat_map(|(_, value)| value.iter().copied())
            .collect();
        let sent = format!("{} {}", self.query, String::from_utf8_lossy(&sent)).to_lowercase();
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let mut found = Vec::new();
        for shown in [
            explanation.to_string(),
            format!("{explanation:?}"),
            format!("{explanation:#?}"),
        ] {
            for private in &self.private {
                if shown.contains(private.as_str()) {
                    found.push(format!("shows a secret or a token: {shown}"));
                }
            }
            for hash in hashes(&shown) {
                if hash != empty && !sent.contains(hash) {
                    found.push(format!("shows a hash that was not sent: {hash}"));
                }
            }
        }
        found.truncate(1);
        found
    }
}

/// Runs of exactly 64 lower-case hexadecimal digits.
fn hashes(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !matches!(c, '0'..='9' | 'a'..='f'))
        .filter(|run| run.len() == 64)
}

/// One of several, or the one. Null stands for what is not there.
fn allows(expect: &Value, got: Option<&str>) -> bool {
    match expect {
        Value::Array(several) => several.iter().any(|one| one.as_str() == got),
        one => one.as_str() == got,
    }
}

/// What an explanation says otherwise than expected. A field that is not there is
/// not compared; a list means that any of them will do.
fn differences(expect: &Value, got: &Explanation) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |what: &str, expect: &Value, got: Option<&str>| {
        if !allows(expect, got) {
            found.push(format!("{what} {got:?}, not {expect}"));
        }
    };
    compare(
        "certainty",
        &expect["certainty"],
        Some(got.certainty.code()),
    );
    let first = got.findings.first();
    if let Some(cause) = expect.get("cause") {
        compare("cause", cause, first.map(|finding| finding.cause.code()));
        for finding in got.findings.iter().skip(1) {
            if got.certainty == Certainty::Certain {
                compare("cause besides", cause, Some(finding.cause.code()));
            }
        }
    }
    if let Some(finding) = first {
        let texts = [
            ("part", Some(finding.part.as_str())),
            ("signed", finding.signed.as_deref()),
            ("arrived", finding.arrived.as_deref()),
        ];
        for (what, got) in texts {
            if let Some(expect) = expect.get(what) {
                compare(what, expect, got);
            }
        }
    }
    if let Some(causes) = expect.get("causes").and_then(Value::as_array) {
        let mut expect: Vec<&str> = causes.iter().filter_map(Value::as_str).collect();
        let mut causes: Vec<&str> = got.findings.iter().map(|f| f.cause.code()).collect();
        expect.sort_unstable();
        causes.sort_unstable();
        if causes != expect {
            found.push(format!("causes {causes:?}, not {expect:?}"));
        }
    }
    for suspect in expect["suspects"].as_array().into_iter().flatten() {
        if !got.findings.iter().any(|f| suspect == f.cause.code()) {
            found.push(format!("does not suspect {suspect}"));
        }
    }
    if got.certainty == Certainty::Unknown && got.canonical_request_arrived.is_none() {
        found.push("unknown, and without the canonical request".to_owned());
    }
    if !found.is_empty() {
        found.push(format!("says: {got}"));
    }
    found
}
