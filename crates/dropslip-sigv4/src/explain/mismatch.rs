//! A signature that is another than the one computed here: what reproduces it.

use super::changes::{self, Arrived};
use super::explanation::{Cause, Certainty, Difference, Explanation};
use super::pieces::{Change, Pieces};
use super::search::Search;
use super::{Case, Known, advice, mending, suspects};
use crate::credentials::Credentials;
use crate::limits::{EXPLAIN_LENGTHS_MAX, EXPLAIN_TRIALS_MAX};
use crate::refusal::{Mismatch, Refusal};
use crate::request::Request;
use crate::scope::{Scope, SigningKey};
use crate::time::Timestamp;

/// A request whose signature is another than the one computed here.
pub(super) fn mismatched(
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
        .or_else(|| mending::mended(request, case, before).filter(is_certain))
        .unwrap_or(explanation)
}

/// Looks at what the storage has read, if that is another request than the sender describes.
fn storage_read(
    request: &Request<'_>,
    mismatch: &Mismatch,
    case: &Case<'_>,
) -> Option<Explanation> {
    let theirs = case.known.canonical_request?;
    let keys = Keys::of(mismatch, case.known)?;
    let pieces = Pieces::parse(theirs)?;
    if keys.search(&pieces, mismatch, 1, case).reproduces(&[]) {
        let text = "the secret known here reproduces the signature from what the storage has read, \
                    so the storage knows another secret for this key";
        let finding = advice::finding(Cause::Secret, "secret", text);
        return Some(Explanation::new(Certainty::Certain, vec![finding]));
    }
    (theirs != mismatch.canonical_request).then(|| {
        let read = Mismatch {
            canonical_request: theirs.to_vec(),
            ..mismatch.clone()
        };
        searched(request, &read, case)
    })
}

/// Searches for what reproduces the signature; suspects where nothing does.
pub(super) fn searched(request: &Request<'_>, mismatch: &Mismatch, case: &Case<'_>) -> Explanation {
    let known = case.known;
    let arrived_text = mismatch.canonical_request.clone();
    let (Some(pieces), Some(keys)) = (Pieces::parse(&arrived_text), Keys::of(mismatch, known))
    else {
        let finding = advice::finding(
            Cause::Secret,
            "secret",
            "the signature does not match the request",
        );
        return Explanation::new(Certainty::Unknown, vec![finding]);
    };
    let arrived = Arrived {
        request,
        pieces: &pieces,
        known,
        mismatch,
    };
    let search = |max| keys.search(&pieces, mismatch, max, case);
    // Once all is spent, the changes are not even made.
    let hit = (!case.effort.is_spent()).then(|| {
        let mut all = changes::of_request(&arrived, case.effort.bytes_left());
        all.extend(changes::secrets(&arrived, keys.credentials, &keys.scope));
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

/// The credentials that the request names, with the key that they sign with in its scope.
struct Keys<'a> {
    credentials: &'a Credentials,
    scope: Scope<'a>,
    key: SigningKey,
}

impl<'a> Keys<'a> {
    fn of(mismatch: &Mismatch, known: &Known<'a>) -> Option<Self> {
        let credentials = known.credentials_of(&mismatch.access_key)?;
        // The time of signing is the second line of the string to sign.
        let time = mismatch.string_to_sign.lines().nth(1)?;
        let scope = Scope {
            time: Timestamp::parse_basic(time).ok()?,
            region: known.expected.region,
            service: known.expected.service,
        };
        let key = SigningKey::derive(credentials.secret_key(), &scope);
        Some(Self {
            credentials,
            scope,
            key,
        })
    }

    /// A search of so many trials for the signature that was sent.
    fn search<'s>(
        &'s self,
        pieces: &'s Pieces,
        mismatch: &'s Mismatch,
        max: usize,
        case: &'s Case<'_>,
    ) -> Search<'s> {
        let (text, signature) = (&mismatch.string_to_sign, &mismatch.signature_provided);
        Search::new(pieces, &self.key, text, signature, (max, &case.effort))
    }
}
