//! Each limit of bodies in chunks: the last size that is taken, and one past it.

use dropslip_sigv4::limits::{
    CHUNK_BYTES_MIN, CHUNK_LINE_BYTES_MAX, CHUNK_SIZE_DIGITS_MAX, ENCODED_CHUNK_BYTES_MAX,
    TRAILER_BYTES_MAX, TRAILERS_MAX,
};

use super::*;

const FORM: Streaming = Streaming::UnsignedTrailer;

fn refused(body: &[u8], length: u64, trailer: &str) -> Option<ChunkErrorKind> {
    let length = length.to_string();
    let headers = ChunkHeaders {
        decoded_length: Some(&length),
        trailer: Some(trailer).filter(|list| !list.is_empty()),
    };
    let error = decode_with(FORM, headers, [body]).err();
    error.map(|error| error.kind().clone())
}

/// All chunks but the last one with data have a least size.
#[test]
fn small_chunks() {
    let body = |sizes: &[u64]| {
        let mut body = Vec::new();
        for size in sizes {
            body.extend_from_slice(format!("{size:x}\r\n").as_bytes());
            body.resize(body.len() + usize::try_from(*size).unwrap(), b'a');
            body.extend_from_slice(b"\r\n");
        }
        (body, sizes.iter().sum())
    };
    let min = CHUNK_BYTES_MIN;
    let check = |sizes: &[u64], expect: Option<(u64, u64)>| {
        let (body, length) = body(sizes);
        let error = refused(&[&body, b"0\r\n\r\n".as_slice()].concat(), length, "");
        let expect = expect.map(|(chunk, got)| ChunkErrorKind::TooSmall { chunk, min, got });
        assert_eq!(error, expect, "{sizes:?}");
    };
    check(&[1], None);
    check(&[min, 1], None);
    check(&[min, min, min - 1], None);
    check(&[min - 1, 1], Some((1, min - 1)));
    check(&[min, min - 1, min], Some((2, min - 1)));
}

#[test]
fn lines() {
    let digits = |count: usize| format!("{:0>count$}\r\nhello\r\n0\r\n\r\n", 5);
    assert_eq!(
        refused(digits(CHUNK_SIZE_DIGITS_MAX).as_bytes(), 5, ""),
        None
    );
    let error = refused(digits(CHUNK_SIZE_DIGITS_MAX + 1).as_bytes(), 5, "");
    assert!(matches!(error, Some(ChunkErrorKind::Size { chunk: 1, .. })));
    let of_length = |bytes: usize| format!("5;{}\r\n", "a".repeat(bytes - "5;\r\n".len()));
    let error = refused(of_length(CHUNK_LINE_BYTES_MAX).as_bytes(), 5, "");
    assert!(
        matches!(error, Some(ChunkErrorKind::Extension { .. })),
        "{error:?}"
    );
    let max = CHUNK_LINE_BYTES_MAX;
    let too_long = Some(ChunkErrorKind::LineTooLong { chunk: 1, max });
    assert_eq!(refused(of_length(max + 1).as_bytes(), 5, ""), too_long);
    assert_eq!(refused(&vec![b'0'; max + 1], 5, ""), too_long);
    assert!(matches!(
        refused(&vec![b'0'; max], 5, ""),
        Some(ChunkErrorKind::Incomplete { .. })
    ));
}

#[test]
fn trailers_in_number() {
    let names = |count: usize| {
        let names: Vec<String> = (0..count).map(|at| format!("x-{at}")).collect();
        names.join(",")
    };
    let body = |count: usize| {
        let lines: String = (0..count).map(|at| format!("x-{at}:1\r\n")).collect();
        format!("0\r\n{lines}\r\n").into_bytes()
    };
    let max = TRAILERS_MAX;
    assert_eq!(refused(&body(max), 0, &names(max)), None);
    let error = refused(&body(max + 1), 0, &names(max + 1));
    assert!(matches!(error, Some(ChunkErrorKind::TrailerNames { .. })));
    let plan = |count: usize| {
        let names: Vec<String> = (0..count).map(|at| format!("x-{at}")).collect();
        let trailers: Vec<_> = names.iter().map(|name| (name.as_str(), 1)).collect();
        ChunkPlan::new(FORM, 0, 8192, &trailers)
    };
    assert!(plan(max).is_ok());
    let error = plan(max + 1).unwrap_err();
    assert!(matches!(error.kind(), ChunkErrorKind::TrailerNames { .. }));
}

#[test]
fn trailers_in_bytes() {
    let max = TRAILER_BYTES_MAX;
    let body = |bytes: usize| {
        let (a, b) = ("1".repeat(100), "1".repeat(bytes - "a:b:".len() - 100));
        format!("0\r\na:{a}\r\nb:{b}\r\n\r\n").into_bytes()
    };
    assert_eq!(refused(&body(max), 0, "a,b"), None);
    let too_large = Some(ChunkErrorKind::TrailerTooLarge { max });
    assert_eq!(refused(&body(max + 1), 0, "a,b"), too_large);
    let endless = [b"0\r\na:".as_slice(), &vec![b'1'; 10 * max]].concat();
    assert_eq!(refused(&endless, 0, "a"), too_large);
    let line_feeds = [b"0\r\na:".as_slice(), &vec![b'\n'; 10 * max]].concat();
    assert_eq!(refused(&line_feeds, 0, "a"), too_large);

    let plan = |value: usize| ChunkPlan::new(FORM, 0, 8192, &[("a", value)]).err();
    assert_eq!(plan(max - 2), None);
    let error = plan(max - 1).unwrap();
    assert_eq!(error.kind(), &ChunkErrorKind::TrailerTooLarge { max });
}

#[test]
fn chunks_that_are_written() {
    let (min, max) = (CHUNK_BYTES_MIN, ENCODED_CHUNK_BYTES_MAX);
    let refused = |size: u64| {
        let size = usize::try_from(size).unwrap();
        let error = ChunkPlan::new(FORM, 5, size, &[]).err();
        error.map(|error| error.kind().clone())
    };
    assert_eq!(refused(min), None);
    assert_eq!(refused(max), None);
    for got in [0, min - 1, max + 1] {
        assert_eq!(
            refused(got),
            Some(ChunkErrorKind::ChunkSize { min, max, got })
        );
    }
}
