//! How a file is cut into parts: pure.

use dropslip_s3::limits::PARTS_MAX;

use crate::limits::{PART_BYTES, PART_BYTES_MAX};

/// The cut of one file: all parts have one size but the last, which is smaller or the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) size_bytes: u64,
    pub(crate) part_bytes: u64,
}

/// One part: number from 1, first byte, number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) number: u32,
    pub(crate) start: u64,
    pub(crate) size_bytes: u64,
}

impl Cut {
    /// Cuts a file into parts of the size wished for, or of a larger one if there were too many.
    /// `None` when no size will do.
    pub(crate) fn new(size_bytes: u64, wished: Option<u64>) -> Option<Self> {
        const MIB: u64 = 1024 * 1024;
        let least = size_bytes.div_ceil(PARTS_MAX as u64).next_multiple_of(MIB);
        let part_bytes = wished.unwrap_or(PART_BYTES).max(least);
        (part_bytes <= PART_BYTES_MAX.max(wished.unwrap_or(0))).then_some(Self {
            size_bytes,
            part_bytes,
        })
    }

    pub(crate) fn count(self) -> u64 {
        self.size_bytes.div_ceil(self.part_bytes).max(1)
    }

    pub(crate) fn parts(self) -> impl Iterator<Item = Part> {
        (0..self.count()).map(move |index| {
            let start = index * self.part_bytes;
            Part {
                number: u32::try_from(index + 1).expect("there are at most 10,000 parts"),
                start,
                size_bytes: self.part_bytes.min(self.size_bytes - start),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;

    #[track_caller]
    fn check(size_bytes: u64, wished: Option<u64>, expect: Option<(u64, u64, u64)>) {
        let cut = Cut::new(size_bytes, wished);
        let found = cut.map(|cut| {
            let parts: Vec<Part> = cut.parts().collect();
            let sum: u64 = parts.iter().map(|part| part.size_bytes).sum();
            assert_eq!(sum, size_bytes);
            let mut end = 0;
            for (part, number) in parts.iter().zip(1..) {
                assert_eq!((part.number, part.start), (number, end));
                end += part.size_bytes;
            }
            let last = parts.last().map_or(0, |part| part.size_bytes);
            (cut.part_bytes, parts.len() as u64, last)
        });
        assert_eq!(found, expect, "{size_bytes}");
    }

    #[test]
    fn cuts() {
        let part = PART_BYTES;
        check(0, None, Some((part, 1, 0)));
        check(1, None, Some((part, 1, 1)));
        check(part, None, Some((part, 1, part)));
        check(part + 1, None, Some((part, 2, 1)));
        check(20 * MIB, Some(5 * MIB), Some((5 * MIB, 4, 5 * MIB)));
        // 10,000 parts of 16 MiB and one byte more.
        check(
            10_000 * part + 1,
            None,
            Some((17 * MIB, 9412, 13 * MIB + 1)),
        );
        check(
            10_000 * 5 * MIB,
            Some(5 * MIB),
            Some((5 * MIB, 10_000, 5 * MIB)),
        );
        // 50 TB is what S3 takes; a part of it would not fit into memory.
        check(50 << 40, None, None);
    }
}
