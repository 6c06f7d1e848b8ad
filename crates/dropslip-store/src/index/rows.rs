//! Rows of a table as they are now: those of the database, covered by newer ones in memory.

use super::IndexError;
use super::memory::{Known, Range};
use super::tx::Row;

type Bytes = &'static [u8];

/// Rows of a table in the order of their keys, from either end.
pub(crate) struct Rows<'a> {
    /// The newest first: a row of a layer covers the same row of those behind it.
    layers: [Layer<'a>; 3],
}

impl<'a> Rows<'a> {
    pub(super) fn new(
        active: Range<'a>,
        frozen: Option<Range<'a>>,
        base: redb::Range<'a, Bytes, Bytes>,
    ) -> Self {
        let layer = |source| Layer {
            source,
            front: None,
            back: None,
        };
        Self {
            layers: [
                layer(Source::Memory(active)),
                layer(frozen.map_or(Source::Nothing, Source::Memory)),
                layer(Source::Base(base)),
            ],
        }
    }

    fn from(&mut self, side: Side) -> Result<Option<Row>, IndexError> {
        loop {
            let mut found: Option<Vec<u8>> = None;
            for layer in &mut self.layers {
                let Some((key, _)) = layer.peek(side)? else {
                    continue;
                };
                let is_nearer = found.as_ref().is_none_or(|found| match side {
                    Side::Front => key < found,
                    Side::Back => key > found,
                });
                if is_nearer {
                    found = Some(key.clone());
                }
            }
            let Some(key) = found else {
                return Ok(None);
            };
            let mut newest = None;
            for layer in &mut self.layers {
                if layer.peek(side)?.is_some_and(|(other, _)| *other == key) {
                    let (_, value) = layer.take(side).expect("it was looked at just now");
                    newest.get_or_insert(value);
                }
            }
            if let Some(Some(value)) = newest {
                return Ok(Some((key, value)));
            }
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, IndexError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.from(Side::Front).transpose()
    }
}

impl DoubleEndedIterator for Rows<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.from(Side::Back).transpose()
    }
}

#[derive(Clone, Copy)]
enum Side {
    Front,
    Back,
}

enum Source<'a> {
    Nothing,
    Memory(Range<'a>),
    Base(redb::Range<'a, Bytes, Bytes>),
}

impl Source<'_> {
    fn next(&mut self, side: Side) -> Option<Result<Known, IndexError>> {
        match (self, side) {
            (Self::Nothing, _) => None,
            (Self::Memory(rows), Side::Front) => rows.next().map(Ok),
            (Self::Memory(rows), Side::Back) => rows.next_back().map(Ok),
            (Self::Base(rows), Side::Front) => rows.next().map(owned),
            (Self::Base(rows), Side::Back) => rows.next_back().map(owned),
        }
    }
}

type Guards<'a> = (redb::AccessGuard<'a, Bytes>, redb::AccessGuard<'a, Bytes>);

fn owned(row: Result<Guards<'_>, redb::StorageError>) -> Result<Known, IndexError> {
    let (key, value) = row?;
    Ok((key.value().to_vec(), Some(value.value().to_vec())))
}

/// A source with what was looked at and not yet taken.
struct Layer<'a> {
    source: Source<'a>,
    front: Option<Known>,
    back: Option<Known>,
}

impl Layer<'_> {
    fn peek(&mut self, side: Side) -> Result<Option<&Known>, IndexError> {
        let (near, far) = match side {
            Side::Front => (&mut self.front, &mut self.back),
            Side::Back => (&mut self.back, &mut self.front),
        };
        if near.is_none() {
            // Where nothing is left between, the last row may wait at the other side.
            *near = match self.source.next(side) {
                Some(row) => Some(row?),
                None => far.take(),
            };
        }
        Ok(near.as_ref())
    }

    fn take(&mut self, side: Side) -> Option<Known> {
        match side {
            Side::Front => self.front.take(),
            Side::Back => self.back.take(),
        }
    }
}
