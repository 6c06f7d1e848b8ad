//! Bodies in chunks (`aws-chunked`): the data in them, and S3's answer to each way in
//! which one can be wrong.
//!
//! The codes are those that S3 was seen to answer. Where it says only that a body
//! is incomplete or a trailer malformed, the message goes on with what it is.

use dropslip_s3::Code;
use dropslip_sigv4::{ChunkDecoder, ChunkError, ChunkErrorKind, ChunkHeaders, Trailers};

use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::refusal::{sentence, spaced_hex};
use crate::request::Request;

/// What is between the bytes of a request and the data in them: nothing, or chunks.
#[derive(Debug, Default)]
pub(crate) struct Chunks {
    decoder: Option<ChunkDecoder>,
    /// For the answer to a signature that differs.
    access_key: Option<String>,
}

impl Chunks {
    /// Reads how the body of a request comes.
    pub(crate) fn of(request: &Request) -> Result<Self> {
        let Caller::Key(verified, _) = &request.caller else {
            return Ok(Self::default());
        };
        let decoded_length = joined(request, "x-amz-decoded-content-length");
        let trailer = joined(request, "x-amz-trailer");
        let headers = ChunkHeaders {
            decoded_length: decoded_length.as_deref(),
            trailer: trailer.as_deref(),
        };
        let access_key = request.caller.access_key().map(str::to_owned);
        let decoder = verified
            .chunk_decoder(headers)
            .map_err(|error| answer(&error, access_key.as_deref()))?;
        if decoder.is_none() && trailer.is_some() {
            let message = "The header x-amz-trailer needs a body in chunks: \
                           x-amz-content-sha256 must be one of STREAMING-…-TRAILER.";
            return Err(Error::new(Code::InvalidRequest, message));
        }
        Ok(Self {
            decoder,
            access_key,
        })
    }

    /// The size of the data in a body of chunks.
    pub(crate) fn decoded_length(&self) -> Option<u64> {
        self.decoder.as_ref().map(ChunkDecoder::decoded_length)
    }

    /// The headers that the trailer will have.
    pub(crate) fn promised_trailers(&self) -> &[String] {
        let decoder = self.decoder.as_ref();
        decoder.map_or(&[], ChunkDecoder::promised_trailers)
    }

    /// The data in the next bytes.
    pub(crate) fn decode(&mut self, bytes: Vec<u8>) -> Result<Vec<u8>> {
        let Some(decoder) = &mut self.decoder else {
            return Ok(bytes);
        };
        let mut data = Vec::with_capacity(bytes.len());
        let mut rest = bytes.as_slice();
        while let Some(piece) = decoder
            .decode(&mut rest)
            .map_err(|error| answer(&error, self.access_key.as_deref()))?
        {
            data.extend_from_slice(piece);
        }
        Ok(data)
    }

    /// Ends the body. Only now is it known to be what was signed.
    pub(crate) fn finish(self) -> Result<Trailers> {
        match self.decoder {
            Some(decoder) => decoder
                .finish()
                .map_err(|error| answer(&error, self.access_key.as_deref())),
            None => Ok(Trailers::default()),
        }
    }
}

/// The values of a header that may also stand in a presigned query. All of them count,
/// so that two cannot mean one thing here and another elsewhere.
fn joined(request: &Request, name: &str) -> Option<String> {
    let values = request.head.parts.headers.get_all(name).iter();
    let texts: Vec<_> = values
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    if texts.is_empty() {
        return request.amz(name).map(str::to_owned);
    }
    Some(texts.join(","))
}

/// S3 takes one checksum in a trailer, and nothing else.
pub(crate) fn unsupported_trailer() -> Error {
    let message = "The value specified in the x-amz-trailer header is not supported";
    Error::new(Code::InvalidRequest, message)
}

/// The error that S3 would answer.
fn answer(error: &ChunkError, access_key: Option<&str>) -> Error {
    use ChunkErrorKind as K;
    let because = |code: Code| {
        let why = sentence(&error.to_string());
        Error::new(code, format!("{} {why}", code.message()))
    };
    match error.kind() {
        K::DecodedLengthMissing | K::DecodedLengthMalformed { .. } => {
            because(Code::MissingContentLength)
        }
        K::DecodedLength { expected, got } => because(Code::IncompleteBody)
            .with("NumberBytesExpected", expected.to_string())
            .with("NumberBytesProvided", got.to_string()),
        K::TrailerNames { .. } => unsupported_trailer(),
        K::SeedMissing => Error::new(Code::InvalidRequest, sentence(&error.to_string())),
        K::TooSmall { chunk, got, .. } => because(Code::InvalidChunkSizeError)
            .with("Chunk", chunk.to_string())
            .with("BadChunkSize", got.to_string()),
        K::Signature {
            string_to_sign,
            got,
            ..
        }
        | K::TrailerSignature {
            string_to_sign,
            got,
        } => because(Code::SignatureDoesNotMatch)
            .with("AWSAccessKeyId", access_key.unwrap_or_default())
            .with("StringToSign", string_to_sign.as_str())
            .with("SignatureProvided", got.as_str())
            .with("StringToSignBytes", spaced_hex(string_to_sign.as_bytes())),
        K::TrailerMalformed { .. }
        | K::TrailerTooLarge { .. }
        | K::TrailerMissing { .. }
        | K::TrailerUnexpected { .. }
        | K::TrailerRepeated { .. }
        | K::TrailerSignatureMissing => because(Code::MalformedTrailerError),
        _ => Error::new(
            Code::IncompleteBody,
            format!(
                "The request body terminated unexpectedly. {}",
                sentence(&error.to_string())
            ),
        ),
    }
}
