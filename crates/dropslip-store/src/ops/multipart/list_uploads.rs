//! `ListMultipartUploads`.

use axum::body::Body;
use axum::http::Response;
use dropslip_s3::ObjectKey;
use dropslip_s3::xml::{self, ListUploads, UploadEntry};
use tokio::task::spawn_blocking;

use crate::Store;
use crate::access::{self, On};
use crate::error::{Error, Result};
use crate::index::uploads::{UploadId, UploadRecord};
use crate::index::uploads_list::{self, UploadsQuery};
use crate::limits::LIST_KEYS_MAX;
use crate::ops::rfc3339_ms;
use crate::request::Request;
use crate::route::Operation;

/// Lists one page of a bucket's uploads, by key and then by when they began.
pub(in crate::ops) async fn list_uploads(
    store: &Store,
    request: &Request,
) -> Result<Response<Body>> {
    let bucket = request.bucket()?;
    let action = Operation::ListMultipartUploads.action();
    access::check(request, action, On::Bucket(bucket))?;
    let asked = query(request)?;
    let (snapshot, name) = (store.index().snapshot()?, bucket.name.clone());
    let page = {
        let asked = asked.clone();
        spawn_blocking(move || uploads_list::page(&snapshot, &name, &asked)).await??
    };
    let find = |name| request.head.query.find(name).unwrap_or_default();
    let next = page.next.map(|(key, id)| {
        let id = id.map(|id| id.to_string());
        (key, id.unwrap_or_default())
    });
    Ok(crate::ops::xml(xml::list_uploads(&ListUploads {
        bucket: bucket.name.as_str(),
        key_marker: find("key-marker"),
        upload_id_marker: find("upload-id-marker"),
        next,
        delimiter: asked.delimiter.as_deref(),
        prefix: &asked.prefix,
        max_uploads: asked.uploads_max,
        url_encoded: super::url_encoded(request)?,
        uploads: page.uploads.into_iter().map(entry).collect(),
        common_prefixes: page.common_prefixes,
    })))
}

fn entry((key, id, upload): (String, UploadId, UploadRecord)) -> UploadEntry {
    UploadEntry {
        key,
        upload_id: id.to_string(),
        initiator: upload.initiator,
        owner: upload.described.owner,
        initiated: rfc3339_ms(upload.initiated_ms),
        checksum: upload.checksum,
    }
}

fn query(request: &Request) -> Result<UploadsQuery> {
    let find = |name| {
        request
            .head
            .query
            .find(name)
            .filter(|text| !text.is_empty())
    };
    let uploads_max = super::bounded(request, "max-uploads")?.unwrap_or(LIST_KEYS_MAX as u64);
    // A key that is too long is behind every key that begins as it does.
    let key_marker = find("key-marker").map(ObjectKey::parse).transpose();
    let key_marker = key_marker.map_err(|error| {
        let text = find("key-marker").unwrap_or_default();
        Error::invalid_argument("key-marker", text, &format!("{error}."))
    })?;
    // Without a key, the marker of an upload is passed over, as S3 does.
    let upload_id = find("upload-id-marker").filter(|_| key_marker.is_some());
    let upload_id_marker = upload_id.map(|text| {
        let why = "Invalid uploadId marker";
        UploadId::parse(text).ok_or_else(|| Error::invalid_argument("upload-id-marker", text, why))
    });
    Ok(UploadsQuery {
        prefix: find("prefix").unwrap_or_default().to_owned(),
        delimiter: find("delimiter").map(str::to_owned),
        key_marker,
        upload_id_marker: upload_id_marker.transpose()?,
        uploads_max: usize::try_from(uploads_max).map_or(LIST_KEYS_MAX, |n| n.min(LIST_KEYS_MAX)),
    })
}
