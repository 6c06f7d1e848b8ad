//! What was acknowledged holds: through writes and syncs that fail, a disk that is full, and
//! power that goes at any instant, and what it leaves behind takes no room for good.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dropslip_s3::{BucketName, ObjectKey};
use tempfile::TempDir;

use super::*;
use crate::disk::files::Files;
use crate::disk::files::model::{Chance, Model};

/// Key → the seed of its bytes; none: it is not there.
type Objects = BTreeMap<u64, Option<u64>>;

const KEYS: u64 = 12;

/// Bytes that follow from a number. One in four has a file of its own.
fn content(seed: u64) -> Vec<u8> {
    let mut chance = Chance::new(seed);
    let len = match chance.below(4) {
        0 => 65_537 + chance.below(100_000),
        _ => chance.below(3000),
    };
    let first = chance.next();
    (0..len)
        .map(|at| (first.wrapping_add(at) % 251) as u8)
        .collect()
}

fn bucket() -> BucketName {
    BucketName::parse("photos").unwrap()
}

fn key(number: u64) -> ObjectKey {
    ObjectKey::parse(&format!("key-{number}")).unwrap()
}

struct Opened {
    disk: Disk,
    index: Index,
}

fn open(folder: &Path, files: Files) -> Result<Opened, IndexError> {
    let disk = Disk::open(folder, files, None)?;
    let index = Index::open(&folder.join("index.redb"), disk.clone())?;
    Ok(Opened { disk, index })
}

impl Opened {
    async fn make_bucket(&self) -> Result<(), IndexError> {
        let make = |tx: &mut Tx<'_>| buckets::create(tx, &bucket(), &BucketRecord::default());
        self.index.change(make).await
    }

    fn new_data(&self, bytes: Vec<u8>) -> Result<NewData, IndexError> {
        if bytes.len() <= crate::limits::SMALL_BYTES_MAX {
            return Ok(NewData::small(bytes));
        }
        let mut blob = self.disk.create()?;
        blob.write(&bytes)?;
        blob.sync()?;
        Ok(NewData::blob(Box::new(blob)))
    }

    async fn put(&self, number: u64, seed: u64) -> Result<(), IndexError> {
        let bytes = content(seed);
        let size_bytes = bytes.len() as u64;
        let data = self.new_data(bytes)?;
        let change = move |tx: &mut Tx<'_>| {
            let record = record(Content::Data(tx.store(data)), size_bytes);
            objects::put(tx, (&bucket(), &key(number)), record).map(drop)
        };
        self.index.change(change).await
    }

    /// Copies without copying bytes.
    async fn copy(&self, from: u64, to: u64) -> Result<(), IndexError> {
        let change = move |tx: &mut Tx<'_>| {
            let Some(source) = objects::current(tx, (&bucket(), &key(from)))? else {
                return Err(IndexError::NoSuchBucket);
            };
            if let Content::Data(id) = source.content {
                tx.share(id);
            }
            objects::put(tx, (&bucket(), &key(to)), source).map(drop)
        };
        self.index.change(change).await
    }

    async fn delete(&self, number: u64) -> Result<(), IndexError> {
        let change = move |tx: &mut Tx<'_>| {
            objects::delete(tx, (&bucket(), &key(number)), Default::default()).map(drop)
        };
        self.index.change(change).await
    }

    /// The bytes of an object, and of what they are.
    fn get(&self, number: u64) -> Result<Option<(DataId, Vec<u8>)>, IndexError> {
        let snapshot = self.index.snapshot()?;
        let Some(object) = objects::current(&snapshot, (&bucket(), &key(number)))? else {
            return Ok(None);
        };
        let Content::Data(id) = object.content else {
            panic!("nothing here is made of parts");
        };
        let record = snapshot.data(id)?.expect("an object's bytes are known");
        let mut bytes = Vec::new();
        match record.place {
            Place::Journal(kept) => bytes = self.disk.read_small(id, &kept, false)?,
            Place::Blob { len } => {
                let mut blob = self.disk.read(id, len)?;
                blob.read(0, &mut bytes, usize::MAX, false)?;
            }
        }
        Ok(Some((id, bytes)))
    }

    /// Holds every object against what it may be.
    fn check(
        &self,
        acknowledged: &Objects,
        unknown: &BTreeMap<u64, BTreeSet<Option<u64>>>,
        seed: u64,
    ) {
        let mut blobs = BTreeSet::new();
        for number in 0..KEYS {
            let got = self
                .get(number)
                .unwrap_or_else(|e| panic!("seed {seed}, key {number}: {e}"));
            let mut allowed = BTreeSet::from([acknowledged.get(&number).copied().flatten()]);
            allowed.extend(unknown.get(&number).into_iter().flatten());
            let bytes = got.as_ref().map(|(_, bytes)| bytes);
            let is_allowed = allowed
                .iter()
                .any(|seed| seed.map(content).as_ref() == bytes);
            assert!(
                is_allowed,
                "seed {seed}: key {number} is not one of {allowed:?}"
            );
            if let Some((id, bytes)) = got
                && bytes.len() > crate::limits::SMALL_BYTES_MAX
            {
                blobs.insert(id.to_string());
            }
        }
        let index = self.index.clone();
        let known = |id| index.refers_to(id).unwrap();
        self.disk.sweep(known, &AtomicBool::new(false)).unwrap();
        assert_eq!(
            self.disk.blobs(),
            blobs,
            "seed {seed}: blobs without an object, or the other way"
        );
    }
}

fn record(content: Content, size_bytes: u64) -> ObjectRecord {
    let record = serde_json::json!({
        "content": content, "sizeBytes": size_bytes, "etag": "\"e\"", "modifiedMs": 0,
        "owner": "", "headers": {},
    });
    serde_json::from_value(record).unwrap()
}

/// Changes objects at random until it has made so many changes or the power is gone.
async fn load(
    opened: &Opened,
    chance: &mut Chance,
    (changes, acknowledged): (u64, &mut Objects),
    model: &Model,
) -> BTreeMap<u64, BTreeSet<Option<u64>>> {
    let mut unknown: BTreeMap<u64, BTreeSet<Option<u64>>> = BTreeMap::new();
    for _ in 0..changes {
        let (number, seed) = (chance.below(KEYS), chance.next());
        let other = chance.below(KEYS);
        let (wanted, done) = match chance.below(5) {
            0 => (None, opened.delete(number).await),
            1 => {
                let wanted = acknowledged.get(&other).copied().flatten();
                (wanted, opened.copy(other, number).await)
            }
            _ => (Some(seed), opened.put(number, seed).await),
        };
        match done {
            Ok(()) => {
                acknowledged.insert(number, wanted);
                unknown.remove(&number);
            }
            Err(IndexError::NoSuchBucket) => {}
            Err(_) if model.has_power() => {
                // An error means that the old object stands.
                let got = opened.get(number).ok().flatten().map(|(_, bytes)| bytes);
                let stands = acknowledged.get(&number).copied().flatten().map(content);
                let readable = opened.get(number).is_ok();
                assert!(
                    !readable || got == stands,
                    "key {number} changed with an error"
                );
                unknown.entry(number).or_default().insert(wanted);
            }
            Err(_) => {
                unknown.entry(number).or_default().insert(wanted);
                break;
            }
        }
    }
    unknown
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(future)
}

/// How many times each harness runs; more are asked for by `cargo xtask crash`.
fn seeds(usual: u64) -> std::ops::Range<u64> {
    let asked = std::env::var("DROPSLIP_KILLS").ok();
    0..asked.and_then(|n| n.parse().ok()).unwrap_or(usual)
}

#[test]
fn acknowledged_objects_outlive_power_cuts() {
    for seed in seeds(10) {
        let mut chance = Chance::new(seed);
        let mut folder = tempfile::tempdir().unwrap();
        let mut acknowledged = Objects::new();
        // Several in a row: a start after a power cut may be cut short itself.
        for round in 0..3 {
            let model = Arc::new(Model::new(folder.path(), chance.next()));
            let opened = open(folder.path(), Files::with(Arc::clone(&model) as Arc<_>)).unwrap();
            let unknown = run(async {
                if round == 0 {
                    opened.make_bucket().await.unwrap();
                }
                model.power_for(chance.below(300));
                load(&opened, &mut chance, (150, &mut acknowledged), &model).await
            });
            model.power_for(0);
            drop(opened);
            let after = tempfile::tempdir().unwrap();
            model.restore_into(after.path());
            let opened = open(after.path(), Files::default())
                .unwrap_or_else(|error| panic!("seed {seed}, round {round}: {error}"));
            opened.check(&acknowledged, &unknown, seed);
            learn(&opened, &mut acknowledged, &unknown);
            folder = reopen(opened, after);
        }
    }
}

/// Takes over what became of changes whose outcome nobody knew.
fn learn(
    opened: &Opened,
    acknowledged: &mut Objects,
    unknown: &BTreeMap<u64, BTreeSet<Option<u64>>>,
) {
    for (number, wanted) in unknown {
        let got = opened.get(*number).unwrap().map(|(_, bytes)| bytes);
        if let Some(it) = wanted.iter().find(|seed| seed.map(content) == got) {
            acknowledged.insert(*number, *it);
        }
    }
}

fn reopen(opened: Opened, folder: TempDir) -> TempDir {
    drop(opened);
    folder
}

#[test]
fn failures_of_the_disk_change_nothing_and_pass() {
    for seed in seeds(6) {
        let mut chance = Chance::new(seed);
        let folder = tempfile::tempdir().unwrap();
        let model = Arc::new(Model::new(folder.path(), chance.next()));
        let opened = open(folder.path(), Files::with(Arc::clone(&model) as Arc<_>)).unwrap();
        let mut acknowledged = Objects::new();
        run(async {
            opened.make_bucket().await.unwrap();
            for round in 0..4 {
                match round % 2 {
                    0 => model.failing(6),
                    _ => model.full(true),
                }
                load(&opened, &mut chance, (40, &mut acknowledged), &model).await;
                model.failing(0);
                model.full(false);
                let whole = load(&opened, &mut chance, (20, &mut acknowledged), &model).await;
                // Readers may meet a database that is just being opened again.
                assert!(whole.is_empty(), "seed {seed}: {whole:?}");
                settled(&opened);
                opened.check(&acknowledged, &BTreeMap::new(), seed);
            }
        });
        drop(opened);
        let opened = open(folder.path(), Files::default()).unwrap();
        opened.check(&acknowledged, &BTreeMap::new(), seed);
    }
}

/// Waits until the database can be read, which is opened again beside the changes.
fn settled(opened: &Opened) {
    let start = std::time::Instant::now();
    while (0..KEYS).any(|number| opened.get(number).is_err()) {
        assert!(start.elapsed().as_secs() < 20, "the index stays closed");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

/// Small objects that are replaced again and again do not fill the disk.
#[test]
fn the_journal_gives_room_back() {
    let folder = tempfile::tempdir().unwrap();
    let opened = open(folder.path(), Files::default()).unwrap();
    run(async {
        opened.make_bucket().await.unwrap();
        // Stay, among those that are replaced.
        for number in 0..KEYS - 1 {
            opened.put(number, number).await.unwrap();
        }
        let bytes = 60_000;
        for round in 0..3 * crate::limits::SEGMENT_BYTES / bytes {
            let data = NewData::small(vec![round as u8; usize::try_from(bytes).unwrap()]);
            let change = move |tx: &mut Tx<'_>| {
                let record = record(Content::Data(tx.store(data)), bytes);
                objects::put(tx, (&bucket(), &key(KEYS)), record).map(drop)
            };
            opened.index.change(change).await.unwrap();
        }
    });
    let start = std::time::Instant::now();
    while crate::journal::segments(opened.disk.journal())
        .unwrap()
        .len()
        > 1
    {
        assert!(
            start.elapsed().as_secs() < 20,
            "the journal keeps what nobody refers to"
        );
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let all = (0..KEYS - 1).map(|number| (number, Some(number)));
    opened.check(&all.clone().collect(), &BTreeMap::new(), 0);
    drop(opened);
    let opened = open(folder.path(), Files::default()).unwrap();
    opened.check(&all.collect(), &BTreeMap::new(), 0);
}
