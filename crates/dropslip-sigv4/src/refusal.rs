//! Every way in which a signed request can be wrong.
//!
//! A refusal names what was expected and what came, and that is all it knows: no
//! secret, and never the right signature, which would be as good as one.

use std::fmt;

use crate::limits::{EXPIRES_S_MAX, EXPIRES_S_MIN, Exceeded, SKEW_S_MAX};
use crate::time::Timestamp;

/// Why a request is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The request carries no signature.
    NotSigned,
    /// It carries one in the `Authorization` header and another in the query.
    SignedTwice,
    /// It is signed with Signature Version 2, which is taken only where the caller
    /// allows it.
    SignatureV2 {
        /// Where the marks of it are: `query` or the header.
        place: &'static str,
    },
    /// It is larger than a limit.
    Exceeded(Exceeded),
    /// The method is not an HTTP token.
    MalformedMethod {
        /// The method sent.
        got: String,
    },
    /// An `X-Amz-*` parameter, or a header that may be there once, is there twice.
    Repeated {
        /// Its name in lower case.
        name: String,
    },
    /// The query and a header say different things under one `x-amz-*` name.
    Conflict {
        /// The name in lower case.
        name: String,
        /// The header's value.
        header: String,
        /// The parameter's value, decoded.
        query: String,
    },
    /// A presigned query lacks a parameter.
    ParameterMissing {
        /// The parameter.
        name: &'static str,
    },
    /// A signed form lacks a field.
    FieldMissing {
        /// The field, in lower case.
        name: &'static str,
    },
    /// The `Authorization` header cannot be read.
    MalformedAuthorization {
        /// What should be there.
        expected: &'static str,
        /// What is there in its place.
        got: String,
    },
    /// The algorithm is not `AWS4-HMAC-SHA256`.
    Algorithm {
        /// The algorithm sent.
        got: String,
    },
    /// The credential is not `ACCESS-KEY/DATE/REGION/SERVICE/aws4_request`.
    MalformedCredential {
        /// The credential sent.
        got: String,
    },
    /// The credential does not end with `aws4_request`.
    Terminator {
        /// Its last part.
        got: String,
    },
    /// Neither `x-amz-date` nor `date` is there.
    DateMissing,
    /// The time of signing cannot be read.
    MalformedDate {
        /// The header or parameter.
        name: &'static str,
        /// Its value.
        got: String,
    },
    /// `X-Amz-Expires` is not a whole number of seconds from 1 to 604800.
    Expires {
        /// Its value.
        got: String,
    },
    /// The list of signed headers is not lower-case names in ascending order joined by `;`.
    MalformedSignedHeaders {
        /// The list sent.
        got: String,
    },
    /// The signature is not 64 lower-case hexadecimal digits. The right one may well be
    /// in it, in capitals or with a bracket behind it, so it is not said.
    MalformedSignature {
        /// The length of what was sent.
        got_bytes: usize,
    },
    /// The signature, of version 2, is not the base64 of 20 bytes.
    MalformedSignatureV2 {
        /// The length of what was sent.
        got_bytes: usize,
    },
    /// A link is signed with version 2 and has a parameter that changes what is
    /// asked and that version 2 does not cover: anyone could have added it.
    ParameterNotSigned {
        /// The parameter, decoded.
        name: String,
    },
    /// `x-amz-content-sha256` is missing, which S3 asks for in header signing.
    PayloadHashMissing,
    /// `x-amz-content-sha256` is neither a hash, nor `UNSIGNED-PAYLOAD`, nor a streaming literal.
    MalformedPayloadHash {
        /// Its value.
        got: String,
    },
    /// A header is there that must be signed and is not: `host` or an `x-amz-*` one.
    HeaderNotSigned {
        /// Its name in lower case.
        name: String,
    },
    /// The date of the credential is not that of the time of signing.
    ScopeDate {
        /// The date of the time of signing, `20130524`.
        expected: String,
        /// The date of the credential.
        got: String,
    },
    /// The request is signed for another region.
    Region {
        /// The region here.
        expected: String,
        /// The region signed for.
        got: String,
    },
    /// The request is signed for another service.
    Service {
        /// The service here.
        expected: String,
        /// The service signed for.
        got: String,
    },
    /// The time of signing is more than 15 minutes off, before or after.
    Skewed {
        /// The time of signing.
        signed: Timestamp,
        /// The time here.
        now: Timestamp,
    },
    /// A presigned request comes from more than 15 minutes in the future.
    NotYetValid {
        /// The time of signing.
        signed: Timestamp,
        /// The time here.
        now: Timestamp,
    },
    /// A presigned request is past its expiry.
    Expired {
        /// The last second at which it held.
        until: Timestamp,
        /// The time here.
        now: Timestamp,
    },
    /// No such access key.
    UnknownKey {
        /// The access key.
        access_key: String,
    },
    /// The credentials are temporary and the request has no session token.
    TokenMissing,
    /// The request has a session token and the credentials are not temporary.
    TokenUnexpected,
    /// The session token is not that of the credentials.
    TokenDifferent,
    /// The signature is another than what the request and the secret give.
    Mismatch(Box<Mismatch>),
}

/// What a mismatch can be explained from: our reading of the request.
///
/// The canonical request holds what the client sent, its session token included,
/// so it is for the client and not for a log; Debug leaves it out. The string to
/// sign of a form is its policy, which holds the token as well.
#[derive(Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The access key that the request names.
    pub access_key: String,
    /// The canonical request as it arrived.
    pub canonical_request: Vec<u8>,
    /// The string to sign over that.
    pub string_to_sign: String,
    /// The signature that was sent.
    pub signature_provided: String,
    /// The headers that the signature covers, lower case, sorted.
    pub signed_headers: Vec<String>,
    /// Those of them that the request does not have. They count as empty, as S3
    /// has it, so a header that was signed with a value and left out is here.
    pub absent_headers: Vec<String>,
}

impl fmt::Debug for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let string_to_sign = match self.canonical_request.as_slice() {
            [] => "",
            _ => &self.string_to_sign,
        };
        f.debug_struct("Mismatch")
            .field("access_key", &self.access_key)
            .field("string_to_sign", &string_to_sign)
            .field("signed_headers", &self.signed_headers)
            .field("absent_headers", &self.absent_headers)
            .finish_non_exhaustive()
    }
}

impl From<Exceeded> for Refusal {
    fn from(exceeded: Exceeded) -> Self {
        Self::Exceeded(exceeded)
    }
}

impl fmt::Display for Refusal {
    #[expect(
        clippy::too_many_lines,
        reason = "one arm for each variant, and the compiler sees that none lacks"
    )]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let must_be = |f: &mut fmt::Formatter<'_>, what: &str, expected: &str, got: &str| {
            write!(
                f,
                "the {what} must be {expected}, got `{}`",
                got.escape_debug()
            )
        };
        match self {
            Self::NotSigned => f.write_str("the request is not signed"),
            Self::SignedTwice => {
                f.write_str("the request is signed in the `Authorization` header and in the query")
            }
            Self::SignatureV2 { place } => write!(
                f,
                "the {place} has a signature of version 2, expected version 4"
            ),
            Self::Exceeded(exceeded) => exceeded.fmt(f),
            Self::MalformedMethod { got } => must_be(f, "method", "an HTTP token", got),
            Self::Repeated { name } => write!(f, "`{name}` is there twice"),
            Self::Conflict {
                name,
                header,
                query,
            } => {
                let (header, query) = (header.escape_debug(), query.escape_debug());
                write!(
                    f,
                    "the header `{name}` says `{header}` and the query `{query}`"
                )
            }
            Self::ParameterMissing { name } => write!(f, "the query has no `{name}`"),
            Self::FieldMissing { name } => write!(f, "the form has no field `{name}`"),
            Self::MalformedAuthorization { expected, got } => {
                write!(
                    f,
                    "the `Authorization` header must have {expected}, got `{}`",
                    got.escape_debug()
                )
            }
            Self::Algorithm { got } => must_be(f, "algorithm", "`AWS4-HMAC-SHA256`", got),
            Self::MalformedCredential { got } => must_be(
                f,
                "credential",
                "`ACCESS-KEY/DATE/REGION/SERVICE/aws4_request`",
                got,
            ),
            Self::Terminator { got } => must_be(f, "end of the credential", "`aws4_request`", got),
            Self::DateMissing => f.write_str("neither `x-amz-date` nor `date` is there"),
            Self::MalformedDate { name: "date", got } => must_be(
                f,
                "header `date`",
                "of the form `Fri, 24 May 2013 00:00:00 GMT`",
                got,
            ),
            Self::MalformedDate {
                name: "Expires",
                got,
            } => must_be(
                f,
                "parameter `Expires`",
                "seconds since 1970 as `1175139620`",
                got,
            ),
            Self::MalformedDate { name, got } => {
                write!(
                    f,
                    "`{name}` must be of the form `20130524T000000Z`, got `{}`",
                    got.escape_debug()
                )
            }
            Self::Expires { got } => {
                let got = got.escape_debug();
                write!(
                    f,
                    "`X-Amz-Expires` must be {EXPIRES_S_MIN} to {EXPIRES_S_MAX} seconds, got `{got}`"
                )
            }
            Self::MalformedSignedHeaders { got } => must_be(
                f,
                "list of signed headers",
                "sorted lower-case names joined by `;`",
                got,
            ),
            Self::MalformedSignature { got_bytes } => write!(
                f,
                "the signature must be 64 lower-case hexadecimal digits, got {got_bytes} bytes that are not"
            ),
            Self::MalformedSignatureV2 { got_bytes } => write!(
                f,
                "the signature must be the base64 of 20 bytes, got {got_bytes} bytes that are not"
            ),
            Self::ParameterNotSigned { name } => write!(
                f,
                "the parameter `{}` is not covered by a signature of version 2",
                name.escape_debug()
            ),
            Self::PayloadHashMissing => f.write_str("the header `x-amz-content-sha256` is missing"),
            Self::MalformedPayloadHash { got } => must_be(
                f,
                "value of `x-amz-content-sha256`",
                "a hash, `UNSIGNED-PAYLOAD` or `STREAMING-…`",
                got,
            ),
            Self::HeaderNotSigned { name } => write!(f, "the header `{name}` is not signed"),
            Self::ScopeDate { expected, got } => {
                must_be(f, "date of the credential", &format!("`{expected}`"), got)
            }
            Self::Region { expected, got } => must_be(f, "region", &format!("`{expected}`"), got),
            Self::Service { expected, got } => must_be(f, "service", &format!("`{expected}`"), got),
            Self::Skewed { signed, now } => {
                write!(
                    f,
                    "the request was signed at `{signed}`, more than {SKEW_S_MAX} seconds from now, `{now}`"
                )
            }
            Self::NotYetValid { signed, now } => {
                write!(
                    f,
                    "the request was signed for `{signed}`, it is `{now}`, so it does not hold yet"
                )
            }
            Self::Expired { until, now } => {
                write!(f, "the request expired at `{until}`, it is `{now}`")
            }
            Self::UnknownKey { access_key } => write!(
                f,
                "the access key `{}` is not known",
                access_key.escape_debug()
            ),
            Self::TokenMissing => f.write_str("the session token is missing"),
            Self::TokenUnexpected => {
                f.write_str("there is a session token and the access key has none")
            }
            Self::TokenDifferent => f.write_str("the session token is not that of the access key"),
            // The signature sent may be right for the request as it was meant, so it stays out of the text.
            Self::Mismatch(mismatch) => {
                f.write_str("the signature does not match the request")?;
                match mismatch.absent_headers.as_slice() {
                    [] => Ok(()),
                    absent => write!(f, ", which lacks the signed `{}`", absent.join("`, `")),
                }
            }
        }
    }
}

impl std::error::Error for Refusal {}
