//! Request ids: they name a request in answers and in the log.
//!
//! They begin at a random number and are scattered from there, so that they look as S3's
//! do and two runs have none in common; nothing else depends on them. No id costs a
//! system call.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The golden ratio in 64 bits: its multiples meet every number before one comes again.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

static NEXT: LazyLock<AtomicU64> = LazyLock::new(|| {
    let mut bytes = [0; 8];
    // Without randomness ids repeat from run to run, which confuses readers of logs alone.
    let _ = getrandom::fill(&mut bytes);
    AtomicU64::new(u64::from_be_bytes(bytes))
});

/// A new id in the form of S3's: 16 digits and capitals.
pub(crate) fn request_id() -> String {
    let number = NEXT.fetch_add(STEP, Ordering::Relaxed);
    format!("{:016X}", scattered(number))
}

/// The finish of splitmix64, a bijection: ids of one run differ.
fn scattered(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_differ_and_have_the_form() {
        let ids: HashSet<String> = (0..10_000).map(|_| request_id()).collect();
        assert_eq!(ids.len(), 10_000);
        let is_digit = |b: u8| b.is_ascii_digit() || (b'A'..=b'F').contains(&b);
        assert!(
            ids.iter()
                .all(|id| id.len() == 16 && id.bytes().all(is_digit))
        );
    }
}
