//! Verification of first bytes: do they look like the type that was declared? Pure.
//!
//! The rule, in this order:
//!
//! 1. A document that browsers run (HTML, SVG) is taken as what it is and as nothing else.
//! 2. A type with bytes of its own (`families`, then the table of `infer`) must begin with them.
//! 3. A type that is text must look like text.
//! 4. A type that is not known is believed, unless the bytes are clearly something that is run: a program, a script,
//!    HTML or SVG.
//!
//! It says what a file pretends to be, and not that the file is whole or harmless: whoever decodes it is careful still.

mod families;
mod markup;
mod text;

use std::fmt;

use families::FAMILIES;
use markup::Markup;

use crate::media_type::{MediaType, OCTET_STREAM};

/// What the bytes look like that do not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// They are those of another type.
    Type(&'static str),
    /// They are not those of the declared type, nor of any that is known.
    Unknown,
    /// There are none.
    Nothing,
    /// The root of the document is further behind.
    RootNotSeen,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(found) => write!(f, "the file begins as {found}"),
            Self::Unknown => f.write_str("the file does not begin as such files do"),
            Self::Nothing => f.write_str("the file is empty"),
            Self::RootNotSeen => f.write_str("the file has too much before its root element"),
        }
    }
}

/// Holds the first bytes of a file, or all of them if it is short, against its declared type.
pub(crate) fn check(declared: &MediaType, first: &[u8]) -> Result<(), Mismatch> {
    verdict(first, declared.essence()).map_err(|mismatch| match mismatch {
        // What `infer` takes by fewer bytes than the table wants.
        Mismatch::Type(found) if found == declared.essence() => Mismatch::Unknown,
        mismatch => mismatch,
    })
}

fn verdict(first: &[u8], essence: &str) -> Result<(), Mismatch> {
    let markup = markup::of(first);
    match markup {
        Markup::Html if !is_html(essence) => return Err(Mismatch::Type("text/html")),
        Markup::Svg if essence != SVG => return Err(Mismatch::Type(SVG)),
        _ => {}
    }
    let family = FAMILIES.iter().find(|family| family.has(essence));
    match essence {
        SVG if markup == Markup::Svg => Ok(()),
        SVG if markup == Markup::NotSeen => Err(Mismatch::RootNotSeen),
        SVG => Err(other(first)),
        // A fragment of HTML begins with any tag, or with none.
        _ if is_html(essence) => text::check(first).map_err(|()| other(first)),
        _ if family.is_some_and(|family| (family.fits)(first)) => Ok(()),
        _ if family.is_some() => Err(other(first)),
        // The root could be one that browsers run.
        _ if is_xml(essence) && markup == Markup::NotSeen => Err(Mismatch::RootNotSeen),
        _ if is_json(essence) => text::check_json(first).map_err(|()| other(first)),
        _ if is_text(essence) => text::check(first).map_err(|()| other(first)),
        _ if infer::is_mime_supported(essence) && essence != OCTET_STREAM => {
            let fits = infer::is_mime(first, essence);
            fits.then_some(()).ok_or_else(|| other(first))
        }
        _ => match families::run(first).or_else(|| markup::sniffed(first)) {
            Some(found) => Err(Mismatch::Type(found)),
            None => Ok(()),
        },
    }
}

const SVG: &str = "image/svg+xml";

/// What bytes that do not fit look like.
fn other(first: &[u8]) -> Mismatch {
    if first.is_empty() {
        return Mismatch::Nothing;
    }
    let by_family = FAMILIES.iter().find(|family| (family.fits)(first));
    families::run(first)
        .or_else(|| text::check(first).is_ok().then_some("text/plain"))
        .or_else(|| by_family?.types.first().copied())
        .or_else(|| infer::get(first).map(|found| found.mime_type()))
        .map_or(Mismatch::Unknown, Mismatch::Type)
}

fn is_html(essence: &str) -> bool {
    matches!(essence, "text/html" | "application/xhtml+xml")
}

fn is_xml(essence: &str) -> bool {
    matches!(essence, "text/xml" | "application/xml") || essence.ends_with("+xml")
}

fn is_json(essence: &str) -> bool {
    essence == "application/json" || essence.ends_with("+json")
}

/// Types of text that are not `text/…`.
const TEXTS: &[&str] = &[
    "application/csv",
    "application/ecmascript",
    "application/geo+json-seq",
    "application/graphql",
    "application/javascript",
    "application/json5",
    "application/jsonl",
    "application/jsonlines",
    "application/mbox",
    "application/ndjson",
    "application/node",
    "application/pgp-keys",
    "application/pgp-signature",
    "application/sql",
    "application/toml",
    "application/typescript",
    "application/x-csh",
    "application/x-csv",
    "application/x-httpd-php",
    "application/x-javascript",
    "application/x-json",
    "application/x-jsonlines",
    "application/x-ndjson",
    "application/x-perl",
    "application/x-python",
    "application/x-python-code",
    "application/x-sh",
    "application/x-shellscript",
    "application/x-sql",
    "application/x-subrip",
    "application/x-tex",
    "application/x-x509-ca-cert+pem",
    "application/x-yaml",
    "application/yaml",
    "message/rfc822",
    "model/gltf+json",
    "model/step",
];

fn is_text(essence: &str) -> bool {
    essence.starts_with("text/") || is_xml(essence) || TEXTS.contains(&essence)
}

#[cfg(test)]
mod tests;
