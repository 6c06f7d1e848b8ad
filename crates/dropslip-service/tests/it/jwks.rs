//! Keys that are fetched: first when they are needed, again when they rotate, never in a stampede.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::app::{Answer, App};
use crate::tokens::{
    CHECKED, ED25519, P256, P384, RSA_ONE, RSA_SMALL, RSA_TWO, SHARED, app, claims, claims_with,
    configured, look, passes,
};

/// An identity provider of one test.
#[derive(Clone)]
struct Provider {
    inner: Arc<Mutex<Inner>>,
    /// Each answer takes one.
    gate: Arc<Semaphore>,
}

struct Inner {
    status: u16,
    body: String,
    cache_control: &'static str,
    calls: usize,
}

impl Provider {
    async fn start(keys: &[Value]) -> (Self, String) {
        let inner = Inner {
            status: 200,
            body: json!({"keys": keys}).to_string(),
            cache_control: "max-age=300",
            calls: 0,
        };
        let provider = Self {
            inner: Arc::new(Mutex::new(inner)),
            gate: Arc::new(Semaphore::new(10_000)),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let app = Router::new().fallback(answer).with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (provider, url)
    }

    fn set(&self, keys: &[Value]) {
        self.say(200, json!({"keys": keys}).to_string());
    }

    fn say(&self, status: u16, body: String) {
        let mut inner = self.inner.lock().unwrap();
        (inner.status, inner.body) = (status, body);
    }

    fn cache_control(&self, value: &'static str) {
        self.inner.lock().unwrap().cache_control = value;
    }

    fn calls(&self) -> usize {
        self.inner.lock().unwrap().calls
    }
}

async fn answer(State(provider): State<Provider>) -> Response<Body> {
    provider.inner.lock().unwrap().calls += 1;
    provider.gate.acquire().await.unwrap().forget();
    let inner = provider.inner.lock().unwrap();
    Response::builder()
        .status(inner.status)
        .header("cache-control", inner.cache_control)
        .header("location", "/elsewhere")
        .body(Body::from(inner.body.clone()))
        .unwrap()
}

fn app_of(url: &str) -> App {
    app(&format!("[auth.jwt]\njwksUrl = \"{url}\"\n{CHECKED}"))
}

fn long() -> Value {
    claims_with(json!({"exp": 4_000_000_000_u64}))
}

#[track_caller]
fn is(answer: &Answer, code: &str) {
    answer.expect_problem(code, &[]);
}

#[tokio::test]
async fn each_kind_of_key() {
    let keys = [RSA_ONE.jwk("r"), P256.jwk("e"), ED25519.jwk("o")];
    let (provider, url) = Provider::start(&keys).await;
    let app = app_of(&url);
    assert_eq!(provider.calls(), 0);
    for (issuer, id) in [(RSA_ONE, "r"), (P256, "e"), (ED25519, "o")] {
        passes(&app, &issuer.token_of(id, &claims())).await;
        passes(&app, &issuer.token(&claims())).await;
    }
    // The id of a key of another kind, and a secret that is not one.
    is(
        &look(&app, &RSA_ONE.token_of("e", &claims())).await,
        "invalid_token",
    );
    is(
        &look(&app, &P256.token_of("o", &claims())).await,
        "invalid_token",
    );
    is(
        &look(&app, &SHARED.token_of("r", &claims())).await,
        "invalid_token",
    );
    is(
        &look(&app, &RSA_TWO.token_of("r", &claims())).await,
        "invalid_token",
    );
    assert_eq!(provider.calls(), 1);
}

#[tokio::test]
async fn rotation() {
    let (provider, url) = Provider::start(&[RSA_ONE.jwk("one")]).await;
    let app = app_of(&url);
    let (one, two) = (
        RSA_ONE.token_of("one", &long()),
        RSA_TWO.token_of("two", &long()),
    );
    passes(&app, &one).await;
    is(&look(&app, &two).await, "invalid_token");
    provider.set(&[RSA_ONE.jwk("one"), RSA_TWO.jwk("two")]);
    // Asked a moment ago: not again for half a minute, whatever tokens say.
    for _ in 0..20 {
        is(&look(&app, &two).await, "invalid_token");
    }
    assert_eq!(provider.calls(), 1);
    app.wait_s(30);
    passes(&app, &two).await;
    passes(&app, &one).await;
    assert_eq!(provider.calls(), 2);
    // The old key goes when the set is old, not before.
    provider.set(&[RSA_TWO.jwk("two")]);
    app.wait_s(299);
    passes(&app, &one).await;
    app.wait_s(1);
    is(&look(&app, &one).await, "invalid_token");
    passes(&app, &two).await;
    assert_eq!(provider.calls(), 3);
}

#[tokio::test]
async fn how_long_a_set_is_new() {
    for (said, new_s) in [
        ("max-age=300", 300),
        ("public, max-age=120, must-revalidate", 120),
        ("max-age=1", 60),
        ("no-store", 60),
        ("max-age=99999999999999999999999", 86_400),
        ("max-age=-5", 600),
        ("", 600),
        ("private", 600),
    ] {
        let (provider, url) = Provider::start(&[P256.jwk("e")]).await;
        provider.cache_control(said);
        let app = app_of(&url);
        let token = P256.token_of("e", &long());
        passes(&app, &token).await;
        app.wait_s(new_s - 1);
        passes(&app, &token).await;
        assert_eq!(provider.calls(), 1, "{said}");
        app.wait_s(1);
        passes(&app, &token).await;
        assert_eq!(provider.calls(), 2, "{said}");
    }
}

#[tokio::test]
async fn the_old_set_serves_while_no_new_one_comes() {
    let (provider, url) = Provider::start(&[P256.jwk("e")]).await;
    let app = app_of(&url);
    let token = P256.token_of("e", &long());
    passes(&app, &token).await;
    for (status, body) in [
        (500, String::new()),
        (302, json!({"keys": [ED25519.jwk("e")]}).to_string()),
        (404, json!({"keys": [P256.jwk("e")]}).to_string()),
        (200, "{".to_owned()),
        (200, json!({"keys": []}).to_string()),
        (
            200,
            json!({"keys": [P256.jwk("e")], "pad": "x".repeat(256 * 1024)}).to_string(),
        ),
        (200, json!({"keys": vec![P256.jwk("e"); 65]}).to_string()),
        (
            200,
            format!("{{\"keys\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000)),
        ),
    ] {
        provider.say(status, body);
        app.wait_s(301);
        let before = provider.calls();
        passes(&app, &token).await;
        assert_eq!(provider.calls(), before + 1);
        passes(&app, &token).await;
        assert_eq!(provider.calls(), before + 1, "not asked again at once");
    }
    // For a day, not for ever.
    app.wait_s(86_400);
    is(&look(&app, &token).await, "authorization_unavailable");
    provider.set(&[P256.jwk("e")]);
    app.wait_s(30);
    passes(&app, &token).await;
}

#[tokio::test]
async fn no_set_at_all() {
    let (provider, url) = Provider::start(&[]).await;
    let app = app_of(&url);
    let token = P256.token_of("e", &claims());
    for _ in 0..5 {
        let answer = look(&app, &token).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        is(&answer, "authorization_unavailable");
        assert_eq!(answer.header("retry-after"), "5");
    }
    assert_eq!(provider.calls(), 1);
    provider.set(&[P256.jwk("e")]);
    app.wait_s(5);
    passes(&app, &token).await;
    let nobody = app_of("http://127.0.0.1:1/keys");
    is(&look(&nobody, &token).await, "authorization_unavailable");
}

#[tokio::test]
async fn one_fetch_for_all_who_wait() {
    let (provider, url) = Provider::start(&[P256.jwk("e")]).await;
    provider.gate.forget_permits(10_000);
    let app = app_of(&url);
    let token = P256.token_of("e", &claims());
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let (app, token) = (app.clone(), token.clone());
            tokio::spawn(async move { look(&app, &token).await.status })
        })
        .collect();
    while provider.calls() == 0 {
        tokio::task::yield_now().await;
    }
    // Whoever asked hangs up: the answer still comes for the others.
    calls[0].abort();
    provider.gate.add_permits(1);
    for call in calls.into_iter().skip(1) {
        assert_eq!(call.await.unwrap(), StatusCode::OK);
    }
    assert_eq!(provider.calls(), 1);
}

#[tokio::test]
async fn keys_that_are_passed_over() {
    let with = |mut jwk: Value, name: &str, value: Value| {
        jwk[name] = value;
        jwk
    };
    let short = with(ED25519.jwk("short"), "x", json!("AAAA"));
    let keys = [
        json!(7),
        json!({}),
        json!({"kty": "oct", "k": "c2VjcmV0", "kid": "secret", "alg": "HS256"}),
        with(RSA_ONE.jwk("enc"), "use", json!("enc")),
        with(RSA_ONE.jwk("ops"), "key_ops", json!(["sign"])),
        with(RSA_ONE.jwk("alg"), "alg", json!("RS512")),
        with(RSA_ONE.jwk("empty"), "n", json!("")),
        with(
            P256.jwk("point"),
            "x",
            json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ),
        with(P256.jwk("curve"), "crv", json!("P-521")),
        P384.jwk("p384"),
        RSA_SMALL.jwk("small"),
        short,
        ED25519.jwk("good"),
    ];
    let (_provider, url) = Provider::start(&keys).await;
    let app = app_of(&url);
    passes(&app, &ED25519.token_of("good", &claims())).await;
    for (issuer, id) in [
        (RSA_ONE, "enc"),
        (RSA_ONE, "ops"),
        (RSA_ONE, "alg"),
        (RSA_ONE, "empty"),
        (P256, "point"),
        (P256, "curve"),
        (P384, "p384"),
        (RSA_SMALL, "small"),
        (ED25519, "short"),
        (SHARED, "secret"),
    ] {
        is(
            &look(&app, &issuer.token_of(id, &claims())).await,
            "invalid_token",
        );
    }
}

#[tokio::test]
async fn a_set_in_the_configuration() {
    let set = json!({"keys": [RSA_ONE.jwk("one"), RSA_TWO.jwk("two")]}).to_string();
    let app = app(&format!("[auth.jwt]\njwks = '{set}'\n{CHECKED}"));
    passes(&app, &RSA_TWO.token_of("two", &claims())).await;
    passes(&app, &RSA_TWO.token(&claims())).await;
    is(
        &look(&app, &RSA_TWO.token_of("one", &claims())).await,
        "invalid_token",
    );
    is(
        &look(&app, &RSA_TWO.token_of("three", &claims())).await,
        "invalid_token",
    );
    let narrow = format!("[auth.jwt]\njwks = '{set}'\nalgorithms = [\"ES256\"]\n{CHECKED}");
    assert!(
        configured(&narrow)
            .unwrap_err()
            .to_string()
            .contains("ES256")
    );
}
