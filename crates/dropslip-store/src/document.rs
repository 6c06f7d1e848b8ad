//! Small bodies that are read whole: XML documents, compared with what was promised.

use axum::body::Body;
use dropslip_s3::Code;
use dropslip_s3::checksum::Hasher;
use dropslip_s3::limits::XML_BYTES_MAX;
use dropslip_sigv4::ClaimedPayload;
use md5::{Digest as _, Md5};
use sha2::Sha256;

use crate::error::{Error, Result};
use crate::intake::next_bytes;
use crate::promise::{checksum, content_md5};
use crate::request::Request;

/// Reads a document of bounded size.
pub(crate) async fn read_document(request: &Request, body: &mut Body) -> Result<Vec<u8>> {
    let mut document = Vec::new();
    while let Some(bytes) = next_bytes(body).await? {
        if document.len() + bytes.len() > XML_BYTES_MAX {
            return Err(Error::from(Code::MaxMessageLengthExceeded)
                .with("MaxMessageLengthBytes", XML_BYTES_MAX.to_string()));
        }
        document.extend_from_slice(&bytes);
    }
    let md5 = content_md5(request)?;
    if md5.is_some_and(|promised| promised[..] != Md5::digest(&document)[..]) {
        return Err(Code::BadDigest.into());
    }
    if let ClaimedPayload::Sha256(promised) = request.caller.payload()
        && promised[..] != Sha256::digest(&document)[..]
    {
        return Err(Code::XAmzContentSHA256Mismatch.into());
    }
    if let Some(promised) = checksum(request)? {
        let mut hasher = Hasher::new(promised.algorithm);
        hasher.update(&document);
        if hasher.finish() != promised {
            return Err(Code::BadDigest.into());
        }
    }
    Ok(document)
}
