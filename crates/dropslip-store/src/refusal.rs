//! S3's answer to each way in which a signature can be wrong.
//!
//! Codes, statuses and the messages that clients compare are S3's
//! ([Error responses](https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html));
//! where S3 is mute, the message says what was expected and what came.

use dropslip_s3::Code;
use dropslip_s3::query::Query;
use dropslip_sigv4::limits::SKEW_S_MAX;
use dropslip_sigv4::{Mismatch, Refusal, Timestamp};

use crate::error::{Error, rfc3339};

/// Turns a refusal into the error that S3 would answer.
pub(crate) fn error(refusal: Refusal, query: &Query) -> Error {
    let text = sentence(&said(&refusal));
    let in_query = ["X-Amz-Signature", "AWSAccessKeyId"]
        .iter()
        .any(|mark| query.find_ignoring_case(mark).is_some());
    let malformed = if in_query {
        Code::AuthorizationQueryParametersError
    } else {
        Code::AuthorizationHeaderMalformed
    };
    match refusal {
        Refusal::Mismatch(mismatch) => mismatched(*mismatch),
        Refusal::Expired { until, now } => expired(until, now, query),
        Refusal::NotYetValid { signed, now } => Error::new(Code::AccessDenied, "Request is not yet valid")
            .with("RequestTime", rfc3339(signed))
            .with("ServerTime", rfc3339(now)),
        // No clock is that wrong: S3 takes a date before 1970 for none.
        Refusal::Skewed { signed, .. } if signed.unix_s() < 0 => dateless(),
        Refusal::Skewed { signed, now } => Error::from(Code::RequestTimeTooSkewed)
            .with("RequestTime", signed.to_string())
            .with("ServerTime", rfc3339(now))
            .with("MaxAllowedSkewMilliseconds", (SKEW_S_MAX * 1000).to_string()),
        Refusal::UnknownKey { access_key } => {
            Error::from(Code::InvalidAccessKeyId).with("AWSAccessKeyId", access_key)
        }
        Refusal::Region { expected, got } => Error::new(
            malformed,
            format!("The authorization is malformed; the region '{got}' is wrong; expecting '{expected}'"),
        )
        .with("Region", expected),
        Refusal::HeaderNotSigned { name } | Refusal::Conflict { name, .. } => {
            Error::new(Code::AccessDenied, "There were headers present in the request which were not signed")
                .with("HeadersNotSigned", name)
        }
        Refusal::TokenMissing | Refusal::TokenUnexpected | Refusal::TokenDifferent => {
            Error::new(Code::InvalidToken, text)
        }
        Refusal::PayloadHashMissing => {
            Error::new(Code::InvalidRequest, "Missing required header for this request: x-amz-content-sha256")
        }
        Refusal::MalformedPayloadHash { got } => Error::invalid_argument("x-amz-content-sha256", &got, &text),
        Refusal::DateMissing | Refusal::MalformedDate { name: "date" | "x-amz-date", .. } => dateless(),
        // A link that holds for no time has expired as it is made.
        Refusal::Expires { got } if got == "0" => Error::new(Code::AccessDenied, "Request has expired")
            .with("X-Amz-Expires", got),
        // A header with nothing in it proves nothing.
        Refusal::Algorithm { got } if got.is_empty() && !in_query => Code::AccessDenied.into(),
        Refusal::MalformedAuthorization { expected, .. } if expected.starts_with(V2) => {
            Error::new(Code::InvalidArgument, text).with("ArgumentName", "Authorization")
        }
        Refusal::SignatureV2 { .. } => Error::new(
            Code::InvalidRequest,
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256. \
             (boto3: Config(signature_version='s3v4'); aws-sdk v2: signatureVersion: 'v4'; \
             aws: aws configure set default.s3.signature_version s3v4; \
             or let the store take version 2: dropslip store --allow-sigv2)",
        ),
        Refusal::ParameterMissing { name: "AWSAccessKeyId" | "Expires" | "Signature" } => Error::new(
            Code::AccessDenied,
            "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
        ),
        Refusal::MalformedDate { name: "Expires", got } => {
            Error::new(Code::AccessDenied, format!("Invalid date (should be seconds since epoch): {got}"))
        }
        Refusal::ParameterNotSigned { .. } => Error::new(Code::AccessDenied, text),
        Refusal::SignedTwice => Error::new(Code::InvalidArgument, "Only one auth mechanism allowed"),
        _ => Error::new(malformed, text),
    }
}

/// How the form of an authorization of version 2 begins.
const V2: &str = "`AWS ";

/// The request does not say when it was signed.
fn dateless() -> Error {
    let message = "AWS authentication requires a valid Date or x-amz-date header";
    Error::new(Code::AccessDenied, message)
}

/// The secret stands where the access key belongs: nothing of it is said again.
pub(crate) fn swapped() -> Error {
    let message = Code::InvalidAccessKeyId.message();
    Error::new(
        Code::InvalidAccessKeyId,
        format!("{message} {}", sentence(SWAPPED)),
    )
}

/// What is wrong with a pair of keys whose secret is sent as the access key.
pub(crate) const SWAPPED: &str = "access key and secret are swapped";

/// What a refusal says. Whatever stood in an `Authorization` header that is none of
/// ours may be somebody's secret, and is not said again.
fn said(refusal: &Refusal) -> String {
    match refusal {
        Refusal::MalformedAuthorization { expected, .. } if expected.starts_with(V2) => {
            format!("the authorization is not of the form {expected}")
        }
        Refusal::Algorithm { .. } | Refusal::MalformedAuthorization { .. } => {
            "the authorization is not of the form `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`"
                .to_owned()
        }
        // It may be a secret alone, where the access key belongs.
        Refusal::MalformedCredential { .. } => {
            "the credential is not of the form `ACCESS-KEY/DATE/REGION/SERVICE/aws4_request`".to_owned()
        }
        _ => refusal.to_string(),
    }
}

fn expired(until: Timestamp, now: Timestamp, query: &Query) -> Error {
    let expired = Error::new(Code::AccessDenied, "Request has expired");
    // A link of version 2 says until when it holds, and not for how long.
    match query.find_ignoring_case("X-Amz-Expires") {
        Some(seconds) => expired.with("X-Amz-Expires", seconds),
        None => expired,
    }
    .with("Expires", rfc3339(until))
    .with("ServerTime", rfc3339(now))
}

fn mismatched(mismatch: Mismatch) -> Error {
    let canonical = mismatch.canonical_request;
    let mut message = Code::SignatureDoesNotMatch.message().to_owned();
    if !mismatch.absent_headers.is_empty() {
        message.push_str(&format!(
            " The request lacks headers that were signed: {}.",
            mismatch.absent_headers.join(", ")
        ));
    }
    let error = Error::new(Code::SignatureDoesNotMatch, message)
        .with("AWSAccessKeyId", mismatch.access_key)
        .with("StringToSign", mismatch.string_to_sign.as_str())
        .with("SignatureProvided", mismatch.signature_provided)
        .with(
            "StringToSignBytes",
            spaced_hex(mismatch.string_to_sign.as_bytes()),
        );
    // In version 2 the string to sign is the whole text.
    if canonical.is_empty() {
        return error;
    }
    error
        .with("CanonicalRequest", String::from_utf8_lossy(&canonical))
        .with("CanonicalRequestBytes", spaced_hex(&canonical))
}

pub(crate) fn spaced_hex(bytes: &[u8]) -> String {
    let pairs: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(" ")
}

/// A message of ours as S3 writes them: capital first, full stop last.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).chain(Some('.')).collect()
}
