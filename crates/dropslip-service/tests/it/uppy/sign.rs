//! What `POST /sign` signs, and what it does not.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{app, policy, refused};
use crate::app::{Answer, App};

async fn sign(app: &App, body: Value) -> Answer {
    app.post("/sign", &body.to_string()).await
}

#[tokio::test]
async fn a_new_file_gets_a_key_of_ours() {
    let uuid = "3f2a9a1e-6a55-4b0e-9d8e-0d5f5c1c2b3a";
    let asked = json!({"method": "PUT", "key": format!("../{uuid}-a.txt"), "contentType": "text/plain", "preset": "file"});
    let answer = sign(&app(), asked).await.json();
    let key = answer["key"].as_str().unwrap();
    assert!(
        key.ends_with(&format!("/{uuid}-a.txt")) && key.len() > 60,
        "{key}"
    );
    assert_eq!(answer["fields"]["key"], key);
    assert_eq!(answer["url"], "http://localhost:7601/files");
    let range = json!(["content-length-range", 1, 1024 * 1024 * 1024]);
    assert!(policy(&answer["fields"]).contains(&range));

    let asked = json!({"method": "PUT", "key": format!("{uuid}-a.txt"), "preset": "file"});
    let key = sign(&app(), asked).await.json()["key"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(&key[36..], "/a.txt");
}

#[tokio::test]
async fn a_new_upload_in_parts_is_signed_with_type_and_acl() {
    let asked = json!({"method": "POST", "key": "a.png", "preset": "photo", "expiresIn": 30});
    let answer = sign(&app(), asked).await.json();
    let expect = json!({"content-type": "image/png", "x-amz-acl": "public-read", "cache-control": "max-age=60"});
    assert_eq!(answer["headers"], expect);
    let url = answer["url"].as_str().unwrap();
    assert!(
        url.contains("uploads=&") || url.ends_with("uploads="),
        "{url}"
    );
    assert!(url.contains("X-Amz-Expires=30&"), "{url}");
    assert!(
        url.contains("SignedHeaders=cache-control%3Bcontent-type%3Bhost%3Bx-amz-acl"),
        "{url}"
    );
    let longer = json!({"method": "POST", "key": "a.png", "preset": "photo", "expiresIn": 99_999});
    let url = sign(&app(), longer).await.json()["url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(url.contains("X-Amz-Expires=900&"), "{url}");
}

/// Keys with uuids of these times, as templates make them.
fn key(seconds_later: i64) -> String {
    let seconds = u64::try_from(crate::app::START + seconds_later).unwrap();
    let time = uuid::Timestamp::from_unix(uuid::NoContext, seconds, 0);
    format!("once/{}", uuid::Uuid::new_v7(time))
}

#[tokio::test]
async fn parts_of_what_is_on_its_way() {
    let app = app();
    let part = |key: &str, number: u32| json!({"method": "PUT", "key": key, "uploadId": "a+b/c=", "partNumber": number});
    let url = sign(&app, part(&key(0), 1)).await.json()["url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(url.contains("partNumber=1&uploadId=a%2Bb%2Fc%3D"), "{url}");
    for method in ["GET", "DELETE"] {
        let asked = json!({"method": method, "key": key(0), "uploadId": "a+b/c="});
        let answer = sign(&app, asked).await.json();
        assert!(
            answer["url"]
                .as_str()
                .unwrap()
                .contains("uploadId=a%2Bb%2Fc%3D"),
            "{answer}"
        );
        assert!(answer.get("headers").is_none());
    }
    refused(
        &sign(&app, part(&key(0), 2)).await,
        "too_large",
        &["at most 1.0 MiB"],
    );
    let week = 7 * 24 * 3600;
    let old = sign(&app, part(&key(-week), 1)).await;
    assert_eq!(old.status, StatusCode::OK, "{}", old.text);
    refused(
        &sign(&app, part(&key(-week - 901), 1)).await,
        "unknown_key",
        &[],
    );
    refused(&sign(&app, part(&key(3600), 1)).await, "unknown_key", &[]);
}

#[tokio::test]
async fn it_is_no_oracle() {
    let app = app();
    let version_4 = "once/3f2a9a1e-6a55-4b0e-9d8e-0d5f5c1c2b3a";
    let inside = format!("x/{}", key(0));
    for foreign in [
        "secret.txt",
        "once/",
        version_4,
        &inside,
        &format!("{}/", key(0)),
        "once/../photos/x",
    ] {
        for (method, id, number) in [
            ("PUT", json!("id"), json!(1)),
            ("GET", json!("id"), json!(null)),
            ("POST", json!("id"), json!(null)),
            ("DELETE", json!("id"), json!(null)),
            ("DELETE", json!(null), json!(null)),
        ] {
            let asked =
                json!({"method": method, "key": foreign, "uploadId": id, "partNumber": number});
            refused(&sign(&app, asked).await, "unknown_key", &[]);
        }
    }
    for (method, id, number) in [
        ("GET", json!(null), json!(null)),
        ("HEAD", json!(null), json!(null)),
        ("PUT", json!("id"), json!(null)),
        ("PUT", json!(null), json!(1)),
        ("PUT", json!("id&x-id=1"), json!(0)),
        ("PUT", json!("id"), json!(10_001)),
        ("PUT", json!("id"), json!(-1)),
        ("PUT", json!("id"), json!(1.5)),
        ("PUT", json!("id"), json!("1")),
        ("GET", json!("a b"), json!(null)),
        ("GET", json!(["id"]), json!(null)),
    ] {
        let asked = json!({"method": method, "key": key(0), "uploadId": id, "partNumber": number});
        refused(&sign(&app, asked).await, "invalid_request", &[]);
    }
    // A preset that makes other keys is no way around.
    let asked = json!({"method": "GET", "key": key(0), "uploadId": "id", "preset": "file"});
    refused(&sign(&app, asked).await, "unknown_key", &[]);
    // Another parameter cannot be brought in by the id.
    let asked = json!({"method": "DELETE", "key": key(0), "uploadId": "id&versionId=1"});
    let url = sign(&app, asked).await.json()["url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(url.contains("uploadId=id%26versionId%3D1"), "{url}");
    let asked = json!({"method": "DELETE", "key": key(0)});
    refused(&sign(&app, asked).await, "forbidden", &["database"]);
}
