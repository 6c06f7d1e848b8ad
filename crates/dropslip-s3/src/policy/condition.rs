//! One condition of a policy, and how it is written.

use std::fmt;

use crate::json::quoted;
use crate::limits::CONDITION_SHOWN_MAX;

/// The field whose value is never shown: whoever reads a log could go on with it.
const TOKEN_FIELD: &str = "x-amz-security-token";

/// What must hold of a form.
///
/// Field names stand without their `$`, in the case in which they were written, and
/// are compared without regard to case. Display is the form in which S3 names a
/// condition, `["eq", "$acl", "public-read"]`, with the session token left out.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// The field has just this value: `{"acl": "public-read"}` or `["eq", "$acl", "public-read"]`.
    Exact {
        /// The field's name.
        field: String,
        /// Its value.
        value: String,
    },
    /// The field is there and its value begins so: `["starts-with", "$key", "user/"]`.
    StartsWith {
        /// The field's name.
        field: String,
        /// The beginning; an empty one allows any value.
        prefix: String,
    },
    /// The file has so many bytes: `["content-length-range", 1, 1048576]`.
    ContentLengthRange {
        /// The fewest.
        min: u64,
        /// The most.
        max: u64,
    },
    /// A condition that no form can meet, such as one on a field without a `$`. S3 takes
    /// the policy and refuses each form by it.
    Unsatisfiable {
        /// The condition as JSON.
        text: String,
    },
}

impl Condition {
    /// The condition in a document.
    pub(super) fn to_json(&self) -> String {
        match self {
            Self::Exact { field, value } => format!("{{{}:{}}}", quoted(field), quoted(value)),
            other => other.listed(""),
        }
    }

    /// The condition as a list, with this between its elements besides the comma.
    fn listed(&self, space: &str) -> String {
        match self {
            Self::Exact { field, value } => matching("eq", field, value, space),
            Self::StartsWith { field, prefix } => matching("starts-with", field, prefix, space),
            Self::ContentLengthRange { min, max } => {
                format!(r#"["content-length-range",{space}{min},{space}{max}]"#)
            }
            Self::Unsatisfiable { text } => text.clone(),
        }
    }

    /// The field that it is about.
    pub(super) fn field(&self) -> Option<&str> {
        match self {
            Self::Exact { field, .. } | Self::StartsWith { field, .. } => Some(field),
            Self::ContentLengthRange { .. } | Self::Unsatisfiable { .. } => None,
        }
    }

    /// Whether it is about this field.
    pub(super) fn is_about(&self, name: &str) -> bool {
        let field = self.field();
        field.is_some_and(|field| field.eq_ignore_ascii_case(name))
    }
}

fn matching(operation: &str, field: &str, value: &str, space: &str) -> String {
    let field = quoted(&format!("${field}"));
    format!(r#"["{operation}",{space}{field},{space}{}]"#, quoted(value))
}

fn is_token(field: &str) -> bool {
    field.eq_ignore_ascii_case(TOKEN_FIELD)
}

/// A condition that came as it is, unless a session token may be in it.
pub(super) fn shown(text: &str) -> &str {
    if text.to_ascii_lowercase().contains(TOKEN_FIELD) {
        "…"
    } else {
        text
    }
}

/// What a form says of a field, as far as it is shown.
pub(super) fn shown_value(field: &str, value: &str) -> String {
    if is_token(field) {
        return "…".to_owned();
    }
    value.chars().take(CONDITION_SHOWN_MAX).collect()
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact { field, .. } if is_token(field) => {
                f.write_str(&matching("eq", field, "…", " "))
            }
            Self::StartsWith { field, .. } if is_token(field) => {
                f.write_str(&matching("starts-with", field, "…", " "))
            }
            Self::Unsatisfiable { text } => f.write_str(shown(text)),
            other => f.write_str(&other.listed(" ")),
        }
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
