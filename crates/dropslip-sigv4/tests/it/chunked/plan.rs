//! What the encoder promises before the first byte, and holds its caller to.

use super::*;

const FORM: Streaming = Streaming::SignedTrailer;

fn encoder() -> ChunkEncoder {
    signer().chunk_encoder(plan(FORM, 5, 8192), &seed(FORM).1, now())
}

#[track_caller]
fn refused(data: &[u8], trailers: &[(&str, &str)], message: &str) {
    let (mut encoder, mut out) = (encoder(), Vec::new());
    encoder.encode(data, &mut out).unwrap();
    let error = encoder.finish(trailers, &mut out).unwrap_err();
    assert_eq!(error.to_string(), message);
    assert_eq!(out, b"");
}

#[test]
fn what_was_not_planned_is_refused() {
    let message = "the chunks hold 6 bytes, `x-amz-decoded-content-length` is 5";
    let error = encoder().encode(b"hello!", &mut Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), message);
    let message = "the chunks hold 4 bytes, `x-amz-decoded-content-length` is 5";
    refused(b"hell", &[(CRC, CRC_VALUE)], message);
    let missing = format!("`x-amz-trailer` names `{CRC}`, which is not in the trailer");
    refused(b"hello", &[], &missing);
    let twice = format!("`{CRC}` is in the trailer twice");
    refused(b"hello", &[(CRC, CRC_VALUE), (CRC, CRC_VALUE)], &twice);
    let other = "`a` is in the trailer and `x-amz-trailer` does not name it";
    refused(b"hello", &[(CRC, CRC_VALUE), ("a", "b")], other);
    let length = format!("the value of `{CRC}` must have 8 bytes as planned, got 7");
    refused(b"hello", &[(CRC, "NhCmhg=")], &length);
    for value in ["NhCmhg\r\n", " NhCmhg=", "NhCmhg=\t", "NhCm\u{e9}=="] {
        let shown = format!("{CRC}:{value}").into_bytes();
        let message = format!(
            "a line of the trailer must be `name:value`, got `{}`",
            shown.escape_ascii()
        );
        refused(b"hello", &[(CRC, value)], &message);
    }
}

#[test]
fn plans() {
    let kind = |form, length, trailers: &[(&str, usize)]| {
        let error = ChunkPlan::new(form, length, 8192, trailers).unwrap_err();
        error.kind().clone()
    };
    let names = |got: &str| ChunkErrorKind::TrailerNames {
        got: got.to_owned(),
    };
    assert_eq!(kind(Streaming::Signed, 5, &[("a", 1)]), names("a"));
    assert_eq!(kind(FORM, 5, &[("a", 1), ("A", 2)]), names("a,A"));
    assert_eq!(kind(FORM, 5, &[("a b", 1)]), names("a b"));
    let signature = "x-amz-trailer-signature";
    assert_eq!(kind(FORM, 5, &[(signature, 64)]), names(signature));
    assert_eq!(kind(FORM, u64::MAX, &[]), ChunkErrorKind::Overflow);
}

#[test]
fn headers() {
    let plan = ChunkPlan::new(FORM, 5, 8192, &[("X-B", 1), ("x-a", 0)]).unwrap();
    let headers = plan.headers();
    let length = plan.encoded_length().to_string();
    let expect = [
        ("content-encoding", "aws-chunked"),
        ("content-length", length.as_str()),
        ("x-amz-decoded-content-length", "5"),
        ("x-amz-trailer", "x-a,x-b"),
    ];
    assert!(
        headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .eq(expect)
    );
    let mut out = Vec::new();
    let mut encoder = signer().chunk_encoder(plan, &seed(FORM).1, now());
    encoder.encode(b"hello", &mut out).unwrap();
    encoder
        .finish(&[("x-b", "1"), ("X-A", "")], &mut out)
        .unwrap();
    assert_eq!(out.len().to_string(), length);
    let given = ChunkHeaders {
        decoded_length: Some("5"),
        trailer: Some("x-b,x-a"),
    };
    let (_, trailers) = decode_with(FORM, given, [out.as_slice()]).unwrap();
    let [a, b] =
        [("x-a", ""), ("x-b", "1")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(trailers, [a, b]);

    // The signature is over the sorted lines, in whatever order they come.
    let lines = "x-a:\r\nx-b:1\r\n";
    let swapped = text(&out).replace(lines, "x-b:1\r\nx-a:\r\n");
    assert_ne!(swapped.as_bytes(), out);
    assert!(decode_with(FORM, given, [swapped.as_bytes()]).is_ok());
}
