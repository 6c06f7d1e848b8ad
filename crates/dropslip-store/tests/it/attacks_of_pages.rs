//! Pages of the web that send to a store with the development keys, which everybody knows:
//! a browser asks nobody before it sends a form.

use crate::support::{Fixture, now, presign};

const FAULTS: &str = "/_dropslip/faults";

async fn dev() -> Fixture {
    let rules = "<CORSConfiguration><CORSRule><AllowedOrigin>https://*.app.example</AllowedOrigin>\
        <AllowedMethod>PUT</AllowedMethod></CORSRule></CORSConfiguration>";
    let store = Fixture::new().await;
    store
        .signed("PUT", "/photos?cors", &[], rules)
        .await
        .is(200);
    store.signed("PUT", "/photos/k", &[], "bytes").await.is(200);
    let dev = store.reopened_with(|config| config.loopback_only = true);
    dev.at_peer("127.0.0.1")
}

#[tokio::test]
async fn a_page_of_the_web_changes_nothing() {
    let store = dev().await;
    let document = "<Delete><Object><Key>k</Key></Object></Delete>";
    let hash = {
        use base64::Engine as _;
        use md5::Digest as _;
        base64::engine::general_purpose::STANDARD.encode(md5::Md5::digest(document))
    };
    let signed = [("content-md5", hash.as_str())];
    let uri = presign("POST", "/photos?delete", &signed, now());
    for origin in [
        "https://evil.example",
        "http://localhost.evil.example",
        "https://app.example",
        "null",
        "",
        "localhost",
    ] {
        let sent = [
            signed[0],
            ("origin", origin),
            ("content-type", "text/plain"),
        ];
        store
            .send("POST", &uri, &sent, document)
            .await
            .refused(403, "AccessDenied")
            .says("development keys");
    }
    let two = [
        signed[0],
        ("origin", "http://localhost:3000"),
        ("origin", "https://evil.example"),
    ];
    store.send("POST", &uri, &two, document).await.is(403);
    store.signed("GET", "/photos/k", &[], "").await.is(200);
}

#[tokio::test]
async fn pages_of_this_machine_and_those_of_the_rules_may() {
    let store = dev().await;
    for origin in [
        "http://localhost:3000",
        "http://127.0.0.1",
        "http://[::1]:5173",
        "http://shop.localhost",
        "https://www.app.example",
    ] {
        let headers = [("origin", origin)];
        store
            .signed("PUT", "/photos/n", &headers, "new")
            .await
            .is(200);
    }
    let foreign = [("origin", "https://evil.example")];
    store.signed("GET", "/photos/n", &foreign, "").await.is(200);
    // With keys of its own the store leaves it to the signature.
    let own = store.reopened_with(|_| ());
    own.signed("PUT", "/photos/n", &foreign, "new")
        .await
        .is(200);
}

/// Old browsers say nothing of the site that sends.
#[tokio::test]
async fn a_page_of_the_web_sets_no_faults() {
    let store = dev().await;
    let list = r#"{"faults":[{"status":503,"times":1}]}"#;
    for method in ["PUT", "DELETE", "POST"] {
        let foreign = [("origin", "https://evil.example")];
        store.send(method, FAULTS, &foreign, list).await.is(403);
    }
    let own = [("origin", "http://localhost:7601")];
    store.send("PUT", FAULTS, &own, list).await.is(200);
}

#[tokio::test]
async fn a_clock_goes_only_so_far_wrong() {
    let store = Fixture::new().await;
    for skew in [i64::MIN, i64::MAX, -315_360_001, 315_360_001] {
        let list = format!(r#"{{"faults":[{{"clockSkewS":{skew}}}]}}"#);
        store.signed("PUT", FAULTS, &[], list).await.is(400);
    }
}
