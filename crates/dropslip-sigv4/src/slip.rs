//! Presigned URLs, whole: what an application hands out.
//!
//! The canonical request is put together once, on the stack, and the URL is cut out of
//! it: path and query of the URL are the very bytes that were signed. So a URL costs
//! the hashing, some copying, and one allocation for the text that is returned.

use std::fmt;

use crate::canonical::{sort_headers, write_path};
use crate::dialect::PathRule;
use crate::encode;
use crate::error::{Error, ErrorKind};
use crate::keys::ToSign;
use crate::limits::{self, PATH_BYTES_MAX};
use crate::presign::{Composed, Composer, Headers, sign};
use crate::request::Request;
use crate::scratch::{Scratch, Sink, Text};
use crate::sign::Signer;
use crate::time::Timestamp;

/// What a presigned URL allows its holder: one request, for a while.
#[derive(Clone, Copy)]
pub struct Slip<'a> {
    /// The method in upper case, `PUT`.
    pub method: &'a str,
    /// `https` or `http`.
    pub scheme: &'a str,
    /// Host, with the port if it is not the scheme's own: `my-bucket.s3.nl-ams.scw.cloud`.
    /// It is signed as the `host` header.
    pub host: &'a str,
    /// Where it leads.
    pub path: Path<'a>,
    /// Parameters of the request itself, percent-encoded, without the `?`; mostly empty.
    pub query: &'a str,
    /// The headers to sign, without `host`. They have to be sent exactly so.
    pub headers: &'a [(&'a str, &'a str)],
    /// How long the URL holds, in seconds: 1 to 604800.
    pub expires_s: u32,
}

/// The path of a URL.
#[derive(Clone, Copy, Debug)]
pub enum Path<'a> {
    /// As on the wire, percent-encoded: `/my-bucket/a%20b`.
    Wire(&'a str),
    /// An object's key as it is, behind a prefix that is percent-encoded: `/`, or
    /// `/my-bucket/` where the bucket is a part of the path.
    Object {
        /// What stands before the key. It begins with a slash, and mostly ends with one.
        prefix: &'a str,
        /// The key, not encoded: `a b`.
        key: &'a str,
    },
}

impl Signer {
    /// Presigns a URL. With a signing key that is kept, that is one allocation: the
    /// text returned.
    ///
    /// The path of the URL is spelt canonically: `Path::Wire("/a+b")` becomes `/a%2Bb`,
    /// which is the same path in an unmistakable form.
    ///
    /// # Errors
    /// [`ErrorKind`] names what the slip lacks or must not have; see there.
    pub fn presign_url(&self, slip: &Slip<'_>, now: Timestamp) -> Result<String, Error> {
        let mut url = String::new();
        self.presign_url_into(slip, now, &mut url)?;
        Ok(url)
    }

    /// Presigns a URL and appends it to a text, which grows at most once. After an error
    /// the text is as it was.
    ///
    /// # Errors
    /// Those of [`Signer::presign_url`].
    pub fn presign_url_into(
        &self,
        slip: &Slip<'_>,
        now: Timestamp,
        out: &mut String,
    ) -> Result<(), Error> {
        self.credentials().with_key(&self.scope(now), |kept| {
            let (mut text, mut string_to_sign) = (Text::new(), ToSign::new());
            let composer = self.composer(kept, slip.expires_s, now);
            let composed = composer.compose_slip(&mut text, slip, slip.query)?;
            let signature = sign(kept, now, &mut text, &mut string_to_sign);
            let mut end = Scratch::<u8, 96>::new();
            self.write_end(&mut end, &signature);
            let end = ascii(end.as_slice());
            // It is hashed, and path and query are neighbours in it.
            text.as_mut_slice()[composed.path.end] = b'?';
            let target = &text.as_slice()[composed.path.start..composed.query.end];
            let target = [ascii(target), end];
            match &composed.wire_path {
                None => write_url(out, slip, target),
                Some(wire) => {
                    let (_, query) = composed.path_and_query(text.as_slice());
                    let target = [wire, "?", query].concat();
                    write_url(out, slip, [&target, end]);
                }
            }
            Ok(())
        })
    }
}

impl Composer<'_> {
    /// Checks a slip and makes its canonical request, with this query in place of its own.
    pub(crate) fn compose_slip(
        &self,
        text: &mut Text,
        slip: &Slip<'_>,
        query: &str,
    ) -> Result<Composed, Error> {
        slip.check()?;
        let mut headers = Headers::new();
        headers.push(("host", slip.host.as_bytes()));
        for (name, value) in slip.headers {
            headers.push((name, value.as_bytes()));
        }
        sort_headers(headers.as_mut_slice());
        let mut request = Request {
            method: slip.method,
            path: "",
            query,
            headers: headers.as_slice(),
        };
        let rule = self.path_rule();
        if rule == PathRule::Once {
            let composed = self.compose(text, &request, |out| slip.path.write(out))?;
            limits::at_most("path bytes", PATH_BYTES_MAX, composed.path.len())?;
            return Ok(composed);
        }
        // The path that is signed is another text than the one that is sent, and that
        // one is only decoded once on its way.
        let mut wire = Vec::new();
        slip.path.write(&mut wire);
        let wire = encode::ascii(wire);
        request.path = &wire;
        let mut composed = self.compose(text, &request, |out| write_path(out, &wire, rule))?;
        composed.wire_path = Some(wire);
        Ok(composed)
    }
}

impl Composed {
    /// Path and query as they stand in the URL, from the canonical request.
    pub(crate) fn path_and_query<'a>(&'a self, text: &'a [u8]) -> (&'a str, &'a str) {
        // One look at both, which are neighbours.
        let both = ascii(&text[self.path.start..self.query.end]);
        let (path, query) = both.split_at(self.path.len());
        match &self.wire_path {
            Some(wire) => (wire, &query[1..]),
            None => (path, &query[1..]),
        }
    }
}

pub(crate) fn ascii(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("encoded text is ASCII")
}

/// Appends a URL, with one growth at the most.
fn write_url(out: &mut String, slip: &Slip<'_>, [target, end]: [&str; 2]) {
    let pieces = [slip.scheme, "://", slip.host, target, end];
    out.reserve_exact(pieces.iter().map(|piece| piece.len()).sum());
    for piece in pieces {
        out.push_str(piece);
    }
}

impl Slip<'_> {
    /// Holds what becomes a part of the URL without being encoded to what may be there.
    fn check(&self) -> Result<(), Error> {
        let (path, key) = match self.path {
            Path::Wire("") => ("/", ""),
            Path::Wire(path) => (path, ""),
            Path::Object { prefix, key } => (prefix, key),
        };
        // Before anything is made of it.
        limits::at_most("path bytes", PATH_BYTES_MAX, path.len() + key.len())?;
        if self.host.is_empty() {
            return Err(ErrorKind::HostMissing.into());
        }
        let parts = [
            ("scheme", self.scheme, is_of(self.scheme, &OF_SCHEMES)),
            ("host", self.host, is_of(self.host, &OF_HOSTS)),
            ("path", path, path.starts_with('/')),
        ];
        match parts.into_iter().find(|(.., is_fit)| !is_fit) {
            Some((what, got, _)) => Err(ErrorKind::Url {
                what,
                got: got.to_owned(),
            }
            .into()),
            None => Ok(()),
        }
    }
}

/// RFC 3986 section 3.1.
static OF_SCHEMES: [bool; 256] = letters_digits_and(b"+-.");

/// A name or an address with its port, RFC 3986 section 3.2, without user and escapes.
static OF_HOSTS: [bool; 256] = letters_digits_and(b"-._~:[]");

const fn letters_digits_and(others: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let mut at = 0;
    while at < others.len() {
        table[others[at] as usize] = true;
        at += 1;
    }
    table
}

fn is_of(text: &str, table: &[bool; 256]) -> bool {
    let is_of = |all, byte: u8| all & table[usize::from(byte)];
    !text.is_empty() && text.bytes().fold(true, is_of)
}

impl Path<'_> {
    /// Writes the path, each byte spelt in one way.
    fn write(&self, out: &mut impl Sink) {
        match self {
            Path::Wire(wire) => write_path(out, wire, PathRule::Once),
            Path::Object { prefix, key } => {
                encode::rewrite_path(out, prefix.as_bytes());
                encode::write_path(out, key.as_bytes());
            }
        }
    }
}

/// Values of headers may be secrets, so names alone show.
impl fmt::Debug for Slip<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| *name).collect();
        f.debug_struct("Slip")
            .field("method", &self.method)
            .field("host", &self.host)
            .field("path", &self.path)
            .field("headers", &names)
            .field("expires_s", &self.expires_s)
            .finish_non_exhaustive()
    }
}
