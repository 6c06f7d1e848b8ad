//! The rows that the journal has and the database has not yet.
//!
//! A map whose copies share what they have in common: the writer goes on with its own
//! while readers keep the state that they began with.

use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use rpds::RedBlackTreeMapSync;

use super::table::Table;
use super::tx::Span;

/// Rows by table and key; a row without a value is removed.
#[derive(Clone, Default)]
pub(super) struct Memory {
    rows: RedBlackTreeMapSync<Arc<[u8]>, Option<Arc<[u8]>>>,
    /// About as many bytes as the rows take.
    bytes: usize,
}

/// What a row takes beside its bytes.
const ROW_BYTES: usize = 150;

/// A key behind the number of its table.
fn row(table: u8, key: &[u8]) -> Vec<u8> {
    let mut row = Vec::with_capacity(key.len() + 1);
    row.push(table);
    row.extend_from_slice(key);
    row
}

impl Memory {
    /// Sets a row, or removes it where there is no value.
    pub(super) fn set(&mut self, table: u8, key: &[u8], value: Option<&[u8]>) {
        self.bytes += ROW_BYTES + key.len() + value.map_or(0, <[u8]>::len);
        self.rows
            .insert_mut(row(table, key).into(), value.map(Arc::from));
    }

    /// What is known of a row: its value, or that it is removed.
    pub(super) fn value(&self, table: Table, key: &[u8]) -> Option<Option<&[u8]>> {
        if self.rows.is_empty() {
            return None;
        }
        let found = self.rows.get(row(table as u8, key).as_slice())?;
        Some(found.as_deref())
    }

    /// The rows between two keys of a table.
    pub(super) fn range(&self, table: Table, (start, end): Span<'_>) -> Range<'_> {
        let table = table as u8;
        let bound = |bound: Bound<&[u8]>| bound.map(|key| row(table, key));
        let span = Owned(
            match bound(start) {
                Bound::Unbounded => Bound::Included(vec![table]),
                start => start,
            },
            match bound(end) {
                Bound::Unbounded => Bound::Excluded(vec![table + 1]),
                end => end,
            },
        );
        // A range that ends before it starts is empty; the map would panic.
        let is_empty = match (&span.0, &span.1) {
            (Bound::Excluded(start), Bound::Excluded(end)) => start >= end,
            (
                Bound::Included(start) | Bound::Excluded(start),
                Bound::Included(end) | Bound::Excluded(end),
            ) => start > end,
            _ => false,
        };
        Range((!is_empty && !self.rows.is_empty()).then(|| self.rows.range(span)))
    }

    /// Every row of a table, in order: key and value.
    pub(super) fn of(&self, table: Table) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        let all = self.range(table, (Bound::Unbounded, Bound::Unbounded)).0;
        let all = all.into_iter().flatten();
        all.map(|(row, value)| (&row[1..], value.as_deref()))
    }

    pub(super) fn len(&self) -> usize {
        self.rows.size()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// Bounds that a range can keep.
struct Owned(Bound<Vec<u8>>, Bound<Vec<u8>>);

impl RangeBounds<[u8]> for Owned {
    fn start_bound(&self) -> Bound<&[u8]> {
        self.0.as_ref().map(Vec::as_slice)
    }

    fn end_bound(&self) -> Bound<&[u8]> {
        self.1.as_ref().map(Vec::as_slice)
    }
}

type Inner<'a> = rpds::map::red_black_tree_map::RangeIter<
    'a,
    Arc<[u8]>,
    Option<Arc<[u8]>>,
    Owned,
    [u8],
    archery::ArcTK,
>;

/// Rows in order, from either end.
pub(super) struct Range<'a>(Option<Inner<'a>>);

/// A key and its value, or that it is removed.
pub(super) type Known = (Vec<u8>, Option<Vec<u8>>);

fn known((row, value): (&Arc<[u8]>, &Option<Arc<[u8]>>)) -> Known {
    (
        row[1..].to_vec(),
        value.as_ref().map(|value| value.to_vec()),
    )
}

impl Iterator for Range<'_> {
    type Item = Known;

    fn next(&mut self) -> Option<Known> {
        self.0.as_mut()?.next().map(known)
    }
}

impl DoubleEndedIterator for Range<'_> {
    fn next_back(&mut self) -> Option<Known> {
        self.0.as_mut()?.next_back().map(known)
    }
}
