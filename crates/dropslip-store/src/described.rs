//! What a PUT says of an object beside its bytes: kept headers, metadata, ACL.

use std::collections::BTreeMap;

use axum::http::{HeaderName, HeaderValue};
use dropslip_s3::Code;
use dropslip_s3::acl::Acl;
use dropslip_sigv4::ClaimedPayload;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::grants;
use crate::limits::{HEADER_VALUE_BYTES_MAX, METADATA_BYTES_MAX};
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

const META: &str = "x-amz-meta-";

/// The description of an object. Whatever is in it can be sent as a header again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Described {
    pub(crate) acl: Acl,
    /// Who will own it.
    pub(crate) owner: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) metadata: BTreeMap<String, String>,
}

impl Described {
    /// Reads the description from headers and, where it was signed into one, from the query.
    pub(crate) fn read(request: &Request) -> Result<Self> {
        let class = request
            .amz("x-amz-storage-class")
            .filter(|class| *class != "STANDARD");
        if let Some(class) = class {
            return Err(Error::not_implemented(&format!(
                "The storage class {}",
                class.escape_debug()
            )));
        }
        let mut headers = BTreeMap::new();
        for name in KEPT {
            if let Some(value) = joined(request, name)? {
                headers.insert(name.to_owned(), value);
            }
        }
        if let Some((name, _)) = headers
            .iter()
            .find(|(_, value)| value.len() > HEADER_VALUE_BYTES_MAX)
        {
            return Err(Error::new(
                Code::MetadataTooLarge,
                format!("The header {name} is too long."),
            ));
        }
        if let Some(encoding) = headers.remove("content-encoding")
            && let Some(encoding) = without_chunks(request, encoding)?
        {
            headers.insert("content-encoding".to_owned(), encoding);
        }
        headers
            .entry("content-type".to_owned())
            .or_insert_with(|| DEFAULT_TYPE.to_owned());
        let granted = grants::of_new_object(request, request.bucket()?, |name| request.amz(name))?;
        Ok(Self {
            acl: granted.acl,
            owner: granted.owner,
            headers,
            metadata: metadata(request)?,
        })
    }
}

/// The encoding of an object: `aws-chunked` is the one of its body on the way, and
/// does not stay.
fn without_chunks(request: &Request, encoding: String) -> Result<Option<String>> {
    let is_chunks = |name: &&str| name.eq_ignore_ascii_case("aws-chunked");
    let names = || encoding.split(',').map(str::trim);
    if names().find(is_chunks).is_none() {
        return Ok(Some(encoding));
    }
    if !matches!(request.caller.payload(), ClaimedPayload::Streaming(_)) {
        let message = "The Content-Encoding aws-chunked needs a body in chunks: \
                       x-amz-content-sha256 must be one of STREAMING-….";
        return Err(Error::new(Code::InvalidRequest, message));
    }
    let kept: Vec<&str> = names().filter(|name| !is_chunks(name)).collect();
    Ok((!kept.is_empty()).then(|| kept.join(",")))
}

/// User metadata. A header counts before the query, which says the same.
fn metadata(request: &Request) -> Result<BTreeMap<String, String>> {
    let mut metadata = BTreeMap::new();
    if request.caller.is_presigned() {
        for (name, value) in request.head.query.pairs() {
            let name = name.to_ascii_lowercase();
            let Some(short) = name.strip_prefix(META) else {
                continue;
            };
            let is_header =
                HeaderName::try_from(&name).is_ok() && HeaderValue::from_str(value).is_ok();
            if !is_header || !value.is_ascii() {
                return Err(not_ascii(&name));
            }
            metadata.insert(short.to_owned(), value.to_owned());
        }
    }
    for name in request.head.parts.headers.keys() {
        if let Some(short) = name.as_str().strip_prefix(META)
            && let Some(value) = joined(request, name.as_str())?
        {
            metadata.insert(short.to_owned(), value);
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

/// The value of a header, or its values joined by commas, as the signature reads them.
fn joined(request: &Request, name: &str) -> Result<Option<String>> {
    let values = request.head.parts.headers.get_all(name).iter();
    let texts = values.map(|value| value.to_str().map(str::trim).map_err(|_| not_ascii(name)));
    let texts = texts.collect::<Result<Vec<_>>>()?;
    Ok((!texts.is_empty()).then(|| texts.join(",")))
}

fn not_ascii(name: &str) -> Error {
    Error::new(
        Code::InvalidArgument,
        "Header values are printable ASCII; encode others as RFC 2047 has it.",
    )
    .with("ArgumentName", name.escape_debug().to_string())
}
