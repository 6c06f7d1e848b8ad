//! One case for each way in which a body in chunks can be wrong.

use super::*;

const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Replaces a text in the encoded `hello`, which has to be there.
#[track_caller]
fn edited(form: Streaming, from: &str, to: &str) -> Vec<u8> {
    let body = text(&hello(form));
    assert!(body.contains(from), "{from:?} is not in {body:?}");
    body.replacen(from, to, 1).into_bytes()
}

#[track_caller]
fn check_body(form: Streaming, body: &[u8], message: &str) -> ChunkError {
    let error = decode(form, 5, body).unwrap_err();
    assert_eq!(error.to_string(), message, "{}", body.escape_ascii());
    error
}

#[track_caller]
fn check(form: Streaming, from: &str, to: &str, message: &str) {
    check_body(form, &edited(form, from, to), message);
}

use Streaming::{Signed, SignedTrailer, UnsignedTrailer};

#[test]
fn what_is_right_is_taken() {
    for form in Streaming::ALL {
        assert_eq!(decode(form, 5, &hello(form)).unwrap(), b"hello", "{form}");
        assert_eq!(decode(form, 0, &encoded(form, b"")).unwrap(), b"", "{form}");
    }
    let capitals = b"00A\r\n0123456789\r\n0\r\nX-Amz-Checksum-CRC32: \t NhCmhg== \r\n\r\n";
    assert_eq!(
        decode(UnsignedTrailer, 10, capitals).unwrap(),
        b"0123456789"
    );
    let headers = ChunkHeaders {
        decoded_length: Some("5"),
        trailer: None,
    };
    let none = b"5\r\nhello\r\n0\r\n\r\n".as_slice();
    assert!(decode_with(UnsignedTrailer, headers, [none]).is_ok());
}

/// minio-go ends the value of a trailer with an LF of its own.
#[test]
fn minio_go_is_taken() {
    for form in [SignedTrailer, UnsignedTrailer] {
        let body = edited(form, "NhCmhg==\r\n", "NhCmhg==\n\r\n");
        assert_eq!(decode(form, 5, &body).unwrap(), b"hello", "{form}");
    }
}

#[test]
fn sizes() {
    let must_be = |chunk, got| {
        format!("the size of chunk {chunk} must be 1 to 16 hexadecimal digits, got `{got}`")
    };
    for form in Streaming::ALL {
        let first = if form.is_signed() { "5;" } else { "5\r\n" };
        let end = &first[1..];
        for wrong in [
            "+5",
            "-5",
            "0x5",
            " 5",
            "5 ",
            "",
            "g",
            "5\u{e9}",
            "00000000000000005",
        ] {
            let body = edited(form, first, &format!("{wrong}{end}"));
            let shown = wrong.as_bytes().escape_ascii().to_string();
            check_body(form, &body, &must_be(1, shown));
        }
        let huge =
            "the chunks hold 18446744073709551615 bytes, `x-amz-decoded-content-length` is 5";
        check(form, first, &format!("ffffffffffffffff{end}"), huge);
    }
    check(
        UnsignedTrailer,
        "\r\n0\r\n",
        "\r\nJ\r\n",
        &must_be(2, "J".to_owned()),
    );
}

#[test]
fn extensions() {
    for form in [Signed, SignedTrailer] {
        let body = text(&hello(form));
        let signature = &body["5;chunk-signature=".len()..][..64];
        let extension = format!(";chunk-signature={signature}");
        check(form, &extension, "", "chunk 1 has no `chunk-signature`");
        let must_be = "the size of chunk 1 may be followed by `chunk-signature=` and 64 lower-case \
                       hexadecimal digits in a signed body, got";
        for wrong in [
            String::new(),
            "chunk-signature".to_owned(),
            format!("chunk-signature={}", &signature[1..]),
            format!("chunk-signature={signature}0"),
            format!("chunk-signature={}", signature.to_uppercase()),
            format!("Chunk-Signature={signature}"),
            format!("signature={signature}"),
            format!("chunk-signature={signature};a=b"),
            format!(" chunk-signature={signature}"),
        ] {
            let message = format!("{must_be} `{wrong}`");
            check(form, &extension, &format!(";{wrong}"), &message);
        }
    }
    let must_be = "the size of chunk 1 may be followed by `chunk-signature=` and 64 lower-case \
                   hexadecimal digits in a signed body, got";
    let unsigned = format!("5;chunk-signature={ZEROS}\r\n");
    let message = format!("{must_be} `chunk-signature={ZEROS}`");
    check(UnsignedTrailer, "5\r\n", &unsigned, &message);
    check(UnsignedTrailer, "5\r\n", "5;\r\n", &format!("{must_be} ``"));
}

#[test]
fn line_ends() {
    for form in Streaming::ALL {
        let behind = |chunk, what| format!("CR and LF do not follow {what} in chunk {chunk}");
        check(form, "hello\r\n", "hello", &behind(1, "the chunk's data"));
        check(form, "hello\r\n", "hello\n", &behind(1, "the chunk's data"));
        check(
            form,
            "hello\r\n",
            "hello\rx",
            &behind(1, "the chunk's data"),
        );
        check(
            form,
            "hello\r\n",
            "hello!\r\n",
            &behind(1, "the chunk's data"),
        );
        check(form, "\r\nhello", "\nhello", &behind(1, "the chunk's size"));
    }
    let mut body = hello(Signed);
    body.truncate(body.len() - 2);
    let message = "CR and LF do not follow the chunk's data in chunk 2";
    check_body(Signed, &[&body, b"xx".as_slice()].concat(), message);
}

#[test]
fn signatures() {
    for form in [Signed, SignedTrailer] {
        let body = text(&hello(form));
        let mut from = 0;
        for chunk in 1..=2 {
            let at =
                from + body[from..].find("chunk-signature=").unwrap() + "chunk-signature=".len();
            let wrong = [&body[..at], ZEROS, &body[at + 64..]].concat();
            let message = format!("the signature of chunk {chunk} does not match");
            check_body(form, wrong.as_bytes(), &message);
            from = at;
        }
        check(
            form,
            "hello",
            "hellO",
            "the signature of chunk 1 does not match",
        );
        let (_, other) = seed(if form == Signed {
            SignedTrailer
        } else {
            Signed
        });
        let plan = plan(form, 5, 8192);
        let mut encoder = signer().chunk_encoder(plan, &other, now());
        let mut body = Vec::new();
        encoder.encode(b"hello", &mut body).unwrap();
        encoder.finish(trailers(form), &mut body).unwrap();
        check_body(form, &body, "the signature of chunk 1 does not match");
    }
}

/// A chunk cannot take another's place, and none can be left out.
#[test]
fn chunks_in_another_order() {
    let data = [[1_u8; 8192], [2; 8192], [3; 8192]].concat();
    let body = encoded(Signed, &data);
    let chunk = "2000;chunk-signature=\r\n\r\n".len() + 64 + 8192;
    let (first, second, rest) = (&body[..chunk], &body[chunk..2 * chunk], &body[2 * chunk..]);
    assert!(decode(Signed, data.len(), &[first, second, rest].concat()).is_ok());
    let refused = |parts: &[&[u8]], chunk: u64| {
        let error = decode(Signed, data.len(), &parts.concat()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("the signature of chunk {chunk} does not match")
        );
    };
    refused(&[second, first, rest], 1);
    refused(&[first, rest], 2);
    refused(&[first, first, rest], 2);
}

#[test]
fn lengths() {
    for form in Streaming::ALL {
        let wrong = |length: usize, message: &str| {
            let error = decode(form, length, &hello(form)).unwrap_err();
            assert_eq!(error.to_string(), message);
        };
        wrong(
            4,
            "the chunks hold 5 bytes, `x-amz-decoded-content-length` is 4",
        );
        wrong(
            6,
            "the chunks hold 5 bytes, `x-amz-decoded-content-length` is 6",
        );
        wrong(
            0,
            "the chunks hold 5 bytes, `x-amz-decoded-content-length` is 0",
        );
    }
    let header = |decoded_length| {
        let headers = ChunkHeaders {
            decoded_length,
            trailer: None,
        };
        decode_with(UnsignedTrailer, headers, [b"".as_slice()])
            .unwrap_err()
            .to_string()
    };
    let missing = "`x-amz-decoded-content-length` is missing, a body in chunks needs it";
    assert_eq!(header(None), missing);
    for wrong in [
        "",
        "-1",
        "+5",
        "5x",
        "0x5",
        "5.0",
        "5 5",
        "18446744073709551616",
        "5,5",
        "\u{665}",
    ] {
        let shown = wrong.as_bytes().escape_ascii();
        let message =
            format!("`x-amz-decoded-content-length` must be a number of bytes, got `{shown}`");
        assert_eq!(header(Some(wrong)), message);
    }
    assert!(header(Some(" 18446744073709551615 ")).starts_with("the body ends after 0 bytes"));
}

#[test]
fn promises() {
    let header = |form, list: &str| {
        let headers = ChunkHeaders {
            decoded_length: Some("5"),
            trailer: Some(list),
        };
        let body = hello(form);
        decode_with(form, headers, [body.as_slice()])
            .unwrap_err()
            .to_string()
    };
    let must_be = "`x-amz-trailer` must name different headers of a body with a trailer, got";
    for wrong in [
        "",
        ",",
        "a,",
        "a,A",
        "a b",
        "a:b",
        "x-amz-trailer-signature",
        "a\r\nb",
    ] {
        let shown = wrong.as_bytes().escape_ascii();
        assert_eq!(
            header(UnsignedTrailer, wrong),
            format!("{must_be} `{shown}`")
        );
    }
    assert_eq!(header(Signed, CRC), format!("{must_be} `{CRC}`"));
    let unexpected = format!("`{CRC}` is in the trailer and `x-amz-trailer` does not name it");
    assert_eq!(header(UnsignedTrailer, "x-amz-checksum-sha1"), unexpected);
    let missing = "`x-amz-trailer` names `a`, which is not in the trailer";
    assert_eq!(header(UnsignedTrailer, &format!("{CRC} ,\ta")), missing);
    assert_eq!(
        header(SignedTrailer, &format!("a,{}", CRC.to_uppercase())),
        missing
    );
}

#[test]
fn trailers_that_are_wrong() {
    let line = format!("{CRC}:{CRC_VALUE}\r\n");
    let missing = format!("`x-amz-trailer` names `{CRC}`, which is not in the trailer");
    check(UnsignedTrailer, &line, "", &missing);
    let other = "`x-amz-meta-a` is in the trailer and `x-amz-trailer` does not name it";
    let added = format!("{line}x-amz-meta-a:b\r\n");
    let twice = format!("`{CRC}` is in the trailer twice");
    for form in [SignedTrailer, UnsignedTrailer] {
        check(form, &line, &added, other);
        check(form, &line, &line.repeat(2), &twice);
        for wrong in [
            "a", ":a", " a:b", "a :b", "a:b\rc", "a:b\n\n", "a\n:b", "a:\u{e9}", "a:\0",
        ] {
            let shown = wrong.as_bytes().escape_ascii();
            let message = format!("a line of the trailer must be `name:value`, got `{shown}`");
            check(form, &line, &format!("{wrong}\r\n{line}"), &message);
        }
    }
    let signature =
        "`x-amz-trailer-signature` is in the trailer and `x-amz-trailer` does not name it";
    let signed = format!("{line}x-amz-trailer-signature:{ZEROS}\r\n");
    check(UnsignedTrailer, &line, &signed, signature);
}

#[test]
fn trailer_signatures() {
    let form = SignedTrailer;
    let body = text(&hello(form));
    let at = body.find("x-amz-trailer-signature:").unwrap();
    let line = &body[at..body.len() - 2];
    let different = "the signature of the trailer does not match";
    check(form, &line[24..88], ZEROS, different);
    check(form, &line[24..88], &line[24..87], different);
    check(form, &line[24..88], &line[24..88].to_uppercase(), different);
    check(form, CRC_VALUE, "NhCmhh==", different);
    // The signature covers what stands before it, and it is the last line.
    check(form, &format!("{CRC}:{CRC_VALUE}\r\n"), "", different);
    let swapped = body.replace(
        &format!("{CRC}:{CRC_VALUE}\r\n{line}"),
        &format!("{line}{CRC}:{CRC_VALUE}\r\n"),
    );
    assert_ne!(swapped, body);
    check_body(form, swapped.as_bytes(), different);
    let shown = "a line of the trailer must be `name:value`, got `a:b`";
    check(form, line, &format!("{line}a:b\r\n"), shown);
    let repeated = decode(form, 5, &edited(form, line, &line.repeat(2))).unwrap_err();
    assert!(matches!(
        repeated.kind(),
        ChunkErrorKind::TrailerMalformed { .. }
    ));
    let missing = "`x-amz-trailer-signature` is missing, the trailer has to be signed";
    check(form, line, "", missing);
}

#[test]
fn what_follows_the_end() {
    for form in Streaming::ALL {
        let body = hello(form);
        check_body(
            form,
            &[&body, b"\r\n".as_slice()].concat(),
            "2 bytes follow the end of the body",
        );
        check_body(
            form,
            &body.repeat(2),
            &format!("{} bytes follow the end of the body", body.len()),
        );
    }
}

/// Cut at each byte, the body is incomplete, and never more than it was.
#[test]
fn truncation() {
    for form in Streaming::ALL {
        let body = hello(form);
        for end in 0..body.len() {
            let error = decode(form, 5, &body[..end]).unwrap_err();
            let is_incomplete = matches!(error.kind(), ChunkErrorKind::Incomplete { .. });
            assert!(is_incomplete, "{form} at {end}: {error}");
        }
    }
    let message = "the body ends after 3 bytes of data where a chunk's data should follow";
    check_body(UnsignedTrailer, b"5\r\nhel", message);
}

/// An error stays, whatever comes after it; nothing is handed out any more.
#[test]
fn an_error_is_final() {
    let (verified, _) = seed(UnsignedTrailer);
    let headers = ChunkHeaders {
        decoded_length: Some("5"),
        trailer: None,
    };
    let mut decoder = verified.chunk_decoder(headers).unwrap().unwrap();
    let error = decoder.decode(&mut b"x\r\n".as_slice()).unwrap_err();
    let right = b"5\r\nhello\r\n0\r\n\r\n";
    assert_eq!(decoder.decode(&mut right.as_slice()), Err(error.clone()));
    assert_eq!(decoder.finish(), Err(error));
}

/// The last piece of a chunk comes only if its signature is right.
#[test]
fn a_chunk_in_one_piece_is_withheld_if_its_signature_is_wrong() {
    let body = edited(Signed, "hello", "hullo");
    let (verified, _) = seed(Signed);
    let headers = ChunkHeaders {
        decoded_length: Some("5"),
        trailer: None,
    };
    let mut decoder = verified.chunk_decoder(headers).unwrap().unwrap();
    assert!(decoder.decode(&mut body.as_slice()).is_err());
}

#[test]
fn other_bodies_have_no_decoder() {
    let request = Sent::new("PUT", "/b/k").header("host", "h");
    let sent = request.signed(&signer(), &Payload::Unsigned, now());
    let expected = Expected {
        region: "us-east-1",
        service: "s3",
        now: now(),
    };
    let verified = sent.verify(&keys(), &Dialect::s3(), &expected).unwrap();
    assert!(
        verified
            .chunk_decoder(ChunkHeaders::default())
            .unwrap()
            .is_none()
    );
}

/// Neither the signing key nor a right signature shows.
#[test]
fn debug_shows_no_secret() {
    let (verified, signature) = seed(Signed);
    let headers = ChunkHeaders {
        decoded_length: Some("5"),
        trailer: None,
    };
    let decoder = verified.chunk_decoder(headers).unwrap().unwrap();
    let encoder: ChunkEncoder = signer().chunk_encoder(plan(Signed, 5, 8192), &signature, now());
    let shown = format!("{verified:?} {decoder:?} {encoder:?}");
    assert!(
        !shown.contains("secret") && !shown.contains(&signature),
        "{shown}"
    );
    assert!(!shown.contains("SigningKey"), "{shown}");
}
