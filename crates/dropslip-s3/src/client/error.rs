//! How a call to a storage fails.

use std::error::Error as _;
use std::fmt;

use crate::steering::steers;
use crate::xml::XmlError;

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
    /// The storage answered no. [`ClientError::refusal`] says what it means.
    Refused {
        /// The HTTP status; 200 when S3 said so before it knew.
        status: u16,
        /// S3's code; a `HEAD` has no body and therefore none.
        code: Option<String>,
    },
    /// The request could not be made at all.
    Invalid,
    /// The body that was to be sent failed, or had another length than was announced. The
    /// storage keeps nothing of it.
    Body,
    /// The answer is not what S3 answers.
    Unreadable,
}

/// What a storage's refusal means, as far as a caller does something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no such multipart upload: completed, aborted, or never begun.
    NoSuchUpload,
    /// There is no such object.
    NoSuchKey,
    /// There is no such bucket.
    NoSuchBucket,
    /// A condition (`If-Match`, `If-None-Match`) did not hold.
    PreconditionFailed,
    /// Somebody else changes the same object at this moment; may be tried again.
    Conflict,
    /// A part but the last is smaller than 5 MiB.
    EntityTooSmall,
    /// The object, or a part, is larger than the storage takes.
    EntityTooLarge,
    /// A part is missing, has another ETag, or is out of order.
    InvalidPart,
    /// The object has no such bytes.
    InvalidRange,
    /// What arrived has another checksum.
    BadDigest,
    /// The credentials may not do this.
    AccessDenied,
    /// The storage asks to come more slowly.
    SlowDown,
    /// The storage does not know what it was asked for.
    NotImplemented,
    /// Something else.
    Other,
}

impl ClientError {
    /// In which way the call failed.
    #[must_use]
    pub fn kind(&self) -> &ClientErrorKind {
        &self.kind
    }

    /// What the storage's refusal means; `None` when the storage did not refuse.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        match &self.kind {
            ClientErrorKind::Refused { status, code } => Some(meaning(*status, code.as_deref())),
            _ => None,
        }
    }

    /// Whether the storage refused for this reason.
    #[must_use]
    pub fn is(&self, refusal: Refusal) -> bool {
        self.refusal() == Some(refusal)
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
        Self::unreachable_because(origin, &reason)
    }

    pub(super) fn unreachable_because(origin: &str, reason: &str) -> Self {
        Self {
            kind: ClientErrorKind::Unreachable,
            message: format!("cannot reach the storage at `{origin}`: {reason}"),
        }
    }

    pub(super) fn refused(status: u16, code: Option<String>, message: &str) -> Self {
        let code_text = code
            .as_deref()
            .map(|c| format!(" `{}`", plain(c)))
            .unwrap_or_default();
        let more = if message.is_empty() {
            String::new()
        } else {
            format!(": {}", plain(message))
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

    pub(super) fn body(reason: &str) -> Self {
        Self {
            kind: ClientErrorKind::Body,
            message: format!("cannot send the body: {reason}"),
        }
    }

    pub(super) fn unreadable(reason: &str) -> Self {
        Self {
            kind: ClientErrorKind::Unreadable,
            message: format!("the storage's answer is not what S3 answers: {reason}"),
        }
    }
}

/// What a storage says, on one line and with nothing that a terminal would obey.
fn plain(text: &str) -> String {
    let shown = text.trim().chars();
    shown.map(|c| if steers(c) { ' ' } else { c }).collect()
}

/// Codes first: storages agree on them more than on the status.
fn meaning(status: u16, code: Option<&str>) -> Refusal {
    match (code, status) {
        (Some("NoSuchUpload"), _) => Refusal::NoSuchUpload,
        (Some("NoSuchBucket"), _) => Refusal::NoSuchBucket,
        (Some("NoSuchKey" | "NoSuchVersion"), _) => Refusal::NoSuchKey,
        (Some("PreconditionFailed"), _) => Refusal::PreconditionFailed,
        (Some("ConditionalRequestConflict" | "OperationAborted"), _) => Refusal::Conflict,
        (Some("EntityTooSmall"), _) => Refusal::EntityTooSmall,
        (Some("EntityTooLarge"), _) => Refusal::EntityTooLarge,
        (Some("InvalidPart" | "InvalidPartOrder"), _) => Refusal::InvalidPart,
        (Some("InvalidRange"), _) => Refusal::InvalidRange,
        (
            Some(
                "BadDigest"
                | "ChecksumMismatch"
                | "XAmzContentChecksumMismatch"
                | "XAmzContentSHA256Mismatch",
            ),
            _,
        ) => Refusal::BadDigest,
        (Some("AccessDenied"), _) => Refusal::AccessDenied,
        (Some("SlowDown" | "SlowDownRead" | "SlowDownWrite" | "ServiceUnavailable"), _) => {
            Refusal::SlowDown
        }
        (Some("NotImplemented"), _) => Refusal::NotImplemented,
        (_, 403) => Refusal::AccessDenied,
        (None, 404) => Refusal::NoSuchKey,
        (None, 409) => Refusal::Conflict,
        (_, 412) => Refusal::PreconditionFailed,
        (_, 416) => Refusal::InvalidRange,
        (_, 429 | 503) => Refusal::SlowDown,
        (_, 501) => Refusal::NotImplemented,
        _ => Refusal::Other,
    }
}

impl From<XmlError> for ClientError {
    fn from(error: XmlError) -> Self {
        Self::unreadable(&error.to_string())
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ClientError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_have_a_meaning() {
        for (status, code, expected) in [
            (404, Some("NoSuchUpload"), Refusal::NoSuchUpload),
            (404, Some("NoSuchBucket"), Refusal::NoSuchBucket),
            (404, None, Refusal::NoSuchKey),
            (404, Some("NoSuchTagSet"), Refusal::Other),
            (412, None, Refusal::PreconditionFailed),
            (200, Some("PreconditionFailed"), Refusal::PreconditionFailed),
            (409, Some("ConditionalRequestConflict"), Refusal::Conflict),
            (409, Some("BucketAlreadyExists"), Refusal::Other),
            (400, Some("EntityTooSmall"), Refusal::EntityTooSmall),
            (400, Some("InvalidPartOrder"), Refusal::InvalidPart),
            (416, None, Refusal::InvalidRange),
            (503, Some("SlowDown"), Refusal::SlowDown),
            (503, None, Refusal::SlowDown),
            (429, Some("TooManyRequests"), Refusal::SlowDown),
            (403, Some("InvalidAccessKeyId"), Refusal::AccessDenied),
            (501, None, Refusal::NotImplemented),
            (400, None, Refusal::Other),
            (500, Some("InternalError"), Refusal::Other),
        ] {
            let error = ClientError::refused(status, code.map(str::to_owned), "");
            assert_eq!(error.refusal(), Some(expected), "{error}");
            assert!(error.is(expected));
        }
        let error = ClientError::refused(
            403,
            Some("A\u{9b}31m".to_owned()),
            "no\nstored everything\u{202e}",
        );
        assert_eq!(
            error.to_string(),
            "the storage answered 403 `A 31m`: no stored everything "
        );
        let error = ClientError::invalid("x");
        assert_eq!(error.refusal(), None);
        assert!(!error.is(Refusal::Other));
    }
}
