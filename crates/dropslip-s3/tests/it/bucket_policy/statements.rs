//! Who, what and which: principals, actions, resources and effects.

use super::*;

#[test]
fn principals() {
    let by = |principal: &str, cases: &[(&str, &str)]| {
        let statement = format!(
            "{{'Effect':'Allow','Principal':{principal},'Action':'s3:GetObject','Resource':'arn:aws:s3:::photos/*'}}"
        );
        let cases: Vec<(String, &str)> = cases
            .iter()
            .map(|(who, expect)| (format!("{who} GetObject photos/k"), *expect))
            .collect();
        let cases: Vec<(&str, &str)> = cases.iter().map(|(r, e)| (r.as_str(), *e)).collect();
        check(&statement, &cases);
    };
    let (id, account) = (canonical_id("alice"), account_id("alice"));
    let everybody = [("alice", "allow"), ("bob", "allow"), ("nobody", "allow")];
    by("'*'", &everybody);
    by("{'AWS':'*'}", &everybody);
    by("{'AWS':['arn:aws:iam::123456789012:root','*']}", &everybody);
    let alice = [("alice", "allow"), ("bob", "silent"), ("nobody", "silent")];
    by(&format!("{{'AWS':'{account}'}}"), &alice);
    by(&format!("{{'AWS':'{id}'}}"), &alice);
    by(&format!("{{'AWS':'{}'}}", id.to_uppercase()), &alice);
    by(&format!("{{'CanonicalUser':'{id}'}}"), &alice);
    by(
        &format!("{{'CanonicalUser':['{}','{id}']}}", canonical_id("carol")),
        &alice,
    );
    by(&format!("{{'AWS':'arn:aws:iam::{account}:root'}}"), &alice);
    by(
        &format!("{{'AWS':'arn:aws:iam::{account}:user/alice'}}"),
        &alice,
    );
    by(
        &format!("{{'AWS':'arn:aws:iam::{account}:user/team/alice'}}"),
        &alice,
    );
    by(
        &format!("{{'AWS':'arn:aws-cn:iam::{account}:user/AKALICE'}}"),
        &alice,
    );
    by("{'AWS':'arn:aws:iam:::user/alice'}", &alice);
    by(&format!("{{'AWS':['arn:aws:iam:::user/{id}']}}"), &alice);
    by("{'AWS':'alice'}", &alice);
    by("{'AWS':'AKALICE'}", &alice);
    by("{'AWS':['carol','alice']}", &alice);
    let none = [("alice", "silent"), ("bob", "silent"), ("nobody", "silent")];
    by("{'AWS':'Alice'}", &none);
    by("{'AWS':'arn:aws:iam::123456789012:root'}", &none);
    by("{'AWS':'arn:aws:iam::123456789012:user/alice'}", &none);
    by(
        &format!("{{'AWS':'arn:aws:iam::{account}:role/alice'}}"),
        &none,
    );
    by(
        "{'AWS':'arn:aws:sts::123456789012:assumed-role/alice/alice'}",
        &none,
    );
    by(
        "{'AWS':'arn:aws:iam::cloudfront:user/CloudFront-Origin'}",
        &none,
    );
    by("{'Service':'logging.s3.amazonaws.com'}", &none);
    by("{'Federated':'cognito-identity.amazonaws.com'}", &none);
    by(
        "{'Service':'cloudfront.amazonaws.com','AWS':'alice'}",
        &alice,
    );
}

#[test]
fn all_principals_but() {
    let statement = "{'Effect':'Allow','Principal':'*','Action':'s3:*','Resource':['arn:aws:s3:::photos/*']},\
        {'Effect':'Deny','NotPrincipal':{'AWS':['alice','carol']},'Action':'s3:PutObject','Resource':'arn:aws:s3:::photos/*'}";
    check(
        statement,
        &[
            ("alice PutObject photos/k", "allow"),
            ("carol PutObject photos/k", "allow"),
            ("bob PutObject photos/k", "deny"),
            ("nobody PutObject photos/k", "deny"),
            ("bob GetObject photos/k", "allow"),
        ],
    );
}

#[test]
fn actions() {
    let by = |action: &str, cases: &[(&str, &str)]| {
        let statement = format!(
            "{{'Effect':'Allow','Principal':'*',{action},'Resource':['arn:aws:s3:::photos','arn:aws:s3:::photos/*']}}"
        );
        check(&statement, cases);
    };
    by(
        "'Action':'*'",
        &[
            ("bob GetObject photos/k", "allow"),
            ("bob DeleteBucket photos", "allow"),
            ("bob PutBucketPolicy photos", "allow"),
        ],
    );
    by(
        "'Action':'s3:*'",
        &[
            ("bob GetObject photos/k", "allow"),
            ("bob ListBucket photos", "allow"),
        ],
    );
    by(
        "'Action':['s3:GetObject','s3:ListBucket']",
        &[
            ("bob GetObject photos/k", "allow"),
            ("bob ListBucket photos", "allow"),
            ("bob GetObjectVersion photos/k", "silent"),
            ("bob GetObjectAcl photos/k", "silent"),
            ("bob PutObject photos/k", "silent"),
            ("bob ListBucketVersions photos", "silent"),
        ],
    );
    by(
        "'Action':'s3:GetObject*'",
        &[
            ("bob GetObject photos/k", "allow"),
            ("bob GetObjectVersion photos/k", "allow"),
            ("bob GetObjectTagging photos/k", "allow"),
            ("bob GetBucketAcl photos", "silent"),
        ],
    );
    by(
        "'Action':'s3:getobject'",
        &[
            ("bob GetObject photos/k", "allow"),
            ("bob PutObject photos/k", "silent"),
        ],
    );
    by(
        "'NotAction':['s3:Delete*','s3:*Policy']",
        &[
            ("bob GetObject photos/k", "allow"),
            ("bob DeleteObject photos/k", "silent"),
            ("bob DeleteObjectTagging photos/k", "silent"),
            ("bob PutBucketPolicy photos", "silent"),
            ("bob GetBucketPolicyStatus photos", "allow"),
        ],
    );
}

#[test]
fn resources() {
    let by = |resource: &str, cases: &[(&str, &str)]| {
        let statement = format!("{{'Effect':'Allow','Principal':'*','Action':'*',{resource}}}");
        check(&statement, cases);
    };
    let of_bucket = ("bob ListBucket photos", "allow");
    by(
        "'Resource':'arn:aws:s3:::photos'",
        &[
            of_bucket,
            ("bob GetObject photos/k", "silent"),
            ("bob ListBucket photos2", "silent"),
        ],
    );
    by(
        "'Resource':'arn:aws:s3:::photos/*'",
        &[
            ("bob ListBucket photos", "silent"),
            ("bob GetObject photos/k", "allow"),
            ("bob GetObject photos/a/b", "allow"),
            ("bob GetObject photos/a//", "allow"),
        ],
    );
    by(
        "'Resource':'arn:aws:s3:::photos*'",
        &[of_bucket, ("bob GetObject photos/k", "allow")],
    );
    for all in [
        "'Resource':'*'",
        "'Resource':'arn:aws:s3:::*'",
        "'Resource':['arn:aws:s3:::*','arn:aws:s3:::*/*']",
    ] {
        by(all, &[of_bucket, ("bob GetObject photos/k", "allow")]);
    }
    by(
        "'Resource':'arn:aws:s3:::photos/home/*/a?.jpg'",
        &[
            ("bob GetObject photos/home/x/a1.jpg", "allow"),
            ("bob GetObject photos/home/x/y/a1.jpg", "allow"),
            ("bob GetObject photos/home/a1.jpg", "silent"),
            ("bob GetObject photos/home/x/a12.jpg", "silent"),
            ("bob GetObject photos/home/x/a1.jpgs", "silent"),
            ("bob GetObject photos/HOME/x/a1.jpg", "silent"),
        ],
    );
    by(
        "'Resource':'arn:aws:s3:::photos/k'",
        &[
            ("bob GetObject photos/k", "allow"),
            ("bob GetObject photos/k2", "silent"),
            ("bob GetObject photos/K", "silent"),
        ],
    );
    by(
        "'NotResource':['arn:aws:s3:::photos/private/*','arn:aws:s3:::photos']",
        &[
            ("bob GetObject photos/k", "allow"),
            ("bob GetObject photos/private/k", "silent"),
            ("bob GetObject photos/private", "allow"),
            ("bob ListBucket photos", "silent"),
        ],
    );
    by(
        "'Resource':'arn:aws:s3:::photos/${aws:username}/*'",
        &[
            ("bob PutObject photos/bob/k aws:username=bob", "allow"),
            ("bob PutObject photos/alice/k aws:username=bob", "silent"),
            ("eve PutObject photos/*/k aws:username=*", "allow"),
            ("eve PutObject photos/bob/k aws:username=*", "silent"),
            ("nobody PutObject photos/${aws:username}/k", "silent"),
        ],
    );
}

#[test]
fn a_denial_wins_wherever_it_stands() {
    let allow =
        "{'Effect':'Allow','Principal':'*','Action':'s3:*','Resource':'arn:aws:s3:::photos/*'}";
    let deny = "{'Effect':'Deny','Principal':{'AWS':'bob'},'Action':'s3:*','Resource':'arn:aws:s3:::photos/private/*'}";
    for statements in [format!("{allow},{deny}"), format!("{deny},{allow}")] {
        check(
            &statements,
            &[
                ("bob GetObject photos/k", "allow"),
                ("bob GetObject photos/private/k", "deny"),
                ("alice GetObject photos/private/k", "allow"),
                ("nobody GetObject photos/private/k", "allow"),
            ],
        );
    }
}

#[test]
fn who_decided_is_named() {
    let text = "{'Sid':'read all','Effect':'Allow','Principal':'*','Action':'s3:GetObject','Resource':'arn:aws:s3:::photos/*'},\
        {'Effect':'Deny','Principal':'*','Action':'s3:DeleteObject','Resource':'arn:aws:s3:::photos/*'}";
    let policy = policy(text);
    assert_eq!(
        decide(&policy, "bob GetObject photos/k"),
        Decision::Allowed { by: 0 }
    );
    assert_eq!(
        decide(&policy, "bob DeleteObject photos/k"),
        Decision::Denied { by: 1 }
    );
    assert_eq!(policy.name_of(0), "the statement `read all`");
    assert_eq!(policy.name_of(1), "statement 2");
}

#[test]
fn what_a_near_miss_lacked_is_named() {
    let text = "{'Effect':'Allow','Principal':'*','Action':'s3:GetObject','Resource':'arn:aws:s3:::photos/*',\
        'Condition':{'Bool':{'aws:SecureTransport':'true'},'StringLike':{'aws:Referer':'https://a/*'}}}";
    let policy = policy(text);
    let ask = |action, secure: &'static str| {
        let values = move |key: &ConditionKey| match key.name() {
            "aws:SecureTransport" => Some(vec![secure.to_owned()]),
            _ => None,
        };
        let request = PolicyRequest {
            caller: None,
            action,
            bucket: "photos",
            key: Some("k"),
            values: &values,
        };
        let near = policy.nearly_allows(&request);
        near.map(|(at, key)| (at, key.name()))
    };
    assert_eq!(
        ask(Action::GetObject, "false"),
        Some((0, "aws:SecureTransport"))
    );
    assert_eq!(ask(Action::GetObject, "true"), Some((0, "aws:Referer")));
    assert_eq!(ask(Action::PutObject, "true"), None);
}
