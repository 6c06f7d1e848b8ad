//! Certificates as browsers see them.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::doctor::Report;
use crate::process::dropslip;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/serve/certificates")
        .join(name)
}

/// A server of TLS that answers like no storage; its port.
fn serve(certificate: &str) -> u16 {
    let chain = vec![CertificateDer::from_pem_file(file(certificate)).unwrap()];
    let key = PrivateKeyDer::from_pem_file(file("first.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let server = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(server, stream);
            // Whoever does not like the certificate hangs up.
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno");
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    port
}

/// Examines a server that is trusted or not; exactly this is blamed.
#[track_caller]
fn check(endpoint: &str, trusted: Option<&str>, expected: &str) {
    let home = tempfile::tempdir().unwrap();
    let mut command = dropslip(
        home.path(),
        &["doctor", "--json", "s3://uploads", "--endpoint", endpoint],
    );
    command
        .env("DROPSLIP_ACCESS_KEY", "a")
        .env("DROPSLIP_SECRET_KEY", "b")
        .env("SSL_CERT_FILE", file(trusted.unwrap_or("second.pem")));
    Report::from_output(&command.output().unwrap()).blames(&[expected]);
}

#[test]
fn certificates() {
    let port = serve("first.pem");
    let at = |name: &str| format!("https://{name}:{port}");
    check(&at("localhost"), None, "tls certificate_untrusted");
    check(
        &at("other.localhost"),
        Some("first.pem"),
        "tls certificate_name",
    );
    // With a certificate that is well, it is what answers that is no storage.
    check(&at("localhost"), Some("first.pem"), "address not_s3");
    let expired = serve("expired.pem");
    check(
        &format!("https://localhost:{expired}"),
        Some("expired.pem"),
        "tls certificate_expired",
    );
    check(
        &format!("http://localhost:{port}"),
        None,
        "address not_http",
    );
}
