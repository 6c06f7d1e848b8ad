//! One process holds a data folder.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;

/// The hold on a data folder; it ends with the process, however that ends.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "it is held, not used")] File);

/// Why a folder could not be had.
#[derive(Debug)]
pub(crate) enum Refused {
    /// Another process has it; its number, if that could be read.
    InUse(Option<u32>),
    Io(io::Error),
}

impl Lock {
    /// Takes a folder, which must be there, and says in it which process has it.
    pub(crate) fn take(data: &Path, holder: Option<u32>) -> Result<Self, Refused> {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(data.join("lock")).map_err(Refused::Io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Windows lets nobody read what is locked; the number is a courtesy.
                let _ = file.read_to_string(&mut holder);
                return Err(Refused::InUse(holder.trim().parse().ok()));
            }
            Err(TryLockError::Error(error)) => return Err(Refused::Io(error)),
        }
        let told = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| match holder {
                Some(holder) => writeln!(file, "{holder}"),
                None => Ok(()),
            });
        if let Err(error) = told {
            // A full disk is no reason not to serve what is there.
            tracing::debug!(%error, "cannot write who holds the data folder");
        }
        Ok(Self(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_held_once_and_says_by_whom() {
        let folder = tempfile::tempdir().unwrap();
        let held = Lock::take(folder.path(), Some(7)).unwrap();
        match Lock::take(folder.path(), Some(7)).unwrap_err() {
            Refused::InUse(holder) => {
                assert!(cfg!(windows) || holder == Some(7));
            }
            Refused::Io(error) => panic!("{error}"),
        }
        drop(held);
        Lock::take(folder.path(), Some(7)).unwrap();
        let missing = folder.path().join("missing");
        assert!(matches!(Lock::take(&missing, None), Err(Refused::Io(_))));
    }
}
