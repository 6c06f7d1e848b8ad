//! `PutObject`.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use dropslip_s3::{CannedAcl, Code};
use tokio::task::spawn_blocking;

use super::{bucket_of, status};
use crate::Store;
use crate::auth::Access;
use crate::clock::now_ms;
use crate::error::{Error, Result};
use crate::index::{Change, ObjectRecord};
use crate::intake;
use crate::limits::{HEADER_VALUE_BYTES_MAX, METADATA_BYTES_MAX};
use crate::promise::Promise;
use crate::request::Request;

/// Standard headers that an object keeps.
const KEPT: [&str; 6] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
];

/// What S3 gives an object that came without a type.
const DEFAULT_TYPE: &str = "binary/octet-stream";

/// Headers that ask for what is not spoken. To ignore one would store something
/// else than was asked for.
const UNSPOKEN: [&str; 13] = [
    "if-match",
    "if-none-match",
    "x-amz-copy-source",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write-acp",
    "x-amz-object-lock-legal-hold",
    "x-amz-object-lock-mode",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-tagging",
    "x-amz-website-redirect-location",
];

/// Stores an object. The 200 comes once bytes and index are on disk.
pub(super) async fn object(
    store: &Store,
    request: &Request,
    body: &mut Body,
) -> Result<Response<Body>> {
    request.caller.may(Access::Manage, CannedAcl::Private)?;
    let (bucket, _) = bucket_of(store, request)?;
    let key = request.key()?;
    let described = Described::read(request)?;
    let promise = Promise::read(request)?;
    let (size_bytes, checksum) = (promise.size_bytes, promise.checksum.clone());

    let disk = store.disk().clone();
    let blob = spawn_blocking(move || disk.create()).await??;
    let received = intake::receive(body, blob, promise).await?;

    let checksums = checksum.map(|c| (c.algorithm.header().to_owned(), c.to_string()));
    let record = ObjectRecord {
        blob: received.blob.id(),
        size_bytes,
        etag: received.etag.clone(),
        modified_ms: now_ms(),
        acl: described.acl,
        headers: described.headers,
        metadata: described.metadata,
        checksums: checksums.iter().cloned().collect(),
    };
    store
        .index()
        .change(Change::PutObject {
            bucket,
            key,
            record,
            blob: received.blob,
        })
        .await?;

    let mut response = status(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert(
        header::ETAG,
        HeaderValue::from_str(&received.etag).expect("an ETag is plain ASCII"),
    );
    if let Some((name, value)) = checksums {
        let name = HeaderName::try_from(name).expect("a checksum's header is a name");
        headers.insert(
            name,
            HeaderValue::from_str(&value).expect("base64 is plain ASCII"),
        );
    }
    Ok(response)
}

/// What a request says of the object beside its bytes.
struct Described {
    acl: CannedAcl,
    headers: BTreeMap<String, String>,
    metadata: BTreeMap<String, String>,
}

impl Described {
    fn read(request: &Request) -> Result<Self> {
        if let Some(name) = UNSPOKEN.iter().find(|name| request.amz(name).is_some()) {
            return Err(Error::not_implemented(&format!("The header {name}")).with("Header", *name));
        }
        if let Some(class) = request
            .amz("x-amz-storage-class")
            .filter(|class| *class != "STANDARD")
        {
            return Err(Error::not_implemented(&format!(
                "The storage class {class}"
            )));
        }
        let mut headers = BTreeMap::new();
        for name in KEPT {
            let Some(value) = request.head.parts.headers.get(name) else {
                continue;
            };
            let value = text(name, value)?;
            if value.len() > HEADER_VALUE_BYTES_MAX {
                return Err(Error::new(
                    Code::MetadataTooLarge,
                    format!("The header {name} is too long."),
                ));
            }
            headers.insert(name.to_owned(), value.to_owned());
        }
        if headers
            .get("content-encoding")
            .is_some_and(|e| e.to_ascii_lowercase().contains("aws-chunked"))
        {
            return Err(Error::not_implemented("A body in aws-chunked encoding"));
        }
        headers
            .entry("content-type".to_owned())
            .or_insert_with(|| DEFAULT_TYPE.to_owned());
        Ok(Self {
            acl: acl(request)?,
            headers,
            metadata: metadata(request)?,
        })
    }
}

/// The canned ACL that a request asks for.
pub(super) fn acl(request: &Request) -> Result<CannedAcl> {
    let name = request.amz("x-amz-acl").unwrap_or("private");
    name.parse()
        .map_err(|error| Error::invalid_argument("x-amz-acl", name, &format!("{error}.")))
}

/// User metadata, from headers and from a presigned query.
fn metadata(request: &Request) -> Result<BTreeMap<String, String>> {
    let mut metadata = BTreeMap::new();
    for (name, value) in &request.head.parts.headers {
        if let Some(name) = name.as_str().strip_prefix("x-amz-meta-") {
            metadata.insert(name.to_owned(), text(name, value)?.to_owned());
        }
    }
    if request.caller.is_presigned() {
        for name in request.head.query.names() {
            let lower = name.to_ascii_lowercase();
            let value = request.head.query.find(name).unwrap_or_default();
            if let Some(name) = lower.strip_prefix("x-amz-meta-") {
                metadata.insert(name.to_owned(), value.to_owned());
            }
        }
    }
    let size: usize = metadata
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if size > METADATA_BYTES_MAX {
        return Err(Error::from(Code::MetadataTooLarge)
            .with("Size", size.to_string())
            .with("MaxSizeAllowed", METADATA_BYTES_MAX.to_string()));
    }
    Ok(metadata)
}

fn text<'a>(name: &str, value: &'a HeaderValue) -> Result<&'a str> {
    value.to_str().map_err(|_| {
        Error::new(
            Code::InvalidArgument,
            "Header values are ASCII; encode others as RFC 2047 has it.",
        )
        .with("ArgumentName", name)
    })
}
