//! TLS: served, renewed, and refused with a reason.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::{CONFIG, command, start, write};
use crate::http::connect;
use crate::process::{Server, failure};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/serve/certificates")
        .join(name)
}

fn copy(name: &str, to: &Path) {
    // Another file in its place, as programs that renew certificates do it.
    let new = to.with_extension("new");
    fs::copy(file(name), &new).unwrap();
    fs::rename(new, to).unwrap();
}

/// Asks for `/healthz` and trusts one certificate alone.
fn health(address: SocketAddr, trusted: &str) -> Result<String, std::io::Error> {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_file(file(trusted)).unwrap();
    roots.add(certificate).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(client, connect(address));
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn address(server: &Server) -> SocketAddr {
    server.address("Uploads at https://")
}

#[test]
fn a_certificate_is_served_and_renewed() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = (
        folder.path().join("cert.pem"),
        folder.path().join("key.pem"),
    );
    copy("first.pem", &cert);
    copy("first.key", &key);
    let flags = ["--tls-cert", "cert.pem", "--tls-key", "key.pem"];
    let (server, log) = start(folder.path(), CONFIG, &flags);
    let answer = health(address(&server), "first.pem").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.ends_with("}"), "{answer}");
    assert!(health(address(&server), "second.pem").is_err());

    // The key is not there yet: the old pair stays.
    copy("second.pem", &cert);
    server.signal("-HUP");
    let said = log.wait_for("the configuration again");
    assert!(said.contains("the certificate stays as it was"), "{said}");
    assert!(said.contains("is not that of the certificate"), "{said}");
    assert!(health(address(&server), "first.pem").is_ok());

    // Its configuration is wrong: the certificate is renewed nonetheless.
    copy("second.key", &key);
    write(folder.path(), "[storage");
    server.signal("-HUP");
    let said = log.wait_for("the configuration stays as it was");
    assert!(said.contains("read the certificate again"), "{said}");
    assert!(health(address(&server), "second.pem").is_ok());
    assert!(health(address(&server), "first.pem").is_err());
    assert_eq!(server.stop("-TERM").code(), Some(0));
}

#[test]
fn what_is_not_tls_harms_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = (file("first.pem"), file("first.key"));
    let flags = [
        "--tls-cert",
        cert.to_str().unwrap(),
        "--tls-key",
        key.to_str().unwrap(),
    ];
    let (server, _log) = start(folder.path(), CONFIG, &flags);
    let mut silent = Vec::new();
    for begun in [
        &b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"[..],
        b"\x16\x03\x01\xff\xff",
        b"\0",
    ] {
        let mut stream = TcpStream::connect(address(&server)).unwrap();
        stream.write_all(begun).unwrap();
        silent.push(stream);
    }
    assert!(health(address(&server), "first.pem").is_ok());
    // What cannot become TLS is closed, with an alert at the most, and is told no page.
    let mut answer = Vec::new();
    let _ = silent[0].read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
}

#[track_caller]
fn check(cert: &Path, key: &Path, parts: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), CONFIG);
    let flags = [
        "--tls-cert",
        cert.to_str().unwrap(),
        "--tls-key",
        key.to_str().unwrap(),
    ];
    let (code, said) = failure(&mut command(folder.path(), &flags));
    assert_eq!(code, 2, "{said}");
    assert!(said.starts_with("error: "), "{said}");
    for part in parts {
        assert!(said.contains(part), "`{part}` in {said}");
    }
}

#[test]
fn pairs_that_cannot_serve() {
    let folder = tempfile::tempdir().unwrap();
    let none = folder.path().join("none.pem");
    let (first, key) = (file("first.pem"), file("first.key"));
    check(&none, &key, &["cannot read the certificate in", "none.pem"]);
    check(&first, &none, &["cannot read the key in", "none.pem"]);
    check(folder.path(), &key, &["cannot read the certificate in"]);
    check(
        &first,
        &file("second.key"),
        &["second.key", "is not that of", "hint: "],
    );
    check(
        &file("expired.pem"),
        &key,
        &["has expired", "openssl x509 -noout -dates"],
    );
    check(&file("early.pem"), &key, &["is not valid yet", "clock"]);
    check(&key, &key, &["holds no certificate", "BEGIN CERTIFICATE"]);
    check(
        &first,
        &first,
        &["holds no private key", "BEGIN PRIVATE KEY"],
    );
    check(
        &first,
        &file("locked.key"),
        &["locked with a password", "openssl pkey"],
    );

    let damaged = folder.path().join("damaged.pem");
    let text = fs::read_to_string(&first).unwrap();
    fs::write(&damaged, text.replace("MII", "!!!")).unwrap();
    check(&damaged, &key, &["damaged"]);
    let cut: String = text
        .lines()
        .take(4)
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(&damaged, format!("{cut}-----END CERTIFICATE-----\n")).unwrap();
    check(&damaged, &key, &["cannot read the certificate"]);
    let secret = fs::read_to_string(&key).unwrap();
    fs::write(&damaged, secret.replace("MIG", "!!!")).unwrap();
    check(&first, &damaged, &["the key in", "damaged"]);
    let large = folder.path().join("large.pem");
    fs::write(&large, "x".repeat(1024 * 1024 + 1)).unwrap();
    check(&large, &key, &["larger than 1 MiB"]);
}

#[test]
fn one_goes_with_the_other() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), CONFIG);
    for flag in ["--tls-cert", "--tls-key"] {
        let (code, said) = failure(&mut command(folder.path(), &[flag, "a.pem"]));
        assert!(code == 2 && said.contains("required"), "{said}");
    }
}
