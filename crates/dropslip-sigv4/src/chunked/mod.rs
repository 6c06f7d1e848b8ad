//! Bodies in chunks (`aws-chunked`): read, checked and written, without any I/O.
//!
//! A signer that does not want to hash a body before it sends the first byte
//! cuts it into chunks. The request's own signature is the *seed*; each chunk's
//! signature covers its bytes and the signature before it, so chunks can be
//! neither changed nor moved. A trailer carries what is known at the end only,
//! such as a checksum.
//! Sources: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html> and
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>.

#[expect(dead_code, reason = "the decoder that takes it comes next")]
mod seed;

use std::fmt;

pub(crate) use seed::ChunkSeed;

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
