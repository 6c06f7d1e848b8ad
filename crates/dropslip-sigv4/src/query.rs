//! The canonical query: each parameter decoded, encoded and put in order.
//!
//! One buffer holds the encoded text and each parameter is two spans in it. The
//! same value answers what a parameter says, so a request cannot mean one thing
//! to the signature and another to the checks.

use std::ops::Range;

use crate::encode;

/// The parameters of a query, encoded.
pub(crate) struct Query {
    text: Vec<u8>,
    parameters: Vec<Parameter>,
}

struct Parameter {
    name: Range<usize>,
    value: Range<usize>,
}

impl Query {
    /// Reads a wire query. Empty parts, as in `a&&b`, are no parameters.
    pub(crate) fn parse(wire: &str) -> Self {
        // Room for what presigning adds, so that it does not grow.
        let mut query = Self {
            text: Vec::with_capacity(wire.len() + 256),
            parameters: Vec::with_capacity(12),
        };
        for part in wire.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            query.push(
                |text| encode::rewrite_query(text, name.as_bytes()),
                |text| encode::rewrite_query(text, value.as_bytes()),
            );
        }
        query
    }

    /// Adds a parameter, given decoded.
    pub(crate) fn add(&mut self, name: &str, value: &[u8]) {
        self.push(
            |text| encode::write_query(text, name.as_bytes()),
            |text| encode::write_query(text, value),
        );
    }

    fn push(&mut self, name: impl FnOnce(&mut Vec<u8>), value: impl FnOnce(&mut Vec<u8>)) {
        let start = self.text.len();
        name(&mut self.text);
        let middle = self.text.len();
        value(&mut self.text);
        self.parameters.push(Parameter {
            name: start..middle,
            value: middle..self.text.len(),
        });
    }

    /// Puts the parameters in canonical order: by encoded name, then by encoded value.
    pub(crate) fn sort(&mut self) {
        let Self { text, parameters } = self;
        let key = |parameter: &Parameter| {
            (
                &text[parameter.name.clone()],
                &text[parameter.value.clone()],
            )
        };
        parameters.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
    }

    /// Names and values, both encoded.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.parameters.iter().map(|parameter| {
            (
                &self.text[parameter.name.clone()],
                &self.text[parameter.value.clone()],
            )
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.parameters.len()
    }

    /// The decoded value of a parameter. Bytes that are no UTF-8 are replaced: no
    /// value that the protocol knows has any.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        let (_, value) = self
            .iter()
            .find(|(candidate, _)| *candidate == name.as_bytes())?;
        Some(String::from_utf8_lossy(&encode::decode(value)).into_owned())
    }

    /// The `x-amz-*` parameters, the name in lower case and the value decoded.
    pub(crate) fn amz_values(&self) -> impl Iterator<Item = (String, Vec<u8>)> {
        let of_amz = |(name, _): &(&[u8], &[u8])| {
            name.get(..6)
                .is_some_and(|start| start.eq_ignore_ascii_case(b"x-amz-"))
        };
        self.iter().filter(of_amz).map(|(name, value)| {
            (
                String::from_utf8_lossy(name).to_ascii_lowercase(),
                encode::decode(value),
            )
        })
    }

    /// Writes `name=value&…`, in the present order, without the parameters named.
    pub(crate) fn write(&self, out: &mut Vec<u8>, without: &[&str]) {
        let mut first = true;
        for (name, value) in self.iter() {
            if without.iter().any(|left_out| left_out.as_bytes() == name) {
                continue;
            }
            if !first {
                out.push(b'&');
            }
            first = false;
            out.extend_from_slice(name);
            out.push(b'=');
            out.extend_from_slice(value);
        }
    }
}
