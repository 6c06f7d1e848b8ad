//! Large bodies: one stream at a time as fast as it goes, or many uploads at once.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use dropslip_bench_load::wire::{Answer, BodyLen};

const SILENCE_MAX: Duration = Duration::from_secs(120);
const READ_BYTES: usize = 256 * 1024;

/// Sends one request, its body made of repeated `piece`, and reads the answer to its end.
/// Gives the bytes of the answer's body and the time from the first byte to the last.
pub fn one(
    address: SocketAddr,
    head: &[u8],
    body: Option<(&[u8], u64)>,
) -> io::Result<(u64, Duration)> {
    let mut stream = connect(address)?;
    let began = Instant::now();
    stream.write_all(head)?;
    if let Some((piece, len)) = body {
        let mut left = len;
        while left > 0 {
            let bytes = piece.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            stream.write_all(&piece[..bytes])?;
            left -= bytes as u64;
        }
    }
    let bytes = read_answer(&mut stream, 200)?;
    Ok((bytes, began.elapsed()))
}

/// The same for a request whose answer is wanted as text, with whatever status.
pub fn text(address: SocketAddr, request: &[u8]) -> io::Result<(u16, Vec<u8>)> {
    let mut stream = connect(address)?;
    stream.write_all(request)?;
    let mut all = Vec::new();
    let mut buffer = vec![0; READ_BYTES];
    let mut answer = Answer::default();
    loop {
        let read = stream.read(&mut buffer)?;
        all.extend_from_slice(&buffer[..read]);
        let head = match read {
            0 => answer.ended(),
            _ => answer.take(&buffer[..read]),
        };
        if let Some(head) = head {
            return Ok((head.status, all.split_off(head.len)));
        }
        if read == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(SILENCE_MAX))?;
    stream.set_write_timeout(Some(SILENCE_MAX))?;
    Ok(stream)
}

fn read_answer(stream: &mut TcpStream, status: u16) -> io::Result<u64> {
    let mut buffer = vec![0; READ_BYTES];
    let mut answer = Answer::default();
    loop {
        let read = stream.read(&mut buffer)?;
        let head = match read {
            0 => answer.ended(),
            _ => answer.take(&buffer[..read]),
        };
        match head {
            Some(head) if head.status != status => {
                return Err(io::Error::other(format!("it answered {}", head.status)));
            }
            Some(head) if head.body == BodyLen::Chunked => {
                return Err(io::Error::other("a stream in chunks is not counted"));
            }
            Some(_) => return Ok(answer.body_bytes()),
            None if read == 0 => return Err(ErrorKind::UnexpectedEof.into()),
            None => {}
        }
    }
}

/// Uploads at the same time.
#[derive(Debug)]
pub struct Uploads<'a> {
    pub address: SocketAddr,
    /// One head for each.
    pub heads: Vec<Vec<u8>>,
    pub piece: &'a [u8],
    pub len: u64,
    /// The least time between two pieces of one upload.
    pub pause: Duration,
}

struct Upload {
    stream: mio::net::TcpStream,
    head: Vec<u8>,
    sent: u64,
    next: Instant,
    can_write: bool,
    answer: Answer,
    status: Option<u16>,
}

/// Makes them, all connections at once; gives how many were answered 200, and the time.
pub fn uploads(all: &Uploads<'_>) -> io::Result<(usize, Duration)> {
    let mut poll = Poll::new()?;
    let began = Instant::now();
    let mut running = Vec::with_capacity(all.heads.len());
    for (at, head) in all.heads.iter().enumerate() {
        let stream = connect(all.address)?;
        stream.set_nonblocking(true)?;
        let mut stream = mio::net::TcpStream::from_std(stream);
        let both = Interest::READABLE | Interest::WRITABLE;
        poll.registry().register(&mut stream, Token(at), both)?;
        running.push(Upload {
            stream,
            head: head.clone(),
            sent: 0,
            next: began,
            can_write: true,
            answer: Answer::default(),
            status: None,
        });
    }
    let mut events = Events::with_capacity(1024);
    let mut last = Instant::now();
    while running.iter().any(|upload| upload.status.is_none()) {
        let now = Instant::now();
        let mut next = now + Duration::from_secs(1);
        for upload in running.iter_mut().filter(|upload| upload.status.is_none()) {
            if upload.can_write && upload.next <= now && upload.send(all)? {
                last = now;
                upload.next = now + all.pause;
            }
            if upload.can_write && upload.sent < upload.total(all) {
                next = next.min(upload.next);
            }
        }
        poll.poll(
            &mut events,
            Some(next.saturating_duration_since(Instant::now())),
        )?;
        for event in &events {
            let upload = &mut running[event.token().0];
            upload.can_write |= event.is_writable();
            if event.is_readable() {
                upload.receive();
                last = Instant::now();
            }
        }
        if last.elapsed() > SILENCE_MAX {
            return Err(io::Error::new(ErrorKind::TimedOut, "the server is silent"));
        }
    }
    let good = running.iter().filter(|upload| upload.status == Some(200));
    Ok((good.count(), began.elapsed()))
}

impl Upload {
    fn total(&self, all: &Uploads<'_>) -> u64 {
        self.head.len() as u64 + all.len
    }

    /// Sends one piece, or what the socket takes of it.
    fn send(&mut self, all: &Uploads<'_>) -> io::Result<bool> {
        let head_len = self.head.len() as u64;
        let left = self.total(all) - self.sent;
        if left == 0 {
            self.can_write = false;
            return Ok(false);
        }
        let bytes = if self.sent < head_len {
            &self.head[self.sent as usize..]
        } else {
            // The place within the piece does not matter: all of it is noise.
            &all.piece[..all.piece.len().min(left as usize)]
        };
        match self.stream.write(bytes) {
            Ok(sent) => self.sent += sent as u64,
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.can_write = false,
            // Cut off; what was answered before may still be read.
            Err(_) => {
                self.can_write = false;
                self.receive();
                self.status.get_or_insert(0);
            }
        }
        Ok(true)
    }

    fn receive(&mut self) {
        let mut buffer = [0; 4096];
        loop {
            let head = match self.stream.read(&mut buffer) {
                Ok(0) => Some(self.answer.ended().map_or(0, |head| head.status)),
                Ok(read) => self.answer.take(&buffer[..read]).map(|head| head.status),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => Some(0),
            };
            if head.is_some() {
                self.status = head;
                return;
            }
        }
    }
}
