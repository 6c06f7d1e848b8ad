//! Explains why a signed request is refused.
//!
//! A mismatch says only that two texts differ. The explainer changes what arrived in
//! the ways in which requests really get changed, and sees which change *reproduces
//! the signature that was sent*: that is proof, not a guess. Whoever sends a request
//! learns nothing that way that its signer did not know: a change is named only once
//! the whole signature fits.

mod advice;
mod changes;
mod compare;
mod explanation;
mod notice;
mod pieces;
mod refused;
mod repair;
mod search;
mod suspects;
mod text;

pub use explanation::{Cause, Certainty, Difference, Explanation, Finding};
pub use notice::{Notice, notices};

use crate::credentials::Credentials;
use crate::limits::{EXPLAIN_BYTES_MAX, EXPLAIN_LENGTHS_MAX, EXPLAIN_TRIALS_MAX};
use crate::refusal::{Mismatch, Refusal};
use crate::request::Request;
use crate::scope::{Scope, SigningKey};
use crate::time::Timestamp;
use crate::verify::{Expected, verify};

use changes::Arrived;
use pieces::{Change, Pieces};
use search::{Effort, Search};

/// What is known beside the request.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The region, the service and the time here.
    pub expected: Expected<'a>,
    /// The keys known here. Without any, the signature cannot be checked, and only
    /// what the request itself shows is explained.
    pub credentials: &'a [Credentials],
    /// Whether the key that the request names has signed requests before that
    /// verified here: its secret is then not suspected.
    pub key_has_verified: bool,
    /// Other names of this place, with ports: the public name before a proxy, the
    /// internal one behind it.
    pub hosts: &'a [&'a str],
    /// The canonical request that the other side has printed: the storage's error.
    pub canonical_request: Option<&'a [u8]>,
}

/// What all the steps of one explanation share.
struct Case<'a> {
    known: &'a Known<'a>,
    effort: Effort,
}

/// Says what is wrong with a request; `None` if nothing is, as far as can be seen.
///
/// Bounded: [`EXPLAIN_TRIALS_MAX`] changes are tried at the most and the numbers of bytes
/// around a signed `content-length`, and as many again for each way to mend the URL; for
/// all of them together no more than [`EXPLAIN_BYTES_MAX`] are hashed.
///
/// ```
/// use dropslip_sigv4::{Cause, Certainty, Credentials, Expected, Known, Request, Signer, Timestamp, explain};
///
/// let keys = [Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")];
/// let now = Timestamp::parse_basic("20130524T000000Z")?;
/// let headers: [(&str, &[u8]); 2] = [("host", b"storage.example"), ("content-type", b"image/png")];
/// let request = Request { method: "PUT", path: "/uploads/beach.jpg", query: "", headers: &headers };
/// let presigned = Signer::new(keys[0].clone(), "us-east-1", "s3").presign(&request, 300, now)?;
///
/// // The browser sends the type that it sees.
/// let headers: [(&str, &[u8]); 2] = [("host", b"storage.example"), ("content-type", b"image/jpeg")];
/// let arrived = Request { query: &presigned.query, headers: &headers, ..request };
/// let known = Known {
///     expected: Expected { region: "us-east-1", service: "s3", now },
///     credentials: &keys,
///     key_has_verified: false,
///     hosts: &[],
///     canonical_request: None,
/// };
/// let explanation = explain(&arrived, &known).expect("it does not match");
/// assert_eq!(explanation.certainty, Certainty::Certain);
/// assert_eq!(explanation.cause(), Some(Cause::ContentType));
/// assert_eq!(explanation.findings[0].fix_for_sender, "send the header `content-type: image/png`");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn explain(request: &Request<'_>, known: &Known<'_>) -> Option<Explanation> {
    let case = Case {
        known,
        effort: Effort::new(EXPLAIN_BYTES_MAX),
    };
    let mut explanation = explain_case(request, &case)?;
    explanation.tried = case.effort.tried();
    Some(explanation)
}

fn explain_case(request: &Request<'_>, case: &Case<'_>) -> Option<Explanation> {
    let known = case.known;
    let refusal = match refusal(request, known) {
        Ok(()) => return between(request, known),
        Err(refusal) => refusal,
    };
    if let Refusal::UnknownKey { .. } = &refusal
        && known.credentials.is_empty()
    {
        return unchecked(request, case, &refusal).or_else(|| between(request, known));
    }
    if let Refusal::Mismatch(mismatch) = &refusal {
        return Some(mismatched(request, mismatch, case, &refusal));
    }
    // What is larger than a limit is not looked at any closer.
    let mended = match &refusal {
        Refusal::Exceeded(_) => None,
        refusal => mended(request, case, refusal),
    };
    Some(mended.unwrap_or_else(|| {
        let (certainty, finding) = refused::finding_of(&refusal, request);
        Explanation::new(certainty, vec![finding])
    }))
}

fn refusal(request: &Request<'_>, known: &Known<'_>) -> Result<(), Refusal> {
    let lookup = |access_key: &str| {
        let mut keys = known.credentials.iter();
        keys.find(|credentials| credentials.access_key() == access_key)
    };
    verify(request, &known.expected, lookup).map(|_| ())
}

/// A request that cannot be read as signed, if mending its URL makes it right, or at
/// least readable where `before` says that it was not. One more change is tried where
/// mending alone leaves a mismatch.
fn mended(request: &Request<'_>, case: &Case<'_>, before: &Refusal) -> Option<Explanation> {
    let known = case.known;
    // Read so far that all but the secret was there to be seen.
    let is_read = |refusal: &Refusal| {
        matches!(
            refusal,
            Refusal::UnknownKey { .. } | Refusal::Expired { .. }
        )
    };
    let unchecked = known.credentials.is_empty();
    let repairs = repair::repairs(request.path, request.query);
    let mut fallback = None;
    for repair in &repairs {
        let whole = Request {
            path: &repair.path,
            query: &repair.query,
            ..*request
        };
        let finding = || advice::finding(repair.cause, repair.part, repair.how);
        match refusal(&whole, known) {
            Ok(()) => return Some(Explanation::new(Certainty::Certain, vec![finding()])),
            Err(Refusal::Mismatch(mismatch)) => {
                let mut explanation = searched(&whole, &mismatch, case);
                if explanation.certainty == Certainty::Certain {
                    explanation.findings.insert(0, finding());
                    return Some(explanation);
                }
                fallback
                    .get_or_insert_with(|| Explanation::new(Certainty::Likely, vec![finding()]));
            }
            // As far as before: a `%25` may be a percent sign, and `&amp;` is hardly ever meant.
            Err(after) if is_read(&after) && is_read(before) => {
                if unchecked && repair.is_evident && !matches!(after, Refusal::Expired { .. }) {
                    fallback.get_or_insert_with(|| {
                        Explanation::new(Certainty::Likely, vec![finding()])
                    });
                }
            }
            Err(after) if is_read(&after) => {
                fallback.get_or_insert_with(|| {
                    let mut findings = vec![finding()];
                    if !(unchecked && matches!(after, Refusal::UnknownKey { .. })) {
                        findings.push(refused::finding_of(&after, &whole).1);
                    }
                    Explanation::new(Certainty::Certain, findings)
                });
            }
            Err(_) => {}
        }
    }
    fallback
}

/// A request whose signature is another than the one computed here.
fn mismatched(
    request: &Request<'_>,
    mismatch: &Mismatch,
    case: &Case<'_>,
    before: &Refusal,
) -> Explanation {
    let explanation = searched(request, mismatch, case);
    let is_certain = |explanation: &Explanation| explanation.certainty == Certainty::Certain;
    if is_certain(&explanation) {
        return explanation;
    }
    storage_read(request, mismatch, case)
        .filter(is_certain)
        .or_else(|| mended(request, case, before).filter(is_certain))
        .unwrap_or(explanation)
}

/// Looks at what the storage has read, if that is another request than the sender describes.
fn storage_read(
    request: &Request<'_>,
    mismatch: &Mismatch,
    case: &Case<'_>,
) -> Option<Explanation> {
    let known = case.known;
    let theirs = known.canonical_request?;
    let credentials = credentials_of(mismatch, known)?;
    let scope = Scope {
        time: time_of(mismatch)?,
        region: known.expected.region,
        service: known.expected.service,
    };
    let read = Mismatch {
        canonical_request: theirs.to_vec(),
        ..mismatch.clone()
    };
    let key = SigningKey::derive(credentials.secret_key(), &scope);
    let pieces = Pieces::parse(theirs)?;
    let (text, signature) = (&mismatch.string_to_sign, &mismatch.signature_provided);
    if Search::new(&pieces, &key, text, signature, (1, &case.effort)).reproduces(&[]) {
        let text = "the secret known here reproduces the signature from what the storage has read, \
                    so the storage knows another secret for this key";
        let finding = advice::finding(Cause::Secret, "secret", text);
        return Some(Explanation::new(Certainty::Certain, vec![finding]));
    }
    (theirs != mismatch.canonical_request).then(|| searched(request, &read, case))
}

/// Searches for what reproduces the signature; suspects where nothing does.
fn searched(request: &Request<'_>, mismatch: &Mismatch, case: &Case<'_>) -> Explanation {
    let known = case.known;
    let arrived_text = mismatch.canonical_request.clone();
    let (Some(pieces), Some(credentials), Some(time)) = (
        Pieces::parse(&arrived_text),
        credentials_of(mismatch, known),
        time_of(mismatch),
    ) else {
        let finding = advice::finding(
            Cause::Secret,
            "secret",
            "the signature does not match the request",
        );
        return Explanation::new(Certainty::Unknown, vec![finding]);
    };
    let scope = Scope {
        time,
        region: known.expected.region,
        service: known.expected.service,
    };
    let arrived = Arrived {
        request,
        pieces: &pieces,
        known,
        mismatch,
    };
    let key = SigningKey::derive(credentials.secret_key(), &scope);
    let search = |max| {
        let (text, signature) = (&mismatch.string_to_sign, &mismatch.signature_provided);
        Search::new(&pieces, &key, text, signature, (max, &case.effort))
    };
    // Once all is spent, the changes are not even made.
    let hit = (!case.effort.is_spent()).then(|| {
        let mut all = changes::of_request(&arrived, case.effort.bytes_left());
        all.extend(changes::secrets(&arrived, credentials, &scope));
        search(EXPLAIN_TRIALS_MAX).run(&all).or_else(|| {
            let mut search = search(EXPLAIN_LENGTHS_MAX);
            let hit = changes::lengths(&arrived).find(|change| search.reproduces(&[change]));
            hit.map(|hit| vec![hit])
        })
    });
    let hit = hit.flatten();
    let mut explanation = match hit {
        Some(hit) => reproduced(&pieces, &hit),
        None => {
            let (certainty, findings) = suspects::of(&arrived);
            Explanation::new(certainty, findings)
        }
    };
    explanation
        .canonical_request_arrived
        .get_or_insert(arrived_text);
    explanation
}

fn reproduced(pieces: &Pieces, hit: &[Change]) -> Explanation {
    let findings = hit.iter().map(advice::of_change).collect();
    let mut explanation = Explanation::new(Certainty::Certain, findings);
    let changes: Vec<&Change> = hit.iter().collect();
    let (mut signed, mut arrived) = (Vec::new(), Vec::new());
    pieces.write(&mut signed, &changes);
    pieces.write(&mut arrived, &[]);
    explanation.difference = Difference::between(&signed, &arrived);
    explanation.canonical_request_signed = Some(signed);
    explanation.canonical_request_arrived = Some(arrived);
    explanation
}

fn credentials_of<'a>(mismatch: &Mismatch, known: &Known<'a>) -> Option<&'a Credentials> {
    let mut keys = known.credentials.iter();
    keys.find(|credentials| credentials.access_key() == mismatch.access_key)
}

/// The time of signing, which is the second line of the string to sign.
fn time_of(mismatch: &Mismatch) -> Option<Timestamp> {
    Timestamp::parse_basic(mismatch.string_to_sign.lines().nth(1)?).ok()
}

/// The request is right as its sender describes it: what arrived at the storage,
/// by its own reading, may be another one.
fn between(request: &Request<'_>, known: &Known<'_>) -> Option<Explanation> {
    let theirs = known.canonical_request?;
    let ours = canonical_of(request, known)?;
    if ours == theirs {
        return Some(read_alike(known));
    }
    let findings = match (Pieces::parse(&ours), Pieces::parse(theirs)) {
        (Some(signed), Some(arrived)) => compare::findings(&signed, &arrived),
        _ => Vec::new(),
    };
    let certainty = match (findings.is_empty(), known.credentials.is_empty()) {
        // They differ, and not in a part that has a name: the difference is all there is.
        (true, _) => Certainty::Unknown,
        (false, true) => Certainty::Likely,
        (false, false) => Certainty::Certain,
    };
    let mut explanation = Explanation::new(certainty, findings);
    explanation.difference = Difference::between(&ours, theirs);
    explanation.canonical_request_signed = Some(ours);
    explanation.canonical_request_arrived = Some(theirs.to_vec());
    Some(explanation)
}

/// The storage has read what the sender describes, and refused it.
fn read_alike(known: &Known<'_>) -> Explanation {
    let (certainty, text) = if known.credentials.is_empty() {
        let text = "the storage read the request as it is described here, so the signer has another secret than the \
                    storage, or a signed value was changed before; the secret would tell which";
        (Certainty::Unknown, text)
    } else {
        let text = "the signature is right for the secret known here, so the storage knows another secret for this key";
        (Certainty::Certain, text)
    };
    Explanation::new(
        certainty,
        vec![advice::finding(Cause::Secret, "secret", text)],
    )
}

/// The canonical request of a request whose signature holds, or whose key is not
/// known: verifying with a secret that cannot be right gives it.
fn canonical_of(request: &Request<'_>, known: &Known<'_>) -> Option<Vec<u8>> {
    let stranger = |access_key: &str| {
        let known = known.credentials.iter();
        let token = known
            .filter(|credentials| credentials.access_key() == access_key)
            .find_map(Credentials::session_token);
        let credentials = Credentials::new(access_key, "");
        Some(match token {
            Some(token) => credentials.with_session_token(token),
            None => credentials,
        })
    };
    match verify(request, &known.expected, stranger) {
        Err(Refusal::Mismatch(mismatch)) => Some(mismatch.canonical_request),
        _ => None,
    }
}

/// What a request shows whose secret is not at hand.
fn unchecked(request: &Request<'_>, case: &Case<'_>, before: &Refusal) -> Option<Explanation> {
    let known = case.known;
    if let Some(mended) = mended(request, case, before) {
        return Some(mended);
    }
    let canonical = canonical_of(request, known)?;
    let pieces = Pieces::parse(&canonical)?;
    let mut findings = Vec::new();
    for (name, _) in &pieces.headers {
        if request.header_values(name).next().is_none() {
            let text = format!("`{name}` was signed; the request does not send it");
            findings.push(advice::finding(changes::cause_of(name), name, text));
        }
    }
    for (name, value) in pieces.parameters() {
        if changes::is_tracking(name) {
            let name = String::from_utf8_lossy(name).into_owned();
            let text = format!("`{name}` is a tracking parameter, added after signing");
            let value = String::from_utf8_lossy(value).into_owned();
            findings
                .push(advice::finding(Cause::QueryAdded, &name, text).saying(None, Some(value)));
        }
    }
    if findings.is_empty() {
        return None;
    }
    let mut explanation = Explanation::new(Certainty::Likely, findings);
    explanation.canonical_request_arrived = Some(canonical);
    Some(explanation)
}
