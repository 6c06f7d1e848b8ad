//! What the index does where it cannot go on as usual: a database of another format, one
//! that was never begun, one that fails, a change that panics, checkpoints that are late.

use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::base::Applied;
use super::*;
use crate::disk::files::Files;
use crate::disk::files::model::Model;
use crate::disk::{Gate, What};

fn open(folder: &Path) -> Result<(Disk, Index), IndexError> {
    let disk = Disk::open(folder, Files::default(), None)?;
    let index = Index::open(&folder.join(INDEX_FILE), disk.clone())?;
    Ok((disk, index))
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(future)
}

async fn put(index: &Index, key: &str, value: Vec<u8>) -> Result<(), IndexError> {
    let key = key.as_bytes().to_vec();
    let change = move |tx: &mut Tx<'_>| {
        tx.put(Table::Parts, key, value);
        Ok(())
    };
    index.change(change).await
}

fn value(index: &Index, key: &str) -> Option<Vec<u8>> {
    let snapshot = index.snapshot().unwrap();
    snapshot.value(Table::Parts, key.as_bytes()).unwrap()
}

/// The database of an older version is named, and stays as it is.
#[test]
fn a_folder_of_another_format_is_refused() {
    const META: redb::TableDefinition<'_, &str, u64> = redb::TableDefinition::new("meta");
    for other in [FORMAT - 1, FORMAT + 1] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(INDEX_FILE);
        let write = |format: u64| {
            let database = redb::Database::create(&path).unwrap();
            let transaction = database.begin_write().unwrap();
            let mut meta = transaction.open_table(META).unwrap();
            let before = meta.insert("format", format).unwrap();
            let before = before.map(|before| before.value());
            drop(meta);
            transaction.commit().unwrap();
            before
        };
        write(other);
        let error = open(folder.path()).map(drop).unwrap_err();
        let expected = format!("format {other}, this version reads format {FORMAT}");
        assert!(error.to_string().contains(&expected), "{error}");
        assert_eq!(write(FORMAT), Some(other));
    }
}

/// The process may end while the file is made: nothing can have been answered.
#[test]
fn a_database_that_was_never_begun_is_made_anew() {
    for content in [vec![], vec![0; 3], vec![0; 1 << 20]] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(INDEX_FILE), content).unwrap();
        let (_, index) = open(folder.path()).unwrap();
        run(put(&index, "a", vec![1])).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(INDEX_FILE), "something else").unwrap();
    assert!(open(folder.path()).is_err());
}

/// A failed checkpoint closes the database for its readers too, until it is opened anew.
#[test]
fn readers_go_on_after_a_failed_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let model = Arc::new(Model::new(folder.path(), 1));
    let files = Files::with(Arc::clone(&model) as Arc<_>);
    let mut store = Store::open(&folder.path().join(INDEX_FILE), files).unwrap();
    let mut rows = Memory::default();
    for key in 0..2000u32 {
        rows.set(Table::Parts as u8, &key.to_be_bytes(), Some(&[1; 300]));
    }
    let base = store.checkpoint(&rows, Applied::default()).unwrap();
    let state = State::new(Memory::default(), base);
    let before = state.snapshot();
    model.full(true);
    assert!(store.checkpoint(&rows, Applied::default()).is_err());
    model.full(false);
    let all = (Bound::Unbounded, Bound::Unbounded);
    let read = |key: u32| before.value(Table::Parts, &key.to_be_bytes());
    assert!((0..2000).any(|key| read(key).is_err()));
    state.reopened(store.base().unwrap());
    assert!((0..2000).all(|key| read(key).unwrap().is_some()));
    let rows = before.rows(Table::Parts, all).unwrap();
    let rows: Vec<_> = rows.collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), 2000);
}

#[test]
fn a_change_that_panics_is_the_only_one_that_fails() {
    let folder = tempfile::tempdir().unwrap();
    let (_, index) = open(folder.path()).unwrap();
    run(async {
        let panics = |tx: &mut Tx<'_>| {
            tx.put(Table::Parts, b"a".to_vec(), vec![]);
            panic!("of a test");
        };
        let failed: Result<(), IndexError> = index.change(panics).await;
        assert!(failed.is_err());
        put(&index, "b", vec![1]).await.unwrap();
    });
    assert_eq!(
        (value(&index, "a"), value(&index, "b")),
        (None, Some(vec![1]))
    );
}

/// Memory is bounded where a backup, or the disk, holds checkpoints up, and all is well
/// again after.
#[test]
fn changes_wait_for_checkpoints_and_are_refused_at_last() {
    let folder = tempfile::tempdir().unwrap();
    let (_, index) = open(folder.path()).unwrap();
    let gate = Gate::of(folder.path(), What::Checkpoint).unwrap();
    let passing = gate.pass().unwrap();
    let large = || vec![7; 17 * 1024 * 1024];
    run(async {
        let mut made = 0;
        let refused = loop {
            match put(&index, &format!("large-{made}"), large()).await {
                Ok(()) => made += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(refused, IndexError::Behind), "{refused}");
        // At the most what is set aside, and as much beside it.
        assert!((4..=8).contains(&made), "{made}");
        drop(passing);
        let start = std::time::Instant::now();
        while put(&index, "small", vec![1]).await.is_err() {
            assert!(start.elapsed().as_secs() < 30, "changes stay refused");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        for at in 0..made {
            assert_eq!(value(&index, &format!("large-{at}")), Some(large()));
        }
    });
}

/// The sweep runs beside the first changes after a start, and takes none of their files.
#[test]
fn the_sweep_leaves_what_is_just_being_stored() {
    let folder = tempfile::tempdir().unwrap();
    let (disk, index) = open(folder.path()).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let known = |id| index.refers_to(id).unwrap();
                assert_eq!(disk.sweep(known, &stop).unwrap(), 0);
            }
        });
        run(async {
            for _ in 0..100 {
                let mut blob = disk.create().unwrap();
                blob.sync().unwrap();
                let data = NewData::blob(Box::new(blob));
                let stored = move |tx: &mut Tx<'_>| Ok::<_, IndexError>(tx.store(data));
                let id = index.change(stored).await.unwrap();
                assert!(disk.read(id, 0).is_ok());
            }
        });
        stop.store(true, Ordering::Relaxed);
    });
}

/// Objects without bytes keep no segment of the journal, and miss none.
#[test]
fn no_bytes_are_read_from_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let (disk, _) = open(folder.path()).unwrap();
    let at = crate::journal::Position {
        segment: 99,
        offset: 64,
    };
    let mut kept = crate::journal::Kept { at, len: 0, crc: 0 };
    assert_eq!(disk.read_small(DataId(1), &kept, false).unwrap(), b"");
    kept.len = 1;
    assert!(disk.read_small(DataId(1), &kept, false).is_err());
}
