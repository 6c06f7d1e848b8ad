//! One upload, end to end: the service signs, the store keeps, the service checks.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::{Answer, send};
use crate::process::{Server, dropslip};

const JSON: (&str, &str) = ("content-type", "application/json");

fn create(pages: SocketAddr, body: &Value) -> Answer {
    send(
        pages,
        "POST /v1/uploads",
        &[JSON],
        body.to_string().as_bytes(),
    )
}

fn complete(pages: SocketAddr, upload: &Value) -> Answer {
    send(
        pages,
        &format!(
            "POST /v1/uploads/{}/complete",
            upload["id"].as_str().unwrap()
        ),
        &[],
        b"",
    )
}

/// Follows the slip as a browser does: its URL, its headers, the bytes.
fn put(upload: &Value, bytes: &[u8]) -> Answer {
    let (address, target) = split(upload["put"]["url"].as_str().unwrap());
    let headers: Vec<_> = upload["put"]["headers"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
        .collect();
    let host = upload["put"]["url"]
        .as_str()
        .unwrap()
        .split('/')
        .nth(2)
        .unwrap()
        .to_owned();
    let mut all = vec![("host", host.as_str())];
    all.extend(headers);
    send(address, &format!("PUT {target}"), &all, bytes)
}

/// A running `dropslip dev` and an upload of three bytes that it has issued.
fn issued() -> (TempDir, Server, Value) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::dev(folder.path());
    let wish = json!({"preset": "photo", "fileName": "a.png", "size": 3});
    let upload = create(server.pages(), &wish).is(201).json();
    (folder, server, upload)
}

fn split(url: &str) -> (SocketAddr, String) {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, target) = rest.split_once('/').unwrap();
    (
        host.replace("localhost", "127.0.0.1").parse().unwrap(),
        format!("/{target}"),
    )
}

#[test]
fn a_public_photo() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::dev(folder.path());
    let wish = json!({"preset": "photo", "fileName": "beach.JPG", "contentType": "image/jpeg", "size": 10});
    let upload = create(server.pages(), &wish).is(201).json();
    let key = upload["key"].as_str().unwrap();
    assert!(key.starts_with("photos/") && key.ends_with(".jpg"), "{key}");
    complete(server.pages(), &upload)
        .is(409)
        .says("not_uploaded");
    put(&upload, b"jpeg bytes").is(200);
    let done = complete(server.pages(), &upload).is(200).json();
    assert_eq!(done, complete(server.pages(), &upload).is(200).json());
    assert_eq!(
        (&done["key"], &done["size"], &done["contentType"]),
        (&upload["key"], &json!(10), &json!("image/jpeg"))
    );
    let (address, target) = split(done["url"].as_str().unwrap());
    let got = send(address, &format!("GET {target}"), &[], b"").is(200);
    assert_eq!(
        (got.body.as_slice(), got.header("content-type")),
        (b"jpeg bytes".as_slice(), "image/jpeg")
    );
    assert_eq!(done["etag"], got.header("etag"));
}

#[test]
fn a_private_file_with_a_hostile_name() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::dev(folder.path());
    let name = "../../é \"x\".jpg";
    let upload = create(
        server.pages(),
        &json!({"preset": "file", "fileName": name, "size": 3}),
    )
    .is(201)
    .json();
    let key = upload["key"].as_str().unwrap();
    assert!(
        key.starts_with("files/") && !key.contains("..") && !key.contains('"') && key.contains('é'),
        "{key}"
    );
    assert_eq!(upload["put"]["headers"]["content-type"], "image/jpeg");
    put(&upload, b"abc").is(200);
    let done = complete(server.pages(), &upload).is(200).json();
    assert_eq!(done["url"], Value::Null);
    let (address, target) = split(upload["put"]["url"].as_str().unwrap());
    let path = target.split('?').next().unwrap();
    send(address, &format!("GET {path}"), &[], b"")
        .is(403)
        .says("AccessDenied");
}

#[test]
fn a_slip_holds_a_browser_to_what_it_asked_for() {
    let (_folder, server, upload) = issued();
    put(&upload, b"longer")
        .is(403)
        .says("SignatureDoesNotMatch")
        .says("content-length:6");
    put(&upload, b"x").is(403).says("SignatureDoesNotMatch");
    let mut other = upload.clone();
    other["put"]["headers"]["content-type"] = json!("text/html");
    put(&other, b"abc").is(403).says("StringToSignBytes");
    other["put"]["headers"] = json!({"content-type": "image/png"});
    put(&other, b"abc")
        .is(403)
        .says("lacks headers that were signed: x-amz-acl");
    let mut elsewhere = upload.clone();
    elsewhere["put"]["url"] = json!(
        upload["put"]["url"]
            .as_str()
            .unwrap()
            .replace("/photos/", "/files/")
    );
    put(&elsewhere, b"abc")
        .is(403)
        .says("SignatureDoesNotMatch");
    complete(server.pages(), &upload).is(409);
    put(&upload, b"abc").is(200);
    complete(server.pages(), &upload).is(200);
}

#[test]
fn what_differs_at_the_storage_is_refused_and_deleted() {
    for (content_type, bytes, code, words) in [
        (
            "image/png",
            b"other bytes".as_slice(),
            "size_mismatch",
            "11",
        ),
        ("text/html", b"abc", "type_mismatch", "text/html"),
    ] {
        let (folder, server, upload) = issued();
        // Somebody with a key of the storage puts other bytes there.
        let object = format!("s3://uploads/{}", upload["key"].as_str().unwrap());
        let endpoint = format!("http://{}", server.s3());
        let args = ["presign", "put", &object, "--endpoint", &endpoint];
        let keys = [
            ("AWS_ACCESS_KEY_ID", "dropslip"),
            ("AWS_SECRET_ACCESS_KEY", "dropslip-dev-secret"),
        ];
        let printed = dropslip(folder.path(), &args).envs(keys).output().unwrap();
        let (address, target) = split(String::from_utf8(printed.stdout).unwrap().trim());
        let request = format!("PUT {target}");
        let headers = [("content-type", content_type)];
        send(address, &request, &headers, bytes).is(200);
        // What was refused stays refused, also when the right bytes come later.
        for _ in 0..2 {
            complete(server.pages(), &upload)
                .is(422)
                .says(code)
                .says(words);
        }
        put(&upload, b"abc").is(200);
        complete(server.pages(), &upload).is(422).says(code);
    }
}

#[test]
fn an_aborted_upload_leaves_nothing() {
    let (_folder, server, upload) = issued();
    put(&upload, b"abc").is(200);
    let abort = format!("DELETE /v1/uploads/{}", upload["id"].as_str().unwrap());
    send(server.pages(), &abort, &[], b"").is(204);
    send(server.pages(), &abort, &[], b"").is(204);
    complete(server.pages(), &upload)
        .is(409)
        .says("upload_aborted");
}

#[test]
fn wrong_wishes_are_refused_before_any_byte_travels() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::dev(folder.path());
    let wish = |wish: Value| create(server.pages(), &wish);
    wish(json!({"preset": "photo", "fileName": "a.txt", "size": 3}))
        .is(422)
        .says("type_not_accepted")
        .says("image/webp");
    wish(json!({"preset": "photo", "fileName": "a.png", "size": 20_971_521}))
        .is(422)
        .says("too_large")
        .says("20.0 MiB (20971520 bytes)");
    wish(json!({"preset": "foto", "fileName": "a.png", "size": 3}))
        .is(404)
        .says("unknown_preset")
        .says("photo");
    wish(json!({"preset": "photo", "fileName": "", "contentType": "image/png", "size": 3}))
        .is(422)
        .says("invalid_file_name");
    wish(json!({"preset": "photo", "size": 3}))
        .is(422)
        .says("fileName");
    send(server.pages(), "POST /v1/uploads", &[JSON], b"{\"preset\":")
        .is(400)
        .says("invalid_json");
    send(server.pages(), "POST /v1/uploads", &[], b"{}")
        .is(415)
        .says("application/json");
    send(server.pages(), "POST /v1/uploads/abc/complete", &[], b"")
        .is(404)
        .says("invalid_upload_id");
    send(server.pages(), "GET /v1/uploads", &[], b"").is(405);
    send(
        server.pages(),
        "POST /v1/uploads",
        &[JSON, ("host", "evil.example")],
        b"{}",
    )
    .is(403)
    .says("forbidden_host");
}

#[test]
fn the_page_and_the_client_come_from_the_binary() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::dev(folder.path());
    let page = send(server.pages(), "GET /", &[], b"")
        .is(200)
        .says("<html");
    assert!(
        page.header("content-security-policy")
            .contains("default-src 'none'")
    );
    assert!(
        page.header("content-security-policy")
            .contains(&format!("http://localhost:{}", server.s3().port()))
    );
    let client = send(server.pages(), "GET /client/dropslip.js", &[], b"")
        .is(200)
        .says("export");
    assert!(client.header("content-type").contains("javascript"));
    send(server.pages(), "GET /healthz", &[], b"")
        .is(200)
        .says("ok");
}

#[test]
fn a_service_whose_storage_is_gone_says_so() {
    let folder = tempfile::tempdir().unwrap();
    // A port that was free a moment ago and that nobody listens on.
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let config = format!(
        "[storage]\nendpoint = \"http://{gone}\"\nregion = \"us-east-1\"\naccessKey = \"a\"\nsecretKey = \"s\"\n\
         [presets.file]\nbucket = \"uploads\"\nkey = \"{{uuid}}\"\naccept = [\"*/*\"]\nmaxSize = 10\n"
    );
    std::fs::write(folder.path().join("dropslip.toml"), config).unwrap();
    let server = Server::start(
        &mut dropslip(folder.path(), &["serve", "--listen", "127.0.0.1:0"]),
        "Uploads at",
    );
    let pages = server.address("Uploads at http://");
    let upload = create(
        pages,
        &json!({"preset": "file", "fileName": "a", "size": 3}),
    )
    .is(201)
    .json();
    complete(pages, &upload)
        .is(502)
        .says("storage_unreachable")
        .says(&gone.to_string());
}

#[test]
fn an_api_key_opens_the_service() {
    let folder = tempfile::tempdir().unwrap();
    let store = Server::store(folder.path());
    let config = format!(
        "[storage]\nendpoint = \"http://{}\"\nregion = \"us-east-1\"\n[auth]\napiKeys = [\"0123456789abcdef\"]\n\
         [presets.file]\nbucket = \"uploads\"\nkey = \"{{uuid}}\"\naccept = [\"*/*\"]\nmaxSize = 10\n",
        store.s3()
    );
    let path = folder.path().join("team.toml").display().to_string();
    std::fs::write(&path, config).unwrap();
    let args = ["serve", "--listen", "127.0.0.1:0", "--config", &path];
    let keys = [
        ("DROPSLIP_ACCESS_KEY", "dropslip"),
        ("DROPSLIP_SECRET_KEY", "dropslip-dev-secret"),
    ];
    let server = Server::start(dropslip(folder.path(), &args).envs(keys), "Uploads at");
    let pages = server.address("Uploads at http://");
    let wish = json!({"preset": "file", "fileName": "a.txt", "size": 3}).to_string();
    let with = |key: &str| {
        send(
            pages,
            "POST /v1/uploads",
            &[JSON, ("authorization", key)],
            wish.as_bytes(),
        )
    };
    send(pages, "POST /v1/uploads", &[JSON], wish.as_bytes())
        .is(401)
        .says("unauthorized");
    with("Bearer 0123456789abcdeF").is(401);
    with("Basic 0123456789abcdef").is(401);
    let upload = with("Bearer 0123456789abcdef").is(201).json();
    put(&upload, b"abc").is(200);
    let complete = format!(
        "POST /v1/uploads/{}/complete",
        upload["id"].as_str().unwrap()
    );
    send(
        pages,
        &complete,
        &[("authorization", "Bearer 0123456789abcdef")],
        b"",
    )
    .is(200)
    .says("text/plain");
}
