//! CORS: rules in and out, preflights, and answers that a page can read.

use crate::support::{Answer, Fixture, Headers};

const RULES: &str = "<CORSConfiguration><CORSRule><AllowedOrigin>https://app.example</AllowedOrigin>\
    <AllowedMethod>PUT</AllowedMethod><AllowedMethod>GET</AllowedMethod><AllowedHeader>content-type</AllowedHeader>\
    <ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>600</MaxAgeSeconds></CORSRule>\
    <CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>HEAD</AllowedMethod></CORSRule></CORSConfiguration>";

async fn with_rules() -> Fixture {
    let store = Fixture::new().await;
    store
        .signed("PUT", "/photos?cors", &[], RULES)
        .await
        .is(200);
    store
}

async fn preflight(store: &Fixture, headers: Headers<'_>) -> Answer {
    store.send("OPTIONS", "/photos/a.jpg", headers, "").await
}

const PUT: (&str, &str) = ("access-control-request-method", "PUT");
const APP: (&str, &str) = ("origin", "https://app.example");

#[tokio::test]
async fn rules_are_kept_and_removed() {
    let store = with_rules().await.reopened();
    let rules = store.signed("GET", "/photos?cors", &[], "").await.is(200);
    rules
        .says("<AllowedOrigin>https://app.example</AllowedOrigin>")
        .says("<MaxAgeSeconds>600</MaxAgeSeconds>");
    store
        .signed("DELETE", "/photos?cors", &[], "")
        .await
        .is(204);
    store
        .signed("GET", "/photos?cors", &[], "")
        .await
        .refused(404, "NoSuchCORSConfiguration");
    preflight(&store, &[APP, PUT])
        .await
        .refused(403, "AccessForbidden")
        .says("not enabled");
}

#[tokio::test]
async fn wrong_rules_leave_the_old_ones() {
    let store = with_rules().await;
    let put = async |body: &str| store.signed("PUT", "/photos?cors", &[], body).await;
    put("<CORSConfiguration/>")
        .await
        .refused(400, "MalformedXML");
    put(&RULES.replace("PUT", "PATCH"))
        .await
        .refused(400, "MalformedXML")
        .says("PATCH");
    put(&RULES.replace("AllowedHeader", "AllowedHeaders"))
        .await
        .refused(400, "MalformedXML")
        .says("AllowedHeaders");
    put(&RULES[..50]).await.refused(400, "MalformedXML");
    let md5 = [("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")];
    store
        .signed("PUT", "/photos?cors", &md5, RULES)
        .await
        .refused(400, "BadDigest");
    store
        .signed("PUT", "/missing?cors", &[], RULES)
        .await
        .refused(404, "NoSuchBucket");
    store
        .send("PUT", "/photos?cors", &[], RULES)
        .await
        .refused(403, "AccessDenied");
    preflight(&store, &[APP, PUT]).await.is(200);
}

#[tokio::test]
async fn preflights() {
    let store = with_rules().await;
    let yes = preflight(
        &store,
        &[APP, PUT, ("access-control-request-headers", "content-type")],
    )
    .await
    .is(200);
    assert_eq!(
        yes.header("access-control-allow-origin"),
        "https://app.example"
    );
    assert_eq!(yes.header("access-control-allow-methods"), "PUT, GET");
    assert_eq!(yes.header("access-control-allow-headers"), "content-type");
    assert_eq!(yes.header("access-control-max-age"), "600");
    assert!(yes.header("vary").contains("Origin"));
    let no = async |headers| {
        preflight(&store, headers)
            .await
            .refused(403, "AccessForbidden")
    };
    no(&[("origin", "https://app.example/"), PUT])
        .await
        .says("AllowedMethod");
    no(&[("origin", "https://other.example"), PUT])
        .await
        .says("AllowedMethod");
    no(&[APP, ("access-control-request-method", "DELETE")])
        .await
        .says("AllowedMethod `DELETE`");
    no(&[APP, PUT, ("access-control-request-headers", "x-amz-acl")])
        .await
        .says("AllowedHeader `x-amz-acl`");
    preflight(&store, &[PUT])
        .await
        .refused(400, "BadRequest")
        .says("Origin");
    preflight(&store, &[APP])
        .await
        .refused(400, "BadRequest")
        .says("Access-Control-Request-Method");
    store
        .send("OPTIONS", "/missing/a", &[APP, PUT], "")
        .await
        .refused(403, "AccessForbidden");
}

#[tokio::test]
async fn a_page_can_read_every_answer() {
    let store = with_rules().await;
    let jpeg = ("content-type", "image/jpeg");
    let signed = [jpeg];
    let good = store
        .presigned("PUT", "/photos/a", (&signed, &[jpeg, APP]), "x")
        .await
        .is(200);
    let bad = store
        .presigned("PUT", "/photos/a", (&signed, &[APP]), "x")
        .await
        .refused(403, "SignatureDoesNotMatch");
    let missing = store
        .signed("GET", "/photos/b", &[APP], "")
        .await
        .refused(404, "NoSuchKey");
    for answer in [good, bad, missing] {
        assert_eq!(
            answer.header("access-control-allow-origin"),
            "https://app.example"
        );
        assert_eq!(answer.header("access-control-expose-headers"), "ETag");
        assert_eq!(answer.header("access-control-allow-methods"), "PUT, GET");
        assert_eq!(answer.header("access-control-max-age"), "600");
        assert_eq!(answer.header("access-control-allow-credentials"), "true");
    }
    let other = store
        .signed(
            "GET",
            "/photos/a",
            &[("origin", "https://other.example")],
            "",
        )
        .await
        .is(200);
    assert_eq!(other.header("access-control-allow-origin"), "");
    let anyone = store
        .signed(
            "HEAD",
            "/photos/a",
            &[("origin", "https://other.example")],
            "",
        )
        .await
        .is(200);
    assert_eq!(anyone.header("access-control-allow-origin"), "*");
    assert_eq!(anyone.header("access-control-allow-credentials"), "");
}

/// A request that names a method as a preflight would is held against that one.
#[tokio::test]
async fn real_requests_that_name_a_method() {
    let store = with_rules().await;
    let asking = |method| ("access-control-request-method", method);
    let table = [
        ("PUT", "GET", "https://app.example", "PUT, GET"),
        ("DELETE", "PUT", "https://app.example", "PUT, GET"),
        ("PUT", "HEAD", "*", "HEAD"),
        ("PUT", "DELETE", "", ""),
        ("GET", "", "", ""),
    ];
    for (method, asked, origin, methods) in table {
        let headers = [APP, asking(asked)];
        let answer = store.send(method, "/photos/a", &headers, "").await;
        let answer = answer.refused(403, "AccessDenied");
        let said = |name| answer.header(name);
        assert_eq!(said("access-control-allow-origin"), origin, "{asked}");
        assert_eq!(said("access-control-allow-methods"), methods, "{asked}");
    }
}
