//! One answer of each server, looked at before anything is measured: only who signs rightly is measured.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, SystemTime};

use dropslip_bench_load::wire::Answer;
use dropslip_sigv4::{Credentials, Expected, Request, Timestamp, verify, verify_post};
use serde_json::Value;

use crate::wish::{self, Ask};

/// Asks once; gives the body and the length of the whole answer.
pub fn ask(address: SocketAddr, ask: Ask) -> io::Result<(Vec<u8>, usize)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(&ask.request())?;
    let (mut answer, mut kept, mut piece) = (Answer::default(), Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut piece)?;
        if read == 0 {
            return Err(io::Error::other("the answer broke off"));
        }
        kept.extend_from_slice(&piece[..read]);
        if let Some(head) = answer.take(&piece[..read]) {
            let body = kept.split_off(head.len);
            if head.status == ask.status() {
                return Ok((body, head.len + answer.body_bytes() as usize));
            }
            let body = String::from_utf8_lossy(&body).into_owned();
            return Err(io::Error::other(format!("{}: {body}", head.status)));
        }
    }
}

/// Whether an answer holds a signature for the upload that was asked for.
pub fn check(body: &[u8], ask: Ask) -> Result<(), String> {
    let answer: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    match ask {
        Ask::Companion => check_post(&answer["fields"]),
        Ask::WithKey => check_put(&answer["put"]["url"]),
        Ask::Open => match &answer["put"]["url"] {
            Value::Null => check_put(&answer["url"]),
            url => check_put(url),
        },
    }
}

fn check_put(url: &Value) -> Result<(), String> {
    let url = url.as_str().ok_or("no URL")?;
    let rest = url.split_once(wish::BUCKET_HOST).ok_or("another host")?.1;
    let (path, query) = rest.split_once('?').ok_or("no query")?;
    let length = wish::SIZE_BYTES.to_string();
    let request = Request {
        method: "PUT",
        path,
        query,
        headers: &[
            ("host", wish::BUCKET_HOST.as_bytes()),
            ("content-type", wish::CONTENT_TYPE.as_bytes()),
            ("content-length", length.as_bytes()),
            ("x-amz-acl", wish::ACL.as_bytes()),
        ],
    };
    let verified = verify(&request, &expected(), lookup).map_err(|refusal| refusal.to_string())?;
    let signed: Vec<&str> = verified.signed_headers().collect();
    for name in ["content-length", "content-type", "x-amz-acl"] {
        if !signed.contains(&name) {
            return Err(format!("`{name}` is not signed: {signed:?}"));
        }
    }
    Ok(())
}

fn check_post(fields: &Value) -> Result<(), String> {
    let fields = fields.as_object().ok_or("no fields")?;
    let fields: Vec<(&str, &[u8])> = fields
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?.as_bytes())))
        .collect();
    verify_post(&fields, &expected(), lookup)
        .map(drop)
        .map_err(|refusal| refusal.to_string())
}

fn expected() -> Expected<'static> {
    let since = SystemTime::UNIX_EPOCH.elapsed().expect("it is after 1970");
    Expected {
        region: wish::REGION,
        service: "s3",
        now: Timestamp::from_unix_s(since.as_secs() as i64),
    }
}

fn lookup(access_key: &str) -> Option<Credentials> {
    (access_key == wish::ACCESS_KEY).then(|| Credentials::new(wish::ACCESS_KEY, wish::SECRET_KEY))
}

#[cfg(test)]
mod tests {
    use dropslip_sigv4::{Path, Signer, Slip};
    use serde_json::json;

    use super::*;

    fn signed(headers: &[(&str, &str)]) -> String {
        let keys = Credentials::new(wish::ACCESS_KEY, wish::SECRET_KEY);
        let slip = Slip {
            method: "PUT",
            scheme: "https",
            host: wish::BUCKET_HOST,
            path: Path::Wire("/photos/1.jpeg"),
            query: "",
            headers,
            expires_s: wish::EXPIRES_S,
        };
        let signer = Signer::new(keys, wish::REGION, "s3");
        signer.presign_url(&slip, expected().now).expect("it signs")
    }

    #[test]
    fn only_a_right_signature_of_all_headers_passes() {
        let length = wish::SIZE_BYTES.to_string();
        let all = [
            ("content-length", length.as_str()),
            ("content-type", wish::CONTENT_TYPE),
            ("x-amz-acl", wish::ACL),
        ];
        let check = |url: &str| check(json!({ "url": url }).to_string().as_bytes(), Ask::Open);
        assert_eq!(check(&signed(&all)), Ok(()));
        assert!(check(&signed(&all[1..])).is_err());
        assert!(check(&signed(&all).replace("photos", "other")).is_err());
        assert!(check("https://example.com/").is_err());
        assert!(super::check(b"{}", Ask::WithKey).is_err());
        assert!(super::check(b"{}", Ask::Companion).is_err());
        assert!(super::check(b"", Ask::Open).is_err());
    }
}
