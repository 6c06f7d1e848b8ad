//! No secret shows in Debug, Display or an error.

use std::fmt::Debug;

use dropslip_sigv4::{Credentials, Dialect, Expected, Payload, Request, Signer};

use crate::support::{Sent, at};

const SECRET: &str = "wJalrXUtnFEMI";
const TOKEN: &str = "FwoGZXIvYXdz";

fn keys() -> Credentials {
    Credentials::new("AKID", SECRET).with_session_token(TOKEN)
}

fn check(value: &impl Debug, others: &[&str]) {
    let text = format!("{value:?} {value:#?}");
    for secret in [SECRET, TOKEN].iter().chain(others) {
        assert!(!text.contains(secret), "{secret} shows in {text}");
    }
}

#[test]
fn debug_shows_no_secret() {
    let now = at("20130524T000000Z");
    let signer = Signer::new(keys(), "us-east-1", "s3");
    let sent = Sent::new("PUT", "/b/k")
        .header("host", "h")
        .header("content-type", "image/jpeg");
    let presigned = sent
        .with(|request| signer.presign(request, 300, now))
        .unwrap();
    let signed = sent
        .with(|request| signer.sign(request, &Payload::Unsigned, now))
        .unwrap();
    check(&keys(), &[]);
    check(&signer, &[]);
    check(&presigned, &[&presigned.signature]);
    check(&signed, &[&signed.signature]);

    let query = Sent {
        query: presigned.query.clone(),
        ..sent.clone()
    };
    query.with(|request: &Request<'_>| check(request, &[&presigned.signature]));
    sent.signed(&signer, &Payload::Unsigned, now)
        .with(|request| check(request, &[&signed.signature]));

    let expected = Expected {
        region: "us-east-1",
        service: "s3",
        now,
    };
    check(
        &query.verify(&keys(), &Dialect::s3(), &expected).unwrap(),
        &[&presigned.signature],
    );
}

/// A refusal has neither the secret, nor the token, nor the signature that would be
/// right, nor the one that was sent, which is right for the request as it was meant.
#[test]
fn refusals_show_no_secret() {
    let now = at("20130524T000000Z");
    let signer = Signer::new(keys(), "us-east-1", "s3");
    let sent = |content_type: &str| {
        Sent::new("PUT", "/b/k")
            .header("host", "h")
            .header("content-type", content_type)
    };
    let meant = sent("image/png").presigned(&signer, 300, now);
    let right = sent("image/jpeg")
        .with(|request| signer.presign(request, 300, now))
        .unwrap()
        .signature;
    let (_, provided) = meant.query.split_once("X-Amz-Signature=").unwrap();

    let arrived = Sent {
        query: meant.query.clone(),
        ..sent("image/jpeg")
    };
    let expected = Expected {
        region: "us-east-1",
        service: "s3",
        now,
    };
    let verify =
        |sent: &Sent, keys: &Credentials| sent.verify(keys, &Dialect::s3(), &expected).unwrap_err();
    let other_token = Credentials::new("AKID", SECRET).with_session_token("other");
    let no_token = Credentials::new("AKID", SECRET);
    let two_tokens = meant.clone().header("x-amz-security-token", "other");
    let refusals = [
        verify(&arrived, &keys()),
        verify(&arrived, &other_token),
        verify(&arrived, &no_token),
        verify(&two_tokens, &keys()),
        // A bracket from the text around the URL, and the right signature before it.
        verify(
            &meant.clone().edit_query(provided, &format!("{provided})")),
            &keys(),
        ),
    ];
    for refusal in refusals {
        check(&refusal, &[&right, provided]);
        check(&refusal.to_string(), &[&right, provided]);
    }
}

#[test]
fn a_secret_is_told_from_other_texts() {
    assert!(keys().is_secret(SECRET));
    for other in [
        "",
        "AKID",
        "wJalrXUtnFEM",
        "wJalrXUtnFEMI ",
        "wjalrxutnfemi",
        TOKEN,
    ] {
        assert!(!keys().is_secret(other), "{other}");
    }
}
