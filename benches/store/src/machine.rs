//! The limits of the machine: its disk, and MD5 on one of its cores.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use md5::{Digest as _, Md5};

const PIECE_BYTES: usize = 1024 * 1024;

/// Megabytes a second of one file that is written and synced.
pub fn write_mb_s(folder: &Path, bytes: u64, noise: &[u8]) -> io::Result<f64> {
    let path = folder.join("sequential");
    let mut file = File::create(&path)?;
    let began = Instant::now();
    for _ in 0..bytes / PIECE_BYTES as u64 {
        file.write_all(&noise[..PIECE_BYTES])?;
    }
    file.sync_all()?;
    let took = began.elapsed();
    fs::remove_file(path)?;
    Ok(bytes as f64 / 1e6 / took.as_secs_f64())
}

/// Files of 4 KiB a second that so many threads create and sync, each with its folder.
pub fn files_per_s(folder: &Path, threads: u64, time: Duration, noise: &[u8]) -> io::Result<f64> {
    let folder = folder.join("files");
    fs::create_dir_all(&folder)?;
    let names = AtomicU64::new(0);
    let began = Instant::now();
    let one = || -> io::Result<()> {
        while began.elapsed() < time {
            let name = names.fetch_add(1, Ordering::Relaxed);
            let mut file = File::create_new(folder.join(name.to_string()))?;
            file.write_all(&noise[..4096])?;
            file.sync_all()?;
            File::open(&folder)?.sync_all()?;
        }
        Ok(())
    };
    let result = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        running
            .into_iter()
            .try_for_each(|thread| thread.join().expect("no thread panics"))
    });
    let took = began.elapsed();
    fs::remove_dir_all(&folder)?;
    result?;
    Ok(names.into_inner() as f64 / took.as_secs_f64())
}

/// Megabytes a second that one core hashes.
pub fn md5_mb_s(noise: &[u8]) -> f64 {
    const PIECES: u32 = 256;
    let began = Instant::now();
    let mut hash = Md5::new();
    for _ in 0..PIECES {
        hash.update(&noise[..PIECE_BYTES]);
    }
    std::hint::black_box(hash.finalize());
    f64::from(PIECES) * PIECE_BYTES as f64 / 1e6 / began.elapsed().as_secs_f64()
}

/// Lets the system write all that it holds back, so that nobody pays for another's bytes.
pub fn settle() {
    rustix::fs::sync();
}
