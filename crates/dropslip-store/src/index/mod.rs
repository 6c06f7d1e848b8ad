//! The index: which buckets and objects there are.
//!
//! An embedded ordered database (redb). Readers see a snapshot and never wait.
//! All changes go to one writer thread, which takes what has gathered, applies it
//! in one transaction and commits once: many requests share one fsync, and an
//! answer is given only after it.

mod connection;
mod list;
mod record;
mod writer;

use std::fmt;
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use dropslip_s3::{BucketName, ObjectKey};
use redb::{ReadableTable, TableDefinition};
use tokio::sync::{mpsc, oneshot};

pub(crate) use list::{ListPage, ListQuery};
pub(crate) use record::{BucketRecord, ObjectRecord};
pub(crate) use writer::Change;

use crate::disk::{BlobId, Disk};
use crate::limits::{BUCKETS_MAX, CHANGES_QUEUED_MAX};
use connection::Connection;

/// Raised when the meaning of a table changes.
const FORMAT: u64 = 1;

const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
const BUCKETS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("buckets");
/// Bucket and key; keys as bytes, whose order is the order of a list.
const OBJECTS: TableDefinition<'_, (&str, &[u8]), &[u8]> = TableDefinition::new("objects");
/// Every file that an object refers to, for the sweep.
const BLOBS: TableDefinition<'_, u128, ()> = TableDefinition::new("blobs");

/// A handle on the index; clones share it. The last one that goes waits for the
/// writer, so that the database is closed in order.
#[derive(Clone)]
pub(crate) struct Index(Arc<Inner>);

struct Inner {
    database: Arc<Connection>,
    /// Taken when the index closes: the writer ends with the last sender.
    changes: Option<mpsc::Sender<writer::Job>>,
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

    /// Whether the database itself failed, and not only this change.
    fn is_of_database(&self) -> bool {
        matches!(self, Self::InUse | Self::Full | Self::Broken(_))
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
        let (changes, jobs) = mpsc::channel(CHANGES_QUEUED_MAX);
        let writer = writer::start(Arc::clone(&database), disk, jobs);
        let writer = writer.map_err(|e| IndexError::Broken(e.to_string()))?;
        Ok(Self(Arc::new(Inner {
            database,
            changes: Some(changes),
            writer: Some(writer),
        })))
    }

    /// Makes a change; returns once it is on disk.
    pub(crate) async fn change(&self, change: Change) -> Result<(), IndexError> {
        let (reply, done) = oneshot::channel();
        let gone = || IndexError::Broken("the writer of the index has stopped".to_owned());
        self.0
            .changes
            .as_ref()
            .ok_or_else(gone)?
            .send(writer::Job { change, reply })
            .await
            .map_err(|_| gone())?;
        done.await.map_err(|_| gone())?
    }

    /// The record of a bucket.
    pub(crate) fn bucket(&self, bucket: &BucketName) -> Result<Option<BucketRecord>, IndexError> {
        let table = self.0.database.read()?.open_table(BUCKETS)?;
        let found = table.get(bucket.as_str())?;
        found
            .map(|record| Ok(serde_json::from_slice(record.value())?))
            .transpose()
    }

    /// Every bucket, by name.
    pub(crate) fn buckets(&self) -> Result<Vec<(String, BucketRecord)>, IndexError> {
        let table = self.0.database.read()?.open_table(BUCKETS)?;
        let mut buckets = Vec::new();
        for entry in table.iter()? {
            let (name, record) = entry?;
            buckets.push((
                name.value().to_owned(),
                serde_json::from_slice(record.value())?,
            ));
        }
        Ok(buckets)
    }

    /// The record of an object.
    pub(crate) fn object(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
    ) -> Result<Option<ObjectRecord>, IndexError> {
        let table = self.0.database.read()?.open_table(OBJECTS)?;
        let found = table.get((bucket.as_str(), key.as_str().as_bytes()))?;
        found
            .map(|record| Ok(serde_json::from_slice(record.value())?))
            .transpose()
    }

    /// One page of a bucket's objects.
    pub(crate) fn list(
        &self,
        bucket: &BucketName,
        query: &ListQuery,
    ) -> Result<ListPage, IndexError> {
        let table = self.0.database.read()?.open_table(OBJECTS)?;
        list::page(
            &BucketKeys {
                table: &table,
                bucket: bucket.as_str(),
            },
            query,
        )
    }

    /// Whether an object refers to a file.
    pub(crate) fn refers_to(&self, id: BlobId) -> Result<bool, IndexError> {
        let table = self.0.database.read()?.open_table(BLOBS)?;
        Ok(table.get(id.0)?.is_some())
    }
}

/// The keys of one bucket within the table of all objects.
struct BucketKeys<'a, T> {
    table: &'a T,
    bucket: &'a str,
}

impl<T: ReadableTable<(&'static str, &'static [u8]), &'static [u8]>> list::Seek
    for BucketKeys<'_, T>
{
    fn seek(&self, from: Bound<&[u8]>) -> Result<Option<list::Entry>, IndexError> {
        let start = from.map(|key| (self.bucket, key));
        let Some(entry) = self
            .table
            .range::<(&str, &[u8])>((start, Bound::Unbounded))?
            .next()
        else {
            return Ok(None);
        };
        let (key, record) = entry?;
        let (bucket, key) = key.value();
        Ok((bucket == self.bucket).then(|| list::Entry {
            key: key.to_vec(),
            record: record.value().to_vec(),
        }))
    }
}
