//! The CRC of two texts, one behind the other, from the CRCs of each.
//!
//! A CRC is a remainder of polynomials over two elements. Bytes behind a text multiply its
//! polynomial by a power of `x`, so the CRC of both is that of the first times
//! `x^(8 · length of the second)`, plus that of the second. The parts of an upload have
//! one size, so that power is computed once and kept: ten thousand parts take milliseconds.
//! (`crc_fast::checksum_combine` computes it anew each time and takes a second for them.)

use super::Algorithm;

/// Combines CRCs of one algorithm whose bits are reflected and whose first and last step
/// is an inversion, as those of S3 are: the inversions then cancel out.
#[derive(Clone, Debug)]
pub(super) struct Combiner {
    /// The polynomial without its highest term, reflected: the lowest bit is the highest power.
    polynomial: u64,
    width: u32,
    /// The last length, and the power of `x` for it.
    last: (u64, u64),
}

impl Combiner {
    /// `None` for an algorithm that is no CRC.
    pub(super) fn new(algorithm: Algorithm) -> Option<Self> {
        let (polynomial, width) = match algorithm {
            Algorithm::Crc32 => (0xedb8_8320, 32),
            Algorithm::Crc32c => (0x82f6_3b78, 32),
            Algorithm::Crc64Nvme => (0x9a6c_9329_ac4b_c9b5, 64),
            Algorithm::Sha1 | Algorithm::Sha256 => return None,
        };
        let one = 1 << (width - 1);
        Some(Self {
            polynomial,
            width,
            last: (0, one),
        })
    }

    /// The CRC of two texts of which the second has `second_len` bytes.
    pub(super) fn combine(&mut self, first: u64, second: u64, second_len: u64) -> u64 {
        if self.last.0 != second_len {
            self.last = (second_len, self.power_of_bytes(second_len));
        }
        self.times(self.last.1, first) ^ second
    }

    /// `x^(8 · len)`, by squaring.
    fn power_of_bytes(&self, mut len: u64) -> u64 {
        let mut power = 1 << (self.width - 1);
        let mut square = 1 << (self.width - 1 - 8);
        while len > 0 {
            if len & 1 == 1 {
                power = self.times(power, square);
            }
            square = self.times(square, square);
            len >>= 1;
        }
        power
    }

    /// The product of two polynomials, reduced.
    fn times(&self, a: u64, mut b: u64) -> u64 {
        let mut product = 0;
        for bit in (0..self.width).rev() {
            if a >> bit & 1 == 1 {
                product ^= b;
            }
            let carry = if b & 1 == 1 { self.polynomial } else { 0 };
            b = b >> 1 ^ carry;
        }
        product
    }
}
