//! Whether a checkpoint is being made, for the writer to wait for where it is too far ahead.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// What the thread of checkpoints is at. Where it waits itself, for the disk or for the
/// writer, nobody waits for it.
#[derive(Debug, Default)]
pub(super) struct Progress {
    is_making: Mutex<bool>,
    changed: Condvar,
}

impl Progress {
    /// A checkpoint begins, or has ended.
    pub(super) fn is_made(&self, is_making: bool) {
        *self
            .is_making
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = is_making;
        self.changed.notify_all();
    }

    /// Waits for the end of the checkpoint that is being made, if there is one.
    pub(super) fn wait(&self, at_most: Duration) {
        let is_making = self
            .is_making
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Whichever came first, it is looked at anew.
        let _ = self
            .changed
            .wait_timeout_while(is_making, at_most, |is_making| *is_making);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    #[test]
    fn the_end_of_a_checkpoint_is_waited_for() {
        let progress = Arc::new(Progress::default());
        progress.wait(LONG);
        progress.is_made(true);
        progress.wait(Duration::from_millis(1));
        let other = Arc::clone(&progress);
        let waiting = thread::spawn(move || other.wait(LONG));
        progress.is_made(false);
        waiting.join().unwrap();
    }
}
