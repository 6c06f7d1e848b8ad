//! What a request promises of its body: length, hashes and checksums, and whether
//! the bytes keep it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use dropslip_s3::Code;
use dropslip_s3::checksum::{Algorithm, Checksum, Hasher};
use dropslip_sigv4::ClaimedPayload;
use md5::{Digest as _, Md5};
use sha2::Sha256;

use crate::error::{Error, Result};
use crate::limits::PUT_BYTES_MAX;
use crate::request::Request;

/// What a request promises of its bytes.
#[derive(Debug)]
pub(crate) struct Promise {
    /// The hash that the signature covers, if it covers one.
    sha256: Option<[u8; 32]>,
    /// `Content-MD5`.
    md5: Option<[u8; 16]>,
    /// An additional checksum.
    pub(crate) checksum: Option<Checksum>,
}

/// The hashes of a body that is passing, to be held against its promise.
#[derive(Debug)]
pub(crate) struct Digests {
    promise: Promise,
    md5: Md5,
    sha256: Option<Sha256>,
    checksum: Option<Hasher>,
}

impl Promise {
    /// Reads the promises of a request.
    pub(crate) fn read(request: &Request) -> Result<Self> {
        let sha256 = match request.caller.payload() {
            ClaimedPayload::Sha256(hash) => Some(*hash),
            _ => None,
        };
        Ok(Self {
            sha256,
            md5: content_md5(request)?,
            checksum: checksum(request)?,
        })
    }

    /// Begins to hash the bytes. MD5 is always computed: it is S3's ETag.
    pub(crate) fn begin(self) -> Digests {
        Digests {
            md5: Md5::new(),
            sha256: self.sha256.map(|_| Sha256::new()),
            checksum: self.checksum.as_ref().map(|c| Hasher::new(c.algorithm)),
            promise: self,
        }
    }
}

impl Digests {
    /// Takes the next bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(bytes);
        }
        if let Some(checksum) = &mut self.checksum {
            checksum.update(bytes);
        }
    }

    /// Compares with what was promised; gives the MD5.
    pub(crate) fn kept(self) -> Result<[u8; 16]> {
        let promise = self.promise;
        let md5: [u8; 16] = self.md5.finalize().into();
        if let Some(promised) = promise.md5.filter(|promised| *promised != md5) {
            let message = "The Content-MD5 you specified did not match what we received.";
            return Err(Error::new(Code::BadDigest, message)
                .with("ExpectedDigest", BASE64.encode(promised))
                .with("CalculatedDigest", BASE64.encode(md5)));
        }
        if let (Some(promised), Some(sha256)) = (promise.sha256, self.sha256) {
            let computed: [u8; 32] = sha256.finalize().into();
            if promised != computed {
                return Err(Error::from(Code::XAmzContentSHA256Mismatch)
                    .with("ClientComputedContentSHA256", hex(&promised))
                    .with("S3ComputedContentSHA256", hex(&computed)));
            }
        }
        if let (Some(promised), Some(hasher)) = (promise.checksum, self.checksum) {
            let computed = hasher.finish();
            if promised != computed {
                let name = promised.algorithm.as_str();
                let message =
                    format!("The {name} you specified did not match the calculated checksum.");
                return Err(Error::new(Code::BadDigest, message)
                    .with("ExpectedDigest", promised.to_string())
                    .with("CalculatedDigest", computed.to_string()));
            }
        }
        Ok(md5)
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `Content-Length`, which a PUT must have, within S3's limit.
pub(crate) fn content_length(request: &Request) -> Result<u64> {
    let length = request
        .head
        .header("content-length")
        .and_then(|length| length.parse().ok());
    let size_bytes: u64 = length.ok_or(Code::MissingContentLength)?;
    if size_bytes > PUT_BYTES_MAX {
        return Err(Error::from(Code::EntityTooLarge)
            .with("ProposedSize", size_bytes.to_string())
            .with("MaxSizeAllowed", PUT_BYTES_MAX.to_string()));
    }
    Ok(size_bytes)
}

/// `Content-MD5`.
fn content_md5(request: &Request) -> Result<Option<[u8; 16]>> {
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
fn checksum(request: &Request) -> Result<Option<Checksum>> {
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
