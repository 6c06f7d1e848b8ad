//! How often one may call, and who is meant by one.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use serde_json::json;

use crate::app::{API_KEY, Answer, App};
use crate::tokens::{SHARED, app, claims, claims_with, configured};

async fn from(app: &App, peer: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder()
        .uri("/v1/presets")
        .header("host", "localhost");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).unwrap();
    let peer: SocketAddr = peer.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    app.send(request).await
}

/// Whether these calls, from a peer with what it says of `x-forwarded-for`, pass a limit of one, one after the other.
async fn check(proxies: &str, calls: &[(&str, &str, bool)]) {
    let app = app(&format!(
        "[limits]\nperAddress = \"1/1h\"\ntrustedProxies = [{proxies}]"
    ));
    for (peer, said, passes) in calls {
        let said = said.split('|').map(|value| ("x-forwarded-for", value));
        let headers: Vec<_> = said.filter(|(_, value)| *value != "-").collect();
        let answer = from(&app, peer, &headers).await;
        let expected = if *passes {
            StatusCode::OK
        } else {
            StatusCode::TOO_MANY_REQUESTS
        };
        assert_eq!(
            answer.status, expected,
            "{peer} {headers:?}: {}",
            answer.text
        );
    }
}

#[tokio::test(start_paused = true)]
async fn by_address() {
    let app = app("[limits]\nperAddress = \"2/1m\"");
    for peer in ["192.0.2.1:1", "192.0.2.1:2", "192.0.2.2:1"] {
        assert_eq!(from(&app, peer, &[]).await.status, StatusCode::OK);
    }
    let answer = from(&app, "192.0.2.1:3", &[]).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    answer.expect_problem("rate_limited", &["2 calls in 1m", "retry-after"]);
    assert_eq!(answer.header("retry-after"), "30");
    tokio::time::advance(std::time::Duration::from_secs(30)).await;
    assert_eq!(from(&app, "192.0.2.1:3", &[]).await.status, StatusCode::OK);
    assert_eq!(
        from(&app, "192.0.2.1:3", &[]).await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_all_at_once() {
    let app = app("[limits]\nperAddress = \"60/1m\"\nburst = 2");
    for passes in [true, true, false] {
        assert_eq!(
            from(&app, "192.0.2.1:1", &[]).await.status.is_success(),
            passes
        );
    }
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    assert!(from(&app, "192.0.2.1:1", &[]).await.status.is_success());
}

const PROXIES: &str = "\"10.0.0.0/8\", \"192.0.2.80\", \"fd00::/8\"";
const A: &str = "203.0.113.1";
const B: &str = "203.0.113.2";
const PROXY: &str = "10.0.0.1:1";

#[tokio::test]
async fn whoever_says_where_they_are_is_not_believed() {
    check("", &[("192.0.2.1:1", A, true), ("192.0.2.1:1", B, false)]).await;
    let stranger = [("192.0.2.1:1", A, true), ("192.0.2.1:1", B, false)];
    check(PROXIES, &stranger).await;
    // What stands left of the nearest address that is not trusted was made up by its sender.
    let two = "198.51.100.1, 203.0.113.1";
    let others = "198.51.100.2, 203.0.113.1";
    check(PROXIES, &[(PROXY, two, true), (PROXY, others, false)]).await;
    let chain = "198.51.100.1,203.0.113.1, 10.9.9.9 ,192.0.2.80";
    check(PROXIES, &[(PROXY, chain, true), (PROXY, A, false)]).await;
    let unreadable = [
        (PROXY, "203.0.113.1, nonsense", true),
        (PROXY, "203.0.113.2, unknown", false),
        (PROXY, "", false),
        (PROXY, "-", false),
        (PROXY, "203.0.113.7, ", false),
    ];
    check(PROXIES, &unreadable).await;
}

#[tokio::test]
async fn trusted_proxies_say_who_calls() {
    let calls = [
        ("10.1.2.3:1", A, true),
        ("10.1.2.4:1", A, false),
        ("10.1.2.3:1", B, true),
    ];
    check(PROXIES, &calls).await;
    check(
        PROXIES,
        &[(PROXY, "203.0.113.1|10.0.0.2", true), (PROXY, A, false)],
    )
    .await;
    let proxies_alone = [
        (PROXY, "10.0.0.9", true),
        (PROXY, "10.0.0.8", true),
        (PROXY, "10.0.0.9", false),
    ];
    check(PROXIES, &proxies_alone).await;
    let sixth = "[fd00::1]:1";
    let calls = [
        (sixth, "[2001:db8::1]:4711", true),
        (sixth, "2001:db8::2", false),
        (sixth, "203.0.113.1:80", true),
        (sixth, "::ffff:203.0.113.1", false),
        ("[::ffff:10.0.0.1]:1", A, false),
    ];
    check(PROXIES, &calls).await;
}

#[tokio::test(start_paused = true)]
async fn by_subject() {
    let app = app(&format!(
        "[auth]\napiKeys = [\"{API_KEY}\"]\n{}\n[limits]\nperSubject = \"1/1h\"",
        SHARED.config("")
    ));
    let bearer = |token: &str| format!("Bearer {token}");
    let (anna, bob) = (
        bearer(&SHARED.token(&claims())),
        bearer(&SHARED.token(&claims_with(json!({"sub": "bob"})))),
    );
    let again = bearer(&SHARED.token(&claims_with(json!({"jti": "another"}))));
    for (who, peer, passes) in [
        (&anna, "192.0.2.1:1", true),
        (&again, "192.0.2.2:1", false),
        (&bob, "192.0.2.1:1", true),
        (&bob, "192.0.2.1:1", false),
    ] {
        let answer = from(&app, peer, &[("authorization", who)]).await;
        assert_eq!(answer.status.is_success(), passes, "{}", answer.text);
    }
    // A back end without a subject calls as often as it likes.
    for _ in 0..5 {
        assert!(
            from(&app, "192.0.2.1:1", &[("authorization", &bearer(API_KEY))])
                .await
                .status
                .is_success()
        );
    }
}

/// A back end calls for all its users from one address; who only guesses keys does not.
#[tokio::test]
async fn back_ends_are_not_counted_by_address() {
    let app = app(&format!(
        "[auth]\napiKeys = [\"{API_KEY}\"]\n[limits]\nperAddress = \"1/1h\""
    ));
    let key = format!("Bearer {API_KEY}");
    for _ in 0..5 {
        assert_eq!(
            from(&app, "192.0.2.1:1", &[("authorization", &key)])
                .await
                .status,
            StatusCode::OK
        );
    }
    let guess = [("authorization", "Bearer guess-of-a-key-1")];
    assert_eq!(
        from(&app, "192.0.2.1:1", &guess).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        from(&app, "192.0.2.1:1", &guess).await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
}

#[test]
fn one_proxy_too_many() {
    let section = |count: usize| {
        let networks: Vec<String> = (0..count)
            .map(|at| format!("\"10.0.{}.{}\"", at / 256, at % 256))
            .collect();
        format!("[limits]\ntrustedProxies = [{}]", networks.join(", "))
    };
    assert!(configured(&section(256)).is_ok());
    assert!(
        configured(&section(257))
            .unwrap_err()
            .to_string()
            .contains("256")
    );
}

/// Whoever writes a chain without end is found where the looking stops.
#[tokio::test]
async fn one_hop_too_many() {
    let chain = |hops: usize| format!("{A}{}", ", 10.0.0.2".repeat(hops));
    let (near, far) = (chain(31), chain(32));
    check(PROXIES, &[(PROXY, &near, true), (PROXY, A, false)]).await;
    check(
        PROXIES,
        &[(PROXY, &far, true), (PROXY, A, true), (PROXY, &far, false)],
    )
    .await;
}

#[test]
fn configurations_that_are_refused() {
    for (section, word) in [
        ("perAddress = \"600\"", "`limits.perAddress`"),
        ("perAddress = 600", "string"),
        ("perSubject = \"0/1m\"", "`limits.perSubject`"),
        ("burst = 5", "`limits.burst`"),
        ("perAddress = \"6/1m\"\nburst = 0", "`limits.burst`"),
        ("perAddress = \"6/1m\"\nburst = 1000001", "`limits.burst`"),
        ("trustedProxies = [\"10.0.0.0/33\"]", "`10.0.0.0/33`"),
        ("trustedProxies = [\"proxy.example\"]", "`proxy.example`"),
        ("trustedProxies = [\"\"]", "`limits.trustedProxies`"),
        ("perUser = \"1/1m\"", "perUser"),
    ] {
        let error = configured(&format!("[limits]\n{section}"))
            .unwrap_err()
            .to_string();
        assert!(error.contains(word), "`{word}` is not in `{error}`");
    }
}
