//! `cargo bench`: all tables, or those named: `cargo bench -- presign instructions`.
//!
//! One program for all, because each has to be linked with every peer.

use dropslip_benches::{
    Contender, all, explain, instructions, limit, parts, presign, table, verify,
};

fn main() {
    // Cargo passes `--bench` along.
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if let ["--once", name, times] = words[..] {
        return once(name, times.parse().expect("a number"));
    }
    let tables: [(&str, &str, fn() -> Vec<Contender>); 3] = [
        ("presign", "The whole presign of one upload", presign),
        ("parts", "One part of a multipart upload", parts),
        ("verify", "The check of one presigned upload", verify),
    ];
    let known = |word: &&str| {
        matches!(*word, "explain" | "instructions") || tables.iter().any(|(name, ..)| name == word)
    };
    if let Some(unknown) = words.iter().find(|word| !known(word)) {
        panic!("there is no table `{unknown}`");
    }
    let is_asked = |name: &str| words.is_empty() || words.contains(&name);
    println!("{}", limit::about());
    for (name, title, contenders) in tables {
        if is_asked(name) {
            table::run(title, contenders(), env!("CARGO_BIN_EXE_allocations"));
        }
    }
    if is_asked("explain") {
        explain::run();
    }
    if is_asked("instructions") {
        instructions::run(&all());
    }
}

/// Runs one contender and nothing else, for valgrind and perf.
fn once(name: &str, times: u32) {
    let mut contenders = all();
    let found = contenders.iter_mut().find(|one| one.name == name);
    found.expect("a contender").run(times);
}
