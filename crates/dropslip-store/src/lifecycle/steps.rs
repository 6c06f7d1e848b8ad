//! Rows of one bucket, a bounded step at a time.

use std::ops::Bound;

use dropslip_s3::{BucketName, ObjectKey};

use crate::index::{Index, IndexError, Read as _, Row, Table, of_bucket, split_ended};
use crate::limits::LIFECYCLE_STEP_ROWS;

/// The rows of a bucket in a table whose keys begin with a prefix.
#[derive(Debug)]
pub(super) struct Steps {
    table: Table,
    bucket_len: usize,
    /// The first row that is not read yet.
    from: Option<Vec<u8>>,
    /// What all rows begin with.
    start: Vec<u8>,
}

impl Steps {
    /// `prefix` is written as keys are in that table.
    pub(super) fn new(table: Table, bucket: &BucketName, prefix: &[u8]) -> Self {
        let bucket = of_bucket(bucket);
        let start = [bucket.as_slice(), prefix].concat();
        Self {
            table,
            bucket_len: bucket.len(),
            from: Some(start.clone()),
            start,
        }
    }

    /// The next rows, with the bucket taken off their keys; none at the end.
    pub(super) fn next(&mut self, index: &Index) -> Result<Vec<Row>, IndexError> {
        let Some(from) = self.from.take() else {
            return Ok(Vec::new());
        };
        let snapshot = index.snapshot()?;
        let span = (Bound::Included(from.as_slice()), Bound::Unbounded);
        let mut rows = Vec::new();
        for row in snapshot.rows(self.table, span)?.take(LIFECYCLE_STEP_ROWS) {
            let (key, value) = row?;
            if !key.starts_with(&self.start) {
                return Ok(rows);
            }
            rows.push((key[self.bucket_len..].to_vec(), value));
            if rows.len() == LIFECYCLE_STEP_ROWS {
                // The least key behind it.
                self.from = Some([key.as_slice(), b"\0"].concat());
            }
        }
        Ok(rows)
    }

    /// Whether all rows were read.
    pub(super) fn is_at_end(&self) -> bool {
        self.from.is_none()
    }

    /// Begins again behind all rows of a key whose rows end with something of their own.
    pub(super) fn skip_ended(&mut self, bucket: &BucketName, key: &ObjectKey) {
        let mut behind = crate::index::of_key_ended(bucket, key);
        // The end of a key is NUL 01; nothing but longer keys lies between it and NUL 02.
        if let Some(last) = behind.last_mut() {
            *last += 1;
        }
        self.from = Some(behind);
    }
}

/// The key of a row that has something behind it.
pub(super) fn key_of_ended(row: &[u8]) -> Option<ObjectKey> {
    let (key, _) = split_ended(row)?;
    ObjectKey::parse(std::str::from_utf8(&key).ok()?).ok()
}

/// The key of a row that has nothing behind it.
pub(super) fn key_of(row: &[u8]) -> Option<ObjectKey> {
    ObjectKey::parse(std::str::from_utf8(row).ok()?).ok()
}
