//! A copy of a data folder, taken while the store runs or stands still.
//!
//! Nothing but the database is ever changed in place: blobs and segments of the journal are
//! written once. So a backup closes two gates. While the first is closed no file is removed;
//! while the second is, the database is not written, which is just as long as it takes to
//! copy it. Requests go on being answered meanwhile, since they only append to the journal.
//! The journal is copied after the database and blobs after the journal, each of which
//! thereby has all that the one before refers to. Whatever was answered before the backup
//! began is in it; what is answered meanwhile is, or is not.

use std::io;
use std::path::{Path, PathBuf};

use crate::disk::copy;
use crate::disk::{Gate, What};
use crate::index::INDEX_FILE;
use crate::journal;
use crate::open_error::{OpenError, OpenErrorKind};

/// What a backup has copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackedUp {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Copies the store in `data` into the folder `target`, which must be empty or not there.
/// A store that is started on the copy has all that was answered before the call.
/// `progress` is told of every file.
///
/// # Errors
/// When there is no store, or a file cannot be read or written. What was copied stays; no
/// store starts on it.
pub fn backup(
    data: &Path,
    target: &Path,
    mut progress: impl FnMut(BackedUp),
) -> Result<BackedUp, OpenError> {
    let wrong = |why: String| OpenError {
        kind: OpenErrorKind::Backup,
        data: data.to_owned(),
        why,
    };
    if !data.join(INDEX_FILE).exists() {
        return Err(wrong("there is no store in it".to_owned()));
    }
    copy_all(data, target, &mut progress)
        .map_err(|error| wrong(format!("into `{}`: {error}", target.display())))
}

fn copy_all(
    data: &Path,
    target: &Path,
    progress: &mut dyn FnMut(BackedUp),
) -> io::Result<BackedUp> {
    copy::prepare(target)?;
    let mut done = BackedUp::default();
    let mut copied = |len: u64| {
        done.files += 1;
        done.bytes += len;
        progress(done);
    };
    let removal = Gate::of(data, What::Removal)?;
    let checkpoint = Gate::of(data, What::Checkpoint)?;
    let no_removal = removal.pass()?;
    // A store does not start on a folder that has everything but this.
    let partial = target.join(format!("{INDEX_FILE}.partial"));
    {
        let _no_checkpoint = checkpoint.pass()?;
        copied(copy::file(&data.join(INDEX_FILE), &partial)?);
    }
    let folder = data.join("journal");
    // What is begun from here on has nothing that was answered before.
    let segments = journal::begun_segments(&folder)?;
    for (at, segment) in segments.iter().enumerate() {
        let (from, to) = journal::copy_paths(&folder, &target.join("journal"), *segment);
        let len = copy::file(&from, &to)?;
        if at + 1 == segments.len() {
            cut_torn(&to, *segment)?;
        }
        copied(len);
    }
    for (from, to) in copy::blobs(data, target)? {
        match copy::file(&from, &to) {
            Ok(len) => copied(len),
            // An upload that was given up.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    drop(no_removal);
    copy::rename(&partial, &target.join(INDEX_FILE))?;
    copy::sync(target)?;
    Ok(done)
}

/// Cuts off what was being written while the last segment was copied.
fn cut_torn(copy: &Path, segment: u64) -> io::Result<()> {
    let folder: PathBuf = copy.parent().map(Path::to_owned).unwrap_or_default();
    let each = |_: journal::Found<'_>| Ok::<_, io::Error>(());
    let end = journal::read_segment(&folder, (segment, 0), None, None, each)?;
    copy::cut(copy, end.at.offset)
}
