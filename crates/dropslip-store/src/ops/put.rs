//! `PutObject`.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use tokio::task::spawn_blocking;

use super::{managed_bucket, status};
use crate::Store;
use crate::chunks::Chunks;
use crate::clock::now_ms;
use crate::described::Described;
use crate::error::Result;
use crate::index::{Change, ObjectRecord};
use crate::intake;
use crate::promise::{Promise, size_bytes};
use crate::request::Request;

/// Stores an object. The 200 comes once bytes and index are on disk.
pub(super) async fn object(
    store: &Store,
    request: &Request,
    body: &mut Body,
) -> Result<Response<Body>> {
    let (bucket, _) = managed_bucket(store, request)?;
    let key = request.key()?;
    let described = Described::read(request)?;
    let chunks = Chunks::of(request)?;
    let size_bytes = size_bytes(request, &chunks)?;
    let promise = Promise::read(request, &chunks)?;

    let disk = store.disk().clone();
    let blob = spawn_blocking(move || disk.create()).await??;
    let received = intake::receive(body, size_bytes, chunks, blob, promise).await?;

    let checksums = received
        .checksum
        .map(|c| (c.algorithm.header().to_owned(), c.to_string()));
    let record = ObjectRecord {
        blob: received.blob.id(),
        size_bytes,
        etag: received.etag.clone(),
        modified_ms: now_ms(),
        acl: described.acl,
        headers: described.headers,
        metadata: described.metadata,
        checksums: checksums.iter().cloned().collect(),
    };
    store
        .index()
        .change(Change::PutObject {
            bucket,
            key,
            record,
            blob: received.blob,
        })
        .await?;

    let mut response = status(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert(
        header::ETAG,
        HeaderValue::from_str(&received.etag).expect("an ETag is plain ASCII"),
    );
    if let Some((name, value)) = checksums {
        let name = HeaderName::try_from(name).expect("a checksum's header is a name");
        headers.insert(
            name,
            HeaderValue::from_str(&value).expect("base64 is plain ASCII"),
        );
    }
    Ok(response)
}
