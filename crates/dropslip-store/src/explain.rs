//! Explanations of refused requests: who gets one, and how many are made.
//!
//! Searching for what was signed takes a hundred times as long as verifying, so a flood
//! of wrong signatures must not buy it: explanations are made one at a time, off the
//! async threads, and only so many in a second. The answer carries one only to peers on
//! this machine, unless the store is told otherwise; the log has it always.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use dropslip_s3::capture::Claimed;
use dropslip_sigv4::{
    Cause, Credentials, Expected, Explanation, Finding, Known, Request, Timestamp, explain, notices,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::auth::holds_secret;
use crate::config::Explain;
use crate::error::Error;
use crate::limits::{
    EXPLANATION_WAIT_MS, EXPLANATIONS_AT_ONCE, EXPLANATIONS_PER_S_MAX, NOTICE_PAUSE_S,
};
use crate::refusal::SWAPPED;
use crate::request::{Head, host};

/// Makes explanations, as far as they are wanted and may be made.
#[derive(Debug)]
pub(crate) struct Explainer {
    when: Explain,
    takes_sigv2: bool,
    region: String,
    /// Names of this store with ports.
    hosts: Vec<String>,
    domains: Vec<String>,
    keys: HashMap<String, Key>,
    places: Arc<Semaphore>,
    budget: Mutex<Budget>,
    noticed: Mutex<HashMap<Cause, Instant>>,
}

#[derive(Debug)]
struct Key {
    credentials: Credentials,
    /// Whether a signature of it has held since the store was opened.
    has_verified: AtomicBool,
}

/// How many explanations were begun in this second.
#[derive(Debug)]
struct Budget {
    since: Instant,
    begun: u32,
}

impl Budget {
    fn take(&mut self, now: Instant) -> bool {
        if now.duration_since(self.since) >= Duration::from_secs(1) {
            (self.since, self.begun) = (now, 0);
        }
        self.begun += 1;
        self.begun <= EXPLANATIONS_PER_S_MAX
    }
}

/// An explanation on its way out.
#[derive(Debug)]
pub(crate) struct Explained {
    pub(crate) explanation: Explanation,
    /// Whether the answer shows it; the log does in any case.
    pub(crate) in_answer: bool,
}

impl Explainer {
    pub(crate) fn new(config: &crate::Config) -> Self {
        let key = |key: &crate::OwnedKey| {
            let credentials = &key.credentials;
            let name = credentials.access_key().to_owned();
            let has_verified = AtomicBool::new(false);
            let credentials = credentials.clone();
            (
                name,
                Key {
                    credentials,
                    has_verified,
                },
            )
        };
        Self {
            when: config.explain,
            takes_sigv2: config.allow_sigv2,
            region: config.region.clone(),
            hosts: config.hosts.clone(),
            domains: config.domains.clone(),
            keys: config.keys.iter().map(key).collect(),
            places: Arc::new(Semaphore::new(EXPLANATIONS_AT_ONCE)),
            budget: Mutex::new(Budget {
                since: Instant::now(),
                begun: 0,
            }),
            noticed: Mutex::new(HashMap::new()),
        }
    }

    /// Adds an explanation to the refusal of a request, if there is one to give.
    pub(crate) async fn explain(&self, head: &Head, now: Timestamp, mut error: Error) -> Error {
        // The search knows version 4 alone: that it is of version 2 is all that it would say.
        let of_sigv2 = self.takes_sigv2 && is_of_sigv2(head);
        if self.when == Explain::Never || of_sigv2 {
            return error;
        }
        let Some(place) = self.place().await else {
            return error;
        };
        let asked = self.asked(head, now);
        // A panic in there must not take the answer along.
        let explanation = tokio::task::spawn_blocking(move || {
            let _place = place;
            asked.explain()
        });
        let in_answer = self.when == Explain::Always || is_local(&head.parts);
        error.explained = explanation.await.ok().flatten().map(|mut explanation| {
            self.withhold(head, &mut explanation);
            Box::new(Explained {
                explanation,
                in_answer,
            })
        });
        error
    }

    /// Takes out what may be a secret: the text of a credential that cannot be read, and
    /// an access key that is the secret of a key.
    fn withhold(&self, head: &Head, explanation: &mut Explanation) {
        let query = head.parts.uri.query().unwrap_or_default();
        let claimed = Claimed::read(query, head.header("authorization")).access_key;
        let keys = self.keys.values().map(|key| &key.credentials);
        let secret = claimed
            .as_deref()
            .map(str::trim)
            .filter(|named| holds_secret(keys, named));
        for finding in &mut explanation.findings {
            if finding.part == "credential"
                && finding.signed.is_none()
                && let Some((form, _)) = finding.message.split_once(", got `")
            {
                finding.message = form.to_owned();
            }
            if secret.is_some_and(|secret| tells(finding, secret)) {
                swapped(finding);
            }
        }
    }

    /// Whether a request is told why it may not do something.
    pub(crate) fn tells(&self, head: &Head) -> bool {
        match self.when {
            Explain::Always => true,
            Explain::Auto => is_local(&head.parts),
            Explain::Never => false,
        }
    }

    /// A turn to explain; `None` while too many want one.
    async fn place(&self) -> Option<OwnedSemaphorePermit> {
        let wait = Duration::from_millis(EXPLANATION_WAIT_MS);
        let place = timeout(wait, Arc::clone(&self.places).acquire_owned()).await;
        let place = place.ok()?.ok()?;
        let mut budget = self.budget.lock().unwrap_or_else(PoisonError::into_inner);
        budget.take(Instant::now()).then_some(place)
    }

    fn asked(&self, head: &Head, now: Timestamp) -> Asked {
        let parts = &head.parts;
        let query = parts.uri.query().unwrap_or_default();
        let claimed = Claimed::read(query, head.header("authorization"));
        // The other keys are left out: their owners are nobody's business.
        let key = claimed.access_key.and_then(|name| self.keys.get(&name));
        Asked {
            method: parts.method.as_str().to_owned(),
            path: parts.uri.path().to_owned(),
            query: query.to_owned(),
            headers: owned_headers(parts),
            region: self.region.clone(),
            now,
            // With no key at all it would not be known here that the named one does not exist.
            credentials: key
                .map_or_else(|| Credentials::new("", ""), |key| key.credentials.clone()),
            key_has_verified: key.is_some_and(|key| key.has_verified.load(Ordering::Relaxed)),
            hosts: self.hosts_of(head),
        }
    }

    /// The names under which a signer may know what is addressed: those of the store,
    /// and the bucket's below each domain, on the port that the request names.
    fn hosts_of(&self, head: &Head) -> Vec<String> {
        let mut hosts = self.hosts.clone();
        let port = host(&head.parts)
            .rsplit_once(':')
            .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
            .map_or(String::new(), |(_, port)| format!(":{port}"));
        for domain in &self.domains {
            hosts.push(format!("{domain}{port}"));
            if let Some(bucket) = head.bucket_if_valid() {
                hosts.push(format!("{bucket}.{domain}{port}"));
            }
        }
        hosts
    }

    /// A request of a key has verified: notes that, and points out what is odd about it.
    pub(crate) fn verified(&self, head: &Head, access_key: &str) {
        if let Some(key) = self.keys.get(access_key) {
            key.has_verified.store(true, Ordering::Relaxed);
        }
        let parts = &head.parts;
        let request = Request {
            method: parts.method.as_str(),
            path: parts.uri.path(),
            query: parts.uri.query().unwrap_or_default(),
            headers: &[],
        };
        for notice in notices(&request) {
            if self.is_due(notice.cause, Instant::now()) {
                tracing::warn!(cause = %notice.cause, notice = notice.message, path = request.path, "a signature holds that is not meant so");
            }
        }
    }

    /// Whether a notice of a kind was not given for a while.
    fn is_due(&self, cause: Cause, now: Instant) -> bool {
        let pause = Duration::from_secs(NOTICE_PAUSE_S);
        let mut noticed = self.noticed.lock().unwrap_or_else(PoisonError::into_inner);
        let last = noticed.get(&cause);
        let due = last.is_none_or(|last| now.duration_since(*last) >= pause);
        if due {
            noticed.insert(cause, now);
        }
        due
    }
}

/// All that an explanation is made from, for a blocking thread.
struct Asked {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, Vec<u8>)>,
    region: String,
    now: Timestamp,
    credentials: Credentials,
    key_has_verified: bool,
    hosts: Vec<String>,
}

impl Asked {
    fn explain(&self) -> Option<Explanation> {
        let headers: Vec<(&str, &[u8])> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
            .collect();
        let hosts: Vec<&str> = self.hosts.iter().map(String::as_str).collect();
        let request = Request {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &headers,
        };
        explain(
            &request,
            &Known {
                expected: Expected {
                    region: &self.region,
                    service: "s3",
                    now: self.now,
                },
                credentials: std::slice::from_ref(&self.credentials),
                key_has_verified: self.key_has_verified,
                hosts: &hosts,
                canonical_request: None,
            },
        )
    }
}

/// Whether a finding repeats a text, as it is or escaped.
fn tells(finding: &Finding, text: &str) -> bool {
    let escaped = text.escape_debug().to_string();
    let values = [&finding.signed, &finding.arrived].into_iter().flatten();
    std::iter::once(&finding.message)
        .chain(values)
        .any(|said| said.contains(text) || said.contains(&escaped))
}

/// Makes a finding say that access key and secret are swapped, and nothing of them.
fn swapped(finding: &mut Finding) {
    finding.cause = Cause::UnknownKey;
    "credential".clone_into(&mut finding.part);
    SWAPPED.clone_into(&mut finding.message);
    (finding.signed, finding.arrived) = (None, None);
    "get a URL or a signature from a signer whose keys are not swapped"
        .clone_into(&mut finding.fix_for_sender);
    "swap them: the access key comes first, the secret second (curl: `-u ACCESS-KEY:SECRET`); where \
     others can read what was sent, make a new pair"
        .clone_into(&mut finding.fix_for_signer);
}

fn owned_headers(parts: &Parts) -> Vec<(String, Vec<u8>)> {
    let headers = parts.headers.iter();
    headers
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect()
}

/// Whether a request is signed with Signature Version 2.
fn is_of_sigv2(head: &Head) -> bool {
    let scheme = head
        .header("authorization")
        .and_then(|text| text.split(' ').next());
    scheme == Some("AWS") || head.query.find_ignoring_case("AWSAccessKeyId").is_some()
}

/// Whether the request comes from this machine and from nobody behind it: a proxy here
/// passes on what comes from elsewhere, and says so in one of these headers.
pub(crate) fn is_local(parts: &Parts) -> bool {
    const PASSED_ON: [&str; 8] = [
        "cf-connecting-ip",
        "client-ip",
        "fly-client-ip",
        "forwarded",
        "true-client-ip",
        "via",
        "x-client-ip",
        "x-real-ip",
    ];
    let passed_on = |name: &str| PASSED_ON.contains(&name) || name.starts_with("x-forwarded");
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback())
        && !parts.headers.keys().any(|name| passed_on(name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_a_second() {
        let start = Instant::now();
        let mut budget = Budget {
            since: start,
            begun: 0,
        };
        let late = start + Duration::from_millis(999);
        assert!((0..EXPLANATIONS_PER_S_MAX).all(|_| budget.take(late)));
        assert!(!budget.take(late));
        let next = start + Duration::from_secs(1);
        assert!((0..EXPLANATIONS_PER_S_MAX).all(|_| budget.take(next)));
        assert!(!budget.take(next));
    }

    #[track_caller]
    fn check_local(peer: &str, header: &'static str, expect: bool) {
        let request = axum::http::Request::builder().header(header, "192.0.2.7");
        let (mut parts, ()) = request.body(()).expect("it is one").into_parts();
        assert!(!is_local(&parts), "nobody knows who sends it");
        let peer: SocketAddr = peer.parse().expect("it is one");
        parts.extensions.insert(ConnectInfo(peer));
        assert_eq!(is_local(&parts), expect, "{peer} {header}");
    }

    #[test]
    fn who_is_on_this_machine() {
        for peer in [
            "127.0.0.1:1",
            "127.9.9.9:1",
            "[::1]:1",
            "[::ffff:127.0.0.1]:1",
        ] {
            check_local(peer, "accept", true);
            for header in [
                "Via",
                "Forwarded",
                "X-Forwarded-For",
                "X-Forwarded-Port",
                "CF-Connecting-IP",
            ] {
                check_local(peer, header, false);
            }
        }
        for peer in [
            "192.0.2.7:1",
            "0.0.0.0:1",
            "[::]:1",
            "[::ffff:192.0.2.7]:1",
            "[fe80::1]:1",
        ] {
            check_local(peer, "accept", false);
        }
    }

    #[test]
    fn notices_pause() {
        let explainer = Explainer::new(&crate::Config::new("", Credentials::new("a", "b")));
        let start = Instant::now();
        let pause = Duration::from_secs(NOTICE_PAUSE_S);
        assert!(explainer.is_due(Cause::Checksum, start));
        assert!(!explainer.is_due(Cause::Checksum, start + pause / 2));
        assert!(explainer.is_due(Cause::ContentType, start));
        assert!(explainer.is_due(Cause::Checksum, start + pause));
    }

    #[tokio::test]
    async fn one_at_a_time() {
        let explainer = Explainer::new(&crate::Config::new("", Credentials::new("a", "b")));
        let place = explainer.place().await;
        assert!(place.is_some());
        assert!(explainer.place().await.is_none());
        drop(place);
        assert!(explainer.place().await.is_some());
    }
}
