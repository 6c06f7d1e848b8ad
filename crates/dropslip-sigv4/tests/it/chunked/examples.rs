//! The worked examples of the S3 API reference, stage by stage.

use dropslip_sigv4::{
    ChunkErrorKind, ChunkHeaders, ChunkPlan, ClaimedPayload, Credentials, Dialect, Expected,
    Payload, Signer, Streaming,
};

use crate::support::{Sent, at, json, text};

#[test]
fn streaming_examples() {
    let data = json("s3-doc-examples.json");
    let examples = data["vectors"].as_array().unwrap().iter();
    let examples = examples.filter(|example| example["kind"] == "streaming");
    assert_eq!(examples.map(|example| check(&data, example)).count(), 2);
}

fn check(data: &serde_json::Value, example: &serde_json::Value) {
    let keys = Credentials::new(text(data, "access_key_id"), text(data, "secret_access_key"));
    let signer = Signer::new(keys.clone(), "us-east-1", "s3");
    let now = at(text(example, "timestamp"));
    let header = |name: &str| {
        let headers = example["headers"].as_array().unwrap().iter();
        let mut values =
            headers.filter(|pair| pair[0].as_str().unwrap().eq_ignore_ascii_case(name));
        values.next().map(|pair| pair[1].as_str().unwrap())
    };
    let literal = header("x-amz-content-sha256").unwrap();
    let form = Streaming::ALL
        .into_iter()
        .find(|form| form.as_str() == literal)
        .unwrap();

    // The seed: the signature of the request.
    let mut request = Sent::new("PUT", text(example, "path_in_request"));
    for pair in example["headers"].as_array().unwrap() {
        let (name, value) = (pair[0].as_str().unwrap(), pair[1].as_str().unwrap());
        if !["x-amz-date", "x-amz-content-sha256"].contains(&name) {
            request = request.header(name, value);
        }
    }
    let payload = Payload::Streaming(form);
    let signed = request
        .with(|request| signer.sign(request, &payload, now))
        .unwrap();
    assert_eq!(signed.string_to_sign, text(example, "string_to_sign"));
    assert_eq!(signed.signature, text(example, "seed_signature"));

    let body = check_body(example, &signer, form, &signed.signature);

    // And back, as it arrives.
    let sent = request.signed(&signer, &payload, now);
    let expected = Expected {
        region: "us-east-1",
        service: "s3",
        now,
    };
    let verified = sent.verify(&keys, &Dialect::s3(), &expected).unwrap();
    assert_eq!(*verified.payload(), ClaimedPayload::Streaming(form));
    let headers = ChunkHeaders {
        decoded_length: header("x-amz-decoded-content-length"),
        trailer: header("x-amz-trailer"),
    };
    let mut decoder = verified.chunk_decoder(headers).unwrap().unwrap();
    assert_eq!(decoder.decoded_length(), 66_560);
    let (mut input, mut size) = (body.as_slice(), 0);
    while let Some(data) = decoder.decode(&mut input).unwrap() {
        assert!(data.iter().all(|byte| *byte == b'a'));
        size += data.len();
    }
    assert_eq!(size, 66_560);
    let trailers = decoder.finish().unwrap();
    assert_eq!(trailers.iter().next(), trailer(example));

    check_strings_to_sign(example, &verified, headers, &body);
}

fn trailer(example: &serde_json::Value) -> Option<(&str, &str)> {
    let line = example["trailer"]["canonical"].as_str();
    line.map(|line| line.trim_end().split_once(':').unwrap())
}

/// The body as the example has it: each signature stands where it must.
fn check_body(
    example: &serde_json::Value,
    signer: &Signer,
    form: Streaming,
    seed: &str,
) -> Vec<u8> {
    let trailer = trailer(example);
    let lengths: Vec<_> = trailer
        .iter()
        .map(|(name, value)| (*name, value.len()))
        .collect();
    let chunk_size = usize::try_from(example["chunk_size"].as_u64().unwrap()).unwrap();
    let plan = ChunkPlan::new(form, 66_560, chunk_size, &lengths).unwrap();
    let length = plan.encoded_length();
    let mut encoder = signer.chunk_encoder(plan, seed, at(text(example, "timestamp")));
    let mut body = Vec::new();
    encoder.encode(&[b'a'; 66_560], &mut body).unwrap();
    encoder.finish(trailer.as_slice(), &mut body).unwrap();
    assert_eq!(body.len() as u64, length);
    assert_eq!(length, if form.has_trailer() { 66_946 } else { 66_824 });
    let lines: Vec<String> = body
        .split(|byte| *byte == b'\n')
        .map(|line| String::from_utf8_lossy(line).trim_end().to_owned())
        .collect();
    for chunk in example["chunks"].as_array().unwrap() {
        let size = chunk["size"].as_u64().unwrap();
        let line = format!("{size:x};chunk-signature={}", text(chunk, "signature"));
        assert!(lines.contains(&line), "{line}");
    }
    if let Some(signature) = example["trailer"]["signature"].as_str() {
        assert!(lines.contains(&format!("x-amz-trailer-signature:{signature}")));
    }
    body
}

/// A refusal shows what had to be signed: the strings of the example.
fn check_strings_to_sign(
    example: &serde_json::Value,
    verified: &dropslip_sigv4::Verified,
    headers: ChunkHeaders<'_>,
    body: &[u8],
) {
    let refused = |name: &str, signature: &str| {
        let whole = String::from_utf8(body.to_vec()).unwrap();
        let (right, wrong) = (
            format!("{name}{signature}"),
            format!("{name}{}", "0".repeat(64)),
        );
        assert!(whole.contains(&right));
        let whole = whole.replace(&right, &wrong);
        let mut input = whole.as_bytes();
        let mut decoder = verified.chunk_decoder(headers).unwrap().unwrap();
        let error = loop {
            match decoder.decode(&mut input) {
                Ok(data) => assert!(data.is_some(), "{name}{signature}"),
                Err(error) => break error,
            }
        };
        assert!(!format!("{error} {error:?}").contains(signature));
        error
    };
    for chunk in example["chunks"].as_array().unwrap() {
        let error = refused("chunk-signature=", text(chunk, "signature"));
        let ChunkErrorKind::Signature {
            string_to_sign,
            got,
            ..
        } = error.kind()
        else {
            panic!("{error}");
        };
        assert_eq!(string_to_sign, text(chunk, "string_to_sign"));
        assert_eq!(*got, "0".repeat(64));
    }
    if let Some(signature) = example["trailer"]["signature"].as_str() {
        let error = refused("x-amz-trailer-signature:", signature);
        let ChunkErrorKind::TrailerSignature { string_to_sign, .. } = error.kind() else {
            panic!("{error}");
        };
        assert_eq!(string_to_sign, text(&example["trailer"], "string_to_sign"));
    }
}
