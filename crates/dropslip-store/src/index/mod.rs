//! The index: which buckets and objects there are.
//!
//! A change is a function, run by the one writer thread: it sees the state before it, and
//! may refuse. The writer makes the changes that have gathered, writes them to the journal
//! with one sync, and answers: many requests share one sync. New rows are kept in memory
//! until a checkpoint takes them over into an embedded ordered database (redb), beside the
//! serving of requests; after a crash they are read back from the journal. Readers see a
//! snapshot of both and never wait. What changes mean is in `buckets`, `objects` and the
//! files beside them.

mod base;
pub(crate) mod buckets;
mod checkpoint;
mod compact;
mod data;
pub(crate) mod list;
pub(crate) mod list_versions;
pub(crate) mod manifest;
mod memory;
pub(crate) mod objects;
#[cfg(test)]
mod open_tests;
mod progress;
mod record;
mod rows;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod tx;
pub(crate) mod uploads;
pub(crate) mod uploads_list;
mod writer;

use std::cell::RefCell;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

pub(crate) use buckets::Buckets;
pub(crate) use data::{DataRecord, Place};
pub(crate) use list::{ListPage, ListQuery};
pub(crate) use record::{
    BucketRecord, Content, DeleteMarker, ManifestId, ObjectRecord, Version, VersionId, Versioning,
};
pub(crate) use state::Snapshot;
pub(crate) use table::{Table, of_bucket, of_key_ended, push_escaped, split_ended, split_row};
pub(crate) use tx::{NewData, Read, Row, Tx};

use crate::disk::{DataId, Disk};
pub(crate) use crate::journal::is_full;
use crate::journal::{Entry, Journal};
use crate::limits::{BUCKETS_MAX, CHANGES_QUEUED_MAX};
use base::Store;
use checkpoint::Checkpoints;
use memory::Memory;
use progress::Progress;
use state::State;
use writer::{Message, Waiting, Writer};

/// The name of the database's file within the data folder.
pub(crate) const INDEX_FILE: &str = "index.redb";

/// Raised when the meaning of a table changes.
const FORMAT: u64 = 3;

/// A handle on the index; clones share it. The last one that goes waits for the
/// writer, so that the database is closed in order.
#[derive(Clone)]
pub(crate) struct Index(Arc<Inner>);

struct Inner {
    state: Arc<State>,
    buckets: Arc<Buckets>,
    /// Taken when the index closes: the writer ends with the last sender.
    writer: Option<mpsc::Sender<Message>>,
    /// The writer, and the checkpoints, which end after it.
    threads: Vec<JoinHandle<()>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.writer = None;
        for thread in self.threads.drain(..) {
            // One that panicked has said so already.
            let _ = thread.join();
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
    /// The disk has no room for the change.
    Full,
    /// The database cannot take over what the journal has, and the memory for it is used up.
    Behind,
    /// The database failed, or holds what this version cannot read.
    Broken(String),
}

impl IndexError {
    pub(crate) fn damaged(what: &str) -> Self {
        Self::Broken(format!("the index holds {what}"))
    }
}

impl fmt::Display for IndexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchBucket => f.write_str("no such bucket"),
            Self::BucketExists { owner } => write!(f, "the bucket exists and belongs to `{owner}`"),
            Self::BucketNotEmpty => f.write_str("the bucket is not empty"),
            Self::TooManyBuckets => write!(f, "there are {BUCKETS_MAX} buckets already"),
            Self::Full => f.write_str("the disk is full"),
            Self::Behind => f.write_str("the index cannot take over what the journal has"),
            Self::Broken(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for IndexError {}

impl From<redb::Error> for IndexError {
    fn from(error: redb::Error) -> Self {
        match &error {
            redb::Error::Io(io) if is_full(io) => Self::Full,
            _ => Self::Broken(error.to_string()),
        }
    }
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

impl From<io::Error> for IndexError {
    fn from(error: io::Error) -> Self {
        redb::Error::Io(error).into()
    }
}

impl From<serde_json::Error> for IndexError {
    fn from(error: serde_json::Error) -> Self {
        Self::damaged(&format!("an unreadable record: {error}"))
    }
}

impl Index {
    /// Opens or makes the database, reads what the journal has beyond it, and starts the
    /// writer.
    pub(crate) fn open(path: &Path, disk: Disk) -> Result<Self, IndexError> {
        let mut store = Store::open(path, disk.files().clone())?;
        let applied = store.applied()?;
        let mut rows = Memory::default();
        let (mut sequence, mut gathered) = (applied.sequence, 0);
        let journal = Journal::open(
            disk.files().clone(),
            disk.journal(),
            applied.journal,
            |found| {
                sequence = sequence.max(found.sequence);
                gathered += found.len;
                for entry in found.entries {
                    if let Entry::Row { table, key, value } = entry {
                        rows.set(table, key, value);
                    }
                }
                Ok::<_, IndexError>(())
            },
        )?;
        let state = Arc::new(State::new(rows, store.base()?));
        let buckets = Arc::new(Buckets::load(&state.snapshot())?);
        let (messages, to_writer) = mpsc::channel(CHANGES_QUEUED_MAX);
        let (frozen, to_checkpoints) = std::sync::mpsc::channel();
        let progress = Arc::new(Progress::default());
        let checkpoints = Checkpoints {
            state: Arc::clone(&state),
            progress: Arc::clone(&progress),
            store: Arc::new(Mutex::new(store)),
            disk: disk.clone(),
            writer: messages.downgrade(),
            stuck: RefCell::default(),
        };
        let writer = Writer {
            state: Arc::clone(&state),
            journal,
            disk,
            buckets: Arc::clone(&buckets),
            sequence,
            gathered,
            checkpoints: frozen,
            progress,
        };
        let threads = vec![writer.start(to_writer)?, checkpoints.start(to_checkpoints)?];
        Ok(Self(Arc::new(Inner {
            state,
            buckets,
            writer: Some(messages),
            threads,
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
        let job = Message::Job(Box::new(Waiting::new(change, reply)));
        self.0
            .writer
            .as_ref()
            .ok_or_else(gone)?
            .send(job)
            .await
            .map_err(|_| gone())?;
        done.await.map_err(|_| gone())?
    }

    /// The present state, to read from.
    pub(crate) fn snapshot(&self) -> Result<Snapshot, IndexError> {
        Ok(self.0.state.snapshot())
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
        Ok(self.snapshot()?.data(id)?.is_some())
    }
}
