//! `CompleteMultipartUpload`.
//!
//! What the object will be is decided beside the writer, since ten thousand parts take a
//! while to go through; the change itself then only looks whether the upload is still what
//! it was. A part that arrived in between lets it be decided again.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, Response};
use dropslip_s3::Code;
use dropslip_s3::checksum::Algorithm;
use dropslip_s3::limits::COMPLETE_XML_BYTES_MAX;
use dropslip_s3::xml::{self, Completed};
use tokio::task::spawn_blocking;

use super::plan::{self, Asked, Planned};
use super::{Addressed, no_such_upload};
use crate::Store;
use crate::clock::now_ms;
use crate::conditional::WriteConditions;
use crate::document::read_document_of_object;
use crate::error::{Error, Result};
use crate::events::{self, Origin};
use crate::index::manifest::NewManifest;
use crate::index::uploads::{self, UploadRecord};
use crate::index::{Content, ObjectRecord, Read, Snapshot, Tx, objects};
use crate::keep_alive::{self, Done};
use crate::limits::COMPLETE_ATTEMPTS_MAX;
use crate::present::made_version;
use crate::promise::several_checksums;
use crate::request::{Request, host};
use crate::route::Operation;
use crate::service;

/// Makes the object of its parts.
pub(in crate::ops) async fn complete(
    store: &Store,
    request: &Request,
    body: &mut Body,
) -> Result<Response<Body>> {
    let snapshot = store.index().snapshot()?;
    let at = Addressed::read(request, Operation::CompleteMultipartUpload, &snapshot)?;
    drop(snapshot);
    let document = read_document_of_object(request, body, COMPLETE_XML_BYTES_MAX).await?;
    let work = Work {
        asked: asked(request, &at, &document)?,
        location: location(request),
        conditions: WriteConditions::read(request),
        origin: Origin::of(store.outbox(), request),
        at,
    };
    plan::check_order(&work.asked)?;
    let late = service::late_document(&request.head);
    keep_alive::answer(work.run(store.clone()), late).await
}

/// What is left to do once the request is read; it goes on if the client hangs up.
struct Work {
    at: Addressed,
    asked: Asked,
    location: String,
    conditions: WriteConditions,
    origin: Option<Origin>,
}

/// What an upload is found to be.
enum Found {
    /// This object already: the request is a repetition.
    Completed(Box<ObjectRecord>),
    UnderWay(Box<Prepared>),
}

/// A change that is ready to be made.
struct Prepared {
    upload: UploadRecord,
    planned: Planned,
    manifest: NewManifest,
}

impl Work {
    async fn run(self, store: Store) -> Result<Done> {
        let work = Arc::new(self);
        for _ in 0..COMPLETE_ATTEMPTS_MAX {
            let (snapshot, preparing) = (store.index().snapshot()?, Arc::clone(&work));
            let prepared = match spawn_blocking(move || preparing.prepare(&snapshot)).await?? {
                Found::Completed(record) => return Ok(work.done(&record)),
                Found::UnderWay(prepared) => prepared,
            };
            let making = Arc::clone(&work);
            let change = move |tx: &mut Tx<'_>| making.make(tx, *prepared);
            if let Some(record) = store.index().change(change).await? {
                return Ok(work.done(&record));
            }
        }
        Err(Code::OperationAborted.into())
    }

    /// Finds the upload, and decides what becomes of it.
    fn prepare(&self, snapshot: &Snapshot) -> Result<Found> {
        let Some(upload) = uploads::find(snapshot, self.at.place(), self.at.id)? else {
            let completed = self.completed(snapshot)?;
            return completed
                .map(|record| Found::Completed(Box::new(record)))
                .ok_or_else(|| no_such_upload(&self.at.id.to_string()));
        };
        let parts = uploads::parts(snapshot, self.at.id, 0, usize::MAX)?;
        let planned = plan::plan(&self.asked, upload.checksum, parts)?;
        let manifest = NewManifest::of(self.at.id.manifest(), &planned.parts)?;
        Ok(Found::UnderWay(Box::new(Prepared {
            upload,
            planned,
            manifest,
        })))
    }

    /// The object that the upload has become, if that is still there and was made of the
    /// parts that are asked for.
    fn completed(&self, read: &impl Read) -> Result<Option<ObjectRecord>> {
        let content = Content::Parts(self.at.id.manifest());
        let found = objects::with_content(read, self.at.place(), content)?;
        Ok(found.filter(|record| record.etag == plan::etag_asked(&self.asked)))
    }

    /// Makes the object, unless the upload is no longer what was looked at.
    fn make(&self, tx: &mut Tx<'_>, prepared: Prepared) -> Result<Option<ObjectRecord>> {
        let (place, id) = (self.at.place(), self.at.id);
        let upload = uploads::find(tx, place, id)?;
        if upload.is_none_or(|upload| upload.revision != prepared.upload.revision) {
            return Ok(None);
        }
        self.conditions.check(tx, place)?;
        let Prepared {
            upload,
            planned,
            manifest,
        } = prepared;
        manifest.write(tx);
        uploads::complete(tx, (place, id), &planned.numbers, &planned.unused);
        let mut record = object(upload, &planned, Content::Parts(id.manifest()));
        record.version = events::put(tx, place, record.clone(), self.origin.as_ref())?;
        Ok(Some(record))
    }

    /// The answer.
    fn done(&self, record: &ObjectRecord) -> Done {
        let (bucket, key) = self.at.place();
        let mut algorithms = Algorithm::ALL.into_iter();
        let checksum = algorithms.find_map(|algorithm| {
            let value = record.checksums.get(algorithm.header())?;
            Some((algorithm, value.as_str()))
        });
        let kind = record
            .checksums
            .get(TYPE)
            .and_then(|kind| kind.parse().ok());
        let document = xml::completed(&Completed {
            location: &self.location,
            bucket: bucket.as_str(),
            key: key.as_str(),
            etag: &record.etag,
            checksum,
            checksum_type: kind,
        });
        let version = made_version(record.version).map(|version| {
            let version = HeaderValue::from_str(&version);
            (
                "x-amz-version-id",
                version.expect("a version is plain ASCII"),
            )
        });
        Done {
            document,
            headers: version.into_iter().collect(),
        }
    }
}

/// The record of the object.
fn object(upload: UploadRecord, planned: &Planned, content: Content) -> ObjectRecord {
    let checksums = planned.checksum.iter().flat_map(|whole| {
        let header = whole.checksum.algorithm.header();
        let kind = whole.kind.as_str().to_owned();
        [
            (header.to_owned(), whole.to_string()),
            (TYPE.to_owned(), kind),
        ]
    });
    let checksums = checksums.collect();
    let described = upload.described;
    ObjectRecord {
        sequence: 0,
        version: None,
        content,
        size_bytes: planned.size_bytes,
        etag: planned.etag.clone(),
        modified_ms: now_ms(),
        owner: described.owner,
        acl: described.acl,
        headers: described.headers,
        metadata: described.metadata,
        checksums,
        tags: described.tags,
        storage_class: described.storage_class,
    }
}

const TYPE: &str = "x-amz-checksum-type";

/// Reads what is asked for.
fn asked(request: &Request, at: &Addressed, document: &[u8]) -> Result<Asked> {
    let invalid = |name: &str| {
        Error::new(
            Code::InvalidRequest,
            format!("Value for {name} header is invalid."),
        )
    };
    let parts = xml::read_complete(document).map_err(|error| {
        let message = Code::MalformedXML.message();
        Error::new(Code::MalformedXML, format!("{message} {error}."))
    })?;
    let mut whole = Algorithm::ALL.into_iter().filter_map(|algorithm| {
        let value = request.amz(algorithm.header())?;
        Some((algorithm, value.trim().to_owned()))
    });
    let (first, second) = (whole.next(), whole.next());
    if second.is_some() {
        return Err(several_checksums());
    }
    let kind = request.amz(TYPE).map(str::parse).transpose();
    let size = "x-amz-mp-object-size";
    let size_bytes = request.amz(size).map(str::parse).transpose();
    Ok(Asked {
        upload_id: at.id,
        parts,
        whole: first,
        kind: kind.map_err(|_| invalid(TYPE))?,
        size_bytes: size_bytes.map_err(|_| invalid(size))?,
    })
}

/// Where the object is, as the client has addressed it.
fn location(request: &Request) -> String {
    let parts = &request.head.parts;
    format!("http://{}{}", host(parts), parts.uri.path())
}
