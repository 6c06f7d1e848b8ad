//! How much a request may be and how long it may hold, each with its reason.
//!
//! Signing and verifying cost time and memory in proportion to the request, and
//! the header list is walked once for each signed name. The limits keep both
//! small for whatever arrives, before anything is allocated.

use crate::request::Request;

/// Shortest life of a presigned request, in seconds.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.
pub const EXPIRES_S_MIN: u32 = 1;

/// Longest life of a presigned request, in seconds: seven days, for a signing
/// key holds no longer. Source: the same page, `X-Amz-Expires`.
pub const EXPIRES_S_MAX: u32 = 604_800;

/// How far a signer's clock may be off, in seconds: 15 minutes, from which on S3
/// answers `RequestTimeTooSkewed`.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html>.
pub const SKEW_S_MAX: u32 = 900;

/// Methods are short words (RFC 9110 section 9); `OPTIONS` and `PROPPATCH` are long ones.
pub const METHOD_BYTES_MAX: usize = 32;

/// A key has at most 1024 bytes, three times that when encoded, and a bucket name 63.
pub const PATH_BYTES_MAX: usize = 8 * 1024;

/// A session token may have some KiB, and a listing carries a prefix, a start
/// and a continuation token beside it.
pub const QUERY_BYTES_MAX: usize = 16 * 1024;

/// Presigned requests of SDKs have about 20 parameters.
pub const QUERY_PARAMETERS_MAX: usize = 128;

/// Browsers and proxies send about 30 headers; user metadata adds to them. No more names
/// may be signed either: thousands fit into one header, and each is looked for.
pub const HEADERS_MAX: usize = 128;

/// Names and values together. User metadata has at most 2 KiB, a session token some more.
pub const HEADER_BYTES_MAX: usize = 32 * 1024;

/// Names and values of a form's fields before the file: S3 answers
/// `MaxPostPreDataLengthExceeded` from there on, and a policy of that size has
/// hundreds of conditions.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html>.
pub const POST_FIELD_BYTES_MAX: usize = 20 * 1024;

/// Forms of SDKs have about a dozen fields; each metadata entry is one more.
pub const POST_FIELDS_MAX: usize = 128;
/// How many changes `explain` tries for one request: a trial costs about a
/// microsecond, and the frequent ones and their pairs are fewer.
pub const EXPLAIN_TRIALS_MAX: usize = 2_500;

/// How many numbers of bytes `explain` tries for a signed `content-length`, beside
/// [`EXPLAIN_TRIALS_MAX`]: those within the overhead of a form.
pub const EXPLAIN_LENGTHS_MAX: usize = 1_100;

/// Least bytes of a chunk of a body, but for the last one with data: S3's own, which
/// answers `InvalidChunkSizeError` below it. It bounds how much work a body may make.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>.
pub const CHUNK_BYTES_MIN: u64 = 8 * 1024;

/// Hexadecimal digits of a chunk's size: what 64 bits can be.
pub const CHUNK_SIZE_DIGITS_MAX: usize = 16;

/// The line that begins a chunk. Size, `;chunk-signature=`, signature, CR and LF make 99.
pub const CHUNK_LINE_BYTES_MAX: usize = 128;

/// Largest chunk that is written, in bytes. The encoder keeps one in memory; SDKs
/// write 64 KiB to 1 MiB. Larger ones are read, for the decoder keeps none.
pub const ENCODED_CHUNK_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Headers in the trailer of a body. S3 takes one checksum.
pub const TRAILERS_MAX: usize = 8;

/// All lines of a trailer together, without their CR and LF. A checksum and the
/// signature of the trailer make about 200.
pub const TRAILER_BYTES_MAX: usize = 4 * 1024;

/// How many bytes `explain` hashes for one request, in all its searches: the trials of a
/// request of usual size, and no more than some 30 milliseconds for the largest one.
pub const EXPLAIN_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How many suspects of a kind `explain` names: nobody reads a longer list, and logs have it
/// in one line.
pub const EXPLAIN_SUSPECTS_MAX: usize = 16;

/// A part of a request that is larger than its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// What is too large, as a noun: `query bytes`.
    pub what: &'static str,
    /// The limit.
    pub max: usize,
    /// What the request has.
    pub got: usize,
}

impl std::fmt::Display for Exceeded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the request has {} {}, at most {} are taken",
            self.got, self.what, self.max
        )
    }
}

/// How many signing keys credentials keep. A presigned URL lives for seven days, so
/// those of a week are in use at once, with today's and, by the skew, tomorrow's.
pub const SIGNING_KEYS_MAX: usize = 9;

/// The highest number of a part of a multipart upload; the lowest is 1.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>.
pub const PART_NUMBER_MAX: u32 = 10_000;

/// Holds a request against the limits.
pub(crate) fn check(request: &Request<'_>) -> Result<(), Exceeded> {
    check_line(request)?;
    if !request.query.is_empty() {
        let parts = request.query.split('&');
        check_parameters(parts.filter(|part| !part.is_empty()).count())?;
    }
    check_headers(request.headers, &[])
}

/// Holds method, path and query against the limits, but for the number of parameters.
pub(crate) fn check_line(request: &Request<'_>) -> Result<(), Exceeded> {
    at_most("method bytes", METHOD_BYTES_MAX, request.method.len())?;
    at_most("path bytes", PATH_BYTES_MAX, request.path.len())?;
    at_most("query bytes", QUERY_BYTES_MAX, request.query.len())
}

pub(crate) fn check_parameters(parameters: usize) -> Result<(), Exceeded> {
    at_most("query parameters", QUERY_PARAMETERS_MAX, parameters)
}

/// Holds headers against the limits, together with those that signing adds.
pub(crate) fn check_headers(
    headers: &[(&str, &[u8])],
    added: &[(&'static str, String)],
) -> Result<(), Exceeded> {
    let given = headers.iter().map(|(name, value)| name.len() + value.len());
    let bytes = given
        .chain(added.iter().map(|(name, value)| name.len() + value.len()))
        .sum();
    at_most("headers", HEADERS_MAX, headers.len() + added.len())?;
    at_most("header bytes", HEADER_BYTES_MAX, bytes)
}

/// Holds the list of signed names, joined by `;`, against the limit of headers.
pub(crate) fn check_signed_headers(names: &str) -> Result<(), Exceeded> {
    let separators = names.bytes().filter(|byte| *byte == b';').count();
    at_most("signed headers", HEADERS_MAX, separators + 1)
}

/// Holds the fields of a form against the limits.
pub(crate) fn check_post<'a>(
    fields: impl ExactSizeIterator<Item = (&'a str, &'a [u8])>,
) -> Result<(), Exceeded> {
    at_most("form fields", POST_FIELDS_MAX, fields.len())?;
    let bytes = fields.map(|(name, value)| name.len() + value.len()).sum();
    at_most("form field bytes", POST_FIELD_BYTES_MAX, bytes)
}

pub(crate) fn at_most(what: &'static str, max: usize, got: usize) -> Result<(), Exceeded> {
    if got > max {
        Err(Exceeded { what, max, got })
    } else {
        Ok(())
    }
}
