//! A canonical request taken apart, so that one piece of it can be another.
//!
//! The search asks "what if the host had been this one?" some hundred times. A
//! [`Change`] therefore replaces pieces of the canonical text, and nothing is
//! parsed or encoded again for a trial.

use super::explanation::Cause;
use crate::scope::SigningKey;

/// The pieces that a signature covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pieces {
    pub(super) method: Vec<u8>,
    /// As in the canonical request: encoded.
    pub(super) path: Vec<u8>,
    /// As in the canonical request: encoded and sorted.
    pub(super) query: Vec<u8>,
    /// The signed headers, lower case and sorted, with their folded values.
    pub(super) headers: Vec<(String, Vec<u8>)>,
    /// The value of `x-amz-content-sha256`.
    pub(super) payload: Vec<u8>,
}

impl Pieces {
    /// Takes a canonical request apart; `None` if it is not one.
    pub(super) fn parse(canonical_request: &[u8]) -> Option<Self> {
        let mut lines = canonical_request.split(|byte| *byte == b'\n');
        let mut next = || lines.next().map(<[u8]>::to_vec);
        let (method, path, query) = (next()?, next()?, next()?);
        let mut headers = Vec::new();
        loop {
            let line = next()?;
            if line.is_empty() {
                break;
            }
            let colon = line.iter().position(|byte| *byte == b':')?;
            let name = String::from_utf8(line[..colon].to_vec()).ok()?;
            headers.push((name, line[colon + 1..].to_vec()));
        }
        let (names, payload) = (next()?, next()?);
        let listed = headers
            .iter()
            .map(|(name, _)| name.as_bytes())
            .collect::<Vec<_>>()
            .join(&b';');
        (listed == names && next().is_none()).then_some(Self {
            method,
            path,
            query,
            headers,
            payload,
        })
    }

    /// The value of a signed header.
    pub(super) fn header(&self, name: &str) -> Option<&[u8]> {
        let (_, value) = self
            .headers
            .iter()
            .find(|(candidate, _)| candidate == name)?;
        Some(value)
    }

    /// The parameters of the canonical query, encoded.
    pub(super) fn parameters(&self) -> Vec<(&[u8], &[u8])> {
        let parts = self.query.split(|byte| *byte == b'&');
        parts
            .filter(|part| !part.is_empty())
            .map(|part| {
                let equals = part
                    .iter()
                    .position(|byte| *byte == b'=')
                    .unwrap_or(part.len());
                (&part[..equals], part.get(equals + 1..).unwrap_or_default())
            })
            .collect()
    }

    /// Writes the canonical request with the changes made.
    pub(super) fn write(&self, out: &mut Vec<u8>, changes: &[&Change]) {
        let edited = |slot: Slot| {
            let edits = changes.iter().flat_map(|change| &change.edits);
            edits
                .filter(|(other, _)| *other == slot)
                .map(|(_, to)| to.as_slice())
                .next()
        };
        out.clear();
        for (slot, piece) in [
            (Slot::Method, &self.method),
            (Slot::Path, &self.path),
            (Slot::Query, &self.query),
        ] {
            out.extend_from_slice(edited(slot).unwrap_or(piece));
            out.push(b'\n');
        }
        for (at, (name, value)) in self.headers.iter().enumerate() {
            out.extend_from_slice(name.as_bytes());
            out.push(b':');
            out.extend_from_slice(edited(Slot::Header(at)).unwrap_or(value));
            out.push(b'\n');
        }
        out.push(b'\n');
        for (at, (name, _)) in self.headers.iter().enumerate() {
            if at > 0 {
                out.push(b';');
            }
            out.extend_from_slice(name.as_bytes());
        }
        out.push(b'\n');
        out.extend_from_slice(edited(Slot::Payload).unwrap_or(&self.payload));
    }
}

/// Which piece is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Method,
    Path,
    Query,
    /// The signed header at this place in the list.
    Header(usize),
    Payload,
}

/// One way in which what was signed may differ from what arrived.
#[derive(Clone)]
pub(super) struct Change {
    pub(super) edits: Vec<(Slot, Vec<u8>)>,
    /// The key that the signer would have had, where that is the change.
    pub(super) key: Option<SigningKey>,
    pub(super) cause: Cause,
    pub(super) part: String,
    pub(super) signed: Option<String>,
    pub(super) arrived: Option<String>,
    /// What happened, where the cause alone does not say it.
    pub(super) how: &'static str,
    /// Whether it is frequent enough to be tried together with another.
    pub(super) frequent: bool,
    /// Whether it is about a header that was signed and did not arrive: then one of
    /// these changes is needed, whatever else is.
    pub(super) absent: bool,
}

impl Change {
    /// A change of one piece.
    pub(super) fn new(cause: Cause, part: impl Into<String>, slot: Slot, to: Vec<u8>) -> Self {
        Self {
            edits: vec![(slot, to)],
            key: None,
            cause,
            part: part.into(),
            signed: None,
            arrived: None,
            how: "",
            frequent: false,
            absent: false,
        }
    }

    /// A change of the secret.
    pub(super) fn of_key(cause: Cause, key: SigningKey) -> Self {
        Self {
            edits: Vec::new(),
            key: Some(key),
            cause,
            part: "secret".to_owned(),
            signed: None,
            arrived: None,
            how: "",
            frequent: false,
            absent: false,
        }
    }

    /// Says what was signed and what arrived.
    pub(super) fn saying(mut self, signed: Option<&[u8]>, arrived: Option<&[u8]>) -> Self {
        self.signed = signed.map(shown);
        self.arrived = arrived.map(shown);
        self
    }

    /// Says what happened.
    pub(super) fn how(mut self, how: &'static str) -> Self {
        self.how = how;
        self
    }

    /// Marks it as frequent.
    pub(super) fn frequent(mut self, frequent: bool) -> Self {
        self.frequent = frequent;
        self
    }

    /// Whether both can be made at once.
    pub(super) fn fits(&self, other: &Self) -> bool {
        let apart = |(slot, _): &(Slot, Vec<u8>)| other.edits.iter().all(|(s, _)| s != slot);
        self.edits.iter().all(apart) && !(self.key.is_some() && other.key.is_some())
    }
}

/// A value as text, its bytes as `\xE9` where it is not UTF-8.
pub(super) fn shown(bytes: &[u8]) -> String {
    match str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.escape_ascii().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] =
        b"PUT\n/b/k\nX-Amz-Date=1&a=\nhost:h:1\nx-amz-acl:\n\nhost;x-amz-acl\nUNSIGNED-PAYLOAD";

    #[test]
    fn taken_apart_and_put_together() {
        let pieces = Pieces::parse(TEXT).unwrap();
        assert_eq!(pieces.header("host"), Some(&b"h:1"[..]));
        assert_eq!(pieces.parameters().len(), 2);
        let mut out = Vec::new();
        pieces.write(&mut out, &[]);
        assert_eq!(out, TEXT);
        let host = Change::new(Cause::Host, "host", Slot::Header(0), b"public".to_vec());
        let method = Change::new(Cause::Method, "method", Slot::Method, b"POST".to_vec());
        assert!(host.fits(&method) && !host.fits(&host));
        pieces.write(&mut out, &[&host, &method]);
        assert!(out.starts_with(b"POST\n") && out.windows(12).any(|w| w == b"host:public\n"));
    }

    #[test]
    fn other_texts_are_no_canonical_requests() {
        for text in [
            &b""[..],
            b"PUT\n/\n",
            b"PUT\n/\n\nhost:h\n\nhost\n",
            b"PUT\n/\n\nhost:h\n\nhost;x\nU",
            b"PUT\n/\n\nhost:h\nhost\nU",
            b"PUT\n/\n\nhost:h\n\nhost\nU\nmore",
        ] {
            let parsed = Pieces::parse(text);
            assert!(
                parsed.is_none() || parsed.unwrap().payload.is_empty(),
                "{text:?}"
            );
        }
    }
}
