//! A proxy that meddles: it changes requests and answers as badly configured proxies do, or answers in the storage's
//! place. One request for each connection.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// A request or an answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    /// The first line: `PUT /uploads/a HTTP/1.1`, or `HTTP/1.1 200 OK`.
    pub(crate) start: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// An answer of the proxy's own.
    pub(crate) fn answer(status: &str, headers: &[(&str, &str)], body: &str) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            start: format!("HTTP/1.1 {status}"),
            headers: headers.iter().map(owned).collect(),
            body: body.into(),
        }
    }

    /// S3's error document.
    pub(crate) fn error(status: &str, code: &str, more: &str) -> Self {
        let body =
            format!("<Error><Code>{code}</Code><Message>told by the test</Message>{more}</Error>");
        Self::answer(status, &[("content-type", "application/xml")], &body)
    }

    pub(crate) fn method(&self) -> &str {
        self.start.split(' ').next().unwrap_or_default()
    }

    /// Path and query.
    pub(crate) fn path(&self) -> &str {
        self.start.split(' ').nth(1).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut of_name = self
            .headers
            .iter()
            .filter(|(own, _)| own.eq_ignore_ascii_case(name));
        of_name.next().map(|(_, value)| value.as_str())
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.headers
            .retain(|(own, _)| !own.eq_ignore_ascii_case(name));
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    fn read(
        stream: &mut BufReader<TcpStream>,
        is_answer: bool,
        has_body: bool,
    ) -> io::Result<Self> {
        let mut message = Self::default();
        let mut line = String::new();
        stream.read_line(&mut line)?;
        line.trim_end().clone_into(&mut message.start);
        loop {
            line.clear();
            stream.read_line(&mut line)?;
            match line
                .trim_end()
                .split_once(": ")
                .or(line.trim_end().split_once(':'))
            {
                Some((name, value)) => message.headers.push((name.to_owned(), value.to_owned())),
                None => break,
            }
        }
        if !has_body {
            return Ok(message);
        }
        match message.header("content-length").map(str::to_owned) {
            Some(length) => {
                let length: u64 = length.parse().map_err(io::Error::other)?;
                stream
                    .by_ref()
                    .take(length)
                    .read_to_end(&mut message.body)?;
            }
            // Its chunks, if it has any, pass as they are.
            None if is_answer => _ = stream.read_to_end(&mut message.body)?,
            None => {}
        }
        Ok(message)
    }

    fn write(&self, stream: &mut TcpStream) -> io::Result<()> {
        let mut head = format!("{}\r\n", self.start);
        for (name, value) in &self.headers {
            if !name.eq_ignore_ascii_case("connection") {
                head += &format!("{name}: {value}\r\n");
            }
        }
        head += "connection: close\r\n\r\n";
        stream.write_all(head.as_bytes())?;
        stream.write_all(&self.body)
    }
}

/// What a proxy does.
pub(crate) trait Meddle: Send + Sync + 'static {
    /// Changes a request, or answers it.
    fn request(&self, _request: &mut Message) -> Option<Message> {
        None
    }

    /// Changes the answer to a request as it was sent by the client.
    fn answer(&self, _request: &Message, _answer: &mut Message) {}
}

/// Changes or answers requests.
pub(crate) struct Requests<F>(pub(crate) F);

impl<F: Fn(&mut Message) -> Option<Message> + Send + Sync + 'static> Meddle for Requests<F> {
    fn request(&self, request: &mut Message) -> Option<Message> {
        self.0(request)
    }
}

/// Changes answers.
pub(crate) struct Answers<F>(pub(crate) F);

impl<F: Fn(&Message, &mut Message) + Send + Sync + 'static> Meddle for Answers<F> {
    fn answer(&self, request: &Message, answer: &mut Message) {
        self.0(request, answer);
    }
}

/// Starts a proxy before a storage; it ends with the test's process.
pub(crate) fn start(upstream: SocketAddr, meddle: impl Meddle) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let meddle = Arc::new(meddle);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let meddle = Arc::clone(&meddle);
            // A client that hangs up is no fault of the proxy.
            thread::spawn(move || pass(stream, upstream, &*meddle));
        }
    });
    address
}

fn pass(mut stream: TcpStream, upstream: SocketAddr, meddle: &dyn Meddle) -> io::Result<()> {
    let mut request = Message::read(&mut BufReader::new(stream.try_clone()?), false, true)?;
    let sent = request.clone();
    let mut answer = match meddle.request(&mut request) {
        Some(answer) => answer,
        None => {
            let mut behind = TcpStream::connect(upstream)?;
            request.write(&mut behind)?;
            let has_body = sent.method() != "HEAD";
            Message::read(&mut BufReader::new(behind), true, has_body)?
        }
    };
    meddle.answer(&sent, &mut answer);
    if answer.header("content-length").is_none() && answer.header("transfer-encoding").is_none() {
        let length = answer.body.len().to_string();
        answer.set("content-length", &length);
    }
    answer.write(&mut stream)
}
