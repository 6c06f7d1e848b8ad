//! The document that answers a form which asked for status 201.

use super::write::Document;

/// Writes `PostResponse`: where the object is, its bucket and key, and its ETag in quotes.
#[must_use]
pub fn post_response(location: &str, bucket: &str, key: &str, etag: &str) -> String {
    let mut document = Document::bare("PostResponse");
    document.text("Location", location);
    document.text("Bucket", bucket);
    document.text("Key", key);
    document.text("ETag", etag);
    document.finish("PostResponse")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_object_is_told() {
        assert_eq!(
            post_response("http://h/b/a%26b", "b", "a&b\u{1}", "\"0123\""),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse>\
             <Location>http://h/b/a%26b</Location><Bucket>b</Bucket><Key>a&amp;b&#x1;</Key>\
             <ETag>&quot;0123&quot;</ETag></PostResponse>"
        );
    }
}
