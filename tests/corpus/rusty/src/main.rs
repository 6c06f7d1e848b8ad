//! rusty-s3, asked over stdin, one line of JSON each way, as the signers of Python are.

use std::io::{BufRead, stdin};
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::strtime;
use rusty_s3::actions::{DeleteObject, GetObject, HeadObject, PutObject, S3Action, UploadPart};
use rusty_s3::{Bucket, Credentials, UrlStyle};
use serde_json::{Value, json};
use url::Url;

fn main() {
    for line in stdin().lock().lines() {
        let ask: Value = serde_json::from_str(&line.expect("stdin is UTF-8")).expect("JSON");
        println!("{}", json!({ "url": sign(&ask).as_str() }));
    }
}

fn sign(ask: &Value) -> Url {
    let text = |name: &str| ask[name].as_str().unwrap_or_default().to_owned();
    let endpoint: Url = text("endpoint").parse().expect("an endpoint");
    let style = match ask["style"].as_str() {
        Some("virtual") => UrlStyle::VirtualHost,
        _ => UrlStyle::Path,
    };
    let bucket = Bucket::new(endpoint, style, "uploads", text("region")).expect("a bucket");
    let keys = |name: &str| ask["keys"][name].as_str().unwrap_or_default().to_owned();
    let credentials = match ask["keys"]["session_token"].as_str() {
        Some(token) => Credentials::new_with_token(keys("access_key"), keys("secret_key"), token),
        None => Credentials::new(keys("access_key"), keys("secret_key")),
    };
    let (bucket, credentials, key) = (&bucket, Some(&credentials), text("key"));
    match ask["action"].as_str().expect("an action") {
        "get" => finish(GetObject::new(bucket, credentials, &key), ask),
        "head" => finish(HeadObject::new(bucket, credentials, &key), ask),
        "put" => finish(PutObject::new(bucket, credentials, &key), ask),
        "delete" => finish(DeleteObject::new(bucket, credentials, &key), ask),
        "part" => finish(
            UploadPart::new(bucket, credentials, &key, 1, &text("upload_id")),
            ask,
        ),
        other => panic!("no action `{other}`"),
    }
}

fn finish<'a>(mut action: impl S3Action<'a>, ask: &'a Value) -> Url {
    for (name, value) in ask["headers"].as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        action.headers_mut().insert(name.as_str(), value);
    }
    for (name, value) in ask["query"].as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        action.query_mut().insert(name.as_str(), value);
    }
    let at = ask["at"].as_str().unwrap_or_default();
    let at: Timestamp = strtime::parse("%Y%m%dT%H%M%S%z", at.replace('Z', "+0000"))
        .and_then(|parsed| parsed.to_timestamp())
        .expect("a time");
    let expires = Duration::from_secs(ask["expires"].as_u64().unwrap_or(900));
    action.sign_with_time(expires, &at)
}
