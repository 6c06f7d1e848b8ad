//! What a request promises of its body: length, hashes and checksums, and whether
//! the bytes keep it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use dropslip_s3::Code;
use dropslip_s3::checksum::{Algorithm, Checksum, Hasher};
use dropslip_sigv4::{ClaimedPayload, Trailers};
use md5::{Digest as _, Md5};
use sha2::Sha256;

use crate::chunks::{Chunks, unsupported_trailer};
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
    checksum: Option<Promised>,
    /// Another one, which nobody promised and which is wanted all the same.
    also: Option<Algorithm>,
}

/// An additional checksum, whose value stands in a header or will in the trailer.
#[derive(Debug)]
enum Promised {
    Stated(Checksum),
    InTrailer(Algorithm),
}

impl Promised {
    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Stated(checksum) => checksum.algorithm,
            Self::InTrailer(algorithm) => *algorithm,
        }
    }
}

/// What of a body is known once it has kept its promises.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) md5: [u8; 16],
    /// The additional checksum that was promised.
    pub(crate) checksum: Option<Checksum>,
    /// Another one that was wanted.
    pub(crate) also: Option<Checksum>,
}

/// The hashes of a body that is passing, to be held against its promise.
#[derive(Debug)]
pub(crate) struct Digests {
    promise: Promise,
    md5: Md5,
    sha256: Option<Sha256>,
    checksum: Option<Hasher>,
    also: Option<Hasher>,
}

impl Promise {
    /// Promises nothing.
    pub(crate) fn none() -> Self {
        Self {
            sha256: None,
            md5: None,
            checksum: None,
            also: None,
        }
    }

    /// Reads the promises of a request.
    pub(crate) fn read(request: &Request, chunks: &Chunks) -> Result<Self> {
        Ok(Self {
            checksum: promised_checksum(request, chunks)?,
            ..Self::of_document(request)?
        })
    }

    /// Reads the promises of a request whose checksum headers are not about its body.
    pub(crate) fn of_document(request: &Request) -> Result<Self> {
        let sha256 = match request.caller.payload() {
            ClaimedPayload::Sha256(hash) => Some(*hash),
            _ => None,
        };
        Ok(Self {
            sha256,
            md5: content_md5(request)?,
            ..Self::none()
        })
    }

    /// The algorithm of the additional checksum that is promised.
    pub(crate) fn algorithm(&self) -> Option<Algorithm> {
        self.checksum.as_ref().map(Promised::algorithm)
    }

    /// The same, with a checksum computed that need not be promised.
    pub(crate) fn and_compute(mut self, algorithm: Algorithm) -> Self {
        self.also = (self.algorithm() != Some(algorithm)).then_some(algorithm);
        self
    }

    /// Begins to hash the bytes. MD5 is always computed: it is S3's ETag.
    pub(crate) fn begin(self) -> Digests {
        Digests {
            md5: Md5::new(),
            sha256: self.sha256.map(|_| Sha256::new()),
            checksum: self.algorithm().map(Hasher::new),
            also: self.also.map(Hasher::new),
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
        for checksum in self.checksum.iter_mut().chain(&mut self.also) {
            checksum.update(bytes);
        }
    }

    /// Compares with what was promised.
    pub(crate) fn kept(self, trailers: &Trailers) -> Result<Kept> {
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
        let computed = self.checksum.map(Hasher::finish);
        if let (Some(promised), Some(computed)) = (promise.checksum, &computed) {
            let promised = match promised {
                Promised::Stated(checksum) => checksum,
                Promised::InTrailer(algorithm) => in_trailer(algorithm, trailers)?,
            };
            if promised != *computed {
                let name = promised.algorithm.as_str();
                let message =
                    format!("The {name} you specified did not match the calculated checksum.");
                return Err(Error::new(Code::BadDigest, message)
                    .with("ExpectedDigest", promised.to_string())
                    .with("CalculatedDigest", computed.to_string()));
            }
        }
        Ok(Kept {
            md5,
            checksum: computed,
            also: self.also.map(Hasher::finish),
        })
    }
}

/// The checksum that the trailer brought.
fn in_trailer(algorithm: Algorithm, trailers: &Trailers) -> Result<Checksum> {
    let name = algorithm.header();
    let value = trailers.value(name).unwrap_or_default();
    Checksum::parse(algorithm, value).ok_or_else(|| {
        let message = format!("Value for {name} trailing header is invalid.");
        Error::new(Code::InvalidRequest, message)
    })
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The size of the object that a PUT must announce, within S3's limit: that of the
/// data in its chunks, or `Content-Length`.
pub(crate) fn size_bytes(request: &Request, chunks: &Chunks) -> Result<u64> {
    let content_length = || {
        let length = request.head.header("content-length")?;
        length.parse().ok()
    };
    let length = chunks.decoded_length().or_else(content_length);
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

/// The additional checksum that a request promises, wherever it will stand.
fn promised_checksum(request: &Request, chunks: &Chunks) -> Result<Option<Promised>> {
    let named = |name: &String| Algorithm::ALL.into_iter().find(|a| a.header() == name);
    let in_trailer = match chunks.promised_trailers() {
        [] => None,
        [name] => Some(named(name).ok_or_else(unsupported_trailer)?),
        _ => return Err(unsupported_trailer()),
    };
    let promised = match (checksum(request)?, in_trailer) {
        (Some(_), Some(_)) => return Err(several_checksums()),
        (Some(checksum), None) => Promised::Stated(checksum),
        (None, Some(algorithm)) => Promised::InTrailer(algorithm),
        (None, None) => return Ok(None),
    };
    let header = "x-amz-sdk-checksum-algorithm";
    let named = request.head.header(header);
    if named.is_some_and(|name| !name.eq_ignore_ascii_case(promised.algorithm().as_str())) {
        let message = format!("Value for {header} header is invalid.");
        return Err(Error::new(Code::InvalidRequest, message));
    }
    Ok(Some(promised))
}

/// S3 takes one additional checksum.
pub(crate) fn several_checksums() -> Error {
    Error::new(
        Code::InvalidRequest,
        "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
    )
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
            return Err(several_checksums());
        }
    }
    Ok(promised)
}
