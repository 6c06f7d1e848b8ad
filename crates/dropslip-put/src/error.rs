//! How an upload fails.

use std::fmt;

use dropslip_s3::client::{ClientError, ClientErrorKind};

use crate::hints;

/// A file that was not stored, or a run that cannot go on. Its text holds no key and no signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutError {
    kind: PutErrorKind,
    message: String,
    hint: Option<String>,
}

/// In which way it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PutErrorKind {
    /// The file cannot be read, or has a name that no key can have.
    Unreadable,
    /// The file was changed while it was read.
    Changed,
    /// Storage or service said no to this file.
    Refused,
    /// Storage or service said no to every file: keys, clock, bucket, preset.
    Setup,
    /// No answer, or none that can be used, however often it was tried.
    Unreachable,
    /// The storage or the service was overloaded or ill each time.
    Busy,
    /// The journal cannot be kept.
    Journal,
}

impl PutError {
    /// An error without advice. The message is lower case and has no full stop.
    #[must_use]
    pub fn new(kind: PutErrorKind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            kind,
            message,
            hint: None,
        }
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// In which way it failed.
    #[must_use]
    pub fn kind(&self) -> PutErrorKind {
        self.kind
    }

    /// What to do about it, if that is known.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Whether no other file would fare better.
    #[must_use]
    pub fn concerns_all(&self) -> bool {
        use PutErrorKind::{Setup, Unreachable};
        matches!(self.kind, Setup | Unreachable)
    }

    pub(crate) fn unreadable(error: &std::io::Error) -> Self {
        let reason = match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
            std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            _ => error.to_string(),
        };
        Self::new(
            PutErrorKind::Unreadable,
            format!("cannot be read: {reason}"),
        )
    }

    /// Whether what has arrived of the file is good for a later attempt.
    pub(crate) fn may_be_gone_on_with(&self) -> bool {
        use PutErrorKind::{Changed, Refused, Unreadable};
        !matches!(self.kind, Unreadable | Changed | Refused)
    }

    pub(crate) fn changed() -> Self {
        let message = "was changed while it was read, and is not stored";
        Self::new(PutErrorKind::Changed, message)
            .hint("give the command again when nothing writes to it")
    }
}

impl From<ClientError> for PutError {
    fn from(error: ClientError) -> Self {
        let (kind, hint) = match error.kind() {
            ClientErrorKind::Unreachable => (PutErrorKind::Unreachable, Some(hints::UNREACHABLE)),
            ClientErrorKind::Unreadable => (PutErrorKind::Unreachable, Some(hints::NO_S3)),
            ClientErrorKind::Refused { status, code } => {
                hints::of_refusal(*status, code.as_deref())
            }
            _ => (PutErrorKind::Refused, None),
        };
        let plain = Self::new(kind, error.to_string());
        match hint {
            Some(hint) => plain.hint(hint),
            None => plain,
        }
    }
}

impl fmt::Display for PutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PutError {}
