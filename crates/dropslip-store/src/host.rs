//! The one name that a request was sent to.
//!
//! The name decides what bucket is meant, and with the development keys whether anything
//! is answered at all. So a request that names two, or one that cannot be a name, is refused:
//! whatever stands in front of the store may have looked at the other.

use axum::http::Version;
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use dropslip_s3::Code;

use crate::error::{Error, Result};

/// Refuses a request without one name
/// ([RFC 9112 section 3.2](https://www.rfc-editor.org/rfc/rfc9112#section-3.2)).
pub(crate) fn check(parts: &Parts) -> Result<()> {
    let mut values = parts.headers.get_all(HOST).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return match (parts.headers.contains_key(HOST), parts.version) {
            (false, Version::HTTP_09 | Version::HTTP_10 | Version::HTTP_2) => Ok(()),
            (false, _) => Err(wrong("A Host header is needed.")),
            (true, _) => Err(wrong("One Host header is taken, and not several.")),
        };
    };
    let name = value.to_str().unwrap_or("\u{0}");
    let is_name = name.is_empty() || (!name.contains('@') && name.parse::<Authority>().is_ok());
    if !is_name {
        return Err(wrong("The Host header is not the name of a host."));
    }
    let in_target = parts.uri.authority();
    if in_target.is_some_and(|target| !target.as_str().eq_ignore_ascii_case(name)) {
        return Err(wrong("The Host header and the target name two hosts."));
    }
    Ok(())
}

fn wrong(message: &'static str) -> Error {
    Error::new(Code::BadRequest, message)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[track_caller]
    fn check_hosts(uri: &str, hosts: &[&str], is_well: bool) {
        let mut request = Request::builder().uri(uri);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        let (parts, ()) = request.body(()).expect("it is one").into_parts();
        let got = check(&parts);
        assert_eq!(got.is_ok(), is_well, "{uri} {hosts:?} {got:?}");
    }

    #[test]
    fn one_name() {
        for host in [
            "",
            "localhost",
            "localhost:7601",
            "[::1]:7601",
            "a_b.example",
            "127.0.0.1",
        ] {
            check_hosts("/a", &[host], true);
        }
        check_hosts("http://localhost:7601/a", &["LocalHost:7601"], true);
    }

    #[test]
    fn two_names_or_none() {
        check_hosts("/a", &[], false);
        check_hosts("http://localhost/a", &[], false);
        check_hosts("/a", &["localhost", "localhost"], false);
        check_hosts("http://localhost/a", &["evil.example"], false);
        check_hosts("http://localhost/a", &["localhost:80"], false);
        check_hosts("http://evil@localhost/a", &["localhost"], false);
        for host in ["a b", "a/b", "a@b", "[::1", "a, b", "a?b", "é"] {
            check_hosts("/a", &[host], false);
        }
    }

    /// HTTP/1.0 knows no such header.
    #[test]
    fn an_old_request_has_no_name() {
        let request = Request::builder().version(Version::HTTP_10).uri("/a");
        let (parts, ()) = request.body(()).expect("it is one").into_parts();
        assert!(check(&parts).is_ok());
    }
}
