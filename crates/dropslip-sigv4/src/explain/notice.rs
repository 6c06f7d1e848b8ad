//! What is right and yet not meant so.

use super::explanation::Cause;
use crate::encode;
use crate::request::Request;

/// Something about a request whose signature holds that its owner should know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notice {
    /// The kind: `Checksum` for the checksum of an empty body in a presigned query,
    /// `ContentType` for a content type there that is not held to.
    pub cause: Cause,
    /// One sentence, with what to change.
    pub message: &'static str,
}

/// What to point out about a request whose signature holds.
#[must_use]
pub fn notices(request: &Request<'_>) -> Vec<Notice> {
    let mut notices = Vec::new();
    if !matches!(request.method, "PUT" | "POST") {
        return notices;
    }
    for part in request.query.split('&') {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let name = encode::decode(name.as_bytes()).to_ascii_lowercase();
        let value = encode::decode(value.as_bytes());
        if super::changes::is_checksum_of_empty(&name, &value) {
            notices.push(Notice {
                cause: Cause::Checksum,
                message: "the URL carries the checksum of an empty body, which was signed before the body was known, \
                          and storages that hold to it refuse the upload: in the AWS SDK for JavaScript v3 set \
                          `requestChecksumCalculation: 'WHEN_REQUIRED'`",
            });
        }
        if name == b"content-type" && request.query.contains("X-Amz-Signature=") {
            notices.push(Notice {
                cause: Cause::ContentType,
                message: "the URL carries the content type as a query parameter, which binds nobody: any type can be \
                          sent; sign the header `content-type` to hold the sender to it",
            });
        }
    }
    notices
}
