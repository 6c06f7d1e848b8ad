//! Why there was no answer.

use std::error::Error as StdError;
use std::{fmt, io};

use rustls::CertificateError;

/// A request without an answer.
#[derive(Clone, Debug)]
pub(crate) struct Trouble {
    pub(crate) kind: TroubleKind,
    detail: String,
}

/// What kept the answer away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TroubleKind {
    /// The name has no address.
    Name,
    /// Nothing listens there.
    Refused,
    /// No answer in time.
    Timeout,
    /// The certificate ended, or has not begun.
    CertificateExpired,
    /// The certificate is of another name.
    CertificateName,
    /// Nobody whom browsers trust has signed the certificate.
    CertificateIssuer,
    /// What answers speaks no TLS.
    NoTls,
    /// TLS failed otherwise.
    Tls,
    /// What answers speaks no HTTP, as a server of TLS that is asked without.
    NoHttp,
    /// The connection ended.
    Cut,
    /// The request cannot be made.
    Invalid,
}

impl Trouble {
    pub(crate) fn invalid(detail: &str) -> Self {
        Self {
            kind: TroubleKind::Invalid,
            detail: detail.to_owned(),
        }
    }

    pub(super) fn of(error: &reqwest::Error) -> Self {
        let mut kind = match error.is_timeout() {
            true => TroubleKind::Timeout,
            false => TroubleKind::Cut,
        };
        let mut detail = String::new();
        let mut cause: Option<&(dyn StdError + 'static)> = error.source();
        while let Some(error) = cause {
            detail = error.to_string();
            kind = kind_of(error, kind);
            cause = error.source();
        }
        if detail.contains("dns error") || detail.contains("failed to lookup address") {
            kind = TroubleKind::Name;
        }
        Self { kind, detail }
    }
}

fn kind_of(error: &(dyn StdError + 'static), so_far: TroubleKind) -> TroubleKind {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return kind_of_tls(tls);
    }
    if let Some(error) = error.downcast_ref::<io::Error>() {
        if let Some(tls) = tls_within(error) {
            return kind_of_tls(tls);
        }
        return match error.kind() {
            io::ErrorKind::ConnectionRefused => TroubleKind::Refused,
            io::ErrorKind::TimedOut | io::ErrorKind::HostUnreachable => TroubleKind::Timeout,
            _ => so_far,
        };
    }
    let text = error.to_string();
    match text.as_str() {
        "dns error" => TroubleKind::Name,
        _ if text.starts_with("invalid HTTP version") || text.contains("HTTP/0.9") => {
            TroubleKind::NoHttp
        }
        _ => so_far,
    }
}

/// The error of TLS that an error of I/O stands for.
fn tls_within(error: &io::Error) -> Option<&rustls::Error> {
    let inner = error.get_ref()?;
    match inner.downcast_ref::<io::Error>() {
        Some(deeper) => tls_within(deeper),
        None => inner.downcast_ref(),
    }
}

fn kind_of_tls(error: &rustls::Error) -> TroubleKind {
    use CertificateError as Wrong;
    match error {
        rustls::Error::InvalidCertificate(
            Wrong::Expired
            | Wrong::ExpiredContext { .. }
            | Wrong::NotValidYet
            | Wrong::NotValidYetContext { .. },
        ) => TroubleKind::CertificateExpired,
        rustls::Error::InvalidCertificate(
            Wrong::NotValidForName | Wrong::NotValidForNameContext { .. },
        ) => TroubleKind::CertificateName,
        rustls::Error::InvalidCertificate(_) => TroubleKind::CertificateIssuer,
        rustls::Error::InvalidMessage(_) => TroubleKind::NoTls,
        _ => TroubleKind::Tls,
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            TroubleKind::Name => "the name has no address",
            TroubleKind::Refused => "nothing listens at this address",
            TroubleKind::Timeout => "no answer in time",
            TroubleKind::CertificateExpired => "the certificate is not valid at this time",
            TroubleKind::CertificateName => "the certificate is of another name",
            TroubleKind::CertificateIssuer => "nobody who is trusted has signed the certificate",
            TroubleKind::NoTls => "what answers speaks no TLS",
            TroubleKind::Tls => "TLS failed",
            TroubleKind::NoHttp => "what answers speaks no HTTP",
            TroubleKind::Cut => "the connection was cut",
            TroubleKind::Invalid => "the request cannot be made",
        };
        match self.detail.is_empty() {
            true => f.write_str(what),
            false => write!(f, "{what} ({})", super::clean(&self.detail)),
        }
    }
}
