//! What the signatures of chunks build on, and the chain that they make.

use std::fmt;

use crate::scope::{Scope, SigningKey, hex};

/// The hash of nothing, which each chunk's string to sign has in place of headers.
const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The signing key, time and scope of a request, and the signature that the next
/// one builds on: that of the request first, then that of each chunk.
#[derive(Clone)]
pub(crate) struct ChunkSeed {
    key: SigningKey,
    /// Time and scope, one a line.
    time_and_scope: Box<str>,
    /// 64 lower-case hexadecimal digits.
    previous: String,
}

impl ChunkSeed {
    /// Begins with the signature of the request.
    pub(crate) fn new(key: SigningKey, scope: &Scope<'_>, signature: &str) -> Self {
        Self {
            key,
            time_and_scope: format!("{}\n{scope}", scope.time).into(),
            previous: signature.to_owned(),
        }
    }

    /// The string to sign of the next chunk, by the hash of its bytes.
    pub(crate) fn chunk(&self, sha256: &[u8; 32]) -> String {
        let Self {
            time_and_scope,
            previous,
            ..
        } = self;
        let hash = hex(sha256);
        format!("AWS4-HMAC-SHA256-PAYLOAD\n{time_and_scope}\n{previous}\n{EMPTY_SHA256}\n{hash}")
    }

    /// The string to sign of the trailer, by the hash of its canonical form.
    pub(crate) fn trailer(&self, sha256: &[u8; 32]) -> String {
        let Self {
            time_and_scope,
            previous,
            ..
        } = self;
        let hash = hex(sha256);
        format!("AWS4-HMAC-SHA256-TRAILER\n{time_and_scope}\n{previous}\n{hash}")
    }

    /// Signs, and has the next signature build on this one.
    pub(crate) fn sign(&mut self, string_to_sign: &str) -> &str {
        self.previous = self.key.signature(string_to_sign);
        &self.previous
    }
}

/// With it anyone could sign chunks, so nothing of it shows.
impl fmt::Debug for ChunkSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkSeed").finish_non_exhaustive()
    }
}
