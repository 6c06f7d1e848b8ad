//! The tables, in Markdown: what was measured, and the targets beside it.

use crate::servers::Kind;
use crate::small::CONNECTIONS;
use dropslip_bench_load::figures::{Figures, shown};

const OURS: &str = "dropslip";
/// Under this name stand the limits that are no server.
pub const MACHINE: &str = "machine";
const FLOOR: &str = "limit: does nothing";

/// Everything that there are figures of.
pub fn print(figures: &Figures, kinds: &[Kind], notes: &[String]) {
    machine(figures);
    small(figures, kinds);
    latencies(figures, kinds);
    streams(figures, kinds);
    million(figures);
    targets(figures, kinds);
    for note in notes {
        println!("\n{note}.");
    }
}

fn heading(title: &str, columns: &[String]) {
    println!("\n## {title}\n\n| | {} |", columns.join(" | "));
    println!("|---|{}", "--:|".repeat(columns.len()));
}

fn row(name: &str, cells: &[String]) {
    println!("| {name} | {} |", cells.join(" | "));
}

fn machine(figures: &Figures) {
    let limits = [
        (
            "sequential write of one file with fsync",
            "write MB/s",
            "MB/s",
        ),
        (
            "4 KiB files, each synced with its folder, 1 thread",
            "files 1 /s",
            "files/s",
        ),
        ("the same, 16 threads", "files 16 /s", "files/s"),
        ("the same, 64 threads", "files 64 /s", "files/s"),
        ("MD5 on one core", "md5 MB/s", "MB/s"),
    ];
    heading("The machine", &["median".to_owned(), "unit".to_owned()]);
    for (name, what, unit) in limits {
        row(
            name,
            &[shown(figures.median(MACHINE, what)), unit.to_owned()],
        );
    }
}

/// Requests a second, and as a share of the limit at 64 connections.
fn small(figures: &Figures, kinds: &[Kind]) {
    let mut columns = vec!["durable".to_owned()];
    for method in ["PUT", "GET"] {
        columns.extend(CONNECTIONS.map(|count| format!("{method}/s, {count}")));
        columns.push(format!("{method}, ours ×"));
        columns.push(format!("µs CPU a {method}"));
    }
    columns.push("peak MB".to_owned());
    heading("Objects of 4 KiB, by connections", &columns);
    for kind in kinds {
        let who = kind.name();
        let median = |what: &str| figures.median(who, what);
        let mut cells = vec![kind.durable().to_owned()];
        for method in ["PUT", "GET"] {
            cells.extend(CONNECTIONS.map(|count| shown(median(&format!("{method} {count} /s")))));
            let what = format!("{method} 64 /s");
            cells.push(shown(over(figures.median(OURS, &what), median(&what))));
            cells.push(shown(median(&format!("{method} 64 cpu us"))));
        }
        cells.push(shown(figures.most(who, "PUT 64 peak MB")));
        row(who, &cells);
    }
}

fn latencies(figures: &Figures, kinds: &[Kind]) {
    let mut columns = Vec::new();
    for method in ["PUT", "GET"] {
        columns.extend([1, 64].map(|count| format!("{method}, {count}: p50 / p99")));
    }
    columns.push("errors".to_owned());
    heading("Milliseconds of one request of 4 KiB", &columns);
    for kind in kinds {
        let who = kind.name();
        let mut cells = Vec::new();
        let mut errors = 0.0;
        for method in ["PUT", "GET"] {
            for count in [1, 64] {
                let [p50, p99] = ["p50 ms", "p99 ms"]
                    .map(|what| shown(figures.median(who, &format!("{method} {count} {what}"))));
                cells.push(format!("{p50} / {p99}"));
            }
            for count in CONNECTIONS {
                errors += figures
                    .most(who, &format!("{method} {count} errors"))
                    .unwrap_or_default();
            }
        }
        cells.push(format!("{errors:.0}"));
        row(who, &cells);
    }
}

fn streams(figures: &Figures, kinds: &[Kind]) {
    let columns = [
        "PUT MB/s", "ours ×", "s CPU", "peak MB", "GET MB/s", "ours ×", "s CPU",
    ];
    heading("One stream of 256 MiB", &columns.map(str::to_owned));
    for kind in kinds {
        let who = kind.name();
        let median = |what: &str| figures.median(who, what);
        let times = |what: &str| shown(over(figures.median(OURS, what), median(what)));
        row(
            who,
            &[
                shown(median("stream PUT")),
                times("stream PUT"),
                shown(median("stream PUT cpu s")),
                shown(figures.most(who, "stream PUT peak MB")),
                shown(median("stream GET")),
                times("stream GET"),
                shown(median("stream GET cpu s")),
            ],
        );
        if median("file GET").is_some() {
            let ours = figures.median(OURS, "stream GET");
            let mut cells = vec!["–".to_owned(); 4];
            cells.push(shown(median("file GET")));
            cells.push(shown(over(ours, median("file GET"))));
            cells.push(shown(median("file GET cpu s")));
            row("limit: a plain file", &cells);
        }
    }
}

fn million(figures: &Figures) {
    if figures.median(OURS, "million start ms").is_none() {
        return;
    }
    heading(
        "With a million objects",
        &["median".to_owned(), "most".to_owned()],
    );
    let lines = [
        ("ms from start to the first answer", "million start ms"),
        ("the same after SIGKILL", "million start after kill ms"),
        ("puts/s with 1,000 objects", "few put/s"),
        ("puts/s with a million", "million put/s"),
        ("µs CPU a put with 1,000 objects", "few put cpu us"),
        ("µs CPU a put with a million", "million put cpu us"),
        ("MB resident", "million resident MB"),
    ];
    let lists = LISTS.map(|name| (name, format!("list: {name} ms")));
    let named = lines.map(|(name, what)| (name.to_owned(), what.to_owned()));
    let listed = lists.map(|(name, what)| (format!("ms for a list of 1,000: {name}"), what));
    for (name, what) in named.into_iter().chain(listed) {
        let cells = [figures.median(OURS, &what), figures.most(OURS, &what)].map(shown);
        row(&name, &cells);
    }
}

/// The pages that are asked for, see `million`.
pub const LISTS: [&str; 6] = [
    "first page",
    "a page in the middle",
    "a page near the end",
    "delimiter, folders",
    "delimiter, within a folder",
    "delimiter, from the middle",
];

fn over(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    Some(one? / other.filter(|other| *other > 0.0)?)
}

/// The smallest or largest figure of the other servers.
fn peers(figures: &Figures, kinds: &[Kind], what: &str, pick: fn(f64, f64) -> f64) -> Option<f64> {
    let peers = kinds
        .iter()
        .filter(|kind| !matches!(kind, Kind::Floor | Kind::Ours | Kind::Beside));
    let found = peers.filter_map(|kind| figures.median(kind.name(), what));
    found.filter(|value| *value > 0.0).reduce(pick)
}

/// What is to be reached, each as a figure that must be on one side of a number.
fn targets(figures: &Figures, kinds: &[Kind]) {
    let ours = |what: &str| figures.median(OURS, what);
    let floor = |what: &str| figures.median(FLOOR, what);
    let seaweed = |what: &str| figures.median(Kind::SeaweedFs.name(), what);
    let fastest = |what: &str| peers(figures, kinds, what, f64::max);
    let slowest_p50 = |what: &str| peers(figures, kinds, what, f64::min);
    let at_least = |value, least| (value, "≥", least);
    let at_most = |value, most| (value, "≤", most);
    let (put, get) = ("PUT 64 /s", "GET 64 /s");
    let list = LISTS
        .iter()
        .filter_map(|name| ours(&format!("list: {name} ms")))
        .reduce(f64::max);
    let lines = [
        (
            "small PUTs, of the fastest peer without fsync",
            at_least(over(ours(put), fastest(put)), 3.0),
        ),
        (
            "small PUTs, of one fsynced file each by 64 threads",
            at_least(over(ours(put), figures.median(MACHINE, "files 64 /s")), 1.0),
        ),
        (
            "small GETs, of SeaweedFS",
            at_least(over(ours(get), seaweed(get)), 4.0),
        ),
        (
            "small GETs, of a server that does nothing",
            at_least(over(ours(get), floor(get)), 0.4),
        ),
        (
            "one PUT stream, of s3s-fs",
            at_least(
                over(
                    ours("stream PUT"),
                    figures.median(Kind::S3sFs.name(), "stream PUT"),
                ),
                1.5,
            ),
        ),
        (
            "MD5 on one core, of one PUT stream",
            at_most(
                over(figures.median(MACHINE, "md5 MB/s"), ours("stream PUT")),
                1.25,
            ),
        ),
        (
            "one GET stream, of SeaweedFS",
            at_least(over(ours("stream GET"), seaweed("stream GET")), 2.0),
        ),
        (
            "one GET stream, of a plain file by hyper (or the line before)",
            at_least(over(ours("stream GET"), floor("file GET")), 0.7),
        ),
        (
            "p99 of PUTs at 64, of each peer's p50",
            at_most(
                over(ours("PUT 64 p99 ms"), slowest_p50("PUT 64 p50 ms")),
                1.0,
            ),
        ),
        (
            "p99 of GETs at 64, of each peer's p50",
            at_most(
                over(ours("GET 64 p99 ms"), slowest_p50("GET 64 p50 ms")),
                1.0,
            ),
        ),
        (
            "MB with 64 uploads of 512 MiB at once",
            at_most(ours("64 large uploads peak MB"), 100.0),
        ),
        (
            "MB with 1,000 slow uploads",
            at_most(ours("1,000 slow uploads peak MB"), 100.0),
        ),
        (
            "ms to start with a million objects",
            at_most(ours("million start ms"), 100.0),
        ),
        (
            "the same after SIGKILL",
            at_most(ours("million start after kill ms"), 100.0),
        ),
        (
            "ms for the slowest list page of 1,000 of a million",
            at_most(list, 15.0),
        ),
        (
            "CPU of a put with a million objects, of one with 1,000",
            at_most(
                over(ours("million put cpu us"), ours("few put cpu us")),
                1.2,
            ),
        ),
        (
            "time of a put with a million objects, of one with 1,000",
            at_most(over(ours("few put/s"), ours("million put/s")), 1.2),
        ),
    ];
    heading(
        "Targets",
        &["measured", "wanted", "reached"].map(str::to_owned),
    );
    for (name, (value, side, bound)) in lines {
        let reached = match value {
            None => "not measured",
            Some(value) if (side == "≥" && value >= bound) || (side == "≤" && value <= bound) => {
                "yes"
            }
            Some(_) => "no",
        };
        row(
            name,
            &[shown(value), format!("{side} {bound}"), reached.to_owned()],
        );
    }
}
