//! Policies of buckets: read within bounds, the same once they are read again, and decided
//! without a wonder: nobody is allowed by a policy what a statement of it denies.

use dropslip_s3::BucketName;
use dropslip_s3::bucket_policy::{
    Action, BucketPolicy, ConditionKey, Decision, PolicyCaller, PolicyRequest,
};

/// A policy.
pub(crate) fn bucket_policy(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    let bucket = BucketName::parse("uploads").expect("it is one");
    let policy = match BucketPolicy::parse(text, &bucket) {
        Ok(policy) => policy,
        Err(error) => {
            assert!(error.message().len() <= 4 * text.len() + 1024);
            assert!(error.detail().len() <= 8 * text.len() + 1024);
            return;
        }
    };
    let again = BucketPolicy::parse(policy.text(), &bucket);
    assert_eq!(again.as_ref(), Ok(&policy));
    let caller = PolicyCaller {
        name: "dropslip",
        id: "0123456789abcdef",
        account: "123456789012",
        access_key: "AKIAIOSFODNN7EXAMPLE",
    };
    let value = |key: &ConditionKey| Some(vec![key.name().to_owned(), "true".to_owned()]);
    let nothing = |_: &ConditionKey| None;
    for caller in [None, Some(caller)] {
        for &action in Action::ALL {
            for key in [None, Some("photos/a.jpg"), Some("")] {
                for values in [&value as _, &nothing as _] {
                    let request = PolicyRequest {
                        caller,
                        action,
                        bucket: "uploads",
                        key,
                        values,
                    };
                    let decision = policy.evaluate(&request);
                    if let Decision::Denied { by } | Decision::Allowed { by } = decision {
                        assert!(!policy.name_of(by).is_empty());
                    }
                    assert_eq!(policy.evaluate(&request), decision);
                }
            }
        }
    }
    let _ = policy.is_public();
}
