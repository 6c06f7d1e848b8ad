//! Bodies in chunks (`aws-chunked`): read, checked and written, without any I/O.
//!
//! A signer that does not want to hash a body before it sends the first byte
//! cuts it into chunks. The request's own signature is the *seed*; each chunk's
//! signature covers its bytes and the signature before it, so chunks can be
//! neither changed nor moved. A trailer carries what is known at the end only,
//! such as a checksum.
//! Sources: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html> and
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>.

mod decode;
mod encode;
mod error;
mod plan;
mod seed;
mod trailer;

use std::fmt;

use crate::request::ClaimedPayload;
use crate::verify::Verified;

pub use decode::ChunkDecoder;
pub use encode::ChunkEncoder;
pub use error::{ChunkError, ChunkErrorKind};
pub use plan::ChunkPlan;
pub(crate) use seed::ChunkSeed;
pub use trailer::Trailers;

/// How a body comes in chunks, as `x-amz-content-sha256` says it.
///
/// The forms of SigV4A, which sign with another algorithm, are not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Streaming {
    /// Each chunk is signed: `STREAMING-AWS4-HMAC-SHA256-PAYLOAD`.
    Signed,
    /// Each chunk and the trailer are signed: `STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER`.
    SignedTrailer,
    /// Chunks and trailer are not signed: `STREAMING-UNSIGNED-PAYLOAD-TRAILER`.
    UnsignedTrailer,
}

impl Streaming {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Signed, Self::SignedTrailer, Self::UnsignedTrailer];

    /// The text of `x-amz-content-sha256`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Signed => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            Self::SignedTrailer => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            Self::UnsignedTrailer => "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        }
    }

    /// Whether each chunk carries a signature.
    #[must_use]
    pub fn is_signed(self) -> bool {
        self != Self::UnsignedTrailer
    }

    /// Whether a trailer follows the last chunk.
    #[must_use]
    pub fn has_trailer(self) -> bool {
        self != Self::Signed
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.as_str() == text)
    }
}

/// The text of `x-amz-content-sha256`.
impl fmt::Display for Streaming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The headers that announce a body in chunks, beside `x-amz-content-sha256`.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChunkHeaders<'a> {
    /// The value of `x-amz-decoded-content-length`.
    pub decoded_length: Option<&'a str>,
    /// The value of `x-amz-trailer`, or its values with commas between them.
    pub trailer: Option<&'a str>,
}

impl Verified {
    /// The decoder of the body, if it comes in chunks; with the signing key where they
    /// are signed.
    ///
    /// The headers are those of the verified request, so the signature covers them.
    ///
    /// # Errors
    /// A [`ChunkErrorKind`] that says what the headers lack.
    pub fn chunk_decoder(
        &self,
        headers: ChunkHeaders<'_>,
    ) -> Result<Option<ChunkDecoder>, ChunkError> {
        match self.payload() {
            ClaimedPayload::Streaming(form) => {
                ChunkDecoder::new(*form, self.chunk_seed().cloned(), headers).map(Some)
            }
            _ => Ok(None),
        }
    }
}
