//! Rust source as code alone: what it mentions outside comments, texts and tests.
//!
//! Not a parser, only enough of a lexer to tell code from comments and literals,
//! and enough of `use` to see through `use std::{fs, net::TcpStream}`.

/// The code with comments and literals blanked, without what `#[cfg(test)]` marks.
pub(super) fn code_only(source: &str) -> String {
    let code = blank(source);
    let mut kept = String::with_capacity(code.len());
    let mut rest = code.as_str();
    while let Some(at) = rest.find(TEST_ONLY) {
        let (before, marked) = rest.split_at(at);
        let (item, after) = marked.split_at(item_length(marked));
        kept.push_str(before);
        kept.extend(item.chars().filter(|&character| character == '\n'));
        rest = after;
    }
    kept + rest
}

const TEST_ONLY: &str = "#[cfg(test)]";

/// The length of the item at the start: to its `;`, or to the end of its braces.
fn item_length(code: &str) -> usize {
    let mut depth = 0_i32;
    for (at, character) in code.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth <= 0 && matches!(character, ';' | '}') {
            // `use a::{b, c};` ends after its braces.
            return at + 1 + usize::from(code[at + 1..].starts_with(';'));
        }
    }
    code.len()
}

/// Whether the code mentions a path such as `std::fs`, written out or imported.
///
/// The path ends where a name ends; with a `*` at its end, anywhere.
pub(super) fn mentions(code: &str, path: &str) -> bool {
    let dense: String = dense(code);
    contains_path(&dense, path)
        || imports(&dense)
            .iter()
            .any(|import| contains_path(import, path))
}

/// The code without white space, save one space between two words.
fn dense(code: &str) -> String {
    let mut dense = String::new();
    for word in code.split_whitespace() {
        let joins = dense.ends_with(is_word) && word.starts_with(is_word);
        if joins {
            dense.push(' ');
        }
        dense.push_str(word);
    }
    dense
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn contains_path(text: &str, path: &str) -> bool {
    let (path, open) = match path.strip_suffix('*') {
        Some(path) => (path, true),
        None => (path, false),
    };
    text.match_indices(path).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + path.len()..].chars().next();
        !before.is_some_and(is_word) && (open || !after.is_some_and(is_word))
    })
}

/// Every path that a `use` brings in, with its groups written out.
fn imports(dense: &str) -> Vec<String> {
    let mut imports = Vec::new();
    for (at, _) in dense.match_indices("use ") {
        if dense[..at].chars().next_back().is_some_and(is_word) {
            continue;
        }
        let tree = dense[at + 4..].split(';').next().unwrap_or_default();
        expand("", tree, &mut imports);
    }
    imports
}

fn expand(prefix: &str, tree: &str, imports: &mut Vec<String>) {
    let Some(open) = tree.find('{') else {
        imports.push(format!("{prefix}{tree}"));
        return;
    };
    let prefix = format!("{prefix}{}", &tree[..open]);
    let inside = tree[open + 1..].strip_suffix('}').unwrap_or_default();
    let mut depth = 0_i32;
    let mut start = 0;
    for (at, character) in inside.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(&prefix, &inside[start..at], imports);
                start = at + 1;
            }
            _ => {}
        }
    }
    expand(&prefix, &inside[start..], imports);
}

/// The same text with comments and literals as spaces; lines stay.
fn blank(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = comment(rest)
            .or_else(|| raw_text(rest, code.ends_with(is_word)))
            .or_else(|| text(rest))
            .or_else(|| character(rest));
        let (taken, keep) = match length {
            Some(length) => (length, false),
            None => (first.len_utf8(), true),
        };
        let (part, after) = rest.split_at(taken);
        if keep {
            code.push_str(part);
        } else {
            code.extend(part.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        }
        rest = after;
    }
    code
}

fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if !rest.starts_with("/*") {
        return None;
    }
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    Some(at)
}

/// `r"…"`, `r#"…"#` and the like; not a name that ends in `r`.
fn raw_text(rest: &str, in_word: bool) -> Option<usize> {
    if in_word {
        return None;
    }
    let after = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let inside = after[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let start = rest.len() - inside.len();
    Some(
        inside
            .find(&end)
            .map_or(rest.len(), |at| start + at + end.len()),
    )
}

fn text(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('"')?;
    let mut escaped = false;
    for (at, byte) in inside.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 2),
            _ => {}
        }
    }
    Some(rest.len())
}

/// A character literal; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('\'')?;
    if let Some(escape) = inside.strip_prefix('\\') {
        let skipped = escape.chars().next()?.len_utf8();
        return escape[skipped..].find('\'').map(|at| at + skipped + 3);
    }
    let length = inside.chars().next()?.len_utf8();
    inside[length..].starts_with('\'').then_some(length + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_comments_and_literals() {
        let check = |source: &str, expect: &str| {
            let code = code_only(source);
            assert_eq!(code.lines().count(), source.lines().count(), "{source}");
            assert_eq!(dense(&code), expect, "{source}");
        };
        check("a // b\nc", "a c");
        check("a /* b /* c */ d */ e", "a e");
        check("a /* b\n c", "a");
        check(r#"a "b \" // c" d"#, "a d");
        check("a r\"b\\\" c", "a c");
        check("a r#\"b \" c\"# d", "a d");
        check("a br\"b\" d", "a d");
        check("for r in 'a'..'\\'' {}", "for r in..{}");
        check("fn f<'a>(x: &'a str) {}", "fn f<'a>(x:&'a str){}");
        check("'\\u{1F600}' x '\"' y", "x y");
        check("\"http://host\" f()", "f()");
    }

    #[test]
    fn leaves_out_tests() {
        let check = |source: &str, expect: &str| {
            assert_eq!(dense(&code_only(source)), expect, "{source}");
        };
        check(
            "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { c } }",
            "fn a(){}",
        );
        check("#[cfg(test)]\nmod tests;\nfn a() {}", "fn a(){}");
        check(
            "#[cfg(test)]\n#[path = \"t.rs\"]\nmod t;\nfn a() {}",
            "fn a(){}",
        );
        check("#[cfg(test)] fn b() { c; d } fn a() {}", "fn a(){}");
        check("#[cfg(test)] use b::{c, d}; fn a() {}", "fn a(){}");
        check("// #[cfg(test)]\nfn a() {}", "fn a(){}");
        check("#[cfg(test)] mod b { broken", "");
    }

    #[test]
    fn finds_what_is_mentioned() {
        let check = |source: &str, path: &str, expect: bool| {
            assert_eq!(
                mentions(&code_only(source), path),
                expect,
                "{source}: {path}"
            );
        };
        check("let f = std::fs::read(p);", "std::fs", true);
        check("use std::fs;", "std::fs", true);
        check("use std::{fs, io};", "std::fs", true);
        check(
            "use std::{\n    io::{self, Read},\n    fs::{File},\n};",
            "std::fs",
            true,
        );
        check(
            "use std::{a::{b, c}, time::{Duration, Instant}};",
            "std::time::Instant",
            true,
        );
        check("std :: fs :: read", "std::fs", true);
        check("pub use tokio::spawn;", "tokio", true);
        check("println!(\"x\")", "println!", true);
        check("use std::net::TcpStream;", "std::net::Tcp*", true);
        check("use std::time::Duration;", "std::time::Instant", false);
        check("use std::{time::Duration};", "std::time::Instant", false);
        check("use std::net::IpAddr;", "std::net::Tcp*", false);
        check("my_std::fs::x", "std::fs", false);
        check("std::fsx::y", "std::fs", false);
        check("// std::fs", "std::fs", false);
        check("let s = \"std::fs\";", "std::fs", false);
        check("reuse std::fs", "tokio", false);
    }
}
