//! TLS: a certificate and its key from two files, read again on demand.
//!
//! Both are checked before they serve, with a reason for a person: a file that cannot be read, one that
//! holds no certificate or no key, a key of another certificate, a certificate that is not valid now. What
//! cannot serve never replaces what serves. Connections that are open keep the certificate that they began with.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::failure::Failure;
use crate::limits::PEM_BYTES_MAX;

/// The certificate of an address; clones share it.
#[derive(Clone)]
pub(crate) struct Tls(Arc<Inner>);

struct Inner {
    certificate: PathBuf,
    key: PathBuf,
    config: ArcSwap<ServerConfig>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tls({})", self.0.certificate.display())
    }
}

impl Tls {
    /// Reads both files, in PEM: the certificate with its chain behind it, and the key.
    pub(crate) fn read(certificate: &Path, key: &Path) -> Result<Self, Failure> {
        let config = config(certificate, key)?;
        Ok(Self(Arc::new(Inner {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            config: ArcSwap::new(config),
        })))
    }

    /// Reads both files again. If they are wrong, what was read before stays.
    pub(crate) fn read_again(&self) -> Result<(), Failure> {
        let config = config(&self.0.certificate, &self.0.key)?;
        self.0.config.store(config);
        Ok(())
    }

    /// Shakes hands on a connection.
    pub(super) async fn accept<S>(&self, stream: S) -> io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        TlsAcceptor::from(self.0.config.load_full())
            .accept(stream)
            .await
    }
}

fn config(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, Failure> {
    let chain = chain(certificate)?;
    check_time(certificate, &chain[0])?;
    let private = private_key(key)?;
    let wrong = |error: rustls::Error| {
        match error {
        rustls::Error::InconsistentKeys(_) => Failure::new(format!(
            "the key in `{}` is not that of the certificate in `{}`",
            key.display(),
            certificate.display()
        ))
        .hint("`--tls-cert` begins with the server's own certificate, and `--tls-key` is the key that it was made for"),
        error => Failure::new(format!(
            "cannot use the certificate in `{}` with the key in `{}`: {error}",
            certificate.display(),
            key.display()
        )),
    }
    };
    let provider = Arc::new(ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(chain, private)
        })
        .map_err(wrong)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let pem = read(path, "the certificate")?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let none = || {
        Failure::new(format!("`{}` holds no certificate in PEM", path.display())).hint(format!(
            "it begins with `-----BEGIN CERTIFICATE-----`; from DER: `openssl x509 -inform der -in {} -out cert.pem`",
            path.display()
        ))
    };
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        Ok(_) | Err(pem::Error::NoItemsFound) => Err(none()),
        Err(error) => Err(Failure::new(format!(
            "the certificate in `{}` is damaged: {error}",
            path.display()
        ))),
    }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, Failure> {
    let pem = read(path, "the key")?;
    PrivateKeyDer::from_pem_slice(&pem).map_err(|error| match error {
        _ if is_locked(&pem) => Failure::new(format!(
            "the key in `{}` is locked with a password",
            path.display()
        ))
        .hint(format!(
            "keep one without, readable by the service alone: `openssl pkey -in {} -out key.pem`",
            path.display()
        )),
        pem::Error::NoItemsFound => {
            Failure::new(format!("`{}` holds no private key in PEM", path.display())).hint(
                "it begins with `-----BEGIN PRIVATE KEY-----`, or with RSA or EC before PRIVATE",
            )
        }
        // Its text could repeat the line.
        _ => Failure::new(format!("the key in `{}` is damaged", path.display())),
    })
}

/// Either of the two forms: PKCS #8, and OpenSSL's older one.
fn is_locked(pem: &[u8]) -> bool {
    let text = String::from_utf8_lossy(pem);
    text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") || text.contains("4,ENCRYPTED")
}

fn read(path: &Path, what: &str) -> Result<Vec<u8>, Failure> {
    let cannot = |why: &dyn std::fmt::Display| {
        Failure::new(format!("cannot read {what} in `{}`: {why}", path.display()))
    };
    let file = File::open(path).map_err(|e| cannot(&e))?;
    let mut bytes = Vec::new();
    file.take(PEM_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| cannot(&e))?;
    if bytes.len() as u64 > PEM_BYTES_MAX {
        return Err(cannot(&"it is larger than 1 MiB"));
    }
    Ok(bytes)
}

/// Refuses a certificate that is not valid now. Its time is the first thing that a client checks, so it is asked as
/// one; whom else the certificate satisfies is not this process' business.
fn check_time(path: &Path, certificate: &CertificateDer<'_>) -> Result<(), Failure> {
    let unreadable = |error: &dyn std::fmt::Display| {
        let text = format!(
            "cannot read the certificate in `{}`: {error}",
            path.display()
        );
        Failure::new(text)
    };
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).map_err(|e| unreadable(&e))?;
    let provider = Arc::new(ring::default_provider());
    let client = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|e| unreadable(&e))?;
    let name = ServerName::try_from("localhost").expect("it is a name");
    match client.verify_server_cert(certificate, &[], &name, &[], UnixTime::now()) {
        Err(rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        )) => Err(Failure::new(format!(
            "the certificate in `{}` has expired",
            path.display()
        ))
        .hint(format!(
            "`openssl x509 -noout -dates -in {}` shows until when it was valid; renew it",
            path.display()
        ))),
        Err(rustls::Error::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        )) => Err(Failure::new(format!(
            "the certificate in `{}` is not valid yet",
            path.display()
        ))
        .hint("check this machine's clock with `date`")),
        _ => Ok(()),
    }
}
