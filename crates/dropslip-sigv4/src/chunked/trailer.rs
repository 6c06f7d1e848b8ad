//! The trailer of a body in chunks: which headers are promised, which have come.

use sha2::{Digest, Sha256};

use super::error::{ChunkError, ChunkErrorKind, shown};
use crate::limits::{TRAILER_BYTES_MAX, TRAILERS_MAX};
use crate::request::is_token;

/// The header that signs those before it.
pub(super) const SIGNATURE: &str = "x-amz-trailer-signature";

/// The headers that came behind a body, names in lower case, values without white
/// space around them. Each was promised by `x-amz-trailer`, and each that was
/// promised is here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trailers(Vec<(String, String)>);

impl Trailers {
    /// The value of a header, by its name in lower case.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// All of them, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// A trailer that is being read.
#[derive(Debug)]
pub(super) struct Reader {
    promised: Vec<String>,
    trailers: Trailers,
    bytes: usize,
}

/// One line of a trailer.
pub(super) enum Line {
    /// A header, which was promised, and is kept.
    Header,
    /// The signature of all headers before it, whatever it says.
    Signature(String),
}

impl Reader {
    /// Expects the headers that `x-amz-trailer` names.
    pub(super) fn new(promised: Vec<String>) -> Self {
        Self {
            promised,
            trailers: Trailers::default(),
            bytes: 0,
        }
    }

    pub(super) fn promised(&self) -> &[String] {
        &self.promised
    }

    /// How much more may come.
    pub(super) fn left_bytes(&self) -> usize {
        TRAILER_BYTES_MAX - self.bytes
    }

    /// Takes a line without its CR and LF, no longer than what may come.
    pub(super) fn line(&mut self, line: &[u8]) -> Result<Line, ChunkError> {
        self.bytes += line.len();
        let malformed = || ChunkErrorKind::TrailerMalformed { got: shown(line) };
        // minio-go ends the value with an LF of its own before the CR and LF of the line.
        let text = str::from_utf8(line.strip_suffix(b"\n").unwrap_or(line));
        let (name, value) = text
            .ok()
            .and_then(|text| text.split_once(':'))
            .ok_or_else(malformed)?;
        let value = value.trim_matches([' ', '\t']);
        if !is_token(name) || !is_value(value) {
            return Err(malformed().into());
        }
        let name = name.to_ascii_lowercase();
        if name == SIGNATURE {
            return Ok(Line::Signature(value.to_owned()));
        }
        if !self.promised.contains(&name) {
            return Err(ChunkErrorKind::TrailerUnexpected { name }.into());
        }
        if self.trailers.value(&name).is_some() {
            return Err(ChunkErrorKind::TrailerRepeated { name }.into());
        }
        self.trailers.0.push((name, value.to_owned()));
        Ok(Line::Header)
    }

    /// The hash of the canonical form of all headers so far.
    pub(super) fn sha256(&self) -> [u8; 32] {
        let mut headers: Vec<(&str, &str)> = self.trailers.iter().collect();
        headers.sort_unstable();
        canonical_sha256(headers)
    }

    /// Whether all that was promised has come.
    pub(super) fn check_whole(&self) -> Result<(), ChunkError> {
        let missing = |name: &&String| self.trailers.value(name).is_none();
        match self.promised.iter().find(missing) {
            Some(name) => Err(ChunkErrorKind::TrailerMissing { name: name.clone() }.into()),
            None => Ok(()),
        }
    }

    pub(super) fn into_trailers(self) -> Trailers {
        self.trailers
    }
}

/// The hash of the canonical form of a trailer: lines `name:value` with LF, sorted by
/// name whatever their order on the wire. The page of the S3 API reference has one
/// header; AWS's SDKs for Rust and .NET sort several.
pub(super) fn canonical_sha256<'a>(
    sorted: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> [u8; 32] {
    let mut hash = Sha256::new();
    for (name, value) in sorted {
        for part in [name, ":", value, "\n"] {
            hash.update(part);
        }
    }
    hash.finalize().into()
}

/// Whether a text can be the value of a header: visible ASCII, spaces and tabs.
pub(super) fn is_value(value: &str) -> bool {
    value
        .bytes()
        .all(|byte| matches!(byte, b' '..=b'~' | b'\t'))
}

/// Reads `x-amz-trailer`: different header names with commas between them.
pub(super) fn names(list: &str) -> Result<Vec<String>, ChunkError> {
    let mut names: Vec<String> = Vec::new();
    for name in list.split(',') {
        let name = name.trim_matches([' ', '\t']).to_ascii_lowercase();
        if !is_name(&name) || names.contains(&name) || names.len() == TRAILERS_MAX {
            let got = shown(list.as_bytes());
            return Err(ChunkErrorKind::TrailerNames { got }.into());
        }
        names.push(name);
    }
    Ok(names)
}

/// Whether a trailer may have a header of this name.
pub(super) fn is_name(name: &str) -> bool {
    is_token(name) && name != SIGNATURE
}
