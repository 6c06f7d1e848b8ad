//! File names from callers: what is taken, and what becomes of it in a key.
//!
//! A name is hostile input that a person will read again. So what is a letter in any script stays, and what could act
//! goes: path parts, controls, marks that turn the reading direction, characters and names that Windows forbids in the
//! download folder, and the few that break a URL when somebody pastes a key into one.

use crate::limits::{FILE_NAME_BYTES_MAX, SAFE_NAME_BYTES_MAX};

/// A name as the caller sent it, trimmed: 1 to 1024 bytes without NUL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName(String);

impl FileName {
    /// Takes a name, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.is_empty() {
            return Err("is empty");
        }
        if text.len() > FILE_NAME_BYTES_MAX {
            return Err("is longer than 1024 bytes");
        }
        if text.contains('\0') {
            return Err("contains a NUL character");
        }
        Ok(Self(text.to_owned()))
    }

    /// The name as sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as it may stand in a key, as one path segment of 1 to 200 bytes.
    pub fn safe(&self) -> String {
        let last = self
            .0
            .rsplit(['/', '\\'])
            .find(|part| !is_nothing(part))
            .unwrap_or("");
        let mut name = String::with_capacity(last.len());
        for c in last.chars() {
            match c {
                _ if is_removed(c) => {}
                _ if c.is_whitespace() => {
                    if !name.ends_with(' ') {
                        name.push(' ');
                    }
                }
                '<' | '>' | ':' | '"' | '|' | '?' | '*' | '#' | '%' => name.push('_'),
                _ => name.push(c),
            }
        }
        let name = match trim_ends(&name) {
            "" => "file".to_owned(),
            name if is_reserved(name) => format!("_{name}"),
            name => name.to_owned(),
        };
        trim_ends(&shorten(&name)).to_owned()
    }
}

fn is_nothing(part: &str) -> bool {
    part.chars()
        .all(|c| c == '.' || c.is_whitespace() || is_removed(c))
}

/// A dot at the start hides a file, one at the end is dropped by Windows; `.` and `..` are no names at all.
fn trim_ends(name: &str) -> &str {
    name.trim_matches(['.', ' '])
}

/// Characters without a face: controls, marks of reading direction, invisible spaces, and what XML cannot hold.
///
/// The joiners U+200C and U+200D stay; Persian words and many emoji are written with them.
fn is_removed(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}'))
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}'..='\u{206f}'
            | '\u{202a}'..='\u{202e}' | '\u{feff}' | '\u{fff9}'..='\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

/// Cuts the stem, not the extension, at a character's boundary.
fn shorten(name: &str) -> String {
    if name.len() <= SAFE_NAME_BYTES_MAX {
        return name.to_owned();
    }
    let (stem, extension) = match name.rfind('.') {
        Some(dot) if name.len() - dot <= 17 => name.split_at(dot),
        _ => (name, ""),
    };
    let mut end = SAFE_NAME_BYTES_MAX - extension.len();
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{extension}", &stem[..end])
}

/// Device names that Windows takes for files of any extension ("Naming Files, Paths, and Namespaces").
fn is_reserved(name: &str) -> bool {
    let stem = name
        .split('.')
        .next()
        .unwrap_or(name)
        .trim_end()
        .to_ascii_uppercase();
    if matches!(
        stem.as_str(),
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$"
    ) {
        return true;
    }
    let number = stem
        .strip_prefix("COM")
        .or_else(|| stem.strip_prefix("LPT"));
    number.is_some_and(|n| {
        n.chars().count() == 1 && n.chars().all(|c| c.is_ascii_digit() || "¹²³".contains(c))
    })
}
