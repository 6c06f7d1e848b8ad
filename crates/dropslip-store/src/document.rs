//! Small bodies that are read whole: XML documents, compared with what was promised.

use axum::body::Body;
use dropslip_s3::Code;
use dropslip_s3::limits::XML_BYTES_MAX;

use crate::chunks::Chunks;
use crate::error::{Error, Result};
use crate::intake::next_bytes;
use crate::promise::Promise;
use crate::request::Request;

/// Reads a document of bounded size.
pub(crate) async fn read_document(request: &Request, body: &mut Body) -> Result<Vec<u8>> {
    let mut chunks = Chunks::of(request)?;
    let mut digests = Promise::read(request, &chunks)?.begin();
    let mut document = Vec::new();
    while let Some(bytes) = next_bytes(body).await? {
        let data = chunks.decode(bytes.into())?;
        if document.len() + data.len() > XML_BYTES_MAX {
            return Err(Error::from(Code::MaxMessageLengthExceeded)
                .with("MaxMessageLengthBytes", XML_BYTES_MAX.to_string()));
        }
        document.extend_from_slice(&data);
    }
    digests.update(&document);
    digests.kept(&chunks.finish()?)?;
    Ok(document)
}
