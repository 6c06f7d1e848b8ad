//! The same query in other words: encoded, decoded, sorted in another way.

use super::path::lower_escapes;
use super::query::{PARAMETERS_MAX, Parameter, Queries, Saying, is_of_signature, sorted, written};
use crate::encode;
use crate::explain::explanation::Cause;
use crate::explain::text::replaced_singly;

/// The same text in another encoding.
type Rewrite = fn(&[u8]) -> Vec<u8>;

/// How many spaces of a value are looked at one by one.
const SPACES_MAX: usize = 8;

pub(super) fn add(queries: &mut Queries<'_>, wire: &str) {
    queries.encodings();
    queries.joined_values();
    queries.spaces();
    queries.orders(wire);
}

impl Queries<'_> {
    /// The same values in other encodings: one alone, then all.
    fn encodings(&mut self) {
        let rewrites: [(Rewrite, &'static str); 6] = [
            (decoded_once, "it was encoded once more on its way"),
            (
                encoded_again,
                "the signer encoded it once more, or it was decoded on its way",
            ),
            (
                space_as_plus,
                "the signer wrote a space as `+`, and Signature Version 4 as `%20`",
            ),
            (
                plus_for_space,
                "a `+` was not escaped, and arrived as a space",
            ),
            (encode::decode, "the signer signed it without encoding it"),
            (lower_escapes, "the escapes are in lower case"),
        ];
        for (rewrite, how) in rewrites {
            let parameters = self.parameters.clone();
            for (at, (name, value)) in parameters.iter().enumerate().take(PARAMETERS_MAX) {
                let signed = rewrite(value);
                if signed != *value {
                    self.push_value(at, &signed, !is_of_signature(name), how);
                }
            }
            let all: Vec<Parameter> = parameters
                .iter()
                .map(|(name, value)| (rewrite(name), rewrite(value)))
                .collect();
            let saying = Saying {
                cause: Cause::QueryChanged,
                part: b"query",
                signed: None,
                arrived: None,
                how,
            };
            self.push(sorted(all), true, &saying);
        }
    }

    /// One space among several that was a plus or an escape before the URL was decoded.
    fn spaces(&mut self) {
        let parameters = self.parameters.clone();
        for (at, (_, value)) in parameters.iter().enumerate().take(PARAMETERS_MAX) {
            for (to, how) in [
                (&b"%2B"[..], "a `+` was not escaped, and arrived as a space"),
                (b"%2520", "it was decoded on its way"),
            ] {
                for signed in replaced_singly(value, b"%20", to, SPACES_MAX) {
                    self.push_value(at, &signed, false, how);
                }
            }
        }
    }

    /// Another value of one parameter.
    fn push_value(&mut self, at: usize, signed: &[u8], frequent: bool, how: &'static str) {
        let mut changed = self.parameters.clone();
        let (name, arrived) = self.parameters[at].clone();
        changed[at].1 = signed.to_vec();
        let saying = Saying {
            cause: Cause::QueryChanged,
            part: &name,
            signed: Some(signed),
            arrived: Some(&arrived),
            how,
        };
        self.push(written(&changed), frequent, &saying);
    }

    /// A `&` within a value that was not escaped begins a parameter without a value.
    fn joined_values(&mut self) {
        let parameters = self.parameters.clone();
        for (at, (name, value)) in parameters.iter().enumerate().take(PARAMETERS_MAX) {
            if is_of_signature(name) || !value.is_empty() {
                continue;
            }
            for (other, (host, text)) in parameters.iter().enumerate().take(PARAMETERS_MAX) {
                if other == at || is_of_signature(host) {
                    continue;
                }
                let mut changed = parameters.clone();
                changed[other].1 = [text, &b"%26"[..], name].concat();
                changed.remove(at);
                let saying = Saying {
                    cause: Cause::QueryChanged,
                    part: host,
                    signed: Some(&[text, &b"%26"[..], name].concat()),
                    arrived: Some(text),
                    how: "a `&` in it was not escaped as `%26`",
                };
                self.push(sorted(changed), true, &saying);
            }
        }
    }

    /// Signers that did not sort, or sorted in another way.
    fn orders(&mut self, wire: &str) {
        let how = "the signer did not sort the parameters by their bytes";
        let saying = Saying {
            cause: Cause::QueryChanged,
            part: b"query",
            signed: None,
            arrived: None,
            how,
        };
        let mut by_letters = self.parameters.clone();
        by_letters.sort_by_key(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
        self.push(written(&by_letters), true, &saying);
        let mut as_sent = Vec::new();
        for part in wire
            .split('&')
            .filter(|part| !part.starts_with("X-Amz-Signature="))
        {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (mut n, mut v) = (Vec::new(), Vec::new());
            encode::rewrite_query(&mut n, name.as_bytes());
            encode::rewrite_query(&mut v, value.as_bytes());
            as_sent.push((n, v));
        }
        self.push(written(&as_sent), true, &saying);
    }
}

fn decoded_once(value: &[u8]) -> Vec<u8> {
    encode::encode_query(&encode::decode(&encode::decode(value))).into()
}

fn encoded_again(value: &[u8]) -> Vec<u8> {
    encode::encode_query(value).into()
}

fn space_as_plus(value: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(value).replace("%20", "+").into()
}

fn plus_for_space(value: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(value).replace("%20", "%2B").into()
}
