//! Buckets: few, and read on every request, so all of them are kept in memory too.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock};

use dropslip_s3::BucketName;

use super::table::{Table, of_bucket};
use super::tx::{Read, Tx, end_of};
use super::{BucketRecord, IndexError, uploads};
use crate::limits::BUCKETS_MAX;

/// Every bucket, as it is on disk.
#[derive(Debug, Default)]
pub(crate) struct Buckets(RwLock<BTreeMap<String, Arc<BucketRecord>>>);

impl Buckets {
    /// Reads all of them.
    pub(super) fn load(read: &impl Read) -> Result<Self, IndexError> {
        let buckets = Self::default();
        let rows = read.rows(Table::Buckets, (Bound::Unbounded, Bound::Unbounded))?;
        for row in rows {
            let (name, record) = row?;
            // Read strictly here: a store that cannot read a bucket does not start.
            serde_json::from_slice::<BucketRecord>(&record)?;
            buckets.apply(vec![(name, Some(record))]);
        }
        Ok(buckets)
    }

    /// Takes over what was committed.
    pub(super) fn apply(&self, changes: Vec<(Vec<u8>, Option<Vec<u8>>)>) {
        if changes.is_empty() {
            return;
        }
        let mut buckets = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (name, record) in changes {
            let name = String::from_utf8_lossy(&name).into_owned();
            match record.and_then(|record| serde_json::from_slice(&record).ok()) {
                Some(record) => buckets.insert(name, Arc::new(record)),
                None => buckets.remove(&name),
            };
        }
    }

    /// A bucket.
    pub(crate) fn find(&self, bucket: &BucketName) -> Option<Arc<BucketRecord>> {
        let buckets = self.0.read().unwrap_or_else(PoisonError::into_inner);
        buckets.get(bucket.as_str()).cloned()
    }

    /// Every bucket, by name.
    pub(crate) fn all(&self) -> Vec<(String, Arc<BucketRecord>)> {
        let buckets = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let all = buckets.iter();
        all.map(|(name, record)| (name.clone(), Arc::clone(record)))
            .collect()
    }
}

/// Makes a bucket.
pub(crate) fn create(
    tx: &mut Tx<'_>,
    bucket: &BucketName,
    record: &BucketRecord,
) -> Result<(), IndexError> {
    match tx.bucket(bucket) {
        Err(IndexError::NoSuchBucket) => {}
        Ok(existing) => {
            let owner = existing.owner.clone();
            return Err(IndexError::BucketExists { owner });
        }
        Err(error) => return Err(error),
    }
    let all = (Bound::Unbounded, Bound::Unbounded);
    if tx.rows(Table::Buckets, all)?.count() as u64 >= BUCKETS_MAX {
        return Err(IndexError::TooManyBuckets);
    }
    tx.put_record(Table::Buckets, bucket.as_str().as_bytes().to_vec(), record)
}

/// Changes the record of a bucket.
pub(crate) fn update(
    tx: &mut Tx<'_>,
    bucket: &BucketName,
    change: impl FnOnce(&mut BucketRecord),
) -> Result<(), IndexError> {
    let mut record = tx.bucket(bucket)?.as_ref().clone();
    change(&mut record);
    tx.put_record(Table::Buckets, bucket.as_str().as_bytes().to_vec(), &record)
}

/// Removes a bucket that has no object and no version. Uploads under way end with it.
pub(crate) fn delete(tx: &mut Tx<'_>, bucket: &BucketName) -> Result<(), IndexError> {
    tx.bucket(bucket)?;
    let start = of_bucket(bucket);
    let end = end_of(&start);
    for table in [Table::Objects, Table::Versions] {
        let span = (
            Bound::Included(start.as_slice()),
            end.as_ref().map(Vec::as_slice),
        );
        if tx.rows(table, span)?.next().is_some() {
            return Err(IndexError::BucketNotEmpty);
        }
    }
    uploads::abort_all(tx, bucket)?;
    tx.remove(Table::Buckets, bucket.as_str().as_bytes().to_vec());
    Ok(())
}
