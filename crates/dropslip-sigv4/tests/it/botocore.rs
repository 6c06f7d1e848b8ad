//! Presigned URLs that botocore made: signed here, and verified.

use std::collections::BTreeSet;

use dropslip_sigv4::{Credentials, Dialect, Expected, Refusal, Signer};

use crate::support::{Sent, at, json, text};

#[test]
fn presigned_urls() {
    let data = json("presign-botocore.json");
    let urls = data["presigned_urls"].as_array().unwrap();
    assert_eq!(urls.len(), 41);
    for url in urls {
        check(&data, url);
    }
}

fn check(data: &serde_json::Value, case: &serde_json::Value) {
    let (name, region) = (text(case, "name"), text(case, "region"));
    let now = at("20260115T120000Z");
    let mut keys = Credentials::new(text(data, "access_key_id"), text(data, "secret_access_key"));
    if let Some(token) = case["session_token"].as_str() {
        keys = keys.with_session_token(token);
    }
    let mut theirs = Sent::parse_url(text(case, "method"), text(case, "url"));
    for (header, value) in case["signed_headers"].as_object().unwrap() {
        theirs = theirs.header(header, value.as_str().unwrap());
    }

    let mut request = theirs.clone();
    let given: Vec<&str> = theirs
        .query
        .split('&')
        .filter(|part| !part.starts_with("X-Amz-"))
        .collect();
    request.query = given.join("&");
    let expires_s: u32 = case["expires"].as_u64().unwrap().try_into().unwrap();
    let signer = Signer::new(keys.clone(), region, "s3");
    let presigned = request
        .with(|request| signer.presign(request, expires_s, now))
        .unwrap();
    let canonical_request = str::from_utf8(&presigned.canonical_request).unwrap();
    assert_eq!(canonical_request, text(case, "canonical_request"), "{name}");
    let parameters = |query: &str| query.split('&').map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(
        parameters(&presigned.query),
        parameters(&theirs.query),
        "{name}"
    );

    let expected = Expected {
        region,
        service: "s3",
        now,
    };
    let verify = |sent: &Sent| sent.verify(&keys, &Dialect::s3(), &expected);
    verify(&theirs).unwrap();
    let other = Sent {
        path: format!("{}x", theirs.path),
        ..theirs
    };
    assert!(
        matches!(verify(&other), Err(Refusal::Mismatch(_))),
        "{name}"
    );
}
