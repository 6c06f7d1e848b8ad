//! The upload that all contenders sign, and the check that they did.

use std::time::SystemTime;

use dropslip_sigv4::{Credentials, Expected, Path, Request, Signer, Slip, Timestamp, verify};

pub const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
pub const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub const REGION: &str = "nl-ams";
pub const BUCKET: &str = "my-bucket";
pub const ENDPOINT: &str = "https://s3.nl-ams.scw.cloud";
pub const HOST: &str = "my-bucket.s3.nl-ams.scw.cloud";
/// 60 characters, with a UUID and a space.
pub const KEY: &str = "uploads/26/0b2c5f0e-9d2f-4a59-8f6b-1c2d3e4f5a6b/my photo.jpg";
pub const EXPIRES_S: u32 = 300;
pub const HEADERS: [(&str, &str); 2] = [("content-type", "image/jpeg"), ("x-amz-acl", "private")];

/// An upload's id has about this many characters at AWS.
pub const UPLOAD_ID: &str = "VXBsb2FkSWQtb2YtYS1tdWx0aXBhcnQtdXBsb2FkLWhhcy1hYm91dC1vbmUtaHVuZHJlZC1hbmQtdHdlbnR5LWVpZ2h0LWNoYXJhY3RlcnMtYXQtQVdTLi4u";

/// The slip of the upload.
pub const SLIP: Slip<'static> = Slip {
    method: "PUT",
    scheme: "https",
    host: HOST,
    path: Path::Object {
        prefix: "/",
        key: KEY,
    },
    query: "",
    headers: &HEADERS,
    expires_s: EXPIRES_S,
};

pub fn credentials() -> Credentials {
    Credentials::new(ACCESS_KEY, SECRET_KEY)
}

pub fn signer() -> Signer {
    Signer::new(credentials(), REGION, "s3")
}

pub fn now() -> Timestamp {
    let since = SystemTime::UNIX_EPOCH.elapsed().expect("it is after 1970");
    Timestamp::from_unix_s(since.as_secs() as i64)
}

/// The headers of the upload as it arrives: those signed and those that any client adds.
pub const ARRIVED: [(&str, &[u8]); 6] = [
    ("host", HOST.as_bytes()),
    ("content-type", b"image/jpeg"),
    ("x-amz-acl", b"private"),
    ("content-length", b"183221"),
    ("user-agent", b"curl/7.88.1"),
    ("accept", b"*/*"),
];

/// Whether a URL is the one asked for: it leads to the object, its signature holds,
/// and it covers content type and ACL.
pub fn check(name: &str, url: &str) {
    let rest = url.strip_prefix("https://").expect(name);
    let rest = rest.strip_prefix(HOST).expect(name);
    let (path, query) = rest.split_once('?').expect(name);
    assert_eq!(path, format!("/{}", KEY.replace(' ', "%20")), "{name}");
    let request = Request {
        method: "PUT",
        path,
        query,
        headers: &ARRIVED,
    };
    let expected = Expected {
        region: REGION,
        service: "s3",
        now: now(),
    };
    match verify(&request, &expected, |_| Some(credentials())) {
        Ok(verified) => {
            let signed_headers: Vec<&str> = verified.signed_headers().collect();
            assert_eq!(
                signed_headers,
                ["content-type", "host", "x-amz-acl"],
                "{name}"
            );
        }
        Err(refusal) => panic!("{name}: {refusal}: {refusal:?}"),
    }
    assert!(query.contains("X-Amz-Expires=300"), "{name}");
}
