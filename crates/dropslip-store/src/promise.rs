//! What a request promises of its body: length, hashes and checksums.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use dropslip_s3::Code;
use dropslip_s3::checksum::{Algorithm, Checksum};
use dropslip_sigv4::ClaimedPayload;

use crate::error::{Error, Result};
use crate::limits::PUT_BYTES_MAX;
use crate::request::Request;

/// What a request promises of its body.
#[derive(Debug)]
pub(crate) struct Promise {
    /// `Content-Length`.
    pub(crate) size_bytes: u64,
    /// What the signature says of it.
    pub(crate) payload: ClaimedPayload,
    /// `Content-MD5`.
    pub(crate) md5: Option<[u8; 16]>,
    /// An additional checksum.
    pub(crate) checksum: Option<Checksum>,
}

impl Promise {
    /// Reads the promises of a PUT.
    pub(crate) fn read(request: &Request) -> Result<Self> {
        let size_bytes: u64 = request
            .head
            .header("content-length")
            .and_then(|length| length.parse().ok())
            .ok_or(Code::MissingContentLength)?;
        if size_bytes > PUT_BYTES_MAX {
            return Err(Error::from(Code::EntityTooLarge)
                .with("ProposedSize", size_bytes.to_string())
                .with("MaxSizeAllowed", PUT_BYTES_MAX.to_string()));
        }
        Ok(Self {
            size_bytes,
            payload: request.caller.payload().clone(),
            md5: content_md5(request)?,
            checksum: checksum(request)?,
        })
    }
}

/// `Content-MD5`.
pub(crate) fn content_md5(request: &Request) -> Result<Option<[u8; 16]>> {
    let Some(value) = request.head.parts.headers.get("content-md5") else {
        return Ok(None);
    };
    let md5 = BASE64
        .decode(value.as_bytes().trim_ascii())
        .ok()
        .and_then(|bytes| bytes.try_into().ok());
    md5.map(Some).ok_or_else(|| {
        Error::new(
            Code::InvalidDigest,
            "The Content-MD5 you specified was invalid.",
        )
    })
}

/// An additional checksum, from its header or from a presigned query.
///
/// In a query the checksum of no bytes is passed over: the AWS SDK for JavaScript
/// v3 puts it there because it does not know the body when it signs.
pub(crate) fn checksum(request: &Request) -> Result<Option<Checksum>> {
    let mut promised = None;
    for algorithm in Algorithm::ALL {
        let in_header = request.head.parts.headers.contains_key(algorithm.header());
        let Some(value) = request.amz(algorithm.header()).or(in_header.then_some("")) else {
            continue;
        };
        let checksum = Checksum::parse(algorithm, value).ok_or_else(|| {
            let message = format!("Value for {} header is invalid.", algorithm.header());
            Error::new(Code::InvalidRequest, message)
        })?;
        if !in_header && checksum.is_of_empty() {
            continue;
        }
        if promised.replace(checksum).is_some() {
            return Err(Error::new(
                Code::InvalidRequest,
                "Expecting a single x-amz-checksum- header.",
            ));
        }
    }
    Ok(promised)
}
