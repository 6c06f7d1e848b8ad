//! What of a body in chunks is known before its first byte.

use super::error::{ChunkError, ChunkErrorKind, shown};
use super::{Streaming, trailer};
use crate::limits::{CHUNK_BYTES_MIN, ENCODED_CHUNK_BYTES_MAX, TRAILER_BYTES_MAX, TRAILERS_MAX};

/// What is known of a body before its first byte: enough for its headers, and for
/// the length that it will have on the wire.
#[derive(Clone, Debug)]
pub struct ChunkPlan {
    pub(super) form: Streaming,
    pub(super) decoded_length: u64,
    pub(super) chunk_size: usize,
    /// Names in lower case, sorted, with the lengths of the values.
    pub(super) trailers: Vec<(String, usize)>,
    encoded_length: u64,
}

impl ChunkPlan {
    /// The size of chunks that SDKs use, 64 KiB.
    pub const CHUNK_SIZE: usize = 64 * 1024;

    /// Plans a body of `decoded_length` bytes in chunks of `chunk_size` bytes (8 KiB to
    /// 16 MiB), with a trailer of these headers, given as name and length of the value in bytes.
    ///
    /// # Errors
    /// [`ChunkErrorKind::ChunkSize`], [`ChunkErrorKind::TrailerNames`] (also for a
    /// form without a trailer), [`ChunkErrorKind::TrailerTooLarge`], or
    /// [`ChunkErrorKind::Overflow`].
    pub fn new(
        form: Streaming,
        decoded_length: u64,
        chunk_size: usize,
        trailers: &[(&str, usize)],
    ) -> Result<Self, ChunkError> {
        let (min, max) = (CHUNK_BYTES_MIN, ENCODED_CHUNK_BYTES_MAX);
        let got = chunk_size as u64;
        if !(min..=max).contains(&got) {
            return Err(ChunkErrorKind::ChunkSize { min, max, got }.into());
        }
        let trailers = sorted(form, trailers)?;
        let mut plan = Self {
            form,
            decoded_length,
            chunk_size,
            trailers,
            encoded_length: 0,
        };
        plan.encoded_length = plan.measure().ok_or(ChunkErrorKind::Overflow)?;
        Ok(plan)
    }

    /// The form of the body.
    #[must_use]
    pub fn form(&self) -> Streaming {
        self.form
    }

    /// The length of the body on the wire, in bytes.
    #[must_use]
    pub fn encoded_length(&self) -> u64 {
        self.encoded_length
    }

    /// The headers that announce the body: `content-encoding` (put `aws-chunked,` in
    /// front of another encoding), `content-length`, `x-amz-decoded-content-length`, and
    /// `x-amz-trailer` if there is one. Sign them, all but `content-length` at least.
    #[must_use]
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("content-encoding", "aws-chunked".to_owned()),
            ("content-length", self.encoded_length.to_string()),
            (
                "x-amz-decoded-content-length",
                self.decoded_length.to_string(),
            ),
        ];
        if !self.trailers.is_empty() {
            let names: Vec<&str> = self
                .trailers
                .iter()
                .map(|(name, _)| name.as_str())
                .collect();
            headers.push(("x-amz-trailer", names.join(",")));
        }
        headers
    }

    /// The length on the wire, `None` if it does not fit.
    fn measure(&self) -> Option<u64> {
        const CRLF: u64 = 2;
        let signature = if self.form.is_signed() {
            (SIGNATURE_EXTENSION.len() + SIGNATURE_BYTES) as u64
        } else {
            0
        };
        let line = |size: u64| format!("{size:x}").len() as u64 + signature + CRLF;
        let chunk = |size: u64| line(size) + size + CRLF;
        let size = self.chunk_size as u64;
        let (whole, rest) = (self.decoded_length / size, self.decoded_length % size);
        let data = whole.checked_mul(chunk(size))?;
        let data = data.checked_add(if rest > 0 { chunk(rest) } else { 0 })?;
        let header = |(name, value): &(String, usize)| (name.len() + 1 + value) as u64 + CRLF;
        let mut end = line(0) + self.trailers.iter().map(header).sum::<u64>() + CRLF;
        if self.form == Streaming::SignedTrailer {
            end += (trailer::SIGNATURE.len() + 1 + SIGNATURE_BYTES) as u64 + CRLF;
        }
        data.checked_add(end)
    }
}

pub(super) const SIGNATURE_EXTENSION: &str = ";chunk-signature=";
const SIGNATURE_BYTES: usize = 64;

/// Trailers as they will be written; the decoder will take them.
fn sorted(form: Streaming, trailers: &[(&str, usize)]) -> Result<Vec<(String, usize)>, ChunkError> {
    let mut sorted: Vec<(String, usize)> = trailers
        .iter()
        .map(|(name, length)| (name.to_ascii_lowercase(), *length))
        .collect();
    sorted.sort();
    let is_repeated = sorted.windows(2).any(|pair| pair[0].0 == pair[1].0);
    let are_names = sorted.iter().all(|(name, _)| trailer::is_name(name));
    let is_allowed = sorted.is_empty() || form.has_trailer();
    if !are_names || !is_allowed || is_repeated || sorted.len() > TRAILERS_MAX {
        let names: Vec<&str> = trailers.iter().map(|(name, _)| *name).collect();
        let got = shown(names.join(",").as_bytes());
        return Err(ChunkErrorKind::TrailerNames { got }.into());
    }
    let signature = match form {
        Streaming::SignedTrailer => trailer::SIGNATURE.len() + 1 + SIGNATURE_BYTES,
        _ => 0,
    };
    let bytes = sorted.iter().try_fold(signature, |bytes, (name, length)| {
        bytes.checked_add(name.len() + 1)?.checked_add(*length)
    });
    let max = TRAILER_BYTES_MAX;
    if bytes.is_none_or(|bytes| bytes > max) {
        return Err(ChunkErrorKind::TrailerTooLarge { max }.into());
    }
    Ok(sorted)
}
