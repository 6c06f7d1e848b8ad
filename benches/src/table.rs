//! Prints what was measured.

use std::process::Command;

use crate::contender::Contender;
use crate::input;
use crate::measure::{Times, measure, stay_on_one_core};

/// Checks, measures and prints one benchmark; the first contender is the limit.
/// `allocations` is the program that counts those, see `src/bin/allocations.rs`.
pub fn run(title: &str, mut contenders: Vec<Contender>, allocations: &str) {
    stay_on_one_core();
    for contender in &mut contenders {
        if let Some(url) = contender.url() {
            input::check(contender.name, &url);
        }
    }
    let times = measure(&mut contenders);
    let counts = counts(allocations);
    println!("\n{title}\n");
    println!("| | ns best | ns median | of limit, best | median | allocations | bytes |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    let limit = times[0];
    for (contender, Times { best, median }) in contenders.iter().zip(&times) {
        let name = contender.name;
        let counted = counts.iter().find(|(counted, _)| counted == name);
        let counted = counted.map_or("? | ?", |(_, counted)| counted);
        println!(
            "| {name} | {best:.0} | {median:.0} | {:.2} | {:.2} | {counted} |",
            best / limit.best,
            median / limit.median,
        );
    }
}

/// Name, and allocations and bytes of one run.
fn counts(program: &str) -> Vec<(String, String)> {
    let output = Command::new(program)
        .output()
        .expect("it was built with this");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("it prints text");
    text.lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(name, counted)| (name.to_owned(), counted.replace('\t', " | ")))
        .collect()
}
