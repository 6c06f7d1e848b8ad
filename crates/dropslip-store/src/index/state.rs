//! The present state of the index, which readers take a copy of in a moment.

use std::sync::{Arc, PoisonError, RwLock};

use super::IndexError;
use super::base::{Applied, Base};
use super::memory::Memory;
use super::rows::Rows;
use super::table::Table;
use super::tx::{Read, Span};

/// Rows that a checkpoint is taking over.
pub(super) struct Frozen {
    pub(super) rows: Memory,
    pub(super) applied: Applied,
}

/// The state at one moment. Later changes do not show in it.
#[derive(Clone)]
pub(crate) struct Snapshot {
    /// The newest rows.
    pub(super) active: Memory,
    /// Those that a checkpoint is taking over.
    pub(super) frozen: Option<Arc<Frozen>>,
    /// All others.
    pub(super) base: Arc<Base>,
}

impl Read for Snapshot {
    fn value(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        let frozen = || self.frozen.as_ref()?.rows.value(table, key);
        match self.active.value(table, key).or_else(frozen) {
            Some(value) => Ok(value.map(<[u8]>::to_vec)),
            None => self.base.value(table, key),
        }
    }

    fn rows(&self, table: Table, range: Span<'_>) -> Result<Rows<'_>, IndexError> {
        let frozen = self.frozen.as_ref();
        Ok(Rows::new(
            self.active.range(table, range),
            frozen.map(|frozen| frozen.rows.range(table, range)),
            self.base.range(table, range)?,
        ))
    }
}

/// What is published: all of it is on disk, in the journal or in the database.
pub(super) struct State(RwLock<Snapshot>);

impl State {
    pub(super) fn new(active: Memory, base: Base) -> Self {
        Self(RwLock::new(Snapshot {
            active,
            frozen: None,
            base: Arc::new(base),
        }))
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// How many rows wait for a checkpoint.
    pub(super) fn active_rows(&self) -> usize {
        let state = self.0.read().unwrap_or_else(PoisonError::into_inner);
        state.active.len()
    }

    /// About how much memory these take.
    pub(super) fn active_bytes(&self) -> usize {
        let state = self.0.read().unwrap_or_else(PoisonError::into_inner);
        state.active.bytes()
    }

    fn change(&self, change: impl FnOnce(&mut Snapshot)) {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Takes over the writer's rows, which are in the journal now.
    pub(super) fn publish(&self, active: Memory) {
        self.change(|state| state.active = active);
    }

    /// Sets the newest rows aside for a checkpoint, unless one is under way. Only the
    /// writer may, between its batches.
    pub(super) fn freeze(&self, applied: Applied) -> Option<Arc<Frozen>> {
        let mut frozen = None;
        self.change(|state| {
            if state.frozen.is_none() && !state.active.is_empty() {
                let rows = std::mem::take(&mut state.active);
                frozen = Some(Arc::new(Frozen { rows, applied }));
                state.frozen.clone_from(&frozen);
            }
        });
        frozen
    }

    /// The checkpoint has taken the rows over.
    pub(super) fn thaw(&self, base: Base) {
        self.change(|state| {
            state.frozen = None;
            state.base = Arc::new(base);
        });
    }

    /// The database was opened anew, with the same rows.
    pub(super) fn reopened(&self, base: Base) {
        let base = Arc::new(base);
        self.change(|state| {
            // For those who have the one before and cannot read it any more.
            let _ = state.base.successor.set(Arc::clone(&base));
            state.base = base;
        });
    }
}

/// A state for tests, whose database is in a folder.
#[cfg(test)]
pub(super) struct Layered(
    pub(super) Snapshot,
    pub(super) (super::base::Store, tempfile::TempDir),
);

/// A state that has these rows of a table spread over all of its layers, with rows of
/// others that are covered or removed.
#[cfg(test)]
pub(super) fn layered(table: Table, rows: &[Vec<u8>], value: &[u8]) -> Layered {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| (row.clone(), value.to_vec()))
        .collect();
    layered_rows(table, &rows)
}

/// The same for rows that differ in their values.
#[cfg(test)]
pub(super) fn layered_rows(table: Table, rows: &[super::tx::Row]) -> Layered {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index.redb");
    let mut store = super::base::Store::open(&path, crate::disk::files::Files::default()).unwrap();
    let mut layers = [Memory::default(), Memory::default(), Memory::default()];
    for (at, (row, value)) in rows.iter().enumerate() {
        let removed = [row.as_slice(), b"~removed"].concat();
        layers[0].set(table as u8, &removed, Some(b"wrong"));
        layers[1 + at % 2].set(table as u8, &removed, None);
        for older in &mut layers[..at % 3] {
            let value = at.is_multiple_of(2).then_some(&b"wrong"[..]);
            older.set(table as u8, row, value);
        }
        layers[at % 3].set(table as u8, row, Some(value));
    }
    let [base, frozen, active] = layers;
    let state = State::new(active, store.checkpoint(&base, Applied::default()).unwrap());
    state.change(|state| {
        state.frozen = Some(Arc::new(Frozen {
            rows: frozen,
            applied: Applied::default(),
        }));
    });
    Layered(state.snapshot(), (store, folder))
}

#[cfg(test)]
mod tests {
    use std::ops::Bound;

    use super::*;

    fn rows(count: u8) -> Vec<Vec<u8>> {
        (0..count).map(|at| vec![b'k', at]).collect()
    }

    #[test]
    fn newer_rows_cover_older_ones() {
        let rows = rows(30);
        let Layered(state, _folder) = layered(Table::Parts, &rows, b"right");
        for row in &rows {
            assert_eq!(state.value(Table::Parts, row).unwrap().unwrap(), b"right");
            let removed = [row.as_slice(), b"~removed"].concat();
            assert_eq!(state.value(Table::Parts, &removed).unwrap(), None);
            assert_eq!(state.value(Table::Data, row).unwrap(), None);
        }
    }

    /// Rows taken from both ends at will come once each, whatever layer they are in.
    #[test]
    fn rows_come_from_either_end() {
        let rows = rows(20);
        let Layered(state, _folder) = layered(Table::Parts, &rows, b"right");
        for pattern in [0u32, u32::MAX, 0b0101_0011_1010_0111_0010, 0b1111_0000_1111] {
            for (start, end) in [(0, 20), (3, 17), (7, 8), (5, 5), (9, 2)] {
                let span = (
                    Bound::Excluded(&[b'k', start][..]),
                    Bound::Included(&[b'k', end][..]),
                );
                let mut taken = state.rows(Table::Parts, span).unwrap();
                let mut seen = Vec::new();
                for turn in 0.. {
                    let row = match pattern >> (turn % 32) & 1 {
                        0 => taken.next(),
                        _ => taken.next_back(),
                    };
                    let Some(row) = row else {
                        break;
                    };
                    seen.push(row.unwrap().0[1]);
                }
                assert!(taken.next().is_none() && taken.next_back().is_none());
                seen.sort_unstable();
                let expected: Vec<_> = (start + 1..=end.min(19)).collect();
                assert_eq!(seen, expected, "{pattern:b} {start} {end}");
            }
        }
    }
}
