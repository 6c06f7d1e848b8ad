//! `ListParts`.

use axum::body::Body;
use axum::http::Response;
use dropslip_s3::xml::{self, ListParts, PartEntry};
use tokio::task::spawn_blocking;

use super::Addressed;
use crate::Store;
use crate::error::Result;
use crate::index::uploads::{self, PartRecord};
use crate::limits::LIST_KEYS_MAX;
use crate::ops::rfc3339_ms;
use crate::request::Request;
use crate::route::Operation;

/// Lists one page of the parts that have arrived.
pub(in crate::ops) async fn list_parts(store: &Store, request: &Request) -> Result<Response<Body>> {
    let snapshot = store.index().snapshot()?;
    let at = Addressed::read(request, Operation::ListParts, &snapshot)?;
    let upload = at.found()?;
    let max_parts = super::bounded(request, "max-parts")?.unwrap_or(LIST_KEYS_MAX as u64);
    let max_parts = usize::try_from(max_parts).map_or(LIST_KEYS_MAX, |n| n.min(LIST_KEYS_MAX));
    let marker = super::bounded(request, "part-number-marker")?.unwrap_or(0);
    let (id, after) = (at.id, u16::try_from(marker).unwrap_or(u16::MAX));
    // One more than is shown tells whether there are more.
    let read = move || uploads::parts(&snapshot, id, after, max_parts + 1);
    let mut parts = spawn_blocking(read).await??;
    let is_truncated = parts.len() > max_parts && max_parts > 0;
    parts.truncate(max_parts);
    let mut response = crate::ops::xml(xml::list_parts(&ListParts {
        bucket: at.bucket.name.as_str(),
        key: at.key.as_str(),
        upload_id: &at.id.to_string(),
        initiator: &upload.initiator,
        owner: &upload.described.owner,
        part_number_marker: marker,
        max_parts,
        is_truncated,
        parts: parts.into_iter().map(entry).collect(),
        checksum: upload.checksum,
        url_encoded: super::url_encoded(request)?,
    }));
    super::tell_abortion(&mut response, &at.bucket, &at.key, upload.initiated_ms);
    Ok(response)
}

fn entry((number, part): (u16, PartRecord)) -> PartEntry {
    PartEntry {
        number,
        last_modified: rfc3339_ms(part.modified_ms),
        etag: format!("\"{}\"", part.md5),
        size_bytes: part.size_bytes,
        // That which was sent comes first.
        checksum: part.checksums.into_iter().next(),
    }
}
