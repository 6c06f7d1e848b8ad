//! Gives the room of objects that are gone back: segments of the journal without live
//! bytes are removed, and of those with few the bytes are written anew.

use std::io;

use tokio::sync::oneshot;

use super::IndexError;
use super::checkpoint::Checkpoints;
use super::data::Place;
use super::tx::Read as _;
use super::writer::{Message, Waiting};
use crate::disk::DataId;
use crate::journal::{self, Entry, Kept};
use crate::limits::{COMPACT_BYTES, COMPACT_LIVE_PERCENT, SEGMENT_BYTES};

/// Bytes that are to be written anew.
struct Move {
    id: DataId,
    from: Kept,
    bytes: Vec<u8>,
}

/// Looks through the segments once. What fails is tried again after the next checkpoint.
pub(super) fn run(checkpoints: &Checkpoints) {
    if let Err(error) = try_run(checkpoints) {
        tracing::warn!(%error, "cannot clear the journal up");
    }
}

fn try_run(checkpoints: &Checkpoints) -> Result<(), IndexError> {
    let disk = &checkpoints.disk;
    let (live, applied) = {
        let mut store = checkpoints.store();
        (store.live()?, store.applied()?)
    };
    // Closed while a backup copies the files.
    let Some(passing) = disk.removal_gate().try_pass() else {
        return Ok(());
    };
    let mut emptiest = None;
    for segment in journal::segments(disk.journal())? {
        // The one that is written, and those whose rows are not all in the database.
        if segment >= applied.journal.at.segment {
            break;
        }
        match live.get(&segment) {
            None => disk.remove_segment(segment)?,
            Some(_) if checkpoints.stuck.borrow().contains(&segment) => {}
            Some(bytes) if bytes * 100 < SEGMENT_BYTES * COMPACT_LIVE_PERCENT => {
                let known = emptiest.get_or_insert((*bytes, segment));
                *known = (*known).min((*bytes, segment));
            }
            Some(_) => {}
        }
    }
    drop(passing);
    // One at a time; the checkpoint that follows on its changes sees to the next.
    match emptiest {
        Some((_, segment)) => rewrite(checkpoints, segment),
        None => Ok(()),
    }
}

/// Writes what lives in a segment anew. The segment goes after the next checkpoint.
fn rewrite(checkpoints: &Checkpoints, segment: u64) -> Result<(), IndexError> {
    let mut moves = Vec::new();
    let mut bytes = 0;
    // Unless all of it can be read, it is not tried again.
    checkpoints.stuck.borrow_mut().insert(segment);
    let snapshot = checkpoints.state.snapshot();
    let folder = checkpoints.disk.journal();
    let end = journal::read_segment(folder, (segment, 0), None, None, |found| {
        for entry in found.entries {
            let Entry::Data {
                id,
                at,
                crc,
                bytes: data,
            } = entry
            else {
                continue;
            };
            let mut from = Kept {
                at: found.at,
                len: u32::try_from(data.len()).map_err(io::Error::other)?,
                crc,
            };
            from.at.offset += at as u64;
            let record = snapshot.data(id)?;
            if record.is_none_or(|record| record.place != Place::Journal(from)) {
                continue;
            }
            bytes += data.len();
            moves.push(Move {
                id,
                from,
                bytes: data.to_vec(),
            });
            if bytes >= COMPACT_BYTES {
                bytes = 0;
                apply(checkpoints, std::mem::take(&mut moves))?;
            }
        }
        Ok::<_, IndexError>(())
    })?;
    apply(checkpoints, moves)?;
    if !end.is_torn {
        checkpoints.stuck.borrow_mut().remove(&segment);
    }
    Ok(())
}

/// Lets the writer move bytes that are still where they were.
fn apply(checkpoints: &Checkpoints, moves: Vec<Move>) -> Result<(), IndexError> {
    let gone = || IndexError::Broken("the writer of the index has stopped".to_owned());
    if moves.is_empty() {
        return Ok(());
    }
    let (reply, done) = oneshot::channel();
    let change = move |tx: &mut super::Tx<'_>| {
        for Move { id, from, bytes } in moves {
            tx.move_data(id, from, bytes)?;
        }
        Ok::<_, IndexError>(())
    };
    let writer = checkpoints.writer.upgrade().ok_or_else(gone)?;
    let job = Waiting::new(change, reply);
    writer
        .blocking_send(Message::Job(Box::new(job)))
        .map_err(|_| gone())?;
    drop(writer);
    done.blocking_recv().map_err(|_| gone())?
}
