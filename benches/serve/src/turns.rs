//! All servers run, and take turns: what disturbs the machine disturbs all alike.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use dropslip_bench_load::figures::Figures;
use dropslip_bench_load::load::{self, Load, Sample};

use crate::answer;
use crate::contender::{Contender, Kind};
use crate::wish::{Ask, Same};

/// Keep-alive connections, each with one request under way.
pub const CONNECTIONS: usize = 32;

/// How often, and how long each time.
#[derive(Clone, Copy, Debug)]
pub struct Turns {
    pub rounds: u32,
    pub time: Duration,
    /// Before anything counts: Node compiles what is often run.
    pub warm_up: Duration,
}

/// Looks at one answer of a server, and at its memory while it rests.
pub fn look(contender: &Contender, figures: &mut Figures) -> io::Result<Vec<u8>> {
    let Contender { kind, process } = contender;
    let (body, bytes) = answer::ask(process.address, kind.ask())?;
    if !kind.is_constant() {
        answer::check(&body, kind.ask()).map_err(io::Error::other)?;
    }
    figures.add(kind.name(), "answer bytes", bytes as f64);
    figures.add(kind.name(), "MB at rest", process.resident_mb().0);
    Ok(body)
}

/// Measures them all, in turns.
pub fn run(contenders: &[Contender], turns: Turns, figures: &mut Figures) -> io::Result<()> {
    for contender in contenders {
        contender.process.forget_peak();
        ask_for(contender, turns.warm_up)?;
    }
    for round in 1..=turns.rounds {
        eprintln!("round {round} of {}", turns.rounds);
        let mut costs = Vec::new();
        for contender in contenders {
            let cost_us = measure(contender, turns.time, figures)?;
            costs.push((contender.kind, cost_us));
        }
        compare(&costs, figures);
    }
    Ok(())
}

/// One turn; gives the microseconds of processor time that a request took.
fn measure(contender: &Contender, time: Duration, figures: &mut Figures) -> io::Result<f64> {
    let process = &contender.process;
    let before_s = process.cpu_s();
    let sample = ask_for(contender, time)?;
    let cost_us = (process.cpu_s() - before_s) * 1e6 / sample.requests.max(1) as f64;
    let who = contender.kind.name();
    for (what, value) in [
        ("/s", sample.per_s()),
        ("p50 ms", sample.latency_ms(0.5)),
        ("p99 ms", sample.latency_ms(0.99)),
        ("errors", sample.errors as f64),
        ("cpu us", cost_us),
        ("MB under load", process.resident_mb().1),
    ] {
        figures.add(who, what, value);
    }
    eprintln!(
        "{who:>40}: {:>6.0}/s, {cost_us:>6.1} us cpu, p50 {:.2} p99 {:.2} ms, {} errors",
        sample.per_s(),
        sample.latency_ms(0.5),
        sample.latency_ms(0.99),
        sample.errors
    );
    Ok(cost_us)
}

/// Ratios within one round: the median of these is steadier than the ratio of medians.
fn compare(costs: &[(Kind, f64)], figures: &mut Figures) {
    let of = |wanted: Kind| costs.iter().find(|(kind, _)| *kind == wanted);
    for (kind, cost_us) in costs {
        if let Some((_, limit_us)) = of(Kind::Limit) {
            figures.add(kind.name(), "of limit", limit_us / cost_us);
        }
        if let Some((_, ours_us)) = of(Kind::Ours) {
            figures.add(kind.name(), "ours", cost_us / ours_us);
        }
    }
}

/// Loads a server that is there already, for a profiler.
pub fn only_load(address: SocketAddr, time: Duration) -> io::Result<()> {
    let sample = load_with(address, Ask::WithKey, time)?;
    println!(
        "{:.0}/s, {} requests, {} errors",
        sample.per_s(),
        sample.requests,
        sample.errors
    );
    Ok(())
}

fn ask_for(contender: &Contender, time: Duration) -> io::Result<Sample> {
    load_with(contender.process.address, contender.kind.ask(), time)
}

fn load_with(address: SocketAddr, ask: Ask, time: Duration) -> io::Result<Sample> {
    load::run(&Load {
        address,
        connections: CONNECTIONS,
        requests: &Same(ask.request()),
        first: 0,
        among: None,
        time,
        requests_max: u64::MAX,
        status: ask.status(),
        body_bytes: None,
        is_awake: true,
    })
}
