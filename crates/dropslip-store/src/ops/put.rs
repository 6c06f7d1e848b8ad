//! `PutObject`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode};

use super::status;
use crate::Store;
use crate::access::{self, On};
use crate::chunks::Chunks;
use crate::clock::now_ms;
use crate::conditional::WriteConditions;
use crate::described::Described;
use crate::error::{Error, Result};
use crate::events::{self, Origin};
use crate::index::{Content, ObjectRecord};
use crate::intake::{self, Source};
use crate::lifecycle::expiration;
use crate::present::{insert, made_version, tell_checksums};
use crate::promise::{Promise, size_bytes};
use crate::request::Request;
use crate::route::Operation;

/// Stores an object. The 200 comes once bytes and index are on disk.
pub(super) async fn object(
    store: &Store,
    request: &Request,
    body: &mut Body,
) -> Result<Response<Body>> {
    let bucket = request.bucket()?;
    let key = request.key()?;
    let action = Operation::PutObject.action();
    access::check(request, action, On::Key(bucket, &key))?;
    let chunks = Chunks::of(request)?;
    let size_bytes = size_bytes(request, &chunks)?;
    let stored = store_object(store, request, body, (chunks, Some(size_bytes))).await?;
    let mut response = status(StatusCode::OK);
    stored.tell(response.headers_mut());
    Ok(response)
}

/// Stores the bytes of a source as the object that a request describes, for a caller who may.
pub(super) async fn store_object(
    store: &Store,
    request: &Request,
    source: &mut impl Source,
    (chunks, size_bytes): (Chunks, Option<u64>),
) -> Result<Stored> {
    let bucket = request.bucket()?;
    let key = request.key()?;
    let described = Described::read(request)?;
    let conditions = WriteConditions::read(request);
    let promise = Promise::read(request, &chunks)?;
    // A write that cannot pass now is refused before its bytes are sent.
    conditions.check(&store.index().snapshot()?, (&bucket.name, &key))?;

    let received = intake::receive(store.intake(), source, size_bytes, chunks, promise).await?;

    let checksum = received.checksum;
    let checksum = checksum.map(|c| (c.algorithm.header().to_owned(), c.to_string()));
    let checksums: BTreeMap<_, _> = checksum.into_iter().collect();
    let (name, data, etag) = (bucket.name.clone(), received.data, received.etag.clone());
    let kept = checksums.clone();
    let origin = Origin::of(store.outbox(), request);
    let record_of_bucket = Arc::clone(&bucket.record);
    let index = store.index_of(bucket);
    let (version, expiration) = index
        .change(move |tx| {
            let place = (&name, &key);
            conditions.check(tx, place)?;
            let record = ObjectRecord {
                sequence: 0,
                version: None,
                content: Content::Data(tx.store(data)),
                size_bytes: received.size_bytes,
                etag,
                modified_ms: now_ms(),
                owner: described.owner,
                acl: described.acl,
                headers: described.headers,
                metadata: described.metadata,
                checksums: kept,
                tags: described.tags,
                storage_class: described.storage_class,
            };
            let expiration = expiration(&record_of_bucket, key.as_str(), &record);
            let version = events::put(tx, place, record, origin.as_ref())?;
            Ok::<_, Error>((version, expiration))
        })
        .await?;

    Ok(Stored {
        etag: received.etag,
        checksums,
        version: made_version(version),
        expiration,
    })
}

/// What an answer tells of a stored object.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) etag: String,
    /// The value of its checksum, by header.
    checksums: BTreeMap<String, String>,
    /// Its version, where the bucket makes versions.
    version: Option<String>,
    /// When and by which rule it will be gone.
    expiration: Option<String>,
}

impl Stored {
    /// Adds the headers of an answer.
    pub(super) fn tell(&self, headers: &mut HeaderMap) {
        insert(headers, "etag", &self.etag);
        tell_checksums(headers, &self.checksums);
        if let Some(version) = &self.version {
            insert(headers, "x-amz-version-id", version);
        }
        if let Some(expiration) = &self.expiration {
            insert(headers, "x-amz-expiration", expiration);
        }
    }
}
