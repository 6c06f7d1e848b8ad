//! Removes, beside the serving of requests, what a crash left behind: bytes that
//! no object refers to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use crate::disk::Disk;
use crate::index::Index;

/// The sweep of this run. Dropped, it stops and is waited for, so that nothing
/// holds the index any more when a store is closed.
#[derive(Debug)]
pub(crate) struct Sweep {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Sweep {
    /// Starts it.
    pub(crate) fn start(disk: Disk, index: Index) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::Builder::new()
            .name("dropslip-sweep".to_owned())
            .spawn(move || {
                // What cannot be looked up is kept.
                match disk.sweep(|id| index.refers_to(id).unwrap_or(true), &stopped) {
                    Ok(0) => {}
                    Ok(removed) => {
                        tracing::info!(removed, "removed what an earlier crash left behind")
                    }
                    Err(error) => {
                        tracing::warn!(%error, "cannot look for what an earlier crash left behind")
                    }
                }
            });
        let thread = thread.inspect_err(
            |error| tracing::warn!(%error, "cannot look for what an earlier crash left behind"),
        );
        Self {
            stop,
            thread: thread.ok(),
        }
    }
}

impl Drop for Sweep {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A sweep that panicked has said so already.
            let _ = thread.join();
        }
    }
}
