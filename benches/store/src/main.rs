//! `cargo xtask bench store`: our store beside other servers and the machine's limits.
//!
//! All run on this machine in the same minutes, and take turns, so that what disturbs the
//! machine disturbs all alike: the ratios count. See `benches/README.md`.

mod floor;
mod install;
mod large_bodies;
mod machine;
mod million;
mod options;
mod report;
mod requests;
mod servers;
mod small;
mod stream;

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use dropslip_bench_load::figures::Figures;
use large_bodies::Crowd;
use options::{Options, Part};
use servers::{Kind, Server};
use small::{Contender, Pools};

const MIB: u64 = 1024 * 1024;
const STREAM_BYTES: u64 = 256 * MIB;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["--floor", port, file] => floor::serve(port.parse().expect("a port"), Path::new(file)),
        ["--load", address, method, connections, seconds] => small::only_load(
            address
                .parse()
                .expect("an address, such as `127.0.0.1:7601`"),
            method,
            connections.parse().expect("a number of connections"),
            Duration::from_secs(seconds.parse().expect("seconds")),
        ),
        _ => match Options::parse(&words) {
            Ok(options) => run(&options),
            Err(message) => Err(io::Error::other(message)),
        },
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> io::Result<()> {
    dropslip_bench_load::process::more_descriptors();
    let places = &options.places;
    if places.work.exists() {
        fs::remove_dir_all(&places.work)?;
    }
    fs::create_dir_all(&places.work)?;
    let noise = requests::noise(MIB as usize);
    let (mut kinds, mut notes) = (vec![Kind::Floor, Kind::Ours], Vec::new());
    if places.beside.is_some() {
        kinds.push(Kind::Beside);
    }
    if !options.only_ours {
        let (peers, missing) = install::peers(places);
        kinds.extend(peers);
        notes.extend(missing);
    }
    let mut figures = Figures::default();
    if options.has(Part::Small) || options.has(Part::Stream) {
        kinds = turns(options, &kinds, &noise, &mut figures, &mut notes)?;
    }
    if options.has(Part::Memory) {
        for crowd in crowds(options.quick) {
            large_bodies::memory(places, crowd, &noise, &mut figures)?;
        }
    }
    if options.has(Part::Large) {
        let count = if options.quick { 50_000 } else { 1_000_000 };
        million::run(places, count, &mut figures)?;
    }
    report::print(&figures, &kinds, &notes);
    fs::remove_dir_all(&places.work)
}

/// All servers run, and take turns in every round. Gives those that could be started.
fn turns(
    options: &Options,
    kinds: &[Kind],
    noise: &[u8],
    figures: &mut Figures,
    notes: &mut Vec<String>,
) -> io::Result<Vec<Kind>> {
    let places = &options.places;
    fs::write(
        servers::plain_file(places),
        noise.repeat((STREAM_BYTES / MIB) as usize),
    )?;
    eprintln!("signing …");
    let pools = Pools::sign(if options.quick { 100_000 } else { 400_000 });
    let mut contenders = Vec::new();
    for kind in kinds {
        match Server::start(places, *kind) {
            Ok(server) => {
                eprintln!("{:>20} started in {:?}", kind.name(), server.process.start);
                contenders.push(Contender { server, keys: 0 });
            }
            Err(error) if *kind == Kind::Ours || *kind == Kind::Floor => return Err(error),
            Err(error) => notes.push(format!("{} is left out: {error}", kind.name())),
        }
    }
    let (rounds, time) = match options.quick {
        true => (1, Duration::from_secs(1)),
        false => (3, Duration::from_secs(3)),
    };
    for round in 0..rounds {
        eprintln!("round {} of {rounds}", round + 1);
        limits(places, time, noise, figures)?;
        if options.has(Part::Small) {
            small::round(&mut contenders, &pools, time, figures)?;
            small::bound_memory(&mut contenders, places)?;
        }
        if options.has(Part::Stream) {
            large_bodies::round(&contenders, STREAM_BYTES, noise, figures)?;
            small::bound_memory(&mut contenders, places)?;
        }
    }
    Ok(contenders.iter().map(|one| one.server.kind).collect())
}

fn limits(
    places: &servers::Places,
    time: Duration,
    noise: &[u8],
    figures: &mut Figures,
) -> io::Result<()> {
    let who = report::MACHINE;
    machine::settle();
    figures.add(who, "md5 MB/s", machine::md5_mb_s(noise));
    for threads in [1, 16, 64] {
        let per_s = machine::files_per_s(&places.work, threads, time, noise)?;
        figures.add(who, format!("files {threads} /s"), per_s);
        machine::settle();
    }
    let mb_s = machine::write_mb_s(&places.work, STREAM_BYTES, noise)?;
    figures.add(who, "write MB/s", mb_s);
    Ok(())
}

/// Uploads of which each could fill the memory with little.
fn crowds(quick: bool) -> [Crowd; 2] {
    [
        Crowd {
            what: "64 large uploads",
            uploads: 64,
            bytes: if quick { 64 * MIB } else { 512 * MIB },
            piece_bytes: MIB as usize,
            pause: Duration::ZERO,
        },
        // For some seconds each of them has begun and none has ended.
        Crowd {
            what: "1,000 slow uploads",
            uploads: 1000,
            bytes: MIB,
            piece_bytes: 16 * 1024,
            pause: Duration::from_millis(200),
        },
    ]
}
