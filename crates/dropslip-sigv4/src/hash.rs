//! SHA-256 and HMAC-SHA256 over text that is at hand in one piece.
//!
//! The compression of blocks is `sha2`'s; here is only the padding. The usual
//! incremental interface copies each message through a buffer, and its keyed state
//! is three times as large; for messages of a few blocks that costs as much as
//! another block. A hash can also be left half done and gone on with from a
//! [`State`], which is what the parts of one multipart upload share.
//! Sources: FIPS 180-4 sections 5.1.1 and 5.3.3, RFC 2104.

use sha2::block_api::compress256;
use zeroize::Zeroize;

use crate::scratch::Scratch;

/// Bytes of a block.
pub(crate) const BLOCK: usize = 64;

/// A hash after some whole blocks.
#[derive(Clone, Copy)]
pub(crate) struct State([u32; 8]);

impl State {
    /// Before the first block: FIPS 180-4 section 5.3.3.
    pub(crate) const START: Self = Self([
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ]);

    #[inline]
    pub(crate) fn absorb(&mut self, blocks: &[[u8; BLOCK]]) {
        compress256(&mut self.0, blocks);
    }

    /// Absorbs the end of a message that has `before` bytes in the state already.
    #[inline]
    fn finish(mut self, before: usize, message: &[u8]) -> [u8; 32] {
        let (blocks, rest) = message.as_chunks();
        if !blocks.is_empty() {
            self.absorb(blocks);
        }
        let mut last = [[0; BLOCK]; 2];
        last.as_flattened_mut()[..rest.len()].copy_from_slice(rest);
        let used = pad(last.as_flattened_mut(), rest.len(), before + message.len());
        self.absorb(&last[..used]);
        self.digest()
    }

    #[inline]
    fn finish_in_place<const N: usize>(
        mut self,
        before: usize,
        text: &mut Scratch<u8, N>,
    ) -> [u8; 32] {
        let len = text.len();
        let Some(room) = text.room(padded(len)) else {
            return self.finish(before, text.as_slice());
        };
        pad(room, len, before + len);
        let (blocks, _) = room.as_chunks();
        self.absorb(blocks);
        self.digest()
    }

    #[inline]
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut out = [0; 32];
        for (bytes, word) in out.as_chunks_mut().0.iter_mut().zip(self.0) {
            *bytes = word.to_be_bytes();
        }
        out
    }
}

impl Zeroize for State {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// Pads a message that ends at `end` of `buffer`, with zeros behind it, and has
/// `len` bytes in all. Answers how many blocks of the buffer it has then.
#[inline]
fn pad(buffer: &mut [u8], end: usize, len: usize) -> usize {
    let used = padded(end) / BLOCK;
    buffer[end] = 0x80;
    buffer[used * BLOCK - 8..used * BLOCK].copy_from_slice(&(len as u64 * 8).to_be_bytes());
    used
}

/// The bytes of whole blocks that so many bytes of text have when they are padded.
pub(crate) fn padded(len: usize) -> usize {
    (len + 1 + 8).next_multiple_of(BLOCK)
}

/// Hashes a text where it stands: it is padded in place, if there is room.
#[inline]
pub(crate) fn sha256_of<const N: usize>(text: &mut Scratch<u8, N>) -> [u8; 32] {
    State::START.finish_in_place(0, text)
}

#[inline]
pub(crate) fn sha256(message: &[u8]) -> [u8; 32] {
    State::START.finish(0, message)
}

/// The keyed states of an HMAC: the key's two pads, each absorbed. As good as the
/// key, so they are wiped when dropped.
#[derive(Clone)]
pub(crate) struct Keyed {
    inner: State,
    outer: State,
}

impl Keyed {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        let keyed = |byte: u8| {
            let mut pad = [byte; BLOCK];
            for (pad, key) in pad.iter_mut().zip(key) {
                *pad ^= key;
            }
            let mut state = State::START;
            state.absorb(&[pad]);
            pad.zeroize();
            state
        };
        Self {
            inner: keyed(0x36),
            outer: keyed(0x5c),
        }
    }

    #[inline]
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 32] {
        self.outer(self.inner.finish(BLOCK, message))
    }

    /// Signs a text where it stands, as [`sha256_of`] hashes one.
    #[inline]
    pub(crate) fn sign_in_place<const N: usize>(&self, text: &mut Scratch<u8, N>) -> [u8; 32] {
        self.outer(self.inner.finish_in_place(BLOCK, text))
    }

    /// The inner hash of a message that stays the same before `place`.
    pub(crate) fn ending(&self, message: &[u8], place: usize) -> Ending {
        Ending::new(self.inner, BLOCK, message, place)
    }

    /// Signs the message that an ending of this key has now.
    #[inline]
    pub(crate) fn finish(&self, ending: &Ending) -> [u8; 32] {
        self.outer(ending.digest())
    }

    #[inline]
    fn outer(&self, inner: [u8; 32]) -> [u8; 32] {
        let mut block = [0; BLOCK];
        block[..32].copy_from_slice(&inner);
        pad(&mut block, 32, BLOCK + 32);
        let mut state = self.outer;
        state.absorb(&[block]);
        state.digest()
    }
}

/// The end of a message whose beginning is hashed already. A place in it can be
/// written again and again, and the hash be taken each time.
pub(crate) struct Ending {
    state: State,
    /// Whole blocks, padded.
    blocks: Vec<[u8; BLOCK]>,
    place: usize,
}

impl Ending {
    /// Takes a message that stays the same before `place`.
    pub(crate) fn of_hash(message: &[u8], place: usize) -> Self {
        Self::new(State::START, 0, message, place)
    }

    fn new(mut state: State, before: usize, message: &[u8], place: usize) -> Self {
        let (common, _) = message[..place].as_chunks();
        state.absorb(common);
        let absorbed = common.len() * BLOCK;
        let rest = &message[absorbed..];
        let mut blocks = vec![[0; BLOCK]; padded(rest.len()) / BLOCK];
        let bytes = blocks.as_flattened_mut();
        bytes[..rest.len()].copy_from_slice(rest);
        pad(bytes, rest.len(), before + message.len());
        Self {
            state,
            blocks,
            place: place - absorbed,
        }
    }

    /// Writes at the place, as many bytes as were there.
    pub(crate) fn put(&mut self, text: &[u8]) {
        let bytes = self.blocks.as_flattened_mut();
        bytes[self.place..self.place + text.len()].copy_from_slice(text);
    }

    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut state = self.state;
        state.absorb(&self.blocks);
        state.digest()
    }
}

impl Drop for Ending {
    /// It may be one of a keyed hash.
    fn drop(&mut self) {
        self.state.zeroize();
    }
}

impl Drop for Keyed {
    fn drop(&mut self) {
        self.inner.zeroize();
        self.outer.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit, Mac};
    use sha2::{Digest, Sha256};

    use super::*;

    /// Lengths around each place where the padding changes shape.
    fn messages() -> impl Iterator<Item = Vec<u8>> {
        (0..=200).map(|len| (0..len).map(|at| (at * 7 % 251) as u8).collect())
    }

    #[test]
    fn hashes_as_the_crate_does() {
        for message in messages() {
            let expected: [u8; 32] = Sha256::digest(&message).into();
            assert_eq!(sha256(&message), expected, "{} bytes", message.len());
            let mut text = Scratch::<u8, 128>::new();
            text.extend(&message);
            for _ in 0..2 {
                assert_eq!(sha256_of(&mut text), expected, "{} bytes", message.len());
                assert_eq!(text.as_slice(), message);
            }
        }
    }

    #[test]
    fn endings_hash_the_whole_message() {
        for message in messages() {
            for place in [0, message.len() / 2, message.len()] {
                let mut changed = message.clone();
                changed[place..].fill(b'x');
                let mut ending = Ending::of_hash(&message, place);
                assert_eq!(ending.digest(), sha256(&message));
                ending.put(&changed[place..]);
                assert_eq!(ending.digest(), sha256(&changed));
                let key = Keyed::new(&sha256(&message));
                let mut ending = key.ending(&message, place);
                ending.put(&changed[place..]);
                assert_eq!(key.finish(&ending), key.sign(&changed));
            }
        }
    }

    #[test]
    fn signs_as_the_crate_does() {
        for message in messages() {
            let key = sha256(&message);
            let mac = Hmac::<Sha256>::new_from_slice(&key).expect("any length");
            let expected: [u8; 32] = mac.chain_update(&message).finalize().into_bytes().into();
            let signed = Keyed::new(&key).sign(&message);
            assert_eq!(signed, expected, "{} bytes", message.len());
            let mut text = Scratch::<u8, 128>::new();
            text.extend(&message);
            let signed = Keyed::new(&key).sign_in_place(&mut text);
            assert_eq!(signed, expected, "{} bytes", message.len());
        }
    }
}
