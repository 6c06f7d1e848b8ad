//! The header that says when an object will be gone.

use std::time::{Duration, UNIX_EPOCH};

use dropslip_s3::lifecycle::{Calendar, Subject};

use crate::index::{BucketRecord, ObjectRecord};

/// The value of `x-amz-expiration`, if a rule is about an object
/// ([GetObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html)).
///
/// It counts days of 24 hours, as S3 would, however long days are in this store.
pub(crate) fn expiration(
    bucket: &BucketRecord,
    key: &str,
    object: &ObjectRecord,
) -> Option<String> {
    let rules = bucket.lifecycle.as_ref()?;
    let subject = subject(key, object);
    let (when_ms, rule) = rules.expires(Calendar::S3, &subject, object.modified_ms)?;
    let when = UNIX_EPOCH + Duration::from_millis(u64::try_from(when_ms).ok()?);
    // HTTP dates end with the year 9999.
    let is_date = when_ms < 253_402_300_800_000;
    let id = dropslip_sigv4::encode_query(rule.id.as_bytes());
    let date = httpdate::fmt_http_date(when);
    is_date.then(|| format!("expiry-date=\"{date}\", rule-id=\"{id}\""))
}

/// The values of `x-amz-abort-date` and `x-amz-abort-rule-id`, if a rule will end an upload
/// in parts that nobody completes
/// ([CreateMultipartUpload](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html)).
pub(crate) fn abortion(
    bucket: &BucketRecord,
    key: &str,
    initiated_ms: i64,
) -> Option<(String, String)> {
    let rules = bucket.lifecycle.as_ref()?;
    let (when_ms, rule) = rules.abortion(Calendar::S3, key, initiated_ms)?;
    let when = UNIX_EPOCH + Duration::from_millis(u64::try_from(when_ms).ok()?);
    let is_date = when_ms < 253_402_300_800_000;
    let id = dropslip_sigv4::encode_query(rule.id.as_bytes());
    is_date.then(|| (httpdate::fmt_http_date(when), id))
}

/// An object as rules look at it.
pub(super) fn subject<'a>(key: &'a str, object: &'a ObjectRecord) -> Subject<'a> {
    Subject {
        key,
        size_bytes: object.size_bytes,
        tags: object.tags.iter().collect(),
    }
}
