//! Where a browser is sent after its upload.

use url::Url;

use crate::name::{BucketName, ObjectKey};

/// The address of `success_action_redirect` with `bucket`, `key` and `etag` behind its own
/// query. `None` for what is no address of a page, which S3 passes over.
#[must_use]
pub fn redirect(address: &str, bucket: &BucketName, key: &ObjectKey, etag: &str) -> Option<String> {
    let mut url = Url::parse(address).ok()?;
    // `javascript:` and `data:` have none.
    if !url.has_host() {
        return None;
    }
    url.query_pairs_mut()
        .append_pair("bucket", bucket.as_str())
        .append_pair("key", key.as_str())
        .append_pair("etag", etag);
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, expect: Option<&str>) {
        let bucket = BucketName::parse("uploads").expect("it is one");
        let key = ObjectKey::parse("a b/é&c").expect("it is one");
        let got = redirect(address, &bucket, &key, "\"0123\"");
        assert_eq!(got.as_deref(), expect, "{address}");
    }

    #[test]
    fn addresses_of_pages() {
        const TOLD: &str = "bucket=uploads&key=a+b%2F%C3%A9%26c&etag=%220123%22";
        for (address, behind, end) in [
            ("http://localhost:3000/done", "?", ""),
            ("https://app.example/done?id=7", "&", ""),
            ("app://photos/done", "?", ""),
        ] {
            check(address, Some(&format!("{address}{behind}{TOLD}{end}")));
        }
        let expect = format!("https://app.example/?{TOLD}#/done");
        check("https://app.example/#/done", Some(&expect));
    }

    #[test]
    fn what_is_none() {
        for address in [
            "",
            "/done",
            "app.example/done",
            "http://",
            "http://[",
            "javascript:alert(1)",
            "data:text/html,<script>",
            "mailto:a@app.example",
        ] {
            check(address, None);
        }
    }

    #[test]
    fn an_address_stays_in_its_line() {
        let bucket = BucketName::parse("uploads").expect("it is one");
        let key = ObjectKey::parse("a\r\nSet-Cookie: b").expect("it is one");
        let address = "http://a.example/\r\nSet-Cookie: b=c";
        let got = redirect(address, &bucket, &key, "\"0123\"").expect("it is one");
        assert!(!got.contains(['\r', '\n', ' ']), "{got}");
    }
}
