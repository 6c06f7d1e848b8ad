//! What holds for files of any kind: a heading, a bounded length, no test left
//! out, nothing of the machine that they were written on.

use super::File;
use super::code::code_only;

/// Past this, look for the second idea.
const LINES_MAX: usize = 500;

/// Files that may be longer, with the reason.
const LONG: &[(&str, &str)] = &[];

/// Endings of the files whose length counts.
const CODE: &[&str] = &[".rs", ".js", ".ts", ".css", ".html", ".py"];

/// Marks that leave out a test or promise work. Written in halves, so that this
/// file does not hold them.
const UNFINISHED_RUST: &[&str] = &[
    concat!("to", "do!"),
    concat!("unimpl", "emented!"),
    concat!("#[ig", "nore"),
];
const UNFINISHED_JS: &[&str] = &[
    concat!(".sk", "ip("),
    concat!(".on", "ly("),
    concat!(".to", "do("),
    concat!("sk", "ip: "),
];

/// Folders that only one machine has.
const MACHINE: &[&str] = &[
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/wo", "rk/"),
    concat!("/Us", "ers/"),
];

/// Rust sources that do not open with `//!`.
pub(super) fn headless(files: &[File]) -> Vec<String> {
    files
        .iter()
        .filter(|file| file.is_rust() && !file.text.starts_with("//! "))
        .map(|file| format!("{}: does not open with `//! ` and what it is", file.path))
        .collect()
}

/// Files above the limit that have no reason in the table, and reasons unused.
pub(super) fn long(files: &[File]) -> Vec<String> {
    long_but(files, LONG)
}

fn long_but(files: &[File], reasons: &[(&str, &str)]) -> Vec<String> {
    let is_long = |file: &File| {
        let counts = CODE.iter().any(|ending| file.path.ends_with(ending));
        counts && file.text.lines().count() > LINES_MAX
    };
    let has_reason = |file: &File| reasons.iter().any(|(path, _)| *path == file.path);
    let mut found: Vec<String> = files
        .iter()
        .filter(|file| is_long(file) && !has_reason(file))
        .map(|file| {
            format!(
                "{}: {} lines, past {LINES_MAX}",
                file.path,
                file.text.lines().count()
            )
        })
        .collect();
    for (path, _) in reasons {
        if !files.iter().any(|file| file.path == *path && is_long(file)) {
            found.push(format!("{path}: its reason to be long is not needed"));
        }
    }
    found
}

/// Tests that are left out, and code that is a promise.
pub(super) fn unfinished(files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        let (text, marks) = match file.path.rsplit('.').next() {
            // The code with its tests: only comments and literals may name a mark.
            Some("rs") => (
                code_only(&file.text.replace("#[cfg(test)]", "")),
                UNFINISHED_RUST,
            ),
            Some("js" | "mjs" | "ts") => (file.text.clone(), UNFINISHED_JS),
            _ => continue,
        };
        for mark in marks.iter().filter(|mark| text.contains(**mark)) {
            found.push(format!("{}: holds `{mark}`", file.path));
        }
    }
    found
}

/// Files that name a folder of one machine.
pub(super) fn machine_paths(files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        for (number, line) in (1..).zip(file.text.lines()) {
            for folder in MACHINE {
                let begins = |(at, _): (usize, _)| {
                    // Inside a longer path, such as an address, it is another folder.
                    let before = line[..at].chars().next_back();
                    !before.is_some_and(|c| c.is_alphanumeric() || "-_.~}*%".contains(c))
                };
                if line.match_indices(folder).any(begins) {
                    found.push(format!("{}:{number}: names `{folder}`", file.path));
                }
            }
        }
    }
    found
}

/// npm's lock files that name the address of a registry. Folders of this repository are none.
pub(super) fn lock_addresses(files: &[File]) -> Vec<String> {
    let is_address = |line: &str| line.contains("\"resolved\":") && line.contains("://");
    files
        .iter()
        .filter(|file| {
            file.path.ends_with("package-lock.json") && file.text.lines().any(is_address)
        })
        .map(|file| {
            let npmrc = "omit-lockfile-registry-resolved=true";
            format!(
                "{}: holds `resolved` addresses; .npmrc wants `{npmrc}`",
                file.path
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    #[test]
    fn headings() {
        check(headless, "a/src/b.rs", "//! What it is.\n", &[]);
        check(headless, "a/b.js", "// no\n", &[]);
        let expect = ["a/src/b.rs: does not open with `//! ` and what it is"];
        check(
            headless,
            "a/src/b.rs",
            "use std::fmt;\n//! Late.\n",
            &expect,
        );
        check(headless, "a/src/b.rs", "//!\n", &expect);
        check(headless, "a/src/b.rs", "", &expect);
    }

    #[test]
    fn lengths() {
        let lines = |count: usize| "x\n".repeat(count);
        check(long, "a.rs", &lines(LINES_MAX), &[]);
        check(long, "a.md", &lines(LINES_MAX + 1), &[]);
        check(
            long,
            "a.rs",
            &lines(LINES_MAX + 1),
            &["a.rs: 501 lines, past 500"],
        );
        check(
            long,
            "a.css",
            &lines(LINES_MAX + 1),
            &["a.css: 501 lines, past 500"],
        );
        let file = [File::new("a.rs", &lines(LINES_MAX + 1))];
        assert!(long_but(&file, &[("a.rs", "a table")]).is_empty());
        let unused = ["b.rs: its reason to be long is not needed"];
        assert_eq!(
            long_but(&[File::new("b.rs", "")], &[("b.rs", "a table")]),
            unused
        );
        assert_eq!(long_but(&[], &[("b.rs", "a table")]), unused);
    }

    #[test]
    fn left_out_tests() {
        let [promise, _, ignore] = UNFINISHED_RUST else {
            panic!("three marks")
        };
        check(unfinished, "a.rs", "fn a() { iter.skip(1) }", &[]);
        check(
            unfinished,
            "a.rs",
            &format!("// {promise}\nfn a() {{}}"),
            &[],
        );
        check(unfinished, "a.md", promise, &[]);
        let holds = |path: &str, mark: &str| format!("{path}: holds `{mark}`");
        let test = format!("#[cfg(test)]\nmod tests {{ {ignore}] fn a() {{}} }}");
        check(unfinished, "a.rs", &test, &[&holds("a.rs", ignore)]);
        check(
            unfinished,
            "a.rs",
            &format!("fn a() {{ {promise}() }}"),
            &[&holds("a.rs", promise)],
        );
        for mark in UNFINISHED_JS {
            check(
                unfinished,
                "a.test.js",
                &format!("test{mark}'x'"),
                &[&holds("a.test.js", mark)],
            );
        }
    }

    #[test]
    fn folders_of_a_machine() {
        let [first, second, ..] = MACHINE else {
            panic!("some folders")
        };
        check(machine_paths, "a.md", "see target/debug and /tmp/x", &[]);
        check(
            machine_paths,
            "a.md",
            &format!("https://example.com{first}x"),
            &[],
        );
        check(machine_paths, "a.md", &format!("..{first}x"), &[]);
        let expect = format!("a.md:2: names `{first}`");
        check(
            machine_paths,
            "a.md",
            &format!("a\nin `{first}x`"),
            &[&expect],
        );
        let expect = format!("a.md:1: names `{second}`");
        check(machine_paths, "a.md", &format!("{second}me/x"), &[&expect]);
        check(
            machine_paths,
            "a.md",
            &format!("file://{second}me/x"),
            &[&expect],
        );
    }

    #[test]
    fn lock_files() {
        check(
            lock_addresses,
            "a/package-lock.json",
            "{\"integrity\": \"x\"}",
            &[],
        );
        let registry = "{\"resolved\": \"https://r.example/x.tgz\"}";
        check(lock_addresses, "a/other.json", registry, &[]);
        let link = "{\"resolved\": \"../../client\",\n\"link\": true}";
        check(lock_addresses, "a/package-lock.json", link, &[]);
        let expect = ["a/package-lock.json: holds `resolved` addresses; \
                       .npmrc wants `omit-lockfile-registry-resolved=true`"];
        check(lock_addresses, "a/package-lock.json", registry, &expect);
    }
}
