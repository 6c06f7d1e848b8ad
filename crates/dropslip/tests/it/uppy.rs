//! Uppy's calls on uploads in parts, against the real store, with clients that are less honest than Uppy is.
//! The real one is in `tests/uppy`.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::http::{Answer, send};
use crate::system::System;

const MIB: usize = 1024 * 1024;

/// A service with one preset of at most 10 MiB, as Uppy calls it.
struct Uppy(System);

/// An upload in parts, as Uppy knows it.
struct Upload {
    id: String,
    key: String,
}

impl Uppy {
    fn new(more: &str) -> Self {
        Self(System::new(&format!(
            "minSize = 2\nmaxSize = \"10 MiB\"\n{more}"
        )))
    }

    fn call(&self, request: &str, body: &Value) -> Answer {
        self.0.call(request, body)
    }

    fn create(&self) -> Upload {
        let body = json!({"filename": "a.txt", "type": "text/plain", "metadata": {}});
        let answer = self.call("POST /s3/multipart", &body).is(200).json();
        assert_eq!(answer["bucket"], "uploads");
        Upload {
            id: answer["uploadId"].as_str().unwrap().to_owned(),
            key: answer["key"].as_str().unwrap().to_owned(),
        }
    }

    /// `GET /2` asks for the second part of an upload, and so on.
    fn about(&self, upload: &Upload, call: &str, body: &Value) -> Answer {
        let (method, path) = call.split_once(' ').unwrap();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let Upload { id, key } = upload;
        let request = format!("{method} /s3/multipart/{id}{path}?key={key}&{query}");
        self.call(&request, body)
    }

    /// Has a part signed and sends it; its ETag.
    fn send(&self, upload: &Upload, number: u32, bytes: &[u8]) -> String {
        let signed = self
            .about(upload, &format!("GET /{number}"), &Value::Null)
            .is(200)
            .json();
        assert_eq!(signed["expires"], 900);
        follow("PUT", &signed, bytes)
            .is(200)
            .header("etag")
            .to_owned()
    }

    fn complete(&self, upload: &Upload, parts: &[(u32, &str)]) -> Answer {
        let part = |(number, etag): &(u32, &str)| json!({"PartNumber": number, "ETag": etag});
        let parts: Vec<Value> = parts.iter().map(part).collect();
        self.about(upload, "POST /complete", &json!({ "parts": parts }))
    }

    fn sign(&self, body: &Value) -> Answer {
        self.call("POST /sign", body)
    }
}

/// Asks the storage what was signed.
fn follow(method: &str, signed: &Value, bytes: &[u8]) -> Answer {
    let rest = signed["url"]
        .as_str()
        .unwrap()
        .strip_prefix("http://")
        .unwrap();
    let (host, target) = rest.split_once('/').unwrap();
    let address: SocketAddr = host.parse().unwrap();
    let headers: Vec<(&str, &str)> = signed["headers"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
        .collect();
    send(address, &format!("{method} /{target}"), &headers, bytes)
}

/// The code of a refusal, which has the words that Uppy looks for.
#[track_caller]
fn code(answer: &Answer) -> String {
    let problem = answer.json();
    assert!(
        problem["message"].is_string() && problem["error"].is_string(),
        "{problem}"
    );
    problem["code"].as_str().unwrap().to_owned()
}

/// Without a database nobody remembers what was decided: then it is the storage that says so, a little later.
#[track_caller]
fn code_or(answer: &Answer, remembered: &str, otherwise: &str) {
    let got = match answer.status {
        200 => "signed".to_owned(),
        _ => code(answer),
    };
    assert!([remembered, otherwise].contains(&got.as_str()), "{got}");
}

#[test]
fn parts_are_listed_joined_and_told_again() {
    let system = Uppy::new("");
    let upload = system.create();
    assert_eq!(
        system.about(&upload, "GET ", &Value::Null).is(200).json(),
        json!([])
    );
    let second = system.send(&upload, 2, b"end");
    let first = system.send(&upload, 1, &vec![b'a'; 5 * MIB]);
    let list = system.about(&upload, "GET ", &Value::Null).is(200).json();
    let expect = json!([
        {"PartNumber": 1, "ETag": first, "Size": 5 * MIB},
        {"PartNumber": 2, "ETag": second, "Size": 3},
    ]);
    assert_eq!(list, expect);
    let bare = second.trim_matches('"');
    let done = system
        .complete(&upload, &[(2, bare), (1, &first)])
        .is(200)
        .json();
    assert_eq!(
        (&done["key"], &done["bucket"]),
        (&json!(upload.key), &json!("uploads"))
    );
    let location = done["location"].as_str().unwrap();
    assert!(
        location.ends_with(&format!("/uploads/{}", upload.key)),
        "{location}"
    );

    assert_eq!(
        system
            .complete(&upload, &[(1, &first), (2, bare)])
            .is(200)
            .json(),
        done
    );
    code_or(
        &system.about(&upload, "GET /1", &Value::Null),
        "already_stored",
        "signed",
    );
    // What is completed stays.
    assert_eq!(
        system
            .about(&upload, "DELETE ", &Value::Null)
            .is(200)
            .json(),
        json!({})
    );
    assert_eq!(
        system
            .complete(&upload, &[(1, &first), (2, bare)])
            .is(200)
            .json(),
        done
    );
}

#[test]
fn a_batch_is_signed_at_once() {
    let system = Uppy::new("");
    let upload = system.create();
    let batch = system
        .about(&upload, "GET /batch?partNumbers=2,1", &Value::Null)
        .is(200)
        .json();
    let urls = batch["presignedUrls"].as_object().unwrap();
    assert_eq!(urls.keys().collect::<Vec<_>>(), ["1", "2"]);
    follow("PUT", &json!({"url": urls["1"]}), b"ab").is(200);
    for wrong in [
        "",
        "?partNumbers=",
        "?partNumbers=0",
        "?partNumbers=1,x",
        "?partNumbers=10001",
    ] {
        let answer = system
            .about(&upload, &format!("GET /batch{wrong}"), &Value::Null)
            .is(422);
        assert_eq!(code(&answer), "invalid_request", "{wrong}");
    }
}

#[test]
fn what_the_client_says_must_be_what_is_there() {
    let system = Uppy::new("");
    let upload = system.create();
    let etag = system.send(&upload, 1, b"abc");
    let other = system.create();
    for (parts, expect) in [
        (vec![], "invalid_request"),
        (
            vec![(1, "\"00000000000000000000000000000000\"")],
            "not_uploaded",
        ),
        (vec![(2, etag.as_str())], "not_uploaded"),
        (vec![(1, etag.as_str()), (2, etag.as_str())], "not_uploaded"),
        (
            vec![(1, etag.as_str()), (1, etag.as_str())],
            "invalid_request",
        ),
    ] {
        assert_eq!(code(&system.complete(&upload, &parts)), expect, "{parts:?}");
    }
    let mixed = Upload {
        id: upload.id.clone(),
        key: other.key.clone(),
    };
    assert_eq!(
        code(&system.complete(&mixed, &[(1, &etag)]).is(404)),
        "invalid_upload_id"
    );
    assert_eq!(
        code(&system.complete(&other, &[(1, &etag)]).is(409)),
        "not_uploaded"
    );
    system.send(&upload, 2, b"unnamed");
    assert_eq!(
        code(&system.complete(&upload, &[(1, &etag)]).is(422)),
        "invalid_part"
    );
}

#[test]
fn the_sum_counts() {
    let system = Uppy::new("");
    let upload = system.create();
    let big = vec![0; 6 * MIB];
    let (one, two) = (system.send(&upload, 1, &big), system.send(&upload, 2, &big));
    assert_eq!(
        code(&system.about(&upload, "GET /3", &Value::Null).is(422)),
        "too_large"
    );
    let parts = [(1, one.as_str()), (2, two.as_str())];
    assert_eq!(
        code(&system.complete(&upload, &parts).is(422)),
        "size_mismatch"
    );
    code_or(
        &system.complete(&upload, &parts),
        "size_mismatch",
        "not_uploaded",
    );
    assert_eq!(
        code(&system.about(&upload, "GET ", &Value::Null).is(404)),
        "invalid_upload_id"
    );
    let small = system.create();
    let one = system.send(&small, 1, b"a");
    assert_eq!(
        code(&system.complete(&small, &[(1, &one)]).is(422)),
        "size_mismatch"
    );
}

#[test]
fn what_is_called_off_is_gone() {
    let system = Uppy::new("");
    let upload = system.create();
    let etag = system.send(&upload, 1, b"abc");
    for _ in 0..2 {
        assert_eq!(
            system
                .about(&upload, "DELETE ", &Value::Null)
                .is(200)
                .json(),
            json!({})
        );
    }
    assert_eq!(
        code(&system.about(&upload, "GET ", &Value::Null).is(404)),
        "invalid_upload_id"
    );
    code_or(
        &system.about(&upload, "GET /1", &Value::Null),
        "upload_aborted",
        "signed",
    );
    code_or(
        &system.complete(&upload, &[(1, &etag)]),
        "upload_aborted",
        "not_uploaded",
    );
}

#[test]
fn the_browser_talks_to_the_storage_itself() {
    let system = Uppy::new("acl = \"public-read\"\nsingleUse = true\nmode = \"multipart\"");
    let begin = system
        .sign(&json!({"method": "POST", "key": "a.txt"}))
        .is(200)
        .json();
    assert_eq!(begin["headers"]["content-type"], "text/plain");
    let other = json!({"url": begin["url"], "headers": {"content-type": "text/html", "x-amz-acl": "public-read"}});
    follow("POST", &other, b"")
        .is(403)
        .says("SignatureDoesNotMatch");
    let begun = follow("POST", &begin, b"").is(200).text();
    let upload_id = begun
        .split("<UploadId>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap()
        .to_owned();
    let about = |method: &str, more: Value| {
        let mut body = json!({"method": method, "key": begin["key"], "uploadId": upload_id});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        system.sign(&body)
    };
    let none = json!({});
    let big = vec![0; 6 * MIB];
    let mut parts = String::new();
    for number in [1, 2] {
        let part = about("PUT", json!({"partNumber": number})).is(200).json();
        let answer = follow("PUT", &part, &big).is(200);
        let etag = answer.header("etag");
        parts += &format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>");
    }
    let listed = follow("GET", &about("GET", none.clone()).is(200).json(), b"")
        .is(200)
        .text();
    assert_eq!(listed.matches("<PartNumber>").count(), 2);
    assert_eq!(code(&about("POST", none.clone()).is(422)), "too_large");
    code_or(&about("POST", none), "upload_aborted", "invalid_upload_id");

    let begin = system
        .sign(&json!({"method": "POST", "key": "a.txt"}))
        .is(200)
        .json();
    let begun = follow("POST", &begin, b"").is(200).text();
    let upload_id = begun
        .split("<UploadId>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap();
    let part =
        json!({"method": "PUT", "key": begin["key"], "uploadId": upload_id, "partNumber": 1});
    let etag = follow("PUT", &system.sign(&part).is(200).json(), b"abc")
        .is(200)
        .header("etag")
        .to_owned();
    let join = json!({"method": "POST", "key": begin["key"], "uploadId": upload_id});
    let join = system.sign(&join).is(200).json();
    assert_eq!(join["headers"], json!({"if-none-match": "*"}));
    let xml = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
    );
    follow("POST", &join, xml.as_bytes())
        .is(200)
        .says("CompleteMultipartUploadResult");
    // Another's id of an upload does not fit the key.
    let foreign = json!({"method": "POST", "key": begin["key"], "uploadId": "VXBsb2FkSWQ"});
    assert_eq!(code(&system.sign(&foreign).is(404)), "invalid_upload_id");
}
