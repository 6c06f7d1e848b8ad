//! Why did the bytes not arrive? A browser keeps from a page why a request to another origin failed, and S3 says of a
//! refusal little that helps a person. The service can ask what the browser asked, and knows what was signed.
//!
//! `dropslip_s3::cors::preflight` and `refusal` decide without touching anything, `ask` asks, here is the order of the questions. S3 refuses
//! a preflight as a whole, so what is missing is found by asking for less.

mod ask;
mod refusal;
mod verdict;

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::{HeaderMap, header};
use dropslip_s3::Target;
use dropslip_s3::address::is_loopback_host;
use dropslip_s3::checksum::Algorithm;
use dropslip_s3::cors::preflight::{
    Answered, Asked, Judged, allows_origin, is_failing, judge, names,
};
use tokio::time::timeout;

use crate::issue;
use crate::limits::{DIAGNOSE_HEADERS_MAX, DIAGNOSE_S_MAX, ORIGIN_BYTES_MAX};
use crate::preset::Preset;
use crate::problem::{Problem, echo};
use crate::storage::Storage;
use crate::token::{Travel, Upload};
use ask::Asker;
use refusal::Refused;
pub(crate) use verdict::Verdict;

/// What a client tells of the failure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failure<'a> {
    /// Of the part that failed.
    pub(crate) number: Option<u64>,
    /// 0 where the browser let nothing be seen.
    pub(crate) status: u16,
    /// The storage's answer, as far as it was read.
    pub(crate) answer: &'a str,
    /// Whether the first addresses of the upload have ended.
    pub(crate) is_late: bool,
}

/// The origin of the page that calls; none if it is no page.
pub(crate) fn origin_of(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::ORIGIN).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    value.to_str().ok().filter(|text| is_origin(text))
}

/// A scheme and a host, or the `null` of pages that have none.
fn is_origin(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"/?#@*,\"\\<>`'".contains(&byte);
    let Some((scheme, host)) = text.split_once("://") else {
        return text == "null";
    };
    text.len() <= ORIGIN_BYTES_MAX
        && !scheme.is_empty()
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        && !host.is_empty()
        && host.bytes().all(is_plain)
}

/// Finds out what it can.
///
/// # Errors
/// When the storage's address cannot be asked at all, which is a fault of ours.
pub(crate) async fn diagnose(
    storage: &Storage,
    preset: &Preset,
    upload: &Upload,
    origin: Option<&str>,
    failure: &Failure<'_>,
) -> Result<Verdict, Problem> {
    let what = shown(upload, failure.number);
    if failure.status != 0 {
        let refused = Refused {
            status: failure.status,
            answer: failure.answer,
            is_late: failure.is_late,
        };
        return Ok(refusal::explain(&refused, &what));
    }
    let (method, target) = way(storage, upload);
    let headers = sent(preset, upload);
    let case = Case {
        asker: Asker::new(&target).map_err(|error| Problem::internal(&error))?,
        address: format!("{}://{}", target.scheme, target.host),
        bucket: upload.bucket.as_str(),
        method,
        headers: names(
            headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        ),
        origin,
    };
    let limit = Duration::from_secs(DIAGNOSE_S_MAX);
    let found = timeout(limit, case.look()).await;
    Ok(found.unwrap_or_else(|_| case.unreachable("its answers came too slowly")))
}

/// What failed, in words.
fn shown(upload: &Upload, number: Option<u64>) -> String {
    match (&upload.travel, number) {
        (Travel::Post, _) => "the form".to_owned(),
        (Travel::Multipart { .. }, Some(number)) => format!("the PUT of part {number}"),
        _ => "the PUT".to_owned(),
    }
}

/// The method, and where the bytes go.
fn way(storage: &Storage, upload: &Upload) -> (&'static str, Target) {
    match upload.travel {
        Travel::Post => ("POST", storage.public().bucket(&upload.bucket)),
        Travel::Put | Travel::Multipart { .. } => {
            ("PUT", storage.public().object(&upload.bucket, &upload.key))
        }
    }
}

/// The headers that a page was told to send.
fn sent(preset: &Preset, upload: &Upload) -> BTreeMap<String, String> {
    match upload.travel {
        Travel::Put => issue::headers(preset, upload),
        // Its fields are in its body, and its content type is that of forms.
        Travel::Post => BTreeMap::new(),
        Travel::Multipart { .. } => {
            let algorithm = upload.checksum.as_ref().map(|sum| sum.algorithm);
            let header = algorithm.map(Algorithm::header);
            header
                .into_iter()
                .map(|name| (name.to_owned(), String::new()))
                .collect()
        }
    }
}

/// A failure that the browser keeps to itself.
struct Case<'a> {
    asker: Asker,
    /// Scheme and host of the storage, as pages see them.
    address: String,
    bucket: &'a str,
    method: &'static str,
    headers: Vec<&'a str>,
    origin: Option<&'a str>,
}

impl Case<'_> {
    async fn look(&self) -> Verdict {
        let address = &self.address;
        let foreign = self.origin.filter(|origin| origin != address);
        if let Some(origin) = foreign {
            if is_mixed(origin, address) {
                let detail = format!(
                    "the page at `{origin}` is encrypted and the storage at `{address}` is not"
                );
                let hint = "Browsers forbid it. Give the storage TLS, and set `storage.publicEndpoint` to its https address.";
                return Verdict::lasting("mixed_content", detail, hint);
            }
            if let Err(verdict) = self.preflight(origin).await {
                return verdict;
            }
        }
        if let Err(verdict) = self.request(foreign).await {
            return verdict;
        }
        self.all_well()
    }

    /// Asks as the browser did; after a no, for less.
    async fn preflight(&self, origin: &str) -> Result<(), Verdict> {
        let asked = self.asked(origin, self.method, &self.headers);
        let answered = self.asker.preflight(&asked).await;
        let answered = answered.map_err(|reason| self.unreachable(&reason))?;
        let (address, method, seen) = (&self.address, self.method, answered.shown());
        let rule = |code, detail| Verdict::rule(code, detail, self.bucket, &asked);
        Err(match judge(&asked, &answered) {
            Judged::Allowed => return Ok(()),
            Judged::Failing => self.unreachable(&format!("it answered a preflight {seen}")),
            Judged::Redirected => {
                let detail = format!("the storage at `{address}` answered the preflight {seen}");
                let hint = "Browsers follow no redirect before a request. Set `storage.publicEndpoint` to the address that \
                            answers itself, with AWS the one of the bucket's region.";
                Verdict::lasting("storage_redirects", detail, hint)
            }
            Judged::OtherOrigin => {
                let detail = format!("a preflight from `{origin}` was answered {seen}");
                rule("cors_origin", detail)
            }
            Judged::OtherMethod => {
                let allowed = echo(&answered.allow_methods);
                let detail = format!(
                    "the storage allows pages of `{origin}` the methods {allowed}, not `{method}`"
                );
                rule("cors_method", detail)
            }
            Judged::OtherHeaders(missing) => rule("cors_headers", self.lacking(origin, &missing)),
            Judged::Refused if is_bucket_missing(&answered) => {
                no_bucket(&answered, "the preflight")
            }
            Judged::Refused => self.narrow(origin, &asked, &seen).await,
        })
    }

    /// Which part of a preflight no rule allows.
    async fn narrow(&self, origin: &str, asked: &Asked<'_>, seen: &str) -> Verdict {
        let rule = |code, detail| Verdict::rule(code, detail, self.bucket, asked);
        if !self.headers.is_empty() && self.may(origin, self.method, &[]).await {
            let mut missing = Vec::new();
            for &name in self.headers.iter().take(DIAGNOSE_HEADERS_MAX) {
                if !self.may(origin, self.method, &[name]).await {
                    missing.push(name);
                }
            }
            // Each alone may be allowed by a rule of its own; one rule has to allow all.
            let missing = if missing.is_empty() {
                &self.headers
            } else {
                &missing
            };
            return rule("cors_headers", self.lacking(origin, missing));
        }
        let mut others = Vec::new();
        for method in ["GET", "HEAD", "PUT", "POST", "DELETE"] {
            if method != self.method && self.may(origin, method, &[]).await {
                others.push(method);
            }
        }
        if others.is_empty() {
            // Most storages say only to real requests that there is no bucket which could have rules.
            let answered = self.asker.request(self.method, None).await;
            if let Ok(answered) = answered.as_ref()
                && is_bucket_missing(answered)
            {
                return no_bucket(answered, &format!("a {}", self.method));
            }
            let detail = format!(
                "a preflight from `{origin}` was answered {seen}: no CORS rule allows the origin"
            );
            return rule("cors_origin", detail);
        }
        let (method, others) = (self.method, others.join(", "));
        let detail = format!(
            "the storage allows pages of `{origin}` the methods `{others}`, not `{method}`"
        );
        rule("cors_method", detail)
    }

    /// Whether a preflight for this would be allowed.
    async fn may(&self, origin: &str, method: &'static str, headers: &[&str]) -> bool {
        let asked = self.asked(origin, method, headers);
        let answered = self.asker.preflight(&asked).await;
        answered.is_ok_and(|answered| judge(&asked, &answered) == Judged::Allowed)
    }

    /// Whether what answers real requests lets a page read them. A proxy may answer preflights by itself, and a failing one
    /// answers without any header.
    async fn request(&self, origin: Option<&str>) -> Result<(), Verdict> {
        let answered = self.asker.request(self.method, self.origin).await;
        let answered = answered.map_err(|reason| self.unreachable(&reason))?;
        let Some(origin) = origin.filter(|origin| !allows_origin(origin, &answered)) else {
            return Ok(());
        };
        let (method, seen) = (self.method, answered.shown());
        if is_failing(answered.status) {
            return Err(self.unreachable(&format!("it answered a {method} {seen}")));
        }
        let detail = format!(
            "the preflight is allowed, but a {method} from `{origin}` was answered {seen}, so that a page cannot read it"
        );
        let hint = "The bucket's rules are right. Look at what stands in front of the storage, such as a proxy or a CDN: it \
                    must pass `origin` on, and `access-control-allow-origin` back in every answer, not in preflights alone.";
        Err(Verdict::lasting("cors_origin", detail, hint))
    }

    fn asked<'a>(&self, origin: &'a str, method: &'static str, headers: &[&'a str]) -> Asked<'a> {
        Asked {
            origin,
            method,
            headers: headers.to_vec(),
        }
    }

    fn lacking(&self, origin: &str, missing: &[&str]) -> String {
        let names: Vec<_> = missing.iter().map(|name| format!("`{name}`")).collect();
        format!(
            "the storage does not allow pages of `{origin}` to send {} with a {}",
            names.join(", "),
            self.method
        )
    }

    fn unreachable(&self, reason: &str) -> Verdict {
        let detail = format!(
            "the service cannot reach the storage at `{}` either: {reason}",
            self.address
        );
        let hint = "Check that the storage runs, and that `storage.publicEndpoint` is its address for browsers.";
        Verdict::passing("storage_unreachable", detail, hint)
    }

    fn all_well(&self) -> Verdict {
        let address = &self.address;
        if self.origin.is_none() {
            let detail = format!(
                "the storage at `{address}` answers, and the call has no `origin`, so that CORS could not be looked at"
            );
            let hint = "Check the network between client and storage. A browser sends `origin`, unless a proxy takes it away.";
            return Verdict::passing("no_origin", detail, hint);
        }
        let detail = format!(
            "the storage at `{address}` answers the service, and allows what the page sends"
        );
        let hint = "Check the network of this device, that the file was not changed or moved since it was chosen, and that no \
                    extension and no Content-Security-Policy (`connect-src`) keeps the page from the storage.";
        Verdict::passing("file_or_network", detail, hint)
    }
}

fn is_bucket_missing(answered: &Answered) -> bool {
    answered.code.as_deref() == Some("NoSuchBucket")
}

fn no_bucket(answered: &Answered, what: &str) -> Verdict {
    let refused = Refused {
        status: answered.status,
        answer: "<Error><Code>NoSuchBucket</Code></Error>",
        is_late: false,
    };
    refusal::explain(&refused, what)
}

/// What browsers block: plain HTTP from an encrypted page, except to this machine.
fn is_mixed(origin: &str, address: &str) -> bool {
    let plain = address.strip_prefix("http://");
    origin.starts_with("https://") && plain.is_some_and(|host| !is_loopback_host(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins() {
        for right in [
            "https://app.example",
            "http://localhost:5173",
            "http://[::1]:80",
            "null",
            "chrome-extension://abcdefghijklmnop",
        ] {
            assert!(is_origin(right), "{right}");
        }
        let long = format!("https://{}.example", "a".repeat(ORIGIN_BYTES_MAX));
        for wrong in [
            "",
            "*",
            "app.example",
            "://app.example",
            "https://",
            "https://app.example/",
            "https://app.example/path",
            "https://*.example",
            "https://a.example, https://b.example",
            "https://user@app.example",
            "https://app.example?x",
            "https://a b",
            "https://a`b",
            "NULL",
            &long,
        ] {
            assert!(!is_origin(wrong), "{wrong}");
        }
    }

    #[test]
    fn several_origins_are_none() {
        let mut headers = HeaderMap::new();
        assert_eq!(origin_of(&headers), None);
        headers.append(header::ORIGIN, "https://a.example".parse().unwrap());
        assert_eq!(origin_of(&headers), Some("https://a.example"));
        headers.append(header::ORIGIN, "https://a.example".parse().unwrap());
        assert_eq!(origin_of(&headers), None);
    }

    #[test]
    fn mixed_content() {
        assert!(is_mixed("https://app.example", "http://s3.example:9000"));
        assert!(is_mixed("https://app.example", "http://192.168.0.2:9000"));
        assert!(!is_mixed("https://app.example", "http://localhost:7601"));
        assert!(!is_mixed("https://app.example", "http://127.0.0.1:7601"));
        assert!(!is_mixed("https://app.example", "https://s3.example"));
        assert!(!is_mixed("http://app.example", "http://s3.example"));
    }
}
