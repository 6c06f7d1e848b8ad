//! What to do about each refusal of a storage: pure.

use crate::error::PutErrorKind;

pub(crate) const UNREACHABLE: &str = "is the address right? `--endpoint`, DROPSLIP_ENDPOINT or AWS_ENDPOINT_URL_S3 says where the storage is";
pub(crate) const NO_S3: &str = "what answers there is no S3 storage; the address is that of the S3 API, without a console or a bucket";

/// Whether a refusal is one of this file or of all, and what to do about it. Codes first: storages agree on
/// them more than on the status.
pub(crate) fn of_refusal(status: u16, code: Option<&str>) -> (PutErrorKind, Option<&'static str>) {
    use PutErrorKind::{Busy, Refused, Setup};
    let (kind, hint) = match (code, status) {
        (Some("SignatureDoesNotMatch"), _) => (
            Setup,
            "the secret does not belong to the access key, or a proxy changed the request; \
             `dropslip doctor` tells which",
        ),
        (Some("InvalidAccessKeyId"), _) => (
            Setup,
            "the storage does not know this access key; are the keys those of this endpoint?",
        ),
        (Some("ExpiredToken" | "InvalidToken" | "TokenRefreshRequired"), _) => {
            (Setup, "the temporary keys have ended; get new ones")
        }
        (Some("RequestTimeTooSkewed"), _) => (
            Setup,
            "this machine's clock is wrong; set it, for example with NTP",
        ),
        (Some("NoSuchBucket"), _) => (Setup, "create the bucket first, or correct its name"),
        (
            Some(
                "PermanentRedirect"
                | "AuthorizationHeaderMalformed"
                | "TemporaryRedirect"
                | "IllegalLocationConstraintException",
            ),
            _,
        )
        | (None, 301 | 307) => (
            Setup,
            "the bucket is in another region; name it with `--region`",
        ),
        (Some("AccessDenied"), _) | (None, 403) => (
            Refused,
            "these keys may not do this; they need `s3:PutObject` (and `s3:AbortMultipartUpload`, \
             `s3:ListMultipartUploadParts` for large files) for the key",
        ),
        (Some("PreconditionFailed"), _) | (_, 412) => (
            Refused,
            "there is an object with this key, and `--if-none-match` keeps it",
        ),
        (Some("AccessControlListNotSupported"), _) => (
            Refused,
            "the bucket takes no ACLs; leave `--acl` out and use a bucket policy",
        ),
        (Some("EntityTooLarge"), _) => (Refused, "the storage takes no object of this size"),
        (Some("NotImplemented"), _) | (None, 501) => (
            Refused,
            "the storage does not know something that was asked for; try `--checksum none`",
        ),
        (Some("BadDigest" | "XAmzContentChecksumMismatch"), _) => (
            Refused,
            "the bytes were changed on the way; is there a proxy between?",
        ),
        (_, 500..) | (_, 429) => (
            Busy,
            "the storage is overloaded or ill; the same command goes on later",
        ),
        _ => return (Refused, None),
    };
    (kind, Some(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_of_one_and_of_all() {
        use PutErrorKind::{Busy, Refused, Setup};
        for (status, code, kind, word) in [
            (403, Some("SignatureDoesNotMatch"), Setup, "secret"),
            (403, Some("InvalidAccessKeyId"), Setup, "does not know"),
            (403, Some("RequestTimeTooSkewed"), Setup, "clock"),
            (404, Some("NoSuchBucket"), Setup, "create"),
            (301, Some("PermanentRedirect"), Setup, "--region"),
            (403, Some("AccessDenied"), Refused, "s3:PutObject"),
            (412, Some("PreconditionFailed"), Refused, "--if-none-match"),
            (503, Some("SlowDown"), Busy, "overloaded"),
            (429, None, Busy, "overloaded"),
            (501, Some("NotImplemented"), Refused, "--checksum"),
        ] {
            let (found, hint) = of_refusal(status, code);
            assert_eq!(found, kind, "{status} {code:?}");
            assert!(
                hint.unwrap_or_default().contains(word),
                "{code:?}: {hint:?}"
            );
        }
        assert_eq!(of_refusal(400, Some("InvalidArgument")), (Refused, None));
    }
}
