//! The smallest HTTP client: what it sends is exactly what the test says.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A server that does not answer within that is broken; the bound keeps a test from hanging.
const ANSWER_S: u64 = 30;

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

pub(crate) type Headers<'a> = &'a [(&'a str, &'a str)];

/// Sends one request with its length and reads the whole answer.
pub(crate) fn send(
    address: SocketAddr,
    request: &str,
    headers: Headers<'_>,
    body: &[u8],
) -> Answer {
    let length = body.len().to_string();
    let mut all = vec![("content-length", length.as_str()), ("connection", "close")];
    all.extend(headers);
    send_raw(address, &head(address, request, &all), body)
}

/// The head of a request, `METHOD TARGET`, with nothing added but the host.
pub(crate) fn head(address: SocketAddr, request: &str, headers: Headers<'_>) -> String {
    let mut head = format!("{request} HTTP/1.1\r\n");
    if !headers.iter().any(|(name, _)| *name == "host") {
        head.push_str(&format!("host: {address}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head + "\r\n"
}

/// Sends bytes as they are and reads the answer.
pub(crate) fn send_raw(address: SocketAddr, head: &str, body: &[u8]) -> Answer {
    let mut stream = connect(address);
    stream.write_all(head.as_bytes()).unwrap();
    // A refusal may close the connection while the body is still on its way.
    let _ = stream.write_all(body);
    answer(stream)
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(ANSWER_S)))
        .unwrap();
    stream
}

/// Reads an answer to the end of the connection.
pub(crate) fn answer(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    // A reset after the answer takes nothing away from it.
    let _ = stream.read_to_end(&mut bytes);
    while bytes.starts_with(b"HTTP/1.1 100 ") {
        let end = find(&bytes, b"\r\n\r\n").unwrap() + 4;
        bytes.drain(..end);
    }
    let Some(end) = find(&bytes, b"\r\n\r\n") else {
        return Answer {
            status: 0,
            head: String::new(),
            body: Vec::new(),
        };
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer {
        status,
        head,
        body: bytes[end + 4..].to_vec(),
    }
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

impl Answer {
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}\n\n{}", self.head, self.text());
        self
    }

    #[track_caller]
    pub(crate) fn says(self, part: &str) -> Self {
        assert!(self.text().contains(part), "`{part}` in {}", self.text());
        self
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// A header's value, empty if it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        let values = self
            .head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'));
        values
            .filter(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .next()
            .unwrap_or_default()
    }
}
