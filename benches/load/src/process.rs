//! A server as a child process: its processor time, its memory, its end.

use std::fs;
use std::io;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What requests call the server, whatever its port is.
pub const HOST: &str = "127.0.0.1";
/// Processor time is counted in hundredths of a second on every Linux of today.
const TICKS_PER_S: f64 = 100.0;
/// How long a server may take to answer for the first time.
const START_MAX: Duration = Duration::from_secs(90);

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    pub address: SocketAddr,
    /// From its start to its first answer.
    pub start: Duration,
}

impl Process {
    /// Starts it, with its output in a file, and waits until it answers.
    pub fn start(command: &mut Command, port: u16, log: &Path) -> io::Result<Self> {
        let log = fs::File::create(log)?;
        let began = Instant::now();
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut process = Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            start: Duration::ZERO,
        };
        while !answers(process.address) {
            if let Some(status) = process.child.try_wait()? {
                return Err(io::Error::other(format!("it ended with {status}")));
            }
            if began.elapsed() > START_MAX {
                return Err(io::Error::other("it does not answer"));
            }
            thread::sleep(Duration::from_millis(1));
        }
        process.start = began.elapsed();
        Ok(process)
    }

    /// Processor seconds so far, of all its threads.
    pub fn cpu_s(&self) -> f64 {
        let path = format!("/proc/{}/stat", self.child.id());
        let text = fs::read_to_string(path).unwrap_or_default();
        let after_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
        let ticks = after_name.split_whitespace().skip(11).take(2);
        let ticks: f64 = ticks.filter_map(|field| field.parse::<f64>().ok()).sum();
        ticks / TICKS_PER_S
    }

    /// Megabytes resident now, and at most since the start or [`Self::forget_peak`].
    pub fn resident_mb(&self) -> (f64, f64) {
        let path = format!("/proc/{}/status", self.child.id());
        let text = fs::read_to_string(path).unwrap_or_default();
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
            kib.unwrap_or_default() * 1024.0 / 1e6
        };
        (field("VmRSS:"), field("VmHWM:"))
    }

    /// Lets the peak of memory begin anew.
    pub fn forget_peak(&self) {
        // Where the system does not let it, the peak is that since the start.
        let _ = fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5");
    }

    /// Asks it to end and waits until it has.
    pub fn terminate(&mut self) -> io::Result<()> {
        use rustix::process::{Pid, Signal, kill_process};
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::TERM)?;
        self.child.wait()?;
        Ok(())
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Whether somebody answers HTTP there.
fn answers(address: SocketAddr) -> bool {
    let ask = || -> io::Result<usize> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n").as_bytes())?;
        stream.read(&mut [0; 64])
    };
    ask().is_ok_and(|read| read > 0)
}

/// A port that is free now. Below 50000, because SeaweedFS adds to its ports.
pub fn free_port() -> io::Result<u16> {
    for _ in 0..100 {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        if port < 50000 {
            return Ok(port);
        }
    }
    Err(io::Error::other("no free port"))
}

/// The cores that this process may use.
pub fn cores() -> Vec<usize> {
    use rustix::thread::{CpuSet, sched_getaffinity};
    let allowed = sched_getaffinity(None).unwrap_or_default();
    (0..CpuSet::MAX_CPU)
        .filter(|core| allowed.is_set(*core))
        .collect()
}

/// Binds this thread, and the processes that it starts from now on, to one core.
pub fn bind(core: usize) -> io::Result<()> {
    use rustix::thread::{CpuSet, sched_setaffinity};
    let mut one = CpuSet::new();
    one.set(core);
    sched_setaffinity(None, &one)?;
    Ok(())
}

/// Lets this process open as many descriptors as it may.
pub fn more_descriptors() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // With fewer, a run with many connections says so.
    let _ = setrlimit(Resource::Nofile, limit);
}
