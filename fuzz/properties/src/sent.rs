//! A request as the inputs write it: readable, so that dictionaries and people can.
//!
//! ```text
//! PUT /uploads/a%20b?X-Amz-Algorithm=…
//! host: storage.test
//! :now: 20130524T000100Z
//! ```
//!
//! A name that begins with a colon is for the target and no part of the request.

use dropslip_sigv4::{Request, Timestamp};
use percent_encoding::percent_decode_str;

use crate::keys;

/// A request, and what the input says beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    /// Names without their colon.
    pub(crate) notes: Vec<(String, String)>,
}

impl Sent {
    /// Reads an input; every text is one.
    pub(crate) fn parse(input: &[u8]) -> Self {
        let mut sent = Self::default();
        for (at, line) in input.split(|byte| *byte == b'\n').enumerate() {
            if at == 0 {
                let line = String::from_utf8_lossy(line).into_owned();
                let (method, target) = line.split_once(' ').unwrap_or((&line, ""));
                let (path, query) = target.split_once('?').unwrap_or((target, ""));
                sent.method = method.to_owned();
                sent.path = path.to_owned();
                sent.query = query.to_owned();
                continue;
            }
            let (is_note, line) = match line.split_first() {
                None => continue,
                Some((b':', rest)) => (true, rest),
                Some(_) => (false, line),
            };
            let end = line.iter().position(|byte| *byte == b':');
            let (name, value) = line.split_at(end.unwrap_or(line.len()));
            let value = value.strip_prefix(b":").unwrap_or(value);
            let value = value.strip_prefix(b" ").unwrap_or(value);
            let name = String::from_utf8_lossy(name).into_owned();
            if is_note {
                let value = String::from_utf8_lossy(value).into_owned();
                sent.notes.push((name, value));
            } else {
                sent.headers.push((name, value.to_vec()));
            }
        }
        sent
    }

    /// Writes the request without what is beside it; reading that gives it again.
    pub(crate) fn to_text(&self) -> Vec<u8> {
        let query = if self.query.is_empty() { "" } else { "?" };
        let mut text = format!("{} {}{query}{}", self.method, self.path, self.query).into_bytes();
        for (name, value) in &self.headers {
            text.extend_from_slice(b"\n");
            text.extend_from_slice(name.as_bytes());
            text.extend_from_slice(b": ");
            text.extend_from_slice(value);
        }
        text
    }

    /// Lends the request out.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&Request<'_>) -> T) -> T {
        let headers: Vec<(&str, &[u8])> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
            .collect();
        look(&Request {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &headers,
        })
    }

    pub(crate) fn note(&self, name: &str) -> Option<&str> {
        self.all_notes(name).next()
    }

    pub(crate) fn all_notes(&self, name: &str) -> impl Iterator<Item = &str> {
        let of_name = move |(known, _): &&(String, String)| known == name;
        let notes = self.notes.iter().filter(of_name);
        notes.map(|(_, value)| value.as_str())
    }

    /// The time that the input names, else a minute past the time of signing, so that most
    /// mutations are looked at behind the check of the time.
    pub(crate) fn now(&self) -> Timestamp {
        let told = self.note("now").map(str::to_owned);
        let header = || {
            let is_date = |(name, _): &&(String, Vec<u8>)| name.eq_ignore_ascii_case("x-amz-date");
            let (_, value) = self.headers.iter().find(is_date)?;
            Some(String::from_utf8_lossy(value).trim().to_owned())
        };
        let query = || {
            let parameters = self.parameters();
            let date = parameters.iter().find(|(name, _)| name == b"X-Amz-Date");
            date.map(|(_, value)| String::from_utf8_lossy(value).into_owned())
        };
        let text = told.or_else(query).or_else(header);
        let time = text.and_then(|text| Timestamp::parse_basic(&text).ok());
        time.map_or_else(keys::now, |time| time.plus_s(60))
    }

    /// Names and values of the query, decoded by another library than ours.
    pub(crate) fn parameters(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).collect();
        let parts = self.query.split('&').filter(|part| !part.is_empty());
        parts
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .map(|(name, value)| (decode(name), decode(value)))
            .collect()
    }

    /// The path, decoded by another library than ours.
    pub(crate) fn decoded_path(&self) -> Vec<u8> {
        let path = if self.path.is_empty() {
            "/"
        } else {
            &self.path
        };
        percent_decode_str(path).collect()
    }

    /// What a header says: its values in order with a comma between, white space folded.
    /// An absent one says nothing.
    pub(crate) fn header(&self, name: &str) -> Vec<u8> {
        let of_name = |(known, _): &&(String, Vec<u8>)| known.eq_ignore_ascii_case(name);
        let values = self.headers.iter().filter(of_name);
        let folded: Vec<Vec<u8>> = values.map(|(_, value)| folded(value)).collect();
        folded.join(&b","[..])
    }

    /// Changes the byte at a place of method, path, query and headers together. What would
    /// not be text any more stays as it is; `None` past the end.
    pub(crate) fn with_byte(&self, at: usize, change: u8) -> Option<Self> {
        let mut changed = self.clone();
        changed.change_byte(at, change)?;
        Some(changed)
    }

    fn change_byte(&mut self, mut at: usize, change: u8) -> Option<()> {
        for text in [&mut self.method, &mut self.path, &mut self.query] {
            if at < text.len() {
                return change_byte(text, at, change);
            }
            at -= text.len();
        }
        for (name, value) in &mut self.headers {
            if at < name.len() {
                return change_byte(name, at, change);
            }
            at -= name.len();
            if at < value.len() {
                value[at] ^= change;
                return Some(());
            }
            at -= value.len();
        }
        None
    }

    /// How many bytes [`Sent::with_byte`] can change.
    pub(crate) fn len(&self) -> usize {
        let headers = self.headers.iter();
        let headers = headers.map(|(name, value)| name.len() + value.len());
        self.method.len() + self.path.len() + self.query.len() + headers.sum::<usize>()
    }
}

/// Without white space around it, and with one space for each run of it.
pub(crate) fn folded(value: &[u8]) -> Vec<u8> {
    let words = value
        .split(|byte| byte.is_ascii_whitespace())
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(&b" "[..])
}

/// `None` if that makes it another thing than text.
fn change_byte(text: &mut String, at: usize, change: u8) -> Option<()> {
    let mut bytes = std::mem::take(text).into_bytes();
    bytes[at] ^= change;
    *text = String::from_utf8(bytes).ok()?;
    Some(())
}
