//! `cargo xtask bench put`: our client beside others, all against our store.
//!
//! Clients and store share this machine, and the clients take turns, so that what disturbs the machine disturbs all
//! alike: the ratios within one round count. See `benches/README.md`.

mod clients;
mod options;

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use clients::{Client, Kind, What};
use dropslip_bench_load::figures::{Figures, shown};
use dropslip_bench_load::process::{Process, free_port};
use options::Options;

const SMALL_BYTES: usize = 4096;
const FOLDERS: u64 = 100;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = Options::parse(&words)
        .map_err(io::Error::other)
        .and_then(|options| run(&options));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> io::Result<()> {
    let work = &options.work;
    if work.exists() {
        fs::remove_dir_all(work)?;
    }
    fs::create_dir_all(work)?;
    let store = start(options)?;
    let (clients, missing) = clients::all(options, store.address)?;
    let mut figures = Figures::default();
    if options.has_small {
        let folder = work.join("small");
        small_files(&folder, options.small_count)?;
        let rounds = if options.quick { 1 } else { 3 };
        turns(
            &clients,
            &store,
            (What::Small, &folder),
            rounds,
            &mut figures,
        )?;
    }
    if options.has_large {
        let file = work.join("large.bin");
        // Zeros that take no room: to read, to hash and to send they cost what other bytes cost.
        File::create(&file)?.set_len(options.large_bytes)?;
        let rounds = if options.quick { 1 } else { 3 };
        turns(&clients, &store, (What::Large, &file), rounds, &mut figures)?;
    }
    drop(store);
    report(options, &clients, &missing, &figures);
    fs::remove_dir_all(work)
}

fn start(options: &Options) -> io::Result<Process> {
    let port = free_port()?;
    let address = SocketAddr::from(([127, 0, 0, 1], port)).to_string();
    let mut command = Command::new(&options.dropslip);
    command.args([
        "store", "--listen", &address, "--bucket", "uploads", "--data",
    ]);
    command
        .arg(options.work.join("store"))
        .env("DROPSLIP_LOG", "off");
    Process::start(&mut command, port, &options.work.join("store.log"))
}

/// So many files of 4 KiB that differ, in a hundred folders.
fn small_files(folder: &Path, count: u64) -> io::Result<()> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut bytes = vec![0_u8; SMALL_BYTES];
    for number in 0..count {
        let below = folder.join(format!("{:02}", number % FOLDERS));
        fs::create_dir_all(&below)?;
        for eight in bytes.chunks_exact_mut(8) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            eight.copy_from_slice(&state.to_le_bytes());
        }
        File::create(below.join(format!("{number:05}.bin")))?.write_all(&bytes)?;
    }
    Ok(())
}

/// Lets the clients take turns.
fn turns(
    clients: &[Client],
    store: &Process,
    (what, from): (What, &Path),
    rounds: u32,
    figures: &mut Figures,
) -> io::Result<()> {
    for round in 0..rounds {
        let mut took = Vec::new();
        // Each begins a round in its turn, so that nobody always follows the same one.
        let first = round as usize % clients.len();
        for client in clients.iter().cycle().skip(first).take(clients.len()) {
            // What the one before left to write is not this one's.
            rustix::fs::sync();
            let to = match what {
                What::Small => format!("uploads/{}-{round}/", client.kind.name().replace(' ', "-")),
                // The same key for all: what was there is freed.
                What::Large => "uploads/large.bin".to_owned(),
            };
            let mut command = client.command(what, from, &to);
            let (cpu, of_store, began) = (children_cpu_s(), store.cpu_s(), Instant::now());
            let status = command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .status()?;
            let seconds = began.elapsed().as_secs_f64();
            if !status.success() {
                return Err(io::Error::other(format!(
                    "{} ended with {status}",
                    client.kind.name()
                )));
            }
            let cpu = children_cpu_s() - cpu;
            eprintln!(
                "{what:?} {round}: {} {seconds:.2} s, {cpu:.2} s CPU",
                client.kind.name()
            );
            let (name, of_store) = (client.kind.name(), store.cpu_s() - of_store);
            figures.add(name, format!("{what:?} s"), seconds);
            figures.add(name, format!("{what:?} cpu"), cpu);
            figures.add(name, format!("{what:?} store"), of_store);
            took.push((client.kind, seconds));
        }
        let ours = took
            .iter()
            .find(|(kind, _)| *kind == Kind::Ours)
            .map(|(_, seconds)| *seconds);
        for (kind, seconds) in took {
            let ratio = seconds / ours.unwrap_or(f64::NAN);
            figures.add(kind.name(), format!("{what:?} ratio"), ratio);
        }
    }
    Ok(())
}

/// Processor seconds of all children that have ended.
fn children_cpu_s() -> f64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = after_name.split_whitespace().skip(13).take(2);
    // Hundredths of a second on every Linux of today.
    ticks
        .filter_map(|field| field.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

fn report(options: &Options, clients: &[Client], missing: &[String], figures: &Figures) {
    let parts = [
        (
            What::Small,
            options.has_small,
            options.small_count as f64,
            "files/s",
        ),
        (
            What::Large,
            options.has_large,
            options.large_bytes as f64 / 1e6,
            "MB/s",
        ),
    ];
    for (what, is_wanted, amount, unit) in parts {
        if !is_wanted {
            continue;
        }
        match what {
            What::Small => println!("\n## {} files of 4 KiB\n", options.small_count),
            What::Large => println!(
                "\n## One file of {:.1} GB\n",
                options.large_bytes as f64 / 1e9
            ),
        }
        println!("| | seconds | {unit} | ours × | s CPU of the client | s CPU of the store |");
        println!("|---|--:|--:|--:|--:|--:|");
        for client in clients {
            let median = |of: &str| figures.median(client.kind.name(), &format!("{what:?} {of}"));
            println!(
                "| {} | {} | {} | {} | {} | {} |",
                client.kind.name(),
                shown(median("s")),
                shown(median("s").map(|seconds| amount / seconds)),
                shown(median("ratio")),
                shown(median("cpu")),
                shown(median("store")),
            );
        }
    }
    println!();
    for client in clients {
        println!("- {}: {}", client.kind.name(), client.version);
    }
    for note in missing {
        println!("- {note}");
    }
    if let Ok(load) = fs::read_to_string("/proc/loadavg") {
        let load: Vec<&str> = load.split(' ').take(3).collect();
        println!("\nLoad averages at the end: {}.", load.join(", "));
    }
}
