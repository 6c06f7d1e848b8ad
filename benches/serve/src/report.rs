//! The tables, in Markdown: what was measured, and the targets beside it.

use std::fs;

use dropslip_bench_load::figures::{Figures, shown};

use crate::contender::Kind;

/// Everything that there are figures of.
pub fn print(figures: &Figures, kinds: &[Kind], notes: &[String]) {
    println!("\n## Issuing an upload\n");
    println!(
        "| | req/s | µs CPU a request | of the limit | ours × | ms p50 / p99 | MB at rest | MB under load | \
         bytes of an answer | errors |"
    );
    println!("|---|{}", "--:|".repeat(9));
    for kind in kinds {
        let median = |what: &str| figures.median(kind.name(), what);
        println!(
            "| {} | {} | {} | {} | {} | {} / {} | {} | {} | {} | {:.0} |",
            kind.name(),
            shown(median("/s")),
            shown(median("cpu us")),
            share(median("of limit")),
            shown(median("ours")),
            shown(median("p50 ms")),
            shown(median("p99 ms")),
            shown(median("MB at rest")),
            shown(figures.most(kind.name(), "MB under load")),
            shown(median("answer bytes")),
            figures.most(kind.name(), "errors").unwrap_or_default(),
        );
    }
    targets(figures);
    for note in notes {
        println!("\n{note}.");
    }
    if let Ok(load) = fs::read_to_string("/proc/loadavg") {
        let load: Vec<&str> = load.split(' ').take(3).collect();
        println!("\nLoad averages at the end: {}.", load.join(", "));
    }
}

/// A share of one is shown to the hundredth, however large it is.
fn share(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), |value| format!("{value:.3}"))
}

/// What is to be reached: a share of the limit, and how often ours answers in the time of another.
fn targets(figures: &Figures) {
    let lines = [
        (Kind::Ours, "of limit", 0.8),
        (Kind::OursOpen, "of limit", 0.8),
        (Kind::AwsSdk, "ours", 7.0),
        (Kind::Express, "ours", 22.0),
        (Kind::FastApi, "ours", 45.0),
        (Kind::Companion, "ours", 150.0),
    ];
    println!("\n## Targets\n\n| requests a second of CPU | measured | wanted | reached |");
    println!("|---|--:|--:|--:|");
    for (kind, what, least) in lines {
        let Some(value) = figures.median(kind.name(), what) else {
            continue;
        };
        let name = match what {
            "ours" => format!("dropslip, of {}", kind.name()),
            _ => format!("{}, of the limit", kind.name()),
        };
        let reached = if value >= least { "yes" } else { "no" };
        println!(
            "| {name} | {} | ≥ {least} | {reached} |",
            share(Some(value))
        );
    }
}
