//! Bodies that AWS's SDK for Rust signed, chunk by chunk and with their trailer: they
//! verify here, and our encoder writes the same bytes.

use dropslip_sigv4::{ChunkHeaders, ChunkPlan, Credentials, Dialect, Expected, Signer, Streaming};
use serde_json::Value;

use crate::support::{Sent, at, json, text};

#[test]
fn streams_of_the_sdk() {
    let data = json("streaming-aws-sdk-rust.json");
    let requests = data["requests"].as_array().unwrap();
    assert_eq!(requests.iter().map(|case| check(&data, case)).count(), 3);
}

fn check(data: &Value, case: &Value) {
    let keys = Credentials::new(text(data, "access_key_id"), text(data, "secret_access_key"));
    let headers = case["headers"].as_array().unwrap().iter();
    let sent = headers.fold(Sent::new("PUT", text(case, "target")), |sent, pair| {
        sent.header(pair[0].as_str().unwrap(), pair[1].as_str().unwrap())
    });
    let header = |name: &str| {
        let (_, value) = sent
            .headers
            .iter()
            .find(|(other, _)| other == name)
            .unwrap();
        str::from_utf8(value).unwrap()
    };
    let now = at(header("x-amz-date"));
    let expected = Expected {
        region: "us-east-1",
        service: "s3",
        now,
    };
    let verified = sent.verify(&keys, &Dialect::s3(), &expected).unwrap();

    let bytes: Vec<u8> = (0..70_000_u32).map(|at| (at % 251) as u8).collect();
    let body = body(case, &bytes);
    let name = header("x-amz-trailer");
    let announced = ChunkHeaders {
        decoded_length: Some(header("x-amz-decoded-content-length")),
        trailer: Some(name),
    };
    let mut decoder = verified.chunk_decoder(announced).unwrap().unwrap();
    let (mut input, mut decoded) = (body.as_slice(), Vec::new());
    while let Some(piece) = decoder.decode(&mut input).unwrap() {
        decoded.extend_from_slice(piece);
    }
    let trailers = decoder.finish().unwrap();
    assert!(decoded == bytes);
    let value = trailers.value(name).unwrap();

    let plan = ChunkPlan::new(
        Streaming::SignedTrailer,
        70_000,
        ChunkPlan::CHUNK_SIZE,
        &[(name, value.len())],
    );
    let plan = plan.unwrap();
    assert_eq!(plan.encoded_length().to_string(), header("content-length"));
    let (_, seed) = header("authorization").split_once("Signature=").unwrap();
    let signer = Signer::new(keys, "us-east-1", "s3");
    let mut encoder = signer.chunk_encoder(plan, seed, now);
    let mut out = Vec::new();
    encoder.encode(&bytes, &mut out).unwrap();
    encoder.finish(&[(name, value)], &mut out).unwrap();
    assert!(out == body, "{}", text(case, "name"));
}

/// The body: texts stand as they are, numbers for the next bytes of data.
fn body(case: &Value, mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for frame in case["frames"].as_array().unwrap() {
        if let Some(text) = frame.as_str() {
            body.extend_from_slice(text.as_bytes());
        } else {
            let count = usize::try_from(frame.as_u64().unwrap()).unwrap();
            let (front, rest) = bytes.split_at(count);
            body.extend_from_slice(front);
            bytes = rest;
        }
    }
    body
}
