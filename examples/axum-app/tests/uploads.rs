//! The application on a store: who is signed in uploads and finds the key, and nobody gets at what is another's.

#![expect(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected fails, helpers of tests too"
)]

use axum::Router;
use dropslip_s3::BucketName;
use dropslip_service::{Config, Given, State, router};
use dropslip_sigv4::Credentials;
use dropslip_store::Store;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

const CONFIG: &str = include_str!("../dropslip.toml");

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    origin
}

struct Site {
    origin: String,
    client: Client,
    _data: TempDir,
}

impl Site {
    async fn start() -> Self {
        let data = TempDir::new().unwrap();
        let credentials = Credentials::new("dropslip", "dropslip-dev-secret");
        let store = Store::open(dropslip_store::Config::new(data.path(), credentials)).unwrap();
        let bucket = BucketName::parse("uploads").unwrap();
        store
            .ensure_bucket(&bucket, "dropslip", None)
            .await
            .unwrap();
        let config = CONFIG.replace("http://127.0.0.1:7601", &serve(store.router()).await);
        let settings = Config::parse(&config).unwrap().check(Given::default());
        // Before the client: it says which cryptography TLS takes, and no client begins without that.
        let state = State::new(settings.unwrap()).unwrap();
        Self {
            origin: serve(axum_app::app(router(state))).await,
            client: Client::new(),
            _data: data,
        }
    }

    fn call(&self, session: &str, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.origin);
        let cookie = format!("theme=dark; session={session}");
        self.client.request(method, url).header("cookie", cookie)
    }

    fn issue(&self, session: &str, wish: &Value) -> RequestBuilder {
        self.call(session, Method::POST, "/files/v1/uploads")
            .header("content-type", "application/json")
            .body(wish.to_string())
    }
}

async fn answer(request: RequestBuilder, status: StatusCode) -> Value {
    let response = request.send().await.unwrap();
    let (got, text) = (response.status(), response.text().await.unwrap());
    assert_eq!(got, status, "{text}");
    serde_json::from_str(&text).unwrap_or_default()
}

fn photo() -> Value {
    json!({"preset": "photo", "fileName": "a.png", "contentType": "image/png", "size": 5})
}

const ADA: &str = "session-of-ada";
const BEN: &str = "session-of-ben";

#[tokio::test]
async fn a_user_uploads_and_finds_the_key() {
    let site = Site::start().await;
    let issued = answer(site.issue(ADA, &photo()), StatusCode::CREATED).await;
    let key = issued["key"].as_str().unwrap();
    assert!(key.starts_with("photos/ada/"), "{key}");

    let mut put = site.client.put(issued["put"]["url"].as_str().unwrap());
    for (name, value) in issued["put"]["headers"].as_object().unwrap() {
        put = put.header(name, value.as_str().unwrap());
    }
    answer(put.body("bytes"), StatusCode::OK).await;

    let complete = format!(
        "/files/v1/uploads/{}/complete",
        issued["id"].as_str().unwrap()
    );
    // Another's upload stays another's, also for who knows its id.
    let refused = answer(
        site.call(BEN, Method::POST, &complete),
        StatusCode::FORBIDDEN,
    )
    .await;
    assert_eq!(refused["code"], "forbidden");
    for _ in 0..2 {
        let done = answer(site.call(ADA, Method::POST, &complete), StatusCode::OK).await;
        assert_eq!((&done["key"], &done["size"]), (&json!(key), &json!(5)));
    }
    let keys = |session| answer(site.call(session, Method::GET, "/mine"), StatusCode::OK);
    assert_eq!(keys(ADA).await, json!([key]));
    assert_eq!(keys(BEN).await, json!([]));
}

#[tokio::test]
async fn what_is_refused() {
    let site = Site::start().await;
    for (session, path) in [("", "/mine"), ("session-of-eve", "/files/v1/presets")] {
        answer(
            site.call(session, Method::GET, path),
            StatusCode::UNAUTHORIZED,
        )
        .await;
    }
    let check = async |request: RequestBuilder, status, code: &str| {
        assert_eq!(answer(request, status).await["code"], code);
    };
    let mut wish = photo();
    wish["subject"] = json!("ben");
    check(site.issue(ADA, &wish), StatusCode::FORBIDDEN, "forbidden").await;
    let foreign = site
        .issue(ADA, &photo())
        .header("origin", "https://evil.example");
    check(foreign, StatusCode::FORBIDDEN, "foreign_origin").await;
    let issued = answer(site.issue(ADA, &photo()), StatusCode::CREATED).await;
    let complete = format!(
        "/files/v1/uploads/{}/complete",
        issued["id"].as_str().unwrap()
    );
    let early = site.call(ADA, Method::POST, &complete);
    check(early, StatusCode::CONFLICT, "not_uploaded").await;
    let mine = answer(site.call(ADA, Method::GET, "/mine"), StatusCode::OK).await;
    assert_eq!(mine, json!([]));
}
