//! `cargo xtask bench serve`: what issuing an upload costs, beside other servers that sign and the limit of the stack.
//!
//! Each server runs on one core and the load on another; what counts is processor time, and ratios within one
//! round. See `benches/README.md`.

mod answer;
#[cfg(feature = "peers")]
mod aws_sdk;
mod contender;
mod install;
mod limit;
mod options;
mod report;
mod turns;
mod wish;

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use contender::{Contender, Kind};
use dropslip_bench_load::figures::Figures;
use dropslip_bench_load::process;
use limit::Listener;
use options::{Only, Options};
use turns::Turns;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let port = |text: &str| text.parse().expect("a port");
    let done = match words[..] {
        ["--limit", number, file] => limit::serve(port(number), Path::new(file), Listener::Ours),
        ["--axum-serve", number, file] => {
            limit::serve(port(number), Path::new(file), Listener::Axum)
        }
        #[cfg(feature = "peers")]
        ["--aws-sdk", number] => aws_sdk::serve(port(number)),
        ["--load", address, seconds] => turns::only_load(
            address
                .parse()
                .expect("an address, such as `127.0.0.1:7601`"),
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
    process::more_descriptors();
    let places = &options.places;
    if places.work.exists() {
        fs::remove_dir_all(&places.work)?;
    }
    fs::create_dir_all(&places.work)?;
    let (mut kinds, mut notes) = (vec![Kind::Limit, Kind::AxumServe], Vec::new());
    if options.only != Only::Limit {
        kinds.extend([Kind::Ours, Kind::OursOpen]);
        kinds.extend(places.beside.as_ref().map(|_| Kind::Beside));
    }
    if options.only == Only::All {
        let (peers, missing) = install::peers(places);
        kinds.extend(peers);
        notes.extend(missing);
    }
    let cores = process::cores();
    let (Some(&for_servers), Some(&for_load)) = (cores.first(), cores.last()) else {
        return Err(io::Error::other("no core to run on"));
    };
    if for_servers == for_load {
        notes.push("There is one core: server and load share it".to_owned());
    }
    let mut figures = Figures::default();
    // What ours answers is what the limit repeats.
    let ours = Contender::start(places, Kind::Ours, for_servers)?;
    let answer = turns::look(&ours, &mut Figures::default())?;
    fs::write(contender::constant_answer(places), answer)?;
    drop(ours);
    let mut contenders = Vec::new();
    for kind in kinds {
        let started = Contender::start(places, kind, for_servers).and_then(|contender| {
            turns::look(&contender, &mut figures)?;
            Ok(contender)
        });
        match started {
            Ok(contender) => contenders.push(contender),
            Err(error) if kind.is_needed() => return Err(error),
            Err(error) => notes.push(format!("{} is left out: {error}", kind.name())),
        }
    }
    process::bind(for_load)?;
    turns::run(&contenders, how_long(options.quick), &mut figures)?;
    let kinds: Vec<Kind> = contenders.iter().map(|one| one.kind).collect();
    report::print(&figures, &kinds, &notes);
    drop(contenders);
    fs::remove_dir_all(&places.work)
}

fn how_long(quick: bool) -> Turns {
    let seconds = Duration::from_secs_f64;
    match quick {
        true => Turns {
            rounds: 3,
            time: seconds(0.7),
            warm_up: seconds(0.5),
        },
        false => Turns {
            rounds: 11,
            time: seconds(1.5),
            warm_up: seconds(3.0),
        },
    }
}
