//! What the application answers, taken at its word only where its word can be understood whole.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;

use crate::auth::caller::{Allowed, Caller, CallerKind, Narrowed};
use crate::limits::{
    CLAIM_BYTES_MAX, CLAIM_LIST_MAX, FORWARD_DETAIL_CHARS_MAX, METADATA_VALUE_BYTES_MAX,
    SUBJECT_BYTES_MAX,
};
use crate::media_type::TypePattern;
use crate::problem::{Code, Problem};
use crate::request_id::current;

/// A yes, with changes.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Yes {
    subject: Option<String>,
    max_size: Option<u64>,
    accept: Option<Vec<String>>,
    presets: Option<Vec<String>>,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
    #[serde(default)]
    key_parts: BTreeMap<String, String>,
}

/// Reads a yes. An empty one changes nothing.
pub(super) fn read(body: &[u8], key_parts: &[String]) -> Result<Caller, Problem> {
    let body = body.trim_ascii();
    let yes = match body.first() {
        None => Yes::default(),
        // A derived reader would take an array for the fields in their order.
        Some(b'{') => serde_json::from_slice(body).map_err(|error| failed(&error.to_string()))?,
        Some(_) => return Err(failed("its answer is not a JSON object")),
    };
    yes.check(key_parts).map_err(|why| failed(&why))
}

impl Yes {
    fn check(self, key_parts: &[String]) -> Result<Caller, String> {
        if let Some(subject) = &self.subject {
            check_text("subject", subject, SUBJECT_BYTES_MAX)?;
        }
        for (name, value) in &self.key_parts {
            if !key_parts.contains(name) {
                let shown = name.escape_debug();
                return Err(format!(
                    "its `keyParts` has `{shown}`, which `auth.forward.keyParts` does not name"
                ));
            }
            check_text(
                &format!("keyParts.{}", name.escape_debug()),
                value,
                CLAIM_BYTES_MAX,
            )?;
        }
        for (name, value) in &self.metadata {
            let is_name = !name.is_empty()
                && name.len() <= 64
                && name
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
            if !is_name
                || value.len() > METADATA_VALUE_BYTES_MAX
                || value.chars().any(char::is_control)
            {
                return Err("`metadata` has a name or a value that cannot be stored".to_owned());
            }
        }
        let counts = [
            self.metadata.len(),
            self.key_parts.len(),
            self.presets.as_ref().map_or(0, Vec::len),
            self.accept.as_ref().map_or(0, Vec::len),
        ];
        if counts.iter().any(|count| *count > CLAIM_LIST_MAX) {
            return Err(format!(
                "a list of its answer has more than {CLAIM_LIST_MAX} entries"
            ));
        }
        let accept = self.accept.map(|types| {
            let patterns = types.iter().map(|text| TypePattern::parse(text));
            patterns.collect::<Result<Vec<_>, _>>()
        });
        let accept = accept
            .transpose()
            .map_err(|why| format!("a type of its `accept` {why}"))?;
        let presets = self
            .presets
            .map_or(Allowed::All, |presets| Allowed::Only(presets.into()));
        let narrowed = Narrowed {
            size_bytes_max: self.max_size,
            accept,
            metadata: self.metadata.into_iter().collect(),
            key_parts: self.key_parts,
        };
        Ok(Caller::new(
            CallerKind::Forwarded,
            self.subject,
            presets,
            narrowed,
        ))
    }
}

fn check_text(name: &str, text: &str, bytes_max: usize) -> Result<(), String> {
    if text.is_empty() || text.len() > bytes_max || text.chars().any(char::is_control) {
        return Err(format!(
            "its `{name}` is not 1 to {bytes_max} bytes without control characters"
        ));
    }
    Ok(())
}

/// The application's no, in its own words if it has some: `detail` of problem details, or `message` or `error`.
pub(super) fn refusal(is_unknown: bool, body: Option<&[u8]>) -> Problem {
    #[derive(Deserialize)]
    struct No {
        detail: Option<String>,
        message: Option<String>,
        error: Option<String>,
    }
    let no: Option<No> = body.and_then(|body| serde_json::from_slice(body).ok());
    let words = no.and_then(|no| no.detail.or(no.message).or(no.error));
    let words = words
        .map(|words| plain(&words))
        .filter(|words| !words.is_empty());
    let (code, default, hint) = if is_unknown {
        (
            Code::Unauthorized,
            "the application does not know the caller",
            "Sign in to the application, and call with the cookies or headers that it knows you by.",
        )
    } else {
        (
            Code::Forbidden,
            "the application does not allow this",
            "The application's own rules decide; its answer is the detail.",
        )
    };
    Problem::new(code, words.as_deref().unwrap_or(default)).with_hint(hint.to_owned())
}

/// Words for a person: one line, without controls, of a length that one reads.
fn plain(words: &str) -> String {
    let mut plain = String::new();
    for c in words.trim().chars().take(FORWARD_DETAIL_CHARS_MAX) {
        let _ = write!(plain, "{}", if c.is_control() { ' ' } else { c });
    }
    plain
}

/// What the application said goes to the log: the caller can do nothing about it.
pub(super) fn failed(why: &str) -> Problem {
    tracing::warn!(request = %current(), why, "the application's answer about a call cannot be used");
    Problem::new(
        Code::AuthorizationFailed,
        "the application that decides on uploads gave an answer that cannot be used",
    )
}
