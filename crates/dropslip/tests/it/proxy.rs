//! Files that go through the service, from a client that can do nothing but PUT.

use std::io::Write as _;

use crate::http::{Answer, Headers, answer, connect, head, send, send_raw};
use crate::storage::Storage;
use crate::system::System;

const MIB: usize = 1024 * 1024;
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";

const PRESETS: &str = r#"
    [presets.file]
    bucket = "uploads"
    key = "files/{uuid}/{name}"
    accept = ["*/*"]
    maxSize = "40 MiB"
    mode = "auto"
    metadata = ["album"]
    [presets.photo]
    bucket = "uploads"
    key = "photos/{uuid}.{ext}"
    accept = ["image/*"]
    minSize = 8
    maxSize = "1 MiB"
    verify = true
    checksum = "sha256"
"#;

struct Site {
    system: System,
    storage: Storage,
}

impl Site {
    fn start() -> Self {
        let system = System::with_presets(PRESETS);
        let storage = Storage::of(system.store.s3());
        Self { system, storage }
    }

    fn put(&self, path: &str, headers: Headers<'_>, body: &[u8]) -> Answer {
        send(
            self.system.service.address("Uploads at http://"),
            &format!("PUT /v1/proxy/{path}"),
            headers,
            body,
        )
    }

    /// The same in chunks.
    fn put_chunked(&self, path: &str, headers: Headers<'_>, body: &[u8]) -> Answer {
        let address = self.system.service.address("Uploads at http://");
        let mut all = vec![("transfer-encoding", "chunked"), ("connection", "close")];
        all.extend(headers);
        let head = head(address, &format!("PUT /v1/proxy/{path}"), &all);
        let mut chunked = Vec::with_capacity(body.len() + 1024);
        for chunk in body.chunks(MIB) {
            write!(chunked, "{:x}\r\n", chunk.len()).unwrap();
            chunked.extend_from_slice(chunk);
            chunked.extend_from_slice(b"\r\n");
        }
        chunked.extend_from_slice(b"0\r\n\r\n");
        send_raw(address, &head, &chunked)
    }
}

fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn a_file_of_known_length() {
    let site = Site::start();
    let headers = [
        ("content-type", "text/plain"),
        ("x-amz-meta-album", "Summer"),
    ];
    let done = site
        .put("file/hello%20w%C3%B6rld.txt", &headers, b"hello")
        .is(200)
        .json();
    assert_eq!(
        (done["size"].as_u64(), done["contentType"].as_str()),
        (Some(5), Some("text/plain"))
    );
    let key = done["key"].as_str().unwrap();
    assert!(
        key.starts_with("files/") && key.contains("wörld.txt"),
        "{key}"
    );
    assert_eq!(site.storage.first_bytes(key), b"hello");
    let stored = site.storage.head(key).unwrap();
    assert_eq!(stored.metadata["album"], "Summer");
    assert_eq!(stored.etag.as_deref(), done["etag"].as_str());
    let empty = site.put("file/empty.bin", &[], b"").is(200).json();
    assert_eq!(empty["size"], 0);
}

#[test]
fn a_file_in_chunks() {
    let site = Site::start();
    let small = site
        .put_chunked("file/a.txt", &[("content-type", "text/plain")], b"hello")
        .is(200)
        .json();
    assert_eq!(
        site.storage.first_bytes(small["key"].as_str().unwrap()),
        b"hello"
    );
    let bytes = noise(35 * MIB + 1);
    let large = site.put_chunked("file/a.bin", &[], &bytes).is(200).json();
    assert_eq!(large["size"], bytes.len());
    let key = large["key"].as_str().unwrap();
    assert!(large["etag"].as_str().unwrap().ends_with("-3\""), "{large}");
    assert_eq!(site.storage.first_bytes(key), bytes[..1024]);
    let exact = site
        .put_chunked("file/a.bin", &[], &bytes[..16 * MIB])
        .is(200)
        .json();
    assert_eq!(exact["size"], 16 * MIB);
    assert!(site.storage.names().1.is_empty());
}

#[test]
fn what_is_refused_leaves_nothing() {
    let site = Site::start();
    let png = [("content-type", "image/png")];
    site.put("file/a.bin", &[], &noise(40 * MIB + 1))
        .is(422)
        .says("too_large");
    site.put_chunked("file/a.bin", &[], &noise(40 * MIB + 1))
        .is(422)
        .says("too_large");
    site.put_chunked("photo/a.png", &png, &noise(MIB + 1)[..])
        .is(422);
    site.put("photo/a.png", &png, b"\x89PNG")
        .is(422)
        .says("too_small");
    site.put_chunked("photo/a.png", &png, &PNG[..7]).is(422);
    site.put("photo/a.png", &png, b"<!doctype html><script>")
        .is(422)
        .says("content_mismatch");
    site.put_chunked("photo/a.png", &png, b"<svg onload=alert(1)>")
        .is(422)
        .says("content_mismatch");
    site.put("photo/a.png", &[("content-type", "text/html")], PNG)
        .is(422)
        .says("type_not_accepted");
    let wrong = [
        ("content-type", "image/png"),
        (
            "x-amz-checksum-sha256",
            "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
        ),
    ];
    site.put("photo/a.png", &wrong, PNG)
        .is(422)
        .says("checksum_mismatch");
    site.put_chunked("photo/a.png", &wrong, PNG)
        .is(422)
        .says("checksum_mismatch");
    let no = [
        ("content-type", "image/png"),
        ("x-amz-checksum-sha256", "no"),
    ];
    site.put("photo/a.png", &no, PNG)
        .is(422)
        .says("invalid_request");
    let crc = [
        ("content-type", "image/png"),
        ("x-amz-checksum-crc32", "AAAAAA=="),
    ];
    site.put("photo/a.png", &crc, PNG)
        .is(422)
        .says("checksum_required");
    site.put("file/a.txt", &[("x-amz-meta-other", "x")], b"x")
        .is(422)
        .says("metadata_not_allowed");
    site.put("nothing/a.txt", &[], b"x")
        .is(404)
        .says("unknown_preset");
    site.put("file/%ff", &[], b"x")
        .is(422)
        .says("percent-encoded");
    site.put("file", &[], b"x").is(404);
    assert_eq!(site.storage.names(), (Vec::new(), Vec::new()));
}

#[test]
fn checksums_are_made_on_the_way() {
    let site = Site::start();
    let png = [("content-type", "image/png")];
    for done in [
        site.put("photo/a.png", &png, PNG),
        site.put_chunked("photo/a.png", &png, PNG),
    ] {
        let done = done.is(200).json();
        let stored = site.storage.head(done["key"].as_str().unwrap()).unwrap();
        assert_eq!(stored.checksums.len(), 1, "{stored:?}");
    }
}

#[test]
fn a_length_is_asked_for_and_bytes_only_then() {
    let site = Site::start();
    let address = site.system.service.address("Uploads at http://");
    let request = "PUT /v1/proxy/file/a.txt";
    let head_without = head(address, request, &[("connection", "close")]);
    send_raw(address, &head_without, b"")
        .is(411)
        .says("length_required");
    let expecting = [
        ("expect", "100-continue"),
        ("content-length", "999999999"),
        ("connection", "close"),
    ];
    let mut stream = connect(address);
    stream
        .write_all(head(address, request, &expecting).as_bytes())
        .unwrap();
    // No byte was sent, and there is an answer.
    answer(stream).is(422).says("too_large");
}

#[test]
fn a_client_that_vanishes_leaves_nothing() {
    let site = Site::start();
    let address = site.system.service.address("Uploads at http://");
    let request = "PUT /v1/proxy/file/a.bin";
    let mut known = connect(address);
    known
        .write_all(head(address, request, &[("content-length", "30000000")]).as_bytes())
        .unwrap();
    known.write_all(&noise(MIB)).unwrap();
    drop(known);
    let mut chunked = connect(address);
    chunked
        .write_all(head(address, request, &[("transfer-encoding", "chunked")]).as_bytes())
        .unwrap();
    for _ in 0..20 {
        write!(chunked, "{MIB:x}\r\n").unwrap();
        chunked.write_all(&noise(MIB)).unwrap();
        chunked.write_all(b"\r\n").unwrap();
    }
    // The first part is on its way; then the client goes.
    site.storage.until(|(_, uploads)| uploads.len() == 1);
    drop(chunked);
    site.storage
        .until(|(objects, uploads)| objects.is_empty() && uploads.is_empty());
}
