//! Gates that the store passes before it changes what a backup reads, and that a backup, in
//! whichever process, closes while it reads.
//!
//! A lock of the system on a file of its own: it ends with the process that has it, so a
//! backup that is killed holds nothing up.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Which gate.
#[derive(Clone, Copy, Debug)]
pub(crate) enum What {
    /// Blobs and segments of the journal are removed.
    Removal,
    /// The database is written.
    Checkpoint,
}

impl What {
    fn name(self) -> &'static str {
        match self {
            Self::Removal => "lock.removal",
            Self::Checkpoint => "lock.checkpoint",
        }
    }
}

/// A gate. Threads of one process pass one at a time.
#[derive(Debug)]
pub(crate) struct Gate {
    file: File,
    turn: Mutex<()>,
}

/// The gate is closed for everybody else while this is.
#[derive(Debug)]
pub(crate) struct Passing<'a> {
    file: &'a File,
    _turn: MutexGuard<'a, ()>,
}

impl Gate {
    /// The gate of a data folder, which must be there.
    pub(crate) fn of(data: &Path, what: What) -> io::Result<Self> {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self {
            file: options.open(data.join(what.name()))?,
            turn: Mutex::new(()),
        })
    }

    /// Waits until it is open, and passes.
    pub(crate) fn pass(&self) -> io::Result<Passing<'_>> {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.file.lock()?;
        Ok(Passing {
            file: &self.file,
            _turn: turn,
        })
    }

    /// Passes if it is open.
    pub(crate) fn try_pass(&self) -> Option<Passing<'_>> {
        let turn = self.turn.try_lock().ok()?;
        self.file.try_lock().ok()?;
        Some(Passing {
            file: &self.file,
            _turn: turn,
        })
    }
}

impl Drop for Passing<'_> {
    fn drop(&mut self) {
        // What fails here ends with the process.
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_lets_one_through() {
        let folder = tempfile::tempdir().unwrap();
        let [ours, theirs] = [(); 2].map(|()| Gate::of(folder.path(), What::Removal).unwrap());
        let other = Gate::of(folder.path(), What::Checkpoint).unwrap();
        let passing = ours.pass().unwrap();
        assert!(theirs.try_pass().is_none() && ours.try_pass().is_none());
        assert!(other.try_pass().is_some());
        drop(passing);
        assert!(theirs.try_pass().is_some() && ours.try_pass().is_some());
    }
}
