//! The embedded S3-compatible store.
//!
//! A real, durable server for development, tests and one machine. It speaks the
//! S3 that uploads use, answers errors as S3 does, and says 200 only when bytes
//! and index are on disk. [`Store::router`] is the whole of it: a function that
//! returns the app, with no socket of its own.

mod access;
mod active;
mod auth;
mod background;
mod backup;
mod chunks;
mod clock;
mod conditional;
mod config;
mod console;
mod cors;
mod described;
mod disk;
mod document;
mod error;
mod events;
mod explain;
mod folder;
mod form;
mod grants;
mod host;
mod index;
mod intake;
mod journal;
mod keep_alive;
mod lifecycle;
pub mod limits;
mod open_error;
mod ops;
mod outgo;
mod owners;
mod pace;
mod present;
mod promise;
mod refusal;
mod request;
mod request_id;
mod route;
mod scrub;
mod service;
mod spoken;
mod sweep;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use dropslip_s3::BucketName;
use dropslip_s3::cors::CorsConfiguration;
use dropslip_s3::public_access::PublicAccessBlock;

pub use backup::{BackedUp, backup};
pub use config::{Config, Explain, OwnedKey, Patience};
pub use events::Webhook;
pub use open_error::{OpenError, OpenErrorKind};
pub use scrub::{Damaged, Scrubbed, scrub};

use auth::Keys;
use background::Background;
use console::Console;
use disk::Disk;
use disk::files::Files;
use events::Outbox;
use explain::Explainer;
use folder::Folder;
use index::{BucketRecord, Index, IndexError, Tx, buckets};
use intake::Intakes;
use outgo::Buffers;
use sweep::Sweep;

/// An open store; clones share it. The data folder is free again once the last
/// clone is gone.
#[derive(Clone, Debug)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    data: PathBuf,
    keys: Keys,
    explainer: Explainer,
    region: String,
    domains: Vec<String>,
    loopback_only: bool,
    patience: Patience,
    console: Console,
    serve_active_content: bool,
    /// Before the index, which it holds and which closes last.
    _sweep: Sweep,
    intakes: Intakes,
    buffers: Buffers,
    _lifecycle: Background,
    _delivery: Option<Background>,
    outbox: Arc<Outbox>,
    disk: Disk,
    index: Index,
}

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
        Self::open_with(config, Files::default())
    }

    fn open_with(config: Config, files: Files) -> Result<Self, OpenError> {
        let Folder { disk, index } = folder::open(&config.data, config.process, files)?;
        let explainer = Explainer::new(&config);
        let console = Console::new(&config);
        let outbox = Outbox::new(config.region.clone(), config.webhooks);
        Ok(Self(Arc::new(Inner {
            explainer,
            data: config.data,
            keys: Keys::new(config.keys, config.region.clone(), config.allow_sigv2),
            region: config.region,
            domains: config.domains,
            loopback_only: config.loopback_only,
            patience: config.patience,
            console,
            serve_active_content: config.serve_active_content,
            _sweep: Sweep::start(disk.clone(), index.clone()),
            intakes: Intakes::default(),
            buffers: Buffers::default(),
            _lifecycle: lifecycle::start(index.clone(), Arc::clone(&outbox), config.lifecycle_day),
            _delivery: events::start(index.clone(), Arc::clone(&outbox)),
            outbox,
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
    /// left as it is, but for `cors`, which is set where there are no rules yet. `owner` is
    /// the name of an owner, see [`OwnedKey`].
    ///
    /// # Errors
    /// When the index cannot be written.
    pub async fn ensure_bucket(
        &self,
        bucket: &BucketName,
        owner: &str,
        cors: Option<CorsConfiguration>,
    ) -> Result<(), OpenError> {
        self.ensured(bucket, owner, cors)
            .await
            .map_err(|error| OpenError {
                kind: OpenErrorKind::Index,
                data: self.0.data.clone(),
                why: format!("cannot make the bucket `{bucket}`: {error}"),
            })
    }

    async fn ensured(
        &self,
        bucket: &BucketName,
        owner: &str,
        cors: Option<CorsConfiguration>,
    ) -> Result<(), IndexError> {
        let index = self.index();
        let name = bucket.clone();
        match index.buckets().find(bucket) {
            None => {
                let record = BucketRecord {
                    owner: owner.to_owned(),
                    created_ms: clock::now_ms(),
                    public_access_block: Some(PublicAccessBlock::default()),
                    cors,
                    ..BucketRecord::default()
                };
                index
                    .change(move |tx| buckets::create(tx, &name, &record))
                    .await
            }
            Some(existing) if existing.cors.is_none() && cors.is_some() => {
                index
                    .change(move |tx| buckets::update(tx, &name, |record| record.cors = cors))
                    .await
            }
            Some(_) => Ok(()),
        }
    }

    /// Lets a bucket tell of objects that are made and removed, if there is a webhook for
    /// every ARN and the bucket has no configuration of its own.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub async fn ensure_notifications(&self, bucket: &BucketName) -> Result<(), OpenError> {
        let Some(usual) = self.outbox().usual() else {
            return Ok(());
        };
        let name = bucket.clone();
        let change = move |tx: &mut Tx<'_>| {
            if tx.bucket(&name)?.notification.is_empty() {
                buckets::update(tx, &name, |record| record.notification = usual)?;
            }
            Ok::<_, IndexError>(())
        };
        let changed = self.index().change(change).await;
        changed.map_err(|error| OpenError {
            kind: OpenErrorKind::Index,
            data: self.0.data.clone(),
            why: format!("cannot let the bucket `{bucket}` tell of events: {error}"),
        })
    }

    /// Ends the pages that look on. Called when the server stops, since their answers
    /// have no end.
    pub fn end_watching(&self) {
        self.console().close();
    }

    fn outbox(&self) -> &Arc<Outbox> {
        &self.0.outbox
    }

    fn console(&self) -> &Console {
        &self.0.console
    }

    fn keys(&self) -> &Keys {
        &self.0.keys
    }

    fn explainer(&self) -> &Explainer {
        &self.0.explainer
    }

    fn region(&self) -> &str {
        &self.0.region
    }

    fn domains(&self) -> &[String] {
        &self.0.domains
    }

    fn patience(&self) -> Patience {
        self.0.patience
    }

    fn loopback_only(&self) -> bool {
        self.0.loopback_only
    }

    /// What it takes to take a body in.
    fn intake(&self) -> (&Disk, &Intakes) {
        (&self.0.disk, &self.0.intakes)
    }

    /// What it takes to send bytes.
    fn outgo(&self) -> (&Disk, &Index, &Buffers) {
        (&self.0.disk, &self.0.index, &self.0.buffers)
    }

    fn serve_active_content(&self) -> bool {
        self.0.serve_active_content
    }

    fn index(&self) -> &Index {
        &self.0.index
    }
}
