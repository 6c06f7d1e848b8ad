//! Tokens in the path, for clients that can send no header.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::app::{API_KEY, Answer, App};
use crate::tokens::{SHARED, app, call, claims};

fn with_keys() -> App {
    app(&format!(
        "[auth]\napiKeys = [\"{API_KEY}\", \"key/with?odd#signs%\"]\n{}",
        SHARED.config("")
    ))
}

async fn get(app: &App, path: &str) -> Answer {
    call(app, Method::GET, path, &[], "").await
}

#[tokio::test]
async fn a_token_in_the_path_is_one_in_the_header() {
    let app = with_keys();
    let token = SHARED.token(&claims());
    for credentials in [
        API_KEY,
        &token,
        "key%2Fwith%3Fodd%23signs%25",
        &API_KEY.replace('-', "%2D"),
    ] {
        let answer = get(&app, &format!("/t/{credentials}/v1/presets")).await;
        assert_eq!(
            answer.status,
            StatusCode::OK,
            "{credentials}: {}",
            answer.text
        );
        assert_eq!(answer.header("x-request-id").len(), 36);
        let answer = get(&app, &format!("/t/{credentials}/v1/presets?x=/t/y/z")).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    let body = json!({"preset": "photo", "fileName": "x.png", "size": 3}).to_string();
    let answer = call(
        &app,
        Method::POST,
        &format!("/t/{token}/v1/uploads"),
        &[],
        &body,
    )
    .await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/t/{token}/v1/uploads/{id}");
    call(&app, Method::DELETE, &path, &[], "")
        .await
        .expect_problem("storage_unreachable", &[]);
    let answer = call(&app, Method::PATCH, &path, &[], "").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn wrong_tokens() {
    let app = with_keys();
    let long = "x".repeat(16 * 1024 + 1);
    for wrong in [
        "wrong-key-of-sixteen",
        "a.b.c",
        "%20",
        "%00",
        "%ff%fe",
        "%C3%A9",
        "a%0D%0Ab",
        &long,
        &"%41".repeat(16 * 1024 + 1),
    ] {
        let answer = get(&app, &format!("/t/{wrong}/v1/presets")).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{wrong}");
        assert!(!answer.text.contains(wrong), "{}", answer.text);
    }
    for nowhere in [
        "/t",
        "/t/",
        "/t/x",
        "/t//v1/presets",
        "//t/x/v1/presets",
        "/T/x/v1/presets",
    ] {
        let status = get(&app, nowhere).await.status;
        assert!([404, 401].contains(&status.as_u16()), "{nowhere}: {status}");
    }
    get(&app, &format!("/t/{API_KEY}/nowhere"))
        .await
        .expect_problem("not_found", &[]);
    get(&app, &format!("/t/{API_KEY}/")).await;
    // One is enough.
    get(&app, &format!("/t/x/t/{API_KEY}/v1/presets"))
        .await
        .expect_problem("not_found", &[]);
}

#[tokio::test]
async fn not_beside_a_header() {
    let app = with_keys();
    for value in [
        format!("Bearer {API_KEY}"),
        "Basic x".to_owned(),
        String::new(),
    ] {
        let path = format!("/t/{API_KEY}/v1/presets");
        let answer = call(&app, Method::GET, &path, &[("authorization", &value)], "").await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        answer.expect_problem("ambiguous_credentials", &["path"]);
        assert!(!answer.text.contains(API_KEY));
    }
}

#[tokio::test]
async fn a_forward_auth_is_not_told_the_path_s_token() {
    let app = app("[auth.forward]\nurl = \"http://127.0.0.1:1/\"\nheaders = [\"cookie\"]");
    get(&app, "/t/some-token/v1/presets")
        .await
        .expect_problem("unauthorized", &[]);
}
