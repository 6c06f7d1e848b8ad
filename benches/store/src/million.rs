//! A store with a million objects: start, pages of a list, and the cost of a put.

use std::io;
use std::time::{Duration, Instant};

use crate::machine::settle;
use crate::requests::{BUCKET, Pool, Scribe, noise};
use crate::servers::{Kind, Places, Server};
use crate::small::BODY_BYTES;
use crate::stream;
use dropslip_bench_load::figures::Figures;
use dropslip_bench_load::load::{self, Load};

/// How many more are put to see what a put costs.
const MORE: u32 = 60_000;
/// How many of those at a time.
const STEP: u64 = 10_000;
/// Few objects, for comparison.
const FEW: u32 = 1000;
const CONNECTIONS: usize = 64;
const PAGE: usize = 1000;
const ROUNDS: usize = 5;

/// A thousand folders with a thousand keys each, in an order that jumps; later numbers are
/// more keys among them.
fn key(number: u32) -> String {
    const MANY: u32 = 1_000_000;
    let (place, more) = match number.checked_sub(MANY) {
        None => (u64::from(number), 0),
        Some(later) => (u64::from(later), 1000),
    };
    let jumped = place * 611_953 % u64::from(MANY);
    format!("folder-{:04}/{:04}", jumped / 1000, jumped % 1000 + more)
}

/// Measures ours with `count` objects, a million unless it is a short run.
pub fn run(places: &Places, count: u32, figures: &mut Figures) -> io::Result<()> {
    let who = Kind::Ours.name();
    eprintln!("signing {} requests …", 1_000_000 + MORE);
    let pool = Pool::sign("PUT", key, &noise(BODY_BYTES as usize), 1_000_000 + MORE);
    let mut many = Server::start(places, Kind::Ours)?;
    let began = Instant::now();
    put(&many, &pool, 0, u64::from(count))?;
    eprintln!(
        "{who:>20} {count} objects put in {:.1} s",
        began.elapsed().as_secs_f64()
    );
    settle();
    put_cost(&many, places, &pool, figures)?;
    let (resident_mb, _) = many.process.resident_mb();
    figures.add(who, "million resident MB", resident_mb);
    for round in 0..ROUNDS {
        // Killed while it has work behind it that is not yet put in order.
        put(&many, &pool, 1_000_000 + round as u32 * 1000, 1000)?;
        many.restart(places)?;
        figures.add(who, "million start after kill ms", ms(many.process.start));
        many.process.terminate()?;
        many.restart(places)?;
        figures.add(who, "million start ms", ms(many.process.start));
    }
    lists(&many, count, figures)
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn put(server: &Server, pool: &Pool, first: u32, count: u64) -> io::Result<(f64, f64)> {
    let before_s = server.process.cpu_s();
    let sample = load::run(&Load {
        address: server.process.address,
        connections: CONNECTIONS,
        requests: pool,
        first,
        among: None,
        time: Duration::from_secs(3600),
        requests_max: count,
        status: 200,
        body_bytes: None,
        is_awake: false,
    })?;
    if sample.errors > 0 {
        return Err(io::Error::other(format!("{} puts failed", sample.errors)));
    }
    let cpu_us = (server.process.cpu_s() - before_s) * 1e6 / count as f64;
    Ok((sample.per_s(), cpu_us))
}

/// Puts on the large store and on one with few objects, in turns.
fn put_cost(many: &Server, places: &Places, pool: &Pool, figures: &mut Figures) -> io::Result<()> {
    let who = Kind::Ours.name();
    let small = Places {
        work: places.work.join("few"),
        ..places.clone()
    };
    for round in 0..ROUNDS as u32 {
        let few = Server::start(&small, Kind::Ours)?;
        put(&few, pool, 0, u64::from(FEW))?;
        let first = 1_000_000 + round * STEP as u32;
        for (server, name) in [(many, "million"), (&few, "few")] {
            settle();
            let (per_s, cpu_us) = put(server, pool, first, STEP)?;
            figures.add(who, format!("{name} put/s"), per_s);
            figures.add(who, format!("{name} put cpu us"), cpu_us);
            eprintln!("{who:>20} {name}: {per_s:.0} put/s, {cpu_us:.0} us cpu");
        }
    }
    Ok(())
}

/// Pages of 1,000 from the beginning, the middle and the end, with and without delimiter.
fn lists(server: &Server, count: u32, figures: &mut Figures) -> io::Result<()> {
    let who = Kind::Ours.name();
    let last = format!("folder-{:04}%2F", (count / 1000).saturating_sub(2));
    let pages = [
        ("first page", String::new()),
        (
            "a page in the middle",
            "&start-after=folder-0500%2F0499".to_owned(),
        ),
        ("a page near the end", format!("&start-after={last}")),
        ("delimiter, folders", "&delimiter=%2F".to_owned()),
        (
            "delimiter, within a folder",
            "&delimiter=%2F&prefix=folder-0500%2F".to_owned(),
        ),
        (
            "delimiter, from the middle",
            "&delimiter=%2F&start-after=folder-0500%2F0499".to_owned(),
        ),
    ];
    let scribe = Scribe::new();
    for (name, more) in pages {
        let query = format!("list-type=2&max-keys={PAGE}{more}");
        let request = scribe.head("GET", &format!("/{BUCKET}"), &query, None);
        let mut entries = 0;
        for _ in 0..3 * ROUNDS {
            let began = Instant::now();
            let (status, body) = stream::text(server.process.address, &request)?;
            figures.add(who, format!("list: {name} ms"), ms(began.elapsed()));
            if status != 200 {
                return Err(io::Error::other(format!("a list answered {status}")));
            }
            let text = String::from_utf8_lossy(&body);
            entries = text.matches("<Key>").count() + text.matches("<CommonPrefixes>").count();
        }
        figures.add(who, format!("list: {name} entries"), entries as f64);
        let median = figures.median(who, &format!("list: {name} ms"));
        eprintln!(
            "{who:>20} list, {name}: {:.1} ms, {entries} entries",
            median.unwrap_or_default()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_a_million_and_more() {
        let mut keys: Vec<String> = (0..1_000_000 + MORE).map(key).collect();
        assert!(keys.iter().all(|key| key.len() == keys[0].len()));
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len() as u32, 1_000_000 + MORE);
    }
}
