//! What is signed verifies, and any one changed byte is refused.
//!
//! Some changes of bytes are no changes of meaning: `%c3` for `%C3`, `~` for `%7E`.
//! A small decoder of our own here says which, and verification must agree with
//! it in both directions.

use dropslip_sigv4::{
    Credentials, Dialect, Expected, Payload, Signer, Timestamp, encode_path, encode_query,
    is_signed,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::support::Sent;

fn keys() -> Credentials {
    Credentials::new("AKID/with+slash", "secret").with_session_token("a/token+=")
}

fn holds(sent: &Sent, now: Timestamp) -> bool {
    let expected = Expected {
        region: "eu-west-3",
        service: "s3",
        now,
    };
    sent.verify(&keys(), &Dialect::s3(), &expected).is_ok()
}

prop_compose! {
    fn requests()(
        method in "[A-Z]{1,8}",
        key in vec(any::<u8>(), 0..40),
        parameters in vec((vec(any::<u8>(), 1..8), vec(any::<u8>(), 0..12)), 0..5),
        values in vec(vec(prop_oneof![b'!'..=b'~', 128..=255_u8], 1..20), 0..5),
    ) -> Sent {
        let pairs = parameters.iter().map(|(name, value)| format!("{}={}", encode_query(name), encode_query(value)));
        let target = format!("/{}?{}", encode_path(&key), pairs.collect::<Vec<_>>().join("&"));
        let request = Sent::new(&method, &target).header("Host", "bucket.localhost:7601");
        values.iter().enumerate().fold(request, |sent, (at, value)| sent.header(&format!("X-Amz-Meta-{at}"), value))
    }
}

fn times() -> impl Strategy<Value = Timestamp> {
    (0..=4_102_444_800_i64).prop_map(Timestamp::from_unix_s)
}

fn sign(request: &Sent, presigned: bool, now: Timestamp) -> Sent {
    let signer = Signer::new(keys(), "eu-west-3", "s3");
    if presigned {
        request.presigned(&signer, 900, now)
    } else {
        request.signed(&signer, &Payload::of(b"body"), now)
    }
}

/// Replaces one byte of a text by another visible character.
fn change(text: &mut String, at: Index, by: char) -> bool {
    let at = at.index(text.len());
    let changed = !text[at..].starts_with(by);
    text.replace_range(at..=at, by.encode_utf8(&mut [0; 4]));
    changed
}

/// The bytes that a wire text stands for.
pub(crate) fn decoded(wire: &str, plus: u8) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = wire.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = tail
            .get(..2)
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        rest = tail;
        out.push(match (first, digits) {
            (b'%', Some(digits)) => {
                rest = &tail[2..];
                u8::from_str_radix(str::from_utf8(digits).unwrap(), 16).unwrap()
            }
            (b'+', _) => plus,
            (other, _) => *other,
        });
    }
    out
}

/// The parameters that a wire query stands for.
fn parameters(wire: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let parts = wire.split('&').filter(|part| !part.is_empty());
    let pairs = parts.map(|part| part.split_once('=').unwrap_or((part, "")));
    let mut all: Vec<_> = pairs
        .map(|(name, value)| (decoded(name, b' '), decoded(value, b' ')))
        .collect();
    all.sort();
    all
}

fn visible() -> impl Strategy<Value = char> {
    proptest::char::range('!', '~')
}

proptest! {
    #[test]
    fn what_is_signed_verifies(request in requests(), now in times(), presigned in any::<bool>()) {
        let sent = sign(&request, presigned, now);
        prop_assert!(sent.with(is_signed));
        prop_assert!(holds(&sent, now));
        prop_assert!(holds(&sent, now.plus_s(900)));
        prop_assert!(!holds(&sent, now.plus_s(901)));
    }

    #[test]
    fn another_method_is_refused(
        request in requests(), now in times(), presigned in any::<bool>(), at in any::<Index>(), by in visible(),
    ) {
        let mut sent = sign(&request, presigned, now);
        let changed = change(&mut sent.method, at, by);
        prop_assert_eq!(holds(&sent, now), !changed);
    }

    #[test]
    fn another_path_is_refused(
        request in requests(), now in times(), presigned in any::<bool>(), at in any::<Index>(), by in visible(),
    ) {
        let mut sent = sign(&request, presigned, now);
        change(&mut sent.path, at, by);
        prop_assert_eq!(holds(&sent, now), decoded(&sent.path, b'+') == decoded(&request.path, b'+'));
    }

    #[test]
    fn another_query_is_refused(
        request in requests(), now in times(), presigned in any::<bool>(), at in any::<Index>(), by in visible(),
    ) {
        let signed = sign(&request, presigned, now);
        prop_assume!(!signed.query.is_empty());
        let mut sent = signed.clone();
        change(&mut sent.query, at, by);
        prop_assert_eq!(holds(&sent, now), parameters(&sent.query) == parameters(&signed.query));
    }

    #[test]
    fn another_header_is_refused(
        request in requests(), now in times(), presigned in any::<bool>(),
        header in any::<Index>(), at in any::<Index>(), by in prop_oneof![b'!'..=b'~', 128..=255_u8],
    ) {
        let mut sent = sign(&request, presigned, now);
        let header = header.index(sent.headers.len());
        let value = &mut sent.headers[header].1;
        let at = at.index(value.len());
        let changed = value[at] != by;
        value[at] = by;
        prop_assert_eq!(holds(&sent, now), !changed);
    }

    #[test]
    fn another_signature_is_refused(
        request in requests(), now in times(), at in 0..64_usize, by in "[0-9a-f]",
    ) {
        let mut sent = sign(&request, true, now);
        let start = sent.query.find("X-Amz-Signature=").unwrap() + "X-Amz-Signature=".len() + at;
        let changed = sent.query[start..=start] != by;
        sent.query.replace_range(start..=start, &by);
        prop_assert_eq!(holds(&sent, now), !changed);
    }

    /// Nothing from outside can panic.
    #[test]
    fn any_request_is_answered(
        method in ".{0,8}", path in ".{0,40}", now in times(),
        query in vec("(X-Amz-(Algorithm|Credential|Date|Expires|SignedHeaders|Signature)|a)?=?.{0,20}", 0..8),
        headers in vec(("(authorization|host|date|x-amz-date|.{0,4})", vec(any::<u8>(), 0..40)), 0..6),
        authorization in "(AWS4-HMAC-SHA256 )?((Credential|SignedHeaders|Signature)=.{0,20}(, )?){0,4}",
    ) {
        let mut sent = Sent { method, path, query: query.join("&"), headers, body: Vec::new() };
        prop_assert!(!holds(&sent, now));
        sent = sent.header("Authorization", authorization);
        prop_assert!(!holds(&sent, now));
    }
}
