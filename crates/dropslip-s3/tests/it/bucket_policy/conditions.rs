//! When: operators, keys that are absent, and keys with several values.

use super::*;

/// Holds the condition of an allowance against lists of key values; `true` is allowed.
#[track_caller]
fn when(condition: &str, cases: &[(&str, bool)]) {
    let statement = format!(
        "{{'Effect':'Allow','Principal':'*','Action':'s3:*','Resource':['arn:aws:s3:::photos','arn:aws:s3:::photos/*'],\
         'Condition':{condition}}}"
    );
    let cases: Vec<(String, &str)> = cases
        .iter()
        .map(|(keys, allowed)| {
            let request = format!("bob ListBucket photos {keys}");
            (request, if *allowed { "allow" } else { "silent" })
        })
        .collect();
    let cases: Vec<(&str, &str)> = cases.iter().map(|(r, e)| (r.as_str(), *e)).collect();
    check(&statement, &cases);
}

#[test]
fn texts() {
    when(
        "{'StringEquals':{'s3:prefix':'home/'}}",
        &[
            ("s3:prefix=home/", true),
            ("s3:prefix=home", false),
            ("s3:prefix=HOME/", false),
            ("s3:prefix=", false),
            ("", false),
        ],
    );
    when(
        "{'StringEquals':{'s3:prefix':['','home/']}}",
        &[
            ("s3:prefix=home/", true),
            ("s3:prefix=", true),
            ("s3:prefix=x", false),
            ("", false),
        ],
    );
    when(
        "{'StringEquals':{'s3:prefix':'a*'}}",
        &[("s3:prefix=a*", true), ("s3:prefix=ab", false)],
    );
    when(
        "{'StringNotEquals':{'s3:prefix':['a','b']}}",
        &[
            ("s3:prefix=a", false),
            ("s3:prefix=b", false),
            ("s3:prefix=c", true),
            ("", true),
        ],
    );
    when(
        "{'StringEqualsIgnoreCase':{'aws:UserAgent':'Curl'}}",
        &[
            ("aws:UserAgent=cURL", true),
            ("aws:UserAgent=wget", false),
            ("", false),
        ],
    );
    when(
        "{'StringNotEqualsIgnoreCase':{'aws:UserAgent':'Curl'}}",
        &[
            ("aws:UserAgent=cURL", false),
            ("aws:UserAgent=wget", true),
            ("", true),
        ],
    );
    when(
        "{'StringLike':{'aws:Referer':['https://a.example/*','https://?.test/']}}",
        &[
            ("aws:Referer=https://a.example/x/y", true),
            ("aws:Referer=https://a.example/", true),
            ("aws:Referer=https://b.test/", true),
            ("aws:Referer=https://bb.test/", false),
            ("aws:Referer=http://a.example/", false),
            ("", false),
        ],
    );
    when(
        "{'StringNotLike':{'aws:Referer':'https://a.example/*'}}",
        &[
            ("aws:Referer=https://a.example/x", false),
            ("aws:Referer=https://evil.test/", true),
            ("", true),
        ],
    );
    when(
        "{'StringLike':{'s3:prefix':'${aws:username}/*'}}",
        &[
            ("s3:prefix=bob/x aws:username=bob", true),
            ("s3:prefix=eve/x aws:username=bob", false),
            ("s3:prefix=bob/x", false),
        ],
    );
    when(
        "{'ArnLike':{'aws:PrincipalArn':'arn:aws:iam::*:user/bob'}}",
        &[
            ("aws:PrincipalArn=arn:aws:iam::1:user/bob", true),
            ("aws:PrincipalArn=arn:aws:iam::1:user/eve", false),
            ("", false),
        ],
    );
    when(
        "{'ArnNotEquals':{'aws:PrincipalArn':'arn:aws:iam::1:user/bob'}}",
        &[
            ("aws:PrincipalArn=arn:aws:iam::1:user/bob", false),
            ("aws:PrincipalArn=arn:aws:iam::1:user/eve", true),
            ("", true),
        ],
    );
}

#[test]
fn numbers() {
    let table = [
        ("NumericEquals", [false, true, false]),
        ("NumericNotEquals", [true, false, true]),
        ("NumericLessThan", [true, false, false]),
        ("NumericLessThanEquals", [true, true, false]),
        ("NumericGreaterThan", [false, false, true]),
        ("NumericGreaterThanEquals", [false, true, true]),
    ];
    for (operator, [nine, ten, eleven]) in table {
        let negated = operator == "NumericNotEquals";
        for value in ["10", "'10'", "['10',10.0]"] {
            when(
                &format!("{{'{operator}':{{'s3:max-keys':{value}}}}}"),
                &[
                    ("s3:max-keys=9", nine),
                    ("s3:max-keys=10", ten),
                    ("s3:max-keys=10.0", ten),
                    ("s3:max-keys=11", eleven),
                    ("s3:max-keys=ten", negated),
                    ("", negated),
                ],
            );
        }
    }
}

#[test]
fn dates() {
    let table = [
        ("DateEquals", [false, true, false]),
        ("DateNotEquals", [true, false, true]),
        ("DateLessThan", [true, false, false]),
        ("DateLessThanEquals", [true, true, false]),
        ("DateGreaterThan", [false, false, true]),
        ("DateGreaterThanEquals", [false, true, true]),
    ];
    for (operator, [before, then, after]) in table {
        for value in ["'2013-05-24T00:00:00Z'", "1369353600", "'2013-05-24'"] {
            when(
                &format!("{{'{operator}':{{'aws:CurrentTime':{value}}}}}"),
                &[
                    ("aws:CurrentTime=2013-05-23T23:59:59Z", before),
                    ("aws:CurrentTime=2013-05-24T00:00:00Z", then),
                    ("aws:CurrentTime=1369353601", after),
                    ("", operator == "DateNotEquals"),
                ],
            );
        }
    }
}

#[test]
fn truths_and_absence() {
    for value in ["true", "'true'", "'True'"] {
        when(
            &format!("{{'Bool':{{'aws:SecureTransport':{value}}}}}"),
            &[
                ("aws:SecureTransport=true", true),
                ("aws:SecureTransport=false", false),
                ("", false),
            ],
        );
    }
    when(
        "{'Null':{'s3:x-amz-acl':true}}",
        &[("s3:x-amz-acl=private", false), ("", true)],
    );
    when(
        "{'Null':{'s3:x-amz-acl':'false'}}",
        &[("s3:x-amz-acl=private", true), ("", false)],
    );
    when(
        "{'Null':{'s3:x-amz-acl':[true,false]}}",
        &[("s3:x-amz-acl=private", true), ("", true)],
    );
}

#[test]
fn addresses() {
    when(
        "{'IpAddress':{'aws:SourceIp':['203.0.113.0/24','2001:db8::/32']}}",
        &[
            ("aws:SourceIp=203.0.113.9", true),
            ("aws:SourceIp=203.0.114.9", false),
            ("aws:SourceIp=2001:db8::1", true),
            ("aws:SourceIp=::1", false),
            ("aws:SourceIp=somewhere", false),
            ("", false),
        ],
    );
    when(
        "{'NotIpAddress':{'aws:SourceIp':'203.0.113.9'}}",
        &[
            ("aws:SourceIp=203.0.113.9", false),
            ("aws:SourceIp=203.0.113.8", true),
            ("", true),
        ],
    );
}

#[test]
fn if_it_exists() {
    when(
        "{'StringEqualsIfExists':{'s3:prefix':'a'}}",
        &[("s3:prefix=a", true), ("s3:prefix=b", false), ("", true)],
    );
    when(
        "{'StringNotEqualsIfExists':{'s3:prefix':'a'}}",
        &[("s3:prefix=a", false), ("s3:prefix=b", true), ("", true)],
    );
    when(
        "{'BoolIfExists':{'aws:MultiFactorAuthPresent':true}}",
        &[("aws:MultiFactorAuthPresent=false", false), ("", true)],
    );
    when(
        "{'NumericLessThanEqualsIfExists':{'s3:max-keys':10}}",
        &[
            ("s3:max-keys=10", true),
            ("s3:max-keys=11", false),
            ("", true),
        ],
    );
    when(
        "{'IpAddressIfExists':{'aws:SourceIp':'10.0.0.0/8'}}",
        &[
            ("aws:SourceIp=10.1.1.1", true),
            ("aws:SourceIp=11.1.1.1", false),
            ("", true),
        ],
    );
}

#[test]
fn several_values() {
    const A: &str = "s3:RequestObjectTagKeys=a";
    const B: &str = "s3:RequestObjectTagKeys=b";
    let (ab, ac) = (format!("{A} {B}"), format!("{A} s3:RequestObjectTagKeys=c"));
    when(
        "{'ForAllValues:StringEquals':{'s3:RequestObjectTagKeys':['a','b']}}",
        &[(A, true), (&ab, true), (&ac, false), ("", true)],
    );
    when(
        "{'ForAnyValue:StringEquals':{'s3:RequestObjectTagKeys':['b','x']}}",
        &[
            (A, false),
            (B, true),
            (&ab, true),
            (&ac, false),
            ("", false),
        ],
    );
    when(
        "{'ForAllValues:StringNotEquals':{'s3:RequestObjectTagKeys':['b']}}",
        &[(A, true), (&ab, false), (&ac, true), ("", true)],
    );
    when(
        "{'ForAnyValue:StringNotEquals':{'s3:RequestObjectTagKeys':['b']}}",
        &[(A, true), (B, false), (&ab, true), ("", false)],
    );
    when(
        "{'ForAnyValue:StringLikeIfExists':{'s3:RequestObjectTagKeys':'b*'}}",
        &[(A, false), (B, true), ("", true)],
    );
    when(
        "{'StringEquals':{'s3:RequestObjectTagKeys':'b'}}",
        &[(A, false), (&ab, true), ("", false)],
    );
}

#[test]
fn all_conditions_hold_together() {
    when(
        "{'StringEquals':{'s3:prefix':'a','s3:delimiter':'/'},'Bool':{'aws:SecureTransport':'true'}}",
        &[
            ("s3:prefix=a s3:delimiter=/ aws:SecureTransport=true", true),
            (
                "s3:prefix=a s3:delimiter=/ aws:SecureTransport=false",
                false,
            ),
            ("s3:prefix=a aws:SecureTransport=true", false),
            ("s3:prefix=b s3:delimiter=/ aws:SecureTransport=true", false),
            ("", false),
        ],
    );
}

#[test]
fn tags() {
    when(
        "{'StringEquals':{'s3:ExistingObjectTag/security':'public'}}",
        &[
            ("s3:ExistingObjectTag/security=public", true),
            ("s3:ExistingObjectTag/security=private", false),
            ("s3:ExistingObjectTag/Security=public", false),
            ("", false),
        ],
    );
}

#[test]
fn a_denial_with_a_condition() {
    check(
        "{'Effect':'Allow','Principal':'*','Action':'s3:PutObject','Resource':'arn:aws:s3:::photos/*'},\
         {'Effect':'Deny','Principal':'*','Action':'s3:PutObject','Resource':'arn:aws:s3:::photos/*',\
          'Condition':{'StringLike':{'s3:x-amz-acl':'public*'}}}",
        &[
            ("bob PutObject photos/k", "allow"),
            ("bob PutObject photos/k s3:x-amz-acl=private", "allow"),
            ("bob PutObject photos/k s3:x-amz-acl=public-read", "deny"),
        ],
    );
}
