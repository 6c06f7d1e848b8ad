//! Bodies in chunks: read cut anywhere, and written and read again.

use dropslip_sigv4::{
    ChunkDecoder, ChunkErrorKind, ChunkHeaders, ChunkPlan, Credentials, Expected, Payload, Request,
    Signer, Streaming, verify,
};

use crate::forge;
use crate::keys::{self, ACCESS_KEY, REGION, SECRET};

/// How many wrong signatures of one body are put right.
const FORGED_MAX: usize = 8;

/// What a decoder makes of a body: its data, and its trailer or what is wrong.
type Decoded = (Vec<u8>, Result<Vec<(String, String)>, ChunkErrorKind>);

/// Decodes a body. The first line has the form, the length and the trailer's names, and the
/// sizes of the pieces: `signed|signed-trailer|unsigned LENGTH NAMES SIZE SIZE…`.
pub(crate) fn stream(input: &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n');
    let (line, body) = input.split_at(end.unwrap_or(input.len()));
    let mut body = body.strip_prefix(b"\n").unwrap_or(body).to_vec();
    let line = String::from_utf8_lossy(line);
    let mut words = line.split(' ');
    let form = match words.next() {
        Some("signed") => Streaming::Signed,
        Some("signed-trailer") => Streaming::SignedTrailer,
        _ => Streaming::UnsignedTrailer,
    };
    let headers = ChunkHeaders {
        decoded_length: words.next(),
        trailer: words.next().filter(|names| !names.is_empty()),
    };
    let sizes: Vec<usize> = words.filter_map(|word| word.parse().ok()).collect();

    for _ in 0..FORGED_MAX {
        let Some(whole) = decoded(form, headers, &body, &[]) else {
            return;
        };
        let cut = decoded(form, headers, &body, &sizes).expect("the headers are the same");
        let bytes = decoded(form, headers, &body, &[1]).expect("the headers are the same");
        check_alike(&whole, &cut);
        check_alike(&whole, &bytes);
        assert!(whole.0.len() <= body.len());
        if let Ok(trailers) = &whole.1 {
            let length = headers
                .decoded_length
                .and_then(|text| text.trim().parse().ok());
            assert_eq!(
                Some(whole.0.len()),
                length,
                "the length is the one announced"
            );
            let promised = headers.trailer.map_or(0, |names| names.split(',').count());
            assert_eq!(trailers.len(), promised, "what is promised has come");
            if form.is_signed() {
                wrong_signatures(form, headers, &body);
            }
        }
        let (string_to_sign, got) = match whole.1 {
            Err(ChunkErrorKind::Signature {
                string_to_sign,
                got,
                ..
            }) => (string_to_sign, got),
            Err(ChunkErrorKind::TrailerSignature {
                string_to_sign,
                got,
            }) => (string_to_sign, got),
            _ => return,
        };
        let right = forge::v4_of(SECRET, &string_to_sign).expect("the scope is there");
        let place = (got.len() == right.len()).then(|| {
            body.windows(got.len())
                .position(|window| window == got.as_bytes())
        });
        let Some(at) = place.flatten() else {
            return;
        };
        body[at..at + right.len()].copy_from_slice(right.as_bytes());
    }
}

/// A body that is right is refused once a digit of any of its signatures is another.
fn wrong_signatures(form: Streaming, headers: ChunkHeaders<'_>, body: &[u8]) {
    for mark in [&b";chunk-signature="[..], b"x-amz-trailer-signature:"] {
        // The last of them: data may hold the mark as well, what is behind it does not.
        let last = body.windows(mark.len()).rposition(|window| window == mark);
        let Some(at) = last else {
            continue;
        };
        let mut wrong = body.to_vec();
        let digit = &mut wrong[at + mark.len() + 8];
        *digit = if *digit == b'0' { b'1' } else { b'0' };
        let end = decoded(form, headers, &wrong, &[]).map(|(_, end)| end);
        assert!(matches!(end, Some(Err(_))), "a wrong signature passes");
    }
}

/// How a body is cut changes neither its data nor what is wrong with it. The last piece of
/// a chunk is lent out with its proof only, and how long that piece is the cut decides: so
/// before an error data is compared as far as both have it.
fn check_alike((data, end): &Decoded, (other_data, other_end): &Decoded) {
    match (end, other_end) {
        (Ok(trailers), Ok(others)) => {
            assert_eq!(data, other_data);
            assert_eq!(trailers, others);
        }
        (Err(error), Err(other)) => {
            let kinds = [error, other].map(std::mem::discriminant);
            assert_eq!(kinds[0], kinds[1], "{error:?} and {other:?}");
            let shorter = data.len().min(other_data.len());
            assert_eq!(data[..shorter], other_data[..shorter]);
        }
        _ => panic!("the cuts decide: {end:?} and {other_end:?}"),
    }
}

fn keys() -> Credentials {
    Credentials::new(ACCESS_KEY, SECRET)
}

/// The decoder of a request that was signed and verified.
fn decoder(form: Streaming, headers: ChunkHeaders<'_>) -> (Option<ChunkDecoder>, String, Signer) {
    let signer = Signer::new(keys(), REGION, "s3");
    let request = Request {
        method: "PUT",
        path: "/uploads/a",
        query: "",
        headers: &[("host", b"storage.test")],
    };
    let signed = signer.sign(&request, &Payload::Streaming(form), keys::now());
    let signed = signed.expect("the request is right");
    let mut all: Vec<(&str, &[u8])> = request.headers.to_vec();
    all.extend(
        signed
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_bytes())),
    );
    let request = Request {
        headers: &all,
        ..request
    };
    let expected = Expected {
        region: REGION,
        service: "s3",
        now: keys::now(),
    };
    let verified = verify(&request, &expected, |_: &str| Some(keys()));
    let decoder = verified
        .expect("the request is right")
        .chunk_decoder(headers);
    let decoder = decoder
        .ok()
        .map(|decoder| decoder.expect("the body comes in chunks"));
    (decoder, signed.signature, signer)
}

/// Decodes a body in pieces of these sizes, over and over; in one piece without any.
fn decoded(
    form: Streaming,
    headers: ChunkHeaders<'_>,
    body: &[u8],
    sizes: &[usize],
) -> Option<Decoded> {
    let mut decoder = decoder(form, headers).0?;
    let mut data = Vec::new();
    let mut rest = body;
    let mut sizes = sizes.iter().cycle();
    while !rest.is_empty() {
        let size = sizes
            .next()
            .map_or(rest.len(), |size| (*size).clamp(1, rest.len()));
        let (mut piece, behind) = rest.split_at(size);
        rest = behind;
        loop {
            match decoder.decode(&mut piece) {
                Ok(Some(bytes)) => data.extend_from_slice(bytes),
                Ok(None) => break,
                Err(error) => {
                    let again = decoder.decode(&mut &b"0\r\n"[..]);
                    assert_eq!(again, Err(error.clone()), "an error is final");
                    return Some((data, Err(error.kind().clone())));
                }
            }
        }
        assert!(piece.is_empty(), "`None` means that the input is used up");
    }
    let end = decoder.finish().map_err(|error| error.kind().clone());
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Some((data, end.map(|trailers| trailers.iter().map(own).collect())))
}

/// Writes data in chunks and reads it again, then with one byte changed. The first bytes
/// choose: form, chunk size, length of the data, cut, place and kind of the change.
pub(crate) fn round_trip(input: &[u8]) {
    let Some((choice, data)) = input.split_at_checked(10) else {
        return;
    };
    let number = |at: usize| usize::from(choice[at]) << 8 | usize::from(choice[at + 1]);
    let form = Streaming::ALL[usize::from(choice[0]) % 3];
    let chunk_size = 8 * 1024 + number(1) % 1024;
    let length = number(3) % (20 * 1024);
    let cut = [number(5) % 9000 + 1, 1 + usize::from(choice[0])];
    let data: Vec<u8> = match data {
        [] => vec![choice[0]; length],
        data => data.iter().copied().cycle().take(length).collect(),
    };
    let value = forge::sha256_hex(&data);
    let trailers: &[(&str, &str)] = match form {
        Streaming::Signed => &[],
        _ => &[("x-amz-checksum-sha256", &value), ("X-Amz-Meta-A", "")],
    };
    let planned: Vec<(&str, usize)> = trailers
        .iter()
        .map(|(name, value)| (*name, value.len()))
        .collect();
    let plan =
        ChunkPlan::new(form, length as u64, chunk_size, &planned).expect("the plan is right");
    let announced = plan.encoded_length();
    let headers = plan.headers();
    let header = |name: &str| {
        let mut headers = headers.iter();
        headers
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_str())
    };
    let headers = ChunkHeaders {
        decoded_length: header("x-amz-decoded-content-length"),
        trailer: header("x-amz-trailer"),
    };
    let (decoder, signature, signer) = decoder(form, headers);
    assert!(
        decoder.is_some(),
        "the decoder takes what the plan announces"
    );

    let mut encoder = signer.chunk_encoder(plan, &signature, keys::now());
    let mut body = Vec::new();
    for piece in data.chunks(cut[0]) {
        encoder
            .encode(piece, &mut body)
            .expect("the data is as planned");
    }
    encoder
        .finish(trailers, &mut body)
        .expect("the trailers are as planned");
    assert_eq!(body.len() as u64, announced);

    let (got, end) = decoded(form, headers, &body, &cut).expect("the headers are right");
    assert_eq!(got, data);
    let end = end.expect("the body is whole");
    assert_eq!(end.len(), trailers.len());

    let at = (usize::from(choice[7]) << 8 | usize::from(choice[8])) % body.len();
    let change = choice[9];
    body[at] ^= change;
    let (got, changed_end) = decoded(form, headers, &body, &cut).expect("the headers are right");
    if change != 0 && form.is_signed() && changed_end.is_ok() {
        assert_eq!(got, data, "changed data passes at {at}");
        assert_eq!(
            changed_end.as_ref(),
            Ok(&end),
            "a changed trailer passes at {at}"
        );
    }
}
