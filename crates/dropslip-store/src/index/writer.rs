//! The one thread that changes the index, and its group commit.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use redb::{ReadableTable as _, WriteTransaction};
use tokio::sync::{mpsc, oneshot};

use super::connection::Connection;
use super::table::Table;
use super::tx::{Tx, Write};
use super::{Buckets, IndexError, META};
use crate::disk::{DataId, Disk, PendingBlob};
use crate::limits::CHANGES_PER_COMMIT_MAX;

/// A change with somebody who waits for it.
pub(super) trait Job: Send {
    /// Makes the change. Whether it holds is known with the commit.
    fn make(&mut self, tx: &mut Tx<'_>) -> Made;

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
    pub(super) change: Option<F>,
    pub(super) outcome: Option<Result<T, E>>,
    pub(super) reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Job for Waiting<F, T, E>
where
    F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<IndexError> + Send,
{
    fn make(&mut self, tx: &mut Tx<'_>) -> Made {
        let change = self.change.take();
        let outcome = change.map(|change| change(tx));
        let made = match &outcome {
            Some(Ok(_)) => Made::Changed,
            _ => Made::Refused,
        };
        self.outcome = outcome;
        made
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

/// What is to be done beside the database once the commit holds.
#[derive(Default)]
struct Aftermath {
    keep: Vec<PendingBlob>,
    unreferred: Vec<DataId>,
    /// Buckets as they are now, or gone.
    buckets: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

pub(super) struct Writer {
    pub(super) database: Arc<Connection>,
    pub(super) disk: Disk,
    pub(super) buckets: Arc<Buckets>,
}

impl Writer {
    pub(super) fn start(
        self,
        mut jobs: mpsc::Receiver<Box<dyn Job>>,
    ) -> std::io::Result<JoinHandle<()>> {
        thread::Builder::new()
            .name("dropslip-index".to_owned())
            .spawn(move || {
                let mut batch = Vec::new();
                while jobs.blocking_recv_many(&mut batch, CHANGES_PER_COMMIT_MAX) > 0 {
                    self.commit(std::mem::take(&mut batch));
                }
            })
    }

    /// Makes all changes of a batch in one transaction, or none.
    fn commit(&self, mut jobs: Vec<Box<dyn Job>>) {
        let mut aftermath = Aftermath::default();
        match self.make_all(&mut jobs, &mut aftermath) {
            Ok(()) => {
                aftermath.keep.into_iter().for_each(PendingBlob::keep);
                for id in aftermath.unreferred {
                    self.disk.remove_soon(id);
                }
                self.buckets.apply(aftermath.buckets);
                jobs.into_iter().for_each(|job| job.done(Ok(())));
            }
            Err(error) => {
                tracing::error!(%error, "the index cannot commit");
                // Whether a commit that failed is on disk is not known, so the files stay;
                // the sweep of the next start removes them if nothing refers to them.
                aftermath.keep.into_iter().for_each(PendingBlob::keep);
                jobs.into_iter()
                    .for_each(|job| job.done(Err(error.clone())));
                self.database.close();
            }
        }
    }

    fn make_all(
        &self,
        jobs: &mut [Box<dyn Job>],
        aftermath: &mut Aftermath,
    ) -> Result<(), IndexError> {
        let transaction = self.database.write()?;
        self.make_each(&transaction, jobs, aftermath)?;
        Ok(transaction.commit()?)
    }

    fn make_each(
        &self,
        transaction: &WriteTransaction,
        jobs: &mut [Box<dyn Job>],
        aftermath: &mut Aftermath,
    ) -> Result<(), IndexError> {
        let mut meta = transaction.open_table(META)?;
        let mut sequence = meta.get("sequence")?.map_or(0, |sequence| sequence.value());
        let mut tables = HashMap::new();
        for table in Table::ALL {
            tables.insert(table, transaction.open_table(table.definition())?);
        }
        for job in jobs {
            let buckets = (&*self.buckets, !aftermath.buckets.is_empty());
            let mut tx = Tx::new(&tables, buckets, &mut sequence);
            if let Made::Refused = job.make(&mut tx) {
                continue;
            }
            aftermath.unreferred.extend(tx.settle()?);
            let Tx { writes, keep, .. } = tx;
            aftermath.keep.extend(keep);
            for Write { table, key, value } in writes {
                let opened = tables.get_mut(&table).expect("every table is open");
                match &value {
                    Some(value) => opened.insert(key.as_slice(), value.as_slice())?,
                    None => opened.remove(key.as_slice())?,
                };
                if table == Table::Buckets {
                    aftermath.buckets.push((key, value));
                }
            }
        }
        meta.insert("sequence", sequence)?;
        Ok(())
    }
}
