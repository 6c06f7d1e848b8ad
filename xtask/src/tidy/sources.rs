//! Who may touch the world: clock, files, sockets, environment, terminal, XML.
//!
//! Tests are free to (their modules and files are passed over); what ships is not.

use super::File;
use super::code::{code_only, mentions};

/// What reaches outside the program.
const IO: &[&str] = &[
    "std::time::SystemTime",
    "SystemTime::now",
    "std::time::Instant",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "std::fs",
    "std::net::Tcp*",
    "std::net::Udp*",
    "std::net::ToSocketAddrs",
    "std::env",
    "std::process",
    "std::thread",
    "std::io::std*",
    "tokio",
    "getrandom",
    "reqwest",
    "tracing",
    "print!",
    "println!",
    "eprint!",
    "eprintln!",
    "dbg!",
];

/// The folders of pure crates, and what is left out below them.
const PURE: &[(&str, &[&str])] = &[
    ("crates/dropslip-sigv4/src/", &[]),
    // The few S3 calls that we make are the crate's one impure part.
    (
        "crates/dropslip-s3/src/",
        &[
            "crates/dropslip-s3/src/client.rs",
            "crates/dropslip-s3/src/client/",
        ],
    ),
];

/// Pure crates that mention the world.
pub(super) fn impure(files: &[File]) -> Vec<String> {
    let is_pure = |file: &File| {
        PURE.iter().any(|(folder, except)| {
            file.path.starts_with(folder) && !except.iter().any(|path| file.path.starts_with(path))
        })
    };
    offenders(files, IO, is_pure, "is in a pure crate")
}

/// Crates other than the binary that know its arguments, environment or exit.
pub(super) fn process(files: &[File]) -> Vec<String> {
    let paths = [
        "std::env",
        "env::args",
        "env::var",
        "std::process",
        "process::exit",
    ];
    let below = |file: &File| !file.path.starts_with("crates/dropslip/");
    offenders(files, &paths, below, "is not the binary's")
}

/// Files of the store that touch files, besides the one.
pub(super) fn disk(files: &[File]) -> Vec<String> {
    let paths = [
        "std::fs",
        "tokio::fs",
        "File::open",
        "File::create*",
        "OpenOptions",
    ];
    let others = |file: &File| {
        file.path.starts_with("crates/dropslip-store/")
            && file.path != "crates/dropslip-store/src/disk.rs"
            && !file.path.starts_with("crates/dropslip-store/src/disk/")
    };
    offenders(files, &paths, others, "is not the store's `disk`")
}

/// Files that read or write XML by the library, besides those of `dropslip-s3`.
pub(super) fn xml(files: &[File]) -> Vec<String> {
    let others = |file: &File| !file.path.starts_with("crates/dropslip-s3/src/xml");
    offenders(
        files,
        &["quick_xml"],
        others,
        "is not `dropslip-s3`'s `xml`",
    )
}

fn offenders(
    files: &[File],
    paths: &[&str],
    concerned: impl Fn(&File) -> bool,
    because: &str,
) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        if !file.is_crate_source() || is_test(&file.path) || !concerned(file) {
            continue;
        }
        let code = code_only(&file.text);
        for path in paths.iter().filter(|path| mentions(&code, path)) {
            found.push(format!(
                "{}: mentions `{path}`, and it {because}",
                file.path
            ));
        }
    }
    found
}

/// Files of tests inside `src`: `tests.rs`, `…_tests.rs`, and folders of that name.
fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.ends_with("_tests.rs") || path.contains("/src/tests/")
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    #[test]
    fn pure_crates() {
        let sign = "crates/dropslip-sigv4/src/sign.rs";
        check(impure, sign, "fn a(now: Timestamp) {}", &[]);
        check(impure, sign, "//! Knows no std::fs.\nfn a() {}", &[]);
        check(
            impure,
            sign,
            "#[cfg(test)]\nmod tests { use std::fs; }",
            &[],
        );
        check(impure, sign, "use std::net::IpAddr;", &[]);
        for (text, path) in [
            ("use std::{fs, fmt};", "std::fs"),
            ("fn a() { std::env::var(\"A\"); }", "std::env"),
            ("use std::time::SystemTime;", "std::time::SystemTime"),
            ("fn a() { println!(\"x\"); }", "println!"),
            ("use tokio::spawn;", "tokio"),
            ("fn a() { tracing::info!(\"x\"); }", "tracing"),
            ("use std::net::TcpStream;", "std::net::Tcp*"),
            ("fn a() { jiff::Timestamp::now(); }", "Timestamp::now"),
        ] {
            let expect = format!("{sign}: mentions `{path}`, and it is in a pure crate");
            check(impure, sign, text, &[&expect]);
        }
        let calls = "use reqwest::Client;";
        check(impure, "crates/dropslip-s3/src/client.rs", calls, &[]);
        check(impure, "crates/dropslip-s3/src/client/head.rs", calls, &[]);
        check(impure, "crates/dropslip-s3/tests/client.rs", calls, &[]);
        let names = "crates/dropslip-s3/src/names.rs";
        let expect = format!("{names}: mentions `reqwest`, and it is in a pure crate");
        check(impure, names, calls, &[&expect]);
    }

    #[test]
    fn the_process() {
        let text = "fn a() { std::process::exit(1) }";
        check(process, "crates/dropslip/src/main.rs", text, &[]);
        check(process, "xtask/src/main.rs", text, &[]);
        check(
            process,
            "crates/dropslip-store/tests/a.rs",
            "use std::env;",
            &[],
        );
        check(
            process,
            "crates/dropslip-store/src/a.rs",
            "const V: &str = env!(\"V\");",
            &[],
        );
        let expect = [
            "crates/dropslip-store/src/a.rs: mentions `std::process`, and it is not the binary's",
            "crates/dropslip-store/src/a.rs: mentions `process::exit`, and it is not the binary's",
        ];
        check(process, "crates/dropslip-store/src/a.rs", text, &expect);
    }

    #[test]
    fn the_disk() {
        let text = "use tokio::fs;";
        check(disk, "crates/dropslip-store/src/disk.rs", text, &[]);
        check(disk, "crates/dropslip-store/src/tests.rs", text, &[]);
        check(disk, "crates/dropslip-service/src/page.rs", text, &[]);
        let path = "crates/dropslip-store/src/index.rs";
        let expect = format!("{path}: mentions `tokio::fs`, and it is not the store's `disk`");
        check(disk, path, text, &[&expect]);
        let expect = format!("{path}: mentions `File::create*`, and it is not the store's `disk`");
        check(disk, path, "fn a() { File::create_new(p); }", &[&expect]);
    }

    #[test]
    fn the_xml() {
        let text = "use quick_xml::Reader;";
        check(xml, "crates/dropslip-s3/src/xml.rs", text, &[]);
        check(xml, "crates/dropslip-s3/src/xml/read.rs", text, &[]);
        let path = "crates/dropslip-store/src/list.rs";
        let expect = format!("{path}: mentions `quick_xml`, and it is not `dropslip-s3`'s `xml`");
        check(xml, path, text, &[&expect]);
    }
}
