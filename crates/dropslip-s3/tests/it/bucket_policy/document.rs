//! What is a policy, and what S3 says of what is none.

use super::*;
use dropslip_s3::limits::BUCKET_POLICY_BYTES_MAX;

const RESOURCES: &str = "'Resource':['arn:aws:s3:::photos','arn:aws:s3:::photos/*']";

/// A statement of these members.
fn of(members: &[&str]) -> String {
    format!(
        "{{'Version':'2012-10-17','Statement':[{{{}}}]}}",
        members.join(",")
    )
}

#[track_caller]
fn check_wrong(text: &str, message: &str, detail: &str) {
    let text = text.replace('\'', "\"");
    let error = BucketPolicy::parse(&text, &bucket()).expect_err(&text);
    assert_eq!(error.message(), message, "{text}");
    assert!(error.detail().contains(detail), "{error}");
}

#[test]
fn what_came_is_given_back() {
    let text = "{ \"Version\" : \"2008-10-17\",\n \"Id\":\"x\", \"Statement\": {\"Effect\":\"Deny\",\"Principal\":\"*\",\
        \"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::photos/*\"}}";
    let policy = parse(text);
    assert_eq!(policy.text(), text);
    let kept = serde_json::to_string(&policy).unwrap();
    assert_eq!(serde_json::from_str::<BucketPolicy>(&kept).unwrap(), policy);
    assert!(serde_json::from_str::<BucketPolicy>("\"{}\"").is_err());
}

#[test]
fn names_of_principals() {
    let text = of(&[
        "'Effect':'Allow'",
        "'Principal':{'AWS':['bob','arn:aws:iam:::user/x','AK1'],'Service':'s'}",
        "'Action':'*'",
        RESOURCES,
    ]);
    let policy = parse(&text.replace('\'', "\""));
    assert_eq!(policy.principal_names().collect::<Vec<_>>(), ["bob", "AK1"]);
}

#[test]
fn no_json_and_no_policy() {
    let json = "Policies must be valid JSON and the first byte must be '{'";
    for text in ["", " {}", "[]", "null", "\u{feff}{}", "policy"] {
        check_wrong(text, json, "begins");
    }
    check_wrong("{", json, "EOF");
    check_wrong("{'a':1,}", json, "trailing comma");
    check_wrong("{} {}", json, "trailing characters");
    check_wrong(
        &format!("{{'Statement':{}", "[".repeat(200)),
        json,
        "recursion",
    );
    check_wrong("{}", "Missing required field Statement", "the policy");
    check_wrong(
        "{'Statement':[]}",
        "Could not parse the policy: Statement is empty!",
        "",
    );
    check_wrong(
        "{'Statement':'x'}",
        "Invalid policy syntax.",
        "statement 1 is no object",
    );
    check_wrong(
        "{'Statement':[],'Statement':[]}",
        "Invalid policy syntax.",
        "two `Statement`",
    );
    check_wrong(
        "{'Version':'2012-10-18','Statement':[]}",
        "The policy must contain a valid version string",
        "2012-10-18",
    );
    check_wrong(
        "{'Version':2012,'Statement':[]}",
        "The policy must contain a valid version string",
        "2012",
    );
    check_wrong("{'Id':7,'Statement':[]}", "Invalid policy syntax.", "`Id`");
    check_wrong("{'statement':[]}", "Missing required field Statement", "");
    check_wrong(
        "{'Statement':[],'Comment':'x'}",
        "Unknown field Comment",
        "the policy",
    );
}

#[test]
fn the_largest_policy() {
    let start = of(&[
        "'Effect':'Deny'",
        "'Principal':'*'",
        "'Action':'*'",
        RESOURCES,
    ])
    .replace('\'', "\"");
    let padded = |bytes: usize| {
        let end = start.strip_suffix('}').unwrap();
        format!("{end}{}}}", " ".repeat(bytes - start.len()))
    };
    parse(&padded(BUCKET_POLICY_BYTES_MAX));
    check_wrong(
        &padded(BUCKET_POLICY_BYTES_MAX + 1),
        "Policy exceeds the maximum allowed document size.",
        "20481 of at most 20480",
    );
}

#[test]
fn statements_are_whole() {
    let all = [
        "'Effect':'Allow'",
        "'Principal':'*'",
        "'Action':'*'",
        RESOURCES,
    ];
    let without = |at: usize| {
        let mut members = all.to_vec();
        members.remove(at);
        of(&members)
    };
    check_wrong(&without(0), "Missing required field Effect", "statement 1");
    check_wrong(
        &without(1),
        "Missing required field Principal",
        "statement 1",
    );
    check_wrong(&without(2), "Missing required field Action", "statement 1");
    check_wrong(
        &without(3),
        "Missing required field Resource",
        "statement 1",
    );
    let with = |member: &str| of(&[&all[..], &[member]].concat());
    check_wrong(
        &with("'Condition':[]"),
        "Invalid policy syntax.",
        "statement 1",
    );
    check_wrong(&with("'Sid':1"), "Invalid policy syntax.", "`Sid`");
    check_wrong(
        &with("'Conditions':{}"),
        "Unknown field Conditions",
        "statement 1",
    );
    check_wrong(
        &with("'Effect':'Allow'"),
        "Invalid policy syntax.",
        "two `Effect`",
    );
    check_wrong(
        &with("'NotAction':'*'"),
        "Invalid policy syntax.",
        "both `Action` and `NotAction`",
    );
    check_wrong(
        &with("'NotPrincipal':'*'"),
        "Invalid policy syntax.",
        "both",
    );
    check_wrong(&with("'NotResource':'*'"), "Invalid policy syntax.", "both");
    let sids = format!(
        "{{'Statement':[{0},{0}]}}",
        "{'Sid':'a','Effect':'Deny','Principal':'*','Action':'*','Resource':'*'}"
    );
    check_wrong(
        &sids,
        "Statement IDs (SID) in a single policy must be unique.",
        "`a`",
    );
}

#[test]
fn wrong_effects_and_principals() {
    let effect = |effect: &str| of(&[effect, "'Principal':'*'", "'Action':'*'", RESOURCES]);
    check_wrong(
        &effect("'Effect':'allow'"),
        "Invalid effect: allow",
        "statement 1",
    );
    check_wrong(
        &effect("'Effect':true"),
        "Invalid effect: true",
        "statement 1",
    );
    let principal =
        |principal: &str| of(&["'Effect':'Deny'", principal, "'Action':'*'", RESOURCES]);
    for wrong in [
        "'bob'",
        "''",
        "{}",
        "[]",
        "null",
        "{'AWS':[]}",
        "{'AWS':''}",
        "{'AWS':7}",
        "{'aws':'*'}",
        "{'AWS':'bob smith'}",
        "{'AWS':'arn:aws:iam::1:user/*'}",
        "{'AWS':'arn:aws:iam::1:user/'}",
        "{'AWS':'arn:aws:iam::1:group/g'}",
        "{'AWS':'arn:aws:s3:::photos'}",
        "{'AWS':'arn:aws:iam'}",
        "{'AWS':'arn:aws:iam:::root'}",
        "{'AWS':'*bob'}",
        "{'CanonicalUser':'bob'}",
        "{'Service':''}",
        "{'Anybody':'*'}",
        "['*']",
    ] {
        check_wrong(
            &principal(&format!("'Principal':{wrong}")),
            "Invalid principal in policy",
            "statement 1",
        );
    }
    let all_but = of(&[
        "'Effect':'Allow'",
        "'NotPrincipal':{'AWS':'bob'}",
        "'Action':'*'",
        RESOURCES,
    ]);
    check_wrong(
        &all_but,
        "Allow with NotPrincipal is not allowed",
        "statement 1",
    );
}

#[test]
fn wrong_actions_and_resources() {
    let action = |action: &str| of(&["'Effect':'Deny'", "'Principal':'*'", action, RESOURCES]);
    for wrong in [
        "''",
        "[]",
        "{}",
        "7",
        "'s3:GetObjct'",
        "'GetObject'",
        "'s3:'",
        "'ec2:*'",
        "['s3:*','s3:Fly']",
        "'s3:ListAllMyBuckets'",
        "['s3:*',7]",
    ] {
        check_wrong(
            &action(&format!("'Action':{wrong}")),
            "Policy has invalid action",
            "statement 1",
        );
        check_wrong(
            &action(&format!("'NotAction':{wrong}")),
            "Policy has invalid action",
            "statement 1",
        );
    }
    let resource = |resource: &str| {
        of(&[
            "'Effect':'Deny'",
            "'Principal':'*'",
            "'Action':'*'",
            resource,
        ])
    };
    for wrong in [
        "''",
        "[]",
        "{}",
        "'photos'",
        "'arn:aws:s3:::'",
        "'arn:aws:s3:photos'",
        "'arn:aws:ec2:::photos'",
        "'arn:aws:s3:us-east-1::photos'",
        "'arn:aws:s3::1:photos'",
        "'arn:aws:s3:::photos/${aws:nobody}'",
        "'arn:aws:s3:::photos/${'",
    ] {
        check_wrong(
            &resource(&format!("'Resource':{wrong}")),
            "Policy has invalid resource",
            "statement 1",
        );
    }
    for other in [
        "'arn:aws:s3:::photo'",
        "'arn:aws:s3:::photos2/*'",
        "['arn:aws:s3:::photos','arn:aws:s3:::other/*']",
        "'arn:aws:s3:::${aws:username}/*'",
    ] {
        check_wrong(
            &resource(&format!("'Resource':{other}")),
            "Policy has invalid resource",
            "another bucket",
        );
    }
}

#[test]
fn actions_that_are_of_no_resource() {
    let both = |action: &str, resource: &str| {
        of(&["'Effect':'Deny'", "'Principal':'*'", action, resource])
    };
    let message = "Action does not apply to any resource(s) in statement";
    check_wrong(
        &both(
            "'Action':'s3:ListBucket'",
            "'Resource':'arn:aws:s3:::photos/*'",
        ),
        message,
        "statement 1",
    );
    check_wrong(
        &both(
            "'Action':'s3:GetObject'",
            "'Resource':'arn:aws:s3:::photos'",
        ),
        message,
        "statement 1",
    );
    check_wrong(
        &both(
            "'Action':['s3:GetObject','s3:ListBucket']",
            "'Resource':'arn:aws:s3:::photos/*'",
        ),
        message,
        "",
    );
    for fine in [
        both("'Action':'s3:*'", "'Resource':'arn:aws:s3:::photos/*'"),
        both(
            "'Action':'s3:ListBucket'",
            "'Resource':'arn:aws:s3:::phot*'",
        ),
        both(
            "'Action':['s3:GetObject','s3:ListBucket']",
            "'Resource':'arn:aws:s3:::photos*'",
        ),
        both(
            "'NotAction':'s3:GetObject'",
            "'Resource':'arn:aws:s3:::photos'",
        ),
        both(
            "'Action':'s3:GetObject'",
            "'NotResource':'arn:aws:s3:::photos'",
        ),
    ] {
        parse(&fine.replace('\'', "\""));
    }
}

/// A denial under a condition.
fn under(action: &str, condition: &str) -> String {
    of(&[
        "'Effect':'Deny'",
        "'Principal':'*'",
        action,
        RESOURCES,
        &format!("'Condition':{condition}"),
    ])
}

#[test]
fn wrong_operators_and_keys() {
    let all = |condition: &str| under("'Action':'*'", condition);
    for operator in [
        "StringEqual",
        "stringEquals",
        "StringEqualsIfExist",
        "Foo:StringEquals",
        "ForAnyValues:StringEquals",
        "NullIfExists",
        "ForAnyValue:Null",
        "",
        "NumericLike",
    ] {
        check_wrong(
            &all(&format!("{{'{operator}':{{'s3:prefix':'a'}}}}")),
            &format!("Invalid Condition type : {operator}"),
            "statement 1",
        );
    }
    for key in [
        "prefix",
        "s3:Prefixes",
        "aws:Nothing",
        "s3:ExistingObjectTag",
        "s3:content-length",
        "",
    ] {
        check_wrong(
            &all(&format!("{{'StringEquals':{{'{key}':'a'}}}}")),
            "Policy has an invalid condition key",
            key,
        );
    }
}

#[test]
fn wrong_values() {
    let all = |condition: &str| under("'Action':'*'", condition);
    for (operator, value) in [
        ("NumericEquals", "'ten'"),
        ("DateLessThan", "'soon'"),
        ("Bool", "'yes'"),
        ("IpAddress", "'10.0.0.0/40'"),
        ("Null", "'maybe'"),
        ("StringEquals", "[]"),
        ("StringEquals", "null"),
        ("StringEquals", "{}"),
        ("StringEquals", "['a',['b']]"),
        ("StringLike", "'${aws:nobody}'"),
    ] {
        check_wrong(
            &all(&format!("{{'{operator}':{{'s3:prefix':{value}}}}}")),
            &format!("Invalid value for condition {operator}"),
            "statement 1",
        );
    }
    check_wrong(
        &all("{'StringEquals':'a'}"),
        "Invalid policy syntax.",
        "StringEquals",
    );
    check_wrong(
        &under(
            "'Action':'s3:GetObject'",
            "{'StringEquals':{'s3:prefix':'a'}}",
        ),
        "Conditions do not apply to combination of actions and resources in statement",
        "s3:prefix",
    );
    parse(
        &under(
            "'Action':'s3:ListBucket*'",
            "{'StringEquals':{'s3:prefix':'a'}}",
        )
        .replace('\'', "\""),
    );
}
