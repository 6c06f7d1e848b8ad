//! Runs the console blocks of README.md, so that what a reader pastes works.
//!
//! The commands run in a temporary folder by `bash`, with the built binary first
//! in PATH and a `photo.jpg` beside them. The block that starts `dropslip dev` is
//! started on free ports and stays up for the blocks after it, whose 7600 and
//! 7601 on this machine become the real ports. What a command exports and the
//! folder that it changes to hold for the next ones, as in one shell. HOME is the
//! temporary folder: nothing of the person's own AWS setup is used.

mod parse;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::command::{command, output};
use crate::repo::Repo;
use crate::say;
use crate::server::Server;

use parse::{Block, Typed};

/// What the README shows for starting everything.
const DEV: &str = "cargo run --release -- dev";

/// What is run in its place: the same, on free ports and with nothing kept.
const DEV_ARGS: &[&str] = &[
    "dev",
    "--ephemeral",
    "--listen",
    "127.0.0.1:0",
    "--s3-listen",
    "127.0.0.1:0",
];

/// The ports that the README shows: the page and the store.
const SHOWN_PORTS: [&str; 2] = ["7600", "7601"];

/// Runs README.md from its first block to its last.
pub(crate) fn run(repo: &Repo) -> Result<(), String> {
    let text = fs::read_to_string(repo.root.join("README.md"))
        .map_err(|error| format!("cannot read README.md: {error}"))?;
    follow(repo, &text).map_err(|error| format!("README.md: {error}"))
}

fn follow(repo: &Repo, text: &str) -> Result<(), String> {
    let blocks = parse::blocks(text)?;
    let mut reader = Reader::new(repo)?;
    for block in &blocks {
        reader.block(block)?;
    }
    match reader.server.take() {
        Some(server) => server
            .stop()
            .map_err(|error| format!("`dropslip dev`: {error}")),
        None => Ok(()),
    }
}

/// Someone who follows the README in an empty folder.
struct Reader<'a> {
    repo: &'a Repo,
    /// Removed at the end.
    folder: PathBuf,
    /// Where the commands begin.
    home: PathBuf,
    server: Option<Server>,
}

impl<'a> Reader<'a> {
    fn new(repo: &'a Repo) -> Result<Self, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let (id, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = env::temp_dir().join(format!("dropslip-readme-{id}-{count}"));
        let home = folder.join("home");
        let photo = repo.root.join("tests/files/photo.jpg");
        fs::create_dir(&folder)
            .and_then(|()| fs::create_dir(&home))
            .and_then(|()| fs::copy(photo, home.join("photo.jpg")))
            .map_err(|error| format!("cannot prepare `{}`: {error}", folder.display()))?;
        let server = None;
        Ok(Self {
            repo,
            folder,
            home,
            server,
        })
    }

    fn block(&mut self, block: &Block) -> Result<(), String> {
        if let Some(reason) = &block.not_run {
            say::line(&format!("line {}: not run: {reason}", block.line));
            return Ok(());
        }
        for typed in &block.commands {
            self.command(typed, block.check)
                .map_err(|error| format!("line {}: {error}", typed.line))?;
        }
        Ok(())
    }

    fn command(&mut self, typed: &Typed, check: bool) -> Result<(), String> {
        say::line(&format!("line {}: $ {}", typed.line, typed.text));
        match meaning(&typed.text) {
            Meaning::Dev if self.server.is_some() => Err("`dropslip dev` already runs".to_owned()),
            Meaning::Dev => {
                // The server is the built binary, but `cargo run` must find it too.
                cargo_runs(self.repo)?;
                let marks = ["Open ", "S3 at "];
                let server = Server::start(&self.repo.binary(), DEV_ARGS, &self.home, &marks)?;
                self.server = Some(server);
                Ok(())
            }
            Meaning::Ourselves => Ok(()),
            Meaning::Shell(text) => {
                let ports = self.server.as_ref().map(|server| server.ports());
                let printed = self.shell(&with_ports(&text, ports)?)?;
                let lines: Vec<&str> = printed.lines().collect();
                let shown = with_ports(&typed.output.join("\n"), ports)?;
                let expected: Vec<String> = shown.lines().map(str::to_owned).collect();
                if check && !parse::fits(&expected, &lines) {
                    return Err(format!(
                        "it printed\n{printed}\nand the README shows\n{shown}"
                    ));
                }
                Ok(())
            }
        }
    }

    /// Runs it and gives what it printed on stdout; an exit code other than 0 is
    /// an error.
    fn shell(&self, text: &str) -> Result<String, String> {
        let binary = self.repo.binary();
        let mut path = vec![binary.parent().unwrap_or(Path::new("/")).to_owned()];
        path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        let path = env::join_paths(path).map_err(|error| error.to_string())?;
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", &in_one_shell(text)])
            .current_dir(&self.home)
            .env("PATH", path)
            .env("HOME", &self.home)
            .env("README_SHELL", self.folder.join("shell"))
            .stdin(Stdio::null())
            .stderr(Stdio::inherit());
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("AWS_") || name.starts_with("DROPSLIP_") {
                bash.env_remove(name);
            }
        }
        let output = bash
            .output()
            .map_err(|error| format!("bash did not start: {error}"))?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        for line in printed.lines() {
            say::line(line);
        }
        match output.status.success() {
            true => Ok(printed),
            false => Err(format!("`{text}` failed: {}", output.status)),
        }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// Whether `cargo run` without a name runs the binary.
fn cargo_runs(repo: &Repo) -> Result<(), String> {
    let args = ["run", "--quiet", "--locked", "--", "--version"];
    match output(&mut command("cargo", &args, &repo.root)) {
        Some(version) if version.starts_with("dropslip ") => Ok(()),
        other => Err(format!("`cargo run -- --version` printed {other:?}")),
    }
}

/// The command between reading and writing what a shell keeps from one command
/// to the next: where it is and what was exported.
fn in_one_shell(text: &str) -> String {
    format!(
        "if [ -e \"$README_SHELL\" ]; then . \"$README_SHELL\"; fi\n\
         {text}\n\
         {{ declare -px; printf 'cd %q\\n' \"$PWD\"; }} > \"$README_SHELL\""
    )
}

/// What a command of the README is to us.
#[derive(Debug, PartialEq, Eq)]
enum Meaning {
    /// Starts everything and stays.
    Dev,
    /// `cargo xtask test`, which is running at this moment.
    Ourselves,
    Shell(String),
}

fn meaning(text: &str) -> Meaning {
    if text == DEV || text == "dropslip dev" {
        return Meaning::Dev;
    }
    if text == "cargo xtask test" {
        return Meaning::Ourselves;
    }
    // The binary is built already.
    match text.strip_prefix("cargo run --release -- ") {
        Some(args) => Meaning::Shell(format!("dropslip {args}")),
        None => Meaning::Shell(text.to_owned()),
    }
}

/// The text with the shown ports of this machine replaced by the real ones.
fn with_ports(text: &str, ports: Option<&[u16]>) -> Result<String, String> {
    let mut text = text.to_owned();
    for (index, shown) in SHOWN_PORTS.iter().enumerate() {
        for host in ["localhost", "127.0.0.1"] {
            let address = format!("{host}:{shown}");
            if !text.contains(&address) {
                continue;
            }
            let port = ports
                .and_then(|ports| ports.get(index))
                .ok_or(format!("`{address}` is used before a block with `{DEV}`"))?;
            text = text.replace(&address, &format!("{host}:{port}"));
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_is_not_for_the_shell() {
        assert_eq!(meaning("cargo run --release -- dev"), Meaning::Dev);
        assert_eq!(meaning("cargo xtask test"), Meaning::Ourselves);
        let shell =
            |text: &str, expect: &str| assert_eq!(meaning(text), Meaning::Shell(expect.to_owned()));
        shell(
            "cargo run --release -- presign get s3://a/b",
            "dropslip presign get s3://a/b",
        );
        shell(
            "curl -f http://localhost:7600/",
            "curl -f http://localhost:7600/",
        );
        shell("cargo xtask test lint", "cargo xtask test lint");
    }

    #[test]
    fn puts_the_real_ports() {
        let check = |text: &str, expect: &str| {
            assert_eq!(with_ports(text, Some(&[1234, 5678])).unwrap(), expect);
        };
        check("curl localhost:7600/a", "curl localhost:1234/a");
        check("curl http://127.0.0.1:7601", "curl http://127.0.0.1:5678");
        check(
            "a.localhost:7601 b.localhost:7600",
            "a.localhost:5678 b.localhost:1234",
        );
        check(
            "curl http://example.com:7600",
            "curl http://example.com:7600",
        );
        let early = with_ports("curl localhost:7601", None).unwrap_err();
        assert_eq!(
            early,
            format!("`localhost:7601` is used before a block with `{DEV}`")
        );
        assert_eq!(with_ports("true", None).unwrap(), "true");
    }

    fn check(text: &str, expect: Result<(), &str>) {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).to_owned();
        let target = root.join("target");
        let result = follow(&Repo { root, target }, text);
        match expect {
            Ok(()) => assert_eq!(result, Ok(()), "{text}"),
            Err(part) => {
                let error = result.unwrap_err();
                assert!(error.contains(part), "{text}: {error}");
            }
        }
    }

    #[test]
    fn follows_a_readme() {
        check(
            "```console\n$ printf 'a\\nb\\n' > a.txt\n$ test -s photo.jpg\n```",
            Ok(()),
        );
        check(
            "```console,check\n$ printf 'a\\nb 12\\n' \\\n    | cat\na\nb [..]\n```",
            Ok(()),
        );
        check(
            "```console\n$ echo a > a\n```\n```console,check\n$ cat a\na\n```",
            Ok(()),
        );
        check("<!-- not run: fails -->\n```console\n$ false\n```", Ok(()));
        check("```console\n$ cargo xtask test\n```", Ok(()));
        check(
            "```console,check\n$ export A='b  \"c' && mkdir 'd e' && cd 'd e'\n$ echo \"$A\" \"${PWD##*/}\"\nb  \"c d e\n```",
            Ok(()),
        );
    }

    #[test]
    fn says_what_a_readme_promises_in_vain() {
        check(
            "```console\n$ true\n$ false\n```",
            Err("line 3: `false` failed: exit status: 1"),
        );
        check(
            "```console\n$ false | true\n```",
            Err("line 2: `false | true` failed"),
        );
        check(
            "```console,check\n$ echo a\nb\n```",
            Err("line 2: it printed\na\n"),
        );
        check(
            "```console,check\n$ echo a\n```",
            Err("line 2: it printed\na\n"),
        );
        check(
            "```console\n$ curl localhost:7600\n```",
            Err("line 2: `localhost:7600` is used before"),
        );
        check("```console\n$ cat\n", Err("line 1: the block has no end"));
    }
}
