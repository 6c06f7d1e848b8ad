//! One storage, ready: it signs for browsers, and has a client for what the service asks itself.

use std::sync::Arc;

use dropslip_s3::client::{Client, ClientError, ClientErrorKind};
use dropslip_s3::{BucketName, Endpoint, ObjectKey};
use dropslip_sigv4::Signer;

use crate::config::ConfigError;
use crate::metrics::Metrics;
use crate::problem::{Code, Problem};
use crate::profile::Profile;
use crate::request_id::current;
use crate::settings::StorageSettings;

/// A storage.
#[derive(Debug)]
pub(crate) struct Storage {
    settings: StorageSettings,
    signer: Arc<Signer>,
    client: Client,
}

impl Storage {
    pub(crate) fn new(settings: &StorageSettings) -> Result<Self, ConfigError> {
        let credentials = settings.keys.credentials();
        let signer = Arc::new(Signer::new(credentials, &settings.region, "s3"));
        let client =
            Client::new(settings.endpoint.clone(), Arc::clone(&signer)).map_err(|error| {
                ConfigError::storage(
                    &settings.name,
                    "endpoint",
                    format!("cannot be used: {error}"),
                )
            })?;
        Ok(Self {
            settings: settings.clone(),
            signer,
            client,
        })
    }

    /// The same storage, whose calls are counted.
    pub(crate) fn counted_in(mut self, metrics: &Metrics) -> Self {
        let observer = Arc::new(metrics.of_storage(self.name()));
        self.client = self.client.observed_by(observer);
        self
    }

    /// The name by which presets and tokens know it.
    pub(crate) fn name(&self) -> &str {
        &self.settings.name
    }

    /// What it takes.
    pub(crate) fn profile(&self) -> &Profile {
        &self.settings.profile
    }

    /// Where browsers reach it: the host that is signed.
    pub(crate) fn public(&self) -> &Endpoint {
        &self.settings.public_endpoint
    }

    /// Signs for browsers.
    pub(crate) fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Asks it, from where the service is.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// What the storage's refusal means for the caller. S3's own message stays in the log: it may name the account.
    pub(crate) fn problem(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        error: &ClientError,
    ) -> Problem {
        tracing::warn!(request = %current(), %error, storage = self.name(), %bucket, %key, "the storage did not do as asked");
        let origin = self.settings.endpoint.origin();
        match error.kind() {
            ClientErrorKind::Unreachable => Problem::new(
                Code::StorageUnreachable,
                format!("no answer from the storage at `{origin}`"),
            ),
            ClientErrorKind::Refused { status, code } => {
                let code = code
                    .as_deref()
                    .map(|code| format!(" with the code `{code}`"))
                    .unwrap_or_default();
                let detail = format!("the storage at `{origin}` answered {status}{code}");
                let hint = format!(
                    "Check the service's credentials, that they may read and delete in the bucket `{bucket}`, and that \
                     `storage.region` is the bucket's."
                );
                Problem::new(Code::StorageRefused, detail).with_hint(hint)
            }
            ClientErrorKind::Unreadable => {
                let detail =
                    format!("the storage at `{origin}` gave an answer that S3 does not give");
                let hint = "The service's log shows what it was; check that `storage.endpoint` is an S3 endpoint.";
                Problem::new(Code::StorageRefused, detail).with_hint(hint.to_owned())
            }
            _ => Problem::internal(error),
        }
    }
}
