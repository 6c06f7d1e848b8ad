//! Why a body in chunks is not taken, or cannot be written.
//!
//! What arrived is shown in part only and escaped, for it comes from outside. The
//! right signature never shows.

use std::fmt;

/// What is wrong with a body in chunks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkError(Box<ChunkErrorKind>);

/// The kinds of [`ChunkError`]. Chunks are counted from 1; the last, empty one counts too.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChunkErrorKind {
    /// `x-amz-decoded-content-length` is missing.
    DecodedLengthMissing,
    /// `x-amz-decoded-content-length` is not a decimal number of bytes.
    DecodedLengthMalformed {
        /// The value.
        got: String,
    },
    /// The chunks hold other than `x-amz-decoded-content-length` bytes. Too many are
    /// told by the line that begins the chunk, before its data.
    DecodedLength {
        /// What was announced.
        expected: u64,
        /// What the chunks hold, as far as they were read.
        got: u64,
    },
    /// `x-amz-trailer` is not a list of different header names, or the form has no trailer.
    TrailerNames {
        /// The value.
        got: String,
    },
    /// The chunks are signed, and the request is not signed in the way that they build
    /// on: with Signature Version 4.
    SeedMissing,
    /// A line that begins a chunk is longer than such a line can be.
    LineTooLong {
        /// The chunk.
        chunk: u64,
        /// Most bytes of such a line.
        max: usize,
    },
    /// A chunk's size is not 1 to 16 hexadecimal digits.
    Size {
        /// The chunk.
        chunk: u64,
        /// What stands there.
        got: String,
    },
    /// A chunk has no `chunk-signature`.
    SignatureMissing {
        /// The chunk.
        chunk: u64,
    },
    /// What follows a chunk's size is not `chunk-signature=` with 64 lower-case
    /// hexadecimal digits, or the chunks are not signed.
    Extension {
        /// The chunk.
        chunk: u64,
        /// What stands there.
        got: String,
    },
    /// CR and LF do not follow where they must.
    LineEnd {
        /// The chunk.
        chunk: u64,
        /// Behind what they are missing: `the chunk's size` or `the chunk's data`.
        after: &'static str,
    },
    /// A chunk that is not the last one with data is smaller than S3 takes.
    TooSmall {
        /// The chunk.
        chunk: u64,
        /// The least that is taken.
        min: u64,
        /// Its size.
        got: u64,
    },
    /// A chunk's signature is not the one of its bytes.
    Signature {
        /// The chunk.
        chunk: u64,
        /// What had to be signed.
        string_to_sign: String,
        /// The signature that came with it.
        got: String,
    },
    /// A line of the trailer is not `name:value`.
    TrailerMalformed {
        /// The line.
        got: String,
    },
    /// The trailer is larger than is taken.
    TrailerTooLarge {
        /// Most bytes of a trailer.
        max: usize,
    },
    /// A header that `x-amz-trailer` names is not in the trailer.
    TrailerMissing {
        /// Its name.
        name: String,
    },
    /// A header is in the trailer that `x-amz-trailer` does not name.
    TrailerUnexpected {
        /// Its name.
        name: String,
    },
    /// A header is in the trailer twice.
    TrailerRepeated {
        /// Its name.
        name: String,
    },
    /// The trailer has to be signed, and `x-amz-trailer-signature` is missing.
    TrailerSignatureMissing,
    /// The trailer's signature is not the one of its bytes.
    TrailerSignature {
        /// What had to be signed.
        string_to_sign: String,
        /// The signature that came with it.
        got: String,
    },
    /// Bytes follow the end of the body.
    DataAfterEnd {
        /// How many, as far as they were seen.
        got: usize,
    },
    /// The body ends too early.
    Incomplete {
        /// What should have followed: `a chunk's size`.
        expected: &'static str,
        /// Bytes of data that had arrived.
        got: u64,
    },
    /// To write: the size of chunks lies outside of what is sensible.
    ChunkSize {
        /// The least.
        min: u64,
        /// The most.
        max: u64,
        /// What was asked for.
        got: u64,
    },
    /// To write: a trailer's value has another length than was planned.
    TrailerLength {
        /// The header.
        name: String,
        /// The length planned, in bytes.
        expected: usize,
        /// The length of the value, in bytes.
        got: usize,
    },
    /// To write: the length of the encoded body does not fit 64 bits.
    Overflow,
}

impl ChunkError {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &ChunkErrorKind {
        &self.0
    }
}

impl From<ChunkErrorKind> for ChunkError {
    fn from(kind: ChunkErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

impl fmt::Display for ChunkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use ChunkErrorKind as K;
        match self.kind() {
            K::DecodedLengthMissing => {
                f.write_str("`x-amz-decoded-content-length` is missing, a body in chunks needs it")
            }
            K::DecodedLengthMalformed { got } => {
                write!(
                    f,
                    "`x-amz-decoded-content-length` must be a number of bytes, got `{got}`"
                )
            }
            K::DecodedLength { expected, got } => write!(
                f,
                "the chunks hold {got} bytes, `x-amz-decoded-content-length` is {expected}"
            ),
            K::TrailerNames { got } => write!(
                f,
                "`x-amz-trailer` must name different headers of a body with a trailer, got `{got}`"
            ),
            K::SeedMissing => {
                f.write_str("signed chunks need a request that is signed with version 4")
            }
            K::LineTooLong { chunk, max } => {
                write!(
                    f,
                    "the line that begins chunk {chunk} has more than {max} bytes"
                )
            }
            K::Size { chunk, got } => write!(
                f,
                "the size of chunk {chunk} must be 1 to 16 hexadecimal digits, got `{got}`"
            ),
            K::SignatureMissing { chunk } => write!(f, "chunk {chunk} has no `chunk-signature`"),
            K::Extension { chunk, got } => write!(
                f,
                "the size of chunk {chunk} may be followed by `chunk-signature=` and 64 lower-case \
                 hexadecimal digits in a signed body, got `{got}`"
            ),
            K::LineEnd { chunk, after } => {
                write!(f, "CR and LF do not follow {after} in chunk {chunk}")
            }
            K::TooSmall { chunk, min, got } => write!(
                f,
                "chunk {chunk} has {got} bytes, all but the last one must have at least {min}"
            ),
            K::Signature { chunk, .. } => {
                write!(f, "the signature of chunk {chunk} does not match")
            }
            K::TrailerSignature { .. } => {
                f.write_str("the signature of the trailer does not match")
            }
            K::DataAfterEnd { got } => write!(f, "{got} bytes follow the end of the body"),
            K::Incomplete { expected, got } => {
                write!(
                    f,
                    "the body ends after {got} bytes of data where {expected} should follow"
                )
            }
            K::ChunkSize { min, max, got } => {
                write!(f, "chunks must have {min} to {max} bytes, got {got}")
            }
            K::Overflow => f.write_str("the length of the encoded body does not fit 64 bits"),
            trailer => trailer.fmt_trailer(f),
        }
    }
}

impl ChunkErrorKind {
    fn fmt_trailer(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TrailerMalformed { got } => {
                write!(f, "a line of the trailer must be `name:value`, got `{got}`")
            }
            Self::TrailerTooLarge { max } => write!(f, "the trailer has more than {max} bytes"),
            Self::TrailerMissing { name } => {
                write!(
                    f,
                    "`x-amz-trailer` names `{name}`, which is not in the trailer"
                )
            }
            Self::TrailerUnexpected { name } => {
                write!(
                    f,
                    "`{name}` is in the trailer and `x-amz-trailer` does not name it"
                )
            }
            Self::TrailerRepeated { name } => write!(f, "`{name}` is in the trailer twice"),
            Self::TrailerSignatureMissing => {
                f.write_str("`x-amz-trailer-signature` is missing, the trailer has to be signed")
            }
            Self::TrailerLength {
                name,
                expected,
                got,
            } => write!(
                f,
                "the value of `{name}` must have {expected} bytes as planned, got {got}"
            ),
            // All others are said by `Display` itself.
            _ => f.write_str("the body in chunks is not well-formed"),
        }
    }
}

impl std::error::Error for ChunkError {}

/// What arrived, to be shown: its beginning, escaped.
pub(super) fn shown(bytes: &[u8]) -> String {
    const SHOWN_BYTES: usize = 128;
    let beginning = &bytes[..bytes.len().min(SHOWN_BYTES)];
    beginning.escape_ascii().to_string()
}
