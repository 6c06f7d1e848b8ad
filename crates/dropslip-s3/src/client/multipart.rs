//! Calls about a multipart upload.

use dropslip_sigv4::Timestamp;

use super::body::StreamBody;
use super::call::{Again, Call};
use super::object::Put;
use super::{Client, ClientError, Refusal};
use crate::checksum::Algorithm;
use crate::limits::{
    CLIENT_ANSWER_BYTES_MAX, CLIENT_COMPLETE_TIMEOUT_S, CLIENT_LIST_BYTES_MAX, PARTS_MAX,
};
use crate::name::{BucketName, ObjectKey};
use crate::xml::{self, CompletedAnswer, PartAnswer, UploadsMarker, UploadsPage};

/// A multipart upload that has begun.
#[derive(Clone, Copy, Debug)]
pub struct Multipart<'a> {
    /// The bucket.
    pub bucket: &'a BucketName,
    /// The key of the object that it becomes.
    pub key: &'a ObjectKey,
    /// The storage's id of the upload.
    pub upload_id: &'a str,
}

/// A part of the object, as the storage said it has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletedPart {
    /// Its number, 1 to 10,000.
    pub number: u32,
    /// Its ETag.
    pub etag: String,
    /// Its checksums, for uploads that have been created with an algorithm.
    pub checksums: Vec<(Algorithm, String)>,
}

/// What an object is to be made of.
#[derive(Clone, Copy, Debug)]
pub struct Completion<'a> {
    /// The parts, in the order of their numbers.
    pub parts: &'a [CompletedPart],
    /// Conditions and checksums of the whole: `if-none-match: *`, `x-amz-checksum-…`,
    /// `x-amz-checksum-type`. All are signed.
    pub headers: &'a [(&'a str, &'a str)],
}

impl From<PartAnswer> for CompletedPart {
    fn from(part: PartAnswer) -> Self {
        Self {
            number: part.number,
            etag: part.etag,
            checksums: part.checksums,
        }
    }
}

impl Client {
    /// Begins an upload and gives its id. The headers are those of the object: `content-type`,
    /// `x-amz-acl`, `x-amz-meta-…`, `cache-control`, `content-disposition`,
    /// `x-amz-checksum-algorithm` and `x-amz-checksum-type`.
    ///
    /// # Errors
    /// When the storage cannot be reached or refuses.
    pub async fn create_multipart(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        headers: &[(&str, &str)],
        now: Timestamp,
    ) -> Result<String, ClientError> {
        let target = self.endpoint.object(bucket, key);
        let call = Call {
            query: &[("uploads", "")],
            headers,
            // A second call would begin a second upload.
            again: Again::Busy,
            ..Call::new("POST", &target)
        };
        let answer = self.call(&call, now).await?;
        let answer = self.checked(answer).await?;
        let body = self.whole(answer, CLIENT_ANSWER_BYTES_MAX).await?;
        Ok(xml::read_initiated(&body)?)
    }

    /// Stores a part with the headers given (`x-amz-checksum-…`). The body is sent as it comes, once;
    /// the same number may be sent again.
    ///
    /// # Errors
    /// When the storage cannot be reached or refuses, or the body fails;
    /// [`Refusal::NoSuchUpload`] when the upload has ended.
    pub async fn upload_part(
        &self,
        upload: &Multipart<'_>,
        number: u32,
        part: NewPart<'_>,
        now: Timestamp,
    ) -> Result<Put, ClientError> {
        let target = self.endpoint.object(upload.bucket, upload.key);
        let number = number.to_string();
        let call = Call {
            query: &[("partNumber", &number), ("uploadId", upload.upload_id)],
            headers: part.headers,
            ..Call::new("PUT", &target)
        };
        let answer = self.call_streaming(&call, part.body, now).await?;
        self.stored(answer).await
    }

    /// All parts that have arrived, in the order of their numbers.
    ///
    /// # Errors
    /// When the storage cannot be reached or refuses; [`Refusal::NoSuchUpload`] when the upload has
    /// ended, which without a code is how some storages answer 404.
    pub async fn list_parts(
        &self,
        upload: &Multipart<'_>,
        now: Timestamp,
    ) -> Result<Vec<PartAnswer>, ClientError> {
        let target = self.endpoint.object(upload.bucket, upload.key);
        let mut parts: Vec<PartAnswer> = Vec::new();
        let mut marker = 0;
        loop {
            let marker_text = marker.to_string();
            let mut query = vec![("uploadId", upload.upload_id)];
            if marker > 0 {
                query.push(("part-number-marker", &marker_text));
            }
            let call = Call {
                query: &query,
                ..Call::new("GET", &target)
            };
            let answer = self.call(&call, now).await?;
            let answer = self.checked(answer).await?;
            let body = self.whole(answer, CLIENT_LIST_BYTES_MAX).await?;
            let page = xml::read_parts(&body)?;
            let last = parts.last().map_or(0, |part| part.number);
            let numbers = page.parts.iter().map(|part| part.number);
            let is_sorted = std::iter::once(last)
                .chain(numbers)
                .is_sorted_by(|a, b| a < b);
            if !is_sorted || parts.len() + page.parts.len() > PARTS_MAX {
                return Err(ClientError::unreadable("its parts are not in order"));
            }
            parts.extend(page.parts);
            match page.next {
                None => return Ok(parts),
                // So the loop ends, whatever the storage answers.
                Some(next) if next > marker => marker = next,
                Some(_) => return Err(ClientError::unreadable("its pages repeat")),
            }
        }
    }

    /// Puts the parts together. S3 answers 200 before it knows and keeps the connection open with white
    /// space; the error that may follow is an error here, with the status 200.
    ///
    /// # Errors
    /// When the storage cannot be reached or refuses: [`Refusal::NoSuchUpload`] (also when an earlier
    /// call did it and its answer was lost), [`Refusal::InvalidPart`], [`Refusal::EntityTooSmall`],
    /// [`Refusal::PreconditionFailed`], [`Refusal::BadDigest`].
    pub async fn complete_multipart(
        &self,
        upload: &Multipart<'_>,
        completion: &Completion<'_>,
        now: Timestamp,
    ) -> Result<CompletedAnswer, ClientError> {
        let target = self.endpoint.object(upload.bucket, upload.key);
        let parts = completion.parts.iter();
        let parts = parts.map(|p| (p.number, p.etag.as_str(), p.checksums.as_slice()));
        let document = xml::complete_request(parts);
        let call = Call {
            query: &[("uploadId", upload.upload_id)],
            headers: completion.headers,
            body: document.as_bytes(),
            timeout_s: CLIENT_COMPLETE_TIMEOUT_S,
            ..Call::new("POST", &target)
        };
        let answer = self.call(&call, now).await?;
        let answer = self.checked(answer).await?;
        let status = answer.status().as_u16();
        let body = self.whole(answer, CLIENT_ANSWER_BYTES_MAX).await?;
        xml::read_completed(&body)?.map_err(|document| {
            let code = (!document.code.is_empty()).then_some(document.code);
            ClientError::refused(status, code, &document.message)
        })
    }

    /// Ends an upload and frees its parts; one that is not there counts as ended. A part that is
    /// being sent meanwhile may survive, so whoever aborts looks again later.
    ///
    /// # Errors
    /// When the storage cannot be reached or refuses.
    pub async fn abort_multipart(
        &self,
        upload: &Multipart<'_>,
        now: Timestamp,
    ) -> Result<(), ClientError> {
        let target = self.endpoint.object(upload.bucket, upload.key);
        let call = Call {
            query: &[("uploadId", upload.upload_id)],
            ..Call::new("DELETE", &target)
        };
        let answer = self.call(&call, now).await?;
        match self.checked(answer).await {
            Err(error) if error.is(Refusal::NoSuchUpload) || error.is(Refusal::NoSuchKey) => Ok(()),
            answer => answer.map(drop),
        }
    }

    /// One page of the uploads whose keys begin with a prefix.
    ///
    /// # Errors
    /// When the storage cannot be reached or refuses.
    pub async fn list_uploads(
        &self,
        bucket: &BucketName,
        prefix: &str,
        from: Option<&UploadsMarker>,
        now: Timestamp,
    ) -> Result<UploadsPage, ClientError> {
        let target = self.endpoint.bucket(bucket);
        let mut query = vec![("uploads", ""), ("encoding-type", "url")];
        if !prefix.is_empty() {
            query.push(("prefix", prefix));
        }
        if let Some(marker) = from {
            query.push(("key-marker", &marker.key));
            if !marker.upload_id.is_empty() {
                query.push(("upload-id-marker", &marker.upload_id));
            }
        }
        let call = Call {
            query: &query,
            ..Call::new("GET", &target)
        };
        let answer = self.call(&call, now).await?;
        let answer = self.checked(answer).await?;
        let body = self.whole(answer, CLIENT_LIST_BYTES_MAX).await?;
        let page = xml::read_uploads(&body)?;
        if page.next.is_some() && page.next.as_ref() == from {
            return Err(ClientError::unreadable("its pages repeat"));
        }
        Ok(page)
    }
}

/// A part to be stored.
#[derive(Debug)]
pub struct NewPart<'a> {
    /// `x-amz-checksum-…`, signed.
    pub headers: &'a [(&'a str, &'a str)],
    /// Its bytes.
    pub body: StreamBody,
}
