//! Calls about the rules of a bucket: CORS and lifecycle.
//!
//! What another storage has is read whatever it is, and written back without a check of ours: the storage decides.
//! Both documents go with a `content-md5`, which AWS wants for them
//! ([PutBucketCors](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html),
//! [PutBucketLifecycleConfiguration](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html)).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dropslip_sigv4::Timestamp;
use md5::{Digest as _, Md5};
use reqwest::header::HeaderMap;

use super::call::Call;
use super::{Client, ClientError, ClientErrorKind};
use crate::cors::{CorsRule, FoundCors};
use crate::limits::{CLIENT_CORS_BYTES_MAX, LIFECYCLE_BYTES_MAX};
use crate::name::BucketName;
use crate::xml::{self, FoundLifecycle};

/// Stands beside lifecycle rules, in a header.
const TRANSITION_MINIMUM: &str = "x-amz-transition-default-minimum-object-size";

/// Rules on their way.
struct Written<'a> {
    /// Their name in the query.
    kind: &'a str,
    document: &'a str,
    /// What stands beside them.
    header: Option<(&'a str, &'a str)>,
}

impl Client {
    /// The bucket's CORS rules; `None` when it has none.
    ///
    /// # Errors
    /// When the storage cannot be reached or refuses, or answers what are no CORS rules at all.
    pub async fn get_bucket_cors(
        &self,
        bucket: &BucketName,
        now: Timestamp,
    ) -> Result<Option<FoundCors>, ClientError> {
        let answer = self.rules(bucket, "cors", CLIENT_CORS_BYTES_MAX, now);
        let Some((_, body)) = answer.await? else {
            return Ok(None);
        };
        let found = Some(xml::read_found_cors(&body)?);
        Ok(found.filter(|found| *found != FoundCors::default()))
    }

    /// Replaces the bucket's CORS rules by these, at least one.
    ///
    /// # Errors
    /// When the storage cannot be reached or refuses.
    pub async fn put_bucket_cors(
        &self,
        bucket: &BucketName,
        rules: &[CorsRule],
        now: Timestamp,
    ) -> Result<(), ClientError> {
        let written = Written {
            kind: "cors",
            document: &xml::cors_rules(rules),
            header: None,
        };
        self.put_rules(bucket, &written, now).await
    }

    /// Takes all CORS rules away. No error if there are none.
    ///
    /// # Errors
    /// When the storage cannot be reached or refuses.
    pub async fn delete_bucket_cors(
        &self,
        bucket: &BucketName,
        now: Timestamp,
    ) -> Result<(), ClientError> {
        self.delete_rules(bucket, "cors", now).await
    }

    /// The bucket's lifecycle rules; `None` when it has none.
    ///
    /// # Errors
    /// When the storage cannot be reached or refuses, or answers what are no lifecycle rules at all.
    pub async fn get_bucket_lifecycle(
        &self,
        bucket: &BucketName,
        now: Timestamp,
    ) -> Result<Option<FoundLifecycle>, ClientError> {
        let answer = self.rules(bucket, "lifecycle", LIFECYCLE_BYTES_MAX, now);
        let Some((headers, body)) = answer.await? else {
            return Ok(None);
        };
        let mut found = FoundLifecycle::read(&body)?;
        let minimum = headers.get(TRANSITION_MINIMUM);
        found.transition_minimum = minimum.and_then(|value| value.to_str().ok().map(str::to_owned));
        Ok((!found.rules().is_empty()).then_some(found))
    }

    /// Replaces the bucket's lifecycle rules by these, at least one.
    ///
    /// # Errors
    /// When the storage cannot be reached or refuses.
    pub async fn put_bucket_lifecycle(
        &self,
        bucket: &BucketName,
        rules: &FoundLifecycle,
        now: Timestamp,
    ) -> Result<(), ClientError> {
        let minimum = rules.transition_minimum.as_deref();
        let written = Written {
            kind: "lifecycle",
            document: &rules.to_xml(),
            header: minimum.map(|minimum| (TRANSITION_MINIMUM, minimum)),
        };
        self.put_rules(bucket, &written, now).await
    }

    /// Takes all lifecycle rules away. No error if there are none.
    ///
    /// # Errors
    /// When the storage cannot be reached or refuses.
    pub async fn delete_bucket_lifecycle(
        &self,
        bucket: &BucketName,
        now: Timestamp,
    ) -> Result<(), ClientError> {
        self.delete_rules(bucket, "lifecycle", now).await
    }

    async fn rules(
        &self,
        bucket: &BucketName,
        kind: &str,
        bytes_max: usize,
        now: Timestamp,
    ) -> Result<Option<(HeaderMap, Vec<u8>)>, ClientError> {
        let target = self.endpoint.bucket(bucket);
        let call = Call {
            query: &[(kind, "")],
            ..Call::new("GET", &target)
        };
        let answer = self.call(&call, now).await?;
        let answer = match self.checked(answer).await {
            Err(error) if says_none(&error) => return Ok(None),
            answer => answer?,
        };
        let headers = answer.headers().clone();
        let body = self.whole(answer, bytes_max).await?;
        // Some storages have no error for it: a 204, or nothing in a 200.
        Ok((!body.trim_ascii().is_empty()).then_some((headers, body)))
    }

    async fn put_rules(
        &self,
        bucket: &BucketName,
        rules: &Written<'_>,
        now: Timestamp,
    ) -> Result<(), ClientError> {
        let target = self.endpoint.bucket(bucket);
        let md5 = STANDARD.encode(Md5::digest(rules.document));
        let mut headers = vec![
            ("content-md5", md5.as_str()),
            ("content-type", "application/xml"),
        ];
        headers.extend(rules.header);
        let call = Call {
            query: &[(rules.kind, "")],
            headers: &headers,
            body: rules.document.as_bytes(),
            ..Call::new("PUT", &target)
        };
        let answer = self.call(&call, now).await?;
        self.checked(answer).await.map(drop)
    }

    async fn delete_rules(
        &self,
        bucket: &BucketName,
        kind: &str,
        now: Timestamp,
    ) -> Result<(), ClientError> {
        let target = self.endpoint.bucket(bucket);
        let call = Call {
            query: &[(kind, "")],
            ..Call::new("DELETE", &target)
        };
        let answer = self.call(&call, now).await?;
        match self.checked(answer).await {
            Err(error) if says_none(&error) => Ok(()),
            answer => answer.map(drop),
        }
    }
}

/// Whether a refusal says that there are no rules. S3's codes are `NoSuchCORSConfiguration` and
/// `NoSuchLifecycleConfiguration`; others spell them in ways of their own. A 404 without a code says nothing.
fn says_none(error: &ClientError) -> bool {
    let ClientErrorKind::Refused { status, code } = error.kind() else {
        return false;
    };
    let code = code.as_deref().unwrap_or_default();
    let is_named = ["CORS", "Cors", "Lifecycle", "LifeCycle"]
        .iter()
        .any(|kind| code.contains(kind));
    code.starts_with("NoSuch") && (is_named || (*status == 404 && code == "NoSuchConfiguration"))
}
