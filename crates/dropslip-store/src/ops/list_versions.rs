//! `ListObjectVersions`.

use axum::body::Body;
use axum::http::Response;
use dropslip_s3::ObjectKey;
use dropslip_s3::xml::{self, ListEntry, ListVersions, VersionEntry};
use tokio::task::spawn_blocking;

use super::list::{Asked, entry};
use super::{bucket_for, lookup, rfc3339_ms};
use crate::Store;
use crate::error::{Error, Result};
use crate::index::Version;
use crate::index::list_versions::{self, From, Listed, Next, VersionsQuery};
use crate::index::objects::Which;
use crate::present::version_text;
use crate::request::Request;
use crate::route::Operation;

/// Lists one page of versions and delete markers.
pub(super) async fn list(store: &Store, request: &Request) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::ListObjectVersions)?;
    let asked = Asked::read(request)?;
    let find = |name| request.head.query.find(name).unwrap_or_default();
    let (key_marker, version_marker) = (find("key-marker"), find("version-id-marker"));
    let query = VersionsQuery {
        prefix: asked.prefix.to_owned(),
        delimiter: asked.delimiter.map(str::to_owned),
        from: from(&asked, key_marker, version_marker)?,
        entries_max: asked.keys_max,
    };
    let (index, name) = (store.index().clone(), bucket.name.clone());
    let page = spawn_blocking(move || list_versions::page(&index.snapshot()?, &name, &query));
    let page = page.await??;
    let next = page.next.map(|next| match next {
        Next::Prefix(prefix) => (prefix, None),
        Next::Version(key, version) => (key, Some(version_text(version))),
    });
    Ok(super::xml(xml::list_versions(&ListVersions {
        bucket: bucket.name.as_str(),
        prefix: asked.prefix,
        key_marker,
        version_id_marker: version_marker,
        next,
        max_keys: asked.keys_max,
        delimiter: asked.delimiter,
        names: asked.names,
        versions: page.versions.into_iter().map(told).collect(),
        common_prefixes: page.common_prefixes,
    })))
}

/// Where the page begins.
fn from(asked: &Asked<'_>, key_marker: &str, version_marker: &str) -> Result<From> {
    if version_marker.is_empty() {
        return Ok(match key_marker {
            "" => From::Start,
            key => From::Behind(asked.behind(key)),
        });
    }
    let wrong = |why| Error::invalid_argument("version-id-marker", version_marker, why);
    if key_marker.is_empty() {
        return Err(wrong(
            "A version-id marker cannot be specified without a key marker.",
        ));
    }
    let key = ObjectKey::parse(key_marker).map_err(|_| wrong("The key marker is no key."))?;
    match lookup::named(version_marker) {
        Ok(Which::Version(id)) => Ok(From::Within(key, id)),
        _ => Err(wrong("Invalid version id specified")),
    }
}

fn told(listed: Listed) -> VersionEntry {
    let Listed {
        key,
        version,
        is_latest,
    } = listed;
    let version_id = version_text(version.version());
    let (is_marker, entry) = match version {
        Version::Object(record) => (false, entry(key, *record, true)),
        Version::DeleteMarker(marker) => {
            let entry = ListEntry {
                key,
                last_modified: rfc3339_ms(marker.modified_ms),
                owner: Some(marker.owner),
                ..ListEntry::default()
            };
            (true, entry)
        }
    };
    VersionEntry {
        version_id,
        is_latest,
        is_marker,
        entry,
    }
}
