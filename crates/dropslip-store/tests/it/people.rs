//! A store with several people: who owns it, somebody else, and strangers.

use dropslip_s3::owner::{account_id, canonical_id};
use dropslip_sigv4::{Credentials, Signer};
use dropslip_store::OwnedKey;

use crate::support::{Answer, Fixture, Headers, signer};

/// The name of who owns `photos`.
pub(crate) const ALICE: &str = "AKIDEXAMPLE";
pub(crate) const BOB: &str = "bob";

/// Who sends a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Who {
    /// Owns `photos`.
    Alice,
    /// The same owner by another key.
    AliceAgain,
    Bob,
    /// Signs nothing.
    Stranger,
}

use Who::{Alice, AliceAgain, Bob, Stranger};

/// A store where each of them has a key.
pub(crate) async fn people() -> Fixture {
    let store = Fixture::new().await.reopened_with(|config| {
        let key = |name: &str, owner: &str, email: &str| OwnedKey {
            owner: owner.to_owned(),
            email: Some(email.to_owned()),
            ..OwnedKey::from(Credentials::new(name, format!("secret-of-{name}")))
        };
        config
            .keys
            .push(key("AKALICE2", ALICE, "alice@example.com"));
        config.keys.push(key("AKBOB", BOB, "bob@example.com"));
    });
    store.at_peer("127.0.0.1")
}

fn signer_of(who: Who) -> Option<Signer> {
    let other = |name: &str| {
        let credentials = Credentials::new(name, format!("secret-of-{name}"));
        Signer::new(credentials, "us-east-1", "s3")
    };
    match who {
        Alice => Some(signer()),
        AliceAgain => Some(other("AKALICE2")),
        Bob => Some(other("AKBOB")),
        Stranger => None,
    }
}

/// Sends `METHOD URI` as somebody.
pub(crate) async fn send(
    store: &Fixture,
    who: Who,
    request: &str,
    headers: Headers<'_>,
    body: &str,
) -> Answer {
    let (method, uri) = request.split_once(' ').unwrap();
    match signer_of(who) {
        Some(signer) => store.signed_by(&signer, (method, uri, headers), body).await,
        None => store.send(method, uri, headers, body).await,
    }
}

/// Sends requests without a body, each as somebody, and compares the statuses.
pub(crate) async fn check(store: &Fixture, cases: &[(Who, &str, u16)]) {
    for (who, request, expect) in cases {
        let answer = send(store, *who, request, &[], "").await;
        assert_eq!(
            answer.status,
            *expect,
            "{who:?} {request}: {}",
            answer.text()
        );
        if answer.status == 403 && !request.starts_with("HEAD") {
            answer.says("<Code>AccessDenied</Code>").says("<Reason>");
        }
    }
}

/// Sets what is at a sub-resource, as who owns the bucket.
pub(crate) async fn put(store: &Fixture, uri: &str, body: &str) -> Answer {
    store.signed("PUT", uri, &[], body).await
}

/// A policy of these statements for `photos`, with single quotes for double ones.
pub(crate) fn policy(statements: &str) -> String {
    format!("{{'Version':'2012-10-17','Statement':[{statements}]}}").replace('\'', "\"")
}

pub(crate) fn id_of(who: &str) -> String {
    canonical_id(who)
}

pub(crate) fn account_of(who: &str) -> String {
    account_id(who)
}

/// A store with an object `k` and a policy of these statements.
pub(crate) async fn with_policy(statements: &str) -> Fixture {
    let store = people().await;
    put(&store, "/photos/k", "bytes").await.is(200);
    put(&store, "/photos?policy", &policy(statements))
        .await
        .is(204);
    store
}
