//! The headers of a request, each looked at once, and those of them that are signed.
//!
//! Verifying asks many questions of a few headers. Searching the list for each name
//! costs more than one walk that notes where the names of the protocol are, and one that
//! puts the signed names beside the headers they stand for.

use crate::canonical::names;
use crate::query::is_amz;
use crate::request::Request;
use crate::scratch::Scratch;
use crate::short::{is_equal, is_same_name};

/// A header that may be sent once only. All others are lists, or a matter of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Once {
    Authorization,
    Date,
    Host,
    ContentSha256,
    AmzDate,
    SecurityToken,
}

impl Once {
    /// Their names, in the order of the variants.
    const NAMES: [&str; 6] = [
        "authorization",
        "date",
        "host",
        "x-amz-content-sha256",
        "x-amz-date",
        "x-amz-security-token",
    ];
}

/// What the headers of a request are, found in one walk.
pub(crate) struct Headers<'a> {
    /// The first value of each header that may be sent once only.
    first: [Option<&'a [u8]>; Once::NAMES.len()],
    /// One bit for each of them that is there again.
    again: u8,
    /// The `x-amz-*` headers.
    pub(crate) amz: Places,
}

impl<'a> Headers<'a> {
    pub(crate) fn of(request: &Request<'a>) -> Self {
        let mut found = Self {
            first: [None; Once::NAMES.len()],
            again: 0,
            amz: Places(0),
        };
        for (place, (name, value)) in request.headers.iter().enumerate() {
            if is_amz(name) {
                found.amz.add(place);
            }
            // Most headers have another length than these.
            if !matches!(name.len(), 4 | 10 | 13 | 20) {
                continue;
            }
            let of_name = |once: &&str| is_same_name(once, name);
            if let Some(at) = Once::NAMES.iter().position(of_name) {
                match &mut found.first[at] {
                    Some(_) => found.again |= 1 << at,
                    first @ None => *first = Some(value),
                }
            }
        }
        found
    }

    /// The first value of a header.
    pub(crate) fn value(&self, header: Once) -> Option<&'a [u8]> {
        self.first[header as usize]
    }

    /// The first header that may be sent once only and is sent twice.
    pub(crate) fn repeated(&self) -> Option<&'static str> {
        let first = self.again.trailing_zeros() as usize;
        Once::NAMES.get(first).copied()
    }
}

/// Places in the list of headers, one bit for each: no more headers are taken than these
/// are bits, see [`HEADERS_MAX`](crate::limits::HEADERS_MAX).
#[derive(Clone, Copy)]
pub(crate) struct Places(u128);

impl Places {
    fn add(&mut self, place: usize) {
        // What is past the limit is refused elsewhere.
        self.0 |= 1_u128.checked_shl(place as u32).unwrap_or(0);
    }

    /// Those of these that are not among others.
    pub(crate) fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }
}

/// The places, in order.
impl Iterator for Places {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        let place = (self.0 != 0).then(|| self.0.trailing_zeros() as usize)?;
        self.0 &= self.0 - 1;
        Some(place)
    }
}

/// The signed headers with their values, in the order of their names.
pub(crate) struct SignedHeaders<'a> {
    /// Lower-case names, sorted, joined by `;`.
    pub(crate) names: &'a str,
    /// Which of the request's headers they are.
    pub(crate) places: Places,
    /// Whether `host` is among the names.
    pub(crate) has_host: bool,
    values: Scratch<Signed<'a>, 8>,
}

/// A signed name with its value, or one more value of the name before.
#[derive(Clone, Copy, Default)]
pub(crate) struct Signed<'a> {
    /// Nothing, if the name is that of the value before.
    pub(crate) name: &'a str,
    /// Empty, if the header is not there, as S3 has it.
    pub(crate) value: &'a [u8],
}

impl<'a> SignedHeaders<'a> {
    /// Looks for each name, once.
    #[inline]
    pub(crate) fn of(request: &Request<'a>, list: &'a str) -> Self {
        let mut signed = Self {
            names: list,
            places: Places(0),
            has_host: false,
            values: Scratch::new(),
        };
        for name in names(list) {
            signed.has_host |= is_equal(name, "host");
            let mut left = name;
            for (place, (other, value)) in request.headers.iter().enumerate() {
                if is_same_name(other, name) {
                    signed.values.push(Signed { name: left, value });
                    signed.places.add(place);
                    left = "";
                }
            }
            if !left.is_empty() {
                signed.values.push(Signed { name, value: b"" });
            }
        }
        signed
    }

    pub(crate) fn values(&self) -> &[Signed<'a>] {
        self.values.as_slice()
    }
}
