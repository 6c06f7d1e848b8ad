//! The load generator: many connections, one thread, one system call for each side of a
//! request. It is as cheap as can be, so that the client does not hide the server.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::wire::{Answer, Head};

/// How long a server may be silent before a run is given up.
const SILENCE_MAX: Duration = Duration::from_secs(20);
/// An answer has a head and 4 KiB; larger ones come in several reads.
const READ_BYTES: usize = 16 * 1024;

/// What is sent, by number.
pub trait Requests {
    /// Puts the request of that number into `out`, which is empty or holds another one of these.
    fn write(&self, number: u32, out: &mut Vec<u8>);
}

/// What to send, and how long.
pub struct Load<'a> {
    pub address: SocketAddr,
    pub connections: usize,
    pub requests: &'a dyn Requests,
    /// Numbers of keys: from the first one on, or picked among `0..keys` where it is given.
    pub first: u32,
    pub among: Option<u32>,
    /// When to send no more: after this time, or so many requests.
    pub time: Duration,
    pub requests_max: u64,
    /// The status that each answer must have.
    pub status: u16,
    /// Bytes that each answer's body must have.
    pub body_bytes: Option<u64>,
    /// Whether the client looks for answers all the time. One that sleeps has to be woken, and whoever answers pays for
    /// that: a slow server with every answer, a fast one never, because the client behind it is always busy.
    pub is_awake: bool,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Sample {
    pub requests: u64,
    pub errors: u64,
    pub elapsed: Duration,
    /// In microseconds, sorted.
    latencies_us: Vec<u32>,
}

impl Sample {
    pub fn per_s(&self) -> f64 {
        self.requests as f64 / self.elapsed.as_secs_f64()
    }

    /// The latency below which this share of the answers came, in milliseconds.
    pub fn latency_ms(&self, share: f64) -> f64 {
        let last = self.latencies_us.len().saturating_sub(1);
        let at = (last as f64 * share).round() as usize;
        self.latencies_us
            .get(at)
            .map_or(0.0, |us| f64::from(*us) / 1000.0)
    }
}

struct Connection {
    stream: TcpStream,
    out: Vec<u8>,
    sent: usize,
    answer: Answer,
    began: Instant,
    is_idle: bool,
}

/// Sends requests until the time is over, then waits for what is under way.
pub fn run(load: &Load<'_>) -> io::Result<Sample> {
    let mut generator = Generator::new(load)?;
    generator.run()?;
    let mut sample = generator.sample;
    sample.latencies_us.sort_unstable();
    Ok(sample)
}

struct Generator<'a> {
    load: &'a Load<'a>,
    poll: Poll,
    connections: Vec<Connection>,
    buffer: Vec<u8>,
    begun: u64,
    open: usize,
    start: Instant,
    sample: Sample,
}

impl<'a> Generator<'a> {
    fn new(load: &'a Load<'a>) -> io::Result<Self> {
        let mut this = Self {
            load,
            poll: Poll::new()?,
            connections: Vec::with_capacity(load.connections),
            buffer: vec![0; READ_BYTES],
            begun: 0,
            open: 0,
            start: Instant::now(),
            sample: Sample::default(),
        };
        for at in 0..load.connections {
            let stream = this.connect(at)?;
            this.connections.push(Connection {
                stream,
                out: Vec::new(),
                sent: 0,
                answer: Answer::default(),
                began: this.start,
                is_idle: true,
            });
        }
        Ok(this)
    }

    fn connect(&self, at: usize) -> io::Result<TcpStream> {
        let stream = std::net::TcpStream::connect(self.load.address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        let both = Interest::READABLE | Interest::WRITABLE;
        self.poll
            .registry()
            .register(&mut stream, Token(at), both)?;
        Ok(stream)
    }

    fn run(&mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(1024);
        self.start = Instant::now();
        for at in 0..self.connections.len() {
            self.begin(at)?;
        }
        let mut heard = self.start;
        let wait = match self.load.is_awake {
            true => Duration::ZERO,
            false => SILENCE_MAX,
        };
        while self.open > 0 {
            self.poll.poll(&mut events, Some(wait))?;
            if !events.is_empty() {
                heard = Instant::now();
            } else if heard.elapsed() >= SILENCE_MAX {
                return Err(io::Error::new(ErrorKind::TimedOut, "the server is silent"));
            }
            for event in &events {
                self.go_on(event.token().0)?;
            }
        }
        self.sample.elapsed = self.start.elapsed();
        Ok(())
    }

    /// Sends the next request, if there is to be one.
    fn begin(&mut self, at: usize) -> io::Result<()> {
        let load = self.load;
        let connection = &mut self.connections[at];
        connection.began = Instant::now();
        let over = connection.began - self.start >= load.time;
        if over || self.begun >= load.requests_max {
            return Ok(());
        }
        let number = match load.among {
            None => load.first.wrapping_add(self.begun as u32),
            // A walk that meets all keys, in no order that a server could read ahead in.
            Some(keys) => {
                let mixed = self.begun.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
                (mixed % u64::from(keys)) as u32
            }
        };
        load.requests.write(number, &mut connection.out);
        connection.sent = 0;
        connection.is_idle = false;
        connection.answer.clear();
        self.begun += 1;
        self.open += 1;
        self.send(at)
    }

    fn send(&mut self, at: usize) -> io::Result<()> {
        let connection = &mut self.connections[at];
        while connection.sent < connection.out.len() {
            match connection.stream.write(&connection.out[connection.sent..]) {
                Ok(sent) => connection.sent += sent,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                // The answer may still be there to be read.
                Err(_) => break,
            }
        }
        Ok(())
    }

    fn go_on(&mut self, at: usize) -> io::Result<()> {
        if self.connections[at].is_idle {
            return Ok(());
        }
        self.send(at)?;
        loop {
            let connection = &mut self.connections[at];
            match connection.stream.read(&mut self.buffer) {
                Ok(0) => {
                    let head = connection.answer.ended();
                    self.answered(at, head, true)?;
                    return Ok(());
                }
                Ok(read) => {
                    if let Some(head) = connection.answer.take(&self.buffer[..read]) {
                        return self.answered(at, Some(head), head.closes);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(_) => return self.answered(at, None, true),
            }
        }
    }

    /// Counts an answer, or the want of one, and goes on with the next request.
    fn answered(&mut self, at: usize, head: Option<Head>, closes: bool) -> io::Result<()> {
        let connection = &mut self.connections[at];
        let took = connection.began.elapsed();
        connection.is_idle = true;
        self.open -= 1;
        let (status, wanted) = (self.load.status, self.load.body_bytes);
        let is_good = head.is_some_and(|head| head.status == status)
            && wanted.is_none_or(|bytes| connection.answer.body_bytes() == bytes);
        if is_good {
            self.sample.requests += 1;
            self.sample.latencies_us.push(took.as_micros() as u32);
        } else {
            self.sample.errors += 1;
        }
        if closes {
            self.connections[at].stream = self.connect(at)?;
        }
        self.begin(at)
    }
}
