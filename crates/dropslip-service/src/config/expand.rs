//! Texts that stand elsewhere: `{ env = "NAME" }` and `{ file = "path" }` in place of any text.
//!
//! This crate knows no environment and no file, so whoever does gives the texts. They are put into the text of the
//! configuration before it is read, which works in every section, those to come among them.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{ConfigError, line_and_column};

/// Where a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elsewhere<'a> {
    /// In the variable of that name.
    Environment(&'a str),
    /// In the file of that path, without the end of its last line.
    File(&'a str),
}

/// Puts the texts in. `read` gives each, or says why not.
pub(super) fn expand(
    text: &str,
    mut read: impl FnMut(Elsewhere<'_>) -> Result<String, String>,
) -> Result<String, ConfigError> {
    let Ok(table) = DeTable::parse(text) else {
        // Not TOML, which is told better when it is read.
        return Ok(text.to_owned());
    };
    let mut found = Vec::new();
    for value in table.get_ref().values() {
        find(text, value, &mut found);
    }
    found.sort_by_key(|(span, _)| span.start);
    let mut expanded = String::with_capacity(text.len());
    let mut at = 0;
    for (span, elsewhere) in found {
        let read = read(elsewhere).map_err(|why| ConfigError {
            kind: super::ConfigErrorKind::Syntax,
            place: line_and_column(text, span.start),
            message: why,
        })?;
        expanded.push_str(&text[at..span.start]);
        push_quoted(&mut expanded, &read);
        at = span.end;
    }
    expanded.push_str(&text[at..]);
    Ok(expanded)
}

type Found<'a> = Vec<(Range<usize>, Elsewhere<'a>)>;

fn find<'a>(text: &str, value: &'a Spanned<DeValue<'_>>, found: &mut Found<'a>) {
    match value.get_ref() {
        DeValue::Table(table) => match elsewhere(table) {
            // One in brackets of its own is a section that has this name.
            Some(elsewhere) if text[value.span()].starts_with('{') => {
                found.push((value.span(), elsewhere));
            }
            _ => table.values().for_each(|value| find(text, value, found)),
        },
        DeValue::Array(values) => values.iter().for_each(|value| find(text, value, found)),
        _ => {}
    }
}

fn elsewhere<'a>(table: &'a DeTable<'_>) -> Option<Elsewhere<'a>> {
    let mut entries = table.iter();
    let (Some((key, value)), None) = (entries.next(), entries.next()) else {
        return None;
    };
    let name = value.get_ref().as_str()?;
    match key.get_ref().as_ref() {
        "env" => Some(Elsewhere::Environment(name)),
        "file" => Some(Elsewhere::File(name)),
        _ => None,
    }
}

/// Writes a text in quotes and in one line, so that the lines behind keep their numbers.
fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            _ if character.is_control() => {
                out.push_str(&format!("\\u{:04X}", u32::from(character)));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}
