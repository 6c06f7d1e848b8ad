//! The worked examples of the S3 API reference that sign in the header or the query.

use dropslip_sigv4::{ClaimedPayload, Credentials, Dialect, Expected, Payload, Signer};

use crate::support::{Sent, at, json, text};

#[test]
fn header_examples() {
    let data = json("s3-doc-examples.json");
    assert_eq!(
        of_kind(&data, "header")
            .map(|example| check_header(&data, example))
            .count(),
        4
    );
}

#[test]
fn query_examples() {
    let data = json("s3-doc-examples.json");
    assert_eq!(
        of_kind(&data, "query")
            .map(|example| check_query(&data, example))
            .count(),
        1
    );
}

fn check_header(data: &serde_json::Value, example: &serde_json::Value) {
    let now = at(text(example, "timestamp"));
    let request = request(example)
        .without_header("x-amz-date")
        .without_header("x-amz-content-sha256");
    let payload = Payload::of(text(example, "payload").as_bytes());
    assert_eq!(payload.to_string(), text(example, "payload_sha256"));

    let signer = Signer::new(keys(data), "us-east-1", "s3");
    let signed = request
        .with(|request| signer.sign(request, &payload, now))
        .unwrap();
    check_stages(
        example,
        &signed.canonical_request,
        &signed.string_to_sign,
        &signed.signature,
    );

    let sent = request.signed(&signer, &payload, now);
    let verified = sent
        .verify(&keys(data), &Dialect::s3(), &expected(now))
        .unwrap();
    assert!(!verified.presigned());
    assert_eq!(ClaimedPayload::from(&payload), *verified.payload());
}

fn check_query(data: &serde_json::Value, example: &serde_json::Value) {
    let now = at(text(example, "timestamp"));
    let expires_s: u32 = example["expires"].as_u64().unwrap().try_into().unwrap();
    let signer = Signer::new(keys(data), "us-east-1", "s3");
    let presigned = request(example)
        .with(|request| signer.presign(request, expires_s, now))
        .unwrap();
    check_stages(
        example,
        &presigned.canonical_request,
        &presigned.string_to_sign,
        &presigned.signature,
    );

    // The order of its parameters is the canonical one, so the whole query is the same.
    let theirs = Sent::parse_url(text(example, "method"), text(example, "url"));
    assert_eq!(presigned.query, theirs.query);
    let verified = theirs
        .verify(
            &keys(data),
            &Dialect::s3(),
            &expected(now.plus_s(expires_s)),
        )
        .unwrap();
    assert!(verified.presigned());
    assert_eq!(*verified.payload(), ClaimedPayload::Unsigned);
    assert!(
        theirs
            .verify(
                &keys(data),
                &Dialect::s3(),
                &expected(now.plus_s(expires_s + 1))
            )
            .is_err()
    );
}

fn check_stages(
    example: &serde_json::Value,
    canonical_request: &[u8],
    string_to_sign: &str,
    signature: &str,
) {
    assert_eq!(
        str::from_utf8(canonical_request).unwrap(),
        text(example, "canonical_request")
    );
    assert_eq!(string_to_sign, text(example, "string_to_sign"));
    assert_eq!(signature, text(example, "signature"));
}

fn of_kind<'a>(
    data: &'a serde_json::Value,
    kind: &'a str,
) -> impl Iterator<Item = &'a serde_json::Value> {
    data["vectors"]
        .as_array()
        .unwrap()
        .iter()
        .filter(move |example| example["kind"] == kind)
}

fn request(example: &serde_json::Value) -> Sent {
    let mut sent = Sent::new(text(example, "method"), text(example, "path_in_request"));
    for pair in example["query"].as_array().into_iter().flatten() {
        sent.query.push_str(&format!(
            "&{}={}",
            pair[0].as_str().unwrap(),
            pair[1].as_str().unwrap()
        ));
    }
    let headers = example["headers"].as_array().unwrap().iter();
    headers.fold(sent, |sent, pair| {
        sent.header(pair[0].as_str().unwrap(), pair[1].as_str().unwrap())
    })
}

fn keys(data: &serde_json::Value) -> Credentials {
    Credentials::new(text(data, "access_key_id"), text(data, "secret_access_key"))
}

fn expected(now: dropslip_sigv4::Timestamp) -> Expected<'static> {
    Expected {
        region: "us-east-1",
        service: "s3",
        now,
    }
}
