//! What a change reads and writes, and what a reader sees.
//!
//! A change is a function over a [`Tx`]. It reads the state before it, may refuse at any
//! point, and what it writes is applied when it has returned `Ok`: nothing is half done.

use std::collections::HashMap;
use std::ops::Bound;
use std::sync::Arc;

use dropslip_s3::BucketName;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::data::{DataRecord, Place};
use super::rows::Rows;
use super::state::Snapshot;
use super::table::Table;
use super::{BucketRecord, Buckets, IndexError};
use crate::disk::{DataId, PendingBlob};
use crate::journal::{Batch, Kept};

/// Something to read rows from: a snapshot, or the state before a change.
pub(crate) trait Read {
    /// The value of a row.
    fn value(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError>;

    /// The rows between two keys, in order of their keys, from either end.
    fn rows(&self, table: Table, range: Span<'_>) -> Result<Rows<'_>, IndexError>;

    /// What is known of bytes.
    fn data(&self, id: DataId) -> Result<Option<DataRecord>, IndexError> {
        let record = self.value(Table::Data, &id.0.to_be_bytes())?;
        record.map(|record| DataRecord::read(&record)).transpose()
    }

    /// The value of a row, read as a record.
    fn record<T: DeserializeOwned>(
        &self,
        table: Table,
        key: &[u8],
    ) -> Result<Option<T>, IndexError> {
        let value = self.value(table, key)?;
        value
            .map(|value| Ok(serde_json::from_slice(&value)?))
            .transpose()
    }
}

/// From where to where.
pub(crate) type Span<'a> = (Bound<&'a [u8]>, Bound<&'a [u8]>);

/// Rows with the same beginning of their keys; `after` may begin behind one of them.
/// The second bound is the first place that is greater than all of them.
pub(crate) fn end_of(prefix: &[u8]) -> Bound<Vec<u8>> {
    let last = prefix.iter().rposition(|&byte| byte != 0xff);
    match last {
        Some(at) => {
            let mut end = prefix[..=at].to_vec();
            end[at] += 1;
            Bound::Excluded(end)
        }
        None => Bound::Unbounded,
    }
}

/// A row: key and value.
pub(crate) type Row = (Vec<u8>, Vec<u8>);

/// A row that is set, or removed where there is no value.
#[derive(Debug)]
pub(super) struct Write {
    pub(super) table: Table,
    pub(super) key: Vec<u8>,
    pub(super) value: Option<Vec<u8>>,
}

/// One change on its way.
pub(crate) struct Tx<'a> {
    state: &'a Snapshot,
    buckets: &'a Buckets,
    /// Whether changes before this one, in the same commit, touched buckets.
    buckets_changed: bool,
    sequence: &'a mut u64,
    writes: Vec<Write>,
    /// Changes of the numbers of references.
    references: HashMap<DataId, i64>,
    /// Bytes that are new.
    stored: Vec<(DataId, Form)>,
    /// Bytes of the journal that are written there anew.
    moved: Vec<(DataId, Vec<u8>)>,
}

/// What is left to do of a change that agreed.
pub(super) struct Settled {
    pub(super) writes: Vec<Write>,
    /// Blobs that something refers to now.
    pub(super) keep: Vec<PendingBlob>,
    /// Blobs that nothing refers to any more.
    pub(super) unreferred: Vec<DataId>,
}

impl<'a> Tx<'a> {
    pub(super) fn new(
        state: &'a Snapshot,
        (buckets, buckets_changed): (&'a Buckets, bool),
        sequence: &'a mut u64,
    ) -> Self {
        Self {
            state,
            buckets,
            buckets_changed,
            sequence,
            writes: Vec::new(),
            references: HashMap::new(),
            stored: Vec::new(),
            moved: Vec::new(),
        }
    }

    /// A number that is greater than that of every change before.
    pub(crate) fn next_sequence(&mut self) -> u64 {
        *self.sequence += 1;
        *self.sequence
    }

    /// The bucket, which must be there.
    pub(crate) fn bucket(&self, bucket: &BucketName) -> Result<Arc<BucketRecord>, IndexError> {
        let found = if self.buckets_changed {
            let record = self.record(Table::Buckets, bucket.as_str().as_bytes())?;
            record.map(Arc::new)
        } else {
            self.buckets.find(bucket)
        };
        found.ok_or(IndexError::NoSuchBucket)
    }

    /// Sets a row.
    pub(crate) fn put(&mut self, table: Table, key: Vec<u8>, value: Vec<u8>) {
        let value = Some(value);
        self.writes.push(Write { table, key, value });
    }

    /// Sets a row to a record.
    pub(crate) fn put_record(
        &mut self,
        table: Table,
        key: Vec<u8>,
        record: &impl Serialize,
    ) -> Result<(), IndexError> {
        self.put(table, key, serde_json::to_vec(record)?);
        Ok(())
    }

    /// Removes a row.
    pub(crate) fn remove(&mut self, table: Table, key: Vec<u8>) {
        let value = None;
        self.writes.push(Write { table, key, value });
    }

    /// Takes bytes into the store, with one reference: they stay if the change does.
    pub(crate) fn store(&mut self, data: NewData) -> DataId {
        let id = match &data.0 {
            Form::Blob(blob) => blob.id(),
            // Numbers that only grow, so that their rows stand together where they are new.
            Form::Small(_) => DataId(u128::from(self.next_sequence())),
        };
        self.share(id);
        self.stored.push((id, data.0));
        id
    }

    /// One more refers to bytes.
    pub(crate) fn share(&mut self, id: DataId) {
        *self.references.entry(id).or_default() += 1;
    }

    /// One less refers to bytes; without any they are removed after the commit.
    pub(crate) fn release(&mut self, id: DataId) {
        *self.references.entry(id).or_default() -= 1;
    }

    /// Writes bytes of the journal anew, if they are still where they were.
    pub(super) fn move_data(
        &mut self,
        id: DataId,
        from: Kept,
        bytes: Vec<u8>,
    ) -> Result<(), IndexError> {
        if self
            .data(id)?
            .is_some_and(|record| record.place == Place::Journal(from))
        {
            self.moved.push((id, bytes));
        }
        Ok(())
    }

    /// Turns bytes and references into rows.
    pub(super) fn settle(mut self, batch: &mut Batch) -> Result<Settled, IndexError> {
        let mut keep = Vec::new();
        let mut unreferred = Vec::new();
        for (id, form) in std::mem::take(&mut self.stored) {
            let references = self.references.remove(&id).unwrap_or_default();
            let Ok(references) = u32::try_from(references) else {
                return Err(IndexError::damaged("too few references to bytes"));
            };
            if references == 0 {
                continue;
            }
            let place = match form {
                Form::Small(bytes) => Place::Journal(batch.data(id, &bytes)),
                Form::Blob(blob) => {
                    let len = blob.len();
                    keep.push(*blob);
                    Place::Blob { len }
                }
            };
            self.put_data(id, DataRecord { references, place });
        }
        for (id, change) in std::mem::take(&mut self.references) {
            if change == 0 {
                continue;
            }
            let before = self.data(id)?;
            let before = before.ok_or_else(|| IndexError::damaged("no record of bytes"))?;
            match u32::try_from(i64::from(before.references) + change) {
                Ok(0) => {
                    self.remove(Table::Data, id.0.to_be_bytes().to_vec());
                    if let Place::Blob { .. } = before.place {
                        unreferred.push(id);
                    }
                }
                Ok(references) => self.put_data(
                    id,
                    DataRecord {
                        references,
                        ..before
                    },
                ),
                Err(_) => return Err(IndexError::damaged("too few references to bytes")),
            }
        }
        // Changes that move bytes change no references.
        for (id, bytes) in std::mem::take(&mut self.moved) {
            if let Some(record) = self.data(id)? {
                let place = Place::Journal(batch.data(id, &bytes));
                self.put_data(id, DataRecord { place, ..record });
            }
        }
        Ok(Settled {
            writes: self.writes,
            keep,
            unreferred,
        })
    }

    fn put_data(&mut self, id: DataId, record: DataRecord) {
        self.put(Table::Data, id.0.to_be_bytes().to_vec(), record.bytes());
    }
}

impl Read for Tx<'_> {
    fn value(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        self.state.value(table, key)
    }

    fn rows(&self, table: Table, range: Span<'_>) -> Result<Rows<'_>, IndexError> {
        self.state.rows(table, range)
    }
}

/// Bytes that have arrived, and that nothing refers to yet. Dropped, they are gone.
#[derive(Debug)]
pub(crate) struct NewData(Form);

#[derive(Debug)]
enum Form {
    /// To be written with the change.
    Small(Vec<u8>),
    /// On disk.
    Blob(Box<PendingBlob>),
}

impl NewData {
    /// Bytes that are written to the journal with the change that stores them.
    pub(crate) fn small(bytes: Vec<u8>) -> Self {
        Self(Form::Small(bytes))
    }

    /// Bytes that are in a file, which is synced.
    pub(crate) fn blob(blob: Box<PendingBlob>) -> Self {
        Self(Form::Blob(blob))
    }
}
