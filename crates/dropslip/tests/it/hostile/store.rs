//! A store with a log, and the means to see what hostile bytes did to it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use dropslip_sigv4::{Credentials, Request, Signer, Timestamp};
use tempfile::TempDir;

use crate::http::{Answer, connect, send};
use crate::process::{Server, dropslip};

/// More than the store needs while it is idle, and less than any of the bodies here has.
const RESIDENT_BYTES_MAX: u64 = 160 * 1024 * 1024;

/// A store under attack. Dropped, it must still answer and hold no object.
pub(super) struct Victim {
    folder: TempDir,
    server: Server,
}

impl Victim {
    pub(super) fn new() -> Self {
        Self::started(&[])
    }

    pub(super) fn started(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data").display().to_string();
        let mut args = vec!["store", "--data", &data, "--listen", "127.0.0.1:0"];
        args.extend(["--bucket", "uploads"]);
        args.extend(more);
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let mut command = dropslip(folder.path(), &args);
        command.env("DROPSLIP_LOG", "info");
        let server = Server::start_logged(&mut command, "S3 at", log.into());
        Self { folder, server }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.server.s3()
    }

    /// A signed path and query.
    pub(super) fn signed(&self, method: &str, uri: &str) -> String {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let host = self.address().to_string();
        let keys = Credentials::new("dropslip", "dropslip-dev-secret");
        let request = Request {
            method,
            path,
            query,
            headers: &[("host", host.as_bytes())],
        };
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let now = Timestamp::from_unix_s(since.as_secs().try_into().unwrap());
        let slip = Signer::new(keys, "us-east-1", "s3").presign(&request, 60, now);
        format!("{path}?{}", slip.unwrap().query)
    }

    /// Sends bytes as they are, `{host}` replaced, then a last request; the statuses of all
    /// that was answered. The last one is 403 if the store saw it as one.
    pub(super) fn statuses(&self, shape: &[u8]) -> Vec<u16> {
        const LAST: &str =
            "GET /uploads/last HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n";
        let host = self.address().to_string();
        let mut bytes = replaced(shape, &host);
        bytes.extend(replaced(LAST.as_bytes(), &host));
        statuses(&self.exchange(&bytes))
    }

    /// Sends bytes and nothing behind them; all that comes back.
    pub(super) fn exchange(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = connect(self.address());
        // A refusal may close the connection while there is more to send.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    }

    /// Sends bytes, closes this side, and reads what comes back.
    pub(super) fn exchange_cut(&self, bytes: &[u8]) -> Vec<u16> {
        let mut stream = connect(self.address());
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        statuses(&answer)
    }

    /// The keys of all objects, as XML.
    pub(super) fn list(&self) -> Answer {
        let list = self.signed("GET", "/uploads?list-type=2");
        send(self.address(), &format!("GET {list}"), &[], b"").is(200)
    }

    /// Holds that the store goes on, that nothing was written, and that memory stayed small.
    #[track_caller]
    pub(super) fn is_unharmed(&self) {
        let list = self.list().text();
        assert!(list.contains("<KeyCount>0</KeyCount>"), "{list}");
        if let Some(bytes) = self.server.resident_bytes_max() {
            assert!(bytes < RESIDENT_BYTES_MAX, "{bytes} bytes");
        }
        let log = self.log();
        for wrong in ["panicked", "ERROR", "dropslip-dev-secret"] {
            assert!(!log.contains(wrong), "{log}");
        }
        // What was sent may not steer a terminal that shows the log.
        let control = |c: char| c.is_control() && c != '\n';
        assert!(!log.contains(control), "{log:?}");
    }

    /// What was logged of all that was answered so far. Lines come in order, but a moment
    /// after the answers: once that of one more request is there, so are those before it.
    pub(super) fn log(&self) -> String {
        static MARKS: AtomicUsize = AtomicUsize::new(0);
        let mark = format!("mark-{}-end", MARKS.fetch_add(1, Ordering::Relaxed));
        let target = format!("GET /uploads/{mark}");
        send(self.address(), &target, &[], b"").is(403);
        let begun = Instant::now();
        loop {
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap();
            if log.contains(&mark) {
                return log;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "no `{mark}`: {log}"
            );
            thread::yield_now();
        }
    }
}

fn replaced(shape: &[u8], host: &str) -> Vec<u8> {
    let mark = b"{host}";
    let mut bytes = Vec::new();
    let mut rest = shape;
    while let Some(at) = rest.windows(mark.len()).position(|window| window == mark) {
        bytes.extend_from_slice(&rest[..at]);
        bytes.extend_from_slice(host.as_bytes());
        rest = &rest[at + mark.len()..];
    }
    bytes.extend_from_slice(rest);
    bytes
}

/// The statuses of the answers in a stream. No body of an answer holds such a line.
pub(super) fn statuses(stream: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(stream);
    let answers = text.split("HTTP/1.").skip(1);
    answers
        .map(|answer| answer[2..5].parse().expect("a status has three digits"))
        .filter(|status| *status != 100)
        .collect()
}
