//! Bucket policies: what they say of requests, and what is no policy.
//!
//! A request is written as one line, `WHO ACTION RESOURCE KEY=VALUE …`, and expected to be
//! `allow`, `deny` or `silent`.

mod conditions;
mod document;
mod properties;
mod public;
mod statements;

use dropslip_s3::BucketName;
use dropslip_s3::bucket_policy::{
    Action, BucketPolicy, ConditionKey, Decision, PolicyCaller, PolicyRequest,
};
use dropslip_s3::owner::{account_id, canonical_id};

fn bucket() -> BucketName {
    BucketName::parse("photos").unwrap()
}

fn parse(text: &str) -> BucketPolicy {
    BucketPolicy::parse(text, &bucket()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn policy(statements: &str) -> BucketPolicy {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    // So that cases are written without the noise of quotes within quotes.
    parse(&text.replace('\'', "\""))
}

/// The condition keys of a request: a key that is there twice has two values.
fn values(words: &[&str], key: &ConditionKey) -> Option<Vec<String>> {
    let name = match key.tag() {
        Some(tag) => format!("{}/{tag}", key.name()),
        None => key.name().to_owned(),
    };
    let pairs = words.iter().filter_map(|word| word.split_once('='));
    let found: Vec<String> = pairs
        .filter(|(known, _)| *known == name)
        .map(|(_, value)| value.to_owned())
        .collect();
    (!found.is_empty()).then_some(found)
}

fn decide(policy: &BucketPolicy, request: &str) -> Decision {
    let words: Vec<&str> = request.split(' ').collect();
    let [who, action, resource, rest @ ..] = words.as_slice() else {
        panic!("`{request}` is no request")
    };
    let action = format!("s3:{action}");
    let action = Action::ALL.iter().find(|known| known.as_str() == action);
    let (bucket, key) = match resource.split_once('/') {
        Some((bucket, key)) => (bucket, Some(key)),
        None => (*resource, None),
    };
    let (id, account) = (canonical_id(who), account_id(who));
    let access_key = format!("AK{}", who.to_uppercase());
    let caller = PolicyCaller {
        name: who,
        id: &id,
        account: &account,
        access_key: &access_key,
    };
    policy.evaluate(&PolicyRequest {
        caller: (*who != "nobody").then_some(caller),
        action: *action.unwrap_or_else(|| panic!("{request}")),
        bucket,
        key,
        values: &|key| values(rest, key),
    })
}

/// Holds requests against a policy.
#[track_caller]
fn check(statements: &str, cases: &[(&str, &str)]) {
    let policy = policy(statements);
    for (request, expect) in cases {
        let got = match decide(&policy, request) {
            Decision::Allowed { .. } => "allow",
            Decision::Denied { .. } => "deny",
            Decision::Silent => "silent",
        };
        assert_eq!(got, *expect, "{request} by {statements}");
    }
}
