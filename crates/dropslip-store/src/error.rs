//! How a request fails: S3's code, a message, and what else is known.

use std::borrow::Cow;
use std::fmt;
use std::io;

use dropslip_s3::{Code, NameError};
use dropslip_sigv4::Timestamp;

use crate::explain::Explained;
use crate::index::{IndexError, is_full};
use crate::limits::BUCKETS_MAX;

/// A refused request.
#[derive(Debug)]
pub(crate) struct Error {
    pub(crate) code: Code,
    pub(crate) message: Cow<'static, str>,
    /// Further elements of the error document, in order.
    pub(crate) details: Vec<(&'static str, String)>,
    /// Why nobody may do it, for who may be told.
    pub(crate) reason: Option<String>,
    /// Headers of the answer that carries it.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Why the signature did not hold, if that was looked for and found.
    pub(crate) explained: Option<Box<Explained>>,
}

pub(crate) type Result<T> = std::result::Result<T, Error>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self {
            code,
            message: Cow::Borrowed(code.message()),
            details: Vec::new(),
            reason: None,
            headers: Vec::new(),
            explained: None,
        }
    }
}

impl Error {
    /// An error with a message of its own.
    pub(crate) fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            details: Vec::new(),
            reason: None,
            headers: Vec::new(),
            explained: None,
        }
    }

    /// Adds an element to the document.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.details.push((name, value.into()));
        self
    }

    /// Adds why it was refused. The answer shows it to programs on this machine, the log has it.
    pub(crate) fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Adds a header to the answer.
    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// What is not spoken here names itself.
    pub(crate) fn not_implemented(what: &str) -> Self {
        Self::new(Code::NotImplemented, format!("{what} is not implemented"))
    }

    pub(crate) fn invalid_argument(name: &str, value: &str, why: &str) -> Self {
        Self::new(Code::InvalidArgument, why.to_owned())
            .with("ArgumentName", name)
            .with("ArgumentValue", value)
    }

    fn disk_full() -> Self {
        tracing::error!("the disk is full");
        Self::new(Code::ServiceUnavailable, "The disk of the store is full.")
    }

    /// What the caller cannot change; the reason goes to the log, not to the answer.
    pub(crate) fn internal(reason: &dyn fmt::Display) -> Self {
        tracing::error!(%reason, "a request failed inside the store");
        Code::InternalError.into()
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        if is_full(&error) {
            Self::disk_full()
        } else {
            Self::internal(&error)
        }
    }
}

impl From<tokio::task::JoinError> for Error {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::internal(&error)
    }
}

impl From<IndexError> for Error {
    fn from(error: IndexError) -> Self {
        match error {
            IndexError::NoSuchBucket => Code::NoSuchBucket.into(),
            IndexError::BucketExists { .. } => Code::BucketAlreadyExists.into(),
            IndexError::BucketNotEmpty => Code::BucketNotEmpty.into(),
            IndexError::TooManyBuckets => Self::new(
                Code::TooManyBuckets,
                format!("You have attempted to create more buckets than allowed ({BUCKETS_MAX})."),
            ),
            IndexError::Full => Self::disk_full(),
            IndexError::Behind => Code::ServiceUnavailable.into(),
            IndexError::Broken(_) => Self::internal(&error),
        }
    }
}

/// A name that cannot be a bucket.
pub(crate) fn invalid_bucket(name: &str, error: &NameError) -> Error {
    Error::new(
        Code::InvalidBucketName,
        format!("The specified bucket is not valid: {error}."),
    )
    .with("BucketName", name)
}

/// A time as S3 writes it in errors.
pub(crate) fn rfc3339(time: Timestamp) -> String {
    jiff::Timestamp::from_second(time.unix_s()).map_or_else(|_| time.to_string(), |t| t.to_string())
}
