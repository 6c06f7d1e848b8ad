//! `UploadPartCopy`: a part made of an object that is here already.
//!
//! Where it is a whole piece of that object, the part shares its bytes. Else they are copied.
//! Either way they are read once, since the part needs checksums of its own.

use std::io;

use axum::body::Body;
use axum::http::{HeaderValue, Response};
use dropslip_s3::Code;
use dropslip_s3::checksum::{Algorithm, Checksum};
use dropslip_s3::range::ByteRange;
use dropslip_s3::xml;
use dropslip_sigv4::Trailers;
use http_body_util::BodyExt as _;
use tokio::task::spawn_blocking;

use super::part::{Arrived, algorithm_of, keep};
use super::{Addressed, part_number};
use crate::Store;
use crate::chunks::Chunks;
use crate::disk::DataId;
use crate::error::{Error, Result};
use crate::index::manifest::{self, Piece};
use crate::index::{NewData, ObjectRecord, Tx, uploads};
use crate::intake;
use crate::keep_alive::{self, Done};
use crate::limits::PUT_BYTES_MAX;
use crate::ops::{rfc3339_ms, source};
use crate::outgo;
use crate::promise::{Promise, hex};
use crate::request::Request;
use crate::route::Operation;
use crate::service;

const RANGE: &str = "x-amz-copy-source-range";

/// Takes a part in from an object, or from a range of it.
pub(in crate::ops) async fn part_copy(store: &Store, request: &Request) -> Result<Response<Body>> {
    let snapshot = store.index().snapshot()?;
    let at = Addressed::read(request, Operation::UploadPartCopy, &snapshot)?;
    let number = part_number(request)?;
    let upload = at.found()?;
    let source = source::find(store, &snapshot, request)?;
    let range = asked_range(request, &source.record)?;
    let work = Work {
        number,
        algorithm: algorithm_of(upload),
        shown: upload.checksum.is_some(),
        at,
        range,
        pieces: manifest::pieces(&snapshot, &source.record, range)?,
    };
    drop(snapshot);
    let late = service::late_document(&request.head);
    let version = source.told_version().map(|version| {
        let version = HeaderValue::from_str(&version);
        (
            "x-amz-copy-source-version-id",
            version.expect("a version is plain ASCII"),
        )
    });
    let store = store.clone();
    let work = async move {
        let document = work.run(&store).await?;
        let headers = version.into_iter().collect();
        Ok(Done { document, headers })
    };
    keep_alive::answer(work, late).await
}

/// The range that is asked for: S3 takes one form of it, and none that goes beyond the end.
fn asked_range(request: &Request, source: &ObjectRecord) -> Result<ByteRange> {
    let size_bytes = source.size_bytes;
    let Some(text) = request.head.header(RANGE) else {
        let (start, end) = (0, size_bytes);
        return within_a_part(ByteRange { start, end });
    };
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| text.parse::<u64>().unwrap_or(u64::MAX))
    };
    let parse = || {
        let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
        let (first, last) = (number(first)?, number(last)?);
        (first <= last).then_some((first, last))
    };
    let (start, last) = parse().ok_or_else(|| {
        let why = "The x-amz-copy-source-range value must be of the form bytes=first-last where \
                   first and last are the zero-based offsets of the first and last bytes to copy";
        Error::invalid_argument(RANGE, text, why)
    })?;
    // Not `InvalidRange`, which S3 has for reads.
    if start >= size_bytes {
        let message = "The specified copy range is invalid for the source object size";
        return Err(Error::new(Code::InvalidRequest, message));
    }
    if last >= size_bytes {
        let why = format!("Range specified is not valid for source object of size: {size_bytes}");
        return Err(Error::invalid_argument(RANGE, text, &why));
    }
    let end = last + 1;
    within_a_part(ByteRange { start, end })
}

/// A part is no larger than what one PUT carries.
fn within_a_part(range: ByteRange) -> Result<ByteRange> {
    if range.len() <= PUT_BYTES_MAX {
        return Ok(range);
    }
    let message = format!(
        "The specified copy source is larger than the maximum allowable size for a copy source: \
         {PUT_BYTES_MAX}"
    );
    Err(Error::new(Code::InvalidRequest, message))
}

/// A copy that is ready to be made.
struct Work {
    at: Addressed,
    number: u16,
    algorithm: Algorithm,
    /// Whether the answer tells the checksum: an upload that was begun without one is silent.
    shown: bool,
    range: ByteRange,
    pieces: Vec<Piece>,
}

impl Work {
    async fn run(self, store: &Store) -> Result<String> {
        let whole = match self.pieces.as_slice() {
            [piece] if piece.is_whole => Some(piece.data),
            _ => None,
        };
        let copied = match whole {
            Some(data) => self.share(store, data).await?,
            None => self.copy(store).await?,
        };
        let Copied {
            md5,
            checksum,
            data,
        } = copied;
        let etag = format!("\"{md5}\"");
        let part = Arrived {
            number: self.number,
            size_bytes: self.range.len(),
            md5,
            checksums: checksum.iter().cloned().collect(),
        };
        let take = move |tx: &mut Tx<'_>| match data {
            Taken::Shared(data) if uploads::share(tx, data)? => Ok(data),
            // Somebody removed the source meanwhile.
            Taken::Shared(_) => Err(Code::OperationAborted.into()),
            Taken::New(data) => Ok(tx.store(data)),
        };
        let modified_ms = keep(store, self.at, part, take).await?;
        let shown = checksum.filter(|_| self.shown);
        let modified = rfc3339_ms(modified_ms);
        Ok(xml::copied_part(&modified, &etag, shown.as_ref()))
    }

    /// Reads the bytes where they are, for their checksums.
    async fn share(&self, store: &Store, data: DataId) -> Result<Copied> {
        let mut digests = Promise::none().and_compute(self.algorithm).begin();
        let mut body = self.body(store).await?;
        while let Some(frame) = body.frame().await {
            let bytes = frame.map_err(|error| Error::internal(&error))?.into_data();
            let bytes = bytes.unwrap_or_default();
            digests = spawn_blocking(move || {
                digests.update(&bytes);
                digests
            })
            .await?;
        }
        let kept = digests.kept(&Trailers::default())?;
        Ok(Copied {
            md5: hex(&kept.md5),
            checksum: kept.also,
            data: Taken::Shared(data),
        })
    }

    /// Copies the bytes.
    async fn copy(&self, store: &Store) -> Result<Copied> {
        let promise = Promise::none().and_compute(self.algorithm);
        let mut body = self.body(store).await?;
        let size_bytes = Some(self.range.len());
        let chunks = Chunks::default();
        let received =
            intake::receive(store.intake(), &mut body, size_bytes, chunks, promise).await?;
        Ok(Copied {
            md5: received.etag.trim_matches('"').to_owned(),
            checksum: received.also,
            data: Taken::New(received.data),
        })
    }

    async fn body(&self, store: &Store) -> Result<Body> {
        let opened = outgo::open(store.outgo(), self.pieces.clone()).await;
        opened.map_err(|error| match error.kind() {
            // Somebody removed the source meanwhile.
            io::ErrorKind::NotFound => Code::OperationAborted.into(),
            _ => error.into(),
        })
    }
}

/// What is known of the bytes of the part, and where they are.
struct Copied {
    md5: String,
    checksum: Option<Checksum>,
    data: Taken,
}

enum Taken {
    Shared(DataId),
    New(NewData),
}
