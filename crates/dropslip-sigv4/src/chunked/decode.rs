//! Reads a body in chunks as it arrives.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::error::{ChunkError, ChunkErrorKind, shown};
use super::trailer::{self, Line, Trailers};
use super::{ChunkHeaders, ChunkSeed, Streaming};
use crate::limits::{
    CHUNK_BYTES_MIN, CHUNK_LINE_BYTES_MAX, CHUNK_SIZE_DIGITS_MAX, TRAILER_BYTES_MAX,
};
use crate::scope::parse_hash;

/// Decodes a body in chunks, and checks each signature in it, without any I/O.
///
/// Give it the bytes as they come, cut anywhere. It lends out the data from within
/// them and keeps nothing but the line that it is in the middle of, so memory does
/// not grow with chunks or body.
///
/// **Data comes before its proof.** A chunk's signature can be checked at its end
/// only, and all but its last piece has been handed out by then. The body is what
/// was signed, whole, and with all that was promised of it once [`finish`] says so:
/// write it where nobody sees it, and make it count only after that.
///
/// An error is final: every later call gives the same one.
///
/// ```
/// use dropslip_sigv4::{ChunkDecoder, ChunkHeaders};
///
/// let headers = ChunkHeaders { decoded_length: Some("5"), trailer: Some("x-amz-checksum-crc32") };
/// let mut decoder = ChunkDecoder::unsigned(headers)?;
/// let mut data = Vec::new();
/// for arrived in ["5\r\nhe", "llo\r\n0\r\nx-amz-check", "sum-crc32:NhCmhg==\r\n\r\n"] {
///     let mut input = arrived.as_bytes();
///     while let Some(bytes) = decoder.decode(&mut input)? {
///         data.extend_from_slice(bytes);
///     }
/// }
/// let trailers = decoder.finish()?;
/// assert_eq!(data, b"hello");
/// assert_eq!(trailers.value("x-amz-checksum-crc32"), Some("NhCmhg=="));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [`finish`]: Self::finish
pub struct ChunkDecoder {
    form: Streaming,
    seed: Option<ChunkSeed>,
    decoded_length: u64,
    /// Bytes of the chunks that have begun.
    announced: u64,
    /// Bytes of data handed out.
    got: u64,
    /// The chunk being read, from 1, and its size.
    chunk: u64,
    size: u64,
    /// The signature that came with the chunk.
    claimed: String,
    hash: Sha256,
    /// The beginning of a line whose end has not come.
    line: Vec<u8>,
    trailer: trailer::Reader,
    state: State,
    failed: Option<ChunkError>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// In the line that begins a chunk.
    Size,
    /// In the data.
    Data {
        left: u64,
    },
    /// Behind the data.
    DataEnd,
    /// In the lines of the trailer.
    Trailer,
    /// Behind the signature of the trailer.
    TrailerEnd,
    Done,
}

impl ChunkDecoder {
    /// A decoder for chunks that are not signed.
    ///
    /// # Errors
    /// A [`ChunkErrorKind`] that says what the headers lack.
    pub fn unsigned(headers: ChunkHeaders<'_>) -> Result<Self, ChunkError> {
        Self::new(Streaming::UnsignedTrailer, None, headers)
    }

    /// A decoder; a form that is signed takes a seed.
    pub(super) fn new(
        form: Streaming,
        seed: Option<ChunkSeed>,
        headers: ChunkHeaders<'_>,
    ) -> Result<Self, ChunkError> {
        if form.is_signed() && seed.is_none() {
            return Err(ChunkErrorKind::SeedMissing.into());
        }
        let promised = match headers.trailer {
            None => Vec::new(),
            Some(list) if form.has_trailer() => trailer::names(list)?,
            Some(list) => {
                let got = shown(list.as_bytes());
                return Err(ChunkErrorKind::TrailerNames { got }.into());
            }
        };
        Ok(Self {
            form,
            seed,
            decoded_length: decoded_length(headers.decoded_length)?,
            announced: 0,
            got: 0,
            chunk: 1,
            size: 0,
            claimed: String::new(),
            hash: Sha256::new(),
            line: Vec::new(),
            trailer: trailer::Reader::new(promised),
            state: State::Size,
            failed: None,
        })
    }

    /// The size of the data, as `x-amz-decoded-content-length` announces it. The
    /// chunks never give more.
    #[must_use]
    pub fn decoded_length(&self) -> u64 {
        self.decoded_length
    }

    /// The names that `x-amz-trailer` promises, in lower case.
    #[must_use]
    pub fn promised_trailers(&self) -> &[String] {
        self.trailer.promised()
    }

    /// Decodes on: takes bytes off the front of `input` and gives the next piece of
    /// data in them, `None` once `input` is used up. Call it until then.
    ///
    /// # Errors
    /// A [`ChunkErrorKind`] that says what is wrong.
    pub fn decode<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<&'a [u8]>, ChunkError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let result = self.advance(input);
        if let Err(error) = &result {
            self.failed = Some(error.clone());
        }
        result
    }

    /// Ends the body: it has come whole, its signatures are right, and here is its trailer.
    ///
    /// # Errors
    /// [`ChunkErrorKind::Incomplete`] if more should have come, or the error that
    /// [`decode`](Self::decode) gave.
    pub fn finish(self) -> Result<Trailers, ChunkError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let expected = match self.state {
            State::Done => return Ok(self.trailer.into_trailers()),
            State::Size => "a chunk's size",
            State::Data { .. } => "a chunk's data",
            State::DataEnd => "CR and LF",
            State::Trailer | State::TrailerEnd => "the rest of the trailer",
        };
        let got = self.got;
        Err(ChunkErrorKind::Incomplete { expected, got }.into())
    }

    fn advance<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<&'a [u8]>, ChunkError> {
        while !input.is_empty() {
            match self.state {
                State::Size => self.size_line(input)?,
                State::Data { left } => return self.data(left, input).map(Some),
                State::DataEnd => self.data_end(input)?,
                State::Trailer | State::TrailerEnd => self.trailer_line(input)?,
                State::Done => {
                    let got = input.len();
                    return Err(ChunkErrorKind::DataAfterEnd { got }.into());
                }
            }
        }
        Ok(None)
    }

    /// Reads on in the line that begins a chunk.
    fn size_line(&mut self, input: &mut &[u8]) -> Result<(), ChunkError> {
        let (chunk, max) = (self.chunk, CHUNK_LINE_BYTES_MAX);
        let has_ended = self
            .read_line(input, max)
            .ok_or(ChunkErrorKind::LineTooLong { chunk, max })?;
        if !has_ended {
            return Ok(());
        }
        let line = std::mem::take(&mut self.line);
        let Some(line) = line.strip_suffix(b"\r\n") else {
            let after = "the chunk's size";
            return Err(ChunkErrorKind::LineEnd { chunk, after }.into());
        };
        self.begin(line)
    }

    /// Begins the chunk that the line announces.
    fn begin(&mut self, line: &[u8]) -> Result<(), ChunkError> {
        let chunk = self.chunk;
        let semicolon = line.iter().position(|byte| *byte == b';');
        let (digits, extension) = match semicolon {
            Some(at) => (&line[..at], Some(&line[at + 1..])),
            None => (line, None),
        };
        let size = hexadecimal(digits).ok_or_else(|| ChunkErrorKind::Size {
            chunk,
            got: shown(digits),
        })?;
        self.claimed = self.claimed(extension)?;
        let before = self.size;
        if chunk > 1 && size > 0 && before < CHUNK_BYTES_MIN {
            return Err(ChunkErrorKind::TooSmall {
                chunk: chunk - 1,
                min: CHUNK_BYTES_MIN,
                got: before,
            }
            .into());
        }
        self.announced = self.announced.saturating_add(size);
        let is_last = size == 0;
        if self.announced > self.decoded_length || is_last && self.announced < self.decoded_length {
            return Err(ChunkErrorKind::DecodedLength {
                expected: self.decoded_length,
                got: self.announced,
            }
            .into());
        }
        self.size = size;
        if !is_last {
            self.state = State::Data { left: size };
            return Ok(());
        }
        self.check_chunk()?;
        self.state = if self.form.has_trailer() {
            State::Trailer
        } else {
            State::DataEnd
        };
        Ok(())
    }

    /// The signature that came with a chunk; empty if chunks are not signed.
    fn claimed(&self, extension: Option<&[u8]>) -> Result<String, ChunkError> {
        let chunk = self.chunk;
        let Some(extension) = extension else {
            return if self.form.is_signed() {
                Err(ChunkErrorKind::SignatureMissing { chunk }.into())
            } else {
                Ok(String::new())
            };
        };
        let signature = extension
            .strip_prefix(b"chunk-signature=")
            .filter(|text| self.form.is_signed() && parse_hash(text).is_some())
            .and_then(|text| str::from_utf8(text).ok());
        signature.map(str::to_owned).ok_or_else(|| {
            let got = shown(extension);
            ChunkErrorKind::Extension { chunk, got }.into()
        })
    }

    /// Hands out what `input` has of the chunk's data; its last piece only if the
    /// signature is right.
    fn data<'a>(&mut self, left: u64, input: &mut &'a [u8]) -> Result<&'a [u8], ChunkError> {
        let len = usize::try_from(left).map_or(input.len(), |left| left.min(input.len()));
        let (data, rest) = input.split_at(len);
        if self.form.is_signed() {
            self.hash.update(data);
        }
        let left = left - data.len() as u64;
        if left == 0 {
            self.check_chunk()?;
            self.state = State::DataEnd;
        } else {
            self.state = State::Data { left };
        }
        self.got += data.len() as u64;
        *input = rest;
        Ok(data)
    }

    /// Compares the signature of the chunk that has ended.
    fn check_chunk(&mut self) -> Result<(), ChunkError> {
        let Some(seed) = &mut self.seed else {
            return Ok(());
        };
        let string_to_sign = seed.chunk(&self.hash.finalize_reset().into());
        let signature = seed.sign(&string_to_sign);
        if signature.as_bytes().ct_eq(self.claimed.as_bytes()).into() {
            return Ok(());
        }
        Err(ChunkErrorKind::Signature {
            chunk: self.chunk,
            string_to_sign,
            got: std::mem::take(&mut self.claimed),
        }
        .into())
    }

    /// Reads CR and LF behind data. Behind the last chunk they are all that is left.
    fn data_end(&mut self, input: &mut &[u8]) -> Result<(), ChunkError> {
        const CRLF: &[u8] = b"\r\n";
        let (front, rest) = input.split_at(input.len().min(CRLF.len() - self.line.len()));
        self.line.extend_from_slice(front);
        *input = rest;
        if !CRLF.starts_with(&self.line) {
            let (chunk, after) = (self.chunk, "the chunk's data");
            return Err(ChunkErrorKind::LineEnd { chunk, after }.into());
        }
        if self.line.len() == CRLF.len() {
            self.line.clear();
            self.state = if self.size == 0 {
                State::Done
            } else {
                State::Size
            };
            self.chunk += 1;
        }
        Ok(())
    }

    /// Reads on in a line of the trailer.
    fn trailer_line(&mut self, input: &mut &[u8]) -> Result<(), ChunkError> {
        const CRLF: usize = 2;
        let max = TRAILER_BYTES_MAX;
        let has_ended = self
            .read_line(input, self.trailer.left_bytes() + CRLF)
            .ok_or(ChunkErrorKind::TrailerTooLarge { max })?;
        let Some(line) = self.line.strip_suffix(b"\r\n").filter(|_| has_ended) else {
            return Ok(());
        };
        let signature_is_due = self.seed.is_some() && self.state == State::Trailer;
        if line.is_empty() {
            self.trailer.check_whole()?;
            if signature_is_due {
                return Err(ChunkErrorKind::TrailerSignatureMissing.into());
            }
            self.state = State::Done;
        } else if self.state == State::TrailerEnd {
            let got = shown(line);
            return Err(ChunkErrorKind::TrailerMalformed { got }.into());
        } else if let Line::Signature(signature) = self.trailer.line(line)? {
            self.check_trailer(signature)?;
            self.state = State::TrailerEnd;
        }
        self.line.clear();
        Ok(())
    }

    /// Compares the signature of the trailer.
    fn check_trailer(&mut self, claimed: String) -> Result<(), ChunkError> {
        let Some(seed) = &mut self.seed else {
            let name = trailer::SIGNATURE.to_owned();
            return Err(ChunkErrorKind::TrailerUnexpected { name }.into());
        };
        let string_to_sign = seed.trailer(&self.trailer.sha256());
        let signature = seed.sign(&string_to_sign);
        if signature.as_bytes().ct_eq(claimed.as_bytes()).into() {
            return Ok(());
        }
        Err(ChunkErrorKind::TrailerSignature {
            string_to_sign,
            got: claimed,
        }
        .into())
    }

    /// Moves bytes up to an LF into `line`, at most `max` in all: whether the LF has
    /// come, `None` if it has not within the limit.
    fn read_line(&mut self, input: &mut &[u8], max: usize) -> Option<bool> {
        let line_feed = input.iter().position(|byte| *byte == b'\n');
        let len = line_feed.map_or(input.len(), |at| at + 1);
        if self.line.len() + len > max {
            return None;
        }
        let (front, rest) = input.split_at(len);
        self.line.extend_from_slice(front);
        *input = rest;
        Some(line_feed.is_some())
    }
}

/// A number of bytes in decimal digits.
fn decoded_length(text: Option<&str>) -> Result<u64, ChunkError> {
    let text = text.ok_or(ChunkErrorKind::DecodedLengthMissing)?;
    let digits = text.trim_matches([' ', '\t']);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let length = is_number.then(|| digits.parse().ok()).flatten();
    length.ok_or_else(|| {
        let got = shown(text.as_bytes());
        ChunkErrorKind::DecodedLengthMalformed { got }.into()
    })
}

/// A number in 1 to 16 hexadecimal digits, which fit 64 bits whatever they are.
fn hexadecimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > CHUNK_SIZE_DIGITS_MAX {
        return None;
    }
    digits.iter().try_fold(0, |number, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(number << 4 | u64::from(digit))
    })
}

/// The seed would let anyone sign, so it does not show.
impl fmt::Debug for ChunkDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkDecoder")
            .field("form", &self.form)
            .field("decoded_length", &self.decoded_length)
            .field("chunk", &self.chunk)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A chunk of 64 MiB passes, and nothing of it is kept.
    #[test]
    fn memory_does_not_grow_with_chunks() {
        let headers = ChunkHeaders {
            decoded_length: Some("67108864"),
            trailer: Some("a"),
        };
        let mut decoder = ChunkDecoder::unsigned(headers).expect("the headers are right");
        let piece = [0; 64 * 1024];
        let begin: &[u8] = b"4000000\r\n";
        let end: &[u8] = b"\r\n0\r\na:1\r\n\r\n";
        let pieces = std::iter::repeat_n(piece.as_slice(), 1024);
        let mut size = 0;
        for mut input in [begin].into_iter().chain(pieces).chain([end]) {
            while let Some(data) = decoder.decode(&mut input).expect("the body is right") {
                size += data.len();
            }
            assert!(decoder.line.capacity() <= TRAILER_BYTES_MAX);
        }
        assert_eq!(size, 64 * 1024 * 1024);
        assert!(decoder.finish().is_ok());
    }

    /// Signed chunks are never read without a check of their signatures.
    #[test]
    fn signed_chunks_need_a_seed() {
        let headers = ChunkHeaders {
            decoded_length: Some("5"),
            trailer: None,
        };
        for form in [Streaming::Signed, Streaming::SignedTrailer] {
            let error = ChunkDecoder::new(form, None, headers).expect_err("there is no seed");
            assert_eq!(error.kind(), &ChunkErrorKind::SeedMissing);
        }
    }
}
