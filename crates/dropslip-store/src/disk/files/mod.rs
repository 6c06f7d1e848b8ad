//! The one place where files are made, written, synced and removed.
//!
//! Blobs, journal and index all pass here, so that a test can put a disk underneath that
//! fails, is full, or loses what was not synced: see [`Faults`]. Reading passes here too,
//! but nothing is injected there: what was read is held against its checksum anyway.

#[cfg(test)]
pub(crate) mod model;

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is about to happen to a file.
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "only a test's disk looks into it")
)]
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act<'a> {
    Create(&'a Path),
    Write {
        path: &'a Path,
        offset: u64,
        bytes: &'a [u8],
    },
    SetLen {
        path: &'a Path,
        len: u64,
    },
    Sync(&'a Path),
    SyncFolder(&'a Path),
    Remove(&'a Path),
}

/// What a test's disk makes of it.
#[cfg_attr(not(test), expect(dead_code, reason = "only a test's disk makes it"))]
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It happens.
    Go,
    /// Only the first bytes are written, then it fails.
    Short(usize, io::Error),
    /// It fails.
    Fail(io::Error),
}

/// A disk that tests put between us and the real one.
pub(crate) trait Faults: fmt::Debug + Send + Sync {
    fn before(&self, act: Act<'_>) -> Verdict;

    /// It has happened.
    fn after(&self, act: Act<'_>);
}

/// The way to all files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files(Option<Arc<dyn Faults>>);

impl Files {
    /// With a test's disk between.
    #[cfg(test)]
    pub(crate) fn with(faults: Arc<dyn Faults>) -> Self {
        Self(Some(faults))
    }

    fn act(&self, act: Act<'_>, really: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let Some(faults) = &self.0 else {
            return really();
        };
        match faults.before(act) {
            Verdict::Go => really()?,
            Verdict::Short(_, error) | Verdict::Fail(error) => return Err(error),
        }
        faults.after(act);
        Ok(())
    }

    /// Makes a file that must not be there yet, to write and to read.
    pub(crate) fn create(&self, path: PathBuf) -> io::Result<FileAt> {
        let mut file = None;
        self.act(Act::Create(&path), || {
            let mut options = File::options();
            options.read(true).write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            file = Some(options.open(&path)?);
            Ok(())
        })?;
        let file = file.ok_or_else(|| io::Error::other("the file was not made"))?;
        Ok(self.at(file, path))
    }

    /// Opens a file that is there, to write and to read.
    pub(crate) fn open(&self, path: PathBuf) -> io::Result<FileAt> {
        let file = File::options().read(true).write(true).open(&path)?;
        Ok(self.at(file, path))
    }

    /// Opens a file that is there, to read.
    pub(crate) fn open_to_read(&self, path: PathBuf) -> io::Result<FileAt> {
        let file = File::open(&path)?;
        Ok(self.at(file, path))
    }

    fn at(&self, file: File, path: PathBuf) -> FileAt {
        FileAt {
            file,
            path,
            files: self.clone(),
        }
    }

    /// Removes a file.
    pub(crate) fn remove(&self, path: &Path) -> io::Result<()> {
        self.act(Act::Remove(path), || fs::remove_file(path))
    }

    /// Brings a folder's names to the disk. Windows does that by itself.
    pub(crate) fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.act(Act::SyncFolder(path), || {
            #[cfg(unix)]
            File::open(path)?.sync_all()?;
            Ok(())
        })
    }
}

/// An open file, written and read at places.
#[derive(Debug)]
pub(crate) struct FileAt {
    file: File,
    path: PathBuf,
    files: Files,
}

impl FileAt {
    /// Writes all bytes at a place.
    pub(crate) fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let path = self.path.as_path();
        let act = Act::Write {
            path,
            offset,
            bytes,
        };
        if let Some(faults) = &self.files.0 {
            match faults.before(act) {
                Verdict::Go => {}
                Verdict::Fail(error) => return Err(error),
                Verdict::Short(len, error) => {
                    let bytes = &bytes[..len.min(bytes.len())];
                    write_all_at(&self.file, bytes, offset)?;
                    faults.after(Act::Write {
                        path,
                        offset,
                        bytes,
                    });
                    return Err(error);
                }
            }
            write_all_at(&self.file, bytes, offset)?;
            faults.after(act);
            return Ok(());
        }
        write_all_at(&self.file, bytes, offset)
    }

    /// Fills bytes from a place; an error where the file ends before.
    pub(crate) fn read(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        read_exact_at(&self.file, bytes, offset)
    }

    /// Fills bytes from a place if they are in memory already; `WouldBlock` else. Where
    /// the system cannot tell, it is always the latter.
    #[cfg(target_os = "linux")]
    pub(crate) fn read_now(&self, mut offset: u64, mut bytes: &mut [u8]) -> io::Result<()> {
        use rustix::io::{ReadWriteFlags, preadv2};
        while !bytes.is_empty() {
            let mut into = [io::IoSliceMut::new(bytes)];
            match preadv2(&self.file, &mut into, offset, ReadWriteFlags::NOWAIT) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(n) => {
                    bytes = &mut bytes[n..];
                    offset += n as u64;
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return Err(io::ErrorKind::WouldBlock.into()),
            }
        }
        Ok(())
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn read_now(&self, _: u64, _: &mut [u8]) -> io::Result<()> {
        Err(io::ErrorKind::WouldBlock.into())
    }

    pub(crate) fn set_len(&self, len: u64) -> io::Result<()> {
        let path = self.path.as_path();
        self.files
            .act(Act::SetLen { path, len }, || self.file.set_len(len))
    }

    /// Brings the bytes to the disk, with as much about the file as it takes to read them.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.files
            .act(Act::Sync(&self.path), || self.file.sync_data())
    }

    pub(crate) fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// A second handle on the same file.
    pub(crate) fn try_clone(&self) -> io::Result<Self> {
        Ok(self.files.at(self.file.try_clone()?, self.path.clone()))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// The names in a folder.
pub(crate) fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = fs::read_dir(folder)?.filter_map(Result::ok);
    // Names that are no text are none of ours.
    Ok(entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect())
}

#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(unix)]
fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
    use std::os::windows::fs::FileExt as _;
    while !bytes.is_empty() {
        match file.seek_read(bytes, offset)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => {
                bytes = &mut bytes[n..];
                offset += n as u64;
            }
        }
    }
    Ok(())
}

#[cfg(windows)]
fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    use std::os::windows::fs::FileExt as _;
    while !bytes.is_empty() {
        let n = file.seek_write(bytes, offset)?;
        bytes = &bytes[n..];
        offset += n as u64;
    }
    Ok(())
}

/// Makes a folder that only its owner may look into; one that exists is left as it is.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
