//! Small bodies that are read whole: XML documents, compared with what was promised.

use axum::body::Body;
use dropslip_s3::Code;
use dropslip_s3::checksum::Algorithm;
use dropslip_s3::limits::XML_BYTES_MAX;
use dropslip_s3::xml::XmlError;

use crate::chunks::Chunks;
use crate::error::{Error, Result};
use crate::intake::next_bytes;
use crate::promise::Promise;
use crate::request::Request;

/// Reads a document of bounded size.
pub(crate) async fn read_document(request: &Request, body: &mut Body) -> Result<Vec<u8>> {
    read_document_up_to(XML_BYTES_MAX, request, body).await
}

/// Reads a document with a size limit of its own.
pub(crate) async fn read_document_up_to(
    bytes_max: usize,
    request: &Request,
    body: &mut Body,
) -> Result<Vec<u8>> {
    let chunks = Chunks::of(request)?;
    let promise = Promise::read(request, &chunks)?;
    gather(body, (chunks, promise), bytes_max).await
}

/// Reads a document of at most `bytes_max` bytes in a request whose checksum headers are
/// about an object, and not about the document.
pub(crate) async fn read_document_of_object(
    request: &Request,
    body: &mut Body,
    bytes_max: usize,
) -> Result<Vec<u8>> {
    let promise = Promise::of_document(request)?;
    gather(body, (Chunks::of(request)?, promise), bytes_max).await
}

async fn gather(
    body: &mut Body,
    (mut chunks, promise): (Chunks, Promise),
    bytes_max: usize,
) -> Result<Vec<u8>> {
    let mut digests = promise.begin();
    let mut document = Vec::new();
    while let Some(bytes) = next_bytes(body).await? {
        let data = chunks.decode(bytes.into())?;
        if document.len() + data.len() > bytes_max {
            return Err(Error::from(Code::MaxMessageLengthExceeded)
                .with("MaxMessageLengthBytes", bytes_max.to_string()));
        }
        document.extend_from_slice(&data);
    }
    digests.update(&document);
    digests.kept(&chunks.finish()?)?;
    Ok(document)
}

/// Refuses a document that came without a hash over it, where S3 wants one.
pub(crate) fn must_be_checked(request: &Request) -> Result<()> {
    let has = |name: &str| request.amz(name).is_some();
    let is_checked = has("content-md5")
        || has("x-amz-trailer")
        || Algorithm::ALL.iter().any(|a| has(a.header()));
    if is_checked {
        return Ok(());
    }
    let message = "Missing required header for this request: Content-MD5";
    Err(Error::new(Code::InvalidRequest, message))
}

/// S3's answer to a document that cannot be read.
pub(crate) fn malformed(error: &XmlError) -> Error {
    let message = format!("{} {error}.", Code::MalformedXML.message());
    Error::new(Code::MalformedXML, message)
}

/// A date of a header or of RFC 3339, in whole seconds since 1970.
pub(crate) fn date_s(text: &str) -> Option<i64> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some(time.as_second());
    }
    let time = httpdate::parse_http_date(text).ok()?;
    let since_epoch = time.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since_epoch.as_secs()).ok()
}
