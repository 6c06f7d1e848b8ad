//! The index: which buckets and objects there are.
//!
//! An embedded ordered database (redb). Readers see a snapshot and never wait.
//! A change is a function, run by the one writer thread: it sees the state before it, and
//! may refuse. The writer takes the changes that have gathered, makes them in one
//! transaction and commits once: many requests share one fsync, and an answer is given
//! only after it. What changes mean is in `buckets`, `objects` and the files beside them.

pub(crate) mod buckets;
mod connection;
mod list;
pub(crate) mod manifest;
pub(crate) mod objects;
mod record;
mod table;
mod tx;
pub(crate) mod uploads;
pub(crate) mod uploads_list;
mod writer;

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use redb::TableDefinition;
use tokio::sync::{mpsc, oneshot};

pub(crate) use buckets::Buckets;
pub(crate) use list::{ListPage, ListQuery};
pub(crate) use record::{
    BucketRecord, Content, DeleteMarker, ManifestId, ObjectRecord, Version, VersionId, Versioning,
};
pub(crate) use table::Table;
pub(crate) use tx::{NewData, Read, Snapshot, Tx};

use crate::disk::{DataId, Disk};
use crate::limits::{BUCKETS_MAX, CHANGES_QUEUED_MAX};
use connection::Connection;
use writer::{Job, Waiting, Writer};

/// Raised when the meaning of a table changes.
const FORMAT: u64 = 2;

const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");

/// A handle on the index; clones share it. The last one that goes waits for the
/// writer, so that the database is closed in order.
#[derive(Clone)]
pub(crate) struct Index(Arc<Inner>);

struct Inner {
    database: Arc<Connection>,
    buckets: Arc<Buckets>,
    /// Taken when the index closes: the writer ends with the last sender.
    changes: Option<mpsc::Sender<Box<dyn Job>>>,
    writer: Option<JoinHandle<()>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.changes = None;
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has said so already.
            let _ = writer.join();
        }
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index").finish_non_exhaustive()
    }
}

/// How a question to the index, or a change, fails.
#[derive(Clone, Debug)]
pub(crate) enum IndexError {
    NoSuchBucket,
    BucketExists {
        owner: String,
    },
    BucketNotEmpty,
    TooManyBuckets,
    /// Another process has the database open.
    InUse,
    /// The disk has no room for the change.
    Full,
    /// The database failed, or holds what this version cannot read.
    Broken(String),
}

impl IndexError {
    fn damaged(what: &str) -> Self {
        Self::Broken(format!("the index holds {what}"))
    }

    /// Whether another process has the database open.
    pub(crate) fn is_in_use(&self) -> bool {
        matches!(self, Self::InUse)
    }
}

impl fmt::Display for IndexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchBucket => f.write_str("no such bucket"),
            Self::BucketExists { owner } => write!(f, "the bucket exists and belongs to `{owner}`"),
            Self::BucketNotEmpty => f.write_str("the bucket is not empty"),
            Self::TooManyBuckets => write!(f, "there are {BUCKETS_MAX} buckets already"),
            Self::InUse => f.write_str("another process uses it"),
            Self::Full => f.write_str("the disk is full"),
            Self::Broken(why) => f.write_str(why),
        }
    }
}

impl From<redb::Error> for IndexError {
    fn from(error: redb::Error) -> Self {
        match &error {
            redb::Error::DatabaseAlreadyOpen => Self::InUse,
            redb::Error::Io(io) if is_full(io) => Self::Full,
            _ => Self::Broken(error.to_string()),
        }
    }
}

/// Whether an error says that the disk has no room.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

macro_rules! from_each {
    ($($error:ty),*) => {$(
        impl From<$error> for IndexError {
            fn from(error: $error) -> Self {
                redb::Error::from(error).into()
            }
        }
    )*};
}

from_each!(
    redb::CommitError,
    redb::DatabaseError,
    redb::StorageError,
    redb::TableError,
    redb::TransactionError
);

impl From<serde_json::Error> for IndexError {
    fn from(error: serde_json::Error) -> Self {
        Self::damaged(&format!("an unreadable record: {error}"))
    }
}

impl Index {
    /// Opens or makes the database and starts its writer.
    pub(crate) fn open(path: &Path, disk: Disk) -> Result<Self, IndexError> {
        let database = Arc::new(Connection::open(path)?);
        let buckets = Arc::new(Buckets::load(&Snapshot(database.read()?))?);
        let (changes, jobs) = mpsc::channel(CHANGES_QUEUED_MAX);
        let writer = Writer {
            database: Arc::clone(&database),
            disk,
            buckets: Arc::clone(&buckets),
        };
        let writer = writer
            .start(jobs)
            .map_err(|e| IndexError::Broken(e.to_string()))?;
        Ok(Self(Arc::new(Inner {
            database,
            buckets,
            changes: Some(changes),
            writer: Some(writer),
        })))
    }

    /// Makes a change; returns once it is on disk. The function runs beside no other
    /// change, on the writer's thread: it decides, and waits for nothing.
    pub(crate) async fn change<F, T, E>(&self, change: F) -> Result<T, E>
    where
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<IndexError> + Send + 'static,
    {
        let (reply, done) = oneshot::channel();
        let gone = || IndexError::Broken("the writer of the index has stopped".to_owned());
        let job = Waiting {
            change: Some(change),
            outcome: None,
            reply,
        };
        self.0
            .changes
            .as_ref()
            .ok_or_else(gone)?
            .send(Box::new(job))
            .await
            .map_err(|_| gone())?;
        done.await.map_err(|_| gone())?
    }

    /// The present state, to read from.
    pub(crate) fn snapshot(&self) -> Result<Snapshot, IndexError> {
        Ok(Snapshot(self.0.database.read()?))
    }

    /// Every bucket.
    pub(crate) fn buckets(&self) -> &Buckets {
        &self.0.buckets
    }

    /// One page of a bucket's objects.
    pub(crate) fn list(
        &self,
        bucket: &dropslip_s3::BucketName,
        query: &ListQuery,
    ) -> Result<ListPage, IndexError> {
        list::page(&self.snapshot()?, bucket, query)
    }

    /// Whether something refers to bytes.
    pub(crate) fn refers_to(&self, id: DataId) -> Result<bool, IndexError> {
        let row = id.0.to_be_bytes();
        Ok(self.snapshot()?.value(Table::Data, &row)?.is_some())
    }
}
