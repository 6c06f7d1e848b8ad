//! What is wrong with a request, as a value: for a terminal, for XML, for JSON.

use std::fmt;

/// What is wrong, how sure that is, and what to change.
///
/// The canonical requests hold what the client sent, its session token included, so
/// they are for the client and not for a log; Debug and Display leave them out.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// How sure this is, and how the findings are to be read.
    pub certainty: Certainty,
    /// What was found, the most telling first. Certain: all of them together are the
    /// cause. Likely: the first is, the others are what else fits. Unknown: suspects,
    /// the most frequent first.
    pub findings: Vec<Finding>,
    /// Where the two canonical requests begin to differ, if both are known.
    pub difference: Option<Difference>,
    /// The canonical request that was signed, where the search has found it.
    pub canonical_request_signed: Option<Vec<u8>>,
    /// The canonical request of what arrived, if the request can be read so far.
    pub canonical_request_arrived: Option<Vec<u8>>,
    /// How many changes were tried.
    pub tried: usize,
}

/// How sure an explanation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// Nothing that was tried reproduces the signature. The findings are suspects.
    Unknown,
    /// It fits what can be seen, and could not be proved.
    Likely,
    /// The change reproduces the signature that was sent, or the request says it itself.
    Certain,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What kind of thing.
    pub cause: Cause,
    /// Which part of the request, as its sender would look for it: `content-type`,
    /// `X-Amz-Expires`, `path`, `method`, `secret`.
    pub part: String,
    /// What was signed, where that is known. `None` beside a known `arrived`: it was not signed at all.
    pub signed: Option<String>,
    /// What arrived, where that is known. `None` beside a known `signed`: it did not arrive.
    pub arrived: Option<String>,
    /// One sentence that says it all.
    pub message: String,
    /// What who sends the request changes.
    pub fix_for_sender: String,
    /// What who signs it changes.
    pub fix_for_signer: String,
}

/// The kinds of causes. [`Cause::code`] is stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The content type is another than the signed one, or missing, or was not signed.
    ContentType,
    /// The number of bytes is another than the signed one.
    ContentLength,
    /// The ACL header is another than the signed one, or missing.
    Acl,
    /// A checksum was signed that is not the body's: that of an empty one, or a default.
    Checksum,
    /// User metadata (`x-amz-meta-*`) is other than the signed one, or missing.
    Metadata,
    /// Another header is other than the signed one, or missing.
    Header,
    /// A header was added that must be signed and is not.
    HeaderNotSigned,
    /// The host is another than the signed one: name, port, bucket.
    Host,
    /// The method is another than the signed one.
    Method,
    /// The path says the same in another encoding.
    PathEncoding,
    /// The path was changed on the way: a prefix, slashes, the bucket.
    PathRewritten,
    /// A query parameter was added after signing.
    QueryAdded,
    /// A query parameter that was signed is missing.
    QueryMissing,
    /// A query parameter says another thing or the same in another encoding.
    QueryChanged,
    /// The URL went through HTML: `&amp;` stands for `&`.
    HtmlEscaped,
    /// The end of the URL is missing.
    UrlTruncated,
    /// White space came into the URL, as from a line that was wrapped.
    UrlWrapped,
    /// The payload hash is another than the signed one.
    PayloadHash,
    /// The secret is another one.
    Secret,
    /// The secret has white space around it.
    SecretWhitespace,
    /// The signature is made with the secret of another key.
    OtherKey,
    /// The access key is not known.
    UnknownKey,
    /// The region is another one.
    Region,
    /// The service is another one.
    Service,
    /// The request is past its expiry.
    Expired,
    /// The expiry is out of range.
    Expiry,
    /// The clocks differ.
    Clock,
    /// The session token is missing, other or too much.
    SessionToken,
    /// The signature is of version 2.
    SignatureV2,
    /// The request carries no signature.
    NotSigned,
    /// The request is signed in two ways, or says something twice.
    Ambiguous,
    /// A part of the signature cannot be read.
    Malformed,
    /// The request is larger than a limit.
    TooLarge,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Self; 33] = [
        Self::ContentType,
        Self::ContentLength,
        Self::Acl,
        Self::Checksum,
        Self::Metadata,
        Self::Header,
        Self::HeaderNotSigned,
        Self::Host,
        Self::Method,
        Self::PathEncoding,
        Self::PathRewritten,
        Self::QueryAdded,
        Self::QueryMissing,
        Self::QueryChanged,
        Self::HtmlEscaped,
        Self::UrlTruncated,
        Self::UrlWrapped,
        Self::PayloadHash,
        Self::Secret,
        Self::SecretWhitespace,
        Self::OtherKey,
        Self::UnknownKey,
        Self::Region,
        Self::Service,
        Self::Expired,
        Self::Expiry,
        Self::Clock,
        Self::SessionToken,
        Self::SignatureV2,
        Self::NotSigned,
        Self::Ambiguous,
        Self::Malformed,
        Self::TooLarge,
    ];

    /// The stable name: `content_type`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ContentType => "content_type",
            Self::ContentLength => "content_length",
            Self::Acl => "acl",
            Self::Checksum => "checksum",
            Self::Metadata => "metadata",
            Self::Header => "header",
            Self::HeaderNotSigned => "header_not_signed",
            Self::Host => "host",
            Self::Method => "method",
            Self::PathEncoding => "path_encoding",
            Self::PathRewritten => "path_rewritten",
            Self::QueryAdded => "query_added",
            Self::QueryMissing => "query_missing",
            Self::QueryChanged => "query_changed",
            Self::HtmlEscaped => "html_escaped",
            Self::UrlTruncated => "url_truncated",
            Self::UrlWrapped => "url_wrapped",
            Self::PayloadHash => "payload_hash",
            Self::Secret => "secret",
            Self::SecretWhitespace => "secret_whitespace",
            Self::OtherKey => "other_key",
            Self::UnknownKey => "unknown_key",
            Self::Region => "region",
            Self::Service => "service",
            Self::Expired => "expired",
            Self::Expiry => "expiry",
            Self::Clock => "clock",
            Self::SessionToken => "session_token",
            Self::SignatureV2 => "signature_v2",
            Self::NotSigned => "not_signed",
            Self::Ambiguous => "ambiguous",
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Certainty {
    /// The stable name: `certain`, `likely`, `unknown`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Certainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Where two canonical requests begin to differ.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The line, counted from 1.
    pub line: usize,
    /// The byte in the line, counted from 1.
    pub column: usize,
    /// The line as it was signed; empty past the end.
    pub signed: String,
    /// The line as it arrived; empty past the end.
    pub arrived: String,
}

impl Difference {
    /// Compares two canonical requests; `None` if they are the same. Bytes that are
    /// not UTF-8 are shown as replacement characters.
    #[must_use]
    pub fn between(signed: &[u8], arrived: &[u8]) -> Option<Self> {
        let at = signed.iter().zip(arrived).position(|(a, b)| a != b);
        let at = match at {
            Some(at) => at,
            None if signed.len() == arrived.len() => return None,
            None => signed.len().min(arrived.len()),
        };
        let before = &signed[..at];
        let start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let line_of = |text: &[u8]| {
            let rest = &text[start..];
            let end = rest
                .iter()
                .position(|byte| *byte == b'\n')
                .unwrap_or(rest.len());
            String::from_utf8_lossy(&rest[..end]).into_owned()
        };
        Some(Self {
            line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
            column: at - start + 1,
            signed: line_of(signed),
            arrived: line_of(arrived),
        })
    }
}

impl Explanation {
    pub(super) fn new(certainty: Certainty, findings: Vec<Finding>) -> Self {
        Self {
            certainty,
            findings,
            difference: None,
            canonical_request_signed: None,
            canonical_request_arrived: None,
            tried: 0,
        }
    }

    /// The first finding's cause; `None` when nothing at all can be suspected.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        self.findings.first().map(|finding| finding.cause)
    }
}

/// One line for a log: certainty, then each finding. No secret, no signature, no token.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.certainty)?;
        for (at, finding) in self.findings.iter().enumerate() {
            let join = match (at, self.certainty) {
                (0, _) => ": ",
                (_, Certainty::Certain) => "; and ",
                (_, Certainty::Likely | Certainty::Unknown) => "; or ",
            };
            write!(f, "{join}{}", finding.message)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explanation")
            .field("certainty", &self.certainty)
            .field("findings", &self.findings)
            .field("tried", &self.tried)
            .finish_non_exhaustive()
    }
}
