//! The signer, and signing in the `Authorization` header.
//!
//! A signer is made once and shared between threads. Its credentials keep the signing
//! key of each day.

use std::fmt;

use crate::canonical::{Covered, canonical_request, sort_headers, write_signed_headers};
use crate::claim::query_mark;
use crate::credentials::Credentials;
use crate::dialect::{Dialect, PayloadRule, TokenRule};
use crate::encode;
use crate::error::{Error, ErrorKind};
use crate::headers::{Headers, Once, SignedHeaders};
use crate::hoist;
use crate::limits;
use crate::query::Query;
use crate::request::{Payload, Request, is_token};
use crate::scope::{ALGORITHM, Scope};
use crate::time::Timestamp;

/// Signs requests with one set of credentials for one region and service.
pub struct Signer {
    credentials: Credentials,
    region: String,
    service: String,
    dialect: Dialect,
    /// What of credentials, region and service cannot stand in a signed request.
    unfit: Option<&'static str>,
}

/// A request signed in the header.
#[derive(Clone)]
pub struct Signed {
    /// The headers to add, names in lower case: `x-amz-date`, `x-amz-content-sha256`
    /// (S3), `x-amz-security-token` (temporary credentials), `authorization`.
    pub headers: Vec<(&'static str, String)>,
    /// What was hashed.
    pub canonical_request: Vec<u8>,
    /// What was signed.
    pub string_to_sign: String,
    /// 64 lower-case hexadecimal digits.
    pub signature: String,
}

impl Signer {
    /// A signer that follows the rules of its service, see [`Dialect::of_service`].
    #[must_use]
    pub fn new(
        credentials: Credentials,
        region: impl Into<String>,
        service: impl Into<String>,
    ) -> Self {
        let (region, service) = (region.into(), service.into());
        Self {
            unfit: unfit(&credentials, &region, &service),
            dialect: Dialect::of_service(&service),
            credentials,
            region,
            service,
        }
    }

    /// Takes other rules than those of the service.
    #[must_use]
    pub fn with_dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// Whose signatures it makes.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The region of its signatures.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The service of its signatures.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The rules it follows.
    #[must_use]
    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// Signs a request in the `Authorization` header. All headers given are signed,
    /// `host` must be among them.
    ///
    /// ```
    /// use dropslip_sigv4::{Credentials, Payload, Request, Signer, Timestamp};
    ///
    /// let keys = Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    /// let headers: [(&str, &[u8]); 1] = [("host", b"uploads.s3.amazonaws.com")];
    /// let request = Request { method: "PUT", path: "/hello.txt", query: "", headers: &headers };
    /// let now = Timestamp::parse_basic("20130524T000000Z")?;
    /// let signed = Signer::new(keys, "us-east-1", "s3").sign(&request, &Payload::of(b"hello"), now)?;
    ///
    /// // To be sent along with the headers given.
    /// let names: Vec<&str> = signed.headers.iter().map(|(name, _)| *name).collect();
    /// assert_eq!(names, ["x-amz-date", "x-amz-content-sha256", "authorization"]);
    /// # Ok::<(), dropslip_sigv4::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind`] names what the request lacks or must not have; see there.
    pub fn sign(
        &self,
        request: &Request<'_>,
        payload: &Payload,
        now: Timestamp,
    ) -> Result<Signed, Error> {
        let reserved = [
            "authorization",
            "x-amz-date",
            "x-amz-content-sha256",
            "x-amz-security-token",
        ];
        self.check(request, &reserved)?;
        let mut query = Query::parse(request.query);
        query.sort();
        check_query(&query)?;
        let payload = payload.to_string();
        let mut added = vec![("x-amz-date", now.to_string())];
        if self.dialect.payload == PayloadRule::Stated {
            added.push(("x-amz-content-sha256", payload.clone()));
        }
        let token = self
            .credentials
            .session_token()
            .map(|token| ("x-amz-security-token", token.to_owned()));
        if self.dialect.session_token == TokenRule::Signed {
            added.extend(token.clone());
        }

        let covered = added.iter().map(|(name, value)| (*name, value.as_bytes()));
        let headers: Vec<(&str, &[u8])> = request.headers.iter().copied().chain(covered).collect();
        let whole = Request {
            headers: &headers,
            ..*request
        };
        let (mut names, mut sorted) = (Vec::new(), headers.clone());
        sort_headers(&mut sorted);
        write_signed_headers(&mut names, &sorted);
        names.make_ascii_lowercase();
        let names = encode::ascii(names);
        let covered = Covered {
            query: &query,
            query_without: &[],
            signed_headers: &SignedHeaders::of(&whole, &names),
            payload: &payload,
        };
        let stages = self.stages(&whole, &covered, now);

        let scope = self.scope(now);
        let access_key = self.credentials.access_key();
        let authorization = format!(
            "{ALGORITHM} Credential={access_key}/{scope}, SignedHeaders={names}, Signature={}",
            stages.signature
        );
        if self.dialect.session_token == TokenRule::Appended {
            added.extend(token);
        }
        added.push(("authorization", authorization));
        limits::check_headers(request.headers, &added)?;
        let Stages {
            canonical_request,
            string_to_sign,
            signature,
        } = stages;
        Ok(Signed {
            headers: added,
            canonical_request,
            string_to_sign,
            signature,
        })
    }

    pub(crate) fn scope(&self, time: Timestamp) -> Scope<'_> {
        Scope {
            time,
            region: &self.region,
            service: &self.service,
        }
    }

    /// What both forms of signing ask of a request. `reserved` are the headers that
    /// the form makes itself.
    pub(crate) fn check(&self, request: &Request<'_>, reserved: &[&str]) -> Result<(), Error> {
        limits::check(request)?;
        if !is_token(request.method) {
            return Err(ErrorKind::Method {
                got: request.method.to_owned(),
            }
            .into());
        }
        if has_plain_headers(request) {
            return self.check_scope();
        }
        if let Some((name, _)) = request.headers.iter().find(|(name, _)| !is_token(name)) {
            return Err(ErrorKind::HeaderName {
                got: (*name).to_owned(),
            }
            .into());
        }
        let headers = Headers::of(request);
        if headers.value(Once::Host).is_none() {
            return Err(ErrorKind::HostMissing.into());
        }
        if let Some(name) = headers.repeated() {
            return Err(ErrorKind::Repeated {
                name: name.to_owned(),
            }
            .into());
        }
        self.check_scope()?;
        match request
            .headers
            .iter()
            .find(|(name, _)| is_one_of(name, reserved))
        {
            Some((name, _)) => Err(ErrorKind::Reserved {
                name: (*name).to_owned(),
            }
            .into()),
            None => Ok(()),
        }
    }

    /// Neither form has a way to quote these, so they must be plain text.
    pub(crate) fn check_scope(&self) -> Result<(), Error> {
        match self.unfit {
            Some(what) => Err(ErrorKind::Scope { what }.into()),
            None => Ok(()),
        }
    }

    fn stages(&self, request: &Request<'_>, covered: &Covered<'_>, now: Timestamp) -> Stages {
        let canonical_request = canonical_request(request, self.dialect.path, covered);
        let string_to_sign = self.scope(now).string_to_sign(&canonical_request);
        let signature = self.signature(&string_to_sign, now);
        Stages {
            canonical_request,
            string_to_sign,
            signature,
        }
    }

    /// Signs with the key of the day.
    pub(crate) fn signature(&self, string_to_sign: &str, now: Timestamp) -> String {
        self.credentials.with_key(&self.scope(now), |kept| {
            kept.key().signature(string_to_sign)
        })
    }
}

/// Whether nothing is to be said against the headers, which one look at each can tell
/// for most requests: `host` is there once, and no other header has the length of one
/// that may be there once only or is reserved.
fn has_plain_headers(request: &Request<'_>) -> bool {
    let mut hosts = 0;
    for (name, _) in request.headers {
        if !is_token(name) {
            return false;
        }
        match name.len() {
            4 if name.eq_ignore_ascii_case("host") => hosts += 1,
            4 | 10 | 13 | 15 | 16 | 19 | 20 => return false,
            _ => {}
        }
    }
    hosts == 1
}

/// The first of these that is not plain text; it could not be quoted.
fn unfit(credentials: &Credentials, region: &str, service: &str) -> Option<&'static str> {
    let token = credentials.session_token().unwrap_or("-");
    let parts = [
        ("access key", credentials.access_key(), ","),
        ("session token", token, ""),
        ("region", region, ",/"),
        ("service", service, ",/"),
    ];
    let plain = |text: &str, without: &str| {
        let plain = |byte: u8| byte.is_ascii_graphic() && !without.as_bytes().contains(&byte);
        !text.is_empty() && text.bytes().all(plain)
    };
    let unfit = parts
        .into_iter()
        .find(|(_, text, without)| !plain(text, without))?;
    Some(unfit.0)
}

/// What verifying asks of the query of a request that is signed in the header.
fn check_query(query: &Query<'_>) -> Result<(), Error> {
    if query_mark(query).is_some() {
        return Err(ErrorKind::SignedAlready.into());
    }
    match hoist::repeated(query) {
        Some(name) => Err(ErrorKind::Repeated { name }.into()),
        None => Ok(()),
    }
}

/// The three stages of signing a request.
struct Stages {
    canonical_request: Vec<u8>,
    string_to_sign: String,
    signature: String,
}

pub(crate) fn is_one_of(name: &str, names: &[&str]) -> bool {
    names
        .iter()
        .any(|candidate| candidate.eq_ignore_ascii_case(name))
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("credentials", &self.credentials)
            .field("region", &self.region)
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

/// Whoever has the headers can send the request, so they do not show.
impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed")
            .field("string_to_sign", &self.string_to_sign)
            .finish_non_exhaustive()
    }
}
