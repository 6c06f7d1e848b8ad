//! What a store is opened with.

use std::path::PathBuf;
use std::time::Duration;

use dropslip_sigv4::Credentials;

use crate::events::Webhook;
use crate::limits::{BODY_IDLE_S, BODY_WINDOW_BYTES_MIN, BODY_WINDOW_S, REFUSED_BODY_S};

/// Whom the store tells why it refused a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Explain {
    /// Peers on this machine, in the answer; everybody's refusals are explained in the log.
    #[default]
    Auto,
    /// Everybody, in the answer.
    Always,
    /// Nobody, and not the log.
    Never,
}

/// An access key and who holds it.
#[derive(Clone, Debug)]
pub struct OwnedKey {
    /// The key with its secret.
    pub credentials: Credentials,
    /// The name of the owner. Keys of one name have one owner, whose buckets and objects
    /// they all are for.
    pub owner: String,
    /// An address by which grants may name the owner.
    pub email: Option<String>,
}

impl From<Credentials> for OwnedKey {
    /// A key whose owner is called as the access key.
    fn from(credentials: Credentials) -> Self {
        Self {
            owner: credentials.access_key().to_owned(),
            credentials,
            email: None,
        }
    }
}

/// How long the store waits for a client that sends a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long nothing at all may come.
    pub silent: Duration,
    /// After how much waiting it is looked at how much has come.
    pub window: Duration,
    /// How much must have come in that, in bytes.
    pub window_bytes_min: u64,
    /// How long the body of a refused request is read on.
    pub refused: Duration,
}

impl Default for Patience {
    /// The limits of [`crate::limits`].
    fn default() -> Self {
        Self {
            silent: Duration::from_secs(BODY_IDLE_S),
            window: Duration::from_secs(BODY_WINDOW_S),
            window_bytes_min: BODY_WINDOW_BYTES_MIN,
            refused: Duration::from_secs(REFUSED_BODY_S),
        }
    }
}

/// The settings of a store.
#[derive(Clone, Debug)]
pub struct Config {
    /// The data folder; made if it is missing. One process uses it at a time.
    pub data: PathBuf,
    /// The region that signatures must name.
    pub region: String,
    /// The access keys. Each may make buckets, and do what the owners of others allow it.
    pub keys: Vec<OwnedKey>,
    /// The names below which a host's first label is a bucket, such as
    /// `localhost` for `uploads.localhost`. Lower case.
    pub domains: Vec<String>,
    /// Whether to answer only requests whose `Host` names this machine. Set with
    /// keys that are known to everybody: a page on the web that points its own
    /// name here could sign with them.
    pub loopback_only: bool,
    /// Who is told why a request was refused.
    pub explain: Explain,
    /// The names of this store with their ports, such as `127.0.0.1:7601`: a signer may
    /// have signed for another one than the request was sent to.
    pub hosts: Vec<String>,
    /// Whether signatures of version 2 are taken as well. They are older and cover less:
    /// neither the host nor most of the query, and a link may hold for years.
    pub allow_sigv2: bool,
    /// The number of this process, told to another one that wants the data folder.
    pub process: Option<u32>,
    /// Whether HTML, SVG and whatever else a browser would run is shown as it is, without a
    /// sandbox and not as a download. Only for a host name that serves nothing else.
    pub serve_active_content: bool,
    /// How slow clients may be.
    pub patience: Patience,
    /// How long a day of lifecycle rules is: 24 hours, and less in tests.
    pub lifecycle_day: Duration,
    /// Where the events of buckets go.
    pub webhooks: Vec<Webhook>,
}

impl Config {
    /// Settings with S3's default region and virtual hosts below `localhost`.
    #[must_use]
    pub fn new(data: impl Into<PathBuf>, credentials: Credentials) -> Self {
        Self {
            data: data.into(),
            region: "us-east-1".to_owned(),
            keys: vec![credentials.into()],
            domains: vec!["localhost".to_owned()],
            loopback_only: false,
            explain: Explain::default(),
            hosts: Vec::new(),
            allow_sigv2: false,
            process: None,
            serve_active_content: false,
            patience: Patience::default(),
            lifecycle_day: Duration::from_secs(24 * 60 * 60),
            webhooks: Vec::new(),
        }
    }
}
