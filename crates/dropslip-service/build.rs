//! Lists the files that the service serves from within itself, so that one which comes or goes needs no line of Rust.
//!
//! The compiler reads the files themselves (`include_str!`); this only writes down their names.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

/// The constant, the folder from this crate's own, and what is left to others.
const FOLDERS: [(&str, &str, &[&str]); 2] = [
    ("CLIENT", "../../client/src", &[]),
    ("PAGE", "page", &["index.html"]),
];

/// What is served; an editor's other files are not.
const EXTENSIONS: [&str; 4] = ["css", "js", "svg", "ts"];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut list = String::new();
    for (name, folder, except) in FOLDERS {
        // A folder counts as changed when a file in it comes, goes or changes.
        println!("cargo::rerun-if-changed={folder}");
        writeln!(list, "const {name}: &[File] = &[").expect(NEVER);
        for file in files(Path::new(folder), except)? {
            let path = format!("/{folder}/{file}");
            writeln!(
                list,
                "({file:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {path:?}))),"
            )
            .expect(NEVER);
        }
        writeln!(list, "];").expect(NEVER);
    }
    let out = env::var_os("OUT_DIR").expect("cargo names it");
    fs::write(Path::new(&out).join("assets.rs"), list)
}

const NEVER: &str = "a string takes what is written to it";

/// Their names, sorted.
fn files(folder: &Path, except: &[&str]) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let extension = Path::new(&name).extension();
        let is_served =
            extension.is_some_and(|extension| EXTENSIONS.iter().any(|e| extension == *e));
        match name.to_str() {
            Some(name) if is_served && !name.starts_with('.') && !except.contains(&name) => {
                names.push(name.to_owned());
            }
            _ => {}
        }
    }
    names.sort();
    Ok(names)
}
