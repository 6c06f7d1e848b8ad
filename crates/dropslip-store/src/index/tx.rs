//! What a change reads and writes, and what a reader sees.
//!
//! A change is a function over a [`Tx`]. It reads the state before it, may refuse at any
//! point, and what it writes is applied when it has returned `Ok`: nothing is half done.

use std::collections::HashMap;
use std::ops::Bound;
use std::sync::Arc;

use dropslip_s3::BucketName;
use redb::{ReadTransaction, ReadableTable as _};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::table::Table;
use super::{BucketRecord, Buckets, IndexError};
use crate::disk::{DataId, PendingBlob};

type Bytes = &'static [u8];
pub(super) type Opened<'t> = redb::Table<'t, Bytes, Bytes>;

/// Something to read rows from: a snapshot, or the state before a change.
pub(crate) trait Read {
    /// The value of a row.
    fn value(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError>;

    /// The rows between two keys, in order of their keys, from either end.
    fn rows(&self, table: Table, range: Span<'_>) -> Result<Rows<'_>, IndexError>;

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

/// Rows of a table in the order of their keys.
pub(crate) struct Rows<'a>(redb::Range<'a, Bytes, Bytes>);

impl Iterator for Rows<'_> {
    type Item = Result<Row, IndexError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(owned)
    }
}

impl DoubleEndedIterator for Rows<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(owned)
    }
}

type Guards<'a> = (redb::AccessGuard<'a, Bytes>, redb::AccessGuard<'a, Bytes>);

fn owned(row: Result<Guards<'_>, redb::StorageError>) -> Result<Row, IndexError> {
    let (key, value) = row?;
    Ok((key.value().to_vec(), value.value().to_vec()))
}

/// The state at one moment. Later changes do not show in it.
pub(crate) struct Snapshot(pub(super) ReadTransaction);

impl Read for Snapshot {
    fn value(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        let table = self.0.open_table(table.definition())?;
        Ok(table.get(key)?.map(|value| value.value().to_vec()))
    }

    fn rows(&self, table: Table, range: Span<'_>) -> Result<Rows<'_>, IndexError> {
        let table = self.0.open_table(table.definition())?;
        Ok(Rows(table.range::<&[u8]>(range)?))
    }
}

/// A row that is set, or removed where there is no value.
#[derive(Debug)]
pub(super) struct Write {
    pub(super) table: Table,
    pub(super) key: Vec<u8>,
    pub(super) value: Option<Vec<u8>>,
}

/// One change on its way.
pub(crate) struct Tx<'a> {
    pub(super) tables: &'a HashMap<Table, Opened<'a>>,
    pub(super) buckets: &'a Buckets,
    /// Whether changes before this one, in the same commit, touched buckets.
    pub(super) buckets_changed: bool,
    pub(super) sequence: &'a mut u64,
    pub(super) writes: Vec<Write>,
    /// Changes of the numbers of references.
    references: HashMap<DataId, i64>,
    pub(super) keep: Vec<PendingBlob>,
}

/// How many refer to bytes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DataRecord {
    pub(super) references: u32,
}

impl<'a> Tx<'a> {
    pub(super) fn new(
        tables: &'a HashMap<Table, Opened<'a>>,
        (buckets, buckets_changed): (&'a Buckets, bool),
        sequence: &'a mut u64,
    ) -> Self {
        Self {
            tables,
            buckets,
            buckets_changed,
            sequence,
            writes: Vec::new(),
            references: HashMap::new(),
            keep: Vec::new(),
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
        let id = data.0.id();
        self.share(id);
        self.keep.push(data.0);
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

    /// Turns the references into rows; gives what nothing refers to any more.
    pub(super) fn settle(&mut self) -> Result<Vec<DataId>, IndexError> {
        let mut unreferred = Vec::new();
        for (id, change) in std::mem::take(&mut self.references) {
            if change == 0 {
                continue;
            }
            let key = id.0.to_be_bytes().to_vec();
            let before = self.record::<DataRecord>(Table::Data, &key)?;
            let before = before.map_or(0, |record| i64::from(record.references));
            match u32::try_from(before + change) {
                Ok(0) => {
                    self.remove(Table::Data, key);
                    unreferred.push(id);
                }
                Ok(references) => self.put_record(Table::Data, key, &DataRecord { references })?,
                Err(_) => return Err(IndexError::damaged("too few references to bytes")),
            }
        }
        Ok(unreferred)
    }
}

impl Read for Tx<'_> {
    fn value(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        let value = self.tables[&table].get(key)?;
        Ok(value.map(|value| value.value().to_vec()))
    }

    fn rows(&self, table: Table, range: Span<'_>) -> Result<Rows<'_>, IndexError> {
        Ok(Rows(self.tables[&table].range::<&[u8]>(range)?))
    }
}

/// Bytes that have arrived and are on disk, and that nothing refers to yet. Dropped,
/// they are gone.
#[derive(Debug)]
pub(crate) struct NewData(pub(crate) PendingBlob);
