//! How far everything has come: written by those who send, read by whoever shows it, as often as they like.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

/// The account of one run. Reading it costs those who send nothing.
#[derive(Debug, Default)]
pub struct Ledger {
    bytes_total: AtomicU64,
    bytes_sent: AtomicU64,
    bytes_skipped: AtomicU64,
    files_total: AtomicU64,
    files_done: AtomicU64,
    files_skipped: AtomicU64,
    files_failed: AtomicU64,
    active: Mutex<Vec<Arc<Active>>>,
    trouble: Mutex<Option<String>>,
}

/// A large file that is being sent. Small ones are over before anybody could read their names.
#[derive(Debug)]
pub struct Active {
    /// Its name as it was given or found.
    pub name: String,
    /// Its size, if it is known.
    pub size_bytes: Option<u64>,
    there: AtomicU64,
}

impl Active {
    /// How many of its bytes have left or were there before.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.there.load(Relaxed)
    }
}

impl Ledger {
    /// Everything that there is to do.
    pub(crate) fn plan(&self, files: u64, bytes: u64) {
        self.files_total.store(files, Relaxed);
        self.bytes_total.store(bytes, Relaxed);
    }

    /// Number of files and of their bytes.
    #[must_use]
    pub fn total(&self) -> (u64, u64) {
        (
            self.files_total.load(Relaxed),
            self.bytes_total.load(Relaxed),
        )
    }

    /// Bytes that this run has sent.
    #[must_use]
    pub fn bytes_sent(&self) -> u64 {
        self.bytes_sent.load(Relaxed)
    }

    /// Bytes that were there before this run.
    #[must_use]
    pub fn bytes_skipped(&self) -> u64 {
        self.bytes_skipped.load(Relaxed)
    }

    /// Files that are stored, and files that failed.
    #[must_use]
    pub fn files(&self) -> (u64, u64) {
        (
            self.files_done.load(Relaxed),
            self.files_failed.load(Relaxed),
        )
    }

    /// The large files that are under way.
    #[must_use]
    pub fn active(&self) -> Vec<Arc<Active>> {
        self.active
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Why something is being tried again, until something succeeds.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn set_trouble(&self, trouble: Option<String>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    pub(crate) fn sent(&self, bytes: u64) {
        self.bytes_sent.fetch_add(bytes, Relaxed);
    }

    pub(crate) fn skipped(&self, bytes: u64) {
        self.bytes_skipped.fetch_add(bytes, Relaxed);
    }

    pub(crate) fn done(&self, was_there: bool) {
        self.files_done.fetch_add(1, Relaxed);
        self.files_skipped.fetch_add(u64::from(was_there), Relaxed);
    }

    /// Files that an earlier run had stored.
    pub(crate) fn files_skipped(&self) -> u64 {
        self.files_skipped.load(Relaxed)
    }

    pub(crate) fn failed(&self) {
        self.files_failed.fetch_add(1, Relaxed);
    }

    /// Shows a file for as long as the answer lives.
    pub(crate) fn begin(self: &Arc<Self>, name: &str, size_bytes: Option<u64>) -> Shown {
        let active = Arc::new(Active {
            name: name.to_owned(),
            size_bytes,
            there: AtomicU64::new(0),
        });
        let mut all = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(Arc::clone(&active));
        Shown {
            ledger: Arc::clone(self),
            active,
        }
    }
}

/// A file that is shown.
#[derive(Debug)]
pub(crate) struct Shown {
    ledger: Arc<Ledger>,
    active: Arc<Active>,
}

impl Shown {
    /// Bytes that need not be sent.
    pub(crate) fn skipped(&self, bytes: u64) {
        self.active.there.fetch_add(bytes, Relaxed);
        self.ledger.skipped(bytes);
    }

    /// The account of one attempt to send something of it.
    pub(crate) fn attempt(&self) -> Arc<Attempt> {
        Arc::new(Attempt {
            ledger: Arc::clone(&self.ledger),
            active: Arc::clone(&self.active),
            bytes: AtomicU64::new(0),
        })
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        let mut all = self
            .ledger
            .active
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.retain(|one| !Arc::ptr_eq(one, &self.active));
    }
}

/// What one attempt has sent.
#[derive(Debug)]
pub(crate) struct Attempt {
    ledger: Arc<Ledger>,
    active: Arc<Active>,
    bytes: AtomicU64,
}

impl Attempt {
    pub(crate) fn sent(&self, bytes: usize) {
        let bytes = bytes as u64;
        self.bytes.fetch_add(bytes, Relaxed);
        self.active.there.fetch_add(bytes, Relaxed);
        self.ledger.bytes_sent.fetch_add(bytes, Relaxed);
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }

    /// The storage has it.
    pub(crate) fn keep(&self) {
        self.bytes.store(0, Relaxed);
    }

    /// It came to nothing.
    pub(crate) fn take_back(&self) {
        let bytes = self.bytes.swap(0, Relaxed);
        self.active.there.fetch_sub(bytes, Relaxed);
        self.ledger.bytes_sent.fetch_sub(bytes, Relaxed);
    }
}

/// An attempt that nobody waits for any more came to nothing.
impl Drop for Attempt {
    fn drop(&mut self) {
        self.take_back();
    }
}
