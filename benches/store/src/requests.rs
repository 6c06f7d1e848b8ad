//! Signed requests, ready to be sent: the same for every server.
//!
//! All are presigned for one host name, without the port, so that what is signed once
//! holds for each server. Signing is done before anything is measured; in the loop a
//! request is a copy of a template with the key and the signature put in.

use std::time::SystemTime;

use dropslip_bench_load::load::Requests;
use dropslip_bench_load::process::HOST;
use dropslip_sigv4::{Credentials, Path, Signer, Slip, Timestamp};

/// `s3rver` knows this key and no other, so all servers are given it.
pub const ACCESS_KEY: &str = "S3RVER";
pub const SECRET_KEY: &str = "S3RVER";
pub const REGION: &str = "us-east-1";
pub const BUCKET: &str = "bench";
const EXPIRES_S: u32 = 6 * 3600;
const SIGNATURE_BYTES: usize = 64;

/// A key's name by its number; all of a kind have the same length.
pub type KeyName = fn(u32) -> String;

/// Keys without any order, as products name their uploads.
pub fn scattered(number: u32) -> String {
    // A bijection: no two numbers make the same key.
    let mixed = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!("{:016x}", mixed ^ (mixed >> 32))
}

/// Signs single requests.
#[derive(Debug)]
pub struct Scribe {
    signer: Signer,
    now: Timestamp,
}

impl Scribe {
    pub fn new() -> Self {
        let since = SystemTime::UNIX_EPOCH.elapsed().expect("it is after 1970");
        Self {
            signer: Signer::new(Credentials::new(ACCESS_KEY, SECRET_KEY), REGION, "s3"),
            now: Timestamp::from_unix_s(since.as_secs() as i64),
        }
    }

    /// The head of a request for a path, as on the wire; a body's length, if there is one.
    pub fn head(&self, method: &str, path: &str, query: &str, len: Option<u64>) -> Vec<u8> {
        let slip = Slip {
            method,
            scheme: "http",
            host: HOST,
            path: Path::Wire(path),
            query,
            headers: &[],
            expires_s: EXPIRES_S,
        };
        let url = self.signer.presign_url(&slip, self.now);
        let url = url.expect("the request is in order");
        let target = url.split_once(HOST).expect("the URL has the host").1;
        let length = len.map_or(String::new(), |len| format!("Content-Length: {len}\r\n"));
        format!("{method} {target} HTTP/1.1\r\nHost: {HOST}\r\n{length}\r\n").into_bytes()
    }
}

/// Requests of one kind for many keys.
#[derive(Debug)]
pub struct Pool {
    /// Head and body of the request for key 0.
    template: Vec<u8>,
    key_at: usize,
    signature_at: usize,
    name: KeyName,
    signatures: Vec<[u8; SIGNATURE_BYTES]>,
}

impl Pool {
    /// Signs `count` requests.
    pub fn sign(method: &str, name: KeyName, body: &[u8], count: u32) -> Self {
        let scribe = Scribe::new();
        let len = (!body.is_empty()).then_some(body.len() as u64);
        let head = |number| {
            let path = format!("/{BUCKET}/{}", name(number));
            scribe.head(method, &path, "", len)
        };
        let mut template = head(0);
        let key_at = find(&template, name(0).as_bytes());
        let label = b"X-Amz-Signature=";
        let signature_at = find(&template, label) + label.len();
        let signatures = (0..count)
            .map(|number| {
                let head = head(number);
                let signature = &head[signature_at..signature_at + SIGNATURE_BYTES];
                signature.try_into().expect("it has that length")
            })
            .collect();
        template.extend_from_slice(body);
        Self {
            template,
            key_at,
            signature_at,
            name,
            signatures,
        }
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        self.signatures.len() as u32
    }
}

impl Requests for Pool {
    /// The request for a key.
    fn write(&self, number: u32, out: &mut Vec<u8>) {
        if out.len() != self.template.len() {
            out.clear();
            out.extend_from_slice(&self.template);
        }
        let number = number % self.count();
        let key = (self.name)(number);
        out[self.key_at..self.key_at + key.len()].copy_from_slice(key.as_bytes());
        out[self.signature_at..self.signature_at + SIGNATURE_BYTES]
            .copy_from_slice(&self.signatures[number as usize]);
    }
}

fn find(text: &[u8], part: &[u8]) -> usize {
    let mut windows = text.windows(part.len());
    windows
        .position(|window| window == part)
        .expect("it is there")
}

/// Bytes that no server can make smaller.
pub fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filled_template_is_the_signed_request() {
        let pool = Pool::sign("PUT", scattered, b"abc", 3);
        let mut out = Vec::new();
        for number in [2, 0, 1, 4] {
            pool.write(number, &mut out);
            let path = format!("/{BUCKET}/{}", scattered(number % 3));
            let mut whole = Scribe {
                signer: Signer::new(Credentials::new(ACCESS_KEY, SECRET_KEY), REGION, "s3"),
                now: stamp(&out),
            }
            .head("PUT", &path, "", Some(3));
            whole.extend_from_slice(b"abc");
            assert_eq!(
                String::from_utf8_lossy(&out),
                String::from_utf8_lossy(&whole)
            );
        }
    }

    /// The time that a request was signed at.
    fn stamp(request: &[u8]) -> Timestamp {
        let text = String::from_utf8_lossy(request);
        let date = text.split_once("X-Amz-Date=").expect("it has a date").1;
        Timestamp::parse_basic(&date[..16]).expect("a date")
    }

    #[test]
    fn keys_differ_and_have_one_length() {
        let mut keys: Vec<String> = (0..20_000).map(scattered).collect();
        assert!(keys.iter().all(|key| key.len() == keys[0].len()));
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 20_000);
    }
}
