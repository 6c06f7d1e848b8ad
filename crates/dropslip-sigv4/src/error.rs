//! Why a request could not be signed.
//!
//! Signing fails only for what the caller passed: nothing here comes from the
//! other side. What is wrong with a request that arrived is a [`crate::Refusal`].

use std::fmt;

use crate::limits::{EXPIRES_S_MAX, EXPIRES_S_MIN, Exceeded, PART_NUMBER_MAX};

/// Why signing failed.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(ErrorKind);

/// The kinds of [`Error`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request has no `host` header; each signature covers it.
    HostMissing,
    /// The expiry lies outside of 1 to 604800 seconds.
    Expires {
        /// The expiry asked for, in seconds.
        got: u32,
    },
    /// A header or query parameter that signing itself adds is there already.
    Reserved {
        /// Its name as given.
        name: String,
    },
    /// The query carries a signature already, and the `Authorization` header would be a second one.
    SignedAlready,
    /// An `x-amz-*` parameter or a header that may be there once is there twice, or
    /// the query and a header say different things under one name.
    Repeated {
        /// Its name in lower case.
        name: String,
    },
    /// The method is not an HTTP token (RFC 9110 section 5.6.2).
    Method {
        /// The method given.
        got: String,
    },
    /// A header's name is not an HTTP token (RFC 9110 section 5.6.2).
    HeaderName {
        /// The name given.
        got: String,
    },
    /// `x-amz-content-sha256` is neither a hash, nor `UNSIGNED-PAYLOAD`, nor a streaming literal.
    PayloadHash {
        /// The value given.
        got: String,
    },
    /// Access key, session token, region or service cannot stand in a signed request.
    Scope {
        /// Which of them.
        what: &'static str,
    },
    /// A text is not a time in the form asked for.
    Timestamp {
        /// The text.
        got: String,
    },
    /// Scheme, host or path cannot stand in a URL.
    Url {
        /// Which of them.
        what: &'static str,
        /// The text given.
        got: String,
    },
    /// The number of a part lies outside of 1 to 10000.
    PartNumber {
        /// The number asked for.
        got: u32,
    },
    /// The policy to sign is not base64 text in one line.
    Policy,
    /// The request is larger than a limit.
    Exceeded(Exceeded),
}

impl Error {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self(kind)
    }
}

impl From<Exceeded> for Error {
    fn from(exceeded: Exceeded) -> Self {
        Self(ErrorKind::Exceeded(exceeded))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            ErrorKind::HostMissing => {
                write!(f, "the `host` header is missing, each signature covers it")
            }
            ErrorKind::Expires { got } => {
                write!(
                    f,
                    "the expiry must be {EXPIRES_S_MIN} to {EXPIRES_S_MAX} seconds, got {got}"
                )
            }
            ErrorKind::Reserved { name } => write!(f, "`{name}` is there already, signing adds it"),
            ErrorKind::SignedAlready => f.write_str("the query carries a signature already"),
            ErrorKind::Repeated { name } => write!(f, "`{name}` is there already or given twice"),
            ErrorKind::Method { got } => write!(
                f,
                "the method `{}` is not an HTTP token",
                got.escape_debug()
            ),
            ErrorKind::HeaderName { got } => {
                write!(
                    f,
                    "the header name `{}` is not an HTTP token",
                    got.escape_debug()
                )
            }
            ErrorKind::PayloadHash { got } => {
                write!(
                    f,
                    "`x-amz-content-sha256` cannot be `{}`",
                    got.escape_debug()
                )
            }
            ErrorKind::Scope { what } => {
                write!(
                    f,
                    "the {what} is empty or has a character that a signed request cannot carry"
                )
            }
            ErrorKind::Timestamp { got } => write!(
                f,
                "`{}` is not a time in the form asked for",
                got.escape_debug()
            ),
            ErrorKind::Url { what, got } => write!(
                f,
                "the {what} `{}` cannot stand in a URL",
                got.escape_debug()
            ),
            ErrorKind::PartNumber { got } => write!(
                f,
                "the number of a part must be 1 to {PART_NUMBER_MAX}, got {got}"
            ),
            ErrorKind::Policy => f.write_str("the policy is not base64 text in one line"),
            ErrorKind::Exceeded(exceeded) => exceeded.fmt(f),
        }
    }
}

impl std::error::Error for Error {}
