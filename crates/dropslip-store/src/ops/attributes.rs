//! `GetObjectAttributes`.

use axum::body::Body;
use axum::http::Response;
use dropslip_s3::Code;
use dropslip_s3::xml::{self, Attributes, AttributesPart, PartsPage};

use super::lookup;
use crate::Store;
use crate::error::{Error, Result};
use crate::index::{Content, ManifestId, Read, manifest};
use crate::limits::LIST_KEYS_MAX;
use crate::present::{checksum_elements, http_date, insert, tell_version};
use crate::request::Request;
use crate::route::Operation;

/// What can be asked for.
const NAMES: [&str; 5] = [
    "ETag",
    "Checksum",
    "ObjectParts",
    "StorageClass",
    "ObjectSize",
];

/// Tells the attributes of an object that are asked for.
pub(super) fn get(store: &Store, request: &Request) -> Result<Response<Body>> {
    let bucket = request.bucket()?;
    let key = request.key()?;
    let snapshot = store.index().snapshot()?;
    // S3 wants both rights: attributes tell of the bytes.
    lookup::object(
        &snapshot,
        request,
        (bucket, &key),
        Operation::GetObject.action(),
    )?;
    let action = Operation::GetObjectAttributes.action();
    let record = lookup::object(&snapshot, request, (bucket, &key), action)?;
    let asked = asked(request)?;
    let wants = |name| asked.contains(&name);
    let checksum = checksum_elements(&record.checksums);
    let parts = match record.content {
        Content::Parts(id) if wants("ObjectParts") => Some(parts(&snapshot, request, id)?),
        _ => None,
    };
    let class = record.storage_class.as_deref().unwrap_or("STANDARD");
    let mut response = super::xml(xml::attributes(&Attributes {
        etag: wants("ETag").then_some(record.etag.trim_matches('"')),
        checksum: (wants("Checksum") && !checksum.is_empty()).then_some(checksum),
        parts,
        storage_class: wants("StorageClass").then_some(class),
        size_bytes: wants("ObjectSize").then_some(record.size_bytes),
    }));
    let headers = response.headers_mut();
    insert(headers, "last-modified", &http_date(record.modified_ms));
    tell_version(headers, record.version, &bucket.record);
    Ok(response)
}

/// The attributes that a request names, in one header or several.
fn asked(request: &Request) -> Result<Vec<&'static str>> {
    const HEADER: &str = "x-amz-object-attributes";
    let values = request.head.parts.headers.get_all(HEADER).iter();
    let values = values.filter_map(|value| value.to_str().ok());
    let hoisted = request
        .amz(HEADER)
        .filter(|_| !request.head.parts.headers.contains_key(HEADER));
    let mut asked = Vec::new();
    for name in values.chain(hoisted).flat_map(|value| value.split(',')) {
        let name = name.trim();
        if name.is_empty() {
            continue;
        }
        let known = NAMES.into_iter().find(|known| *known == name);
        let wrong = || Error::invalid_argument(HEADER, name, "Invalid attribute name specified.");
        asked.push(known.ok_or_else(wrong)?);
    }
    if asked.is_empty() {
        let message = "The x-amz-object-attributes header specifying the attributes to be \
                       retrieved is either missing or empty";
        return Err(Error::new(Code::InvalidRequest, message));
    }
    Ok(asked)
}

/// A page of the parts. S3 tells those of uploads that were made with checksums.
fn parts(read: &impl Read, request: &Request, id: ManifestId) -> Result<PartsPage> {
    let number = |header: &str, default: usize| match request.amz(header) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| {
            let why = "The value must be an integer that is not negative.";
            Error::invalid_argument(header, text, why)
        }),
    };
    let max = number("x-amz-max-parts", LIST_KEYS_MAX)?.min(LIST_KEYS_MAX);
    let marker = number("x-amz-part-number-marker", 0)?;
    let marker = u16::try_from(marker).unwrap_or(u16::MAX);
    let found = match marker.checked_add(1) {
        Some(next) => manifest::numbered(read, id, next, max + 1)?,
        None => Vec::new(),
    };
    let is_truncated = found.len() > max;
    let shown = &found[..found.len().min(max)];
    let last = shown.last().map_or(0, |(_, part)| part.number);
    let parts = shown.iter().filter_map(|(_, part)| {
        let checksum = part.checksum.as_ref()?;
        let name = format!("Checksum{}", checksum.algorithm.as_str());
        Some(AttributesPart {
            number: part.number.into(),
            size_bytes: part.size_bytes,
            checksums: vec![(name, checksum.to_string())],
        })
    });
    Ok(PartsPage {
        total: manifest::count(read, id)?.into(),
        marker: marker.into(),
        next_marker: last.into(),
        max,
        is_truncated,
        parts: parts.collect(),
    })
}
