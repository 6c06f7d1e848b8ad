//! Finds the files of a folder: in the order of their names, never outside of it.

use std::ffi::OsStr;
use std::fs::{self, FileType};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::error::{PutError, PutErrorKind};
use crate::source::{Source, Stamp};

/// What is below a path.
#[derive(Debug, Default)]
pub struct Walk {
    /// The files, in the order of their names within each folder.
    pub files: Vec<Found>,
    /// What cannot be sent.
    pub problems: Vec<Problem>,
    /// Symbolic links that were left alone.
    pub links_left_out: usize,
}

/// A file that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The file.
    pub source: Source,
    /// Its name below the path that was given, with slashes; of a file that was given itself, its name.
    pub relative: String,
}

/// Something that cannot be sent.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Where it is.
    pub path: PathBuf,
    /// Why.
    pub error: PutError,
}

/// A folder that was gone through links to, with those that it is in.
struct Chain {
    folder: PathBuf,
    above: Option<Rc<Self>>,
}

struct Entry {
    path: PathBuf,
    relative: String,
    kind: FileType,
    within: Option<Rc<Chain>>,
}

struct Walker {
    follow_links: bool,
    root: PathBuf,
    walk: Walk,
    left: Vec<Entry>,
}

/// Finds the files at a path: itself, or, of a folder, all below it. A link that is given itself is
/// followed; below a folder links are followed only if that is asked for, and only to what is in that folder too.
#[must_use]
pub fn walk(path: &Path, follow_links: bool) -> Walk {
    let mut walker = Walker {
        follow_links,
        root: PathBuf::new(),
        walk: Walk::default(),
        left: Vec::new(),
    };
    match fs::metadata(path) {
        Err(error) => walker.problem(path, PutError::unreadable(&error)),
        Ok(metadata) if metadata.is_dir() => {
            // What cannot be resolved cannot be read either, and says so below.
            walker.root = path.canonicalize().unwrap_or_default();
            let within = Some(Rc::new(Chain {
                folder: walker.root.clone(),
                above: None,
            }));
            walker.folder(path, "", within.as_ref());
            while let Some(entry) = walker.left.pop() {
                walker.entry(entry);
            }
        }
        Ok(metadata) => match path.file_name().map(OsStr::to_str) {
            Some(Some(name)) => walker.file(path, name.to_owned(), &metadata),
            _ => walker.problem(path, odd_name()),
        },
    }
    walker.walk
}

impl Walker {
    fn problem(&mut self, path: &Path, error: PutError) {
        let path = path.to_owned();
        self.walk.problems.push(Problem { path, error });
    }

    fn file(&mut self, path: &Path, relative: String, metadata: &fs::Metadata) {
        if !metadata.is_file() {
            let error = PutError::new(
                PutErrorKind::Unreadable,
                "is no file but a device, a pipe or a socket",
            );
            return self.problem(path, error.hint("`-` with `--name` sends standard input"));
        }
        let source = Source {
            path: path.to_owned(),
            stamp: Stamp::of(metadata),
        };
        self.walk.files.push(Found { source, relative });
    }

    /// Puts the entries of a folder before all that is left, so that the order is that of names.
    fn folder(&mut self, path: &Path, relative: &str, within: Option<&Rc<Chain>>) {
        let mut entries = match fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>)
        {
            Ok(entries) => entries,
            Err(error) => return self.problem(path, PutError::unreadable(&error)),
        };
        entries.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.file_name()));
        for entry in entries {
            let path = entry.path();
            let name = entry.file_name();
            let (Some(name), Ok(kind)) = (name.to_str(), entry.file_type()) else {
                self.problem(&path, odd_name());
                continue;
            };
            let relative = match relative {
                "" => name.to_owned(),
                folder => format!("{folder}/{name}"),
            };
            self.left.push(Entry {
                path,
                relative,
                kind,
                within: within.cloned(),
            });
        }
    }

    fn entry(&mut self, entry: Entry) {
        let Entry {
            path,
            relative,
            kind,
            within,
        } = entry;
        let mut within = within;
        if kind.is_symlink() {
            match self.followed(&path, within.as_deref()) {
                Some(target) => {
                    within = Some(Rc::new(Chain {
                        folder: target,
                        above: within,
                    }));
                }
                None => return self.walk.links_left_out += 1,
            }
        }
        match fs::metadata(&path) {
            Err(error) => self.problem(&path, PutError::unreadable(&error)),
            Ok(metadata) if metadata.is_dir() => {
                let is_plain = !kind.is_symlink() && self.follow_links;
                let resolved = is_plain.then(|| path.canonicalize().ok()).flatten();
                let within = match resolved {
                    Some(folder) => Some(Rc::new(Chain {
                        folder,
                        above: within,
                    })),
                    None => within,
                };
                self.folder(&path, &relative, within.as_ref());
            }
            Ok(metadata) => self.file(&path, relative, &metadata),
        }
    }

    /// Where a link leads, if it is to be followed: not out of the folder, and not back into a folder that it is in.
    fn followed(&self, path: &Path, within: Option<&Chain>) -> Option<PathBuf> {
        if !self.follow_links {
            return None;
        }
        let target = path.canonicalize().ok()?;
        let mut above = within;
        while let Some(chain) = above {
            if chain.folder == target {
                return None;
            }
            above = chain.above.as_deref();
        }
        target.starts_with(&self.root).then_some(target)
    }
}

fn odd_name() -> PutError {
    let message = "has a name that is not UTF-8, which no key can have";
    PutError::new(PutErrorKind::Unreadable, message)
        .hint("rename it, for example with `convmv -t utf8`")
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;

    use super::*;

    fn tree(folder: &Path, files: &[&str]) {
        for file in files {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
    }

    fn names(walk: &Walk) -> Vec<&str> {
        walk.files
            .iter()
            .map(|found| found.relative.as_str())
            .collect()
    }

    #[test]
    fn files_come_in_the_order_of_names() {
        let folder = tempfile::tempdir().unwrap();
        tree(
            folder.path(),
            &["b/2", "b/1", "a", "c", ".hidden/x", "b/10/z", "ä b"],
        );
        fs::create_dir(folder.path().join("empty")).unwrap();
        let walk = walk(folder.path(), false);
        let expect = [".hidden/x", "a", "b/1", "b/10/z", "b/2", "c", "ä b"];
        assert_eq!(names(&walk), expect);
        assert!(walk.problems.is_empty());
        assert_eq!(walk.files[1].source.stamp.size_bytes, 1);
    }

    #[test]
    fn a_file_is_itself() {
        let folder = tempfile::tempdir().unwrap();
        tree(folder.path(), &["a/b.txt"]);
        assert_eq!(
            names(&walk(&folder.path().join("a/b.txt"), false)),
            ["b.txt"]
        );
        symlink("a/b.txt", folder.path().join("link")).unwrap();
        assert_eq!(names(&walk(&folder.path().join("link"), false)), ["link"]);
        let missing = walk(&folder.path().join("no"), false);
        assert_eq!(
            missing.problems[0].error.to_string(),
            "cannot be read: there is no such file"
        );
        let device = walk(Path::new("/dev/null"), false);
        assert!(device.problems[0].error.to_string().contains("device"));
    }

    #[test]
    fn links_are_left_alone_or_followed_within_the_folder() {
        let outside = tempfile::tempdir().unwrap();
        tree(outside.path(), &["secret"]);
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        tree(at, &["a/x", "b/y"]);
        symlink(outside.path().join("secret"), at.join("out")).unwrap();
        symlink(outside.path(), at.join("out-folder")).unwrap();
        symlink("x", at.join("a/link")).unwrap();
        symlink("../b", at.join("a/to-b")).unwrap();
        symlink("../a", at.join("b/to-a")).unwrap();
        symlink(".", at.join("loop")).unwrap();
        symlink("nowhere", at.join("dangling")).unwrap();
        let plain = walk(at, false);
        assert_eq!(names(&plain), ["a/x", "b/y"]);
        assert_eq!(plain.links_left_out, 7);
        let followed = walk(at, true);
        let expect = [
            "a/link",
            "a/to-b/y",
            "a/x",
            "b/to-a/link",
            "b/to-a/x",
            "b/y",
        ];
        assert_eq!(names(&followed), expect);
        assert_eq!(followed.links_left_out, 6);
    }

    #[test]
    fn odd_names_are_told_and_others_go_on() {
        let folder = tempfile::tempdir().unwrap();
        tree(folder.path(), &["a", "new\nline", "z"]);
        let odd = folder.path().join(OsStr::from_bytes(b"\xff\xfe"));
        fs::write(odd, "x").unwrap();
        let walk = walk(folder.path(), false);
        assert_eq!(names(&walk), ["a", "new\nline", "z"]);
        assert_eq!(walk.problems.len(), 1);
        assert!(walk.problems[0].error.to_string().contains("UTF-8"));
    }
}
