//! Whatever arrives is answered: no bytes, however broken, make anything panic.
//!
//! The inputs are requests that were signed and then broken at random, so that they get
//! past the first look; `properties` has those that were never signed.

use dropslip_sigv4::{
    Credentials, Expected, Known, Payload, Signer, Timestamp, explain, is_signed, is_signed_post,
    notices, verify, verify_post,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::support::{Sent, at};

const DATE: &str = "20130524T000000Z";

fn keys() -> Credentials {
    Credentials::new("AKID", "secret")
}

fn expected(now: Timestamp) -> Expected<'static> {
    Expected {
        region: "us-east-1",
        service: "s3",
        now,
    }
}

fn signed(presigned: bool) -> Sent {
    let signer = Signer::new(keys(), "us-east-1", "s3");
    let sent = Sent::new(
        "PUT",
        "/b/a%20photo.jpg?x-amz-acl=private&partNumber=1&a=b+c",
    )
    .header("Host", "localhost:7601")
    .header("Content-Type", "image/jpeg")
    .header("X-Amz-Meta-A", "caf\u{e9}");
    if presigned {
        sent.presigned(&signer, 300, at(DATE))
    } else {
        sent.signed(&signer, &Payload::of(b"body"), at(DATE))
    }
}

/// Puts a piece of text at a place, over as many bytes as it has.
fn damage(text: &mut String, at: Index, by: &str) {
    let at = at.index(text.len() + 1);
    let mut bytes = std::mem::take(text).into_bytes();
    let end = bytes.len().min(at + by.len());
    bytes.splice(at..end, by.bytes());
    *text = String::from_utf8_lossy(&bytes).into_owned();
}

prop_compose! {
    fn broken()(
        presigned in any::<bool>(),
        query in vec((any::<Index>(), "(%|&|=|\\+|;|\u{e9}|\\PC|%[0-9a-f]|&amp;| |X-Amz-|\n){0,3}"), 0..4),
        path in vec((any::<Index>(), "(%|/|\\.\\.|\\PC|%00|\u{e9}| ){0,3}"), 0..3),
        headers in vec((any::<Index>(), any::<Index>(), vec(any::<u8>(), 0..4)), 0..4),
        method in "(PUT|GET|put||P T|\\PC)",
    ) -> Sent {
        let mut sent = signed(presigned);
        sent.method = method;
        for (at, by) in query {
            damage(&mut sent.query, at, &by);
        }
        for (at, by) in path {
            damage(&mut sent.path, at, &by);
        }
        for (header, at, by) in headers {
            let header = header.index(sent.headers.len());
            let value = &mut sent.headers[header].1;
            let at = at.index(value.len() + 1);
            let end = value.len().min(at + by.len());
            value.splice(at..end, by);
        }
        sent
    }
}

proptest! {
    #[test]
    fn any_broken_request_is_answered_and_explained(sent in broken()) {
        let keys = [keys()];
        let known = Known {
            expected: expected(at(DATE)),
            credentials: &keys,
            key_has_verified: false,
            hosts: &["localhost:7601", "example.com"],
            canonical_request: None,
        };
        sent.with(|request| {
            let refused = is_signed(request)
                && verify(request, &known.expected, |key: &str| (key == "AKID").then_some(&keys[0])).is_err();
            let explanation = explain(request, &known);
            // What does not hold has an explanation, be it that none is known.
            prop_assert!(!refused || explanation.is_some());
            let without = explain(request, &Known { credentials: &[], ..known });
            drop((format!("{explanation:?}"), without.map(|each| each.to_string()), notices(request)));
            Ok(())
        })?;
    }

    #[test]
    fn any_broken_form_is_answered(
        damages in vec((any::<Index>(), any::<Index>(), vec(any::<u8>(), 0..4)), 0..4),
        renamed in proptest::option::of((any::<Index>(), "(x-amz-.{0,12}|policy|.{0,6})")),
    ) {
        let signer = Signer::new(keys(), "us-east-1", "s3");
        let signed = signer.sign_post("eyJjb25kaXRpb25zIjpbXX0=", at(DATE)).unwrap();
        let mut fields: Vec<(String, Vec<u8>)> =
            signed.fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into_bytes())).collect();
        let whole = fields.clone();
        for (field, at, by) in damages {
            let field = field.index(fields.len());
            let value = &mut fields[field].1;
            let at = at.index(value.len() + 1);
            let end = value.len().min(at + by.len());
            value.splice(at..end, by);
        }
        if let Some((field, name)) = renamed {
            let field = field.index(fields.len());
            fields[field].0 = name;
        }
        let borrowed: Vec<(&str, &[u8])> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
        let keys = keys();
        let lookup = |key: &str| (key == "AKID").then_some(&keys);
        if verify_post(&borrowed, &expected(at(DATE)), lookup).is_ok() {
            prop_assert!(is_signed_post(&borrowed));
            // The policy is what is signed; the time of day is for its conditions to say.
            let kept = |(name, _): &&(String, Vec<u8>)| name != "x-amz-date";
            let fields: Vec<_> = fields.iter().filter(kept).collect();
            prop_assert_eq!(fields, whole.iter().filter(kept).collect::<Vec<_>>());
        }
    }
}
