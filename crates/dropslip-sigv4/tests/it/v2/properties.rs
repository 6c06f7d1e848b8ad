//! What version 2 covers cannot be changed, and nothing from outside panics.

use dropslip_sigv4::{Timestamp, verify_post_v2};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::{NOW, keys, link, verify};
use crate::support::Sent;

fn holds(sent: &Sent, now: Timestamp) -> bool {
    verify(sent, &keys(), None, now).is_ok()
}

prop_compose! {
    /// A link with sub-resources, headers in the query and headers beside it.
    fn links()(
        key in "[!-\"$->@-~]{1,20}",
        version in "[!-%'-~]{1,12}",
        acl in "[a-z-]{1,12}",
        kind in "[!-~]{0,12}",
        meta in "[!-~]{1,12}",
    ) -> Sent {
        let text = format!(
            "PUT\n\n{kind}\n1175139920\nx-amz-acl:{acl}\nx-amz-meta-a:{meta}\n/b/{key}?acl&versionId={version}"
        );
        link(&format!("/b/{key}?versionId={version}&x-amz-acl={acl}&acl"), &text)
            .header("Content-Type", kind)
            .header("X-Amz-Meta-A", meta)
    }
}

fn change(text: &mut String, at: Index, by: char) -> bool {
    let at = at.index(text.len());
    let changed = !text[at..].starts_with(by);
    text.replace_range(at..=at, by.encode_utf8(&mut [0; 4]));
    changed
}

fn visible() -> impl Strategy<Value = char> {
    proptest::char::range('!', '~')
}

proptest! {
    #[test]
    fn what_is_signed_verifies(sent in links()) {
        prop_assert!(holds(&sent, NOW));
        prop_assert!(!holds(&sent, NOW.plus_s(301)));
    }

    #[test]
    fn another_method_or_path_is_refused(sent in links(), at in any::<Index>(), by in visible()) {
        let mut method = sent.clone();
        let changed = change(&mut method.method, at, by);
        prop_assert_eq!(holds(&method, NOW), !changed);
        let mut path = sent;
        let changed = change(&mut path.path, at, by);
        prop_assert_eq!(holds(&path, NOW), !changed);
    }

    #[test]
    fn another_header_is_refused(sent in links(), at in any::<Index>(), by in visible()) {
        for name in ["content-type", "x-amz-meta-a"] {
            let mut sent = sent.clone();
            let (_, value) = sent.headers.iter_mut().find(|(n, _)| n.eq_ignore_ascii_case(name)).unwrap();
            let mut text = String::from_utf8(value.clone()).unwrap();
            let changed = !text.is_empty() && change(&mut text, at, by);
            *value = text.into_bytes();
            prop_assert_eq!(holds(&sent, NOW), !changed);
        }
    }

    /// Each byte of the query is covered, but for the case of an escape's digits in the
    /// signature and of the names of headers (which no upper-case letter is put into here).
    #[test]
    fn another_query_is_refused(sent in links(), at in any::<Index>(), by in "[!-%'-*,-@\\[-~]") {
        let mut other = sent.clone();
        let changed = change(&mut other.query, at, by.chars().next().unwrap());
        let (covered, _) = sent.query.split_once("Signature=").unwrap();
        let same = other.query.starts_with(covered) && other.query.eq_ignore_ascii_case(&sent.query);
        prop_assert!(!changed || same || !holds(&other, NOW));
    }

    #[test]
    fn any_request_is_answered(
        method in ".{0,8}", path in ".{0,40}", seconds in any::<i64>(),
        query in vec("(AWSAccessKeyId|Expires|Signature|x-amz-.|acl|response-expires|.{0,3})?=?.{0,20}", 0..8),
        headers in vec(("(authorization|host|date|x-amz-date|content-type|x-amz-.|.{0,4})", vec(any::<u8>(), 0..40)), 0..6),
        authorization in "(AWS )?.{0,20}:[A-Za-z0-9+/=]{0,30}",
        date in "[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} .{4} [0-9:]{8} .{0,5}",
    ) {
        let now = Timestamp::from_unix_s(seconds);
        let mut sent = Sent { method, path, query: query.join("&"), headers, body: Vec::new() };
        prop_assert!(!holds(&sent, now));
        sent.query.clear();
        sent = sent.header("Authorization", authorization).header("x-amz-date", date);
        prop_assert!(!holds(&sent, now));
    }

    #[test]
    fn any_form_is_answered(fields in vec(("(AWSAccessKeyId|policy|signature|x-amz-.{0,20}|.{0,4})", vec(any::<u8>(), 0..40)), 0..8)) {
        let keys = keys();
        let fields: Vec<(&str, &[u8])> = fields.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
        prop_assert!(verify_post_v2(&fields, NOW, |_: &str| Some(&keys)).is_err());
    }
}
