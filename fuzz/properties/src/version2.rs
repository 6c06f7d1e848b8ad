//! Requests and forms of version 2.

use dropslip_sigv4::{ExpectedV2, Refusal, Verified, Version, is_signed, verify, verify_v2};

use crate::forge;
use crate::keys::{self, SECRET, hides};
use crate::sent::Sent;
use crate::signed::Place;

const CHANGES_MAX: usize = 12;

/// An input that is signed with version 2 in the header or in the query.
pub(crate) fn any(input: &[u8]) {
    let sent = Sent::parse(input);
    let refusal = match verified(&sent, SECRET) {
        Ok(verified) => return accepted(&sent, &verified),
        Err(refusal) => refusal,
    };
    for shown in [refusal.to_string(), format!("{refusal:?}")] {
        hides(&shown, SECRET, input);
    }
    let Refusal::Mismatch(mismatch) = refusal else {
        return;
    };
    // What is not UTF-8 was replaced in the text that is shown.
    if mismatch.string_to_sign.contains('\u{fffd}') {
        return;
    }
    let right = forge::v2(SECRET, &mismatch.string_to_sign);
    let Some(forged) = with_signature(&sent, &right) else {
        return;
    };
    match verified(&forged, SECRET) {
        Ok(verified) => accepted(&forged, &verified),
        Err(refusal) => panic!("{refusal} for {forged:?}"),
    }
}

fn verified(sent: &Sent, secret: &str) -> Result<Verified, Refusal> {
    let expected = ExpectedV2 {
        bucket: sent.note("bucket"),
        now: sent.now(),
    };
    let lookup = |name: &str| Some(keys::credentials(name, secret, sent.note("token")));
    sent.with(|request| verify_v2(request, &expected, lookup))
}

fn with_signature(sent: &Sent, new: &str) -> Option<Sent> {
    let mut forged = sent.clone();
    for (name, value) in &mut forged.headers {
        if name.eq_ignore_ascii_case("authorization") {
            let text = String::from_utf8(value.clone()).ok()?;
            let at = text.rfind(':')?;
            *value = format!("{}:{new}", &text[..at]).into_bytes();
            return Some(forged);
        }
    }
    let parts = sent.query.split('&').filter(|part| !part.is_empty());
    let mut parts: Vec<&str> = parts.collect();
    let all = sent.parameters();
    let at = all.iter().position(|(name, _)| name == b"Signature")?;
    let encoded = new
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    let signature = format!("Signature={encoded}");
    parts[at] = &signature;
    forged.query = parts.join("&");
    Some(forged)
}

fn accepted(sent: &Sent, first: &Verified) {
    assert_eq!(first.version(), Version::V2);
    assert!(sent.with(is_signed));
    assert!(verified(sent, SECRET).is_ok());
    let stranger = verified(sent, "another");
    assert!(
        matches!(stranger, Err(Refusal::Mismatch(_))),
        "{stranger:?}"
    );
    // Nobody takes it who did not ask for it.
    let place = Place::of(sent);
    let lookup = |name: &str| Some(keys::credentials(name, SECRET, sent.note("token")));
    let of_v4 = sent.with(|request| verify(request, &place.expected(), lookup));
    assert!(of_v4.is_err(), "version 2 passes for version 4: {sent:?}");

    let meant = meaning(sent, first);
    let step = (sent.len() / CHANGES_MAX).max(1);
    for (count, at) in (sent.path.len() % step..sent.len())
        .step_by(step)
        .enumerate()
    {
        let change = [1, 0x20, 2, 0x10, 4, 8][count % 6];
        let Some(changed) = sent.with_byte(at, change) else {
            continue;
        };
        if let Ok(second) = verified(&changed, SECRET) {
            // Any access key has the secret here, and the header does not cover it.
            if second.access_key() == first.access_key() {
                let means = meaning(&changed, &second);
                assert_eq!(means, meant, "{sent:?} and {changed:?} have one signature");
            }
        }
    }
}

/// What version 2 covers: method, path, three headers, and those of S3's own.
fn meaning(sent: &Sent, verified: &Verified) -> Vec<(String, Vec<u8>)> {
    let mut meaning = vec![
        ("method".to_owned(), sent.method.clone().into_bytes()),
        ("path".to_owned(), sent.path.clone().into_bytes()),
        (
            "payload".to_owned(),
            format!("{:?}", verified.payload()).into_bytes(),
        ),
    ];
    for name in ["content-md5", "content-type"] {
        meaning.push((name.to_owned(), sent.header(name)));
    }
    for (name, _) in &sent.headers {
        let name = name.to_ascii_lowercase();
        let is_left_out = name == "x-amz-date" && verified.presigned();
        if name.starts_with("x-amz-") && !is_left_out {
            meaning.push((name.clone(), sent.header(&name)));
        }
    }
    if verified.presigned() {
        for (name, value) in sent.parameters() {
            let lower = String::from_utf8_lossy(&name).to_ascii_lowercase();
            if name == b"Expires" {
                meaning.push((lower, value));
            } else if lower.starts_with("x-amz-") && lower != "x-amz-date" {
                meaning.push((lower, crate::sent::folded(&value)));
            }
        }
    }
    for (name, value) in sent.parameters() {
        if [
            "acl",
            "uploads",
            "uploadId",
            "partNumber",
            "delete",
            "cors",
            "policy",
            "tagging",
        ]
        .iter()
        .any(|known| known.as_bytes() == name)
        {
            meaning.push((String::from_utf8_lossy(&name).into_owned(), value));
        }
    }
    meaning.sort();
    meaning.dedup();
    meaning
}
