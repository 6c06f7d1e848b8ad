//! HTML and SVG, found as browsers find them.
//!
//! Both run scripts in the origin that they come from. What stands before the root element is passed over: white space,
//! byte order marks, comments, processing instructions, a document type.

use super::text;

/// What a text is, as markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Markup {
    /// An HTML document.
    Html,
    /// An SVG image.
    Svg,
    /// It began as markup, and its root element is not within the bytes.
    NotSeen,
    /// Something else.
    Other,
}

/// Elements that begin an HTML document and nothing else.
const HTML_ROOTS: [&str; 5] = ["html", "head", "body", "script", "iframe"];

/// The other tags by which browsers know HTML where no type is told
/// ([MIME Sniffing](https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-unknown-mime-type)), and an
/// event handler or two. A text may begin with them too: Markdown does.
const SNIFFED: [&str; 13] = [
    "h1", "div", "font", "table", "a", "style", "title", "b", "br", "p", "img", "object", "embed",
];

/// Finds out.
pub(super) fn of(first: &[u8]) -> Markup {
    let Some(text) = text_of(first) else {
        return Markup::Other;
    };
    match root(&text) {
        Root::Element(name) if is_one_of(name, &HTML_ROOTS) => Markup::Html,
        Root::Element(name) if is_svg(name) => Markup::Svg,
        Root::HtmlDocument => Markup::Html,
        Root::NotSeen => Markup::NotSeen,
        Root::Element(_) | Root::None => Markup::Other,
    }
}

/// What a browser might take bytes of no known type for.
pub(super) fn sniffed(first: &[u8]) -> Option<&'static str> {
    let text = text_of(first)?;
    match root(&text) {
        Root::Element(name) if is_one_of(name, &SNIFFED) => Some("text/html"),
        // Browsers take a comment for HTML.
        Root::NotSeen if text.trim_start().starts_with("<!--") => Some("text/html"),
        _ => None,
    }
}

enum Root<'a> {
    HtmlDocument,
    Element(&'a str),
    NotSeen,
    None,
}

/// Bytes beyond any encoding that begin with a tag are read as far as their ASCII goes: browsers do.
fn text_of(first: &[u8]) -> Option<String> {
    let text = text::decoded(first).filter(|text| !text.starts_with('\0'));
    let text = text::unmarked_utf_16(first).or(text);
    let text = text.unwrap_or_else(|| String::from_utf8_lossy(first).into_owned());
    let start = text.trim_start_matches(is_space_or_mark);
    start.starts_with('<').then(|| start.to_owned())
}

fn root(text: &str) -> Root<'_> {
    let mut rest = text.trim_start_matches(is_space_or_mark);
    loop {
        let after = if let Some(comment) = rest.strip_prefix("<!--") {
            comment.split_once("-->").map(|(_, after)| after)
        } else if let Some(instruction) = rest.strip_prefix("<?") {
            // `<?php` is no markup.
            if starts_with(instruction, "php") {
                return Root::None;
            }
            instruction.split_once('>').map(|(_, after)| after)
        } else if starts_with(rest, "<!doctype") {
            let declared = rest["<!doctype".len()..].trim_start();
            if starts_with(declared, "html") {
                return Root::HtmlDocument;
            }
            after_document_type(declared)
        } else if let Some(tag) = rest.strip_prefix('<') {
            return element(tag);
        } else if rest.is_empty() {
            return Root::NotSeen;
        } else {
            return Root::None;
        };
        let Some(after) = after else {
            return Root::NotSeen;
        };
        rest = after.trim_start_matches(is_space_or_mark);
    }
}

/// A document type may declare entities between brackets, with `>` and quoted texts among them.
fn after_document_type(declared: &str) -> Option<&str> {
    let mut quote = None;
    let mut depth = 0;
    for (at, c) in declared.char_indices() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') => depth -= 1,
            (None, '>') if depth <= 0 => return Some(&declared[at + 1..]),
            (None, _) => {}
        }
    }
    None
}

fn element(tag: &str) -> Root<'_> {
    let is_end = |c: char| c.is_whitespace() || matches!(c, '>' | '/' | '\0');
    match tag.find(is_end) {
        Some(0) => Root::None,
        Some(end) => Root::Element(&tag[..end]),
        // The bytes end within the name, or it is none.
        None if tag.len() < 64 => Root::NotSeen,
        None => Root::None,
    }
}

/// `svg` in any name space prefix; SVG within HTML has no case.
fn is_svg(name: &str) -> bool {
    let local = name.rsplit_once(':').map_or(name, |(_, local)| local);
    local.eq_ignore_ascii_case("svg")
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    let local = name.rsplit_once(':').map_or(name, |(_, local)| local);
    names.iter().any(|known| local.eq_ignore_ascii_case(known))
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len())
        .is_some_and(|begin| begin.eq_ignore_ascii_case(start))
}

fn is_space_or_mark(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}' || c == '\0'
}
