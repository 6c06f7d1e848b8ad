//! Signature Version 2: what real signers made holds, and each way to be wrong.
//!
//! A case edits a link or a request signed in the header and names the refusal's text.

mod post;
mod properties;
mod refusals;
mod texts;
mod vectors;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use dropslip_sigv4::{Credentials, ExpectedV2, Refusal, Timestamp, Verified, verify_v2};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::support::Sent;

const MISMATCH: &str = "the signature does not match the request";
const NOW: Timestamp = Timestamp::from_unix_s(1_175_139_620);

fn keys() -> Credentials {
    Credentials::new("AKID", "secret")
}

fn signature(text: &str) -> String {
    let mac = Hmac::<Sha1>::new_from_slice(b"secret").unwrap();
    BASE64.encode(mac.chain_update(text).finalize().into_bytes())
}

/// A link, signed over this text.
fn link(target: &str, text: &str) -> Sent {
    let mut sent = Sent::new("PUT", target).header("host", "localhost:7601");
    let signature = signature(text)
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    let and = if sent.query.is_empty() { "" } else { "&" };
    sent.query += &format!("{and}AWSAccessKeyId=AKID&Expires=1175139920&Signature={signature}");
    sent
}

fn photo() -> Sent {
    link("/b/photo.jpg", "PUT\n\n\n1175139920\n/b/photo.jpg")
}

/// A request signed in the header, over this text.
fn signed(target: &str, headers: &[(&str, &str)], text: &str) -> Sent {
    let sent = Sent::new("PUT", target)
        .header("Host", "localhost:7601")
        .header("Authorization", format!("AWS AKID:{}", signature(text)));
    headers
        .iter()
        .fold(sent, |sent, (name, value)| sent.header(name, value))
}

const DATE: &str = "Thu, 29 Mar 2007 03:40:20 GMT";

fn dated() -> Sent {
    let text = format!("PUT\n\n\n{DATE}\n/b/photo.jpg");
    signed("/b/photo.jpg", &[("Date", DATE)], &text)
}

fn said(sent: &Sent, keys: &Credentials, now: Timestamp) -> String {
    verify(sent, keys, None, now).map_or_else(|refusal| refusal.to_string(), |_| String::new())
}

/// An empty text is for a request that holds.
#[track_caller]
fn check(sent: &Sent, expect: &str) {
    assert_eq!(said(sent, &keys(), NOW), expect);
}

fn verify(
    sent: &Sent,
    keys: &Credentials,
    bucket: Option<&str>,
    now: Timestamp,
) -> Result<Verified, Refusal> {
    let expected = ExpectedV2 { bucket, now };
    let lookup = |access_key: &str| (access_key == keys.access_key()).then_some(keys);
    sent.with(|request| verify_v2(request, &expected, lookup))
}
