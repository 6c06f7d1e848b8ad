//! Any body, cut anywhere on both sides, comes back; any one changed byte is found.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

fn forms() -> impl Strategy<Value = Streaming> {
    prop::sample::select(Streaming::ALL.as_slice())
}

/// Cuts bytes at the places given.
fn cut<'a>(bytes: &'a [u8], at: &[Index]) -> Vec<&'a [u8]> {
    let mut ends: Vec<usize> = at.iter().map(|at| at.index(bytes.len() + 1)).collect();
    ends.push(bytes.len());
    ends.sort_unstable();
    let mut from = 0;
    ends.into_iter()
        .map(|end| &bytes[std::mem::replace(&mut from, end)..end])
        .collect()
}

/// What the receiver of unsigned data compares it by.
fn sum(data: &[u8]) -> u64 {
    data.iter()
        .fold(7, |sum, byte| sum * 31 % 1_000_003 + u64::from(*byte))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cut_anywhere_it_comes_back(
        form in forms(),
        length in 0..30_000_usize,
        first in any::<u8>(),
        chunk_size in 8192..12_000_usize,
        (data_cuts, wire_cuts) in (vec(any::<Index>(), 0..6), vec(any::<Index>(), 0..40)),
    ) {
        let data: Vec<u8> = (0..length).map(|at| first.wrapping_add((at % 251) as u8)).collect();
        let plan = plan(form, length, chunk_size);
        let encoded_length = plan.encoded_length();
        let mut encoder = signer().chunk_encoder(plan, &seed(form).1, now());
        let mut body = Vec::new();
        for piece in cut(&data, &data_cuts) {
            encoder.encode(piece, &mut body).unwrap();
        }
        encoder.finish(trailers(form), &mut body).unwrap();
        prop_assert_eq!(body.len() as u64, encoded_length);

        let length = length.to_string();
        let headers = ChunkHeaders {
            decoded_length: Some(&length),
            trailer: form.has_trailer().then_some(CRC),
        };
        let (decoded, got) = decode_with(form, headers, cut(&body, &wire_cuts)).unwrap();
        prop_assert!(decoded == data);
        let expect: Vec<_> = trailers(form).iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        prop_assert_eq!(got, expect);
    }

    /// Signed: refused. Unsigned: refused, or data and trailer no longer agree.
    #[test]
    fn one_changed_byte_is_found(
        form in forms(),
        data in vec(any::<u8>(), 0..9000),
        at in any::<Index>(),
        by in 1..=255_u8,
    ) {
        let mut body = encoded(form, &data);
        let at = at.index(body.len());
        let was = body[at];
        body[at] ^= by;
        let length = data.len().to_string();
        let headers = ChunkHeaders {
            decoded_length: Some(&length),
            trailer: form.has_trailer().then_some(CRC),
        };
        let Ok((decoded, trailers)) = decode_with(form, headers, [body.as_slice()]) else {
            return Ok(());
        };
        // Two changes mean the same: the case of a name in the trailer and of a size.
        let is_case = was.eq_ignore_ascii_case(&body[at]);
        let agrees = sum(&decoded) == sum(&data) && trailers.iter().all(|(_, value)| value == CRC_VALUE);
        prop_assert!(is_case || (form == Streaming::UnsignedTrailer && !agrees), "{form} at {at}");
    }

    /// Whatever comes: an error or the bytes announced, and no panic.
    #[test]
    fn noise(form in forms(), body in vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b';'), Just(b'0'), any::<u8>()], 0..300)) {
        if let Ok(data) = decode(form, 3, &body) {
            prop_assert_eq!(data.len(), 3);
        }
    }
}

/// Every byte of a small body, changed in each of its bits.
#[test]
fn each_bit() {
    for form in [Streaming::Signed, Streaming::SignedTrailer] {
        let body = hello(form);
        for at in 0..body.len() {
            for bit in 0..8 {
                let mut changed = body.clone();
                changed[at] ^= 1 << bit;
                let is_case = changed[at].eq_ignore_ascii_case(&body[at]);
                let is_taken = decode(form, 5, &changed).is_ok();
                assert!(!is_taken || is_case, "{form} at {at}, bit {bit}");
            }
        }
    }
}
