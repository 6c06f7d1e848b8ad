//! The headers that tell an object: its own, those of S3, and those that a request overrides.

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use dropslip_s3::checksum::{Algorithm, ChecksumType};
use dropslip_s3::{Code, mail_words};

use crate::error::{Error, Result};
use crate::index::{BucketRecord, ObjectRecord, VersionId, Versioning};
use crate::limits::HEADER_VALUE_BYTES_MAX;
use crate::request::Request;

/// What a request may override, and with which header
/// ([GetObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html)).
const OVERRIDES: [(&str, &str); 6] = [
    ("response-cache-control", "cache-control"),
    ("response-content-disposition", "content-disposition"),
    ("response-content-encoding", "content-encoding"),
    ("response-content-language", "content-language"),
    ("response-content-type", "content-type"),
    ("response-expires", "expires"),
];

/// Beside the checksums of an object that was put together from parts: how it was made.
const CHECKSUM_TYPE: &str = "x-amz-checksum-type";

/// The headers that describe an object, whole or in part.
pub(crate) fn describe(headers: &mut HeaderMap, record: &ObjectRecord, bucket: &BucketRecord) {
    for (name, value) in &record.headers {
        insert(headers, name, value);
    }
    // What cannot be a header is counted instead, as S3 has it.
    let mut missing = 0;
    for (name, value) in &record.metadata {
        let value = mail_words::encode(value);
        if !insert(headers, &format!("x-amz-meta-{name}"), &value) {
            missing += 1;
        }
    }
    if missing > 0 {
        insert(headers, "x-amz-missing-meta", &missing.to_string());
    }
    if let Some(class) = &record.storage_class {
        insert(headers, "x-amz-storage-class", class);
    }
    if !record.tags.is_empty() {
        insert(
            headers,
            "x-amz-tagging-count",
            &record.tags.len().to_string(),
        );
    }
    insert(headers, "accept-ranges", "bytes");
    identify(headers, record, bucket);
}

/// The headers that say which state of an object it is: all that a 304 tells.
pub(crate) fn identify(headers: &mut HeaderMap, record: &ObjectRecord, bucket: &BucketRecord) {
    insert(headers, "etag", &record.etag);
    insert(headers, "last-modified", &http_date(record.modified_ms));
    tell_version(headers, record.version, bucket);
}

/// The additional checksums of an object, by header, and what they are of.
pub(crate) fn tell_checksums(headers: &mut HeaderMap, checksums: &BTreeMap<String, String>) {
    for (name, value) in checksums {
        insert(headers, name, value);
    }
    if let Some((_, kind)) = checksum_kind(checksums) {
        insert(headers, CHECKSUM_TYPE, kind.as_str());
    }
}

/// The algorithm of an object's additional checksum, and whether it is of the whole object.
pub(crate) fn checksum_kind(
    checksums: &BTreeMap<String, String>,
) -> Option<(Algorithm, ChecksumType)> {
    let mut algorithms = Algorithm::ALL.into_iter();
    let algorithm = algorithms.find(|a| checksums.contains_key(a.header()))?;
    let kind = checksums
        .get(CHECKSUM_TYPE)
        .and_then(|kind| kind.parse().ok());
    let kind = kind.unwrap_or(ChecksumType::FullObject);
    Some((algorithm, kind))
}

/// An object's additional checksums as elements of XML, `ChecksumCRC32` and the like.
pub(crate) fn checksum_elements(checksums: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let element = |(name, value): (&String, &String)| {
        let algorithm = Algorithm::ALL.into_iter().find(|a| a.header() == name)?;
        Some((format!("Checksum{}", algorithm.as_str()), value.clone()))
    };
    let mut elements: Vec<_> = checksums.iter().filter_map(element).collect();
    if let Some((_, kind)) = checksum_kind(checksums) {
        elements.push(("ChecksumType".to_owned(), kind.as_str().to_owned()));
    }
    elements
}

/// `x-amz-version-id`, where the bucket has versions.
pub(crate) fn tell_version(
    headers: &mut HeaderMap,
    version: Option<VersionId>,
    bucket: &BucketRecord,
) {
    if let Some(version) = told_version(version, bucket) {
        insert(headers, "x-amz-version-id", &version);
    }
}

/// A version as it is told: not at all, where the bucket never had any.
pub(crate) fn told_version(version: Option<VersionId>, bucket: &BucketRecord) -> Option<String> {
    let is_told = version.is_some() || bucket.versioning != Versioning::Off;
    is_told.then(|| version_text(version))
}

/// The version that a request has made, as its answer tells it: S3 names `null` to who reads
/// it, and not to who writes it
/// ([PutObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html), the sample
/// with versioning suspended).
pub(crate) fn made_version(version: Option<VersionId>) -> Option<String> {
    version.map(|version| version.to_string())
}

/// A version's id as it is told.
pub(crate) fn version_text(version: Option<VersionId>) -> String {
    version.map_or_else(|| "null".to_owned(), |version| version.to_string())
}

/// A time as headers carry it.
pub(crate) fn http_date(unix_ms: i64) -> String {
    let since_epoch = Duration::from_millis(u64::try_from(unix_ms).unwrap_or_default());
    httpdate::fmt_http_date(UNIX_EPOCH + since_epoch)
}

/// Puts what the query overrides in the place of the object's own headers.
///
/// S3 does so for signed requests alone: else anybody could make a link under which an
/// object is of another type than its owner gave it.
pub(crate) fn override_headers(headers: &mut HeaderMap, request: &Request) -> Result<()> {
    for (parameter, header) in OVERRIDES {
        let Some(value) = request.head.query.find(parameter) else {
            continue;
        };
        if request.caller.access_key().is_none() {
            let message =
                "Request specific response headers cannot be used for anonymous GET requests.";
            return Err(Error::new(Code::InvalidRequest, message));
        }
        if value.len() > HEADER_VALUE_BYTES_MAX || !insert(headers, header, value) {
            let why = "The value cannot be a header.";
            return Err(Error::invalid_argument(parameter, value, why));
        }
    }
    Ok(())
}

/// Sets a header; says whether name and value can be one.
pub(crate) fn insert(headers: &mut HeaderMap, name: &str, value: &str) -> bool {
    match (HeaderName::try_from(name), HeaderValue::from_str(value)) {
        (Ok(name), Ok(value)) => {
            headers.insert(name, value);
            true
        }
        _ => false,
    }
}
