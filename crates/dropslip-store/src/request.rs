//! A request as the operations see it: parsed, and with its caller known.

use axum::http::request::Parts;
use dropslip_s3::address::{Resource, bucket_in_host};
use dropslip_s3::query::Query;
use dropslip_s3::{BucketName, Code, ObjectKey};

use crate::auth::Caller;
use crate::error::{Error, Result, invalid_bucket};

/// The parts of a request that do not depend on who sent it.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) parts: Parts,
    pub(crate) query: Query,
    pub(crate) resource: Resource,
    /// The bucket, if it is the host that names it.
    pub(crate) host_bucket: Option<String>,
}

impl Head {
    /// Reads the address of a request.
    pub(crate) fn parse(parts: Parts, domains: &[String]) -> Result<Self> {
        let query = Query::parse(parts.uri.query().unwrap_or_default());
        let resource =
            Resource::find(host(&parts), domains, parts.uri.path()).ok_or_else(|| {
                Error::new(
                    Code::InvalidURI,
                    "The path is not UTF-8 once it is decoded.",
                )
            })?;
        Ok(Self {
            host_bucket: bucket_in_host(host(&parts), domains),
            parts,
            query,
            resource,
        })
    }

    /// A header's value, if it is there and is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name)?.to_str().ok()
    }

    /// The bucket that is addressed, if its name is one.
    pub(crate) fn bucket_if_valid(&self) -> Option<BucketName> {
        BucketName::parse(self.resource.bucket.as_deref()?).ok()
    }
}

/// The name that the request was sent to.
pub(crate) fn host(parts: &Parts) -> &str {
    let header = parts
        .headers
        .get("host")
        .and_then(|host| host.to_str().ok());
    header
        .or(parts.uri.authority().map(|a| a.as_str()))
        .unwrap_or_default()
}

/// A request with its caller.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) head: Head,
    pub(crate) caller: Caller,
}

impl Request {
    /// The bucket; only for operations that the router gives one to.
    pub(crate) fn bucket(&self) -> Result<BucketName> {
        let name = self.head.resource.bucket.as_deref().unwrap_or_default();
        BucketName::parse(name).map_err(|error| invalid_bucket(name, &error))
    }

    /// The key; only for operations that the router gives one to.
    pub(crate) fn key(&self) -> Result<ObjectKey> {
        let key = self.head.resource.key.as_deref().unwrap_or_default();
        ObjectKey::parse(key).map_err(|_| {
            Error::from(Code::KeyTooLongError)
                .with("Size", key.len().to_string())
                .with(
                    "MaxSizeAllowed",
                    dropslip_s3::limits::KEY_LEN_MAX.to_string(),
                )
        })
    }

    /// The value of a header, or of the query parameter of the same name where a
    /// presigned URL carries it: signers such as the AWS SDK for JavaScript v3
    /// move `x-amz-*` headers there.
    pub(crate) fn amz(&self, name: &str) -> Option<&str> {
        let hoisted = || {
            if self.caller.is_presigned() {
                self.head.query.find_ignoring_case(name)
            } else {
                None
            }
        };
        self.head.header(name).or_else(hoisted)
    }
}
