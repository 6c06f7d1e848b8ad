//! The built binary as a running server: started, its addresses read, stopped.
//!
//! It says on stdout where it listens; a thread reads that to its end, so the
//! server never waits for a full pipe. It is stopped as a person would, with
//! ctrl-c, and must then exit with 0.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// How long a server may take to say where it listens: a debug build on a busy
/// machine, with room to spare.
const START_MAX: Duration = Duration::from_secs(30);

/// How long it may take to stop; it promises one second.
const STOP_MAX: Duration = Duration::from_secs(10);

/// A running server; stopped when dropped, if need be killed.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    lines: Receiver<String>,
    ports: Vec<u16>,
}

impl Server {
    /// Starts it and waits until it has printed each of `marks` before an address
    /// such as `http://localhost:7600`.
    pub(crate) fn start(
        binary: &Path,
        args: &[&str],
        folder: &Path,
        marks: &[&str],
    ) -> Result<Self, String> {
        let mut child = Command::new(binary)
            .args(args)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("`{}` did not start: {error}", binary.display()))?;
        let stdout = child.stdout.take().ok_or("no stdout to read")?;
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // The reader may be gone; the pipe is still to be emptied.
                sender.send(line).ok();
            }
        });
        let mut server = Self {
            child,
            lines,
            ports: Vec::new(),
        };
        server.ports = server.wait_for(marks)?;
        Ok(server)
    }

    /// The port after each mark, in the order of the marks.
    pub(crate) fn ports(&self) -> &[u16] {
        &self.ports
    }

    /// Sends what ctrl-c sends and waits for the end, which must be exit code 0.
    pub(crate) fn stop(mut self) -> Result<(), String> {
        self.interrupt()?;
        match self.child.wait() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("it stopped with {status}, not with exit code 0")),
            Err(error) => Err(format!("its exit code cannot be read: {error}")),
        }
    }

    /// Sends SIGINT and waits until its stdout ends, which it does with the process.
    fn interrupt(&self) -> Result<(), String> {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status();
        if !sent.is_ok_and(|status| status.success()) {
            return Err(format!("cannot send SIGINT to process {id}"));
        }
        loop {
            match self.lines.recv_timeout(STOP_MAX) {
                Ok(_) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(()),
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    return Err(format!("it did not stop within {STOP_MAX:?} of SIGINT"));
                }
            }
        }
    }

    /// Reads lines until every mark was seen, in whatever order they come.
    fn wait_for(&self, marks: &[&str]) -> Result<Vec<u16>, String> {
        let mut ports = vec![None; marks.len()];
        while let Some(missing) = ports.iter().position(Option::is_none) {
            let line = self.lines.recv_timeout(START_MAX).map_err(|_| {
                let mark = marks[missing];
                format!("the server ended or was silent before a line with `{mark}http://…`")
            })?;
            for (port, mark) in ports.iter_mut().zip(marks) {
                *port = port.or(port_after(&line, mark));
            }
        }
        Ok(ports.into_iter().flatten().collect())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Gently first, so that it removes what it has in temporary folders.
        if matches!(self.child.try_wait(), Ok(None)) {
            self.interrupt().ok();
            self.child.kill().ok();
            self.child.wait().ok();
        }
    }
}

/// The port of the address that follows `mark` in the line.
fn port_after(line: &str, mark: &str) -> Option<u16> {
    let (_, after) = line.split_once(mark)?;
    let authority = after.strip_prefix("http://")?;
    let (_, port) = authority.split_once(':')?;
    let end = port
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(port.len());
    port[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_port_after_a_mark() {
        let check = |line: &str, port| assert_eq!(port_after(line, "S3 at "), port, "{line}");
        check("S3 at http://127.0.0.1:7601", Some(7601));
        check(
            "  dropslip: S3 at http://localhost:1, region us-east-1",
            Some(1),
        );
        check("S3 at http://127.0.0.1:65535/", Some(65535));
        check("S3 at http://127.0.0.1:65536", None);
        check("S3 at http://127.0.0.1", None);
        check("S3 at https://127.0.0.1:1", None);
        check("Open http://localhost:7600", None);
        check("S3 at nowhere", None);
        check("", None);
    }

    #[test]
    fn a_program_that_says_nothing_is_an_error() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let start =
            |program: &str| Server::start(Path::new(program), &["--version"], here, &["S3 at "]);
        let silent = start("git").unwrap_err();
        assert!(silent.contains("`S3 at http://"), "{silent}");
        let missing = start("no-such-program").unwrap_err();
        assert!(missing.contains("did not start"), "{missing}");
    }

    /// A shell that says where it listens and stays until it is told to stop.
    fn shell(says: &str, on_stop: &str) -> Result<Server, String> {
        let script = format!("{on_stop}\n{says}\ntail -f /dev/null > /dev/null & wait");
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        Server::start(
            Path::new("sh"),
            &["-c", &script],
            here,
            &["Open ", "S3 at "],
        )
    }

    #[test]
    fn addresses_come_in_any_order() {
        let says = "echo hello; echo 'S3 at http://127.0.0.1:12'; echo 'Open http://localhost:13'";
        let server = shell(says, "trap 'kill $!; exit 0' INT").unwrap();
        assert_eq!(server.ports(), [13, 12]);
        assert_eq!(server.stop(), Ok(()));
    }

    #[test]
    fn another_exit_code_is_an_error() {
        let says = "echo 'Open http://localhost:13, S3 at http://127.0.0.1:12'";
        let server = shell(says, "trap 'kill $!; exit 3' INT").unwrap();
        assert_eq!(
            server.stop().unwrap_err(),
            "it stopped with exit status: 3, not with exit code 0"
        );
    }
}
