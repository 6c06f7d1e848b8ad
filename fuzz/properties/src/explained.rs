//! Explanations of whatever arrives, and of right requests that were changed.
//!
//! With `:sign: query` or `:sign: header` the request is signed first and then changed by
//! each `:edit: PLACE LENGTH TEXT`: so many bytes at that place become that text.

use dropslip_s3::xml::{explained_error, read_error};
use dropslip_sigv4::limits::{EXPLAIN_LENGTHS_MAX, EXPLAIN_SUSPECTS_MAX, EXPLAIN_TRIALS_MAX};
use dropslip_sigv4::{
    Cause, Certainty, Explanation, Known, Payload, Refusal, Signer, Timestamp, explain, notices,
    verify,
};

use crate::forge;
use crate::keys::{ACCESS_KEY, OTHER_ACCESS_KEY, OTHER_SECRET, SECRET, credentials, hides};
use crate::sent::Sent;
use crate::signed::Place;

/// Explains an input.
pub(crate) fn explain_any(input: &[u8]) {
    let mut sent = Sent::parse(input);
    if let Some(way) = sent.note("sign") {
        let Some(signed) = signed(&sent, way) else {
            return;
        };
        sent = edited(&signed);
    }
    let keys = match sent.note("keys") {
        Some("none") => Vec::new(),
        _ => vec![
            credentials(ACCESS_KEY, SECRET, sent.note("token")),
            credentials(OTHER_ACCESS_KEY, OTHER_SECRET, None),
        ],
    };
    let place = Place::of(&sent);
    let hosts: Vec<&str> = sent.all_notes("host").take(4).collect();
    let storage: Vec<&str> = sent.all_notes("storage").collect();
    let storage = (!storage.is_empty()).then(|| storage.join("\n"));
    let known = Known {
        expected: place.expected(),
        credentials: &keys,
        key_has_verified: sent.note("verified").is_some(),
        hosts: &hosts,
        canonical_request: storage.as_deref().map(str::as_bytes),
    };
    let explanation = sent.with(|request| explain(request, &known));
    // Not each time: explaining is the slow part of this target.
    if input.len().is_multiple_of(16) {
        let again = sent.with(|request| explain(request, &known));
        assert_eq!(explanation, again, "the same is explained in one way");
    }
    sent.with(notices);

    let lookup = |name: &str| keys.iter().find(|keys| keys.access_key() == name);
    let refusal = sent
        .with(|request| verify(request, &known.expected, lookup))
        .err();
    let Some(explanation) = explanation else {
        let is_open = keys.is_empty() || refusal.is_none();
        return assert!(is_open, "{refusal:?} is not explained: {sent:?}");
    };
    if refusal.is_none() {
        assert!(
            storage.is_some(),
            "what is right is explained: {explanation}"
        );
    }
    check_bounds(&explanation);
    check_secrets(&explanation, refusal.as_ref(), input);
    if let (Some(refusal), None) = (&refusal, &storage) {
        check_proof(&explanation, refusal, &sent);
    }
}

/// Signs the request as its notes say, with the notes kept.
fn signed(sent: &Sent, way: &str) -> Option<Sent> {
    let place = Place::of(sent);
    let expected = place.expected();
    let keys = credentials(ACCESS_KEY, SECRET, sent.note("token"));
    let signer = Signer::new(keys, expected.region, expected.service);
    let at = Timestamp::from_unix_s(expected.now.unix_s() - 1);
    let mut signed = sent.clone();
    if way == "header" {
        let added = sent
            .with(|request| signer.sign(request, &Payload::Unsigned, at))
            .ok()?;
        for (name, value) in added.headers {
            signed.headers.push((name.to_owned(), value.into_bytes()));
        }
    } else {
        signed.query = sent
            .with(|request| signer.presign(request, 300, at))
            .ok()?
            .query;
    }
    // What was signed is looked at in its own time, whatever a change makes of it.
    signed
        .notes
        .push(("now".to_owned(), expected.now.to_string()));
    Some(signed)
}

fn edited(sent: &Sent) -> Sent {
    let mut text = sent.to_text();
    for edit in sent.all_notes("edit").take(3) {
        let mut words = edit.splitn(3, ' ');
        let mut number = || words.next().and_then(|word| word.parse::<usize>().ok());
        let (Some(at), Some(length)) = (number(), number()) else {
            continue;
        };
        let new = words.next().unwrap_or_default();
        let at = at % (text.len() + 1);
        let end = at.saturating_add(length).min(text.len());
        text.splice(at..end, new.bytes());
    }
    Sent {
        notes: sent.notes.clone(),
        ..Sent::parse(&text)
    }
}

fn check_bounds(explanation: &Explanation) {
    // The request, what the storage has read, and each way to mend the URL.
    let most = 10 * (EXPLAIN_TRIALS_MAX + EXPLAIN_LENGTHS_MAX);
    assert!(explanation.tried <= most, "{} trials", explanation.tried);
    if explanation.certainty == Certainty::Unknown {
        let most = 2 * EXPLAIN_SUSPECTS_MAX + 4;
        assert!(explanation.findings.len() <= most, "{explanation}");
    }
    if explanation.certainty != Certainty::Unknown {
        assert!(!explanation.findings.is_empty(), "sure of nothing");
    }
    for finding in &explanation.findings {
        // `?=1` is a parameter without a name.
        let is_query = matches!(
            finding.cause,
            Cause::QueryAdded | Cause::QueryChanged | Cause::QueryMissing
        );
        assert!(!finding.message.is_empty() && (is_query || !finding.part.is_empty()));
        assert!(!finding.fix_for_sender.is_empty() && !finding.fix_for_signer.is_empty());
    }
    let document = explained_error("SignatureDoesNotMatch", "m", &[], Some(explanation));
    assert!(document.len() < 1024 * 1024, "{} bytes", document.len());
    let is_plain = |char: char| !char.is_control() || matches!(char, '\n' | '\t');
    // What S3 writes as `&#x1;` is no XML, see `dropslip_s3::xml`.
    if document.len() <= dropslip_s3::limits::XML_BYTES_MAX
        && document.chars().all(is_plain)
        && !document.contains("&#x")
        && !document.contains(['\u{fffe}', '\u{ffff}'])
    {
        let read = read_error(document.as_bytes());
        let read = read.unwrap_or_else(|error| panic!("{error}: {document}"));
        assert_eq!(read.code, "SignatureDoesNotMatch");
    }
}

/// Neither a secret nor the signature that would be right is in anything.
fn check_secrets(explanation: &Explanation, refusal: Option<&Refusal>, input: &[u8]) {
    let shown = format!("{explanation}\n{explanation:?}");
    let document = explained_error("SignatureDoesNotMatch", "", &[], Some(explanation));
    for secret in [SECRET, OTHER_SECRET] {
        hides(&shown, secret, input);
        hides(&document, secret, input);
    }
    if let Some(Refusal::Mismatch(mismatch)) = refusal
        && let Some(right) = forge::v4_of(SECRET, &mismatch.string_to_sign)
        && right != mismatch.signature_provided
    {
        hides(&shown, &right, input);
        hides(&document, &right, input);
    }
}

/// A change that is certain reproduces the signature, computed by other hands.
fn check_proof(explanation: &Explanation, refusal: &Refusal, sent: &Sent) {
    let (Refusal::Mismatch(mismatch), Certainty::Certain) = (refusal, explanation.certainty) else {
        return;
    };
    // Mending a URL changes what the signature is, and these change the secret.
    let is_other = |cause| {
        matches!(
            cause,
            Cause::HtmlEscaped
                | Cause::UrlWrapped
                | Cause::UrlTruncated
                | Cause::Secret
                | Cause::SecretWhitespace
                | Cause::OtherKey
                | Cause::Region
                | Cause::Service
        )
    };
    if explanation
        .findings
        .iter()
        .any(|finding| is_other(finding.cause))
    {
        return;
    }
    let canonical = explanation.canonical_request_signed.as_ref();
    let canonical = canonical.unwrap_or_else(|| panic!("certain without proof: {explanation}"));
    let end = mismatch.string_to_sign.rfind('\n').map_or(0, |end| end + 1);
    let hash = forge::sha256_hex(canonical);
    let string_to_sign = format!("{}{hash}", &mismatch.string_to_sign[..end]);
    let secret = match mismatch.access_key.as_str() {
        OTHER_ACCESS_KEY => OTHER_SECRET,
        _ => SECRET,
    };
    let right = forge::v4_of(secret, &string_to_sign).expect("the scope is there");
    assert_eq!(
        right, mismatch.signature_provided,
        "no proof: {explanation} for {sent:?}"
    );
    assert!(
        explanation.difference.is_some(),
        "certain without a difference"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The way to a signed and changed request is one, or the target looks at nothing.
    #[test]
    fn a_change_is_explained() {
        let text = b"PUT /uploads/a.png\nhost: storage.test\ncontent-type: image/png\n:sign: query\n:edit: 4 8 /UPLOADS";
        let sent = Sent::parse(text);
        let signed = signed(&sent, "query").expect("the request can be signed");
        assert!(signed.query.contains("X-Amz-Signature="));
        let edited = edited(&signed);
        assert_eq!(edited.path, "/UPLOADS/a.png");
        assert_eq!(edited.query, signed.query);
        explain_any(text);
    }
}
