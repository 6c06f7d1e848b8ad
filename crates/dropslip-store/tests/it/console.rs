//! What lies below `/_dropslip`, without a socket: who may, faults, the page.

use serde_json::Value;

use crate::support::{Answer, Fixture, presign};

const FAULTS: &str = "/_dropslip/faults";

async fn set(store: &Fixture, fault: &str) {
    let list = format!("{{\"faults\":[{fault}]}}");
    store.signed("PUT", FAULTS, &[], list).await.is(200);
}

fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

async fn with_object() -> Fixture {
    let store = Fixture::new().await;
    store.signed("PUT", "/photos/a", &[], "bytes").await.is(200);
    store
}

#[tokio::test]
async fn faults_are_set_shown_and_cleared() {
    let store = with_object().await;
    set(
        &store,
        r#"{"operation":"GetObject","times":2,"status":503,"retryAfterS":3}"#,
    )
    .await;
    for _ in 0..2 {
        let slow = store
            .signed("GET", "/photos/a", &[], "")
            .await
            .refused(503, "SlowDown");
        assert_eq!(slow.header("retry-after"), "3");
        assert_eq!(slow.header("content-type"), "application/xml");
        assert_ne!(slow.header("x-amz-request-id"), "");
    }
    store.signed("HEAD", "/photos/a", &[], "").await.is(200);
    store.signed("GET", "/photos/a", &[], "").await.is(200);
    let shown = json(&store.signed("GET", FAULTS, &[], "").await.is(200));
    assert_eq!(shown["faults"][0]["met"], 2);
    assert_eq!(shown["faults"][0]["seen"], 3);
    assert_eq!(shown["faults"][0]["operation"], "GetObject");
    set(&store, r#"{"status":500}"#).await;
    store
        .signed("GET", "/photos/a", &[], "")
        .await
        .refused(500, "InternalError");
    let cleared = store.signed("DELETE", FAULTS, &[], "").await.is(200);
    assert_eq!(json(&cleared)["faults"], serde_json::json!([]));
    store.signed("GET", "/photos/a", &[], "").await.is(200);
}

#[tokio::test]
async fn a_fault_in_place_of_a_put_stores_nothing() {
    let store = with_object().await;
    set(
        &store,
        r#"{"method":"PUT","bucket":"photos","keyPrefix":"b","code":"NoSuchBucket","message":"gone"}"#,
    )
    .await;
    store
        .signed("PUT", "/photos/b", &[], "x")
        .await
        .refused(404, "NoSuchBucket")
        .says("<Message>gone</Message>");
    store.signed("PUT", "/photos/a", &[], "x").await.is(200);
    store.signed("DELETE", FAULTS, &[], "").await.is(200);
    store
        .signed("GET", "/photos/b", &[], "")
        .await
        .refused(404, "NoSuchKey");
}

#[tokio::test]
async fn a_page_can_read_a_fault_and_its_preflight_passes() {
    let store = with_object().await;
    let rules = "<CORSConfiguration><CORSRule><AllowedOrigin>https://app.example</AllowedOrigin>\
        <AllowedMethod>PUT</AllowedMethod></CORSRule></CORSConfiguration>";
    store
        .signed("PUT", "/photos?cors", &[], rules)
        .await
        .is(200);
    set(&store, r#"{"status":503}"#).await;
    let origin = ("origin", "https://app.example");
    let asked = ("access-control-request-method", "PUT");
    store
        .send("OPTIONS", "/photos/a", &[origin, asked], "")
        .await
        .is(200);
    let refused = store.signed("PUT", "/photos/a", &[origin], "x").await;
    assert_eq!(
        refused.is(503).header("access-control-allow-origin"),
        "https://app.example"
    );
    set(&store, r#"{"status":503,"method":"OPTIONS"}"#).await;
    store
        .send("OPTIONS", "/photos/a", &[origin, asked], "")
        .await
        .is(503);
}

#[tokio::test]
async fn clocks_are_skewed_and_urls_expire() {
    let store = with_object().await;
    set(&store, r#"{"bucket":"photos","clockSkewS":3600}"#).await;
    store
        .signed("GET", "/photos/a", &[], "")
        .await
        .refused(403, "RequestTimeTooSkewed");
    set(&store, r#"{"bucket":"photos","expireUrls":true}"#).await;
    let none = (&[][..], &[][..]);
    store
        .presigned("GET", "/photos/a", none, "")
        .await
        .refused(403, "AccessDenied")
        .says("Request has expired");
    // A header's signature has no end of its own.
    store.signed("GET", "/photos/a", &[], "").await.is(200);
    // The console has the right time, whatever the fault.
    set(&store, r#"{"clockSkewS":-3600}"#).await;
    store.signed("DELETE", FAULTS, &[], "").await.is(200);
    store.presigned("GET", "/photos/a", none, "").await.is(200);
}

#[tokio::test]
async fn what_is_delayed_or_slow_is_done_all_the_same() {
    let store = with_object().await;
    set(&store, r#"{"delayMs":1}"#).await;
    store.signed("PUT", "/photos/b", &[], "late").await.is(200);
    set(&store, r#"{"bytesPerSecond":100000}"#).await;
    store.signed("PUT", "/photos/c", &[], "slow").await.is(200);
    let slow = store.signed("GET", "/photos/c", &[], "").await.is(200);
    assert_eq!(
        (slow.text().as_str(), slow.header("content-length")),
        ("slow", "4")
    );
    store
        .signed("GET", "/photos/b", &[], "")
        .await
        .is(200)
        .says("late");
}

#[tokio::test]
async fn wrong_faults_change_nothing() {
    let store = with_object().await;
    set(&store, r#"{"operation":"PutObject","status":503}"#).await;
    let put = async |body: &str| store.signed("PUT", FAULTS, &[], body).await.is(400);
    put("").await.says("EOF");
    put("{\"faults\":[{\"tiems\":2}]}")
        .await
        .says("unknown field `tiems`");
    put("{\"faults\":[{\"operation\":\"PutObjekt\",\"status\":503}]}")
        .await
        .says("fault 1: no operation is called `PutObjekt`");
    put(&" ".repeat(600_000))
        .await
        .says("MaxMessageLengthExceeded");
    store
        .signed("POST", FAULTS, &[], "{}")
        .await
        .is(405)
        .says("MethodNotAllowed");
    store
        .signed("GET", "/_dropslip/fault", &[], "")
        .await
        .is(404)
        .says("/_dropslip/faults");
    store.signed("PUT", "/photos/b", &[], "").await.is(503);
}

#[tokio::test]
async fn nobody_may_without_a_key() {
    let store = with_object().await.at_peer("127.0.0.1");
    for (method, uri) in [
        ("GET", FAULTS),
        ("PUT", FAULTS),
        ("DELETE", FAULTS),
        ("GET", "/_dropslip/requests"),
        ("GET", "/_dropslip/"),
        ("OPTIONS", FAULTS),
    ] {
        store
            .send(method, uri, &[], "{\"faults\":[]}")
            .await
            .is(403)
            .says("AccessDenied");
    }
    store.presigned("GET", FAULTS, (&[], &[]), "").await.is(200);
    let other = presign("GET", FAULTS, &[], crate::support::now());
    store.send("DELETE", &other, &[], "").await.is(403);
}

#[tokio::test]
async fn another_owner_may_not() {
    let guest = dropslip_sigv4::Credentials::new("AKGUEST", "guest-secret");
    let store = Fixture::new().await.reopened_with(|config| {
        config.keys.insert(0, guest.into());
    });
    store
        .signed("GET", FAULTS, &[], "")
        .await
        .is(403)
        .says("first key");
}

#[tokio::test]
async fn with_the_development_keys_this_machine_may() {
    let dev = |store: Fixture| store.reopened_with(|config| config.loopback_only = true);
    let store = dev(Fixture::new().await).at_peer("127.0.0.1");
    let list = r#"{"faults":[{"status":503,"times":1}]}"#;
    store.send("PUT", FAULTS, &[], list).await.is(200);
    store.send("GET", "/photos/a", &[], "").await.is(503);
    // A page of another site, and a name that only points here.
    let elsewhere = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors")];
    store.send("GET", FAULTS, &elsewhere, "").await.is(403);
    let followed = [
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-mode", "navigate"),
    ];
    store
        .send("GET", "/_dropslip/requests", &followed, "")
        .await
        .is(200);
    store.send("DELETE", FAULTS, &followed, "").await.is(403);
    let rebound = [("host", "evil.example:7601")];
    store.send("GET", FAULTS, &rebound, "").await.is(403);
    let far = store.at_peer("192.0.2.1");
    far.send("GET", FAULTS, &[], "").await.is(403);
}

#[tokio::test]
async fn a_key_of_that_name_is_a_key() {
    let store = Fixture::new().await;
    let host = [("host", "photos.localhost")];
    let uri = presign("PUT", "/_dropslip/faults", &host, crate::support::now());
    store.send("PUT", &uri, &host, "an object").await.is(200);
    store
        .signed("GET", "/photos/_dropslip/faults", &[], "")
        .await
        .is(200)
        .says("an object");
    store.signed("PUT", "/_dropslip", &[], "").await.is(405);
}

#[tokio::test]
async fn the_page_runs_its_own_script_alone() {
    let store = Fixture::new().await;
    let page = store
        .signed("GET", "/_dropslip/requests", &[], "")
        .await
        .is(200)
        .says("<title>Requests");
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(page.header("cache-control"), "no-store");
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'sha256-"),
        "{policy}"
    );
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"));
}
