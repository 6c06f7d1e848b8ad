//! The few S3 calls that the service and the command line make.
//!
//! Each request is signed in its headers, never follows a redirect (a redirect
//! would carry the signature to another host) and is bounded in time and size.
//! `page` alone signs nothing: it asks what browsers ask.
//! `call` is the way of a request, the other files are one for each family of calls.

mod body;
mod bucket;
mod call;
mod error;
mod multipart;
mod name;
mod object;
mod observe;
mod page;
mod rules;
#[cfg(test)]
mod rules_tests;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use dropslip_sigv4::Signer;
use reqwest::redirect;

pub use body::StreamBody;
pub use error::{ClientError, ClientErrorKind, Refusal};
pub use multipart::{CompletedPart, Completion, Multipart, NewPart};
pub use name::{Names, resolve};
pub use object::{NewObject, ObjectHead, Put, RangeWanted};
pub use observe::{Observe, Outcome};
pub use page::{Page, answered};

pub use crate::xml::{
    CompletedAnswer, FoundLifecycle, ObjectAnswer, ObjectsPage, PartAnswer, UploadAnswer,
    UploadsMarker, UploadsPage,
};

use crate::address::Endpoint;
use crate::limits::CLIENT_CONNECT_TIMEOUT_S;

/// A client of one storage. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    endpoint: Endpoint,
    signer: Arc<Signer>,
    http: reqwest::Client,
    observer: Option<Arc<dyn Observe>>,
}

impl Client {
    /// Makes a client; nothing is sent yet.
    ///
    /// # Errors
    /// When the platform's TLS roots cannot be read.
    pub fn new(endpoint: Endpoint, signer: Arc<Signer>) -> Result<Self, ClientError> {
        Ok(Self {
            http: http(&endpoint)?,
            endpoint,
            signer,
            observer: None,
        })
    }

    /// The same client, which tells somebody of its calls.
    #[must_use]
    pub fn observed_by(self, observer: Arc<dyn Observe>) -> Self {
        Self {
            observer: Some(observer),
            ..self
        }
    }

    fn observe<'a>(
        &self,
        method: &'static str,
        began: Instant,
        answer: Result<&'a reqwest::Response, &'a ClientError>,
    ) {
        if let Some(observer) = &self.observer {
            observer.called(method, began.elapsed(), Outcome::of(answer));
        }
    }
}

/// What sends requests to one storage.
fn http(endpoint: &Endpoint) -> Result<reqwest::Client, ClientError> {
    // Fails only when a provider is installed already, which then serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .dns_resolver(Arc::new(Names))
        .connect_timeout(Duration::from_secs(CLIENT_CONNECT_TIMEOUT_S));
    if !endpoint.is_encrypted() {
        // Without TLS no roots are needed, and a small machine may have none.
        builder = builder.tls_certs_only([]);
    }
    let http = builder.build();
    http.map_err(|error| ClientError::unreachable(&endpoint.origin(), &error))
}
