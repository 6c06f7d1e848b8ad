//! `UploadPart`.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use dropslip_s3::checksum::{Algorithm, Checksum, ChecksumType};

use super::plan::DEFAULT_CHECKSUM;
use super::{Addressed, part_number, tell_checksum, type_mismatch};
use crate::Store;
use crate::chunks::Chunks;
use crate::clock::now_ms;
use crate::disk::DataId;
use crate::error::{Error, Result};
use crate::index::Tx;
use crate::index::uploads::{self, PartRecord, UploadRecord};
use crate::intake;
use crate::promise::{Promise, size_bytes};
use crate::request::Request;
use crate::route::Operation;

/// Takes a part in. One that comes again replaces the one of its number.
pub(in crate::ops) async fn part(
    store: &Store,
    request: &Request,
    body: &mut Body,
) -> Result<Response<Body>> {
    let at = Addressed::read(request, Operation::UploadPart, &store.index().snapshot()?)?;
    let number = part_number(request)?;
    let upload = at.found()?.clone();
    let chunks = Chunks::of(request)?;
    let size_bytes = size_bytes(request, &chunks)?;
    let promise = Promise::read(request, &chunks)?;
    let sent = promise.algorithm();
    check_algorithm(&upload, sent)?;
    let promise = promise.and_compute(algorithm_of(&upload));

    let received = intake::receive(store.intake(), body, Some(size_bytes), chunks, promise).await?;
    let part = Arrived {
        number,
        size_bytes,
        md5: received.etag.trim_matches('"').to_owned(),
        checksums: checksums(received.checksum, received.also),
    };
    let mut response = crate::ops::status(StatusCode::OK);
    let etag = HeaderValue::from_str(&received.etag).expect("an ETag is plain ASCII");
    response.headers_mut().insert(header::ETAG, etag);
    if let Some(checksum) = told(&upload, &part.checksums, sent) {
        tell_checksum(&mut response, checksum);
    }
    let data = received.data;
    keep(store, at, part, move |tx| Ok(tx.store(data))).await?;
    Ok(response)
}

/// A part whose bytes are on disk.
pub(super) struct Arrived {
    pub(super) number: u16,
    pub(super) size_bytes: u64,
    /// The MD5 in hexadecimal.
    pub(super) md5: String,
    pub(super) checksums: Vec<Checksum>,
}

/// Makes a part that has arrived one of the upload, if that is still there. Gives the time.
pub(super) async fn keep(
    store: &Store,
    at: Addressed,
    part: Arrived,
    data: impl FnOnce(&mut Tx<'_>) -> Result<DataId> + Send + 'static,
) -> Result<i64> {
    let change = move |tx: &mut Tx<'_>| {
        let upload = at.upload(tx)?;
        let modified_ms = now_ms();
        let record = PartRecord {
            data: data(tx)?,
            size_bytes: part.size_bytes,
            md5: part.md5,
            modified_ms,
            checksums: part.checksums,
        };
        uploads::put_part(tx, (at.place(), at.id), upload, (part.number, &record))?;
        Ok::<_, Error>(modified_ms)
    };
    store.index().change(change).await
}

/// The checksum that parts need for that of the object: the upload's, or the one that S3
/// gives every object that came without.
pub(super) fn algorithm_of(upload: &UploadRecord) -> Algorithm {
    let (algorithm, _) = upload.checksum.unwrap_or(DEFAULT_CHECKSUM);
    algorithm
}

/// The checksum that was sent with a part must be the upload's. One that is composite needs
/// it with every part; an upload without takes any.
fn check_algorithm(upload: &UploadRecord, sent: Option<Algorithm>) -> Result<()> {
    let lower = |algorithm: Algorithm| algorithm.as_str().to_ascii_lowercase();
    match (upload.checksum, sent) {
        (Some((expected, _)), Some(sent)) if expected != sent => {
            Err(type_mismatch(&lower(expected), &lower(sent)))
        }
        (Some((expected, ChecksumType::Composite)), None) => {
            Err(type_mismatch(&lower(expected), "null"))
        }
        _ => Ok(()),
    }
}

/// What the answer tells: the checksum that was sent, or the one that was asked for when
/// the upload began.
fn told<'a>(
    upload: &UploadRecord,
    checksums: &'a [Checksum],
    sent: Option<Algorithm>,
) -> Option<&'a Checksum> {
    let algorithm = sent.or(upload.checksum.map(|(algorithm, _)| algorithm))?;
    checksums.iter().find(|c| c.algorithm == algorithm)
}

/// The checksums of a part, each algorithm once.
pub(super) fn checksums(sent: Option<Checksum>, computed: Option<Checksum>) -> Vec<Checksum> {
    sent.into_iter().chain(computed).collect()
}
