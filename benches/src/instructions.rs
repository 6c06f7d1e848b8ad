//! Counts instructions, which stay the same where times do not.
//!
//! Each contender is run under valgrind's callgrind for two numbers of times; the
//! difference is what the runs themselves cost. Valgrind has no SHA instructions, so
//! `sha2` hashes in software there, with many more of them; what a contender adds to the
//! hashing is to be read from the difference to the limit, not from the ratio.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::contender::Contender;

const FEW: u32 = 50;
const MANY: u32 = 150;

/// Prints the table, or says that it cannot.
pub fn run(contenders: &[Contender]) {
    println!("\nInstructions for one run (callgrind)\n");
    let found = Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if !found.is_ok_and(|status| status.success()) {
        println!("valgrind is not installed: no instructions are counted");
        return;
    }
    println!("| | instructions | over the first row |");
    println!("|---|--:|--:|");
    let mut limit = None;
    for contender in contenders {
        let few = counted(contender.name, FEW);
        let each = (counted(contender.name, MANY) - few) / u64::from(MANY - FEW);
        let over = each as i64 - *limit.get_or_insert(each) as i64;
        println!("| {} | {each} | {over} |", contender.name);
    }
}

/// The instructions of a whole process that runs a contender so many times.
fn counted(name: &str, times: u32) -> u64 {
    let program = std::env::current_exe().expect("a program knows its place");
    let out = out_file(times);
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .args(["--once", name, &times.to_string()])
        .output()
        .expect("valgrind is there");
    assert!(output.status.success(), "{name}: {output:?}");
    let text = std::fs::read_to_string(&out).expect("valgrind wrote it");
    std::fs::remove_file(&out).expect("it is ours");
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
    total
        .and_then(|total| total.trim().parse().ok())
        .expect("callgrind writes a total")
}

fn out_file(times: u32) -> PathBuf {
    let name = format!("dropslip-callgrind-{}-{times}", std::process::id());
    std::env::temp_dir().join(name)
}
