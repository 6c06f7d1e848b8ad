//! The journal, through crashes and failures of the disk.

use std::sync::Arc;

use super::*;
use crate::disk::DataId;
use crate::disk::files::model::Model;

type Rows = Vec<(u64, Vec<u8>)>;

fn opened(files: &Files, folder: &Path, from: Mark) -> io::Result<(Journal, Rows)> {
    let mut rows = Vec::new();
    let journal = Journal::open::<io::Error>(files.clone(), folder, from, |found| {
        for entry in found.entries {
            if let Entry::Row { key, .. } = entry {
                rows.push((found.number, key.to_vec()));
            }
        }
        Ok(())
    })?;
    Ok((journal, rows))
}

fn put(journal: &mut Journal, key: &str) -> io::Result<Kept> {
    let mut batch = journal.begin();
    let kept = batch.data(DataId(1), key.as_bytes());
    batch.row(1, key.as_bytes(), Some(b"value"));
    journal.append(batch, 5).map_err(|failure| failure.error)?;
    Ok(kept)
}

fn row(number: u64, key: &str) -> (u64, Vec<u8>) {
    (number, key.as_bytes().to_vec())
}

#[test]
fn it_goes_on_where_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::default();
    let (mut journal, rows) = opened(&files, folder.path(), Mark::default()).unwrap();
    assert!(rows.is_empty());
    let kept = put(&mut journal, "a").unwrap();
    let mark = journal.mark();
    put(&mut journal, "b").unwrap();
    drop(journal);
    let (mut journal, rows) = opened(&files, folder.path(), Mark::default()).unwrap();
    assert_eq!(rows, [row(0, "a"), row(1, "b")]);
    put(&mut journal, "c").unwrap();
    let (_, rows) = opened(&files, folder.path(), mark).unwrap();
    assert_eq!(rows, [row(1, "b"), row(2, "c")]);
    assert_eq!(segments(folder.path()).unwrap(), [1]);
    let segment = open_segment(&files, folder.path(), kept.at.segment).unwrap();
    let mut bytes = [0; 1];
    segment.read(kept.at.offset, &mut bytes).unwrap();
    assert_eq!((&bytes, kept.crc), (b"a", crc_fast::crc32_iscsi(b"a")));
}

#[test]
fn a_torn_end_is_cut_and_a_damaged_middle_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::default();
    let (mut journal, _) = opened(&files, folder.path(), Mark::default()).unwrap();
    let kept: Vec<_> = ["a", "b", "c"]
        .map(|key| put(&mut journal, key).unwrap())
        .to_vec();
    drop(journal);
    let damage = |at: u64| {
        let segment = open_segment(&files, folder.path(), 1).unwrap();
        segment.write(at, b"!").unwrap();
    };
    damage(kept[2].at.offset);
    let (mut journal, rows) = opened(&files, folder.path(), Mark::default()).unwrap();
    assert_eq!(rows, [row(0, "a"), row(1, "b")]);
    put(&mut journal, "d").unwrap();
    drop(journal);
    let (journal, rows) = opened(&files, folder.path(), Mark::default()).unwrap();
    assert_eq!(rows, [row(0, "a"), row(1, "b"), row(2, "d")]);
    assert_eq!(segments(folder.path()).unwrap(), [1, 2]);
    let end = journal.mark();
    damage(kept[0].at.offset);
    let error = opened(&files, folder.path(), Mark::default()).unwrap_err();
    assert!(error.to_string().contains("batch 0"), "{error}");
    // What is applied already is not read again.
    assert!(opened(&files, folder.path(), end).is_ok());
    remove_segment(&files, folder.path(), 2).unwrap();
    let error = opened(&files, folder.path(), end).unwrap_err();
    assert!(error.to_string().contains("missing"), "{error}");
}

/// The head of a segment without the rest, as a power failure may leave it.
#[test]
fn a_segment_that_was_never_begun_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    for (number, content) in [(1, &b""[..]), (2, &[0; 64]), (9, b"short")] {
        std::fs::write(segment::path_of(folder.path(), number), content).unwrap();
    }
    std::fs::write(folder.path().join("notes.txt"), "not ours").unwrap();
    let (mut journal, _) = opened(&Files::default(), folder.path(), Mark::default()).unwrap();
    assert!(segments(folder.path()).unwrap().is_empty());
    put(&mut journal, "a").unwrap();
    assert!(folder.path().join("notes.txt").exists());
}

/// Every batch that was acknowledged is read back, in order, and no other one is, whatever
/// fails underneath and whenever the power goes.
#[test]
fn acknowledged_batches_outlive_failures_and_power_cuts() {
    for seed in 0..40 {
        let folder = tempfile::tempdir().unwrap();
        let model = Arc::new(Model::new(folder.path(), seed));
        let files = Files::with(Arc::clone(&model) as Arc<_>);
        let (mut journal, _) = opened(&files, folder.path(), Mark::default()).unwrap();
        model.failing(7);
        model.power_for(20 + seed % 60);
        let mut acknowledged = Vec::new();
        let mut last = None;
        for i in 0..40 {
            let key = format!("key {i}");
            let number = journal.mark().next;
            match put(&mut journal, &key) {
                Ok(_) => acknowledged.push(row(number, &key)),
                Err(_) => last = Some(row(number, &key)),
            }
            if !model.has_power() {
                break;
            }
        }
        let after = tempfile::tempdir().unwrap();
        model.restore_into(after.path());
        let (_, mut rows) = opened(&Files::default(), after.path(), Mark::default())
            .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        if rows.len() > acknowledged.len() {
            // The one whose outcome was not known when the power went.
            assert_eq!(rows.pop(), last, "seed {seed}");
        }
        assert_eq!(rows, acknowledged, "seed {seed}");
    }
}

/// A full disk on which no other segment can be begun does not move the place up to which a
/// checkpoint is made, so the next start finds it.
#[test]
fn a_mark_made_on_a_full_disk_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let model = Arc::new(Model::new(folder.path(), 1));
    let files = Files::with(Arc::clone(&model) as Arc<_>);
    let (mut journal, _) = opened(&files, folder.path(), Mark::default()).unwrap();
    put(&mut journal, "a").unwrap();
    model.full(true);
    for _ in 0..3 {
        assert!(put(&mut journal, "b").is_err());
    }
    let mark = journal.mark();
    drop(journal);
    model.full(false);
    let (mut journal, rows) = opened(&files, folder.path(), mark).unwrap();
    assert!(rows.is_empty());
    put(&mut journal, "c").unwrap();
    let (_, rows) = opened(&files, folder.path(), mark).unwrap();
    assert_eq!(rows, [row(1, "c")]);
}

/// What a process left in the system's memory when it was killed, and the next one has
/// shown, is there after the power went too.
#[test]
fn what_a_start_has_read_is_on_disk() {
    for seed in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let model = Arc::new(Model::new(folder.path(), seed));
        let files = Files::with(Arc::clone(&model) as Arc<_>);
        let (mut journal, _) = opened(&files, folder.path(), Mark::default()).unwrap();
        put(&mut journal, "a").unwrap();
        // It is written, and killed before the sync.
        model.power_for(1);
        assert!(put(&mut journal, "b").is_err());
        drop(journal);
        model.power_for(u64::MAX);
        let (_, read) = opened(&files, folder.path(), Mark::default()).unwrap();
        assert_eq!(read, [row(0, "a"), row(1, "b")]);
        let after = tempfile::tempdir().unwrap();
        model.restore_into(after.path());
        let (_, rows) = opened(&Files::default(), after.path(), Mark::default()).unwrap();
        assert_eq!(rows, read, "seed {seed}");
    }
}

#[test]
fn a_segment_with_a_damaged_head_is_never_removed() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::default();
    let (mut journal, _) = opened(&files, folder.path(), Mark::default()).unwrap();
    let kept = put(&mut journal, "a").unwrap();
    journal.segment = None;
    put(&mut journal, "b").unwrap();
    let mark = journal.mark();
    drop(journal);
    let head = open_segment(&files, folder.path(), 1).unwrap();
    head.write(20, b"!").unwrap();
    // Where its batches are wanted there is no start, and else it goes without them.
    let error = opened(&files, folder.path(), Mark::default()).unwrap_err();
    assert!(error.to_string().contains("head"), "{error}");
    let (mut journal, _) = opened(&files, folder.path(), mark).unwrap();
    put(&mut journal, "c").unwrap();
    assert_eq!(segments(folder.path()).unwrap(), [1, 2]);
    let mut bytes = [0; 1];
    head.read(kept.at.offset, &mut bytes).unwrap();
    assert_eq!(&bytes, b"a");
}

/// A disk that has room for little.
#[derive(Debug)]
struct Narrow;

impl crate::disk::files::Faults for Narrow {
    fn before(&self, act: crate::disk::files::Act<'_>) -> crate::disk::files::Verdict {
        use crate::disk::files::{Act, Verdict};
        match act {
            Act::Write { bytes, .. } if bytes.len() > 1000 => {
                Verdict::Short(700, io::ErrorKind::StorageFull.into())
            }
            _ => Verdict::Go,
        }
    }

    fn after(&self, _: crate::disk::files::Act<'_>) {}
}

/// Who deletes objects because the disk is full needs room for that.
#[test]
fn what_had_no_room_leaves_its_place_to_what_has() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::with(Arc::new(Narrow));
    let (mut journal, _) = opened(&files, folder.path(), Mark::default()).unwrap();
    put(&mut journal, "a").unwrap();
    for _ in 0..2 {
        let mut batch = journal.begin();
        batch.row(1, b"large", Some(&[7; 5000]));
        let failure = journal.append(batch, 6).unwrap_err();
        assert!(failure.is_withdrawn && is_full(&failure.error));
        put(&mut journal, "b").unwrap();
    }
    drop(journal);
    let (mut journal, rows) = opened(&files, folder.path(), Mark::default()).unwrap();
    assert_eq!(rows, [row(0, "a"), row(1, "b"), row(2, "b")]);
    assert_eq!(segments(folder.path()).unwrap(), [1]);
    put(&mut journal, "c").unwrap();
    let (_, rows) = opened(&files, folder.path(), Mark::default()).unwrap();
    assert_eq!(rows.last(), Some(&row(3, "c")));
}
