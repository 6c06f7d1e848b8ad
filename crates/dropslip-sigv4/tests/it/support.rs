//! Requests that own their parts, so that a test can edit them.

use std::path::PathBuf;

use dropslip_sigv4::{
    Credentials, Dialect, Expected, Payload, Refusal, Request, Signer, Timestamp, Verified,
    verify_as,
};

/// An owned request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

impl Sent {
    pub(crate) fn new(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            ..Self::default()
        }
    }

    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers
            .push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.headers
            .retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self
    }

    /// Replaces a text in the query, which has to be there.
    pub(crate) fn edit_query(mut self, from: &str, to: &str) -> Self {
        assert!(self.query.contains(from), "{from} is not in {}", self.query);
        self.query = self.query.replacen(from, to, 1);
        self
    }

    /// Replaces a text in a header's value, which has to be there.
    pub(crate) fn edit_header(mut self, name: &str, from: &str, to: &str) -> Self {
        let (_, value) = self
            .headers
            .iter_mut()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .unwrap();
        let text = String::from_utf8(value.clone()).unwrap();
        assert!(text.contains(from), "{from} is not in {text}");
        *value = text.replacen(from, to, 1).into_bytes();
        self
    }

    /// Reads a raw request with LF line ends. A line that begins with white space
    /// continues the value before it.
    pub(crate) fn parse(raw: &str) -> Self {
        let (head, body) = raw.split_once("\n\n").unwrap_or((raw, ""));
        let mut lines = head.lines();
        let first = lines.next().unwrap();
        let first = first.strip_suffix(" HTTP/1.1").unwrap_or(first);
        let (method, target) = first.split_once(' ').unwrap();
        let mut sent = Self::new(method, target);
        for line in lines {
            if line.starts_with(' ') {
                let (_, value) = sent.headers.last_mut().unwrap();
                value.extend_from_slice(format!("\n{line}").as_bytes());
            } else {
                let (name, value) = line.split_once(':').unwrap();
                sent = sent.header(name, value);
            }
        }
        sent.body = body.as_bytes().to_vec();
        sent
    }

    /// Reads a URL: target and the `host` header.
    pub(crate) fn parse_url(method: &str, url: &str) -> Self {
        let (_, rest) = url.split_once("://").unwrap();
        let at = rest.find('/').unwrap();
        Self::new(method, &rest[at..]).header("host", &rest[..at])
    }

    /// Lends the request to a function.
    pub(crate) fn with<T>(&self, take: impl FnOnce(&Request<'_>) -> T) -> T {
        let headers: Vec<(&str, &[u8])> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
            .collect();
        take(&Request {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &headers,
        })
    }

    /// The request as it goes out once it is presigned.
    pub(crate) fn presigned(&self, signer: &Signer, expires_s: u32, now: Timestamp) -> Self {
        let presigned = self
            .with(|request| signer.presign(request, expires_s, now))
            .unwrap();
        Self {
            query: presigned.query,
            ..self.clone()
        }
    }

    /// The request as it goes out once it is signed in the header.
    pub(crate) fn signed(&self, signer: &Signer, payload: &Payload, now: Timestamp) -> Self {
        let signed = self
            .with(|request| signer.sign(request, payload, now))
            .unwrap();
        signed
            .headers
            .iter()
            .fold(self.clone(), |sent, (name, value)| sent.header(name, value))
    }

    /// Verifies it against one set of credentials.
    pub(crate) fn verify(
        &self,
        keys: &Credentials,
        dialect: &Dialect,
        expected: &Expected<'_>,
    ) -> Result<Verified, Refusal> {
        let lookup = |access_key: &str| (access_key == keys.access_key()).then_some(keys);
        self.with(|request| verify_as(dialect, request, expected, lookup))
    }
}

pub(crate) fn at(basic: &str) -> Timestamp {
    Timestamp::parse_basic(basic).unwrap()
}

pub(crate) fn vectors() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

pub(crate) fn json(name: &str) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(vectors().join(name)).unwrap()).unwrap()
}

/// The text of a JSON field, which has to be one.
pub(crate) fn text<'a>(value: &'a serde_json::Value, field: &str) -> &'a str {
    value[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} is a text"))
}
