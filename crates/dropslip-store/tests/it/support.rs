//! A store on a temporary folder, and requests to it.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode};
use dropslip_sigv4::{Credentials, Payload, Signer, Timestamp};
use dropslip_store::{Config, Store};
use http_body_util::BodyExt as _;
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;
use tower::ServiceExt as _;

pub(crate) const HOST: &str = "localhost:7601";
const ACCESS_KEY: &str = "AKIDEXAMPLE";
const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG";

/// A store with the bucket `photos`.
pub(crate) struct Fixture {
    pub(crate) data: TempDir,
    app: Router,
    /// Where requests come from, as the listening side would say.
    peer: Option<SocketAddr>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

pub(crate) type Headers<'a> = &'a [(&'a str, &'a str)];

pub(crate) fn credentials() -> Credentials {
    Credentials::new(ACCESS_KEY, SECRET_KEY)
}

pub(crate) fn signer() -> Signer {
    Signer::new(credentials(), "us-east-1", "s3")
}

pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_unix_s(since.as_secs().try_into().unwrap())
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let fixture = Self {
            app: open(&data),
            data,
            peer: None,
        };
        fixture.signed("PUT", "/photos", &[], "").await.is(200);
        fixture
    }

    /// Closes the store and opens it again.
    pub(crate) fn reopened(self) -> Self {
        let Self { data, app, peer } = self;
        drop(app);
        Self {
            app: open(&data),
            data,
            peer,
        }
    }

    /// The same store, reached from this address.
    pub(crate) fn at_peer(mut self, peer: &str) -> Self {
        self.peer = Some(SocketAddr::new(peer.parse().unwrap(), 50_000));
        self
    }

    /// The same store, opened with other settings.
    pub(crate) fn reopened_with(self, change: impl FnOnce(&mut Config)) -> Self {
        let Self { data, app, peer } = self;
        drop(app);
        let mut config = Config::new(data.path(), credentials());
        change(&mut config);
        let app = Store::open(config).unwrap().router();
        Self { data, app, peer }
    }

    /// Sends a request signed in its headers.
    pub(crate) async fn signed(
        &self,
        method: &str,
        uri: &str,
        headers: Headers<'_>,
        body: impl AsRef<[u8]>,
    ) -> Answer {
        let request = (method, uri, headers);
        self.signed_by(&signer(), request, body).await
    }

    /// The same, signed by somebody.
    pub(crate) async fn signed_by(
        &self,
        signer: &Signer,
        (method, uri, headers): (&str, &str, Headers<'_>),
        body: impl AsRef<[u8]>,
    ) -> Answer {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let mut all = vec![("host", HOST.as_bytes())];
        let to_sign = headers.iter().filter(|(_, value)| *value != NO_VALUE);
        all.extend(to_sign.map(|(name, value)| (*name, value.as_bytes())));
        let request = dropslip_sigv4::Request {
            method,
            path,
            query,
            headers: &all,
        };
        let signed = signer
            .sign(&request, &Payload::of(body.as_ref()), now())
            .unwrap();
        let mut sent = headers.to_vec();
        sent.extend(
            signed
                .headers
                .iter()
                .map(|(name, value)| (*name, value.as_str())),
        );
        self.send(method, uri, &sent, body).await
    }

    /// Signs `signed` into the query, then sends `sent`.
    pub(crate) async fn presigned(
        &self,
        method: &str,
        uri: &str,
        (signed, sent): (Headers<'_>, Headers<'_>),
        body: impl AsRef<[u8]>,
    ) -> Answer {
        self.send(method, &presign(method, uri, signed, now()), sent, body)
            .await
    }

    /// Sends a request as it is, to `HOST` unless a header says otherwise.
    pub(crate) async fn send(
        &self,
        method: &str,
        uri: &str,
        headers: Headers<'_>,
        body: impl AsRef<[u8]>,
    ) -> Answer {
        let body = body.as_ref().to_vec();
        let mut request = Request::builder().method(method).uri(uri);
        let has = |wanted: &str| {
            headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case(wanted))
        };
        if !has("host") {
            request = request.header("host", HOST);
        }
        if method == "PUT" && !has("content-length") {
            request = request.header("content-length", body.len());
        }
        for (name, value) in headers.iter().filter(|(_, value)| *value != NO_VALUE) {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body)).unwrap();
        self.answer(request).await
    }

    /// Sends a request whose body may be still on its way.
    pub(crate) async fn answer(&self, mut request: Request<Body>) -> Answer {
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// Sends a list of objects to delete from `photos`, with its hash.
    pub(crate) async fn delete_many(&self, document: &str) -> Answer {
        use base64::Engine as _;
        use md5::Digest as _;
        let hash = md5::Md5::digest(document);
        let hash = base64::engine::general_purpose::STANDARD.encode(hash);
        let headers = [("content-md5", hash.as_str())];
        self.signed("POST", "/photos?delete", &headers, document)
            .await
    }

    /// How many files of large objects there are; small ones are in the journal.
    pub(crate) fn blobs(&self) -> usize {
        let shards = std::fs::read_dir(self.data.path().join("blobs")).unwrap();
        shards
            .map(|shard| std::fs::read_dir(shard.unwrap().path()).unwrap().count())
            .sum()
    }

    /// Waits until so many files are left: those of replaced objects are removed after
    /// the answer, on a thread of their own.
    pub(crate) async fn settles_at(&self, blobs: usize) {
        let start = std::time::Instant::now();
        while self.blobs() != blobs {
            assert!(start.elapsed().as_secs() < 20, "{} files", self.blobs());
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}

/// As a header's value: leave the header out, though it would be sent by itself.
pub(crate) const NO_VALUE: &str = "(none)";

fn open(data: &TempDir) -> Router {
    Store::open(Config::new(data.path(), credentials()))
        .unwrap()
        .router()
}

/// A presigned path and query, valid for a minute from `at`.
pub(crate) fn presign(method: &str, uri: &str, headers: Headers<'_>, at: Timestamp) -> String {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let has_host = headers.iter().any(|(name, _)| *name == "host");
    let mut all: Vec<_> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_bytes()))
        .collect();
    if !has_host {
        all.push(("host", HOST.as_bytes()));
    }
    let request = dropslip_sigv4::Request {
        method,
        path,
        query,
        headers: &all,
    };
    format!(
        "{path}?{}",
        signer().presign(&request, 60, at).unwrap().query
    )
}

impl Answer {
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// An error document with this code, which names the request.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Self {
        let answer = self.is(status);
        let text = answer.text();
        assert!(text.contains(&format!("<Code>{code}</Code>")), "{text}");
        assert!(
            text.contains("<RequestId>") && text.contains("<Resource>"),
            "{text}"
        );
        answer
    }

    #[track_caller]
    pub(crate) fn says(self, part: &str) -> Self {
        assert!(self.text().contains(part), "`{part}` in {}", self.text());
        self
    }

    #[track_caller]
    pub(crate) fn lacks(self, part: &str) -> Self {
        assert!(!self.text().contains(part), "`{part}` in {}", self.text());
        self
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }
}
