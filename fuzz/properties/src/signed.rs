//! Requests signed with version 4, in the header and in the query.
//!
//! What `verify` accepts is accepted again, is refused with another signature or secret,
//! and no other request has the same signature unless it means the same: that is asked
//! of what the request *means* by another decoder, not of its canonical request.

use std::collections::BTreeMap;

use dropslip_sigv4::{Credentials, Expected, Mismatch, Refusal, Verified, is_signed, verify};

use crate::forge;
use crate::keys::{self, SECRET, hides};
use crate::sent::{Sent, folded};

/// How many bytes of an accepted request are changed, one at a time.
const CHANGES_MAX: usize = 12;

/// An input that is signed in the header.
pub(crate) fn header(input: &[u8]) {
    any(input);
}

/// An input that is signed in the query.
pub(crate) fn query(input: &[u8]) {
    any(input);
}

fn any(input: &[u8]) {
    let sent = Sent::parse(input);
    let place = Place::of(&sent);
    let refusal = match place.verify(&sent, SECRET) {
        Ok(verified) => return accepted(&place, &sent, &verified),
        Err(refusal) => refusal,
    };
    for shown in [refusal.to_string(), format!("{refusal:?}")] {
        hides(&shown, SECRET, input);
    }
    let Refusal::Mismatch(mismatch) = refusal else {
        return;
    };
    check_mismatch(&sent, &mismatch);
    let Some(right) = forge::v4_of(SECRET, &mismatch.string_to_sign) else {
        panic!("the string to sign has no scope: {mismatch:?}");
    };
    let Some(forged) = with_signature(&sent, &mismatch.signature_provided, &right) else {
        return;
    };
    match place.verify(&forged, SECRET) {
        Ok(verified) => accepted(&place, &forged, &verified),
        // Signed as it is, and still a contradiction between the header and the query.
        Err(Refusal::Conflict { .. } | Refusal::Repeated { .. }) => {}
        Err(refusal) => panic!("{refusal} for {forged:?}"),
    }
}

/// Where and when an input is verified.
#[derive(Debug)]
pub(crate) struct Place {
    region: String,
    service: String,
    token: Option<String>,
    now: dropslip_sigv4::Timestamp,
}

impl Place {
    pub(crate) fn of(sent: &Sent) -> Self {
        Self {
            region: sent.note("region").unwrap_or(keys::REGION).to_owned(),
            service: sent.note("service").unwrap_or("s3").to_owned(),
            token: sent.note("token").map(str::to_owned),
            now: sent.now(),
        }
    }

    pub(crate) fn expected(&self) -> Expected<'_> {
        Expected {
            region: &self.region,
            service: &self.service,
            now: self.now,
        }
    }

    /// Verifies by a secret that any access key has.
    fn verify(&self, sent: &Sent, secret: &str) -> Result<Verified, Refusal> {
        sent.with(|request| verify(request, &self.expected(), |name| self.keys(name, secret)))
    }

    /// Verifies where one access key alone is known.
    fn verify_of(&self, sent: &Sent, access_key: &str, secret: &str) -> Result<Verified, Refusal> {
        let lookup = |name: &str| self.keys(name, secret).filter(|_| name == access_key);
        sent.with(|request| verify(request, &self.expected(), lookup))
    }

    fn keys(&self, access_key: &str, secret: &str) -> Option<Credentials> {
        Some(keys::credentials(access_key, secret, self.token.as_deref()))
    }
}

/// What a mismatch states fits together, by other hands.
fn check_mismatch(sent: &Sent, mismatch: &Mismatch) {
    assert!(sent.with(is_signed), "a mismatch is of something signed");
    let lines: Vec<&str> = mismatch.string_to_sign.split('\n').collect();
    assert_eq!(lines.len(), 4, "{mismatch:?}");
    let hash = forge::sha256_hex(&mismatch.canonical_request);
    assert_eq!(lines[3], hash, "the hash is that of the canonical request");
    let names = mismatch.signed_headers.join(";");
    let end = format!("\n\n{names}\n");
    let canonical = String::from_utf8_lossy(&mismatch.canonical_request);
    assert!(canonical.contains(&end), "the signed headers are named");
}

/// The request with another signature in the place of the one that it has.
pub(crate) fn with_signature(sent: &Sent, old: &str, new: &str) -> Option<Sent> {
    let mut forged = sent.clone();
    for (name, value) in &mut forged.headers {
        if name.eq_ignore_ascii_case("authorization") {
            let text = String::from_utf8(value.clone()).ok()?;
            let at = text.rfind(&format!("Signature={old}"))?;
            *value = format!(
                "{}Signature={new}{}",
                &text[..at],
                &text[at + 10 + old.len()..]
            )
            .into_bytes();
            return Some(forged);
        }
    }
    let parts = sent.query.split('&').filter(|part| !part.is_empty());
    let mut parts: Vec<&str> = parts.collect();
    let at = sent
        .parameters()
        .iter()
        .position(|(name, _)| name == b"X-Amz-Signature")?;
    let signature = format!("X-Amz-Signature={new}");
    parts[at] = &signature;
    forged.query = parts.join("&");
    Some(forged)
}

fn accepted(place: &Place, sent: &Sent, verified: &Verified) {
    let access_key = verified.access_key();
    let again = place.verify_of(sent, access_key, SECRET);
    let again = again.expect("what was accepted is accepted again");
    assert!(again.signed_headers().eq(verified.signed_headers()));
    assert!(sent.with(is_signed));
    assert!(verified.signed_headers().any(|name| name == "host"));

    // Another secret is a mismatch that shows what is canonical.
    let stranger = place.verify_of(sent, access_key, "another");
    let Err(Refusal::Mismatch(mismatch)) = stranger else {
        panic!("another secret is no mismatch: {stranger:?}");
    };
    check_mismatch(sent, &mismatch);
    check_idempotent(place, sent, &mismatch);

    // A byte of the signature decides.
    let provided = &mismatch.signature_provided;
    let last = if provided.ends_with('0') { "1" } else { "0" };
    let wrong = format!("{}{last}", &provided[..provided.len() - 1]);
    if let Some(wrong) = with_signature(sent, provided, &wrong) {
        let refusal = place.verify_of(&wrong, access_key, SECRET);
        assert!(matches!(refusal, Err(Refusal::Mismatch(_))), "{refusal:?}");
    }

    let is_s3 = place.service == "s3";
    let meant = Meaning::of(sent, verified, is_s3);
    let step = (sent.len() / CHANGES_MAX).max(1);
    let first = usize::from(provided.as_bytes()[0]) % step;
    for (count, at) in (first..sent.len()).step_by(step).enumerate() {
        let change = [1, 0x20, 2, 0x10, 4, 8][count % 6];
        let Some(changed) = sent.with_byte(at, change) else {
            continue;
        };
        if let Ok(verified) = place.verify_of(&changed, access_key, SECRET) {
            let means = Meaning::of(&changed, &verified, is_s3);
            assert_eq!(means, meant, "{sent:?} and {changed:?} have one signature");
        }
    }
}

/// The canonical path and query are canonical themselves: sent so, they mean the same.
fn check_idempotent(place: &Place, sent: &Sent, mismatch: &Mismatch) {
    if place.service != "s3" {
        return;
    }
    let canonical = String::from_utf8_lossy(&mismatch.canonical_request);
    let mut lines = canonical.split('\n').skip(1);
    let mut line = || {
        lines
            .next()
            .expect("there is a path and a query")
            .to_owned()
    };
    let (path, mut query) = (line(), line());
    let is_authorization =
        |(name, _): &(String, Vec<u8>)| name.eq_ignore_ascii_case("authorization");
    if !sent.headers.iter().any(is_authorization) {
        query.push_str("&X-Amz-Signature=");
        query.push_str(&mismatch.signature_provided);
    }
    let respelt = Sent {
        path,
        query,
        ..sent.clone()
    };
    match place.verify_of(&respelt, &mismatch.access_key, "another") {
        Err(Refusal::Mismatch(again)) => {
            assert_eq!(
                again.canonical_request, mismatch.canonical_request,
                "{sent:?}"
            );
        }
        // What is canonical may be longer than what was sent.
        Err(Refusal::Exceeded(_)) => {}
        other => panic!("{other:?} for {respelt:?}"),
    }
}

/// What a request asks for, as far as a signature binds it.
#[derive(Debug, PartialEq, Eq)]
struct Meaning {
    method: String,
    path: Vec<u8>,
    parameters: Vec<(Vec<u8>, Vec<u8>)>,
    headers: BTreeMap<String, Vec<u8>>,
    access_key: String,
    signed_at: i64,
    payload: dropslip_sigv4::ClaimedPayload,
}

impl Meaning {
    /// Services other than S3 resolve dots and slashes, so that paths are not compared.
    fn of(sent: &Sent, verified: &Verified, is_s3: bool) -> Self {
        let mut parameters = sent.parameters();
        parameters.retain(|(name, _)| name != b"X-Amz-Signature");
        parameters.sort();
        let amz = sent.headers.iter();
        let amz = amz.map(|(name, _)| name.to_ascii_lowercase());
        let amz = amz.filter(|name| name.starts_with("x-amz-"));
        let names = amz.chain(verified.signed_headers().map(str::to_owned));
        let mut headers: BTreeMap<String, Vec<u8>> = names
            .map(|name| (name.clone(), sent.header(&name)))
            .collect();
        if verified.presigned() {
            // In the query they count as headers, and the header may say so again.
            for (name, value) in &parameters {
                let name = String::from_utf8_lossy(name).to_ascii_lowercase();
                if name.starts_with("x-amz-") {
                    headers.insert(name, folded(value));
                }
            }
        }
        Self {
            method: sent.method.clone(),
            path: if is_s3 {
                sent.decoded_path()
            } else {
                Vec::new()
            },
            parameters,
            headers,
            access_key: verified.access_key().to_owned(),
            signed_at: verified.signed_at().unix_s(),
            payload: verified.payload().clone(),
        }
    }
}
