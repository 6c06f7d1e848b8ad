//! URLs that were damaged as a whole, mended and verified anew.

use super::explanation::{Certainty, Explanation};
use super::{Case, advice, mismatch, refusal, refused, repair};
use crate::refusal::Refusal;
use crate::request::Request;

/// A request that cannot be read as signed, if mending its URL makes it right, or at
/// least readable where `before` says that it was not. One more change is tried where
/// mending alone leaves a mismatch.
pub(super) fn mended(
    request: &Request<'_>,
    case: &Case<'_>,
    before: &Refusal,
) -> Option<Explanation> {
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
                let mut explanation = mismatch::searched(&whole, &mismatch, case);
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
