//! The one thread that changes the index, and its group commit.
//!
//! It makes the changes that have gathered, one behind the other, in a copy of the newest
//! rows; writes them to the journal with one write and one sync; shows the copy to readers;
//! answers. Where the journal cannot be written the copy is dropped, and the old state
//! stands. The database is not touched here: checkpoints bring it up to date.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::base::Applied;
use super::progress::Progress;
use super::state::{Frozen, Snapshot, State};
use super::table::Table;
use super::tx::{Settled, Tx, Write};
use super::{Buckets, IndexError};
use crate::disk::{DataId, Disk, PendingBlob};
use crate::journal::{Batch, Failure, Journal};
use crate::limits::{
    BATCH_BYTES_MAX, CHANGES_PER_COMMIT_MAX, CHECKPOINT_BYTES, CHECKPOINT_ROWS, CHECKPOINT_WAIT_MS,
    MEMORY_ROWS_BYTES_MAX,
};

/// What the writer is told.
pub(super) enum Message {
    Job(Box<dyn Job>),
    /// Set the newest rows aside for a checkpoint.
    Freeze,
}

/// A change with somebody who waits for it.
pub(super) trait Job: Send {
    /// Makes the change. Whether it holds is known with the commit.
    fn make(&mut self, tx: &mut Tx<'_>) -> Made;

    /// Leaves the change out for a reason of the index.
    fn refuse(&mut self, error: IndexError);

    /// Tells the outcome: what the change gave, or why the commit failed.
    fn done(self: Box<Self>, committed: Result<(), IndexError>);
}

/// What became of a change.
pub(super) enum Made {
    Changed,
    /// It refused; what it wrote is left out.
    Refused,
}

/// A change that somebody waits for.
pub(super) struct Waiting<F, T, E> {
    change: Option<F>,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Waiting<F, T, E> {
    pub(super) fn new(change: F, reply: oneshot::Sender<Result<T, E>>) -> Self {
        Self {
            change: Some(change),
            outcome: None,
            reply,
        }
    }
}

impl<F, T, E> Job for Waiting<F, T, E>
where
    F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<IndexError> + Send,
{
    fn make(&mut self, tx: &mut Tx<'_>) -> Made {
        let change = self.change.take();
        // One that panics is no reason not to make others; its caller hears that it failed.
        let outcome = change.and_then(|change| catch_unwind(AssertUnwindSafe(|| change(tx))).ok());
        let made = match &outcome {
            Some(Ok(_)) => Made::Changed,
            _ => Made::Refused,
        };
        self.outcome = outcome;
        made
    }

    fn refuse(&mut self, error: IndexError) {
        self.outcome = Some(Err(error.into()));
    }

    fn done(self: Box<Self>, committed: Result<(), IndexError>) {
        let outcome = match committed {
            Ok(()) => self.outcome,
            Err(error) => Some(Err(error.into())),
        };
        if let Some(outcome) = outcome {
            // Nobody waits any more when the client has gone.
            let _ = self.reply.send(outcome);
        }
    }
}

/// What is to be done once the journal has a batch.
#[derive(Default)]
struct Aftermath {
    keep: Vec<PendingBlob>,
    unreferred: Vec<DataId>,
    /// Buckets as they are now, or gone.
    buckets: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

pub(super) struct Writer {
    pub(super) state: Arc<State>,
    pub(super) journal: Journal,
    pub(super) disk: Disk,
    pub(super) buckets: Arc<Buckets>,
    /// The number of the last change.
    pub(super) sequence: u64,
    /// Bytes of the journal since rows were set aside.
    pub(super) gathered: usize,
    pub(super) checkpoints: Sender<Arc<Frozen>>,
    pub(super) progress: Arc<Progress>,
}

impl Writer {
    pub(super) fn start(
        mut self,
        mut messages: mpsc::Receiver<Message>,
    ) -> std::io::Result<JoinHandle<()>> {
        thread::Builder::new()
            .name("dropslip-index".to_owned())
            .spawn(move || {
                let mut batch = Vec::new();
                // The journal may have had much.
                self.freeze(false);
                while messages.blocking_recv_many(&mut batch, CHANGES_PER_COMMIT_MAX) > 0 {
                    let mut jobs = Vec::new();
                    let mut is_due = false;
                    for message in batch.drain(..) {
                        match message {
                            Message::Job(job) => jobs.push(job),
                            Message::Freeze => is_due = true,
                        }
                    }
                    self.commit(jobs);
                    self.freeze(is_due);
                    self.wait_for_room();
                }
                self.freeze(true);
            })
    }

    /// Sets rows aside for a checkpoint, if there are enough of them or it is asked for.
    fn freeze(&mut self, is_asked: bool) {
        let is_much =
            self.gathered >= CHECKPOINT_BYTES || self.state.active_rows() >= CHECKPOINT_ROWS;
        if !is_asked && !is_much {
            return;
        }
        let applied = Applied {
            journal: self.journal.mark(),
            sequence: self.sequence,
        };
        if let Some(frozen) = self.state.freeze(applied) {
            self.gathered = 0;
            // It ends after the writer.
            let _ = self.checkpoints.send(frozen);
        }
    }

    /// Lets changes wait where checkpoints are slower than they are, so that memory is
    /// bounded and nobody is refused.
    fn wait_for_room(&mut self) {
        if self.state.active_bytes() > MEMORY_ROWS_BYTES_MAX / 2 {
            self.progress
                .wait(Duration::from_millis(CHECKPOINT_WAIT_MS));
            self.freeze(true);
        }
    }

    /// Makes the changes, in as many batches as their bytes take.
    fn commit(&mut self, jobs: Vec<Box<dyn Job>>) {
        let mut jobs = jobs.into_iter();
        while jobs.len() > 0 {
            let mut made = Group::new(self);
            for mut job in jobs.by_ref() {
                made.make(self, &mut *job);
                made.jobs.push(job);
                if made.batch.len() >= BATCH_BYTES_MAX {
                    break;
                }
            }
            self.write(made);
        }
    }

    /// Brings a batch to the disk, and answers.
    fn write(&mut self, made: Group) {
        let Group {
            batch,
            state,
            aftermath,
            jobs,
            sequence,
        } = made;
        let len = batch.len();
        let committed = match batch.is_empty() {
            true => {
                self.journal.give_up(batch);
                Ok(())
            }
            false => self.journal.append(batch, sequence),
        };
        if let Err(Failure {
            error,
            is_withdrawn,
        }) = committed
        {
            tracing::error!(%error, "the journal cannot be written");
            let error = IndexError::from(error);
            if !is_withdrawn {
                // The next start may find the batch. It removes the files if it does not.
                aftermath.keep.into_iter().for_each(PendingBlob::keep);
            }
            jobs.into_iter()
                .for_each(|job| job.done(Err(error.clone())));
            return;
        }
        self.sequence = sequence;
        self.gathered += len;
        self.buckets.apply(aftermath.buckets);
        self.state.publish(state.active);
        // Not before: what is neither written nor known is taken for a leftover.
        aftermath.keep.into_iter().for_each(PendingBlob::keep);
        for id in aftermath.unreferred {
            self.disk.remove_soon(id);
        }
        jobs.into_iter().for_each(|job| job.done(Ok(())));
    }
}

/// Changes that are made and not yet on disk.
struct Group {
    batch: Batch,
    /// The state with these changes.
    state: Snapshot,
    aftermath: Aftermath,
    jobs: Vec<Box<dyn Job>>,
    sequence: u64,
}

impl Group {
    fn new(writer: &mut Writer) -> Self {
        Self {
            batch: writer.journal.begin(),
            state: writer.state.snapshot(),
            aftermath: Aftermath::default(),
            jobs: Vec::new(),
            sequence: writer.sequence,
        }
    }

    fn make(&mut self, writer: &Writer, job: &mut dyn Job) {
        if self.state.active.bytes() > MEMORY_ROWS_BYTES_MAX {
            job.refuse(IndexError::Behind);
            return;
        }
        let buckets = (&*writer.buckets, !self.aftermath.buckets.is_empty());
        let mut tx = Tx::new(&self.state, buckets, &mut self.sequence);
        if let Made::Refused = job.make(&mut tx) {
            return;
        }
        let mark = self.batch.mark();
        let settled = match tx.settle(&mut self.batch) {
            Ok(settled) => settled,
            Err(error) => {
                self.batch.back_to(mark);
                job.refuse(error);
                return;
            }
        };
        let Settled {
            writes,
            keep,
            unreferred,
        } = settled;
        self.aftermath.keep.extend(keep);
        self.aftermath.unreferred.extend(unreferred);
        for Write { table, key, value } in writes {
            self.batch.row(table as u8, &key, value.as_deref());
            self.state.active.set(table as u8, &key, value.as_deref());
            if table == Table::Buckets {
                self.aftermath.buckets.push((key, value));
            }
        }
    }
}
