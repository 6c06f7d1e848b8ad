//! Ownership controls and the public access block of a bucket.

use crate::people::{ALICE, Who, check, id_of, people, policy, put, send, with_policy};
use crate::support::Fixture;
use Who::{Alice, Bob, Stranger};

async fn block(store: &Fixture, switch: &str) {
    let text = format!(
        "<PublicAccessBlockConfiguration><{switch}>true</{switch}></PublicAccessBlockConfiguration>"
    );
    put(store, "/photos?publicAccessBlock", &text).await.is(200);
}

const PUBLIC: &str =
    "{'Effect':'Allow','Principal':'*','Action':'s3:GetObject','Resource':'arn:aws:s3:::photos/*'}";

#[tokio::test]
async fn the_public_access_block_overrules() {
    let store = with_policy(PUBLIC).await;
    let get = async |store: &Fixture| {
        store
            .signed("GET", "/photos?publicAccessBlock", &[], "")
            .await
    };
    get(&store).await.is(200).lacks("true");
    check(&store, &[(Stranger, "GET /photos/k", 200)]).await;
    block(&store, "RestrictPublicBuckets").await;
    get(&store)
        .await
        .says("<RestrictPublicBuckets>true</RestrictPublicBuckets>");
    check(&store, &[(Alice, "GET /photos/k", 200)]).await;
    for who in [Stranger, Bob] {
        send(&store, who, "GET /photos/k", &[], "")
            .await
            .refused(403, "AccessDenied")
            .says("RestrictPublicBuckets");
    }
    block(&store, "BlockPublicPolicy").await;
    put(&store, "/photos?policy", &policy(PUBLIC))
        .await
        .refused(403, "AccessDenied")
        .says("BlockPublicPolicy");
    check(&store, &[(Stranger, "GET /photos/k", 200)]).await;
    store
        .signed("DELETE", "/photos?policy", &[], "")
        .await
        .is(204);
    for _ in 0..2 {
        store
            .signed("DELETE", "/photos?publicAccessBlock", &[], "")
            .await
            .is(204);
    }
    get(&store)
        .await
        .refused(404, "NoSuchPublicAccessBlockConfiguration");
    put(&store, "/photos?publicAccessBlock", "<Other/>")
        .await
        .refused(400, "MalformedXML");
}

#[tokio::test]
async fn the_public_access_block_and_acls() {
    let store = people().await;
    let public = [("x-amz-acl", "public-read")];
    send(&store, Alice, "PUT /photos?acl", &public, "")
        .await
        .is(200);
    send(&store, Alice, "PUT /photos/k", &public, "")
        .await
        .is(200);
    check(
        &store,
        &[
            (Bob, "GET /photos?list-type=2", 200),
            (Bob, "GET /photos/k", 200),
        ],
    )
    .await;
    block(&store, "IgnorePublicAcls").await;
    for request in ["GET /photos?list-type=2", "GET /photos/k"] {
        send(&store, Stranger, request, &[], "")
            .await
            .refused(403, "AccessDenied")
            .says("IgnorePublicAcls");
    }
    check(
        &store,
        &[
            (Alice, "GET /photos?list-type=2", 200),
            (Alice, "GET /photos/k", 200),
        ],
    )
    .await;
    block(&store, "BlockPublicAcls").await;
    for acl in ["public-read", "public-read-write", "authenticated-read"] {
        for request in ["PUT /photos?acl", "PUT /photos/k2"] {
            let headers = [("x-amz-acl", acl)];
            send(&store, Alice, request, &headers, "")
                .await
                .refused(403, "AccessDenied")
                .says("BlockPublicAcls");
        }
    }
    let private = [("x-amz-acl", "private")];
    send(&store, Alice, "PUT /photos/k2", &private, "")
        .await
        .is(200);
}

#[tokio::test]
async fn what_is_public_is_told() {
    let store = people().await;
    let is = async |expect: bool| {
        let answer = store
            .signed("GET", "/photos?policyStatus", &[], "")
            .await
            .is(200);
        answer.says(&format!("<IsPublic>{expect}</IsPublic>"));
    };
    is(false).await;
    for (acl, expect) in [
        ("public-read", true),
        ("authenticated-read", true),
        ("private", false),
    ] {
        let headers = [("x-amz-acl", acl)];
        send(&store, Alice, "PUT /photos?acl", &headers, "")
            .await
            .is(200);
        is(expect).await;
    }
    put(&store, "/photos?policy", &policy(PUBLIC)).await.is(204);
    is(true).await;
    block(&store, "RestrictPublicBuckets").await;
    is(false).await;
}

async fn own(store: &Fixture, ownership: &str) -> crate::support::Answer {
    let text = format!(
        "<OwnershipControls xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ObjectOwnership>{ownership}\
         </ObjectOwnership></Rule></OwnershipControls>"
    );
    put(store, "/photos?ownershipControls", &text).await
}

#[tokio::test]
async fn ownership_controls_are_kept_and_removed() {
    let store = people().await;
    let get = async || {
        store
            .signed("GET", "/photos?ownershipControls", &[], "")
            .await
    };
    get().await.refused(404, "OwnershipControlsNotFoundError");
    own(&store, "BucketOwnerPreferred").await.is(200);
    get()
        .await
        .says("<Rule><ObjectOwnership>BucketOwnerPreferred</ObjectOwnership></Rule>");
    own(&store, "Somebody").await.refused(400, "MalformedXML");
    for _ in 0..2 {
        store
            .signed("DELETE", "/photos?ownershipControls", &[], "")
            .await
            .is(204);
    }
    get().await.refused(404, "OwnershipControlsNotFoundError");
    let headers = [("x-amz-object-ownership", "BucketOwnerEnforced")];
    send(&store, Alice, "PUT /enforced", &headers, "")
        .await
        .is(200);
    store
        .signed("GET", "/enforced?ownershipControls", &[], "")
        .await
        .says("BucketOwnerEnforced");
    let headers = [("x-amz-object-ownership", "Somebody")];
    send(&store, Alice, "PUT /other", &headers, "")
        .await
        .refused(400, "InvalidArgument");
    let headers = [
        ("x-amz-object-ownership", "BucketOwnerEnforced"),
        ("x-amz-acl", "public-read"),
    ];
    send(&store, Alice, "PUT /other", &headers, "")
        .await
        .refused(400, "InvalidBucketAclWithObjectOwnership");
}

#[tokio::test]
async fn an_enforced_owner_owns_all_and_there_are_no_acls() {
    let store = with_policy(&format!(
        "{{'Effect':'Allow','Principal':{{'AWS':'bob'}},'Action':'s3:PutObject',{}}}",
        "'Resource':'arn:aws:s3:::photos/*'"
    ))
    .await;
    let public = [("x-amz-acl", "public-read")];
    check(
        &store,
        &[
            (Bob, "PUT /photos/bobs", 200),
            (Bob, "GET /photos/bobs", 200),
            (Alice, "GET /photos/bobs", 403),
        ],
    )
    .await;
    send(&store, Alice, "PUT /photos?acl", &public, "")
        .await
        .is(200);
    own(&store, "BucketOwnerEnforced")
        .await
        .refused(400, "InvalidBucketAclWithObjectOwnership");
    let private = [("x-amz-acl", "private")];
    send(&store, Alice, "PUT /photos?acl", &private, "")
        .await
        .is(200);
    own(&store, "BucketOwnerEnforced").await.is(200);
    check(
        &store,
        &[
            (Alice, "GET /photos/bobs", 200),
            (Bob, "GET /photos/bobs", 403),
            (Bob, "PUT /photos/bobs", 200),
        ],
    )
    .await;
    for request in ["PUT /photos?acl", "PUT /photos/x"] {
        for headers in [private, public] {
            send(&store, Alice, request, &headers, "")
                .await
                .refused(400, "AccessControlListNotSupported");
        }
    }
    let id = format!("id={}", id_of(ALICE));
    let full = [("x-amz-acl", "bucket-owner-full-control")];
    send(&store, Bob, "PUT /photos/x", &full, "").await.is(200);
    let full = [("x-amz-grant-full-control", id.as_str())];
    send(&store, Bob, "PUT /photos/x", &full, "").await.is(200);
    let acl = store.signed("GET", "/photos?acl", &[], "").await.is(200);
    acl.says("FULL_CONTROL").says(&id_of(ALICE));
}

#[tokio::test]
async fn a_preferred_owner_gets_what_is_given() {
    let store = people().await;
    own(&store, "BucketOwnerPreferred").await.is(200);
    let headers = [("x-amz-acl", "public-read-write")];
    send(&store, Alice, "PUT /photos?acl", &headers, "")
        .await
        .is(200);
    let full = [("x-amz-acl", "bucket-owner-full-control")];
    send(&store, Bob, "PUT /photos/given", &full, "")
        .await
        .is(200);
    check(
        &store,
        &[
            (Bob, "PUT /photos/kept", 200),
            (Alice, "GET /photos/given", 200),
            (Bob, "GET /photos/given", 403),
            (Alice, "GET /photos/kept", 403),
            (Bob, "GET /photos/kept", 200),
            // Nobody could sign in as who wrote it.
            (Stranger, "PUT /photos/found", 200),
            (Alice, "GET /photos/found", 200),
            (Stranger, "GET /photos/found", 403),
        ],
    )
    .await;
}
