//! Presigned URLs from addresses: what the service hands out and what the command line prints.

use dropslip_sigv4::{Error, Path, Signer, Slip, Timestamp};

use crate::address::Target;

/// One request to be made later by somebody who has no key.
#[derive(Clone, Copy, Debug)]
pub struct Presign<'a> {
    /// `PUT`, `GET`, `HEAD` or `DELETE`.
    pub method: &'a str,
    /// The object.
    pub target: &'a Target,
    /// Headers that must be sent exactly so; `host` is added by itself.
    pub headers: &'a [(&'a str, &'a str)],
    /// How long the URL may be used, in seconds: 1 to 604,800.
    pub expires_s: u32,
}

/// Signs a request into its URL's query.
///
/// # Errors
/// When the expiry is out of range, or the signer refuses a header.
pub fn presign(signer: &Signer, request: &Presign<'_>, now: Timestamp) -> Result<String, Error> {
    presign_query(signer, request, "", now)
}

/// The same with parameters of the request itself, percent-encoded and without the `?`, such as
/// `response-content-disposition=attachment`.
///
/// # Errors
/// As [`presign`].
pub fn presign_query(
    signer: &Signer,
    request: &Presign<'_>,
    query: &str,
    now: Timestamp,
) -> Result<String, Error> {
    let slip = Slip {
        method: request.method,
        scheme: &request.target.scheme,
        host: &request.target.host,
        path: Path::Wire(&request.target.path),
        query,
        headers: request.headers,
        expires_s: request.expires_s,
    };
    signer.presign_url(&slip, now)
}
