//! What a store is opened with.

use std::path::PathBuf;

use dropslip_sigv4::Credentials;

/// The settings of a store.
#[derive(Clone, Debug)]
pub struct Config {
    /// The data folder; made if it is missing. One process uses it at a time.
    pub data: PathBuf,
    /// The region that signatures must name.
    pub region: String,
    /// The access keys that may do everything. Anonymous requests may read what
    /// is public.
    pub credentials: Vec<Credentials>,
    /// The names below which a host's first label is a bucket, such as
    /// `localhost` for `uploads.localhost`. Lower case.
    pub domains: Vec<String>,
    /// Whether to answer only requests whose `Host` names this machine. Set with
    /// keys that are known to everybody: a page on the web that points its own
    /// name here could sign with them.
    pub loopback_only: bool,
}

impl Config {
    /// Settings with S3's default region and virtual hosts below `localhost`.
    #[must_use]
    pub fn new(data: impl Into<PathBuf>, credentials: Credentials) -> Self {
        Self {
            data: data.into(),
            region: "us-east-1".to_owned(),
            credentials: vec![credentials],
            domains: vec!["localhost".to_owned()],
            loopback_only: false,
        }
    }
}
