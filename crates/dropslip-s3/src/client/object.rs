//! Calls about one object.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use dropslip_sigv4::Timestamp;
use reqwest::header::HeaderMap;

use super::body::StreamBody;
use super::call::Call;
use super::{Client, ClientError};
use crate::checksum::Algorithm;
use crate::limits::CLIENT_RANGE_BYTES_MAX;
use crate::mail_words;
use crate::name::{BucketName, ObjectKey};

/// What `HeadObject` says of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectHead {
    /// Its size.
    pub size_bytes: u64,
    /// Its content type.
    pub content_type: Option<String>,
    /// Its ETag, with quotes.
    pub etag: Option<String>,
    /// Its version, where the bucket has versions.
    pub version_id: Option<String>,
    /// When it was written, in seconds since 1970.
    pub last_modified_s: Option<i64>,
    /// Its checksums as headers carry them: base64, and behind a composite one `-` and the number of
    /// parts. Not every storage tells them.
    pub checksums: Vec<(Algorithm, String)>,
    /// Its user metadata: names in lower case without `x-amz-meta-`, values decoded (RFC 2047).
    pub metadata: BTreeMap<String, String>,
}

/// Which bytes of which state of an object.
#[derive(Clone, Debug)]
pub struct RangeWanted<'a> {
    /// From the first to the last byte, counted from 0; at most 1 MiB.
    pub bytes: RangeInclusive<u64>,
    /// The ETag that the object must have still, with quotes.
    pub if_match: Option<&'a str>,
}

/// An object to be stored.
#[derive(Debug)]
pub struct NewObject<'a> {
    /// What is stored with it, and conditions: `content-type`, `x-amz-acl`, `x-amz-meta-…`,
    /// `x-amz-checksum-…`, `if-none-match`. All are signed.
    pub headers: &'a [(&'a str, &'a str)],
    /// Its bytes.
    pub body: StreamBody,
}

/// What was stored: an object, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    /// The ETag, with quotes.
    pub etag: String,
    /// The checksums that the storage confirms.
    pub checksums: Vec<(Algorithm, String)>,
    /// The version, where the bucket has versions.
    pub version_id: Option<String>,
}

impl Client {
    /// Asks for an object's size, type, ETag, checksums and metadata. `None` when the storage answers
    /// 404, which for a `HEAD` does not tell a missing key from a missing bucket.
    ///
    /// # Errors
    /// When the storage cannot be reached or refuses.
    pub async fn head_object(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        now: Timestamp,
    ) -> Result<Option<ObjectHead>, ClientError> {
        let target = self.endpoint.object(bucket, key);
        let call = Call {
            headers: &[("x-amz-checksum-mode", "ENABLED")],
            ..Call::new("HEAD", &target)
        };
        let answer = self.call(&call, now).await?;
        if answer.status() == 404 {
            return Ok(None);
        }
        let answer = self.checked(answer).await?;
        let headers = answer.headers();
        let size = text(headers, "content-length").and_then(|v| v.parse().ok());
        let modified = text(headers, "last-modified");
        Ok(Some(ObjectHead {
            size_bytes: size
                .ok_or_else(|| ClientError::unreadable("it has no `Content-Length`"))?,
            content_type: text(headers, "content-type"),
            etag: text(headers, "etag"),
            version_id: text(headers, "x-amz-version-id"),
            last_modified_s: modified
                .and_then(|time| Timestamp::parse_http(&time).ok())
                .map(Timestamp::unix_s),
            checksums: checksums(headers),
            metadata: metadata(headers),
        }))
    }

    /// Reads some bytes of an object: fewer than wanted when it ends before. `None` when there is no
    /// such object.
    ///
    /// # Errors
    /// When the storage cannot be reached or refuses;
    /// [`Refusal::PreconditionFailed`](super::Refusal) when the object is another one by now,
    /// [`Refusal::InvalidRange`](super::Refusal) when it has no byte of the range, as an empty one.
    pub async fn get_range(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        wanted: &RangeWanted<'_>,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, ClientError> {
        let (first, last) = (*wanted.bytes.start(), *wanted.bytes.end());
        let count = last
            .checked_sub(first)
            .map_or(0, |more| more.saturating_add(1));
        if count == 0 || count > CLIENT_RANGE_BYTES_MAX {
            let why = format!("a range has 1 to {CLIENT_RANGE_BYTES_MAX} bytes");
            return Err(ClientError::invalid(&why));
        }
        let target = self.endpoint.object(bucket, key);
        let range = format!("bytes={first}-{last}");
        let mut headers = vec![("range", range.as_str())];
        headers.extend(wanted.if_match.map(|etag| ("if-match", etag)));
        let call = Call {
            headers: &headers,
            ..Call::new("GET", &target)
        };
        let answer = self.call(&call, now).await?;
        let answer = match self.checked(answer).await {
            Err(error) if error.is(super::Refusal::NoSuchKey) => return Ok(None),
            answer => answer?,
        };
        let is_same = |etag: &str| text(answer.headers(), "etag").as_deref() == Some(etag);
        // Not every storage knows the condition.
        if wanted.if_match.is_some_and(|etag| !is_same(etag)) {
            let why = "the object is another one by now";
            return Err(ClientError::refused(
                412,
                Some("PreconditionFailed".to_owned()),
                why,
            ));
        }
        match answer.status().as_u16() {
            206 => {}
            // One that does not know ranges sends everything; the rest stays where it is.
            200 if first == 0 => {}
            status => {
                let why = format!("it has the status {status} where a range was asked for");
                return Err(ClientError::unreadable(&why));
            }
        }
        let count = usize::try_from(count).expect("the limit of a range fits any machine");
        self.start_of(answer, count).await.map(Some)
    }

    /// Stores an object. The body is sent as it comes, once: what fails is not tried again.
    ///
    /// # Errors
    /// When the storage cannot be reached or refuses, or the body fails.
    pub async fn put_object(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        object: NewObject<'_>,
        now: Timestamp,
    ) -> Result<Put, ClientError> {
        let target = self.endpoint.object(bucket, key);
        let call = Call {
            headers: object.headers,
            ..Call::new("PUT", &target)
        };
        let answer = self.call_streaming(&call, object.body, now).await?;
        self.stored(answer).await
    }

    /// What the answer to a `PUT` of an object or a part says.
    pub(super) async fn stored(&self, answer: reqwest::Response) -> Result<Put, ClientError> {
        let answer = self.checked(answer).await?;
        let headers = answer.headers();
        Ok(Put {
            etag: text(headers, "etag")
                .ok_or_else(|| ClientError::unreadable("it has no `ETag`"))?,
            checksums: checksums(headers),
            version_id: text(headers, "x-amz-version-id"),
        })
    }

    /// Deletes an object; one that is not there counts as deleted.
    ///
    /// # Errors
    /// When the storage cannot be reached or refuses.
    pub async fn delete_object(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        now: Timestamp,
    ) -> Result<(), ClientError> {
        let target = self.endpoint.object(bucket, key);
        let answer = self.call(&Call::new("DELETE", &target), now).await?;
        match self.checked(answer).await {
            // S3 answers 204, some others do not.
            Err(error) if error.is(super::Refusal::NoSuchKey) => Ok(()),
            answer => answer.map(drop),
        }
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

fn checksums(headers: &HeaderMap) -> Vec<(Algorithm, String)> {
    let value = |algorithm: Algorithm| Some((algorithm, text(headers, algorithm.header())?));
    Algorithm::ALL.into_iter().filter_map(value).collect()
}

fn metadata(headers: &HeaderMap) -> BTreeMap<String, String> {
    let own = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix("x-amz-meta-")?;
        Some((name.to_owned(), mail_words::decode(value.as_bytes())))
    });
    own.collect()
}
