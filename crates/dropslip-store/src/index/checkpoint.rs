//! Brings the rows of the journal into the database, beside the serving of requests, and
//! removes what of the journal is not needed any more.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::mpsc;

use super::IndexError;
use super::base::Store;
use super::compact;
use super::progress::Progress;
use super::state::{Frozen, State};
use super::writer::Message;
use crate::disk::Disk;
use crate::limits::{CHECKPOINT_IDLE_MS, CHECKPOINT_RETRY_MS};

/// The thread of checkpoints.
pub(super) struct Checkpoints {
    pub(super) state: Arc<State>,
    pub(super) store: Arc<Mutex<Store>>,
    pub(super) progress: Arc<Progress>,
    pub(super) disk: Disk,
    /// To ask the writer; it ends although this is here.
    pub(super) writer: mpsc::WeakSender<Message>,
    /// Segments of the journal that could not be written anew: damaged ones stay.
    pub(super) stuck: RefCell<BTreeSet<u64>>,
}

impl Checkpoints {
    /// Starts it. It ends once the writer has, with a last checkpoint of what it got.
    pub(super) fn start(self, frozen: Receiver<Arc<Frozen>>) -> std::io::Result<JoinHandle<()>> {
        thread::Builder::new()
            .name("dropslip-checkpoint".to_owned())
            .spawn(move || {
                loop {
                    match frozen.recv_timeout(Duration::from_millis(CHECKPOINT_IDLE_MS)) {
                        Ok(rows) => {
                            if self.make(&rows, &frozen) {
                                compact::run(&self);
                            }
                        }
                        // The rows of a quiet time, so that the next start has few to read.
                        Err(RecvTimeoutError::Timeout) => {
                            if let Some(writer) = self.writer.upgrade() {
                                let _ = writer.try_send(Message::Freeze);
                            }
                        }
                        Err(RecvTimeoutError::Disconnected) => break,
                    }
                }
                // To close the database is to write it.
                let _no_backup = self.disk.checkpoint_gate().pass();
                self.store().close();
            })
    }

    /// Makes a checkpoint, and tries again until it holds or the writer has ended: then it
    /// is false, and the next start reads the journal.
    fn make(&self, frozen: &Frozen, writer: &Receiver<Arc<Frozen>>) -> bool {
        self.progress.is_made(true);
        while let Err(error) = self.try_make(frozen) {
            self.progress.is_made(false);
            tracing::error!(%error, "the index cannot take over what the journal has; trying again");
            let pause = Duration::from_millis(CHECKPOINT_RETRY_MS);
            // Nothing more is frozen before this is done, so only the end is heard.
            if let Err(RecvTimeoutError::Disconnected) = writer.recv_timeout(pause) {
                return false;
            }
        }
        self.progress.is_made(false);
        true
    }

    fn try_make(&self, frozen: &Frozen) -> Result<(), IndexError> {
        let _no_backup = self.disk.checkpoint_gate().pass()?;
        let mut store = self.store();
        match store.checkpoint(&frozen.rows, frozen.applied) {
            Ok(base) => {
                self.state.thaw(base);
                Ok(())
            }
            Err(error) => {
                // Readers need an open one meanwhile.
                if let Ok(base) = store.base() {
                    self.state.reopened(base);
                }
                Err(error)
            }
        }
    }

    pub(super) fn store(&self) -> std::sync::MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
