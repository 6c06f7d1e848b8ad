//! Where a bucket or an object is: endpoint, host and path.
//!
//! A URL is built from a key in one place only, so the path that is signed is
//! the path that is sent. The other way round, a server finds the bucket in the
//! host or in the path.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use crate::name::{BucketName, ObjectKey};

/// How the bucket is put into an address
/// ([Virtual hosting of buckets](https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Addressing {
    /// `https://host/bucket/key`
    #[default]
    Path,
    /// `https://bucket.host/key`
    VirtualHost,
}

/// A storage's address, without a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    scheme: String,
    authority: String,
    base_path: String,
    addressing: Addressing,
}

/// The address of one bucket or object, in the parts that are signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// `http` or `https`.
    pub scheme: String,
    /// The `Host` header: name, and port unless it is the scheme's own.
    pub host: String,
    /// The path, percent-encoded as S3 canonicalises it.
    pub path: String,
}

impl Target {
    /// The whole address, without a query.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}{}", self.scheme, self.host, self.path)
    }
}

/// The address of a bucket's objects, but for their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objects<'a> {
    /// `http` or `https`.
    pub scheme: &'a str,
    /// The `Host` header: name, and port unless it is the scheme's own.
    pub host: Cow<'a, str>,
    /// What stands before the key in the path, percent-encoded, from the first slash to the last.
    pub prefix: String,
}

/// Why a text is no endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointError(String);

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for EndpointError {}

impl Endpoint {
    /// Parses an address such as `https://s3.eu-central-1.amazonaws.com`.
    ///
    /// # Errors
    /// When it is no `http` or `https` URL, carries a user, a query or a fragment,
    /// or is an IP address while the bucket belongs into the host.
    pub fn parse(text: &str, addressing: Addressing) -> Result<Self, EndpointError> {
        let wrong = |why: &str| EndpointError(format!("`{text}` is no endpoint: {why}"));
        let url = Url::parse(text).map_err(|e| match e {
            url::ParseError::RelativeUrlWithoutBase => {
                wrong("it must begin with `http://` or `https://`")
            }
            other => wrong(&other.to_string()),
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("it must begin with `http://` or `https://`"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EndpointError(
                "an endpoint carries no user name or password".to_owned(),
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("it has no `?` and no `#`"));
        }
        let host = url.host().ok_or_else(|| wrong("it has a host"))?;
        if addressing == Addressing::VirtualHost && !matches!(host, Host::Domain(_)) {
            return Err(wrong(
                "a bucket cannot be a part of an IP address; use path addressing",
            ));
        }
        let port = url.port().map(|p| format!(":{p}")).unwrap_or_default();
        Ok(Self {
            scheme: url.scheme().to_owned(),
            authority: format!("{host}{port}"),
            base_path: url.path().trim_end_matches('/').to_owned(),
            addressing,
        })
    }

    /// The same address with the bucket in another place.
    ///
    /// # Errors
    /// When the bucket belongs into the host, and the host is an IP address.
    pub fn with_addressing(&self, addressing: Addressing) -> Result<Self, EndpointError> {
        Self::parse(&format!("{}{}", self.origin(), self.base_path), addressing)
    }

    /// The last part of its own path, if it has one: `v1` of `https://s3.example/storage/v1`.
    #[must_use]
    pub fn last_segment(&self) -> Option<&str> {
        let (_, last) = self.base_path.rsplit_once('/')?;
        Some(last)
    }

    /// The host's name or address, without the port.
    #[must_use]
    pub fn host_name(&self) -> &str {
        let name =
            self.authority
                .rsplit_once(':')
                .map_or(self.authority.as_str(), |(name, port)| {
                    match port.ends_with(']') {
                        true => &self.authority,
                        false => name,
                    }
                });
        name.trim_start_matches('[').trim_end_matches(']')
    }

    /// Scheme, host and port, as a browser's origin.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.authority)
    }

    /// Whether it is reached by `https`.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.scheme == "https"
    }

    /// How buckets are addressed.
    #[must_use]
    pub fn addressing(&self) -> Addressing {
        self.addressing
    }

    /// The address of the list of buckets.
    #[must_use]
    pub fn root(&self) -> Target {
        self.target(self.authority.clone(), "/".to_owned())
    }

    /// The address of a bucket.
    #[must_use]
    pub fn bucket(&self, bucket: &BucketName) -> Target {
        match self.addressing {
            Addressing::Path => self.target(self.authority.clone(), format!("/{bucket}")),
            Addressing::VirtualHost => self.target(self.bucket_host(bucket), "/".to_owned()),
        }
    }

    /// Where the objects of a bucket are, for many of them or where each allocation counts.
    #[must_use]
    pub fn objects(&self, bucket: &BucketName) -> Objects<'_> {
        let (host, folder) = match self.addressing {
            Addressing::Path => (Cow::Borrowed(self.authority.as_str()), bucket.as_str()),
            Addressing::VirtualHost => (Cow::Owned(self.bucket_host(bucket)), ""),
        };
        let between = if folder.is_empty() { "" } else { "/" };
        Objects {
            scheme: &self.scheme,
            host,
            prefix: [&self.base_path, "/", folder, between].concat(),
        }
    }

    /// The address of an object.
    #[must_use]
    pub fn object(&self, bucket: &BucketName, key: &ObjectKey) -> Target {
        let objects = self.objects(bucket);
        let key = dropslip_sigv4::encode_path(key.as_str().as_bytes());
        Target {
            scheme: objects.scheme.to_owned(),
            host: objects.host.into_owned(),
            path: objects.prefix + &key,
        }
    }

    fn bucket_host(&self, bucket: &BucketName) -> String {
        format!("{bucket}.{}", self.authority)
    }

    fn target(&self, host: String, path: String) -> Target {
        Target {
            scheme: self.scheme.clone(),
            host,
            path: format!("{}{path}", self.base_path),
        }
    }
}

/// What a request is about: the bucket and key texts, not yet checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    /// The bucket, absent for the list of buckets.
    pub bucket: Option<String>,
    /// The key, decoded; absent for the bucket itself.
    pub key: Option<String>,
}

impl Resource {
    /// Finds bucket and key in a request.
    ///
    /// `host` is the `Host` header, `domains` are the names below which a first
    /// label is a bucket (`photos.localhost` below `localhost`), `path` is the
    /// path as sent. `None` when the path is not UTF-8 once decoded.
    #[must_use]
    pub fn find(host: &str, domains: &[String], path: &str) -> Option<Self> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let decoded = percent_decode_str(path).decode_utf8().ok()?;
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        if let Some(bucket) = bucket_in_host(host, domains) {
            return Some(Self {
                bucket: Some(bucket),
                key: some(&decoded),
            });
        }
        let (bucket, key) = decoded.split_once('/').unwrap_or((&decoded, ""));
        Some(Self {
            bucket: some(bucket),
            key: some(key),
        })
    }
}

/// The bucket that a host names, below one of the domains; see [`Resource::find`].
#[must_use]
pub fn bucket_in_host(host: &str, domains: &[String]) -> Option<String> {
    let name = host_name(host);
    let below = |domain: &String| name.strip_suffix(domain.as_str())?.strip_suffix('.');
    domains.iter().find_map(below).map(str::to_owned)
}

/// The name in a `Host` header: without port and final dot, in lower case.
fn host_name(host: &str) -> String {
    let end_of_address = host.find(']').map_or(0, |end| end + 1);
    let port = host[end_of_address..]
        .find(':')
        .map(|at| end_of_address + at);
    let name = &host[..port.unwrap_or(host.len())];
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// Whether a `Host` header names this machine: `localhost` or a name below it
/// (RFC 6761 section 6.3), 127.0.0.0/8 or `[::1]`, with or without a port.
///
/// A page on the web can point its own name at 127.0.0.1 after it was loaded (DNS
/// rebinding), and then counts as of one origin with whatever listens there. It
/// still sends its own name as `Host`, so a server of this machine looks at it.
#[must_use]
pub fn is_loopback_host(authority: &str) -> bool {
    let (name, port) = match authority.rfind(':') {
        Some(colon) if !authority.ends_with(']') => (&authority[..colon], &authority[colon + 1..]),
        _ => (authority, ""),
    };
    if !port.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    if let Some(address) = name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return address.parse() == Ok(IpAddr::V6(Ipv6Addr::LOCALHOST));
    }
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    if name
        .parse::<Ipv4Addr>()
        .is_ok_and(|address| address.is_loopback())
    {
        return true;
    }
    let labels = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    name == "localhost"
        || name
            .strip_suffix(".localhost")
            .is_some_and(|rest| !rest.is_empty() && labels(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_object(endpoint: &str, addressing: Addressing, key: &str, expected: &str) {
        let endpoint = Endpoint::parse(endpoint, addressing).unwrap();
        let bucket = BucketName::parse("photos").unwrap();
        let key = ObjectKey::parse(key).unwrap();
        assert_eq!(endpoint.object(&bucket, &key).url(), expected);
        let Objects {
            scheme,
            host,
            prefix,
        } = endpoint.objects(&bucket);
        let key = dropslip_sigv4::encode_path(key.as_str().as_bytes());
        assert_eq!(format!("{scheme}://{host}{prefix}{key}"), expected);
    }

    #[test]
    fn objects_have_one_address() {
        use Addressing::{Path, VirtualHost};
        check_object(
            "http://localhost:7601",
            Path,
            "a b/é.jpg",
            "http://localhost:7601/photos/a%20b/%C3%A9.jpg",
        );
        check_object(
            "https://s3.example/",
            Path,
            "a+b",
            "https://s3.example/photos/a%2Bb",
        );
        check_object(
            "https://s3.example:443",
            VirtualHost,
            "//x",
            "https://photos.s3.example///x",
        );
        check_object(
            "https://gate.example/s3/",
            Path,
            "../k",
            "https://gate.example/s3/photos/../k",
        );
        check_object("http://[::1]:9000", Path, "k", "http://[::1]:9000/photos/k");
    }

    #[track_caller]
    fn check_refused(endpoint: &str, addressing: Addressing, reason: &str) {
        let error = Endpoint::parse(endpoint, addressing)
            .expect_err(endpoint)
            .to_string();
        assert!(error.contains(reason), "{error}");
    }

    #[test]
    fn other_texts_are_no_endpoint() {
        check_refused("localhost:7601", Addressing::Path, "http://");
        check_refused("s3.example", Addressing::Path, "http://");
        check_refused("127.0.0.1:7601", Addressing::Path, "http://");
        check_refused("ftp://s3.example", Addressing::Path, "http://");
        check_refused("http://", Addressing::Path, "empty host");
        check_refused("http://s3.example/?x", Addressing::Path, "no `?`");
        check_refused("http://s3.example/#x", Addressing::Path, "no `#`");
        check_refused(
            "http://user:hunter2@s3.example",
            Addressing::Path,
            "no user name",
        );
        check_refused(
            "http://127.0.0.1:7601",
            Addressing::VirtualHost,
            "path addressing",
        );
        let error =
            Endpoint::parse("http://user:hunter2@s3.example", Addressing::Path).unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }

    #[track_caller]
    fn check_resource(host: &str, path: &str, bucket: Option<&str>, key: Option<&str>) {
        let found = Resource::find(host, &["localhost".to_owned()], path).unwrap();
        assert_eq!(
            (found.bucket.as_deref(), found.key.as_deref()),
            (bucket, key),
            "{host}{path}"
        );
    }

    #[test]
    fn buckets_are_found_in_host_and_path() {
        check_resource("localhost:7601", "/", None, None);
        check_resource("localhost:7601", "/photos", Some("photos"), None);
        check_resource("localhost:7601", "/photos/", Some("photos"), None);
        check_resource(
            "localhost",
            "/photos/a%2Fb%20c",
            Some("photos"),
            Some("a/b c"),
        );
        check_resource("localhost", "/photos//a", Some("photos"), Some("/a"));
        check_resource("photos.localhost:7601", "/", Some("photos"), None);
        check_resource("PHOTOS.LOCALHOST", "/a/b", Some("photos"), Some("a/b"));
        check_resource("my.photos.localhost", "/a", Some("my.photos"), Some("a"));
        check_resource(
            "127.0.0.1:7601",
            "/photos/%2e%2e/x",
            Some("photos"),
            Some("../x"),
        );
        check_resource("photos.localhost.:7601", "/a", Some("photos"), Some("a"));
        check_resource("notlocalhost", "/photos/k", Some("photos"), Some("k"));
        check_resource("[::1]:7601", "/photos/k", Some("photos"), Some("k"));
    }

    #[test]
    fn this_machine_has_several_names() {
        for host in [
            "localhost",
            "localhost:7601",
            "LOCALHOST.",
            "uploads.localhost:7601",
            "127.0.0.1",
            "127.9.9.9:1",
            "[::1]",
            "[::1]:80",
        ] {
            assert!(is_loopback_host(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "evillocalhost",
            "128.0.0.1",
            "0.0.0.0",
            "[::2]",
            "[::1",
            "::1",
            "127.0.0.1.evil.example",
        ] {
            assert!(!is_loopback_host(host), "{host}");
        }
    }

    #[test]
    fn a_path_that_is_not_utf8_is_nothing() {
        assert_eq!(Resource::find("localhost", &[], "/photos/%ff"), None);
    }
}
