//! What the calls to other services have in common: HTTPS or this machine, no redirects, bounded time and size.

use std::time::Duration;

use dropslip_s3::address::is_loopback_host;
use reqwest::redirect;
use url::Url;

/// A client for one address. A redirect would carry credentials to another host.
pub(crate) fn client(url: &Url, timeout: Duration) -> Result<reqwest::Client, String> {
    // Fails only when a provider is installed already, which then serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .timeout(timeout)
        .connect_timeout(timeout);
    if url.scheme() == "http" {
        // Without TLS no roots are needed, and a small machine may have none.
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(why)
}

/// An address that keys may be fetched from: HTTPS, or HTTP of this machine. Who can change them on the way can sign.
pub(crate) fn safe_url(text: &str) -> Result<Url, String> {
    let url = url(text)?;
    let is_local = url.host_str().is_some_and(is_loopback_host);
    if url.scheme() == "http" && !is_local {
        return Err("must begin with `https://`; `http://` is for this machine alone".to_owned());
    }
    Ok(url)
}

/// An address of HTTP or HTTPS.
pub(crate) fn url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("is no URL: {error}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("has a user or password, which would show in logs".to_owned());
    }
    if url.fragment().is_some() {
        return Err("has a `#`, which is never sent".to_owned());
    }
    match (url.scheme(), url.host_str()) {
        ("https" | "http", Some(_)) => Ok(url),
        _ => Err("must begin with `https://` or `http://`".to_owned()),
    }
}

/// The body, if it is not longer.
pub(crate) async fn body(
    mut answer: reqwest::Response,
    bytes_max: usize,
) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(why)? {
        if body.len() + chunk.len() > bytes_max {
            return Err(format!("the answer is longer than {bytes_max} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// An error with its causes, and without its URL.
pub(crate) fn why(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
