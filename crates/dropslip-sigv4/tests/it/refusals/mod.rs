//! Each way in which a signed request can be wrong, one small case each.
//!
//! Two requests that verify, one in each form; a case edits one of them and names
//! the text of the refusal.

mod form;
mod headers;
mod holder;

use dropslip_sigv4::{
    ClaimedPayload, Credentials, Dialect, Expected, Payload, Refusal, Signer, Streaming, Timestamp,
    TokenRule, is_signed, verify,
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::support::{Sent, at};

const DATE: &str = "20130524T000000Z";
const TOKEN: &str = "a/session+token";

fn keys() -> Credentials {
    Credentials::new("AKID", "wJalrXUtnFEMI")
}

fn signer() -> Signer {
    Signer::new(keys(), "us-east-1", "s3")
}

fn request() -> Sent {
    Sent::new("PUT", "/bucket/photo.jpg?a=1")
        .header("Host", "localhost:7601")
        .header("Content-Type", "image/jpeg")
        .header("x-amz-acl", "private")
}

fn presigned() -> Sent {
    request().presigned(&signer(), 300, at(DATE))
}

fn signed() -> Sent {
    request().signed(&signer(), &Payload::Unsigned, at(DATE))
}

fn with_token() -> Credentials {
    keys().with_session_token(TOKEN)
}

fn verify_at(sent: &Sent, now: Timestamp) -> Result<(), Refusal> {
    verify_with(sent, &keys(), now)
}

fn verify_with(sent: &Sent, keys: &Credentials, now: Timestamp) -> Result<(), Refusal> {
    let expected = Expected {
        region: "us-east-1",
        service: "s3",
        now,
    };
    sent.verify(keys, &Dialect::s3(), &expected).map(drop)
}

/// Verifies a minute after signing; an empty text is for a request that holds.
fn check(sent: &Sent, expect: &str) {
    check_text(verify_at(sent, at(DATE).plus_s(60)), expect);
}

fn check_text(got: Result<(), Refusal>, expect: &str) {
    let got = got.map_or_else(|refusal| refusal.to_string(), |()| String::new());
    assert_eq!(got, expect);
}

const AUTHORIZATION: &str = "authorization";
const MISMATCH: &str = "the signature does not match the request";

/// Puts the right signature into an edited header. The signer would not make such
/// a request, so the signature is computed here, from the text of the mismatch.
fn signed_again(sent: &Sent) -> Sent {
    let Err(Refusal::Mismatch(mismatch)) = verify_at(sent, at(DATE)) else {
        panic!("a mismatch")
    };
    let hmac = |key: &[u8], message: &str| {
        let mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.chain_update(message).finalize().into_bytes().to_vec()
    };
    let parts = [
        "20130524",
        "us-east-1",
        "s3",
        "aws4_request",
        &mismatch.string_to_sign,
    ];
    let start = b"AWS4wJalrXUtnFEMI".to_vec();
    let signature = parts.iter().fold(start, |key, part| hmac(&key, part));
    let signature: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    sent.clone()
        .edit_header(AUTHORIZATION, &mismatch.signature_provided, &signature)
}

#[test]
fn both_hold_as_they_are() {
    check(&presigned(), "");
    check(&signed(), "");
}

#[test]
fn not_signed_or_signed_twice() {
    check(&request(), "the request is not signed");
    check(
        &request().header("x-amz-date", DATE),
        "the request is not signed",
    );
    let both = Sent {
        query: presigned().query,
        ..signed()
    };
    check(
        &both,
        "the request is signed in the `Authorization` header and in the query",
    );
}

#[test]
fn signature_version_2() {
    let v2 =
        Sent::new("GET", "/b/k?AWSAccessKeyId=AKID&Signature=x%3D&Expires=1").header("host", "h");
    check(
        &v2,
        "the query has a signature of version 2, expected version 4",
    );
    // The end of the link is missing, its signature with it.
    check(
        &Sent::new("GET", "/b/k?AWSAccessKeyId=AKID&Expires=1").header("host", "h"),
        "the query has a signature of version 2, expected version 4",
    );
    let v2 = request().header("Authorization", "AWS AKID:frJIUN8DYpKDtOLCwo//yllqDzg=");
    check(
        &v2,
        "the `Authorization` header has a signature of version 2, expected version 4",
    );
}

#[test]
fn what_counts_as_signed() {
    let check = |sent: Sent, expect: bool| assert_eq!(sent.with(is_signed), expect, "{sent:?}");
    check(request(), false);
    check(Sent::new("GET", "/?Signature=1&Expires=2"), false);
    check(Sent::new("GET", "/?X-Amz-Date=1"), false);
    check(presigned(), true);
    check(signed(), true);
    check(Sent::new("GET", "/?X-Amz-Signature"), true);
    check(Sent::new("GET", "/?x-amz-algorithm=none"), true);
    check(Sent::new("GET", "/?X-Amz%2DCredential=1"), true);
    check(Sent::new("GET", "/?AWSAccessKeyId=1&Signature=2"), true);
    check(Sent::new("GET", "/?awsaccesskeyid"), true);
    check(Sent::new("GET", "/").header("authorization", ""), true);
}

/// A mismatch carries our reading of the request, from which it can be explained.
#[test]
fn mismatch() {
    let sent = presigned().edit_header("content-type", "image/jpeg", "image/png");
    let Err(Refusal::Mismatch(mismatch)) = verify_at(&sent, at(DATE)) else {
        panic!("a mismatch")
    };
    assert_eq!(mismatch.access_key, "AKID");
    assert_eq!(
        mismatch.signed_headers,
        ["content-type", "host", "x-amz-acl"]
    );
    assert!(sent.query.ends_with(&mismatch.signature_provided));
    let canonical_request = String::from_utf8(mismatch.canonical_request).unwrap();
    assert!(
        canonical_request.starts_with("PUT\n/bucket/photo.jpg\nX-Amz-Algorithm=AWS4-HMAC-SHA256&")
    );
    assert!(canonical_request.contains("\ncontent-type:image/png\n"));
    assert!(
        mismatch
            .string_to_sign
            .starts_with("AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/")
    );
}
