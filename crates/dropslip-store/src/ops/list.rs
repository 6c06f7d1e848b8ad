//! `ListObjects` and `ListObjectsV2`.

use axum::body::Body;
use axum::http::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use dropslip_s3::Code;
use dropslip_s3::xml::{self, ListEntry, ListV1, ListV2, Names};
use tokio::task::spawn_blocking;

use super::{bucket_for, rfc3339_ms};
use crate::Store;
use crate::error::{Error, Result};
use crate::index::{ListPage, ListQuery, ObjectRecord, list};
use crate::limits::LIST_KEYS_MAX;
use crate::present::checksum_kind;
use crate::request::{Bucket, Request};
use crate::route::Operation;

/// Lists one page of a bucket, as the first version of the operation has it.
pub(super) async fn v1(store: &Store, request: &Request) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::ListObjects)?;
    let asked = Asked::read(request)?;
    let marker = request.head.query.find("marker").unwrap_or_default();
    let after = (!marker.is_empty()).then(|| asked.behind(marker));
    let page = page(store, bucket, &asked, after).await?;
    let next = page.next_after.as_deref().map(list::name_of);
    Ok(super::xml(xml::list_v1(&ListV1 {
        bucket: bucket.name.as_str(),
        prefix: asked.prefix,
        marker,
        next_marker: next.as_deref(),
        is_truncated: next.is_some(),
        max_keys: asked.keys_max,
        delimiter: asked.delimiter,
        names: asked.names,
        objects: entries(page.objects, true),
        common_prefixes: page.common_prefixes,
    })))
}

/// Lists one page of a bucket.
pub(super) async fn v2(store: &Store, request: &Request) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::ListObjectsV2)?;
    let asked = Asked::read(request)?;
    let query = &request.head.query;
    let start_after = query.find("start-after").filter(|s| !s.is_empty());
    let token = query.find("continuation-token");
    // The token decides before `start-after`; one with nothing in it says nothing.
    let after = match token {
        Some(token) if !token.is_empty() => Some(place_of(token)?),
        _ => start_after.map(|key| asked.behind(key)),
    };
    let page = page(store, bucket, &asked, after).await?;
    let shows_owner = query.find("fetch-owner") == Some("true");
    Ok(super::xml(xml::list_v2(&ListV2 {
        bucket: bucket.name.as_str(),
        prefix: asked.prefix,
        delimiter: asked.delimiter,
        start_after,
        continuation_token: token,
        next_continuation_token: page.next_after.map(|after| BASE64.encode(after)),
        max_keys: asked.keys_max,
        names: asked.names,
        objects: entries(page.objects, shows_owner),
        common_prefixes: page.common_prefixes,
    })))
}

async fn page(
    store: &Store,
    bucket: &Bucket,
    asked: &Asked<'_>,
    after: Option<Vec<u8>>,
) -> Result<ListPage> {
    let query = ListQuery {
        prefix: asked.prefix.to_owned(),
        delimiter: asked.delimiter.map(str::to_owned),
        after,
        keys_max: asked.keys_max,
    };
    let (index, name) = (store.index().clone(), bucket.name.clone());
    Ok(spawn_blocking(move || index.list(&name, &query)).await??)
}

fn entries(objects: Vec<(String, ObjectRecord)>, shows_owner: bool) -> Vec<ListEntry> {
    let objects = objects.into_iter();
    objects
        .map(|(key, record)| entry(key, record, shows_owner))
        .collect()
}

/// An object as lists tell it.
pub(super) fn entry(key: String, record: ObjectRecord, shows_owner: bool) -> ListEntry {
    let kind = checksum_kind(&record.checksums);
    ListEntry {
        key,
        last_modified: rfc3339_ms(record.modified_ms),
        etag: record.etag,
        checksum_algorithm: kind.map(|(algorithm, _)| algorithm.as_str()),
        checksum_type: kind.map(|(_, kind)| kind.as_str()),
        size_bytes: record.size_bytes,
        storage_class: record
            .storage_class
            .unwrap_or_else(|| "STANDARD".to_owned()),
        owner: shows_owner.then_some(record.owner),
    }
}

/// The place that a continuation token stands for.
fn place_of(token: &str) -> Result<Vec<u8>> {
    let place = BASE64.decode(token).ok().filter(|place| !place.is_empty());
    place.ok_or_else(|| {
        Error::new(
            Code::InvalidArgument,
            "The continuation token provided is incorrect",
        )
        .with("ArgumentName", "continuation-token")
    })
}

/// The parameters that all lists have.
pub(super) struct Asked<'a> {
    pub(super) prefix: &'a str,
    pub(super) delimiter: Option<&'a str>,
    pub(super) keys_max: usize,
    pub(super) names: Names,
}

impl<'a> Asked<'a> {
    pub(super) fn read(request: &'a Request) -> Result<Self> {
        let query = &request.head.query;
        let keys_max = match query.find("max-keys").filter(|text| !text.is_empty()) {
            None => LIST_KEYS_MAX,
            // Greater numbers than are listed at once are no error, up to those of S3.
            Some(text) => text
                .parse::<i32>()
                .ok()
                .and_then(|n| usize::try_from(n).ok())
                .map(|n| n.min(LIST_KEYS_MAX))
                .ok_or_else(|| {
                    let why = "Provided max-keys not an integer or within integer range";
                    Error::invalid_argument("max-keys", text, why)
                })?,
        };
        let url_encoded = match query.find("encoding-type") {
            None | Some("") => false,
            Some("url") => true,
            Some(other) => {
                let why = "Invalid Encoding Method specified in Request";
                return Err(Error::invalid_argument("encoding-type", other, why));
            }
        };
        Ok(Self {
            prefix: query.find("prefix").unwrap_or_default(),
            delimiter: query.find("delimiter").filter(|d| !d.is_empty()),
            keys_max,
            names: Names { url_encoded },
        })
    }

    /// The place behind a key or a common prefix.
    pub(super) fn behind(&self, key: &str) -> Vec<u8> {
        list::behind(key, self.prefix, self.delimiter)
    }
}
