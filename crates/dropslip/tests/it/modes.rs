//! The ways in which bytes travel: one PUT, one form, parts; each against the real store, as a client would go.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::http::{Answer, send};
use crate::system::System;

const MIB: usize = 1024 * 1024;

impl System {
    fn issue(&self, more: &Value) -> Value {
        self.wish(more).is(201).json()
    }

    fn wish(&self, more: &Value) -> Answer {
        let mut body = json!({"preset": "it", "fileName": "a.txt", "contentType": "text/plain"});
        let fields = more.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(fields);
        self.call("POST /v1/uploads", &body)
    }

    /// A call about an upload, `POST /complete` or `GET `.
    fn about(&self, upload: &Value, call: &str, body: &Value) -> Answer {
        let (method, path) = call.split_once(' ').unwrap();
        let id = upload["id"].as_str().unwrap();
        self.call(&format!("{method} /v1/uploads/{id}{path}"), body)
    }

    fn complete(&self, upload: &Value) -> Answer {
        self.about(upload, "POST /complete", &Value::Null)
    }

    fn state(&self, upload: &Value) -> Value {
        self.about(upload, "GET ", &Value::Null).is(200).json()
    }
}

fn split(url: &str) -> (SocketAddr, String) {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, target) = rest.split_once('/').unwrap();
    (host.parse().unwrap(), format!("/{target}"))
}

/// Follows what was signed: its URL, its headers, the bytes.
fn put(slip: &Value, bytes: &[u8]) -> Answer {
    let (address, target) = split(slip["url"].as_str().unwrap());
    let headers = slip["headers"].as_object().unwrap();
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
        .collect();
    send(address, &format!("PUT {target}"), &headers, bytes)
}

fn get(url: &str) -> Answer {
    let (address, target) = split(url);
    send(address, &format!("GET {target}"), &[], b"")
}

/// Sends the form as a browser does, the file last.
fn post(upload: &Value, bytes: &[u8]) -> Answer {
    let (address, target) = split(upload["post"]["url"].as_str().unwrap());
    let mut body = Vec::new();
    for (name, value) in upload["post"]["fields"].as_object().unwrap() {
        let value = value.as_str().unwrap();
        let part =
            format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head = "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n";
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--x--\r\n");
    let form = ("content-type", "multipart/form-data; boundary=x");
    send(address, &format!("POST {target}"), &[form], &body)
}

fn code(answer: &Answer) -> String {
    answer.json()["code"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn a_form_holds_size_type_and_metadata() {
    let system = System::new("mode = \"post\"\nmaxSize = 100\nmetadata = [\"album\"]");
    let upload = system.issue(&json!({"size": 5, "metadata": {"album": "Süden  1"}}));
    assert_eq!(upload["mode"], "post");
    assert!(
        upload["put"].is_null() && upload["multipart"].is_null(),
        "{upload}"
    );
    assert_eq!(upload["post"]["fields"]["Content-Type"], "text/plain");
    post(&upload, b"too long").is(400).says("EntityTooLarge");
    post(&upload, b"shor").is(400).says("EntityTooSmall");
    let answer = system.complete(&upload).is(409);
    assert_eq!(code(&answer), "not_uploaded");
    assert_eq!(system.state(&upload)["state"], "issued");
    post(&upload, b"12345").is(201);
    assert_eq!(system.state(&upload)["state"], "stored");
    let done = system.complete(&upload).is(200).json();
    assert_eq!((&done["size"], &done["key"]), (&json!(5), &upload["key"]));
    let again = system.about(&upload, "POST /parts", &json!({}));
    assert!([200, 409].contains(&again.status), "{}", again.text());
    let answer = system
        .wish(&json!({"size": 5, "metadata": {"artist": "x"}}))
        .is(422);
    assert_eq!(code(&answer), "metadata_not_allowed");
}

#[test]
fn parts_in_any_order_and_again() {
    let system = System::new(
        "mode = \"auto\"\nmultipartAbove = \"6 MiB\"\npartSize = \"5 MiB\"\nmaxSize = \"1 GiB\"",
    );
    assert_eq!(system.issue(&json!({"size": 6 * MIB}))["mode"], "put");
    let size = 11 * MIB + 3;
    let upload = system.issue(&json!({"size": size}));
    let multipart = &upload["multipart"];
    assert_eq!(multipart["partSize"], 5 * MIB);
    assert!(multipart.get("checksum").is_none());
    let parts = multipart["parts"].as_array().unwrap();
    assert_eq!(
        parts
            .iter()
            .map(|p| p["number"].as_u64().unwrap())
            .collect::<Vec<_>>(),
        [1, 2, 3]
    );
    let bytes: Vec<u8> = (0..size).map(|at| (at / 1000 % 251) as u8).collect();
    let part = |number: usize| &bytes[(number - 1) * 5 * MIB..(number * 5 * MIB).min(size)];

    put(&parts[2], part(3)).is(200);
    put(&parts[0], part(2)).is(200);
    // A part of another length is not what was signed.
    put(&parts[1], part(3))
        .is(403)
        .says("SignatureDoesNotMatch");
    let answer = system.complete(&upload).is(409).says("have not arrived: 2");
    assert_eq!(code(&answer), "not_uploaded");
    let state = system.state(&upload);
    assert_eq!(state["state"], "issued");
    let arrived = state["multipart"]["parts"].as_array().unwrap();
    assert_eq!(arrived.len(), 2);
    assert_eq!(
        (&arrived[1]["number"], &arrived[1]["size"]),
        (&json!(3), &json!(MIB + 3))
    );

    let signed = system
        .about(&upload, "POST /parts", &json!({"numbers": [2, 1]}))
        .is(200)
        .json();
    let left_s = signed["expiresIn"].as_i64().unwrap();
    assert!((800..=900).contains(&left_s), "{left_s}");
    put(&signed["parts"][0], part(2)).is(200);
    put(&signed["parts"][1], part(1)).is(200);
    let done = system.complete(&upload).is(200).json();
    assert_eq!(done["size"], size);
    assert!(done["etag"].as_str().unwrap().ends_with("-3\""), "{done}");
    assert_eq!(system.complete(&upload).is(200).json(), done);
    let download = json!({"key": upload["key"], "fileName": "Süden \"1\".txt", "expiresIn": 60});
    let url = system.call("POST /v1/downloads", &download).is(201).json();
    let got = get(url["url"].as_str().unwrap()).is(200);
    assert!(got.body == bytes, "other bytes");
    assert_eq!(
        got.header("content-disposition"),
        "attachment; filename=\"S_den _1_.txt\"; filename*=UTF-8''S%C3%BCden%20_1_.txt"
    );
}

#[test]
fn parts_that_are_none() {
    let system = System::new("mode = \"multipart\"\npartSize = \"5 MiB\"\nmaxSize = \"1 GiB\"");
    let upload = system.issue(&json!({"size": 6 * MIB}));
    for (body, status, expected) in [
        (json!({"numbers": [0]}), 422, "invalid_part"),
        (json!({"numbers": [3]}), 422, "invalid_part"),
        (json!({"numbers": [1, 10_001]}), 422, "invalid_part"),
        (json!({"numbers": []}), 422, "invalid_request"),
        (json!({"numbers": vec![1; 101]}), 422, "invalid_request"),
        (json!({"numbers": [-1]}), 422, "invalid_request"),
        (json!({"numbers": ["1"]}), 422, "invalid_request"),
        (
            json!({"parts": [{"number": 1, "checksum": "AAAA"}]}),
            422,
            "invalid_request",
        ),
        (json!({"part": 1}), 422, "invalid_request"),
    ] {
        let answer = system.about(&upload, "POST /parts", &body).is(status);
        assert_eq!(code(&answer), expected, "{body}: {}", answer.text());
    }
    let empty = system.issue(&json!({"size": 0}));
    assert_eq!(empty["mode"], "put");
    let answer = system
        .about(&empty, "POST /parts", &json!({"numbers": [1]}))
        .is(409);
    assert_eq!(code(&answer), "wrong_mode");
    let again = system
        .about(&empty, "POST /parts", &json!({}))
        .is(200)
        .json();
    put(&again["put"], b"").is(200);
    system.complete(&empty).is(200);
    let answer = system.wish(&json!({"size": 2_u64 << 30})).is(422);
    assert_eq!(code(&answer), "too_large");
}

#[test]
fn an_aborted_upload_leaves_nothing() {
    let system = System::new("mode = \"multipart\"\npartSize = \"5 MiB\"\nmaxSize = \"1 GiB\"");
    let upload = system.issue(&json!({"size": 6 * MIB}));
    let parts = upload["multipart"]["parts"].as_array().unwrap();
    put(&parts[0], &vec![1; 5 * MIB]).is(200);
    system.about(&upload, "DELETE ", &Value::Null).is(204);
    put(&parts[0], &vec![1; 5 * MIB])
        .is(404)
        .says("NoSuchUpload");
    let answer = system.complete(&upload).is(409);
    assert!(["not_uploaded", "upload_aborted"].contains(&code(&answer).as_str()));
    system.about(&upload, "DELETE ", &Value::Null).is(204);
}

#[test]
fn what_can_be_used_once() {
    let system = System::new(
        "mode = \"auto\"\nmultipartAbove = \"6 MiB\"\nmaxSize = \"1 GiB\"\nsingleUse = true",
    );
    let upload = system.issue(&json!({"size": 3}));
    assert_eq!(upload["put"]["headers"]["if-none-match"], "*");
    put(&upload["put"], b"abc").is(200);
    put(&upload["put"], b"xyz").is(412);
    let done = system.complete(&upload).is(200).json();
    assert_eq!(done["etag"], "\"900150983cd24fb0d6963f7d28e17f72\"");
}

#[test]
fn another_object_in_its_place_is_noticed() {
    let system = System::new("maxSize = 100");
    let upload = system.issue(&json!({"size": 3}));
    put(&upload["put"], b"abc").is(200);
    let first = system.complete(&upload).is(200).json();
    put(&upload["put"], b"xyz").is(200);
    let second = system.complete(&upload);
    // With a database the first answer holds and the swap is told; without one the new object is looked at.
    match second.status {
        409 => assert_eq!(code(&second), "object_changed"),
        _ => assert_ne!(second.is(200).json()["etag"], first["etag"]),
    }
}

#[test]
fn checksums_are_signed_and_hold() {
    for (algorithm, right, wrong) in [
        (
            "sha256",
            "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
            "LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564=",
        ),
        ("crc32", "NSRBwg==", "AAAAAA=="),
        ("crc32c", "Nks/tw==", "AAAAAA=="),
    ] {
        let system = System::new(&format!("maxSize = 100\nchecksum = \"{algorithm}\""));
        let sum =
            |value: &str| json!({"size": 3, "checksum": {"algorithm": algorithm, "value": value}});
        let upload = system.issue(&sum(right));
        put(&upload["put"], b"xyz").is(400).says("BadDigest");
        put(&upload["put"], b"abc").is(200);
        system.complete(&upload).is(200);
        let upload = system.issue(&sum(wrong));
        put(&upload["put"], b"abc").is(400).says("BadDigest");
        for (body, expected) in [
            (json!({"size": 3}), "checksum_required"),
            (sum("AA=="), "invalid_request"),
            (sum("not base64"), "invalid_request"),
            (
                json!({"size": 3, "checksum": {"algorithm": "md5", "value": "AAAA"}}),
                "invalid_request",
            ),
            (
                json!({"size": 3, "checksum": {"algorithm": "crc64nvme", "value": "AAAAAAAAAAA="}}),
                "checksum_required",
            ),
        ] {
            let answer = system.wish(&body).is(422);
            assert_eq!(code(&answer), expected, "{body}: {}", answer.text());
            let told = (expected == "checksum_required").then_some(algorithm);
            assert_eq!(answer.json()["algorithm"].as_str(), told, "{body}");
        }
    }
}

#[test]
fn each_part_has_its_checksum() {
    let preset =
        "mode = \"multipart\"\npartSize = \"5 MiB\"\nmaxSize = \"1 GiB\"\nchecksum = \"crc32\"";
    let system = System::new(preset);
    let upload = system.issue(&json!({"size": 5 * MIB + 3}));
    assert_eq!(upload["multipart"]["parts"], json!([]));
    assert_eq!(upload["multipart"]["checksum"], "crc32");
    assert_eq!(system.state(&upload)["multipart"]["checksum"], "crc32");
    let answer = system
        .about(&upload, "POST /parts", &json!({"numbers": [2]}))
        .is(422);
    assert_eq!(code(&answer), "checksum_required");
    assert_eq!(answer.json()["algorithm"], "crc32");
    let parts = json!({"parts": [{"number": 1, "checksum": "AAAAAA=="}, {"number": 2, "checksum": "NSRBwg=="}]});
    let signed = system.about(&upload, "POST /parts", &parts).is(200).json();
    put(&signed["parts"][0], &vec![1; 5 * MIB])
        .is(400)
        .says("BadDigest");
    put(&signed["parts"][1], b"xyz").is(400).says("BadDigest");
    put(&signed["parts"][1], b"abc").is(200);
}
