//! Which region a refusal names. Storages say it in four ways.

use crate::ask::Reply;

/// The region that the storage expects, if its refusal says so.
pub(super) fn told(reply: &Reply) -> Option<String> {
    let header = reply.header("x-amz-bucket-region");
    let element = Some(reply.error.region.clone()).filter(|region| !region.is_empty());
    let is_about_region = matches!(
        reply.code(),
        "AuthorizationHeaderMalformed"
            | "AuthorizationQueryParametersError"
            | "PermanentRedirect"
            | "TemporaryRedirect"
            | "IllegalLocationConstraintException"
            | "InvalidRegion"
            | "InvalidRequest"
            | "AccessDenied"
            | "SignatureDoesNotMatch"
    );
    let in_words = || of_words(&reply.error.message).filter(|_| is_about_region);
    header
        .filter(|_| matches!(reply.status, 301 | 307 | 400 | 403))
        .or(element.filter(|_| is_about_region))
        .or_else(in_words)
        .filter(|region| is_region(region))
}

/// `the region 'a' is wrong; expecting 'b'`, `unexpected scope: …, expected: 20260101/b/s3/aws4_request`.
fn of_words(message: &str) -> Option<String> {
    if let Some((_, rest)) = message.split_once("expecting ") {
        let rest = rest.trim_start_matches(['\'', '"', '`']);
        return rest.split(['\'', '"', '`', ' ']).next().map(str::to_owned);
    }
    let (_, scope) = message.split_once("expected: ")?;
    let mut parts = scope.trim_start_matches(['\'', '"', '`', '/']).split('/');
    let first = parts.next()?;
    let is_date = first.len() == 8 && first.bytes().all(|byte| byte.is_ascii_digit());
    let region = if is_date { parts.next()? } else { first };
    Some(region.split(['\'', '"', '`', ' ']).next()?.to_owned())
}

fn is_region(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_words() {
        for (message, region) in [
            (
                "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
                Some("eu-west-1"),
            ),
            (
                "Authorization header malformed, unexpected scope: 20260101/us-east-1/s3/aws4_request, expected: 20260101/garage/s3/aws4_request",
                Some("garage"),
            ),
            ("Authorization header malformed, expected scope: x", None),
            ("Access Denied", None),
        ] {
            assert_eq!(of_words(message).as_deref(), region, "{message}");
        }
    }
}
