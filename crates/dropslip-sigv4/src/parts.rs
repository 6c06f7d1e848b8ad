//! The presigned URLs of the parts of one multipart upload.
//!
//! They differ in the part's number alone, and that stands late in the canonical
//! request, for `partNumber` sorts behind all `X-Amz-*`. So what comes before it is
//! hashed once for all parts, as are the first bytes of the string to sign; and the
//! texts are laid out once, where each part puts its number in.
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html>.

use std::fmt;

use crate::encode;
use crate::error::{Error, ErrorKind};
use crate::hash::Ending;
use crate::keys::ToSign;
use crate::limits::PART_NUMBER_MAX;
use crate::query::Query;
use crate::scope::{SigningKey, hex_of_hash};
use crate::scratch::Text;
use crate::sign::Signer;
use crate::slip::{Slip, ascii};
use crate::time::Timestamp;

/// Makes the URLs of the parts of one multipart upload, see [`Signer::presign_parts`].
pub struct PartUrls {
    key: SigningKey,
    /// The URL before the number, and behind it up to the signature.
    url: [String; 2],
    /// The canonical request before the number, and behind it.
    canonical_request: [Vec<u8>; 2],
    /// The canonical request of a part, for numbers of `digits` digits.
    request: Ending,
    digits: usize,
    /// The string to sign of a part.
    to_sign: Ending,
}

/// A part number as text: room for it, and how much of that is in use.
struct Digits([u8; 5], usize);

impl Signer {
    /// Presigns the parts of one multipart upload. The slip is that of a `PUT` of the
    /// object, without `partNumber` and `uploadId`; its headers are those of each part,
    /// so a last part with another `content-length` has `PartUrls` of its own.
    ///
    /// ```
    /// use dropslip_sigv4::{Credentials, Path, Signer, Slip, Timestamp};
    ///
    /// let signer = Signer::new(Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret"), "us-east-1", "s3");
    /// let slip = Slip {
    ///     method: "PUT",
    ///     scheme: "https",
    ///     host: "my-bucket.s3.amazonaws.com",
    ///     path: Path::Object { prefix: "/", key: "holiday film.mp4" },
    ///     query: "",
    ///     headers: &[("content-length", "8388608")],
    ///     expires_s: 3600,
    /// };
    /// let mut parts = signer.presign_parts(&slip, "VXBsb2FkIElE", Timestamp::from_unix_s(1_370_000_000))?;
    /// for number in 1..=3 {
    ///     assert!(parts.url(number)?.contains(&format!("&partNumber={number}&uploadId=VXBsb2FkIElE&")));
    /// }
    /// # Ok::<(), dropslip_sigv4::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Signer::presign_url`], and [`ErrorKind::Reserved`] when the slip's query
    /// has one of the two parameters already.
    pub fn presign_parts(
        &self,
        slip: &Slip<'_>,
        upload_id: &str,
        now: Timestamp,
    ) -> Result<PartUrls, Error> {
        let given = Query::parse(slip.query);
        for name in ["partNumber", "uploadId"] {
            if given.has_name(name) {
                let name = name.to_owned();
                return Err(ErrorKind::Reserved { name }.into());
            }
        }
        // The longest number, so that the limits hold for all.
        let upload_id = encode::encode_query(upload_id.as_bytes());
        let query = format!("{}&partNumber=10000&uploadId={upload_id}", slip.query);
        let number = "partNumber=".len().."partNumber=10000".len();

        self.credentials().with_key(&self.scope(now), |kept| {
            let mut text = Text::new();
            let composer = self.composer(kept, slip.expires_s, now);
            let composed = composer.compose_slip(&mut text, slip, &query)?;
            let text = text.as_slice();
            let (path, query) = composed.path_and_query(text);
            let at = query
                .find("&partNumber=10000&")
                .expect("`compose` has put it there, before `uploadId`")
                + 1;
            let [before, behind] = [&query[..at + number.start], &query[at + number.end..]];
            let mut end = Vec::new();
            self.write_end(&mut end, &[]);
            let url = [
                [slip.scheme, "://", slip.host, path, "?", before].concat(),
                [behind, ascii(&end)].concat(),
            ];
            let at = composed.query.start + at;
            let canonical_request = [&text[..at + number.start], &text[at + number.end..]];
            let mut to_sign = ToSign::new();
            kept.write_to_sign(&mut to_sign, now, &[0; 32]);
            let common = to_sign.len() - 64;
            Ok(PartUrls {
                to_sign: kept.key().ending(to_sign.as_slice(), common),
                key: kept.key().clone(),
                url,
                request: lay_out(canonical_request, 1),
                digits: 1,
                canonical_request: canonical_request.map(<[u8]>::to_vec),
            })
        })
    }
}

impl PartUrls {
    /// The URL of a part, by its number: 1 to 10000, in any order. One allocation, the
    /// text returned.
    ///
    /// # Errors
    /// [`ErrorKind::PartNumber`] for a number outside of that.
    pub fn url(&mut self, number: u32) -> Result<String, Error> {
        let mut url = String::new();
        self.url_into(number, &mut url)?;
        Ok(url)
    }

    /// As [`PartUrls::url`], appended to a text.
    ///
    /// # Errors
    /// Those of [`PartUrls::url`].
    pub fn url_into(&mut self, number: u32, out: &mut String) -> Result<(), Error> {
        if !(1..=PART_NUMBER_MAX).contains(&number) {
            return Err(ErrorKind::PartNumber { got: number }.into());
        }
        let digits = Digits::of(number);
        if digits.1 != self.digits {
            let [before, behind] = &self.canonical_request;
            self.request = lay_out([before, behind], digits.1);
            self.digits = digits.1;
        }
        self.request.put(digits.as_slice());
        self.to_sign.put(&hex_of_hash(&self.request.digest()));
        let signature = self.key.finish(&self.to_sign);
        let signature = hex_of_hash(&signature);
        let [before, behind] = &self.url;
        out.reserve_exact(before.len() + digits.1 + behind.len() + signature.len());
        out.push_str(before);
        out.push_str(ascii(digits.as_slice()));
        out.push_str(behind);
        out.push_str(ascii(&signature));
        Ok(())
    }
}

/// A canonical request with room for a number of so many digits.
fn lay_out([before, behind]: [&[u8]; 2], digits: usize) -> Ending {
    let whole = [before, &b"00000"[..digits], behind].concat();
    Ending::of_hash(&whole, before.len())
}

impl Digits {
    fn of(number: u32) -> Self {
        let mut out = Self([0; 5], 0);
        let mut least = 10_000;
        while least > 1 && number < least {
            least /= 10;
        }
        while least > 0 {
            out.0[out.1] = b'0' + (number / least % 10) as u8;
            out.1 += 1;
            least /= 10;
        }
        out
    }

    fn as_slice(&self) -> &[u8] {
        &self.0[..self.1]
    }
}

/// With it anyone could sign parts, so nothing of it shows.
impl fmt::Debug for PartUrls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartUrls").finish_non_exhaustive()
    }
}
