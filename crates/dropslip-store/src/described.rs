//! What a PUT says of an object beside its bytes: kept headers, metadata, tags, ACL.

use std::collections::BTreeMap;

use axum::http::HeaderName;
use dropslip_s3::acl::Acl;
use dropslip_s3::tags::Tags;
use dropslip_s3::{Code, mail_words};
use dropslip_sigv4::ClaimedPayload;
use serde::{Deserialize, Serialize};

use crate::access::{self, Action, On};
use crate::error::{Error, Result};
use crate::grants;
use crate::limits::{HEADER_VALUE_BYTES_MAX, METADATA_BYTES_MAX, METADATA_SENT_BYTES_MAX};
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

/// Where a website sends who asks for the object. It is kept and told, and done by nobody here.
pub(crate) const REDIRECT: &str = "x-amz-website-redirect-location";

/// Storage classes that differ from `STANDARD` by their price alone, and so not here.
const CLASSES: [&str; 6] = [
    "STANDARD",
    "GLACIER_IR",
    "INTELLIGENT_TIERING",
    "ONEZONE_IA",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
];

/// Storage classes that S3 reads otherwise, or from elsewhere.
const UNSPOKEN_CLASSES: [&str; 7] = [
    "DEEP_ARCHIVE",
    "EXPRESS_ONEZONE",
    "FSX_ONTAP",
    "FSX_OPENZFS",
    "GLACIER",
    "OUTPOSTS",
    "SNOW",
];

/// The description of an object. Whatever is in it can be sent as a header again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Described {
    pub(crate) acl: Acl,
    /// Who will own it.
    pub(crate) owner: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) metadata: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) storage_class: Option<String>,
}

impl Described {
    /// Reads the description from headers and, where it was signed into one, from the query.
    pub(crate) fn read(request: &Request) -> Result<Self> {
        let granted = grants::of_new_object(request, request.bucket()?, |name| request.amz(name))?;
        Ok(Self {
            acl: granted.acl,
            owner: granted.owner,
            headers: kept_headers(request)?,
            metadata: metadata(request)?,
            tags: tags(request)?,
            storage_class: storage_class(request)?,
        })
    }
}

/// The storage class that a request names, unless it is `STANDARD`.
pub(crate) fn storage_class(request: &Request) -> Result<Option<String>> {
    let Some(class) = request.amz("x-amz-storage-class") else {
        return Ok(None);
    };
    if UNSPOKEN_CLASSES.contains(&class) {
        return Err(Error::not_implemented(&format!(
            "The storage class {class}"
        )));
    }
    if !CLASSES.contains(&class) {
        return Err(Error::from(Code::InvalidStorageClass).with("StorageClassRequested", class));
    }
    Ok((class != "STANDARD").then(|| class.to_owned()))
}

/// The tags that a request names.
pub(crate) fn tags(request: &Request) -> Result<Tags> {
    let tags = request.amz("x-amz-tagging").unwrap_or_default();
    let tags =
        Tags::of_header(tags).map_err(|error| Error::new(Code::InvalidTag, error.to_string()))?;
    may_tag(request, &tags)?;
    Ok(tags)
}

/// Lets a request give tags to an object that it makes, unless a policy denies that.
pub(crate) fn may_tag(request: &Request, tags: &Tags) -> Result<()> {
    if tags.is_empty() {
        return Ok(());
    }
    let on = On::Key(request.bucket()?, &request.key()?);
    access::check_not_denied(request, Action::PutObjectTagging, on)
}

/// Where a request wants a website to send who asks for the object.
pub(crate) fn redirect(request: &Request) -> Result<Option<String>> {
    let Some(location) = request.amz(REDIRECT) else {
        return Ok(None);
    };
    let begins = |start: &&str| location.starts_with(start);
    if !["/", "http://", "https://"].iter().any(begins) {
        return Err(Error::from(Code::InvalidRedirectLocation));
    }
    Ok(Some(location.to_owned()))
}

/// The standard headers that an object keeps.
pub(crate) fn kept_headers(request: &Request) -> Result<BTreeMap<String, String>> {
    let mut headers = BTreeMap::new();
    for name in KEPT {
        if let Some(value) = joined(request, name)? {
            headers.insert(name.to_owned(), value);
        }
    }
    if let Some(location) = redirect(request)? {
        headers.insert(REDIRECT.to_owned(), location);
    }
    let too_long = |value: &String| value.len() > HEADER_VALUE_BYTES_MAX;
    if let Some((name, _)) = headers.iter().find(|(_, value)| too_long(value)) {
        let message = format!("The header {name} is too long.");
        return Err(Error::new(Code::MetadataTooLarge, message));
    }
    if let Some(encoding) = headers.remove("content-encoding")
        && let Some(encoding) = without_chunks(request, encoding)?
    {
        headers.insert("content-encoding".to_owned(), encoding);
    }
    let content_type = headers.entry("content-type".to_owned()).or_default();
    if content_type.is_empty() {
        *content_type = DEFAULT_TYPE.to_owned();
    }
    Ok(headers)
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
///
/// Header values are read as S3 reads them, see [`mail_words`]; those of a query are UTF-8.
pub(crate) fn metadata(request: &Request) -> Result<BTreeMap<String, String>> {
    let mut sent_bytes = 0;
    let mut metadata = BTreeMap::new();
    if request.caller.is_presigned() {
        for (name, value) in request.head.query.pairs() {
            if let Some(short) = name.to_ascii_lowercase().strip_prefix(META) {
                if HeaderName::try_from(short).is_err() {
                    return Err(not_ascii(name));
                }
                sent_bytes += value.len();
                metadata.insert(short.to_owned(), value.to_owned());
            }
        }
    }
    let headers = &request.head.parts.headers;
    for name in headers.keys() {
        let Some(short) = name.as_str().strip_prefix(META) else {
            continue;
        };
        let values: Vec<_> = headers
            .get_all(name)
            .iter()
            .map(|v| v.as_bytes().trim_ascii())
            .collect();
        let value = values.join(&b',');
        sent_bytes += value.len();
        if sent_bytes > METADATA_SENT_BYTES_MAX {
            return Err(too_large(sent_bytes, METADATA_SENT_BYTES_MAX));
        }
        metadata.insert(short.to_owned(), mail_words::decode(&value));
    }
    let size = |(name, value): (&String, &String)| name.len() + value.len();
    let size = metadata.iter().map(size).sum();
    if size > METADATA_BYTES_MAX {
        return Err(too_large(size, METADATA_BYTES_MAX));
    }
    Ok(metadata)
}

fn too_large(size: usize, allowed: usize) -> Error {
    Error::from(Code::MetadataTooLarge)
        .with("Size", size.to_string())
        .with("MaxSizeAllowed", allowed.to_string())
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
