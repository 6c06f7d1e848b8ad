//! Bodies in chunks: written, cut anywhere, read again, and broken in every way.

use dropslip_sigv4::{
    ChunkEncoder, ChunkError, ChunkErrorKind, ChunkHeaders, ChunkPlan, Credentials, Dialect,
    Expected, Payload, Signer, Streaming, Timestamp, Verified,
};

use crate::support::{Sent, at};

mod aws_sdk;
mod broken;
mod examples;
mod limits;
mod plan;
mod properties;

const CRC: &str = "x-amz-checksum-crc32";
const CRC_VALUE: &str = "NhCmhg==";

fn keys() -> Credentials {
    Credentials::new("AKID", "secret")
}

fn signer() -> Signer {
    Signer::new(keys(), "us-east-1", "s3")
}

fn now() -> Timestamp {
    at("20130524T000000Z")
}

/// A request whose body comes in chunks, signed and verified, with its signature.
fn seed(form: Streaming) -> (Verified, String) {
    let request = Sent::new("PUT", "/b/k").header("host", "h");
    let signed = request
        .with(|request| signer().sign(request, &Payload::Streaming(form), now()))
        .unwrap();
    let sent = signed
        .headers
        .iter()
        .fold(request, |sent, (name, value)| sent.header(name, value));
    let expected = Expected {
        region: "us-east-1",
        service: "s3",
        now: now(),
    };
    let verified = sent.verify(&keys(), &Dialect::s3(), &expected).unwrap();
    (verified, signed.signature)
}

fn trailers(form: Streaming) -> &'static [(&'static str, &'static str)] {
    if form.has_trailer() {
        &[(CRC, CRC_VALUE)]
    } else {
        &[]
    }
}

fn plan(form: Streaming, length: usize, chunk_size: usize) -> ChunkPlan {
    let trailers: Vec<_> = trailers(form)
        .iter()
        .map(|(name, value)| (*name, value.len()))
        .collect();
    ChunkPlan::new(form, length as u64, chunk_size, &trailers).unwrap()
}

/// A body in chunks of 8 KiB.
fn encoded(form: Streaming, data: &[u8]) -> Vec<u8> {
    let (_, signature) = seed(form);
    let mut encoder = signer().chunk_encoder(plan(form, data.len(), 8192), &signature, now());
    let mut out = Vec::new();
    encoder.encode(data, &mut out).unwrap();
    encoder.finish(trailers(form), &mut out).unwrap();
    out
}

/// Data and trailers.
type Decoded = (Vec<u8>, Vec<(String, String)>);

/// Decodes pieces of a body as one, with the headers as they are given.
fn decode_with<'a>(
    form: Streaming,
    headers: ChunkHeaders<'_>,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Decoded, ChunkError> {
    let (verified, _) = seed(form);
    let mut decoder = verified.chunk_decoder(headers)?.unwrap();
    let mut data = Vec::new();
    for mut piece in pieces {
        while let Some(bytes) = decoder.decode(&mut piece)? {
            data.extend_from_slice(bytes);
        }
        assert!(piece.is_empty(), "all of the input is used");
    }
    let trailers = decoder.finish()?;
    let trailers = trailers
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok((data, trailers.collect()))
}

/// Decodes a body that announces `length` bytes and the usual trailer.
fn decode(form: Streaming, length: usize, body: &[u8]) -> Result<Vec<u8>, ChunkError> {
    let length = length.to_string();
    let headers = ChunkHeaders {
        decoded_length: Some(&length),
        trailer: form.has_trailer().then_some(CRC),
    };
    decode_with(form, headers, [body]).map(|(data, _)| data)
}

fn hello(form: Streaming) -> Vec<u8> {
    encoded(form, b"hello")
}

fn text(body: &[u8]) -> String {
    String::from_utf8(body.to_vec()).unwrap()
}
