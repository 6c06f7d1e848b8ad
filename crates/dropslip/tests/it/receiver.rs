//! A receiver of webhooks that fails as receivers do, and notes all that came.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::crash::Chance;

/// One attempt.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    /// The event's id.
    pub(crate) id: String,
    pub(crate) body: String,
    pub(crate) kind: String,
    /// The upload's uuid.
    pub(crate) upload: String,
    /// Whether the application took it; the sender may not have heard so.
    pub(crate) is_taken: bool,
    /// Whether the sender was told that it was taken.
    pub(crate) is_told: bool,
}

/// A running receiver.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    chance: Mutex<Chance>,
    /// Of a hundred attempts so many fail.
    failing_percent: u64,
    attempts: Mutex<Vec<Attempt>>,
    came: Condvar,
}

impl Receiver {
    pub(crate) fn start(seed: u64, failing_percent: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Inner {
            chance: Mutex::new(Chance(seed)),
            failing_percent,
            attempts: Mutex::default(),
            came: Condvar::new(),
        });
        let shared = Arc::clone(&inner);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let inner = Arc::clone(&shared);
                thread::spawn(move || inner.serve(stream));
            }
        });
        Self { address, inner }
    }

    pub(crate) fn attempts(&self) -> Vec<Attempt> {
        self.inner.attempts.lock().unwrap().clone()
    }

    /// Waits until what has come satisfies a condition; false if it does not in time.
    pub(crate) fn wait(&self, limit: Duration, condition: impl Fn(&[Attempt]) -> bool) -> bool {
        let until = Instant::now() + limit;
        let mut attempts = self.inner.attempts.lock().unwrap();
        while !condition(&attempts) {
            let Some(left) = until.checked_duration_since(Instant::now()) else {
                return false;
            };
            attempts = self.inner.came.wait_timeout(attempts, left).unwrap().0;
        }
        true
    }
}

/// What becomes of an attempt.
enum Fate {
    Answered(&'static str),
    /// Some bytes of an answer, then nothing.
    Cut,
    /// Taken, and no answer.
    HungUp,
}

impl Inner {
    fn serve(&self, stream: TcpStream) {
        let Some((id, body)) = read(&stream) else {
            return;
        };
        let json: Value = serde_json::from_str(&body).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let fate = self.fate();
        let attempt = Attempt {
            id,
            kind: text(&json["type"]),
            upload: text(&json["data"]["id"]),
            body,
            is_taken: matches!(fate, Fate::Answered("200 OK") | Fate::HungUp),
            is_told: matches!(fate, Fate::Answered("200 OK")),
        };
        self.attempts.lock().unwrap().push(attempt);
        self.came.notify_all();
        let answer = match fate {
            Fate::Answered(status) => {
                format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            }
            Fate::Cut => "HTTP/1.1 2".to_owned(),
            Fate::HungUp => return,
        };
        let _ = (&stream).write_all(answer.as_bytes());
    }

    fn fate(&self) -> Fate {
        let mut chance = self.chance.lock().unwrap();
        if chance.below(100) >= self.failing_percent {
            return Fate::Answered("200 OK");
        }
        match chance.below(4) {
            0 => Fate::Answered("500 Internal Server Error"),
            1 => Fate::Answered("503 Service Unavailable"),
            2 => Fate::Cut,
            _ => Fate::HungUp,
        }
    }
}

/// The id and the body of a request; none if it does not come whole, as from a process that is killed.
fn read(stream: &TcpStream) -> Option<(String, String)> {
    let mut reader = BufReader::new(stream);
    let (mut id, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            match name.to_ascii_lowercase().as_str() {
                "webhook-id" => value.trim().clone_into(&mut id),
                "content-length" => length = value.trim().parse().ok()?,
                _ => {}
            }
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).ok()?;
    (!id.is_empty()).then_some((id, body))
}
