//! Owners and bucket ACLs: whose buckets there are, and what grants let others do.

use crate::people::{ALICE, BOB, Who, check, id_of, people, put, send};
use crate::support::Fixture;
use Who::{Alice, AliceAgain, Bob, Stranger};

#[tokio::test]
async fn each_owner_has_buckets_of_its_own() {
    let store = people().await;
    send(&store, Bob, "PUT /bobs", &[], "").await.is(200);
    let names = async |who| send(&store, who, "GET /", &[], "").await.is(200);
    for who in [Alice, AliceAgain] {
        let list = names(who).await.says("<Name>photos</Name>").lacks("bobs");
        list.says(&format!(
            "<Owner><ID>{}</ID><DisplayName>{ALICE}</DisplayName></Owner>",
            id_of(ALICE)
        ));
    }
    names(Bob).await.says("<Name>bobs</Name>").lacks("photos");
    check(
        &store,
        &[
            (Stranger, "GET /", 403),
            (Stranger, "PUT /strangers", 403),
            (Bob, "GET /photos?list-type=2", 403),
            (Bob, "HEAD /photos", 403),
            (Bob, "GET /photos?location", 403),
            (Bob, "GET /photos?cors", 403),
            (Bob, "GET /photos?acl", 403),
            (Bob, "GET /photos?policy", 403),
            (Bob, "GET /photos?policyStatus", 403),
            (Bob, "GET /photos?ownershipControls", 403),
            (Bob, "GET /photos?publicAccessBlock", 403),
            (Bob, "DELETE /photos?cors", 403),
            (Bob, "DELETE /photos?policy", 403),
            (Bob, "DELETE /photos", 403),
            (Bob, "PUT /photos/k", 403),
            (Bob, "GET /photos/k", 403),
            (Bob, "DELETE /photos/k", 403),
            (Stranger, "PUT /photos/k", 403),
            (AliceAgain, "PUT /photos/k", 200),
            (AliceAgain, "GET /photos/k", 200),
            (AliceAgain, "DELETE /photos/k", 204),
            (AliceAgain, "GET /photos/k", 404),
            (Alice, "DELETE /bobs", 403),
            (Bob, "DELETE /bobs", 204),
        ],
    )
    .await;
}

#[tokio::test]
async fn buckets_come_in_pages() {
    let store = people().await;
    for name in ["/albums", "/papers"] {
        send(&store, Alice, &format!("PUT {name}"), &[], "")
            .await
            .is(200);
        send(&store, Bob, &format!("PUT {name}-of-bob"), &[], "")
            .await
            .is(200);
    }
    let list = async |query: &str| send(&store, Alice, &format!("GET /?{query}"), &[], "").await;
    let first = list("max-buckets=2").await.is(200);
    let first = first
        .says("<Name>albums</Name>")
        .says("<Name>papers</Name>")
        .lacks("photos");
    let text = first.text();
    let token = text.split_once("<ContinuationToken>").unwrap().1;
    let token = token.split_once('<').unwrap().0;
    let rest = list(&format!("max-buckets=2&continuation-token={token}")).await;
    rest.says("<Name>photos</Name>")
        .lacks("papers")
        .lacks("ContinuationToken");
    list("prefix=p&max-buckets=3")
        .await
        .says("<Prefix>p</Prefix>")
        .lacks("albums")
        .lacks("ContinuationToken");
    list("bucket-region=eu-west-1")
        .await
        .says("<Buckets></Buckets>");
    for wrong in [
        "max-buckets=0",
        "max-buckets=10001",
        "max-buckets=x",
        "continuation-token=",
        "continuation-token=%25",
    ] {
        list(wrong).await.refused(400, "InvalidArgument");
    }
}

#[tokio::test]
async fn names_of_buckets_are_taken_once() {
    let store = people().await;
    let code = async |who, acl: &str| {
        let headers = [("x-amz-acl", acl)];
        send(&store, who, "PUT /photos", &headers, "").await
    };
    code(Bob, "private")
        .await
        .refused(409, "BucketAlreadyExists");
    code(Alice, "private").await.is(200);
    code(Alice, "public-read")
        .await
        .refused(409, "BucketAlreadyExists");
    let acl = send(&store, Alice, "GET /photos?acl", &[], "")
        .await
        .is(200);
    acl.lacks("AllUsers");
}

/// What somebody may do with a bucket: list, write, read the ACL, write it.
async fn may(store: &Fixture, who: Who) -> String {
    let requests = [
        ('r', "GET /photos?list-type=2"),
        ('w', "PUT /photos/written"),
        ('R', "GET /photos?acl"),
    ];
    let mut may = String::new();
    for (letter, request) in requests {
        if send(store, who, request, &[], "").await.status == 200 {
            may.push(letter);
        }
    }
    let acl = send(store, Alice, "GET /photos?acl", &[], "").await.is(200);
    let text = acl.text();
    let rewrite = send(store, who, "PUT /photos?acl", &[], &text).await;
    if rewrite.status == 200 {
        may.push('W');
    }
    may
}

#[tokio::test]
async fn canned_acls_of_a_bucket() {
    let store = people().await;
    for (canned, bob, stranger) in [
        ("private", "", ""),
        ("public-read", "r", "r"),
        ("public-read-write", "rw", "rw"),
        ("authenticated-read", "r", ""),
        ("aws-exec-read", "", ""),
        ("log-delivery-write", "", ""),
        ("bucket-owner-full-control", "", ""),
    ] {
        let headers = [("x-amz-acl", canned)];
        send(&store, Alice, "PUT /photos?acl", &headers, "")
            .await
            .is(200);
        assert_eq!(may(&store, Alice).await, "rwRW", "{canned}");
        assert_eq!(may(&store, Bob).await, bob, "{canned}");
        assert_eq!(may(&store, Stranger).await, stranger, "{canned}");
    }
}

#[tokio::test]
async fn grants_in_headers() {
    let store = people().await;
    let bob = format!("id=\"{}\"", id_of(BOB));
    for (header, expect) in [
        ("x-amz-grant-read", "r"),
        ("x-amz-grant-write", "w"),
        ("x-amz-grant-read-acp", "R"),
        ("x-amz-grant-write-acp", "W"),
        ("x-amz-grant-full-control", "rwRW"),
    ] {
        for value in [bob.as_str(), "emailAddress=BOB@example.com"] {
            let headers = [(header, value)];
            send(&store, Alice, "PUT /photos?acl", &headers, "")
                .await
                .is(200);
            assert_eq!(may(&store, Bob).await, expect, "{header}");
            assert_eq!(may(&store, Stranger).await, "", "{header}");
            let acl = send(&store, Alice, "GET /photos?acl", &[], "").await;
            acl.says("xsi:type=\"CanonicalUser\"><ID>")
                .says("<DisplayName>bob</DisplayName></Grantee>");
        }
    }
    let group = "uri=\"http://acs.amazonaws.com/groups/global/AuthenticatedUsers\"";
    let headers = [("x-amz-grant-read", group)];
    send(&store, Alice, "PUT /photos?acl", &headers, "")
        .await
        .is(200);
    assert_eq!(may(&store, Bob).await, "r");
    assert_eq!(may(&store, Stranger).await, "");
    let headers = [("x-amz-grant-write", bob.as_str())];
    send(&store, Alice, "PUT /shared", &headers, "")
        .await
        .is(200);
    check(
        &store,
        &[
            (Bob, "PUT /shared/k", 200),
            (Bob, "GET /shared?list-type=2", 403),
        ],
    )
    .await;
}

fn document(owner: &str, grants: &[(&str, &str)]) -> String {
    let grant = |(grantee, permission): &(&str, &str)| {
        format!(
            "<Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">{grantee}</Grantee>\
             <Permission>{permission}</Permission></Grant>"
        )
    };
    let grants: String = grants.iter().map(grant).collect();
    format!(
        "<AccessControlPolicy xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Owner><ID>{}</ID></Owner>\
         <AccessControlList>{grants}</AccessControlList></AccessControlPolicy>",
        id_of(owner)
    )
}

#[tokio::test]
async fn grants_in_a_document() {
    let store = people().await;
    let bob = format!("<ID>{}</ID>", id_of(BOB));
    put(
        &store,
        "/photos?acl",
        &document(ALICE, &[(&bob, "READ"), (&bob, "WRITE_ACP")]),
    )
    .await
    .is(200);
    assert_eq!(may(&store, Bob).await, "rW");
    // Without a grant the owner may not write either, and can mend it.
    put(&store, "/photos?acl", &document(ALICE, &[]))
        .await
        .is(200);
    assert_eq!(may(&store, Alice).await, "RW");
    check(&store, &[(Alice, "PUT /photos/k", 403)]).await;
    let acl = send(&store, Alice, "GET /photos?acl", &[], "").await;
    acl.says("<AccessControlList></AccessControlList>");
    let headers = [("x-amz-acl", "private")];
    send(&store, Alice, "PUT /photos?acl", &headers, "")
        .await
        .is(200);
    assert_eq!(may(&store, Alice).await, "rwRW");
}

#[tokio::test]
async fn wrong_acls_change_nothing() {
    let store = people().await;
    let with = async |name: &'static str, value: &str| {
        let headers = [(name, value)];
        send(&store, Alice, "PUT /photos?acl", &headers, "").await
    };
    with("x-amz-acl", "public")
        .await
        .refused(400, "InvalidArgument");
    with("x-amz-grant-read", "bob")
        .await
        .refused(400, "InvalidArgument");
    with("x-amz-grant-read", "id=_foo")
        .await
        .refused(400, "InvalidArgument")
        .says("<ArgumentName>CanonicalUser/ID</ArgumentName>");
    with("x-amz-grant-read", "uri=http://example.com/")
        .await
        .refused(400, "InvalidArgument");
    with("x-amz-grant-read", "emailAddress=eve@example.com")
        .await
        .refused(400, "UnresolvableGrantByEmailAddress");
    let send = async |headers: &[(&str, &str)], body: &str| {
        send(&store, Alice, "PUT /photos?acl", headers, body).await
    };
    send(&[], "").await.refused(400, "MissingSecurityHeader");
    let canned = ("x-amz-acl", "public-read");
    let group = "uri=http://acs.amazonaws.com/groups/global/AllUsers";
    send(&[canned, ("x-amz-grant-read", group)], "")
        .await
        .refused(400, "InvalidRequest");
    let all = "<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI>";
    let good = document(ALICE, &[(all, "READ")]);
    send(&[canned], &good)
        .await
        .refused(400, "UnexpectedContent");
    let body = async |body: &str| send(&[], body).await;
    body("<Acl/>").await.refused(400, "MalformedACLError");
    body(&good[..60]).await.refused(400, "MalformedACLError");
    body(&good.replace("READ", "EVERYTHING"))
        .await
        .refused(400, "MalformedACLError")
        .says("EVERYTHING");
    body(&document(BOB, &[(all, "READ")]))
        .await
        .refused(403, "AccessDenied");
    body(&document(ALICE, &[("<ID>_foo</ID>", "READ")]))
        .await
        .refused(400, "InvalidArgument");
    body(&document(
        ALICE,
        &[("<EmailAddress>eve@example.com</EmailAddress>", "READ")],
    ))
    .await
    .refused(400, "UnresolvableGrantByEmailAddress");
    body(&document(ALICE, &[(all, "READ"); 101]))
        .await
        .refused(400, "MalformedACLError")
        .says("at most 100");
    assert_eq!(may(&store, Stranger).await, "");
}

#[tokio::test]
async fn an_expected_owner_is_who_it_is() {
    let store = people().await;
    let of = async |name: &str| {
        let account = crate::people::account_of(name);
        let headers = [("x-amz-expected-bucket-owner", account.as_str())];
        send(&store, Alice, "GET /photos?list-type=2", &headers, "").await
    };
    of(ALICE).await.is(200);
    of(BOB)
        .await
        .refused(403, "AccessDenied")
        .says("expected-bucket-owner");
}
