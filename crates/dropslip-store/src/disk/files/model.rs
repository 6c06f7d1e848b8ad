//! A disk for tests: it fails at random, it is full, and it can lose its power.
//!
//! What was written and not yet synced is remembered beside what is durable. When the
//! power goes, each unsynced write may have reached the disk, a part of it, or nothing;
//! names that were made or removed since their folder was synced may be there or not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Act, Faults, Verdict};

/// A small generator of numbers (splitmix64), so that a failure can be repeated.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Less than `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

#[derive(Debug)]
pub(crate) struct Model {
    root: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    chance: Chance,
    /// One act in so many fails; 0: none.
    failing: u64,
    /// Nothing more can be written.
    full: bool,
    /// Acts until the power goes; none: it stays.
    power_left: Option<u64>,
    durable: BTreeMap<PathBuf, Vec<u8>>,
    unsynced: BTreeMap<PathBuf, Vec<Unsynced>>,
    /// Files whose names are not yet synced.
    new_names: BTreeSet<PathBuf>,
    /// Files that are removed, with what they held, until their folder is synced.
    removed: BTreeMap<PathBuf, Vec<u8>>,
}

#[derive(Debug)]
enum Unsynced {
    Write(u64, Vec<u8>),
    SetLen(u64),
}

fn apply(content: &mut Vec<u8>, change: &Unsynced) {
    match change {
        Unsynced::Write(offset, bytes) => {
            let start = usize::try_from(*offset).unwrap();
            if content.len() < start + bytes.len() {
                content.resize(start + bytes.len(), 0);
            }
            content[start..start + bytes.len()].copy_from_slice(bytes);
        }
        Unsynced::SetLen(len) => content.resize(usize::try_from(*len).unwrap(), 0),
    }
}

impl Model {
    /// Over a folder; what is in it is durable.
    pub(crate) fn new(root: &Path, seed: u64) -> Self {
        let mut durable = BTreeMap::new();
        load(root, &mut durable);
        let state = State {
            chance: Chance::new(seed),
            failing: 0,
            full: false,
            power_left: None,
            durable,
            unsynced: BTreeMap::new(),
            new_names: BTreeSet::new(),
            removed: BTreeMap::new(),
        };
        Self {
            root: root.to_owned(),
            state: Mutex::new(state),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets one act in `n` fail; none with 0.
    pub(crate) fn failing(&self, n: u64) {
        self.state().failing = n;
    }

    pub(crate) fn full(&self, full: bool) {
        self.state().full = full;
    }

    /// Lets the power go after so many acts.
    pub(crate) fn power_for(&self, acts: u64) {
        self.state().power_left = Some(acts);
    }

    pub(crate) fn has_power(&self) -> bool {
        self.state().power_left != Some(0)
    }

    /// Writes what a disk without power may hold into another folder.
    pub(crate) fn restore_into(&self, target: &Path) {
        let mut state = self.state();
        let State {
            chance,
            durable,
            unsynced,
            new_names,
            removed,
            ..
        } = &mut *state;
        let mut left = durable.clone();
        for (path, changes) in unsynced.iter() {
            let content = left.entry(path.clone()).or_default();
            for change in changes {
                match change {
                    Unsynced::Write(offset, bytes) if chance.one_in(3) => {
                        let len = chance.below(bytes.len() as u64 + 1);
                        let len = usize::try_from(len).unwrap();
                        apply(content, &Unsynced::Write(*offset, bytes[..len].to_vec()));
                    }
                    Unsynced::Write(..) if chance.one_in(2) => {}
                    change => apply(content, change),
                }
            }
        }
        for name in new_names.iter() {
            if chance.one_in(2) {
                left.remove(name);
            }
        }
        for (path, content) in removed.iter() {
            if chance.one_in(2) {
                left.insert(path.clone(), content.clone());
            }
        }
        for (path, content) in left {
            let path = target.join(path.strip_prefix(&self.root).unwrap());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
    }
}

/// Reads all files below a folder.
fn load(folder: &Path, into: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            load(&path, into);
        } else {
            let content = fs::read(&path).unwrap();
            into.insert(path, content);
        }
    }
}

impl Faults for Model {
    fn before(&self, act: Act<'_>) -> Verdict {
        let mut state = self.state();
        match &mut state.power_left {
            Some(0) => return Verdict::Fail(io::Error::other("no power")),
            Some(left) => *left -= 1,
            None => {}
        }
        let grows = matches!(act, Act::Create(_) | Act::Write { .. } | Act::SetLen { .. });
        if state.full && grows {
            return Verdict::Fail(io::ErrorKind::StorageFull.into());
        }
        if state.failing == 0 || matches!(act, Act::Remove(_)) {
            return Verdict::Go;
        }
        let failing = state.failing;
        if !state.chance.one_in(failing) {
            return Verdict::Go;
        }
        let error = match state.chance.below(2) {
            0 => io::Error::other("an injected failure of the disk"),
            _ => io::ErrorKind::StorageFull.into(),
        };
        match act {
            // Some systems forget what they could not write, and the next sync succeeds.
            Act::Sync(path) => {
                if state.chance.one_in(2) {
                    state.unsynced.remove(path);
                }
                Verdict::Fail(error)
            }
            Act::Write { bytes, .. } if state.chance.one_in(2) => {
                let len = state.chance.below(bytes.len() as u64 + 1);
                Verdict::Short(usize::try_from(len).unwrap(), error)
            }
            _ => Verdict::Fail(error),
        }
    }

    fn after(&self, act: Act<'_>) {
        let mut state = self.state();
        match act {
            Act::Create(path) => {
                state.new_names.insert(path.to_owned());
                state.durable.insert(path.to_owned(), Vec::new());
                state.removed.remove(path);
            }
            Act::Write {
                path,
                offset,
                bytes,
            } => {
                let change = Unsynced::Write(offset, bytes.to_vec());
                let changes = state.unsynced.entry(path.to_owned()).or_default();
                changes.push(change);
            }
            Act::SetLen { path, len } => {
                let changes = state.unsynced.entry(path.to_owned()).or_default();
                changes.push(Unsynced::SetLen(len));
            }
            Act::Sync(path) => {
                let changes = state.unsynced.remove(path).unwrap_or_default();
                let content = state.durable.entry(path.to_owned()).or_default();
                changes.iter().for_each(|change| apply(content, change));
            }
            Act::SyncFolder(folder) => {
                let is_in = |path: &PathBuf| path.parent() == Some(folder);
                state.new_names.retain(|path| !is_in(path));
                state.removed.retain(|path, _| !is_in(path));
            }
            Act::Remove(path) => {
                state.unsynced.remove(path);
                let content = state.durable.remove(path);
                if let Some(content) = content
                    && !state.new_names.remove(path)
                {
                    state.removed.insert(path.to_owned(), content);
                }
            }
        }
    }
}
