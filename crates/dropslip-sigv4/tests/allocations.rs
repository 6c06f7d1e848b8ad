//! How often signing and verifying ask for memory.
//!
//! A program of its own, for it counts in the allocator. That there is one allocation is
//! a fact about the code and no measurement, so a test can hold it.

use dropslip_sigv4::{Credentials, Expected, Path, Request, Signer, Slip, Timestamp, verify};

const SLIP: Slip<'_> = Slip {
    method: "PUT",
    scheme: "https",
    host: "my-bucket.s3.nl-ams.scw.cloud",
    path: Path::Object {
        prefix: "/",
        key: "uploads/26/0b2c5f0e-9d2f-4a59-8f6b-1c2d3e4f5a6b/my photo.jpg",
    },
    query: "",
    headers: &[("content-type", "image/jpeg"), ("x-amz-acl", "private")],
    expires_s: 300,
};

fn keys() -> Credentials {
    Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret")
}

fn signer() -> Signer {
    Signer::new(keys(), "nl-ams", "s3")
}

fn now() -> Timestamp {
    Timestamp::from_unix_s(1_800_000_000)
}

/// Allocations and bytes of a call, once all that is kept is there.
fn counted<T>(mut call: impl FnMut() -> T) -> (u64, u64) {
    drop(call());
    let counted = allocation_counter::measure(|| drop(call()));
    (counted.count_total, counted.bytes_total)
}

#[test]
fn a_url_is_one_allocation_of_its_length() {
    let signer = signer();
    let length = signer.presign_url(&SLIP, now()).unwrap().len() as u64;
    let url = || signer.presign_url(&SLIP, now()).unwrap();
    assert_eq!(counted(url), (1, length));
    let query = "partNumber=7&uploadId=VXBsb2FkIElE";
    let url = || signer.presign_url(&Slip { query, ..SLIP }, now()).unwrap();
    assert_eq!(counted(url).0, 1);
}

#[test]
fn a_url_into_a_text_with_room_is_none() {
    let signer = signer();
    let mut text = String::with_capacity(1024);
    let url = || {
        text.clear();
        signer.presign_url_into(&SLIP, now(), &mut text).unwrap();
    };
    assert_eq!(counted(url), (0, 0));
}

#[test]
fn the_url_of_a_part_is_one() {
    let mut parts = signer()
        .presign_parts(&SLIP, "VXBsb2FkIElE", now())
        .unwrap();
    let length = parts.url(100).unwrap().len() as u64;
    let mut number = 100;
    let url = || {
        number += 1;
        parts.url(number).unwrap()
    };
    assert_eq!(counted(url), (1, length));
}

#[test]
fn large_requests_are_signed_on_the_heap() {
    let key = "k".repeat(2000);
    let path = Path::Object {
        prefix: "/",
        key: &key,
    };
    let signer = signer();
    let url = || signer.presign_url(&Slip { path, ..SLIP }, now()).unwrap();
    let (count, bytes) = counted(url);
    assert!((2..=6).contains(&count), "{count}");
    assert!(bytes < 20_000, "{bytes}");
}

#[test]
fn verifying_takes_what_it_answers_with() {
    let keys = keys();
    let url = signer().presign_url(&SLIP, now()).unwrap();
    let (path, query) = url
        .split_once(SLIP.host)
        .unwrap()
        .1
        .split_once('?')
        .unwrap();
    let headers: [(&str, &[u8]); 3] = [
        ("host", SLIP.host.as_bytes()),
        ("content-type", b"image/jpeg"),
        ("x-amz-acl", b"private"),
    ];
    let request = Request {
        method: "PUT",
        path,
        query,
        headers: &headers,
    };
    let expected = Expected {
        region: "nl-ams",
        service: "s3",
        now: now(),
    };
    let verified = || verify(&request, &expected, |_| Some(&keys)).unwrap();
    // The access key, and the names of the signed headers.
    assert_eq!(counted(verified).0, 2);
}
