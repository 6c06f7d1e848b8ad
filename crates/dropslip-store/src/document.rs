//! Small bodies that are read whole: XML documents, compared with what was promised.

use axum::body::Body;
use dropslip_s3::Code;
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

/// S3's answer to a document that cannot be read.
pub(crate) fn malformed(error: &XmlError) -> Error {
    let message = format!("{} {error}.", Code::MalformedXML.message());
    Error::new(Code::MalformedXML, message)
}
