//! The points in which AWS services read Signature Version 4 differently.
//!
//! S3 and the rest differ in how the path is canonicalised and in how the hash of
//! the body is known. The name of the service decides, and a caller may set the
//! rules by hand. Signing and verifying take the same value, so they agree.
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
//! ("S3 does not normalize", "encoded twice, except for S3").

use crate::request::Payload;

/// The rules of one service.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dialect {
    /// How the path is canonicalised.
    pub path: PathRule,
    /// Where the hash of the body comes from.
    pub payload: PayloadRule,
    /// Whether the signature covers the session token.
    pub session_token: TokenRule,
}

/// How a path is canonicalised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathRule {
    /// Decoded and encoded once; `//`, `.` and `..` stay, for they are part of an object's key.
    Once,
    /// `//`, `.` and `..` are resolved, and the wire path is encoded a second time.
    NormalizedTwice,
}

/// Where the hash of the body comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayloadRule {
    /// The request states it in `x-amz-content-sha256`. Signing in the header adds
    /// that; a presigned request without it has an unsigned payload.
    Stated,
    /// Both sides know the body: this is it, unless the request states another.
    /// (Signing in the header takes the payload that it is given.)
    Known(Payload),
}

/// What happens with the session token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenRule {
    /// It is part of what is signed.
    Signed,
    /// It is added after signing, as a few services want it.
    Appended,
}

impl Dialect {
    /// The rules of the service with this name: `s3`, or those of all the others.
    #[must_use]
    pub fn of_service(service: &str) -> Self {
        if service == "s3" {
            Self::s3()
        } else {
            Self::general()
        }
    }

    /// S3's rules.
    #[must_use]
    pub fn s3() -> Self {
        Self {
            path: PathRule::Once,
            payload: PayloadRule::Stated,
            session_token: TokenRule::Signed,
        }
    }

    /// The rules of all other services, for a request without a body.
    #[must_use]
    pub fn general() -> Self {
        Self {
            path: PathRule::NormalizedTwice,
            payload: PayloadRule::Known(Payload::empty()),
            session_token: TokenRule::Signed,
        }
    }
}
