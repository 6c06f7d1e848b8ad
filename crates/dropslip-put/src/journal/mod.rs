//! What a later run of the same command need not do again.
//!
//! A file of its own for each command, named by a hash of where to, what and how. Each line is written by one
//! call, when what it says has happened, and is not synced to the disk: a kill of this process loses nothing that was
//! written, and what a crash of the whole machine loses is sent again, which does no harm. A sync for each of ten
//! thousand files would cost more than sending them.
//!
//! It holds no key. The id of an upload of a service lets its owner ask for signatures, so the file and its folder are for
//! nobody else.

mod record;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};

pub use record::Past;
pub(crate) use record::{Begun, Done, Record, VERSION};

use crate::error::{PutError, PutErrorKind};
use crate::limits::{JOURNAL_BYTES_MAX, JOURNAL_S};

/// The journal of one command, which no other process has as long as this one does.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Mutex<File>,
    past: Past,
}

/// The same command runs already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

impl Journal {
    /// Opens or begins the journal of a command. What it is about is hashed: the target, the files, and all that
    /// is stored with them.
    ///
    /// # Errors
    /// When it cannot be read or written. `Ok(Err(Busy))` when another process has it.
    pub fn open(folder: &Path, about: &[&[u8]]) -> Result<Result<Self, Busy>, PutError> {
        let path = folder.join(format!("{}.log", name(about)));
        let trouble = |error: io::Error| {
            let message = format!("cannot keep the journal `{}`: {error}", path.display());
            PutError::new(PutErrorKind::Journal, message).hint(
                "XDG_STATE_HOME says where it is kept; `--no-resume` does without, and then an upload that is \
                 interrupted begins anew",
            )
        };
        private_folder(folder).map_err(trouble)?;
        let Some(file) = locked(&path).map_err(trouble)? else {
            return Ok(Err(Busy));
        };
        Self::of(path.clone(), file).map(Ok).map_err(trouble)
    }

    fn of(path: PathBuf, mut file: File) -> io::Result<Self> {
        let mut text = Vec::new();
        (&mut file).take(JOURNAL_BYTES_MAX).read_to_end(&mut text)?;
        let past = Past::read(&text).filter(|_| !text.is_empty());
        if past.is_none() {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
        }
        let journal = Self {
            path,
            file: Mutex::new(file),
            past: past.unwrap_or_default(),
        };
        if text.is_empty() || journal.past == Past::default() {
            journal.write(&Record::Journal { version: VERSION })?;
        } else if text.last() != Some(&b'\n') {
            // A torn line ends here.
            journal.with(|file| file.write_all(b"\n"))?;
        }
        Ok(journal)
    }

    /// What earlier runs did.
    #[must_use]
    pub fn past(&self) -> &Past {
        &self.past
    }

    /// Forgets all of it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn forget(&mut self) -> Result<Past, PutError> {
        let emptied = self.with(|file| file.set_len(0));
        let begun = emptied.and_then(|()| self.write(&Record::Journal { version: VERSION }));
        begun.map_err(|error| self.trouble(&error))?;
        Ok(std::mem::take(&mut self.past))
    }

    /// Removes it: nothing is left to do.
    pub fn remove(self) {
        // A journal that stays says what is true.
        let _ = fs::remove_file(&self.path);
    }

    pub(crate) fn note(&self, record: &Record) -> Result<(), PutError> {
        self.write(record).map_err(|error| self.trouble(&error))
    }

    fn write(&self, record: &Record) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        self.with(|file| file.write_all(&line))
    }

    fn with<T>(&self, act: impl FnOnce(&mut File) -> T) -> T {
        act(&mut self.file.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn trouble(&self, error: &io::Error) -> PutError {
        let message = format!(
            "cannot write the journal `{}`: {error}",
            self.path.display()
        );
        PutError::new(PutErrorKind::Journal, message)
    }
}

/// Each part with its length, so that no two lists are one text.
fn name(about: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in about {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The open file with the lock on it; `None` when somebody else has it.
fn locked(path: &Path) -> io::Result<Option<File>> {
    loop {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        match file.try_lock() {
            Ok(()) if is_at(&file, path) => return Ok(Some(file)),
            // Whoever had it removed it meanwhile.
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let place = |metadata: io::Result<fs::Metadata>| metadata.ok().map(|m| (m.dev(), m.ino()));
    place(file.metadata()) == place(fs::metadata(path))
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

/// Removes journals that nobody has written to for a week. What cannot be looked at stays.
pub fn prune(folder: &Path, now: SystemTime) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let is_journal = path.extension().is_some_and(|extension| extension == "log");
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        let age = modified
            .ok()
            .and_then(|modified| now.duration_since(modified).ok());
        if is_journal && age.is_some_and(|age| age > Duration::from_secs(JOURNAL_S)) {
            let lock = File::open(&path).map(|file| file.try_lock().map(|()| file));
            if matches!(lock, Ok(Ok(_))) {
                let _ = fs::remove_file(&path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(folder: &Path) -> Journal {
        Journal::open(folder, &[b"target", b"file"])
            .unwrap()
            .unwrap()
    }

    fn ended(file: &str) -> Record {
        Record::Ended {
            file: file.to_owned(),
        }
    }

    fn begun(file: &str) -> Record {
        serde_json::from_value(serde_json::json!({
            "is": "begun", "file": file, "size": 1, "modified": 2, "upload": "u", "partSize": 3,
        }))
        .unwrap()
    }

    #[test]
    fn what_was_noted_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("put");
        let journal = open(&at);
        assert_eq!(journal.past(), &Past::default());
        journal.note(&begun("a")).unwrap();
        journal.note(&begun("b")).unwrap();
        journal.note(&ended("a")).unwrap();
        assert_eq!(
            Journal::open(&at, &[b"target", b"file"])
                .unwrap()
                .unwrap_err(),
            Busy
        );
        assert!(
            Journal::open(&at, &[b"target", b"fil", b"e"])
                .unwrap()
                .is_ok()
        );
        drop(journal);
        let mut journal = open(&at);
        assert_eq!(journal.past().begun(), 1);
        assert_eq!(journal.forget().unwrap().begun(), 1);
        assert_eq!(journal.past().begun(), 0);
        drop(journal);
        let journal = open(&at);
        assert_eq!(journal.past().begun(), 0);
        journal.note(&begun("c")).unwrap();
        journal.remove();
        assert_eq!(open(&at).past(), &Past::default());
    }

    #[test]
    fn a_torn_line_does_not_swallow_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let journal = open(folder.path());
        journal.note(&begun("a")).unwrap();
        journal
            .with(|file| file.write_all(b"{\"is\":\"beg"))
            .unwrap();
        drop(journal);
        let journal = open(folder.path());
        assert_eq!(journal.past().begun(), 1);
        journal.note(&begun("b")).unwrap();
        drop(journal);
        assert_eq!(open(folder.path()).past().begun(), 2);
    }

    #[test]
    fn a_journal_of_another_version_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let journal = open(folder.path());
        journal.note(&Record::Journal { version: 99 }).unwrap();
        journal.note(&begun("a")).unwrap();
        drop(journal);
        let journal = open(folder.path());
        assert_eq!(journal.past(), &Past::default());
        journal.note(&begun("b")).unwrap();
        drop(journal);
        assert_eq!(open(folder.path()).past().begun(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("dropslip/put");
        let journal = open(&at);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&journal.path), 0o600);
        assert_eq!(mode(&at), 0o700);
    }

    #[test]
    fn old_journals_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        fs::write(at.join("notes.txt"), "mine").unwrap();
        let kept = open(at);
        let old = Journal::open(at, &[b"old"]).unwrap().unwrap().path;
        let later = SystemTime::now() + Duration::from_secs(JOURNAL_S + 10);
        prune(at, SystemTime::now());
        assert!(old.exists());
        prune(at, later);
        assert!(!old.exists() && kept.path.exists() && at.join("notes.txt").exists());
        prune(&at.join("none"), later);
    }
}
