//! ACLs of objects: what they let others do, and what each way of writing gives.

use crate::people::{ALICE, BOB, Who, check, id_of, people, put, send};
use crate::support::{Answer, Fixture, presign};
use Who::{Alice, AliceAgain, Bob, Stranger};

/// What somebody may do with the object `k`: read, read the ACL, write it.
async fn may(store: &Fixture, who: Who) -> String {
    let mut may = String::new();
    for (letter, request) in [('r', "GET /photos/k"), ('R', "GET /photos/k?acl")] {
        let answer = send(store, who, request, &[], "").await;
        if answer.status == 200 {
            may.push(letter);
        }
    }
    let owner = send(store, Alice, "GET /photos/k?acl", &[], "")
        .await
        .is(200);
    let rewrite = send(store, who, "PUT /photos/k?acl", &[], &owner.text()).await;
    if rewrite.status == 200 {
        may.push('W');
    }
    may
}

async fn set(store: &Fixture, header: (&str, &str)) -> Answer {
    send(store, Alice, "PUT /photos/k?acl", &[header], "").await
}

#[tokio::test]
async fn canned_acls_of_an_object() {
    let store = people().await;
    put(&store, "/photos/k", "x").await.is(200);
    for (canned, bob, stranger) in [
        ("private", "", ""),
        ("public-read", "r", "r"),
        ("public-read-write", "r", "r"),
        ("authenticated-read", "r", ""),
        ("aws-exec-read", "", ""),
        ("bucket-owner-read", "", ""),
        ("bucket-owner-full-control", "", ""),
        ("log-delivery-write", "", ""),
    ] {
        set(&store, ("x-amz-acl", canned)).await.is(200);
        assert_eq!(may(&store, Alice).await, "rRW", "{canned}");
        assert_eq!(may(&store, AliceAgain).await, "rRW", "{canned}");
        assert_eq!(may(&store, Bob).await, bob, "{canned}");
        assert_eq!(may(&store, Stranger).await, stranger, "{canned}");
        check(
            &store,
            &[(Bob, "PUT /photos/k", 403), (Bob, "DELETE /photos/k", 403)],
        )
        .await;
    }
}

#[tokio::test]
async fn grants_on_an_object() {
    let store = people().await;
    put(&store, "/photos/k", "x").await.is(200);
    let bob = format!("id={}", id_of(BOB));
    for (header, expect) in [
        ("x-amz-grant-read", "r"),
        ("x-amz-grant-write", ""),
        ("x-amz-grant-read-acp", "R"),
        ("x-amz-grant-write-acp", "W"),
        ("x-amz-grant-full-control", "rRW"),
    ] {
        set(&store, (header, &bob)).await.is(200);
        assert_eq!(may(&store, Bob).await, expect, "{header}");
        // Without a grant the owner keeps the ACL itself.
        assert_eq!(may(&store, Alice).await, "RW", "{header}");
    }
    set(&store, ("x-amz-acl", "no-such"))
        .await
        .refused(400, "InvalidArgument");
    set(&store, ("x-amz-grant-read", "id=_foo"))
        .await
        .refused(400, "InvalidArgument");
    set(&store, ("x-amz-meta-a", "b"))
        .await
        .refused(400, "MissingSecurityHeader");
    let body = |owner: &str| {
        format!(
            "<AccessControlPolicy><Owner><ID>{}</ID></Owner><AccessControlList/></AccessControlPolicy>",
            id_of(owner)
        )
    };
    put(&store, "/photos/k?acl", &body(BOB))
        .await
        .refused(403, "AccessDenied");
    put(&store, "/photos/k?acl", "<AccessControlPolicy/>")
        .await
        .refused(400, "MalformedACLError");
    put(&store, "/photos/k?acl", &body(ALICE)).await.is(200);
    put(&store, "/photos/missing?acl", &body(ALICE))
        .await
        .refused(404, "NoSuchKey");
    send(&store, Bob, "GET /photos/missing?acl", &[], "")
        .await
        .refused(403, "AccessDenied");
}

#[tokio::test]
async fn the_acl_of_another_cannot_change_the_owner() {
    let store = people().await;
    put(&store, "/photos/k", "x").await.is(200);
    let bob = format!("id={}", id_of(BOB));
    set(&store, ("x-amz-grant-full-control", &bob))
        .await
        .is(200);
    let read_acp = [("x-amz-grant-read-acp", bob.as_str())];
    send(&store, Bob, "PUT /photos/k?acl", &read_acp, "")
        .await
        .is(200);
    let acl = send(&store, Bob, "GET /photos/k?acl", &[], "")
        .await
        .is(200);
    acl.says(&format!(
        "<Owner><ID>{}</ID><DisplayName>{ALICE}</DisplayName></Owner>",
        id_of(ALICE)
    ))
    .says("<Permission>READ_ACP</Permission>")
    .lacks("FULL_CONTROL");
}

#[tokio::test]
async fn who_writes_owns() {
    let store = people().await;
    let open = [("x-amz-acl", "public-read-write")];
    send(&store, Alice, "PUT /photos?acl", &open, "")
        .await
        .is(200);
    for (acl, alice) in [
        ("private", ""),
        ("bucket-owner-read", "r"),
        ("bucket-owner-full-control", "rRW"),
    ] {
        send(&store, Bob, "PUT /photos/k", &[("x-amz-acl", acl)], "x")
            .await
            .is(200);
        let shown = send(&store, Bob, "GET /photos/k?acl", &[], "")
            .await
            .is(200);
        shown.says(&format!(
            "<Owner><ID>{}</ID><DisplayName>bob</DisplayName></Owner>",
            id_of(BOB)
        ));
        let read = send(&store, Alice, "GET /photos/k", &[], "").await.status == 200;
        let read_acl = send(&store, Alice, "GET /photos/k?acl", &[], "")
            .await
            .status
            == 200;
        assert_eq!(
            (read, read_acl),
            (alice.contains('r'), alice.contains('R')),
            "{acl}"
        );
        check(&store, &[(Alice, "DELETE /photos/k", 204)]).await;
    }
    // What nobody signed is of the bucket's owner, who can do something about it.
    send(&store, Stranger, "PUT /photos/found", &[], "x")
        .await
        .is(200);
    check(
        &store,
        &[
            (Alice, "GET /photos/found", 200),
            (Bob, "GET /photos/found", 403),
            (Stranger, "GET /photos/found", 403),
        ],
    )
    .await;
}

#[tokio::test]
async fn each_version_has_its_acl() {
    let store = people().await;
    let on = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    put(&store, "/photos?versioning", on).await.is(200);
    let first = put(&store, "/photos/k", "1").await.is(200);
    let id = first.header("x-amz-version-id").to_owned();
    put(&store, "/photos/k", "2").await.is(200);
    let public = [("x-amz-acl", "public-read")];
    let uri = format!("/photos/k?acl&versionId={id}");
    let answer = send(&store, Alice, &format!("PUT {uri}"), &public, "")
        .await
        .is(200);
    assert_eq!(answer.header("x-amz-version-id"), id);
    send(&store, Alice, &format!("GET {uri}"), &[], "")
        .await
        .says("AllUsers");
    let current = send(&store, Alice, "GET /photos/k?acl", &[], "").await;
    current.lacks("AllUsers");
    let version = format!("GET /photos/k?versionId={id}");
    check(
        &store,
        &[(Stranger, "GET /photos/k", 403), (Stranger, &version, 200)],
    )
    .await;
    let missing = format!("GET /photos/k?acl&versionId={}", "0".repeat(32));
    send(&store, Alice, &missing, &[], "")
        .await
        .refused(404, "NoSuchVersion");
}

#[tokio::test]
async fn a_version_needs_a_right_of_its_own() {
    let store = people().await;
    let on = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    put(&store, "/photos?versioning", on).await.is(200);
    let first = put(&store, "/photos/k", "1").await.is(200);
    let id = first.header("x-amz-version-id").to_owned();
    let allow = |action: &str| {
        crate::people::policy(&format!(
            "{{'Effect':'Allow','Principal':'*','Action':['{action}'],'Resource':'arn:aws:s3:::photos/*'}}"
        ))
    };
    let version = format!("GET /photos/k?versionId={id}");
    let delete = format!("DELETE /photos/k?versionId={id}");
    put(&store, "/photos?policy", &allow("s3:GetObject"))
        .await
        .is(204);
    check(
        &store,
        &[(Stranger, "GET /photos/k", 200), (Stranger, &version, 403)],
    )
    .await;
    put(&store, "/photos?policy", &allow("s3:GetObjectVersion"))
        .await
        .is(204);
    check(
        &store,
        &[(Stranger, "GET /photos/k", 403), (Stranger, &version, 200)],
    )
    .await;
    put(&store, "/photos?policy", &allow("s3:DeleteObject"))
        .await
        .is(204);
    check(
        &store,
        &[
            (Stranger, &delete, 403),
            (Stranger, "DELETE /photos/k", 204),
        ],
    )
    .await;
    put(&store, "/photos?policy", &allow("s3:DeleteObjectVersion"))
        .await
        .is(204);
    check(
        &store,
        &[
            (Stranger, "DELETE /photos/k", 403),
            (Stranger, &delete, 204),
        ],
    )
    .await;
}

#[tokio::test]
async fn tags_decide() {
    let store = people().await;
    let tags = |team: &str| {
        format!(
            "<Tagging><TagSet><Tag><Key>security</Key><Value>{team}</Value></Tag></TagSet></Tagging>"
        )
    };
    for (key, team) in [("open", "public"), ("shut", "private")] {
        put(&store, &format!("/photos/{key}"), "x").await.is(200);
        put(&store, &format!("/photos/{key}?tagging"), &tags(team))
            .await
            .is(200);
    }
    put(&store, "/photos/plain", "x").await.is(200);
    let policy = crate::people::policy(
        "{'Effect':'Allow','Principal':'*','Action':['s3:GetObject','s3:PutObjectTagging'],\
          'Resource':'arn:aws:s3:::photos/*','Condition':{'StringEquals':{'s3:ExistingObjectTag/security':'public'}}},\
         {'Effect':'Allow','Principal':'*','Action':'s3:PutObject','Resource':'arn:aws:s3:::photos/*',\
          'Condition':{'StringEquals':{'s3:RequestObjectTag/security':'public'}}},\
         {'Effect':'Deny','Principal':{'AWS':'bob'},'Action':'s3:PutObjectTagging','Resource':'arn:aws:s3:::photos/*',\
          'Condition':{'StringEquals':{'s3:RequestObjectTag/security':'secret'}}}",
    );
    put(&store, "/photos?policy", &policy).await.is(204);
    check(
        &store,
        &[
            (Bob, "GET /photos/open", 200),
            (Bob, "GET /photos/shut", 403),
            (Bob, "GET /photos/plain", 403),
            (Bob, "GET /photos/open?tagging", 403),
            (Bob, "PUT /photos/new", 403),
        ],
    )
    .await;
    let tagged = [("x-amz-tagging", "security=public")];
    send(&store, Bob, "PUT /photos/new", &tagged, "x")
        .await
        .is(200);
    let tag = async |uri: &str, team: &str| {
        send(&store, Bob, &format!("PUT {uri}?tagging"), &[], &tags(team)).await
    };
    tag("/photos/open", "secret")
        .await
        .refused(403, "AccessDenied")
        .says("statement 3");
    tag("/photos/shut", "public")
        .await
        .refused(403, "AccessDenied");
    tag("/photos/open", "private").await.is(200);
    tag("/photos/open", "public")
        .await
        .refused(403, "AccessDenied");
}

#[tokio::test]
async fn many_are_deleted_as_far_as_allowed() {
    let store = people().await;
    for key in ["/photos/a", "/photos/keep/b"] {
        put(&store, key, "x").await.is(200);
    }
    let policy = crate::people::policy(
        "{'Effect':'Allow','Principal':{'AWS':'bob'},'Action':'s3:DeleteObject','Resource':'arn:aws:s3:::photos/*'},\
         {'Effect':'Deny','Principal':'*','Action':'s3:DeleteObject','Resource':'arn:aws:s3:::photos/keep/*'}",
    );
    put(&store, "/photos?policy", &policy).await.is(204);
    let body = "<Delete><Object><Key>a</Key></Object><Object><Key>keep/b</Key></Object></Delete>";
    let md5 = [("content-md5", "jOdgbXfLo+2eOk8i17IoNA==")];
    let answer = send(&store, Bob, "POST /photos?delete", &md5, body).await;
    answer
        .is(200)
        .says("<Deleted><Key>a</Key></Deleted>")
        .says("<Error><Key>keep/b</Key><Code>AccessDenied</Code>");
    check(
        &store,
        &[
            (Alice, "GET /photos/a", 404),
            (Alice, "GET /photos/keep/b", 200),
        ],
    )
    .await;
}

#[tokio::test]
async fn links_do_what_their_signer_may() {
    let store = people().await;
    put(&store, "/photos/k", "x").await.is(200);
    let acl = [("x-amz-acl", "public-read")];
    let link = presign("PUT", "/photos/made", &acl, crate::support::now());
    store.send("PUT", &link, &acl, "x").await.is(200);
    let unsigned = presign("PUT", "/photos/made", &[], crate::support::now());
    store
        .send("PUT", &unsigned, &acl, "x")
        .await
        .refused(403, "AccessDenied");
    check(
        &store,
        &[
            (Stranger, "GET /photos/made", 200),
            (Stranger, "GET /photos/k", 403),
        ],
    )
    .await;
    set(&store, ("x-amz-acl", "private")).await.is(200);
    let link = presign("GET", "/photos/k", &[], crate::support::now());
    store.send("GET", &link, &[], "").await.is(200);
}
