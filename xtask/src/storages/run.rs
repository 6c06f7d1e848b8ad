//! One storage: installed, started, examined, stopped, within bounds of time.
//!
//! A shell leads a group of processes in which the storage runs. It ends them all and removes their folder when its
//! standard input ends, which it does when this program ends in any way: nothing is left behind by ctrl-c either.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
#[cfg(unix)]
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::Storage;
use super::found::Found;
use crate::command::forget_cargo;
use crate::repo::Repo;
use crate::say;

/// Garage takes a quarter of an hour on two cores.
const INSTALL_MAX: Duration = Duration::from_secs(60 * 60);
/// Ceph takes 20 s.
const READY_MAX: Duration = Duration::from_secs(120);
const DOCTOR_MAX: Duration = Duration::from_secs(120);
const SERVICE_MAX: Duration = Duration::from_secs(180);
/// What only looks.
const LOOK_MAX: Duration = Duration::from_secs(30);
/// The shell gives up after 3 s.
const STOP_MAX: Duration = Duration::from_secs(20);

const PAUSE: Duration = Duration::from_millis(50);
const PORTS: usize = 9;
const LOG_LINES: usize = 8;

/// Examines it.
pub(super) fn run(repo: &Repo, storage: Storage) -> Result<Found, String> {
    let place = Place::new(repo, storage)?;
    if !place.call("installed", LOOK_MAX)?.status.success() {
        say::line("  is installed, which may take long");
        let installed = place.call("install", INSTALL_MAX)?;
        if !installed.status.success() {
            return Err(format!("cannot be installed: {}", installed.last_words()));
        }
    }
    let version = place.call("version", LOOK_MAX)?.stdout;
    fs::create_dir_all(&place.data)
        .map_err(|error| format!("cannot make `{}`: {error}", place.data.display()))?;
    let guard = Guard::start(&place)?;
    let ready = place.call("ready", READY_MAX)?;
    if !ready.status.success() {
        let log = fs::read_to_string(place.data.join("log")).unwrap_or_default();
        let log: Vec<&str> = log.lines().collect();
        let log = log[log.len().saturating_sub(LOG_LINES)..].join("\n");
        return Err(format!("does not run: {}\n{log}", ready.last_words()));
    }
    // What can be put right is put right first: whether a storage keeps CORS rules is the question, not whether a new
    // bucket has some.
    place.call("doctor --fix", DOCTOR_MAX)?;
    let told = place.call("doctor", DOCTOR_MAX)?;
    let served = place.call("service \"$2\"", SERVICE_MAX)?;
    drop(guard);
    let found = Found::read(version.trim(), &told.stdout)
        .map_err(|why| format!("the doctor told nothing: {why}: {}", told.last_words()))?;
    found
        .with_served(&served.stdout)
        .map_err(|why| format!("the service did nothing: {why}: {}", served.last_words()))
}

/// Where a storage is and lies, and what its script is given.
#[derive(Debug)]
struct Place {
    repo: PathBuf,
    name: &'static str,
    data: PathBuf,
    variables: Vec<(String, String)>,
}

impl Place {
    fn new(repo: &Repo, storage: Storage) -> Result<Self, String> {
        let folder = repo.target.join("storages");
        let data = folder.join(format!("run-{}-{}", storage.name, std::process::id()));
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        let mut variables = vec![
            ("PEER".to_owned(), text(folder.join(storage.name))),
            ("DATA".to_owned(), text(data.clone())),
            ("DROPSLIP".to_owned(), text(repo.binary())),
        ];
        let fixed = [
            ("BUCKET", "uploads"),
            ("REGION", "us-east-1"),
            ("ACCESS_KEY", "dropslip"),
            ("SECRET_KEY", "dropslip-secret"),
        ];
        variables.extend(fixed.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let ports = free_ports()?;
        for (at, port) in ports.into_iter().enumerate() {
            let name = match at {
                0 => "PORT".to_owned(),
                at => format!("PORT_{at}"),
            };
            variables.push((name, port.to_string()));
        }
        fs::create_dir_all(&folder)
            .map_err(|error| format!("cannot make `{}`: {error}", folder.display()))?;
        Ok(Self {
            repo: repo.root.clone(),
            name: storage.name,
            data,
            variables,
        })
    }

    /// A function of the script, with words behind it.
    fn command(&self, function: &str) -> Command {
        let scripts = self.repo.join("xtask/storages");
        let mut command = Command::new("sh");
        command.args([
            "-c",
            &format!(". \"$1/common.sh\"; . \"$1/$2.sh\"; {function}"),
        ]);
        command.arg("sh").arg(scripts).arg(self.name);
        forget_cargo(&mut command);
        // Nothing that the machine says of other storages.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("AWS_") || text.starts_with("DROPSLIP_") {
                command.env_remove(name);
            }
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.current_dir(match self.data.is_dir() {
            true => &self.data,
            false => &self.repo,
        });
        command
    }

    /// Calls a function and waits for its end, but not longer than that.
    fn call(&self, function: &str, most: Duration) -> Result<Told, String> {
        let mut command = self.command(function);
        command.stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let started = command.spawn();
        let mut child = started.map_err(|error| format!("`sh` did not start: {error}"))?;
        let stdout = reader(child.stdout.take());
        let stderr = reader(child.stderr.take());
        let Some(status) = wait(&mut child, most) else {
            child.kill().ok();
            child.wait().ok();
            return Err(format!("`{function}` took longer than {most:?}"));
        };
        let text = |reader: thread::JoinHandle<String>| reader.join().unwrap_or_default();
        Ok(Told {
            status,
            stdout: text(stdout),
            stderr: text(stderr),
        })
    }
}

/// How a call ended.
#[derive(Debug)]
struct Told {
    status: ExitStatus,
    stdout: String,
    stderr: String,
}

impl Told {
    fn last_words(&self) -> &str {
        let lines = self.stderr.lines().chain(self.stdout.lines());
        lines
            .rev()
            .find(|line| !line.trim().is_empty())
            .unwrap_or("it said nothing")
    }
}

/// Whoever holds this keeps a storage running.
#[derive(Debug)]
struct Guard(Child);

impl Guard {
    fn start(place: &Place) -> Result<Self, String> {
        let mut command = place.command("guard");
        command.stdin(Stdio::piped());
        #[cfg(unix)]
        command.process_group(0);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn();
        child
            .map(Self)
            .map_err(|error| format!("`sh` did not start: {error}"))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Its end is the sign to stop.
        drop(self.0.stdin.take());
        if wait(&mut self.0, STOP_MAX).is_none() {
            self.0.kill().ok();
            self.0.wait().ok();
        }
    }
}

/// Its exit, unless it takes longer than that.
fn wait(child: &mut Child, most: Duration) -> Option<ExitStatus> {
    let begin = Instant::now();
    while begin.elapsed() < most {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) => thread::sleep(PAUSE),
            Err(_) => return None,
        }
    }
    None
}

fn reader(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            stream.read_to_end(&mut bytes).ok();
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Ports that were free a moment ago, all different.
fn free_ports() -> Result<Vec<u16>, String> {
    let no_port = |error| format!("no free port: {error}");
    let held: Result<Vec<TcpListener>, _> = (0..PORTS)
        .map(|_| TcpListener::bind("127.0.0.1:0"))
        .collect();
    let held = held.map_err(no_port)?;
    let ports = held.iter().map(TcpListener::local_addr);
    ports
        .map(|address| address.map(|address| address.port()).map_err(no_port))
        .collect()
}
