//! The embedded S3-compatible store.
//!
//! A real, durable server for development, tests and one machine. It speaks the
//! S3 that uploads use, answers errors as S3 does, and says 200 only when bytes
//! and index are on disk. [`Store::router`] is the whole of it: a function that
//! returns the app, with no socket of its own.

mod auth;
mod clock;
mod config;
mod cors;
mod disk;
mod document;
mod error;
mod index;
mod intake;
pub mod limits;
mod ops;
mod outgo;
mod promise;
mod refusal;
mod request;
mod route;
mod service;
mod sweep;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use dropslip_s3::BucketName;
use dropslip_s3::cors::CorsConfiguration;

pub use config::Config;

use auth::Keys;
use disk::Disk;
use index::{BucketRecord, Change, Index, IndexError};
use sweep::Sweep;

/// An open store; clones share it. The data folder is free again once the last
/// clone is gone.
#[derive(Clone, Debug)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    keys: Keys,
    region: String,
    domains: Vec<String>,
    /// Before the index, which it holds and which closes last.
    _sweep: Sweep,
    disk: Disk,
    index: Index,
}

/// Why a store does not open, or a bucket cannot be made at start.
#[derive(Debug)]
pub struct OpenError {
    data: PathBuf,
    why: String,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot open the data folder `{}`: {}",
            self.data.display(),
            self.why
        )
    }
}

impl std::error::Error for OpenError {}

impl Store {
    /// Opens a data folder, or makes it.
    ///
    /// Bytes that a crash left behind without an index entry are removed in the
    /// background.
    ///
    /// # Errors
    /// When the folder cannot be written, is in use by another process, or was
    /// written by a newer version.
    pub fn open(config: Config) -> Result<Self, OpenError> {
        let wrong = |why: String| OpenError {
            data: config.data.clone(),
            why,
        };
        let (disk, index_path) = Disk::open(&config.data).map_err(|e| wrong(e.to_string()))?;
        let index = Index::open(&index_path, disk.clone()).map_err(|e| wrong(e.to_string()))?;
        Ok(Self(Arc::new(Inner {
            keys: Keys::new(config.credentials, config.region.clone()),
            region: config.region,
            domains: config.domains,
            _sweep: Sweep::start(disk.clone(), index.clone()),
            disk,
            index,
        })))
    }

    /// The S3 surface. It answers on the raw path, since a signature covers the
    /// path as it was sent.
    pub fn router(&self) -> Router {
        Router::new()
            .fallback(service::handle)
            .with_state(self.clone())
    }

    /// Makes a bucket that the owner wants to find at start. One that exists is
    /// left as it is; `cors` is set on a new one only.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub async fn ensure_bucket(
        &self,
        bucket: &BucketName,
        owner: &str,
        cors: Option<CorsConfiguration>,
    ) -> Result<(), OpenError> {
        let record = BucketRecord {
            owner: owner.to_owned(),
            created_ms: clock::now_ms(),
            acl: Default::default(),
            cors,
        };
        match self
            .0
            .index
            .change(Change::CreateBucket {
                bucket: bucket.clone(),
                record,
            })
            .await
        {
            Ok(()) | Err(IndexError::BucketExists { .. }) => Ok(()),
            Err(error) => Err(OpenError {
                data: PathBuf::from(bucket.as_str()),
                why: format!("cannot make the bucket: {error}"),
            }),
        }
    }

    fn keys(&self) -> &Keys {
        &self.0.keys
    }

    fn region(&self) -> &str {
        &self.0.region
    }

    fn domains(&self) -> &[String] {
        &self.0.domains
    }

    fn disk(&self) -> &Disk {
        &self.0.disk
    }

    fn index(&self) -> &Index {
        &self.0.index
    }
}
