//! Blobs on disk: written, read, damaged, swept.

use super::*;

fn disk(data: &Path) -> Disk {
    Disk::open(data, Files::default(), None).unwrap()
}

fn kept(disk: &Disk, bytes: &[u8]) -> DataId {
    let mut blob = disk.create().unwrap();
    for piece in bytes.chunks(100_000) {
        blob.write(piece).unwrap();
    }
    blob.sync().unwrap();
    assert!(blob.write(b"!").is_err());
    let id = blob.id();
    blob.keep();
    id
}

fn read(disk: &Disk, id: DataId, len: u64, (start, wanted): (u64, usize)) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    disk.read(id, len)?.read(start, &mut bytes, wanted, false)?;
    Ok(bytes)
}

#[test]
fn a_kept_blob_is_read_again_and_others_are_removed() {
    let data = tempfile::tempdir().unwrap();
    let disk = disk(data.path());
    let bytes: Vec<u8> = (0..200_001u32).map(|at| (at % 251) as u8).collect();
    let id = kept(&disk, &bytes);
    let len = bytes.len() as u64;
    assert_eq!(read(&disk, id, len, (0, usize::MAX)).unwrap(), bytes);
    let from_second = &bytes[65_536..131_072];
    assert_eq!(read(&disk, id, len, (65_536, 65_536)).unwrap(), from_second);
    assert_eq!(
        read(&disk, id, len, (196_608, 65_536)).unwrap(),
        &bytes[196_608..]
    );
    let dropped = disk.create().unwrap();
    let gone = dropped.id();
    drop(dropped);
    assert!(disk.read(gone, 0).is_err());
    let empty = kept(&disk, b"");
    assert_eq!(read(&disk, empty, 0, (0, 10)).unwrap(), b"");
}

#[test]
fn a_damaged_block_is_not_given() {
    let data = tempfile::tempdir().unwrap();
    let disk = disk(data.path());
    let bytes = vec![7; 150_000];
    let id = kept(&disk, &bytes);
    let path = disk.blob_path(id);
    let good = fs::read(&path).unwrap();
    for at in [65_536, 131_071, 150_004] {
        let mut wrong = good.clone();
        wrong[at] ^= 1;
        fs::write(&path, &wrong).unwrap();
        let error = read(&disk, id, 150_000, (65_536, 65_536)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData, "byte {at}");
        assert!(error.to_string().contains(&id.to_string()));
        assert!(read(&disk, id, 150_000, (0, 65_536)).is_ok());
    }
    fs::write(&path, &good[..good.len() - 1]).unwrap();
    assert!(disk.read(id, 150_000).is_err());
}

#[test]
fn the_sweep_takes_leftovers_only() {
    let data = tempfile::tempdir().unwrap();
    let disk = disk(data.path());
    let [known, leftover] = [(); 2].map(|()| kept(&disk, b""));
    let in_flight = disk.create().unwrap();
    let foreign = [
        "00/README",
        "00/cafe",
        ".DS_Store",
        "00/ffffffffffffffffffffffffffffffff",
    ];
    let foreign = foreign.map(|name| data.path().join("blobs").join(name));
    foreign
        .iter()
        .for_each(|path| fs::write(path, "not ours").unwrap());
    let go_on = AtomicBool::new(false);
    assert_eq!(disk.sweep(|id| id == known, &go_on).unwrap(), 1);
    assert!(disk.read(known, 0).is_ok() && disk.blob_path(in_flight.id()).exists());
    assert!(disk.read(leftover, 0).is_err());
    assert!(foreign.iter().all(|path| path.exists()));
    assert_eq!(disk.sweep(|_| false, &AtomicBool::new(true)).unwrap(), 0);
    assert!(!disk.is_empty().unwrap());
    assert_eq!(disk.sweep(|_| false, &go_on).unwrap(), 1);
    drop(in_flight);
    assert!(disk.is_empty().unwrap());
}

#[test]
fn what_is_read_piece_by_piece_stays_until_it_is_read() {
    let data = tempfile::tempdir().unwrap();
    let disk = disk(data.path());
    let id = kept(&disk, b"bytes");
    let pins = [(); 2].map(|()| disk.pin([id].into_iter()));
    disk.remove_soon(id);
    let [first, second] = pins;
    drop(first);
    assert!(read(&disk, id, 5, (0, 5)).is_ok());
    drop(second);
    let start = std::time::Instant::now();
    while disk.blob_path(id).exists() {
        assert!(start.elapsed().as_secs() < 20);
        thread::yield_now();
    }
}

#[cfg(unix)]
#[test]
fn others_may_not_look_in() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("a/b");
    disk(&data);
    for path in [
        data.clone(),
        data.join("blobs"),
        data.join("journal"),
        data.join("blobs/00"),
    ] {
        assert_eq!(
            fs::metadata(path).unwrap().permissions().mode() & 0o777,
            0o700
        );
    }
}
