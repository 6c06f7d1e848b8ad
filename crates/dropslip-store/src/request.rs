//! A request as the operations see it: parsed, and with its caller known.

use std::sync::Arc;

use axum::http::request::Parts;
use dropslip_s3::address::{Resource, bucket_in_host};
use dropslip_s3::query::Query;
use dropslip_s3::{BucketName, Code, ObjectKey};
use dropslip_sigv4::Timestamp;

use crate::Store;
use crate::auth::Caller;
use crate::error::{Error, Result, invalid_bucket};
use crate::index::{BucketRecord, Index, IndexError, Tx};
use crate::owners::Owners;

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
        if !parts.uri.path().starts_with('/') {
            let detail = "the target of the request is not a path";
            return Err(Error::from(Code::InvalidURI).with("Detail", detail));
        }
        let resource =
            Resource::find(host(&parts), domains, parts.uri.path()).ok_or_else(|| {
                let detail = "the path is not UTF-8 once it is decoded";
                Error::from(Code::InvalidURI).with("Detail", detail)
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

    /// The bucket that is addressed, if there is one.
    pub(crate) fn bucket_if_there(&self, store: &Store) -> Option<Bucket> {
        let name = self.bucket_if_valid()?;
        let record = store.index().buckets().find(&name)?;
        Some(Bucket { name, record })
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

/// A bucket that is there.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    pub(crate) name: BucketName,
    pub(crate) record: Arc<BucketRecord>,
}

impl Store {
    /// The index, for changes in a bucket.
    pub(crate) fn index_of(&self, bucket: &Bucket) -> IndexOf {
        IndexOf {
            index: self.index().clone(),
            bucket: bucket.clone(),
        }
    }
}

impl Bucket {
    /// Finds a bucket by its name.
    pub(crate) fn find(store: &Store, name: &str) -> Result<Self> {
        let name = BucketName::parse(name).map_err(|error| invalid_bucket(name, &error))?;
        match store.index().buckets().find(&name) {
            Some(record) => Ok(Self { name, record }),
            None => Err(Error::from(Code::NoSuchBucket).with("BucketName", name.as_str())),
        }
    }
}

/// The index, for changes in a bucket.
#[derive(Clone, Debug)]
pub(crate) struct IndexOf {
    index: Index,
    bucket: Bucket,
}

impl IndexOf {
    /// Makes a change if the bucket is still the one that the caller was allowed to change.
    /// While a slow body comes it may be removed, and somebody else make one of its name.
    pub(crate) async fn change<F, T, E>(&self, change: F) -> std::result::Result<T, E>
    where
        F: FnOnce(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<IndexError> + Send + 'static,
    {
        let bucket = self.bucket.clone();
        let checked = move |tx: &mut Tx<'_>| {
            let (now, was) = (tx.bucket(&bucket.name)?, &bucket.record);
            if now.owner != was.owner || now.created_ms != was.created_ms {
                return Err(IndexError::NoSuchBucket.into());
            }
            change(tx)
        };
        self.index.change(checked).await
    }
}

/// A request with its caller.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) head: Head,
    pub(crate) caller: Caller,
    /// The time by which signatures and policies are judged: the present one, unless a fault skews it.
    pub(crate) now: Timestamp,
    /// Everybody who has a key.
    pub(crate) owners: Arc<Owners>,
    /// The bucket that is addressed, if it is there.
    pub(crate) found: Option<Bucket>,
}

impl Request {
    /// The bucket that is addressed, which must be there.
    pub(crate) fn bucket(&self) -> Result<&Bucket> {
        match &self.found {
            Some(bucket) => Ok(bucket),
            None => {
                let name = self.bucket_name()?;
                Err(Error::from(Code::NoSuchBucket).with("BucketName", name.as_str()))
            }
        }
    }

    /// The name of the bucket; only for operations that the router gives one to.
    pub(crate) fn bucket_name(&self) -> Result<BucketName> {
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
