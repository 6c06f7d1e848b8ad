//! What holds of every policy that is taken.

use super::*;
use proptest::prelude::*;

/// A statement of parts that are mostly right.
fn any_statement() -> impl Strategy<Value = String> {
    let effect = prop::sample::select(vec!["Allow", "Deny", "allow"]);
    let who = prop::sample::select(vec![
        "'Principal':'*'",
        "'Principal':{'AWS':'alice'}",
        "'Principal':{'AWS':['bob','arn:aws:iam:::user/eve']}",
        "'NotPrincipal':{'AWS':'alice'}",
        "'Principal':{'Service':'s'}",
    ]);
    let action = prop::sample::select(vec![
        "'Action':'*'",
        "'Action':'s3:Get*'",
        "'Action':['s3:PutObject','s3:DeleteObject']",
        "'NotAction':'s3:GetObject'",
        "'Action':'s3:?'",
    ]);
    let resource = "(photos|\\*|phot\\*)(/[a-c*?]{0,6})?";
    let value = "[a-c*?$\\{\\}:]{0,8}";
    let operator = prop::sample::select(vec![
        "StringLike",
        "StringNotEqualsIfExists",
        "ForAnyValue:StringEquals",
        "NumericLessThan",
        "Null",
    ]);
    (effect, who, action, resource, operator, value).prop_map(
        |(effect, who, action, resource, operator, value)| {
            format!(
                "{{'Effect':'{effect}',{who},{action},'Resource':'arn:aws:s3:::{resource}',\
                 'Condition':{{'{operator}':{{'aws:Referer':'{value}'}}}}}}"
            )
        },
    )
}

const REQUESTS: [&str; 4] = [
    "alice GetObject photos/ab aws:Referer=ab",
    "bob PutObject photos/abc aws:Referer=1",
    "eve ListBucket photos",
    "nobody GetObject photos/a",
];

proptest! {
    #[test]
    fn nothing_panics(text in "\\PC{0,200}") {
        let _ = BucketPolicy::parse(&text, &bucket());
        let _ = BucketPolicy::parse(&format!("{{{text}"), &bucket());
    }

    #[test]
    fn a_denial_of_all_is_one(statements in prop::collection::vec(any_statement(), 1..4)) {
        let document = |statements: &str| {
            let text = format!("{{'Version':'2012-10-17','Statement':[{statements}]}}");
            BucketPolicy::parse(&text.replace('\'', "\""), &bucket())
        };
        let listed = statements.join(",");
        let Ok(policy) = document(&listed) else {
            return Ok(());
        };
        let kept: BucketPolicy = serde_json::from_str(&serde_json::to_string(&policy).unwrap()).unwrap();
        prop_assert_eq!(&kept, &policy);
        let deny = "{'Effect':'Deny','Principal':'*','Action':'*','Resource':'*'}";
        let shut = document(&format!("{listed},{deny}")).unwrap();
        for request in REQUESTS {
            prop_assert_eq!(decide(&policy, request), decide(&kept, request));
            let is_denied = matches!(decide(&shut, request), Decision::Denied { .. });
            prop_assert!(is_denied, "{}", request);
            match decide(&policy, request) {
                Decision::Allowed { by } | Decision::Denied { by } => prop_assert!(by < statements.len()),
                Decision::Silent => {}
            }
        }
        // What lets a stranger in without a condition on who comes is public.
        let lets_in = matches!(decide(&policy, REQUESTS[3]), Decision::Allowed { .. });
        prop_assert!(!lets_in || policy.is_public());
    }
}
