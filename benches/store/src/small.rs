//! Objects of 4 KiB: how many a second, how late, and at what cost.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::machine::settle;
use crate::requests::{Pool, noise, scattered};
use crate::servers::{Kind, Places, Server, make_bucket};
use dropslip_bench_load::figures::Figures;
use dropslip_bench_load::load::{self, Load};

pub const BODY_BYTES: u64 = 4096;
pub const CONNECTIONS: [usize; 3] = [1, 16, 64];
/// Past that a server is started anew: one that keeps all in memory fills it.
const RESIDENT_MB_MAX: f64 = 2048.0;

/// The two kinds of requests.
#[derive(Debug)]
pub struct Pools {
    put: Pool,
    get: Pool,
}

impl Pools {
    /// Signs so many of each.
    pub fn sign(count: u32) -> Self {
        let body = noise(BODY_BYTES as usize);
        Self {
            put: Pool::sign("PUT", scattered, &body, count),
            get: Pool::sign("GET", scattered, &[], count),
        }
    }
}

/// A server with the number of its next key.
#[derive(Debug)]
pub struct Contender {
    pub server: Server,
    pub keys: u32,
}

/// One round: every server takes its turn at each kind of load.
pub fn round(
    contenders: &mut [Contender],
    pools: &Pools,
    time: Duration,
    figures: &mut Figures,
) -> io::Result<()> {
    for method in ["PUT", "GET"] {
        for connections in CONNECTIONS {
            for contender in &mut *contenders {
                settle();
                one(contender, pools, (method, connections), time, figures)?;
            }
        }
    }
    Ok(())
}

/// Starts anew what has grown too large.
pub fn bound_memory(contenders: &mut [Contender], places: &Places) -> io::Result<()> {
    for contender in contenders {
        let (resident_mb, _) = contender.server.process.resident_mb();
        if resident_mb > RESIDENT_MB_MAX {
            let kind = contender.server.kind;
            eprintln!(
                "{} holds {resident_mb:.0} MB and is started anew",
                kind.name()
            );
            contender.server.process.kill();
            contender.server = Server::start(places, kind)?;
            contender.keys = 0;
        }
    }
    Ok(())
}

/// Loads a server that is there already, for a profiler; it must know the keys of
/// `requests`.
pub fn only_load(
    address: SocketAddr,
    method: &str,
    connections: usize,
    time: Duration,
) -> io::Result<()> {
    const KEYS: u32 = 10_000;
    make_bucket(address)?;
    let pools = Pools::sign(200_000);
    let mut load = Load {
        address,
        connections: 16,
        requests: &pools.put,
        first: 0,
        among: None,
        time: Duration::from_secs(600),
        requests_max: u64::from(KEYS),
        status: 200,
        body_bytes: None,
        is_awake: false,
    };
    if method == "GET" {
        load::run(&load)?;
        load.requests = &pools.get;
        load.among = Some(KEYS);
    }
    load.connections = connections;
    load.time = time;
    load.requests_max = u64::MAX;
    println!("begins");
    let sample = load::run(&load)?;
    println!(
        "{method} {connections}: {:.0}/s, p50 {:.2}, p99 {:.2} ms, {} requests, {} errors",
        sample.per_s(),
        sample.latency_ms(0.5),
        sample.latency_ms(0.99),
        sample.requests,
        sample.errors
    );
    Ok(())
}

fn one(
    contender: &mut Contender,
    pools: &Pools,
    (method, connections): (&str, usize),
    time: Duration,
    figures: &mut Figures,
) -> io::Result<()> {
    let process = &contender.server.process;
    let is_put = method == "PUT";
    let load = Load {
        address: process.address,
        connections,
        requests: if is_put { &pools.put } else { &pools.get },
        first: contender.keys,
        among: (!is_put).then_some(contender.keys.clamp(1, pools.get.count())),
        time,
        requests_max: u64::MAX,
        status: 200,
        body_bytes: (!is_put).then_some(BODY_BYTES),
        is_awake: false,
    };
    process.forget_peak();
    let before_s = process.cpu_s();
    let sample = load::run(&load)?;
    let cpu_s = process.cpu_s() - before_s;
    let who = contender.server.kind.name();
    let mut add = |what: &str, value| {
        figures.add(who, format!("{method} {connections} {what}"), value);
    };
    add("/s", sample.per_s());
    add("p50 ms", sample.latency_ms(0.5));
    add("p99 ms", sample.latency_ms(0.99));
    add("errors", sample.errors as f64);
    add("cpu us", cpu_s * 1e6 / (sample.requests.max(1) as f64));
    add("peak MB", process.resident_mb().1);
    if is_put && contender.server.kind != Kind::Floor {
        contender.keys += (sample.requests + sample.errors) as u32;
    }
    eprintln!(
        "{who:>20} {method} {connections:>2}: {:>6.0}/s p50 {:.2} p99 {:.2} ms, {:.0} us cpu, {} errors",
        sample.per_s(),
        sample.latency_ms(0.5),
        sample.latency_ms(0.99),
        cpu_s * 1e6 / (sample.requests.max(1) as f64),
        sample.errors
    );
    Ok(())
}
