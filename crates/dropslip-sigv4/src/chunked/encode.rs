//! Writes a body in chunks: the peer of the decoder.

use std::fmt;

use sha2::{Digest, Sha256};

use super::error::{ChunkError, ChunkErrorKind, shown};
use super::plan::{ChunkPlan, SIGNATURE_EXTENSION};
use super::{ChunkSeed, trailer};
use crate::scope::SigningKey;
use crate::sign::Signer;
use crate::time::Timestamp;

/// Encodes a body in chunks, and signs them. It keeps one chunk in memory, since the
/// signature stands before the data.
///
/// ```
/// use dropslip_sigv4::{ChunkPlan, Credentials, Payload, Request, Signer, Streaming, Timestamp};
///
/// let signer = Signer::new(Credentials::new("AKID", "secret"), "us-east-1", "s3");
/// let now = Timestamp::parse_basic("20130524T000000Z")?;
/// let plan = ChunkPlan::new(Streaming::Signed, 5, ChunkPlan::CHUNK_SIZE, &[])?;
///
/// let announced = plan.headers();
/// let mut headers = vec![("host", b"uploads.localhost:7601".as_slice())];
/// headers.extend(announced.iter().map(|(name, value)| (*name, value.as_bytes())));
/// let request = Request { method: "PUT", path: "/a.txt", query: "", headers: &headers };
/// let signed = signer.sign(&request, &Payload::Streaming(plan.form()), now)?;
///
/// let length = plan.encoded_length();
/// let mut encoder = signer.chunk_encoder(plan, &signed.signature, now);
/// let mut body = Vec::new();
/// encoder.encode(b"hello", &mut body)?;
/// encoder.finish(&[], &mut body)?;
/// assert_eq!(body.len() as u64, length);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ChunkEncoder {
    plan: ChunkPlan,
    seed: Option<ChunkSeed>,
    /// The beginning of the next chunk.
    buffer: Vec<u8>,
    /// Bytes of data taken.
    got: u64,
}

impl Signer {
    /// An encoder for the body of a request that this signer has signed at `now` with
    /// `Payload::Streaming`; `signature` is the one of that request. Chunks that are
    /// not signed need neither.
    #[must_use]
    pub fn chunk_encoder(&self, plan: ChunkPlan, signature: &str, now: Timestamp) -> ChunkEncoder {
        let scope = self.scope(now);
        let key = || SigningKey::derive(self.credentials().secret_key(), &scope);
        let seed = plan
            .form
            .is_signed()
            .then(|| ChunkSeed::new(key(), &scope, signature));
        ChunkEncoder {
            plan,
            seed,
            buffer: Vec::new(),
            got: 0,
        }
    }
}

impl ChunkEncoder {
    /// Takes the next bytes of data, however many, and appends to `out` what can be sent.
    ///
    /// # Errors
    /// [`ChunkErrorKind::DecodedLength`] if they are more than was planned; nothing is
    /// appended then.
    pub fn encode(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), ChunkError> {
        let expected = self.plan.decoded_length;
        let got = self.got.saturating_add(data.len() as u64);
        if got > expected {
            return Err(ChunkErrorKind::DecodedLength { expected, got }.into());
        }
        self.got = got;
        let mut rest = data;
        if !self.buffer.is_empty() {
            let missing = self.plan.chunk_size - self.buffer.len();
            let (front, behind) = rest.split_at(rest.len().min(missing));
            self.buffer.extend_from_slice(front);
            rest = behind;
            if self.buffer.len() < self.plan.chunk_size {
                return Ok(());
            }
            self.flush(out);
        }
        let mut chunks = rest.chunks_exact(self.plan.chunk_size);
        for chunk in &mut chunks {
            self.chunk(chunk, out);
        }
        self.buffer.extend_from_slice(chunks.remainder());
        Ok(())
    }

    /// Ends the body with its trailer, given as name and value, all that were planned.
    ///
    /// # Errors
    /// [`ChunkErrorKind::DecodedLength`] if there was less data than was planned, and
    /// the kinds about trailers if they are other than planned.
    pub fn finish(
        mut self,
        trailers: &[(&str, &str)],
        out: &mut Vec<u8>,
    ) -> Result<(), ChunkError> {
        let (expected, got) = (self.plan.decoded_length, self.got);
        if got != expected {
            return Err(ChunkErrorKind::DecodedLength { expected, got }.into());
        }
        let trailers = self.as_planned(trailers)?;
        if !self.buffer.is_empty() {
            self.flush(out);
        }
        self.head(&[], out);
        for (name, value) in &trailers {
            out.extend_from_slice(format!("{name}:{value}\r\n").as_bytes());
        }
        if let Some(seed) = self.seed.as_mut().filter(|_| self.plan.form.has_trailer()) {
            let lines = trailers.iter().map(|(name, value)| (name.as_str(), *value));
            let string_to_sign = seed.trailer(&trailer::canonical_sha256(lines));
            let signature = seed.sign(&string_to_sign);
            out.extend_from_slice(format!("{}:{signature}\r\n", trailer::SIGNATURE).as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        Ok(())
    }

    /// The trailers in the order of the plan, if they are those.
    fn as_planned<'a>(
        &self,
        trailers: &[(&str, &'a str)],
    ) -> Result<Vec<(String, &'a str)>, ChunkError> {
        let mut values: Vec<(String, &str)> = trailers
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), *value))
            .collect();
        values.sort();
        if let Some(pair) = values.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let name = pair[0].0.clone();
            return Err(ChunkErrorKind::TrailerRepeated { name }.into());
        }
        for (name, value) in &values {
            let Some((_, expected)) = self.plan.trailers.iter().find(|(known, _)| known == name)
            else {
                return Err(ChunkErrorKind::TrailerUnexpected { name: name.clone() }.into());
            };
            // What stands around a value is no part of it, so it would not arrive.
            if !trailer::is_value(value) || value.trim_matches([' ', '\t']) != *value {
                let got = shown(format!("{name}:{value}").as_bytes());
                return Err(ChunkErrorKind::TrailerMalformed { got }.into());
            }
            if value.len() != *expected {
                return Err(ChunkErrorKind::TrailerLength {
                    name: name.clone(),
                    expected: *expected,
                    got: value.len(),
                }
                .into());
            }
        }
        let has = |name: &String| values.iter().any(|(given, _)| given == name);
        match self.plan.trailers.iter().find(|(name, _)| !has(name)) {
            Some((name, _)) => Err(ChunkErrorKind::TrailerMissing { name: name.clone() }.into()),
            None => Ok(values),
        }
    }

    /// Writes what is kept as one chunk.
    fn flush(&mut self, out: &mut Vec<u8>) {
        let mut buffer = std::mem::take(&mut self.buffer);
        self.chunk(&buffer, out);
        buffer.clear();
        self.buffer = buffer;
    }

    fn chunk(&mut self, data: &[u8], out: &mut Vec<u8>) {
        self.head(data, out);
        out.extend_from_slice(data);
        out.extend_from_slice(b"\r\n");
    }

    /// The line that begins a chunk.
    fn head(&mut self, data: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(format!("{:x}", data.len()).as_bytes());
        if let Some(seed) = &mut self.seed {
            let string_to_sign = seed.chunk(&Sha256::digest(data).into());
            out.extend_from_slice(SIGNATURE_EXTENSION.as_bytes());
            out.extend_from_slice(seed.sign(&string_to_sign).as_bytes());
        }
        out.extend_from_slice(b"\r\n");
    }
}

/// The seed would let anyone sign, and the data is nobody's business.
impl fmt::Debug for ChunkEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkEncoder")
            .field("plan", &self.plan)
            .field("got", &self.got)
            .finish_non_exhaustive()
    }
}
