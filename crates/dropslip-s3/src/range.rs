//! The `Range` header of a download (RFC 9110 section 14.2), single ranges only, as S3 has it.

/// A range of bytes that lies within an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    /// The first byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
}

impl ByteRange {
    /// How many bytes it spans.
    #[must_use]
    pub fn len(self) -> u64 {
        self.end - self.start
    }

    /// Whether it spans nothing, as the whole of an empty object does.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// What a `Range` header asks of an object of a given size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeAsked {
    /// The header is to be ignored: another unit, several ranges, or malformed.
    /// S3 then answers the whole object, as RFC 9110 allows.
    Whole,
    /// These bytes.
    Part(ByteRange),
    /// Nothing of it exists: 416.
    Unsatisfiable,
}

/// Reads a `Range` header's value for an object of `size_bytes`.
#[must_use]
pub fn parse(value: &str, size_bytes: u64) -> RangeAsked {
    let Some(spec) = value.trim().strip_prefix("bytes=") else {
        return RangeAsked::Whole;
    };
    let Some((first, last)) = spec.split_once('-') else {
        return RangeAsked::Whole;
    };
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        // A number too large for the type is larger than any object.
        digits.then(|| text.parse::<u64>().unwrap_or(u64::MAX))
    };
    let (start, end) = match (number(first.trim()), number(last.trim())) {
        (Some(start), Some(last)) if start <= last => {
            (start, last.saturating_add(1).min(size_bytes))
        }
        (Some(start), None) if last.trim().is_empty() => (start, size_bytes),
        (None, Some(suffix)) if first.trim().is_empty() => (
            if suffix == 0 {
                size_bytes
            } else {
                size_bytes.saturating_sub(suffix)
            },
            size_bytes,
        ),
        _ => return RangeAsked::Whole,
    };
    if start < end {
        RangeAsked::Part(ByteRange { start, end })
    } else {
        RangeAsked::Unsatisfiable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, size_bytes: u64, expected: RangeAsked) {
        assert_eq!(
            parse(value, size_bytes),
            expected,
            "{value} of {size_bytes}"
        );
    }

    fn part(start: u64, end: u64) -> RangeAsked {
        RangeAsked::Part(ByteRange { start, end })
    }

    #[test]
    fn single_ranges() {
        check("bytes=0-9", 100, part(0, 10));
        check("bytes=90-", 100, part(90, 100));
        check("bytes=90-1000", 100, part(90, 100));
        check("bytes=-10", 100, part(90, 100));
        check("bytes=-1000", 100, part(0, 100));
        check("bytes=99-99", 100, part(99, 100));
        check("bytes=0-99999999999999999999999", 100, part(0, 100));
    }

    #[test]
    fn nothing_to_give() {
        check("bytes=100-", 100, RangeAsked::Unsatisfiable);
        check("bytes=100-200", 100, RangeAsked::Unsatisfiable);
        check("bytes=-0", 100, RangeAsked::Unsatisfiable);
        check("bytes=0-", 0, RangeAsked::Unsatisfiable);
        check("bytes=-5", 0, RangeAsked::Unsatisfiable);
        check(
            "bytes=99999999999999999999999-",
            100,
            RangeAsked::Unsatisfiable,
        );
    }

    #[test]
    fn what_is_no_single_range_is_ignored() {
        for value in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=5-2",
            "bytes=0-1,3-4",
            "lines=0-1",
            "bytes=+1-2",
            "bytes=0x1-2",
        ] {
            check(value, 100, RangeAsked::Whole);
        }
    }
}
