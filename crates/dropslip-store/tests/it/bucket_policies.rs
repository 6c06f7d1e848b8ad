//! Bucket policies: kept, asked, and explained.

use crate::people::{ALICE, BOB, Who, account_of, check, people, policy, put, send, with_policy};
use crate::support::{Fixture, Headers, presign};
use Who::{Alice, AliceAgain, Bob, Stranger};

const ALL: &str = "'Resource':['arn:aws:s3:::photos','arn:aws:s3:::photos/*']";

#[tokio::test]
async fn policies_are_kept_and_removed() {
    let store = people().await;
    let none = async |store: &Fixture| {
        let answer = store.signed("GET", "/photos?policy", &[], "").await;
        answer.refused(404, "NoSuchBucketPolicy");
    };
    none(&store).await;
    let text = policy(&format!(
        "{{'Sid':'read','Effect':'Allow','Principal':'*','Action':'s3:GetObject',{}}}",
        "'Resource':'arn:aws:s3:::photos/*'"
    ));
    put(&store, "/photos?policy", &text).await.is(204);
    let store = store.reopened();
    let kept = store.signed("GET", "/photos?policy", &[], "").await.is(200);
    assert_eq!(kept.text(), text);
    assert_eq!(kept.header("content-type"), "application/json");
    for _ in 0..2 {
        store
            .signed("DELETE", "/photos?policy", &[], "")
            .await
            .is(204);
    }
    none(&store).await;
}

#[tokio::test]
async fn wrong_policies_leave_the_old_one() {
    let store = with_policy(
        "{'Effect':'Allow','Principal':'*','Action':'s3:GetObject','Resource':'arn:aws:s3:::photos/*'}",
    )
    .await;
    let refused = async |text: &str, message: &str, detail: &str| {
        put(&store, "/photos?policy", &text.replace('\'', "\""))
            .await
            .refused(400, "MalformedPolicy")
            .says(&format!("<Message>{message}"))
            .says(detail);
    };
    refused("", "Policies must be valid JSON", "begins").await;
    refused("{", "Policies must be valid JSON", "EOF").await;
    let allow = |who: &str, action: &str, resource: &str| {
        format!(
            "{{'Statement':{{'Effect':'Allow','Principal':{who},'Action':'{action}','Resource':'{resource}'}}}}"
        )
    };
    let objects = "arn:aws:s3:::photos/*";
    refused(
        &allow("'*'", "s3:GetObjct", objects),
        "Policy has invalid action",
        "s3:GetObjct",
    )
    .await;
    refused(
        &allow("'*'", "s3:GetObject", "arn:aws:s3:::other/*"),
        "Policy has invalid resource",
        "another bucket",
    )
    .await;
    refused(
        &allow("{'AWS':'carol'}", "s3:GetObject", objects),
        "Invalid principal in policy",
        "carol",
    )
    .await;
    put(
        &store,
        "/photos?policy",
        &format!("{{{}", " ".repeat(20 * 1024)),
    )
    .await
    .refused(400, "MalformedPolicy");
    check(&store, &[(Stranger, "GET /photos/k", 200)]).await;
}

#[tokio::test]
async fn a_policy_lets_others_in() {
    let store = with_policy(&format!(
        "{{'Effect':'Allow','Principal':{{'AWS':'arn:aws:iam::{}:user/bob'}},'Action':['s3:*'],{ALL}}},\
         {{'Effect':'Allow','Principal':'*','Action':'s3:GetObject','Resource':'arn:aws:s3:::photos/public/*'}}",
        account_of(BOB)
    ))
    .await;
    check(
        &store,
        &[
            (Bob, "GET /photos/k", 200),
            (Bob, "GET /photos/missing", 404),
            (Bob, "GET /photos?list-type=2", 200),
            (Bob, "PUT /photos/public/a", 200),
            (Bob, "GET /photos?acl", 200),
            (Bob, "GET /photos?policy", 200),
            (Stranger, "GET /photos/public/a", 200),
            (Stranger, "HEAD /photos/public/a", 200),
            (Stranger, "GET /photos/public/missing", 403),
            (Stranger, "GET /photos/k", 403),
            (Stranger, "PUT /photos/public/b", 403),
            (Stranger, "GET /photos?list-type=2", 403),
            // What Bob wrote is his: the bucket's owner may remove it, and not read it but by policy.
            (AliceAgain, "GET /photos/public/a", 200),
            (Bob, "DELETE /photos/k", 204),
            (Alice, "DELETE /photos/public/a", 204),
        ],
    )
    .await;
    let link = presign("GET", "/photos/k", &[], crate::support::now());
    store.send("GET", &link, &[], "").await.is(404);
}

#[tokio::test]
async fn a_denial_shuts_the_owner_out_and_can_be_mended() {
    let store = with_policy(&format!(
        "{{'Sid':'nobody','Effect':'Deny','Principal':'*','Action':'s3:*',{ALL}}}"
    ))
    .await;
    check(
        &store,
        &[
            (Alice, "GET /photos/k", 403),
            (Alice, "PUT /photos/k", 403),
            (Alice, "GET /photos?list-type=2", 403),
            (Alice, "DELETE /photos", 403),
            (Alice, "GET /photos?publicAccessBlock", 403),
            (Bob, "GET /photos?policy", 403),
            (AliceAgain, "GET /photos?policy", 200),
        ],
    )
    .await;
    let link = presign("GET", "/photos/k", &[], crate::support::now());
    store
        .send("GET", &link, &[], "")
        .await
        .refused(403, "AccessDenied")
        .says("<Reason>the statement `nobody` of the bucket's policy denies `s3:GetObject`")
        .says("s3:GetObject");
    store
        .signed("DELETE", "/photos?policy", &[], "")
        .await
        .is(204);
    check(&store, &[(Alice, "GET /photos/k", 200)]).await;
}

#[tokio::test]
async fn conditions_see_the_request() {
    let when = async |condition: &str, cases: &[(&str, Headers<'_>, u16)]| {
        let store = with_policy(&format!(
            "{{'Effect':'Allow','Principal':{{'AWS':'bob'}},'Action':'s3:*',{ALL},'Condition':{condition}}}"
        ))
        .await;
        for (request, headers, expect) in cases {
            let answer = send(&store, Bob, request, headers, "").await;
            assert_eq!(
                answer.status,
                *expect,
                "{condition} {request}: {}",
                answer.text()
            );
        }
    };
    let get = "GET /photos/k";
    when(
        "{'IpAddress':{'aws:SourceIp':'127.0.0.0/8'}}",
        &[(get, &[], 200)],
    )
    .await;
    when(
        "{'IpAddress':{'aws:SourceIp':'10.0.0.0/8'}}",
        &[(get, &[], 403)],
    )
    .await;
    let referer: &[(&str, &str)] = &[("referer", "https://app.example/x")];
    let other: &[(&str, &str)] = &[("referer", "https://evil.test/")];
    when(
        "{'StringLike':{'aws:Referer':'https://app.example/*'}}",
        &[(get, referer, 200), (get, other, 403), (get, &[], 403)],
    )
    .await;
    let https: &[(&str, &str)] = &[("x-forwarded-proto", "https")];
    when(
        "{'Bool':{'aws:SecureTransport':true}}",
        &[(get, &[], 403), (get, https, 200)],
    )
    .await;
    when(
        "{'StringEquals':{'s3:prefix':'home/','s3:delimiter':'/'},'NumericLessThanEquals':{'s3:max-keys':10}}",
        &[
            ("GET /photos?list-type=2&prefix=home/&delimiter=/&max-keys=10", &[], 200),
            ("GET /photos?list-type=2&prefix=home/&delimiter=/&max-keys=11", &[], 403),
            ("GET /photos?list-type=2&prefix=home/&max-keys=10", &[], 403),
            (get, &[], 403),
        ],
    )
    .await;
    let public: &[(&str, &str)] = &[("x-amz-acl", "public-read")];
    when(
        "{'StringEquals':{'s3:x-amz-acl':'public-read'}}",
        &[("PUT /photos/a", public, 200), ("PUT /photos/a", &[], 403)],
    )
    .await;
    when(
        "{'StringEquals':{'s3:authType':'REST-HEADER','s3:signatureversion':'AWS4-HMAC-SHA256','aws:username':'bob'}}",
        &[(get, &[], 200)],
    )
    .await;
    when(
        "{'DateGreaterThan':{'aws:CurrentTime':'2013-05-24'}}",
        &[(get, &[], 200)],
    )
    .await;
    when(
        "{'DateLessThan':{'aws:CurrentTime':'2013-05-24'}}",
        &[(get, &[], 403)],
    )
    .await;
}

#[tokio::test]
async fn a_presigned_url_is_as_its_signer_and_may_be_too_old() {
    let store = with_policy(
        "{'Effect':'Deny','Principal':'*','Action':'s3:GetObject','Resource':'arn:aws:s3:::photos/*',\
          'Condition':{'NumericGreaterThan':{'s3:signatureAge':20000}}}",
    )
    .await;
    let at = |s: i64| dropslip_sigv4::Timestamp::from_unix_s(crate::support::now().unix_s() - s);
    let young = presign("GET", "/photos/k", &[], at(5));
    store.send("GET", &young, &[], "").await.is(200);
    let old = presign("GET", "/photos/k", &[], at(40));
    store
        .send("GET", &old, &[], "")
        .await
        .refused(403, "AccessDenied")
        .says("statement 1 of the bucket");
}

#[tokio::test]
async fn whoever_is_not_here_is_not_told_why() {
    let store = people().await.at_peer("192.0.2.7");
    send(&store, Bob, "GET /photos/k", &[], "")
        .await
        .refused(403, "AccessDenied")
        .lacks("<Reason>");
    let store = people().await;
    send(&store, Bob, "GET /photos?list-type=2", &[], "")
        .await
        .refused(403, "AccessDenied")
        .says(&format!(
            "allows `s3:ListBucket` to `bob`; the bucket is of `{ALICE}`"
        ));
}

#[tokio::test]
async fn near_misses_are_named() {
    let store = with_policy(
        "{'Sid':'referer','Effect':'Allow','Principal':'*','Action':'s3:GetObject','Resource':'arn:aws:s3:::photos/*',\
          'Condition':{'StringLike':{'aws:Referer':'https://app.example/*'}}}",
    )
    .await;
    send(&store, Bob, "GET /photos/k", &[], "")
        .await
        .refused(403, "AccessDenied")
        .says(
            "the statement `referer` of the policy would, if its condition on `aws:Referer` held",
        );
}
