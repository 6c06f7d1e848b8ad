//! The canonical query: each parameter decoded, encoded and put in order.
//!
//! One text holds all parameters encoded, as `name=value&…`, and each is three places
//! in it. Signers send the canonical spelling already, so that text is the wire itself
//! for most requests and is copied in long runs. The same value answers what a
//! parameter says, so a request cannot mean one thing to the signature and another to
//! the checks.

use std::borrow::Cow;
use std::ops::Range;

use crate::encode;
use crate::scratch::{Scratch, Sink};
use crate::short::{compare, is_same_name};

/// The parameters of a query, encoded.
pub(crate) struct Query<'a> {
    text: Cow<'a, str>,
    parameters: Scratch<Parameter, 12>,
}

/// A parameter in the text.
#[derive(Clone, Copy, Default)]
struct Parameter {
    /// Where its name begins, where its `=` stands, and where its value ends.
    start: usize,
    middle: usize,
    end: usize,
    /// The first bytes of the name, which put most names in order.
    first: u64,
    kind: Kind,
    /// Whether the value has escapes.
    is_escaped: bool,
}

/// Which parameter it is, as far as the protocol knows it. Recognised once, when the query
/// is read, so that no name is searched for again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    Algorithm,
    Credential,
    Date,
    Expires,
    SignedHeaders,
    Signature,
    SecurityToken,
    /// Another name that begins with `x-amz-`, in any case, or one of these in another case.
    Amz,
    #[default]
    Other,
}

impl Kind {
    /// How many have one name each.
    const NAMED: usize = Self::Amz as usize;

    #[inline]
    fn of(name: &str) -> Self {
        match name {
            "X-Amz-Algorithm" => Self::Algorithm,
            "X-Amz-Credential" => Self::Credential,
            "X-Amz-Date" => Self::Date,
            "X-Amz-Expires" => Self::Expires,
            "X-Amz-SignedHeaders" => Self::SignedHeaders,
            "X-Amz-Signature" => Self::Signature,
            "X-Amz-Security-Token" => Self::SecurityToken,
            _ if is_amz(name) => Self::Amz,
            _ => Self::Other,
        }
    }
}

/// A parameter's value, encoded.
#[derive(Clone, Copy)]
pub(crate) struct Encoded<'a> {
    pub(crate) text: &'a str,
    is_escaped: bool,
}

impl<'a> Encoded<'a> {
    /// Decoded, see [`encode::decode_text`].
    pub(crate) fn decode(self) -> Cow<'a, str> {
        if self.is_escaped {
            encode::decode_text(self.text)
        } else {
            self.text.into()
        }
    }
}

impl<'a> Query<'a> {
    /// Reads a wire query. Empty parts, as in `a&&b`, are no parameters.
    pub(crate) fn parse(wire: &'a str) -> Self {
        let mut query = Self {
            text: wire.into(),
            parameters: Scratch::new(),
        };
        if query.read_canonical(wire).is_none() {
            query = Self::rewritten(wire);
        }
        query
    }

    /// Takes a query that is spelt canonically, whatever its order. There is `None` if it
    /// is not.
    #[inline]
    fn read_canonical(&mut self, wire: &str) -> Option<()> {
        let bytes = wire.as_bytes();
        if !encode::has_canonical_bytes(bytes) {
            return None;
        }
        let mut marks = encode::marks(bytes);
        let (mut start, mut middle, mut is_escaped) = (0, None, false);
        loop {
            let at = marks.next().unwrap_or(bytes.len());
            match (bytes.get(at), middle) {
                (Some(b'%'), _) if encode::is_canonical_escape(&bytes[at + 1..]) => {
                    is_escaped = true;
                }
                (Some(b'='), None) => middle = Some(at),
                (Some(b'&') | None, Some(middle_at)) => {
                    let places = [start, middle_at, at];
                    self.parameters
                        .push(Parameter::new(wire, places, is_escaped));
                    if at == bytes.len() {
                        return Some(());
                    }
                    (start, middle, is_escaped) = (at + 1, None, false);
                }
                (None, None) if bytes.is_empty() => return Some(()),
                // A part without `=`, be it empty, is not canonical.
                _ => return None,
            }
        }
    }

    fn rewritten(wire: &str) -> Self {
        let mut text = Vec::with_capacity(wire.len() + 64);
        let mut places = Vec::with_capacity(12);
        for part in wire.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            if !text.is_empty() {
                text.push(b'&');
            }
            let start = text.len();
            encode::rewrite_query(&mut text, name.as_bytes());
            let middle = text.len();
            text.push(b'=');
            encode::rewrite_query(&mut text, value.as_bytes());
            places.push((start, middle, text.len()));
        }
        let text = encode::ascii(text);
        let mut parameters = Scratch::new();
        for (start, middle, end) in places {
            parameters.push(Parameter::new(&text, [start, middle, end], true));
        }
        Self {
            text: text.into(),
            parameters,
        }
    }

    /// Puts the parameters in canonical order: by encoded name, then by encoded value.
    pub(crate) fn sort(&mut self) {
        let Self { text, parameters } = self;
        let order = |a: &Parameter, b: &Parameter| {
            let rest = || {
                let names = compare(a.name(text), b.name(text));
                names.then_with(|| compare(a.value(text), b.value(text)))
            };
            a.first.cmp(&b.first).then_with(rest)
        };
        let parameters = parameters.as_mut_slice();
        // Signers put the signature behind the rest, which is in order mostly.
        let Some((last, rest)) = parameters.split_last() else {
            return;
        };
        if rest.is_sorted_by(|a, b| order(a, b).is_le()) {
            let place = rest.partition_point(|one| order(one, last).is_le());
            parameters[place..].rotate_right(1);
        } else {
            parameters.sort_unstable_by(order);
        }
    }

    /// Names and values, both encoded.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let text = &*self.text;
        let parameters = self.parameters.as_slice().iter();
        parameters.map(move |parameter| (parameter.name(text), parameter.value(text)))
    }

    pub(crate) fn len(&self) -> usize {
        self.parameters.len()
    }

    /// Whether there is a parameter of this kind.
    pub(crate) fn has(&self, kind: Kind) -> bool {
        let mut parameters = self.parameters.as_slice().iter();
        parameters.any(|parameter| parameter.kind == kind)
    }

    /// Whether there is a parameter of this name.
    pub(crate) fn has_name(&self, name: &str) -> bool {
        self.iter().any(|(other, _)| other == name)
    }

    /// The first values of the parameters that have a kind of their own, in the order of
    /// kinds.
    #[inline]
    pub(crate) fn known(&self) -> [Option<Encoded<'_>>; Kind::NAMED] {
        let mut found = [None; Kind::NAMED];
        for parameter in self.parameters.as_slice() {
            if let Some(found @ None) = found.get_mut(parameter.kind as usize) {
                *found = Some(Encoded {
                    text: parameter.value(&self.text),
                    is_escaped: parameter.is_escaped,
                });
            }
        }
        found
    }

    /// Whether some `x-amz-*` name may be there twice. If this denies it, none is.
    pub(crate) fn may_repeat_amz(&self) -> bool {
        // Most names differ in length or in their last letter, which fits in a few bits.
        let mut seen = 0_u64;
        let mut may_be_twice = false;
        for parameter in self.parameters.as_slice() {
            if parameter.kind == Kind::Other {
                continue;
            }
            let last = usize::from(self.text.as_bytes()[parameter.middle - 1] | 0x20);
            let bit = 1 << (((parameter.middle - parameter.start) * 3 + last * 11) % 64);
            may_be_twice |= seen & bit != 0;
            seen |= bit;
        }
        may_be_twice
    }

    /// The encoded value of the first `x-amz-*` parameter of a name, in any case.
    pub(crate) fn amz_of(&self, name: &str) -> Option<&str> {
        let of_name = |parameter: &&Parameter| {
            // Most differ in length, which is seen without their text.
            parameter.middle - parameter.start == name.len()
                && parameter.kind != Kind::Other
                && is_same_name(parameter.name(&self.text), name)
        };
        let found = self.parameters.as_slice().iter().find(of_name)?;
        Some(found.value(&self.text))
    }

    /// The `x-amz-*` parameters, name (in the case that it came in) and value encoded.
    pub(crate) fn amz(&self) -> impl Iterator<Item = (&str, &str)> {
        let text = &*self.text;
        let amz = |parameter: &&Parameter| parameter.kind != Kind::Other;
        let amz = self.parameters.as_slice().iter().filter(amz);
        amz.map(move |parameter| (parameter.name(text), parameter.value(text)))
    }

    /// Writes `name=value&…`, in the present order, without those of some kinds.
    pub(crate) fn write(&self, out: &mut impl Sink, without: &[Kind]) {
        let kept = |parameter: &&Parameter| !without.contains(&parameter.kind);
        self.write_parameters(out, self.parameters.as_slice().iter().filter(kept));
    }

    /// Writes some of the parameters, by their places in the present order.
    pub(crate) fn write_range(&self, out: &mut impl Sink, range: Range<usize>) {
        self.write_parameters(out, self.parameters.as_slice()[range].iter());
    }

    fn write_parameters<'b>(
        &self,
        out: &mut impl Sink,
        mut parameters: impl Iterator<Item = &'b Parameter>,
    ) {
        let Some(first) = parameters.next() else {
            return;
        };
        // What follows each other in the text as well is one run.
        let (mut start, mut end) = (first.start, first.end);
        for parameter in parameters {
            if parameter.start != end + 1 {
                out.put(&self.text.as_bytes()[start..end]);
                out.put_byte(b'&');
                start = parameter.start;
            }
            end = parameter.end;
        }
        out.put(&self.text.as_bytes()[start..end]);
    }
}

impl Parameter {
    /// In its caller, for a parameter that is returned is written twice.
    #[inline(always)]
    fn new(text: &str, [start, middle, end]: [usize; 3], is_escaped: bool) -> Self {
        let name = &text.as_bytes()[start..middle];
        // A name has no byte of zero, so a short one comes before those that go on.
        let first = name.first_chunk().copied().unwrap_or_else(|| {
            let mut first = [0; 8];
            first[..name.len()].copy_from_slice(name);
            first
        });
        Self {
            start,
            middle,
            end,
            first: u64::from_be_bytes(first),
            kind: Kind::of(&text[start..middle]),
            is_escaped,
        }
    }

    #[inline]
    fn name(self, text: &str) -> &str {
        &text[self.start..self.middle]
    }

    #[inline]
    fn value(self, text: &str) -> &str {
        &text[self.middle + 1..self.end]
    }
}

/// Whether a name begins with `x-amz-`, in any case.
#[inline]
pub(crate) fn is_amz(name: &str) -> bool {
    match name.as_bytes() {
        // Most other headers begin otherwise, which is seen at once.
        [b'x' | b'X', b'-', rest @ ..] => rest
            .first_chunk::<4>()
            .is_some_and(|rest| rest.map(|byte| byte.to_ascii_lowercase()) == *b"amz-"),
        _ => false,
    }
}
