//! Writes elements with S3's declaration, name space and escapes.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// S3's name space.
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// A document in the making. Writing to memory cannot fail.
pub(super) struct Document(Writer<Vec<u8>>);

impl Document {
    /// Begins a document with a root element in S3's name space.
    pub(super) fn new(root: &str) -> Self {
        let mut document = Self::declared();
        document.write(Event::Start(
            BytesStart::new(root).with_attributes([("xmlns", NAMESPACE)]),
        ));
        document
    }

    /// Begins a document whose root has no name space, as S3's errors have none.
    pub(super) fn bare(root: &str) -> Self {
        let mut document = Self::declared();
        document.write(Event::Start(BytesStart::new(root)));
        document
    }

    fn declared() -> Self {
        let mut document = Self(Writer::new(Vec::with_capacity(1024)));
        document.write(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        document.0.get_mut().push(b'\n');
        document
    }

    /// Writes `<name>text</name>`.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.element(name, |document| document.plain(text));
    }

    /// Writes text into the element that is open.
    pub(super) fn plain(&mut self, text: &str) {
        self.write(Event::Text(BytesText::from_escaped(escape(text))));
    }

    /// Writes `<name>text</name>` if there is a text.
    pub(super) fn text_if(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// Writes `<name>…</name>` around what `inner` writes.
    pub(super) fn element(&mut self, name: &str, inner: impl FnOnce(&mut Self)) {
        self.write(Event::Start(BytesStart::new(name)));
        inner(self);
        self.write(Event::End(BytesEnd::new(name)));
    }

    /// The same with attributes.
    pub(super) fn element_with(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        inner: impl FnOnce(&mut Self),
    ) {
        let start = BytesStart::new(name).with_attributes(attributes.iter().copied());
        self.write(Event::Start(start));
        inner(self);
        self.write(Event::End(BytesEnd::new(name)));
    }

    /// Ends the root and gives the text.
    pub(super) fn finish(mut self, root: &str) -> String {
        self.write(Event::End(BytesEnd::new(root)));
        String::from_utf8(self.0.into_inner()).expect("only UTF-8 was written")
    }

    fn write(&mut self, event: Event<'_>) {
        self.0
            .write_event(event)
            .expect("writing to memory cannot fail");
    }
}

/// Escapes markup, and control characters as S3 does: `&#x1;` is not well-formed
/// XML 1.0, yet the only way to tell such a key, and what S3's clients read.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(c),
            '\0'..' ' | '\u{7f}' | '\u{fffe}' | '\u{ffff}' => {
                escaped.push_str(&format!("&#x{:x};", u32::from(c)))
            }
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        let mut document = Document::bare("A");
        document.text("K", "<a>&\"\u{1}\r\né");
        assert_eq!(
            document.finish("A"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<A><K>&lt;a&gt;&amp;&quot;&#x1;&#xd;\né</K></A>"
        );
    }
}
