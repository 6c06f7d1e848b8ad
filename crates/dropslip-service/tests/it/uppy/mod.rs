//! What Uppy asks, as far as it needs no storage: forms, refusals and their words.
//! The real Uppy, with a real storage, is in `tests/uppy`.

mod sign;

use axum::http::{Method, StatusCode};
use dropslip_service::{Config, Given, Settings};
use serde_json::{Value, json};

use crate::app::{Answer, App, keys};

const PRESETS: &str = r#"
    [presets.photo]
    bucket = "uploads"
    key = "photos/{date}/{uuid}.{ext}"
    accept = ["image/jpeg", "image/png"]
    maxSize = "20 MiB"
    acl = "public-read"
    cacheControl = "max-age=60"
    metadata = ["caption"]

    [presets.file]
    bucket = "files"
    key = "{uuid}/{name}"
    accept = ["*/*"]
    minSize = 1
    maxSize = "1 GiB"
    expires = "1m"

    [presets.once]
    bucket = "uploads"
    key = "once/{uuid}"
    accept = ["*/*"]
    maxSize = "1 MiB"
    singleUse = true

    [presets.summed]
    bucket = "uploads"
    key = "summed/{uuid}"
    accept = ["*/*"]
    maxSize = "1 MiB"
    checksum = "sha256"
"#;

fn settings(more: &str) -> Result<Settings, String> {
    let text = format!(
        "[storage]\nregion = \"us-east-1\"\nendpoint = \"http://127.0.0.1:1\"\n\
         publicEndpoint = \"http://localhost:7601\"\n{more}\n{PRESETS}"
    );
    let given = Given {
        storage_keys: Some(keys()),
        ..Given::default()
    };
    let config = Config::parse(&text).map_err(|error| error.to_string())?;
    config.check(given).map_err(|error| error.to_string())
}

fn app() -> App {
    App::of(settings("").unwrap())
}

async fn params(app: &App, query: &str) -> Answer {
    app.get(&format!("/s3/params?{query}")).await
}

/// A refusal that both Uppy and people can read.
#[track_caller]
fn refused(answer: &Answer, code: &str, words: &[&str]) -> Value {
    let problem = answer.expect_problem(code, words);
    for field in ["message", "error"] {
        let text = problem[field].as_str().unwrap();
        assert!(
            text.contains(problem["detail"].as_str().unwrap()),
            "{problem:#}"
        );
    }
    problem
}

/// The conditions of a form's policy.
fn policy(fields: &Value) -> Vec<Value> {
    use base64::Engine as _;
    let text = fields["policy"].as_str().unwrap();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap();
    let policy: Value = serde_json::from_slice(&bytes).unwrap();
    policy["conditions"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_form_that_holds_the_file_to_the_preset() {
    let query = "filename=a+b.jpg&type=image%2Fjpeg&metadata%5Bpreset%5D=photo&metadata[caption]=hi&metadata[name]=x";
    let answer = params(&app(), query).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store");
    let answer = answer.json();
    assert_eq!(answer["method"], "POST");
    assert_eq!(answer["url"], "http://localhost:7601/uploads");
    assert_eq!(answer["expires"], 900);
    assert!(answer.get("headers").is_none());
    let fields = &answer["fields"];
    let key = fields["key"].as_str().unwrap();
    assert!(
        key.starts_with("photos/2013/05/24/") && key.ends_with(".jpg"),
        "{key}"
    );
    assert_eq!(fields["success_action_status"], "201");
    assert_eq!(fields["Content-Type"], "image/jpeg");
    assert_eq!(fields["x-amz-acl"], "public-read");
    assert_eq!(fields["Cache-Control"], "max-age=60");
    assert_eq!(fields["x-amz-meta-caption"], "hi");
    for name in [
        "file",
        "redirect",
        "success_action_redirect",
        "x-amz-meta-name",
        "x-amz-meta-preset",
    ] {
        assert!(fields.get(name).is_none(), "{name}");
    }
    let conditions = policy(fields);
    assert!(conditions.contains(&json!(["content-length-range", 0, 20 * 1024 * 1024])));
    assert!(conditions.contains(&json!({"Content-Type": "image/jpeg"})));
    assert!(conditions.contains(&json!({"key": key})));
}

#[tokio::test]
async fn a_put_where_the_storage_takes_no_forms() {
    let app = App::of(settings("[storage.can]\npost = false").unwrap());
    let answer = params(&app, "filename=a.txt&type=&metadata[preset]=file")
        .await
        .json();
    assert_eq!(answer["method"], "PUT");
    assert_eq!(answer["expires"], 60);
    assert_eq!(answer["headers"], json!({"content-type": "text/plain"}));
    assert!(answer.get("fields").is_none());
    let url = answer["url"].as_str().unwrap();
    assert!(
        url.contains("X-Amz-SignedHeaders=content-type%3Bhost&"),
        "{url}"
    );
}

#[tokio::test]
async fn names_are_taken_however_long() {
    let name = format!("{}.txt", "%C3%A4".repeat(2000));
    let answer = params(
        &app(),
        &format!("filename={name}&type=text/plain&metadata[preset]=file"),
    )
    .await;
    let key = answer.json()["fields"]["key"].as_str().unwrap().to_owned();
    assert!(key.ends_with("ä.txt"), "{key}");
}

#[tokio::test]
async fn which_preset() {
    let check = async |more: &str, query: &str, expect: &str| {
        let app = App::of(settings(more).unwrap());
        let answer = params(&app, &format!("filename=a.png&type=image/png{query}")).await;
        match expect.split_once(": ") {
            Some((code, word)) => {
                refused(&answer, code, &[word]);
            }
            None => {
                let answer = answer.json();
                assert_eq!(answer["url"], format!("http://localhost:7601/{expect}"));
            }
        }
    };
    check("", "&metadata[preset]=photo", "uploads").await;
    check("", "&metadata[preset]=file", "files").await;
    check("", "", "invalid_request: meta: { preset").await;
    check(
        "",
        "&metadata[preset]=",
        "invalid_request: no preset is named",
    )
    .await;
    check(
        "",
        "&metadata[preset]=x%00",
        "unknown_preset: there is no preset `x",
    )
    .await;
    let default = "[uppy]\npreset = \"file\"";
    check(default, "", "files").await;
    check(default, "&metadata[preset]=photo", "uploads").await;
    let only = "[uppy]\npreset = \"file\"\npresets = [\"once\"]";
    check(only, "", "files").await;
    check(only, "&metadata[preset]=file", "files").await;
    check(
        only,
        "&metadata[preset]=photo",
        "preset_not_allowed: `file`, `once`",
    )
    .await;
    check("[uppy]\npresets = [\"file\"]", "", "files").await;
}

#[test]
fn configurations_that_cannot_be_held() {
    for (more, word) in [
        ("[uppy]\npreset = \"x\"", "`uppy.preset` has `x`"),
        (
            "[uppy]\npresets = [\"file\", \"x\"]",
            "`uppy.presets` has `x`",
        ),
        ("[uppy]\npreset = \"summed\"", "`checksum`"),
        ("[uppy]\npresets = [\"summed\"]", "`checksum`"),
        ("[uppy]\nprest = \"file\"", "prest"),
        ("[uppy]\nenabled = 1", "boolean"),
    ] {
        let error = settings(more).map(|_| ()).unwrap_err();
        assert!(error.contains(word), "{more}: {error}");
    }
}

#[tokio::test]
async fn turned_off() {
    let app = App::of(settings("[uppy]\nenabled = false").unwrap());
    for path in ["/s3/params?filename=a", "/s3/sts", "/s3/multipart/x"] {
        app.get(path).await.expect_problem("not_found", &[]);
    }
    app.post("/sign", "{}")
        .await
        .expect_problem("not_found", &[]);
}

#[tokio::test]
async fn questions_that_are_refused() {
    let app = app();
    let file = "&metadata[preset]=file";
    let long = "x".repeat(17_000);
    for (query, code, word) in [
        ("", "invalid_request", "`filename`"),
        ("filename=", "invalid_request", "`filename`"),
        ("filename=a&filename=b", "invalid_request", "twice"),
        (long.as_str(), "invalid_request", "longer"),
        (
            "filename=%00&type=text/plain&metadata[preset]=file",
            "invalid_file_name",
            "NUL",
        ),
        (
            "filename=a&type=text&metadata[preset]=file",
            "invalid_request",
            "`text`",
        ),
        (
            "filename=a.txt&type=text/plain&metadata[preset]=photo",
            "type_not_accepted",
            "image/jpeg",
        ),
        (
            "filename=a&type=text/plain&metadata[preset]=once",
            "wrong_mode",
            "shouldUseMultipart",
        ),
        (
            "filename=a&type=text/plain&metadata[preset]=summed",
            "checksum_required",
            "Uppy",
        ),
        (
            "filename=a.png&type=image/png&metadata[preset]=photo&metadata[caption]=%00",
            "invalid_request",
            "caption",
        ),
    ] {
        refused(&params(&app, query).await, code, &[word]);
    }
    let deep = format!("filename=a&metadata{}=x{file}", "[a]".repeat(4000));
    assert_eq!(params(&app, &deep).await.status, StatusCode::OK);
    let many = (0..300)
        .map(|n| format!("metadata[{n}]=&"))
        .collect::<String>();
    refused(
        &params(&app, &format!("filename=a&{many}")).await,
        "invalid_request",
        &["256"],
    );
}

#[tokio::test]
async fn bodies_that_are_refused() {
    let app = app();
    let deep = format!("{{\"filename\":\"a\",\"metadata\":{}", "[".repeat(10_000));
    let deep_object = "{\"metadata\":".repeat(10_000);
    for (body, code) in [
        ("", "unsupported_media_type"),
        ("[]", "invalid_request"),
        ("{}", "invalid_request"),
        ("{\"filename\":1}", "invalid_request"),
        (deep.as_str(), "invalid_json"),
        (&deep_object, "body_too_large"),
        (
            "{\"filename\":\"a.txt\",\"type\":\"text/plain\",\"metadata\":{\"preset\":\"photo\"}}",
            "type_not_accepted",
        ),
        (
            "{\"filename\":\"a.txt\",\"metadata\":{\"preset\":\"summed\"}}",
            "checksum_required",
        ),
        (
            "{\"filename\":\"a.txt\",\"metadata\":{\"preset\":7}}",
            "unknown_preset",
        ),
        // The storage is the first to be asked when all else is right.
        (
            "{\"filename\":\"a.txt\",\"metadata\":{\"preset\":\"once\"}}",
            "storage_unreachable",
        ),
    ] {
        refused(&app.post("/s3/multipart", body).await, code, &[]);
    }
}

#[tokio::test]
async fn addresses_and_methods_that_are_none() {
    let app = app();
    refused(
        &app.get("/s3/sts").await,
        "not_offered",
        &["temporary credentials"],
    );
    for path in ["/s3", "/s3/x", "/s3/multipart/a/b/c"] {
        refused(&app.get(path).await, "not_found", &[]);
    }
    refused(&app.get("/s3/multipart").await, "method_not_allowed", &[]);
    refused(&app.delete("/s3/params").await, "method_not_allowed", &[]);
    let answer = app.get("/sign").await;
    assert_eq!(answer.header("allow"), "POST");
    refused(&answer, "method_not_allowed", &[]);
}

#[tokio::test]
async fn ids_that_are_none() {
    let app = app();
    // An upload in one request has an id as well, and no parts.
    let put = app.issue("file", "a.txt", "text/plain", 5).await;
    let (id, key) = (put["id"].as_str().unwrap(), put["key"].as_str().unwrap());
    let altered = format!(
        "{}{}",
        if id.starts_with('B') { 'A' } else { 'B' },
        &id[1..]
    );
    for (id, query, code) in [
        (id, "", "invalid_request"),
        (id, "?key=", "invalid_request"),
        (id, "?key=another", "invalid_upload_id"),
        (id, &format!("?key={key}"), "wrong_mode"),
        (&altered, &format!("?key={key}"), "invalid_upload_id"),
        (
            &id[..id.len() - 1],
            &format!("?key={key}"),
            "invalid_upload_id",
        ),
        ("VXBsb2FkSWQ", "?key=a", "invalid_upload_id"),
        ("%00", "?key=a", "invalid_upload_id"),
        ("%ff", "?key=a", "invalid_upload_id"),
    ] {
        let path = format!("/s3/multipart/{id}");
        refused(&app.get(&format!("{path}{query}")).await, code, &[]);
        refused(&app.get(&format!("{path}/1{query}")).await, code, &[]);
        refused(&app.delete(&format!("{path}{query}")).await, code, &[]);
        let parts = "{\"parts\":[{\"PartNumber\":1,\"ETag\":\"a\"}]}";
        refused(
            &app.post(&format!("{path}/complete{query}"), parts).await,
            code,
            &[],
        );
        let more = if query.is_empty() { "?" } else { "&" };
        refused(
            &app.get(&format!("{path}/batch{query}{more}partNumbers=1"))
                .await,
            code,
            &[],
        );
    }
}

#[tokio::test]
async fn every_call_needs_the_right_caller() {
    let auth = "[auth]\napiKeys = [\"correct-horse-battery-staple\"]";
    let app = App::of(settings(auth).unwrap());
    for (method, path) in [
        (Method::GET, "/s3/params?filename=a"),
        (Method::POST, "/s3/multipart"),
        (Method::GET, "/s3/multipart/x?key=a"),
        (Method::GET, "/s3/multipart/x/1?key=a"),
        (Method::GET, "/s3/multipart/x/batch?key=a&partNumbers=1"),
        (Method::POST, "/s3/multipart/x/complete?key=a"),
        (Method::DELETE, "/s3/multipart/x?key=a"),
        (Method::POST, "/sign"),
    ] {
        let answer = app.call(method, path, "{}").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        refused(&answer, "unauthorized", &[]);
    }
}
