//! `CopyObject`: another object of the same bytes.
//!
//! Nothing is copied: the new object shares the bytes of its source, which stay for as long
//! as anything refers to them. They are read only where the request wants a checksum that
//! the source does not have.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Response;
use dropslip_s3::checksum::{Algorithm, Hasher};
use dropslip_s3::range::ByteRange;
use dropslip_s3::{Code, ObjectKey, xml};
use http_body_util::BodyExt as _;

use super::rfc3339_ms;
use super::source::{self, Source};
use crate::Store;
use crate::access::{self, On};
use crate::clock::now_ms;
use crate::conditional::WriteConditions;
use crate::described::{self, REDIRECT};
use crate::error::{Error, Result};
use crate::events::{self, Origin};
use crate::grants;
use crate::index::{Content, ObjectRecord, Snapshot, Tx, manifest, uploads};
use crate::limits::{COPY_ATTEMPTS_MAX, PUT_BYTES_MAX};
use crate::outgo;
use crate::present::{checksum_elements, insert, made_version};
use crate::request::Request;
use crate::route::Operation;

/// Makes the copy.
pub(super) async fn object(store: &Store, request: &Request) -> Result<Response<Body>> {
    let bucket = request.bucket()?;
    let key = request.key()?;
    let action = Operation::CopyObject.action();
    access::check(request, action, On::Key(bucket, &key))?;
    for _ in 0..COPY_ATTEMPTS_MAX {
        let snapshot = store.index().snapshot()?;
        let source = source::find(store, &snapshot, request)?;
        let record = planned(store, request, (&snapshot, &source, &key)).await?;
        drop(snapshot);
        let (etag, modified) = (record.etag.clone(), rfc3339_ms(record.modified_ms));
        let checksums = checksum_elements(&record.checksums);
        let (name, at) = (bucket.name.clone(), key.clone());
        let conditions = WriteConditions::read(request);
        let origin = Origin::of(store.outbox(), request);
        let index = store.index_of(bucket);
        let made = index.change(move |tx| {
            conditions.check(tx, (&name, &at))?;
            match shared(tx, record)? {
                Some(record) => Ok::<_, Error>(Some(events::put(
                    tx,
                    (&name, &at),
                    record,
                    origin.as_ref(),
                )?)),
                // The source was replaced meanwhile: what it is now may be copied.
                None => Ok(None),
            }
        });
        let Some(version) = made.await? else {
            continue;
        };
        let mut response = super::xml(xml::copy_result(&modified, &etag, &checksums));
        let headers = response.headers_mut();
        if let Some(version) = made_version(version) {
            insert(headers, "x-amz-version-id", &version);
        }
        if let Some(version) = source.told_version() {
            insert(headers, "x-amz-copy-source-version-id", &version);
        }
        return Ok(response);
    }
    Err(Code::OperationAborted.into())
}

/// What of the source is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Directive {
    Copy,
    Replace,
}

fn directive(request: &Request, header: &str, of: &str) -> Result<Directive> {
    match request.amz(header) {
        None | Some("COPY") => Ok(Directive::Copy),
        Some("REPLACE") => Ok(Directive::Replace),
        Some(other) => {
            let why = format!("Unknown {of} directive.");
            Err(Error::invalid_argument(header, other, &why))
        }
    }
}

/// Decides what the copy will be. Its bytes are those of the source.
async fn planned(
    store: &Store,
    request: &Request,
    (snapshot, source, key): (&Snapshot, &Source, &ObjectKey),
) -> Result<ObjectRecord> {
    let from = &source.record;
    if from.size_bytes > PUT_BYTES_MAX {
        return Err(too_large());
    }
    let metadata = directive(request, "x-amz-metadata-directive", "metadata")?;
    let tagging = directive(request, "x-amz-tagging-directive", "tagging")?;
    let storage_class = described::storage_class(request)?;
    let redirect = described::redirect(request)?;
    let bucket = request.bucket()?;
    let is_itself =
        !source.names_version && source.bucket.name == bucket.name && source.key == *key;
    let changes =
        metadata == Directive::Replace || redirect.is_some() || storage_class != from.storage_class;
    if is_itself && !changes {
        let message = "This copy request is illegal because it is trying to copy an object to \
                       itself without changing the object's metadata, storage class, website \
                       redirect location or encryption attributes.";
        return Err(Error::new(Code::InvalidRequest, message));
    }
    let (mut headers, metadata) = match metadata {
        Directive::Replace => (
            described::kept_headers(request)?,
            described::metadata(request)?,
        ),
        Directive::Copy => (from.headers.clone(), from.metadata.clone()),
    };
    // It is never copied.
    headers.remove(REDIRECT);
    headers.extend(redirect.map(|location| (REDIRECT.to_owned(), location)));
    let granted = grants::of_new_object(request, bucket, |name| request.amz(name))?;
    Ok(ObjectRecord {
        sequence: 0,
        version: None,
        content: from.content,
        size_bytes: from.size_bytes,
        etag: from.etag.clone(),
        modified_ms: now_ms(),
        owner: granted.owner,
        acl: granted.acl,
        headers,
        metadata,
        checksums: checksums(store, request, (snapshot, from)).await?,
        tags: match tagging {
            Directive::Replace => described::tags(request)?,
            Directive::Copy => source.tags_to_copy(request)?,
        },
        storage_class,
    })
}

fn too_large() -> Error {
    let message = format!(
        "The specified copy source is larger than the maximum allowable size for a copy source: \
         {PUT_BYTES_MAX}"
    );
    Error::new(Code::InvalidRequest, message)
}

/// Refers to the bytes once more; nothing when they are gone.
fn shared(tx: &mut Tx<'_>, mut record: ObjectRecord) -> Result<Option<ObjectRecord>> {
    let is_there = match record.content {
        Content::Data(id) => uploads::share(tx, id)?,
        Content::Parts(id) => match manifest::share(tx, id)? {
            Some(id) => {
                record.content = Content::Parts(id);
                true
            }
            None => false,
        },
    };
    Ok(is_there.then_some(record))
}

/// The checksums of the copy: those of its source, unless the request names an algorithm
/// that is not among them.
async fn checksums(
    store: &Store,
    request: &Request,
    (snapshot, from): (&Snapshot, &ObjectRecord),
) -> Result<BTreeMap<String, String>> {
    let Some(name) = request.amz("x-amz-checksum-algorithm") else {
        return Ok(from.checksums.clone());
    };
    let algorithm: Algorithm = name.parse().map_err(|_| {
        let message = "Checksum algorithm provided is unsupported. Please try again with any \
                       of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]";
        Error::new(Code::InvalidRequest, message)
    })?;
    if from.checksums.contains_key(algorithm.header()) {
        return Ok(from.checksums.clone());
    }
    let range = ByteRange {
        start: 0,
        end: from.size_bytes,
    };
    let pieces = manifest::pieces(snapshot, from, range)?;
    let mut body = outgo::open(store.outgo(), pieces).await?;
    let mut hasher = Hasher::new(algorithm);
    while let Some(frame) = body.frame().await {
        let bytes = frame.map_err(|error| Error::internal(&error))?.into_data();
        let bytes = bytes.unwrap_or_default();
        let hash = move || {
            hasher.update(&bytes);
            hasher
        };
        hasher = tokio::task::spawn_blocking(hash).await?;
    }
    let checksum = hasher.finish().to_string();
    Ok([(algorithm.header().to_owned(), checksum)].into())
}
