//! `PutObject`.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use super::status;
use crate::Store;
use crate::access::{self, On};
use crate::chunks::Chunks;
use crate::clock::now_ms;
use crate::described::Described;
use crate::error::Result;
use crate::index::{Content, IndexError, ObjectRecord, VersionId, objects};
use crate::intake::{self, Source};
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
    access::check(
        request,
        Operation::PutObject.action(),
        On::Key(bucket, &key),
    )?;
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
    let promise = Promise::read(request, &chunks)?;

    let received = intake::receive(store.intake(), source, size_bytes, chunks, promise).await?;

    let checksums = received
        .checksum
        .map(|c| (c.algorithm.header().to_owned(), c.to_string()));
    let (name, data, etag) = (bucket.name.clone(), received.data, received.etag.clone());
    let kept = checksums.iter().cloned().collect();
    let index = store.index();
    let version = index
        .change(move |tx| {
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
                tags: BTreeMap::new(),
            };
            objects::put(tx, (&name, &key), record)
        })
        .await
        .map_err(|error: IndexError| error)?;

    Ok(Stored {
        etag: received.etag,
        checksums,
        version,
    })
}

/// What an answer tells of a stored object.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) etag: String,
    /// The header and the value of its checksum.
    checksums: Option<(String, String)>,
    version: Option<VersionId>,
}

impl Stored {
    /// Adds the headers of an answer.
    pub(super) fn tell(&self, headers: &mut HeaderMap) {
        headers.insert(
            header::ETAG,
            HeaderValue::from_str(&self.etag).expect("an ETag is plain ASCII"),
        );
        if let Some((name, value)) = &self.checksums {
            let name = HeaderName::try_from(name).expect("a checksum's header is a name");
            headers.insert(
                name,
                HeaderValue::from_str(value).expect("base64 is plain ASCII"),
            );
        }
        if let Some(version) = self.version {
            let version = HeaderValue::from_str(&version.to_string());
            headers.insert(
                "x-amz-version-id",
                version.expect("a version is plain ASCII"),
            );
        }
    }
}
