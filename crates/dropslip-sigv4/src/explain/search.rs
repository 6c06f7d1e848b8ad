//! The search: single changes first, then pairs of the frequent ones.
//!
//! Each trial is a signature over a whole changed request, compared with the one
//! that was sent. A hit is therefore proof, and a miss tells a stranger nothing.
//! Parts of signatures are never compared: that would help to guess one.

use std::cell::Cell;

use subtle::ConstantTimeEq as _;

use super::pieces::{Change, Pieces};
use crate::hash::sha256;
use crate::scope::{SigningKey, hex_of_hash, parse_hash};

/// What all searches of one explanation cost.
pub(super) struct Effort {
    /// How many bytes may still be hashed.
    bytes: Cell<usize>,
    tried: Cell<usize>,
}

impl Effort {
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            bytes: Cell::new(bytes),
            tried: Cell::new(0),
        }
    }

    pub(super) fn is_spent(&self) -> bool {
        self.bytes_left() == 0
    }

    pub(super) fn bytes_left(&self) -> usize {
        self.bytes.get()
    }

    /// How many changes were tried.
    pub(super) fn tried(&self) -> usize {
        self.tried.get()
    }

    fn spend(&self, bytes: usize) {
        self.bytes.set(self.bytes.get().saturating_sub(bytes));
        self.tried.set(self.tried.get() + 1);
    }
}

/// The trials of one mismatch.
pub(super) struct Search<'a> {
    pieces: &'a Pieces,
    key: &'a SigningKey,
    /// The string to sign up to the hash of the canonical request.
    prefix: &'a str,
    /// The signature that was sent; none that could be right if it is malformed.
    signature: Option<[u8; 32]>,
    /// How many changes were tried, and how many may be.
    tried: usize,
    max: usize,
    effort: &'a Effort,
    canonical_request: Vec<u8>,
    string_to_sign: Vec<u8>,
}

impl<'a> Search<'a> {
    /// A search for the signature that was sent. `string_to_sign` is that of what arrived.
    pub(super) fn new(
        pieces: &'a Pieces,
        key: &'a SigningKey,
        string_to_sign: &'a str,
        signature: &'a str,
        (max, effort): (usize, &'a Effort),
    ) -> Self {
        let prefix = string_to_sign
            .rfind('\n')
            .map_or("", |end| &string_to_sign[..=end]);
        Self {
            pieces,
            key,
            prefix,
            signature: parse_hash(signature.as_bytes()),
            tried: 0,
            max,
            effort,
            canonical_request: Vec::with_capacity(1024),
            string_to_sign: Vec::with_capacity(256),
        }
    }

    /// The first change, or the first pair of frequent changes, that reproduces the signature.
    pub(super) fn run(&mut self, changes: &[Change]) -> Option<Vec<Change>> {
        if let Some(hit) = changes.iter().find(|change| self.reproduces(&[change])) {
            return Some(vec![hit.clone()]);
        }
        let absent: Vec<&Change> = changes.iter().filter(|change| change.absent).collect();
        let frequent: Vec<&Change> = changes.iter().filter(|change| change.frequent).collect();
        self.pairs(&absent).or_else(|| self.pairs(&frequent))
    }

    fn pairs(&mut self, changes: &[&Change]) -> Option<Vec<Change>> {
        for (at, first) in changes.iter().enumerate() {
            for second in &changes[at + 1..] {
                if first.fits(second) && self.reproduces(&[first, second]) {
                    return Some(vec![(*first).clone(), (*second).clone()]);
                }
            }
        }
        None
    }

    /// Whether the request with these changes has the signature that was sent.
    pub(super) fn reproduces(&mut self, changes: &[&Change]) -> bool {
        if self.tried >= self.max || self.effort.is_spent() {
            return false;
        }
        self.tried += 1;
        self.pieces.write(&mut self.canonical_request, changes);
        self.effort.spend(self.canonical_request.len());
        self.string_to_sign.clear();
        self.string_to_sign
            .extend_from_slice(self.prefix.as_bytes());
        let hash = hex_of_hash(&sha256(&self.canonical_request));
        self.string_to_sign.extend_from_slice(&hash);
        let key = changes.iter().find_map(|change| change.key.as_ref());
        let signature = key.unwrap_or(self.key).sign(&self.string_to_sign);
        let sent = self.signature.as_ref();
        sent.is_some_and(|sent| bool::from(signature.ct_eq(sent)))
    }
}
