//! Answers, as far as a load generator must understand them: where they end.

/// What the beginning of an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub status: u16,
    /// Where the body begins.
    pub len: usize,
    pub body: BodyLen,
    /// The server ends the connection after it.
    pub closes: bool,
}

/// Where a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyLen {
    Bytes(u64),
    Chunked,
    /// With the connection.
    Rest,
}

/// The head of an answer, once it has arrived whole.
pub fn head(bytes: &[u8]) -> Option<Head> {
    let len = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..len]).ok()?;
    let mut lines = text.split("\r\n");
    let first = lines.next()?;
    let status = first.get(9..12)?.parse().ok()?;
    let mut closes = first.starts_with("HTTP/1.0");
    let mut body = BodyLen::Rest;
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            body = BodyLen::Bytes(value.parse().ok()?);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            body = BodyLen::Chunked;
        } else if name.eq_ignore_ascii_case("connection") {
            closes = value.eq_ignore_ascii_case("close");
        }
    }
    if status == 204 || status == 304 {
        body = BodyLen::Bytes(0);
    }
    Some(Head {
        status,
        len,
        body,
        closes,
    })
}

/// One answer on its way in. It keeps the head and short bodies in chunks; of other
/// bodies it counts the bytes.
#[derive(Debug, Default)]
pub struct Answer {
    kept: Vec<u8>,
    head: Option<Head>,
    body_bytes: u64,
}

impl Answer {
    /// Makes it ready for the next one.
    pub fn clear(&mut self) {
        self.kept.clear();
        self.head = None;
        self.body_bytes = 0;
    }

    /// Takes what was read; gives the head once the answer is complete.
    pub fn take(&mut self, bytes: &[u8]) -> Option<Head> {
        match self.head {
            None => {
                self.kept.extend_from_slice(bytes);
                let head = head(&self.kept)?;
                self.head = Some(head);
                self.body_bytes = (self.kept.len() - head.len) as u64;
            }
            Some(head) => {
                self.body_bytes += bytes.len() as u64;
                if head.body == BodyLen::Chunked {
                    self.kept.extend_from_slice(bytes);
                }
            }
        }
        self.complete()
    }

    /// What the end of the connection makes of it.
    pub fn ended(&self) -> Option<Head> {
        self.head.filter(|head| head.body == BodyLen::Rest)
    }

    fn complete(&self) -> Option<Head> {
        let head = self.head?;
        let is_complete = match head.body {
            BodyLen::Bytes(len) => self.body_bytes >= len,
            BodyLen::Chunked => self.kept.ends_with(b"0\r\n\r\n"),
            BodyLen::Rest => false,
        };
        is_complete.then_some(head)
    }

    /// Bytes of the body so far.
    pub fn body_bytes(&self) -> u64 {
        self.body_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_end_however_it_arrives() {
        let text = b"HTTP/1.1 200 OK\r\nContent-length: 3\r\nX: y\r\n\r\nabc";
        for cut in 0..text.len() {
            let mut answer = Answer::default();
            assert_eq!(answer.take(&text[..cut]), None, "{cut}");
            let head = answer.take(&text[cut..]).expect("it is whole");
            assert_eq!((head.status, head.closes), (200, false));
        }
        let mut answer = Answer::default();
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n";
        assert_eq!(answer.take(chunked), None);
        assert!(answer.take(b"\r\n").is_some());
        answer.clear();
        assert_eq!(answer.take(b"HTTP/1.0 500 NO\r\n\r\nwhy"), None);
        assert_eq!(answer.ended().map(|head| head.status), Some(500));
    }

    #[test]
    fn nonsense_is_no_answer() {
        for wrong in ["", "x\r\n\r\n", "HTTP/1.1 abc X\r\n\r\n", "\r\n\r\n"] {
            assert_eq!(head(wrong.as_bytes()), None, "{wrong}");
        }
        assert_eq!(head(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), None);
    }
}
