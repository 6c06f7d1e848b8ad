//! `ListObjectsV2`.

use axum::body::Body;
use axum::http::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use dropslip_s3::Code;
use dropslip_s3::xml::{self, ListEntry, ListV2, Names};
use tokio::task::spawn_blocking;

use super::{bucket_for, rfc3339_ms};
use crate::Store;
use crate::error::{Error, Result};
use crate::index::ListQuery;
use crate::limits::LIST_KEYS_MAX;
use crate::request::Request;
use crate::route::Operation;

/// Lists one page of a bucket.
pub(super) async fn v2(store: &Store, request: &Request) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::ListObjectsV2)?;
    let asked = Asked::read(request)?;
    let query = ListQuery {
        prefix: asked.prefix.to_owned(),
        delimiter: asked.delimiter.map(str::to_owned),
        after: asked.after()?,
        keys_max: asked.keys_max,
    };
    let (index, name) = (store.index().clone(), bucket.name.clone());
    let page = spawn_blocking(move || index.list(&name, &query)).await??;
    let owner = asked.fetch_owner.then_some(bucket.record.owner.as_str());
    let objects = page.objects.into_iter().map(|(key, record)| ListEntry {
        key,
        last_modified: rfc3339_ms(record.modified_ms),
        etag: record.etag,
        size_bytes: record.size_bytes,
        storage_class: "STANDARD".to_owned(),
        owner: owner.map(str::to_owned),
        ..ListEntry::default()
    });
    Ok(super::xml(xml::list_v2(&ListV2 {
        bucket: bucket.name.as_str(),
        prefix: asked.prefix,
        delimiter: asked.delimiter,
        start_after: asked.start_after,
        continuation_token: asked.token,
        next_continuation_token: page.next_after.map(|after| BASE64.encode(after)),
        max_keys: asked.keys_max,
        names: asked.names,
        objects: objects.collect(),
        common_prefixes: page.common_prefixes,
    })))
}

/// The parameters of a list.
struct Asked<'a> {
    prefix: &'a str,
    delimiter: Option<&'a str>,
    start_after: Option<&'a str>,
    token: Option<&'a str>,
    keys_max: usize,
    names: Names,
    fetch_owner: bool,
}

impl<'a> Asked<'a> {
    fn read(request: &'a Request) -> Result<Self> {
        let query = &request.head.query;
        let keys_max = match query.find("max-keys") {
            None => LIST_KEYS_MAX,
            Some(text) => text
                .parse::<u32>()
                .map(|n| (n as usize).min(LIST_KEYS_MAX))
                .map_err(|_| {
                    Error::invalid_argument(
                        "max-keys",
                        text,
                        "Provided max-keys not an integer or within integer range",
                    )
                })?,
        };
        let url_encoded = match query.find("encoding-type") {
            None | Some("") => false,
            Some("url") => true,
            Some(other) => {
                return Err(Error::invalid_argument(
                    "encoding-type",
                    other,
                    "Invalid Encoding Method specified in Request",
                ));
            }
        };
        Ok(Self {
            prefix: query.find("prefix").unwrap_or_default(),
            delimiter: query.find("delimiter").filter(|d| !d.is_empty()),
            start_after: query.find("start-after").filter(|s| !s.is_empty()),
            token: query.find("continuation-token"),
            keys_max,
            names: Names { url_encoded },
            fetch_owner: query.find("fetch-owner") == Some("true"),
        })
    }

    /// Where the page begins: the token decides before `start-after`.
    fn after(&self) -> Result<Option<Vec<u8>>> {
        let Some(token) = self.token else {
            return Ok(self.start_after.map(|s| s.as_bytes().to_vec()));
        };
        let place = BASE64.decode(token).ok().filter(|place| !place.is_empty());
        place.map(Some).ok_or_else(|| {
            Error::new(
                Code::InvalidArgument,
                "The continuation token provided is incorrect",
            )
            .with("ArgumentName", "continuation-token")
        })
    }
}
