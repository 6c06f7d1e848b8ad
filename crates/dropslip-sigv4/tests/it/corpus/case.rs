//! The cases of the corpus, read from `tests/corpus/*.json`.

use std::path::Path;

use dropslip_sigv4::{Credentials, Expected, Explanation, Known, Request, Timestamp, explain};
use serde_json::Value;

/// A case, read.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) region: String,
    pub(super) service: String,
    pub(super) now: Timestamp,
    pub(super) credentials: Vec<Credentials>,
    /// What must never be shown: secrets, and session tokens as known and as sent.
    pub(super) private: Vec<String>,
    pub(super) hosts: Vec<String>,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) expect: Value,
    pub(super) notices: Option<Vec<String>>,
}

impl Case {
    fn read(value: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let list = |value: &Value| value.as_array().unwrap().clone();
        let request = &value["request"];
        let credentials = list(&value["credentials"]);
        let known = credentials
            .iter()
            .flat_map(|keys| [&keys["secret_key"], &keys["session_token"]])
            .filter_map(Value::as_str)
            .map(str::to_owned);
        let private = known.chain(tokens(request)).collect();
        Self {
            name: text(&value["name"]),
            region: text(&value["region"]),
            service: text(&value["service"]),
            now: Timestamp::parse_basic(value["now"].as_str().unwrap()).unwrap(),
            private,
            credentials: credentials.iter().map(keys).collect(),
            hosts: list(&value["hosts"]).iter().map(text).collect(),
            method: text(&request["method"]),
            path: text(&request["path"]),
            query: text(&request["query"]),
            headers: list(&request["headers"])
                .iter()
                .map(|pair| (text(&pair[0]), bytes(&pair[1])))
                .collect(),
            expect: value["expect"].clone(),
            notices: value
                .get("notices")
                .map(|codes| list(codes).iter().map(text).collect()),
        }
    }

    pub(super) fn expected(&self) -> Expected<'_> {
        Expected {
            region: &self.region,
            service: &self.service,
            now: self.now,
        }
    }

    pub(super) fn headers(&self) -> Vec<(&str, &[u8])> {
        self.headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
            .collect()
    }

    pub(super) fn request<'a>(&'a self, headers: &'a [(&'a str, &'a [u8])]) -> Request<'a> {
        Request {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers,
        }
    }

    pub(super) fn explain(&self, request: &Request<'_>) -> Option<Explanation> {
        let hosts: Vec<&str> = self.hosts.iter().map(String::as_str).collect();
        let known = Known {
            expected: self.expected(),
            credentials: &self.credentials,
            key_has_verified: false,
            hosts: &hosts,
            canonical_request: None,
        };
        explain(request, &known)
    }

    pub(super) fn keys(&self, access_key: &str) -> Option<&Credentials> {
        self.credentials
            .iter()
            .find(|keys| keys.access_key() == access_key)
    }
}

/// The session tokens that a request carries, as on the wire and without escapes.
fn tokens(request: &Value) -> Vec<String> {
    let pairs = request["headers"].as_array().unwrap().iter();
    let header = pairs
        .filter(|pair| {
            pair[0]
                .as_str()
                .unwrap()
                .eq_ignore_ascii_case("x-amz-security-token")
        })
        .filter_map(|pair| pair[1].as_str());
    let query = request["query"].as_str().unwrap().split('&');
    query
        .filter_map(|part| part.strip_prefix("X-Amz-Security-Token="))
        .chain(header)
        .flat_map(|token| {
            [
                token.to_owned(),
                token
                    .replace("%2F", "/")
                    .replace("%2B", "+")
                    .replace("%3D", "="),
            ]
        })
        .collect()
}

fn keys(value: &Value) -> Credentials {
    let text = |name: &str| value[name].as_str();
    let keys = Credentials::new(text("access_key").unwrap(), text("secret_key").unwrap());
    match text("session_token") {
        Some(token) => keys.with_session_token(token),
        None => keys,
    }
}

/// A header's value: a text, or bytes that are not ASCII.
fn bytes(value: &Value) -> Vec<u8> {
    match value.as_str() {
        Some(text) => text.as_bytes().to_vec(),
        None => base64(value["base64"].as_str().unwrap()),
    }
}

fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut held, mut out) = (0u32, 0u32, Vec::new());
    for digit in text.trim_end_matches('=').chars() {
        bits = bits << 6 | DIGITS.find(digit).unwrap() as u32;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held & 255) as u8);
        }
    }
    out
}

/// Every case, in the order of the files.
pub(super) fn corpus() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort();
    files
        .iter()
        .flat_map(|file| {
            let cases: Vec<Value> =
                serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
            cases.iter().map(Case::read).collect::<Vec<_>>()
        })
        .collect()
}
