//! One stream of a large object, and the memory that many uploads take.

use std::io;
use std::time::Duration;

use crate::floor::{FILE, STREAM};
use crate::machine::settle;
use crate::requests::{BUCKET, Scribe};
use crate::servers::{Kind, Places, Server};
use crate::small::Contender;
use crate::stream::{self, Uploads};
use dropslip_bench_load::figures::Figures;

/// Megabytes are 10^6 bytes, as disks and networks count them.
fn mb_s(bytes: u64, took: Duration) -> f64 {
    bytes as f64 / 1e6 / took.as_secs_f64()
}

/// One round: each server takes one object and gives it back.
pub fn round(
    contenders: &[Contender],
    bytes: u64,
    noise: &[u8],
    figures: &mut Figures,
) -> io::Result<()> {
    let scribe = Scribe::new();
    let put = scribe.head("PUT", &format!("/{BUCKET}/large"), "", Some(bytes));
    let get = scribe.head("GET", &format!("/{BUCKET}/large"), "", None);
    for Contender { server, .. } in contenders {
        let who = server.kind.name();
        let process = &server.process;
        settle();
        process.forget_peak();
        let before_s = process.cpu_s();
        let (_, took) = stream::one(process.address, &put, Some((noise, bytes)))?;
        figures.add(who, "stream PUT", mb_s(bytes, took));
        figures.add(who, "stream PUT cpu s", process.cpu_s() - before_s);
        figures.add(who, "stream PUT peak MB", process.resident_mb().1);
        settle();
        let gets: &[(&str, Vec<u8>)] = match server.kind {
            Kind::Floor => &[
                ("stream GET", get_of(&format!("{STREAM}{bytes}"))),
                ("file GET", get_of(FILE)),
            ],
            _ => &[("stream GET", get.clone())],
        };
        for (what, request) in gets {
            let before_s = process.cpu_s();
            let (got, took) = stream::one(process.address, request, None)?;
            if got != bytes {
                return Err(io::Error::other(format!(
                    "{who} gave {got} bytes of {bytes}"
                )));
            }
            figures.add(who, *what, mb_s(bytes, took));
            figures.add(who, format!("{what} cpu s"), process.cpu_s() - before_s);
        }
        let shown = |what: &str| figures.median(who, what).unwrap_or_default();
        eprintln!(
            "{who:>20} stream PUT {:.0} MB/s, GET {:.0} MB/s (medians so far)",
            shown("stream PUT"),
            shown("stream GET")
        );
    }
    Ok(())
}

fn get_of(path: &str) -> Vec<u8> {
    Scribe::new().head("GET", path, "", None)
}

/// Uploads that make a server hold much at once.
#[derive(Clone, Copy, Debug)]
pub struct Crowd {
    pub what: &'static str,
    pub uploads: usize,
    pub bytes: u64,
    pub piece_bytes: usize,
    pub pause: Duration,
}

/// Memory of ours while so many uploads are under way, from a start on an empty folder.
pub fn memory(
    places: &Places,
    crowd: Crowd,
    noise: &[u8],
    figures: &mut Figures,
) -> io::Result<()> {
    let who = Kind::Ours.name();
    let server = Server::start(places, Kind::Ours)?;
    let scribe = Scribe::new();
    let head = |at| {
        let path = format!("/{BUCKET}/{}-{at}", crowd.uploads);
        scribe.head("PUT", &path, "", Some(crowd.bytes))
    };
    let (idle_mb, _) = server.process.resident_mb();
    let (good, took) = stream::uploads(&Uploads {
        address: server.process.address,
        heads: (0..crowd.uploads).map(head).collect(),
        piece: &noise[..crowd.piece_bytes],
        len: crowd.bytes,
        pause: crowd.pause,
    })?;
    let (_, peak_mb) = server.process.resident_mb();
    let total = crowd.bytes * crowd.uploads as u64;
    figures.add(who, format!("{} peak MB", crowd.what), peak_mb);
    figures.add(who, format!("{} good", crowd.what), good as f64);
    eprintln!(
        "{who:>20} {}: {idle_mb:.0} MB idle, {peak_mb:.0} MB at most, {good} of {} stored, {:.0} MB/s",
        crowd.what,
        crowd.uploads,
        mb_s(total, took)
    );
    Ok(())
}
