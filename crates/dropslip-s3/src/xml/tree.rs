//! A small tree of elements, for documents whose texts must stay as they came.
//!
//! The serde reader trims white space around texts, and a key or a tag may begin or end
//! with some. A tree also names what is wrong with a document before anything is made of
//! it, and is bounded: in bytes by its reader's caller, in depth and elements here.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

use super::XmlError;
use super::write::Document;
use crate::limits::{XML_DEPTH_MAX, XML_ELEMENTS_MAX};

/// An element with what is in it. Attributes are name spaces and types, of no matter here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    /// The name, without a prefix.
    pub(super) name: String,
    /// All texts directly in it, joined.
    text: String,
    pub(super) children: Vec<Self>,
}

impl Element {
    /// Reads a document of a known root.
    pub(super) fn read(root: &str, bytes: &[u8], bytes_max: usize) -> Result<Self, XmlError> {
        if bytes.len() > bytes_max {
            let why = format!("the document is larger than {bytes_max} bytes");
            return Err(XmlError(why));
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|_| XmlError("the document is not UTF-8".to_owned()))?;
        let element = parse(text.trim_start_matches('\u{feff}'))?;
        if element.name != root {
            let why = format!("the document is a `{}`, not a `{root}`", element.name);
            return Err(XmlError(why));
        }
        Ok(element)
    }

    /// An element with a text alone.
    pub(super) fn with_text(name: &str, text: &str) -> Self {
        Self {
            text: text.to_owned(),
            ..named(name)
        }
    }

    /// An element with elements alone.
    pub(super) fn with_children(name: &str, children: Vec<Self>) -> Self {
        Self {
            children,
            ..named(name)
        }
    }

    /// Writes it as it was read, without attributes, and without the white space between elements.
    pub(super) fn write(&self, document: &mut Document) {
        if self.children.is_empty() {
            return document.text(&self.name, &self.text);
        }
        document.element(&self.name, |document| {
            self.children.iter().for_each(|child| child.write(document));
        });
    }

    /// The text of an element that has no elements in it.
    pub(super) fn text(&self) -> Result<&str, XmlError> {
        match self.children.first() {
            None => Ok(&self.text),
            Some(child) => Err(self.unexpected(child)),
        }
    }

    /// The elements of an element that has no text, each of a known name.
    pub(super) fn children(&self, known: &[&str]) -> Result<&[Self], XmlError> {
        if !self.text.trim().is_empty() {
            let why = format!("`{}` has a text where elements belong", self.name);
            return Err(XmlError(why));
        }
        let is_known = |child: &&Self| known.contains(&child.name.as_str());
        match self.children.iter().find(|child| !is_known(child)) {
            None => Ok(&self.children),
            Some(child) => Err(self.unexpected(child)),
        }
    }

    /// The text of the only child of a name, if there is one.
    pub(super) fn one(&self, name: &str) -> Result<Option<&str>, XmlError> {
        let mut named = self.children.iter().filter(|child| child.name == name);
        let first = named.next();
        if named.next().is_some() {
            let why = format!("`{}` has more than one `{name}`", self.name);
            return Err(XmlError(why));
        }
        first.map(Self::text).transpose()
    }

    /// The text of the only child of a name.
    pub(super) fn required(&self, name: &str) -> Result<&str, XmlError> {
        let why = || XmlError(format!("`{}` has no `{name}`", self.name));
        self.one(name)?.ok_or_else(why)
    }

    fn unexpected(&self, child: &Self) -> XmlError {
        XmlError(format!(
            "`{}` has no place for a `{}`",
            self.name, child.name
        ))
    }
}

fn wrong(error: impl std::fmt::Display) -> XmlError {
    XmlError(error.to_string())
}

fn parse(text: &str) -> Result<Element, XmlError> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut elements = 0;
    loop {
        let event = reader.read_event().map_err(wrong)?;
        if matches!(event, Event::Start(_) | Event::Empty(_)) {
            elements += 1;
            if root.is_some() {
                return Err(wrong("there is more than one root element"));
            }
            if elements > XML_ELEMENTS_MAX || open.len() == XML_DEPTH_MAX {
                return Err(wrong(
                    "the document has too many elements, or too deep ones",
                ));
            }
        }
        let done = match event {
            Event::Start(start) => {
                open.push(named(start.local_name().as_ref()));
                None
            }
            Event::Empty(start) => Some(named(start.local_name().as_ref())),
            Event::End(_) => open.pop(),
            Event::Text(text) => add(&mut open, &text.xml10_content())?,
            Event::CData(text) => add(&mut open, &text.xml10_content())?,
            Event::GeneralRef(reference) => add(&mut open, &resolved(&reference)?)?,
            Event::DocType(_) => return Err(wrong("a document type is not taken")),
            Event::Eof => break,
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => None,
        };
        if let Some(done) = done {
            match open.last_mut() {
                Some(parent) => parent.children.push(done),
                None => root = Some(done),
            }
        }
    }
    match (root, open.last()) {
        (Some(root), None) => Ok(root),
        (_, Some(unfinished)) => Err(wrong(format!("`{}` does not end", unfinished.name))),
        (None, None) => Err(wrong("the document is empty")),
    }
}

fn named(name: &str) -> Element {
    Element {
        name: name.to_owned(),
        ..Element::default()
    }
}

/// Adds a text to the element that is open.
fn add(open: &mut [Element], text: &str) -> Result<Option<Element>, XmlError> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(wrong("there is a text outside of the root element")),
    }
    Ok(None)
}

/// What `&lt;` or `&#10;` stand for. There are no others without a document type.
fn resolved(reference: &BytesRef<'_>) -> Result<String, XmlError> {
    if let Some(c) = reference.resolve_char_ref().map_err(wrong)? {
        return Ok(c.to_string());
    }
    let name = reference.xml10_content();
    quick_xml::escape::resolve_predefined_entity(&name)
        .map(str::to_owned)
        .ok_or_else(|| XmlError(format!("`&{};` is not known", name.escape_debug())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Element, XmlError> {
        Element::read("A", text.as_bytes(), 10_000)
    }

    #[test]
    fn texts_stay_as_they_came() {
        let document = "\u{feff}<?xml version=\"1.0\"?><!-- c -->\n<x:A xmlns:x=\"u\"><B> a&amp;b&#x1;&#13;<![CDATA[<c>]]> </B>\n<B/></x:A>\n";
        let root = read(document).unwrap();
        let [first, second] = root.children(&["B"]).unwrap() else {
            panic!("two elements");
        };
        assert_eq!(first.text().unwrap(), " a&b\u{1}\r<c> ");
        assert_eq!(second.text().unwrap(), "");
        assert!(root.one("B").is_err() && root.children(&["C"]).is_err());
        assert_eq!(root.one("C"), Ok(None));
        assert!(root.required("C").is_err() && root.text().is_err());
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let deep = format!("{}{}", "<A>".repeat(33), "</A>".repeat(33));
        for text in [
            "",
            "text",
            "<A>",
            "<A></B>",
            "<B/>",
            "<A/><A/>",
            "<A/>text",
            "<A>&nbsp;</A>",
            "<A>&#0;</A>",
            "<A>&#x110000;</A>",
            "<!DOCTYPE A [<!ENTITY e \"x\">]><A>&e;</A>",
            &deep,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(Element::read("A", b"<A>\xff</A>", 100).is_err());
        assert!(Element::read("A", b"<A></A>", 6).is_err());
        assert!(Element::read("A", b"<A></A>", 7).is_ok());
        let fits = format!("<A>{}</A>", "<B/>".repeat(XML_ELEMENTS_MAX - 1));
        assert!(Element::read("A", fits.as_bytes(), fits.len()).is_ok());
        let many = format!("<A>{}</A>", "<B/>".repeat(XML_ELEMENTS_MAX));
        assert!(Element::read("A", many.as_bytes(), many.len()).is_err());
    }
}
