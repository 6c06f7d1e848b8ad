//! Starts the binary, finds its addresses, stops it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// A running server. Dropped, it is killed.
pub(crate) struct Server {
    child: Child,
    /// Everything that was printed until it was ready.
    pub(crate) greeting: String,
}

/// A command without the environment of whoever runs the tests.
pub(crate) fn dropslip(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dropslip"));
    command
        .args(args)
        .env_clear()
        .env("HOME", home)
        .env("DROPSLIP_LOG", "off")
        .current_dir(home);
    command
}

impl Server {
    /// Starts a server and waits until it prints the last line that it prints.
    pub(crate) fn start(command: &mut Command, last: &str) -> Self {
        Self::start_logged(command, last, Stdio::inherit())
    }

    /// The same, with what it logs sent elsewhere.
    pub(crate) fn start_logged(command: &mut Command, last: &str, log: Stdio) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
        let mut greeting = String::new();
        while !greeting.contains(last) {
            let line = lines.next().expect("the server says where it is").unwrap();
            greeting += &line;
            greeting += "\n";
        }
        Self { child, greeting }
    }

    /// `dropslip dev` on free ports.
    pub(crate) fn dev(data: &Path) -> Self {
        let data_flag = data.join("data").display().to_string();
        let args = [
            "dev",
            "--data",
            &data_flag,
            "--listen",
            "127.0.0.1:0",
            "--s3-listen",
            "127.0.0.1:0",
        ];
        Self::start(&mut dropslip(data, &args), "Stop with")
    }

    /// `dropslip store` on a free port, with a bucket.
    pub(crate) fn store(data: &Path) -> Self {
        let data_flag = data.join("data").display().to_string();
        let args = [
            "store",
            "--data",
            &data_flag,
            "--listen",
            "127.0.0.1:0",
            "--bucket",
            "uploads",
        ];
        Self::start(&mut dropslip(data, &args), "S3 at")
    }

    /// The address behind a text of the greeting, such as `S3 at http://`.
    pub(crate) fn address(&self, behind: &str) -> SocketAddr {
        let rest = self
            .greeting
            .split_once(behind)
            .expect("the greeting has the address")
            .1;
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || ".:".contains(c)))
            .unwrap_or(rest.len());
        rest[..end]
            .replace("localhost", "127.0.0.1")
            .parse()
            .unwrap()
    }

    pub(crate) fn s3(&self) -> SocketAddr {
        self.address("S3 at http://")
    }

    pub(crate) fn pages(&self) -> SocketAddr {
        self.address("Open http://")
    }

    /// The most memory that the process has held, where the system tells.
    pub(crate) fn resident_bytes_max(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kib * 1024)
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: &str) {
        let kill = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(kill.success());
    }

    /// Sends a signal and waits for the end.
    pub(crate) fn stop(mut self, signal: &str) -> ExitStatus {
        self.signal(signal);
        self.child.wait().unwrap()
    }

    /// The log of a server that was started with a pipe for it.
    pub(crate) fn log(&mut self) -> Log {
        let lines = BufReader::new(self.child.stderr.take().expect("a pipe")).lines();
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                // The reader may be gone; the pipe is still to be emptied.
                let _ = sender.send(line);
            }
        });
        Log(receiver)
    }
}

/// What a server logs, line by line.
pub(crate) struct Log(Receiver<String>);

impl Log {
    /// Waits for a line with this text; gives that line and those before it.
    pub(crate) fn wait_for(&self, part: &str) -> String {
        let mut lines = String::new();
        loop {
            match self.0.recv_timeout(Duration::from_secs(LOG_S)) {
                Ok(line) => {
                    lines += &line;
                    lines += "\n";
                    if line.contains(part) {
                        return lines;
                    }
                }
                Err(error) => panic!("no `{part}` in the log ({error}):\n{lines}"),
            }
        }
    }
}

/// A server that logs nothing for so long is broken; the bound keeps a test from hanging.
const LOG_S: u64 = 30;

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command that fails, and gives its exit code and what it says.
pub(crate) fn failure(command: &mut Command) -> (i32, String) {
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    (child.wait().unwrap().code().unwrap(), said)
}
