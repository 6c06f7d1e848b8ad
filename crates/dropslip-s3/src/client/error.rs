//! How a call to a storage fails.

use std::error::Error as _;
use std::fmt;

/// A call to a storage that failed. Its text never holds a key or a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientError {
    kind: ClientErrorKind,
    message: String,
}

/// In which way a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientErrorKind {
    /// No answer: name, connection, TLS or time.
    Unreachable,
    /// The storage answered no.
    Refused {
        /// The HTTP status.
        status: u16,
        /// S3's code; a `HEAD` has no body and therefore none.
        code: Option<String>,
    },
    /// The request could not be made at all.
    Invalid,
}

impl ClientError {
    /// In which way the call failed.
    #[must_use]
    pub fn kind(&self) -> &ClientErrorKind {
        &self.kind
    }

    pub(super) fn unreachable(origin: &str, error: &reqwest::Error) -> Self {
        // The error itself may show the URL; its causes say what happened.
        let mut cause: &dyn std::error::Error = error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        let reason = match error.source() {
            Some(_) => cause.to_string(),
            None if error.is_timeout() => "no answer in time".to_owned(),
            None => "the connection failed".to_owned(),
        };
        Self {
            kind: ClientErrorKind::Unreachable,
            message: format!("cannot reach the storage at `{origin}`: {reason}"),
        }
    }

    pub(super) fn refused(status: u16, code: Option<String>, message: &str) -> Self {
        let code_text = code
            .as_deref()
            .map(|c| format!(" `{c}`"))
            .unwrap_or_default();
        let more = if message.is_empty() {
            String::new()
        } else {
            format!(": {message}")
        };
        let message = format!("the storage answered {status}{code_text}{more}");
        Self {
            kind: ClientErrorKind::Refused { status, code },
            message,
        }
    }

    pub(super) fn invalid(reason: &str) -> Self {
        Self {
            kind: ClientErrorKind::Invalid,
            message: format!("cannot make the request: {reason}"),
        }
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ClientError {}
