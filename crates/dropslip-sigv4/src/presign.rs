//! Signing in the query: presigned URLs.
//!
//! The query of the result is the canonical query itself, with the signature
//! behind it, so what is sent is what was signed.
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.

use std::fmt;
use std::ops::Range;

use crate::canonical::{sort_headers, write_path, write_signed_headers, write_sorted_headers};
use crate::dialect::{PathRule, TokenRule};
use crate::encode;
use crate::error::{Error, ErrorKind};
use crate::hash::sha256_of;
use crate::hoist;
use crate::keys::{Kept, ToSign};
use crate::limits::{self, EXPIRES_S_MAX, EXPIRES_S_MIN};
use crate::query::Query;
use crate::request::{ClaimedPayload, Request};
use crate::scope::hex_of_hash;
use crate::scratch::{Scratch, Sink, Text};
use crate::sign::{Signer, is_one_of};
use crate::time::Timestamp;

/// A request signed in the query, with the stages of signing it.
#[derive(Clone)]
pub struct Presigned {
    /// The whole query of the URL, percent-encoded, without the `?`: the parameters
    /// given, sorted, with those that presigning adds.
    pub query: String,
    /// What was hashed.
    pub canonical_request: Vec<u8>,
    /// What was signed.
    pub string_to_sign: String,
    /// 64 lower-case hexadecimal digits.
    pub signature: String,
}

/// Makes canonical requests of presigned URLs.
pub(crate) struct Composer<'a> {
    signer: &'a Signer,
    kept: &'a Kept,
    expires_s: u32,
    now: Timestamp,
}

/// The headers of a request, to be sorted.
pub(crate) type Headers<'a> = Scratch<(&'a str, &'a [u8]), 8>;

/// Where path and query are in a canonical request.
pub(crate) struct Composed {
    pub(crate) path: Range<usize>,
    pub(crate) query: Range<usize>,
    /// The path to send, where that is another than the one signed.
    pub(crate) wire_path: Option<String>,
}

impl Signer {
    /// Presigns a request for `expires_s` seconds from now (1 to 604800). All headers
    /// given are signed and have to be sent exactly so; `host` must be among them.
    ///
    /// This keeps what was signed, for whoever wants to see it; [`Signer::presign_url`]
    /// is the fast way to the URL alone.
    ///
    /// # Errors
    /// [`ErrorKind`] names what the request lacks or must not have; see there.
    pub fn presign(
        &self,
        request: &Request<'_>,
        expires_s: u32,
        now: Timestamp,
    ) -> Result<Presigned, Error> {
        let path = |out: &mut Text| write_path(out, request.path, self.dialect().path);
        let mut headers = Headers::new();
        headers.extend(request.headers);
        sort_headers(headers.as_mut_slice());
        let request = Request {
            headers: headers.as_slice(),
            ..*request
        };
        self.credentials().with_key(&self.scope(now), |kept| {
            let (mut text, mut string_to_sign) = (Text::new(), ToSign::new());
            let composed = self.composer(kept, expires_s, now);
            let composed = composed.compose(&mut text, &request, path)?;
            let signature = sign(kept, now, &mut text, &mut string_to_sign);
            let canonical_request = text.as_slice();
            let mut query = Vec::with_capacity(1024);
            query.put(&canonical_request[composed.query]);
            self.write_end(&mut query, &signature);
            Ok(Presigned {
                query: encode::ascii(query),
                canonical_request: canonical_request.to_vec(),
                string_to_sign: encode::ascii(string_to_sign.as_slice().to_vec()),
                signature: encode::ascii(signature.to_vec()),
            })
        })
    }

    pub(crate) fn composer<'a>(
        &'a self,
        kept: &'a Kept,
        expires_s: u32,
        now: Timestamp,
    ) -> Composer<'a> {
        Composer {
            signer: self,
            kept,
            expires_s,
            now,
        }
    }

    /// Writes what follows the signed query.
    pub(crate) fn write_end(&self, out: &mut impl Sink, signature: &[u8]) {
        if let (Some(token), TokenRule::Appended) = self.token() {
            out.put(TOKEN);
            encode::write_query(out, token.as_bytes());
        }
        out.put(SIGNATURE);
        out.put(signature);
    }

    fn token(&self) -> (Option<&str>, TokenRule) {
        (
            self.credentials().session_token(),
            self.dialect().session_token,
        )
    }
}

impl Composer<'_> {
    pub(crate) fn path_rule(&self) -> PathRule {
        self.signer.dialect().path
    }

    /// Makes the canonical request in an empty text. The headers must be sorted, and
    /// the path is the caller's to write.
    pub(crate) fn compose(
        &self,
        text: &mut Text,
        request: &Request<'_>,
        write_path: impl FnOnce(&mut Text),
    ) -> Result<Composed, Error> {
        self.signer.check(request, &HEADERS)?;
        let expires_s = self.expires_s;
        if !(EXPIRES_S_MIN..=EXPIRES_S_MAX).contains(&expires_s) {
            return Err(ErrorKind::Expires { got: expires_s }.into());
        }
        let mut query = Query::parse(request.query);
        query.sort();
        let payload = payload(self.signer, request, &query)?;
        let mut names = Scratch::<u8, 128>::new();
        write_signed_headers(&mut names, request.headers);
        names.as_mut_slice().make_ascii_lowercase();
        let names = names.as_slice();

        text.put(request.method.as_bytes());
        text.put_byte(b'\n');
        write_path(text);
        text.put_byte(b'\n');
        let start = text.len();
        write_query(text, &query, |out| self.write_own(out, names));
        let end = text.len();
        text.put_byte(b'\n');
        write_sorted_headers(text, request.headers, names);
        text.put(payload.text(&mut [0; 64]).as_bytes());
        self.check_size(end - start, query.len())?;
        Ok(Composed {
            path: request.method.len() + 1..start - 1,
            query: start..end,
            wire_path: None,
        })
    }

    /// Writes the parameters that are signed, in canonical order.
    fn write_own(&self, out: &mut Text, names: &[u8]) {
        self.kept.write_query(out, self.now);
        out.put(b"&X-Amz-Expires=");
        write_number(out, self.expires_s);
        if let (Some(token), TokenRule::Signed) = self.signer.token() {
            out.put(TOKEN);
            encode::write_query(out, token.as_bytes());
        }
        out.put(b"&X-Amz-SignedHeaders=");
        encode::write_query(out, names);
    }

    /// Holds the whole query to the limits that verifying has.
    fn check_size(&self, signed: usize, given: usize) -> Result<(), Error> {
        let token = self.signer.token().0;
        let appended = match self.signer.token() {
            (Some(token), TokenRule::Appended) => TOKEN.len() + encode::query_len(token),
            _ => 0,
        };
        let bytes = signed + appended + SIGNATURE.len() + 64;
        // Without a token there are six parameters of presigning's own.
        let parameters = given + 6 + usize::from(token.is_some());
        limits::at_most("query bytes", limits::QUERY_BYTES_MAX, bytes)?;
        limits::at_most("query parameters", limits::QUERY_PARAMETERS_MAX, parameters)?;
        Ok(())
    }
}

const TOKEN: &[u8] = b"&X-Amz-Security-Token=";
const SIGNATURE: &[u8] = b"&X-Amz-Signature=";

/// The parameters that presigning adds.
const PARAMETERS: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
];

/// The headers that presigning leaves no room for: another signature, and what would stand
/// beside a parameter of its own.
const HEADERS: [&str; 8] = [
    "authorization",
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
];

/// What the request says of its payload. Asks of it what verifying will ask.
fn payload(
    signer: &Signer,
    request: &Request<'_>,
    query: &Query<'_>,
) -> Result<ClaimedPayload, Error> {
    let header = request.header_values(hoist::PAYLOAD).next();
    if query.len() == 0 {
        return hoist::payload(header, None, signer.dialect())
            .map_err(|got| ErrorKind::PayloadHash { got }.into());
    }
    if let Some((name, _)) = query.amz().find(|(name, _)| is_one_of(name, &PARAMETERS)) {
        let name = name.to_ascii_lowercase();
        return Err(ErrorKind::Reserved { name }.into());
    }
    if let Some(name) = hoist::repeated(query) {
        return Err(ErrorKind::Repeated { name }.into());
    }
    if let Some(conflict) = hoist::conflict(request, query, |_| true) {
        let name = conflict.name;
        return Err(ErrorKind::Repeated { name }.into());
    }
    hoist::payload(header, Some(query), signer.dialect())
        .map_err(|got| ErrorKind::PayloadHash { got }.into())
}

/// Writes the parameters given and those of presigning, all in order.
fn write_query(out: &mut Text, given: &Query<'_>, own: impl FnOnce(&mut Text)) {
    if given.len() == 0 {
        return own(out);
    }
    let is_amid = |name: &str| ("X-Amz-Algorithm".."X-Amz-SignedHeaders").contains(&name);
    if given.iter().any(|(name, _)| is_amid(name)) {
        // Rare: a value such as `X-Amz-Content-Sha256` that goes in between.
        let mut all = Text::new();
        given.write(&mut all, &[]);
        all.put_byte(b'&');
        own(&mut all);
        let all = str::from_utf8(all.as_slice()).expect("encoded text is ASCII");
        let mut all = Query::parse(all);
        all.sort();
        all.write(out, &[]);
        return;
    }
    let before = given.iter().filter(|(name, _)| *name < "X-Amz-Algorithm");
    let before = before.count();
    given.write_range(out, 0..before);
    if before > 0 {
        out.put_byte(b'&');
    }
    own(out);
    if before < given.len() {
        out.put_byte(b'&');
    }
    given.write_range(out, before..given.len());
}

fn write_number(out: &mut impl Sink, number: u32) {
    let mut digits = [0; 10];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.put(&digits[at..]);
}

/// Writes the string to sign of a canonical request and signs it.
pub(crate) fn sign(
    kept: &Kept,
    now: Timestamp,
    canonical_request: &mut Text,
    string_to_sign: &mut ToSign,
) -> [u8; 64] {
    kept.write_to_sign(string_to_sign, now, &sha256_of(canonical_request));
    hex_of_hash(&kept.key().sign_in_place(string_to_sign))
}

/// A presigned URL is a secret while it holds, so query and signature do not show.
impl fmt::Debug for Presigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presigned")
            .field("string_to_sign", &self.string_to_sign)
            .finish_non_exhaustive()
    }
}
