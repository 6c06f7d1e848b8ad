//! Key templates: how a preset makes keys, such as `photos/{date}/{uuid}.{ext}`, and knows its own again.
//!
//! The caller never picks a key. Each template contains `{uuid}`, so no upload can overwrite another one, and its
//! longest key is known at start, so filling it in cannot fail for want of room. The uuid is the upload's identity:
//! whoever finds a stored object learns from its key alone which upload it is, and when it was issued.

mod matching;

use std::collections::BTreeMap;
use std::fmt;

use uuid::Uuid;

use crate::limits::{EXTENSION_BYTES_MAX, KEY_BYTES_MAX, KEY_PART_BYTES_MAX, SAFE_NAME_BYTES_MAX};

pub use matching::Captured;

/// A checked template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyTemplate {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Variable(Variable),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Variable {
    Uuid,
    Date,
    Ext,
    Name,
    Subject,
    /// What the authorization says by this name, such as a claim.
    Said(String),
}

/// What is filled in.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// Version 7, so keys of one folder sort by time.
    pub uuid: Uuid,
    /// The day as `20130524`, in UTC.
    pub date_stamp: &'a str,
    /// The extension of the content type.
    pub ext: &'a str,
    /// The file name made safe.
    pub name: &'a str,
    /// Who uploads, if that is known.
    pub subject: Option<&'a str>,
    /// What else the authorization says, by name.
    pub said: &'a BTreeMap<String, String>,
}

impl Variable {
    const KNOWN: [(&'static str, Self); 5] = [
        ("uuid", Self::Uuid),
        ("date", Self::Date),
        ("ext", Self::Ext),
        ("name", Self::Name),
        ("subject", Self::Subject),
    ];

    /// `said` are the names that the authorization gives.
    fn named(name: &str, said: &[String]) -> Option<Self> {
        let known = Self::KNOWN.iter().find(|(known, _)| *known == name);
        let said = || said.iter().any(|said| said == name);
        known
            .map(|(_, variable)| variable.clone())
            .or_else(|| said().then(|| Self::Said(name.to_owned())))
    }

    const fn bytes_max(&self) -> usize {
        match self {
            Self::Uuid => 36,
            Self::Date => "YYYY/MM/DD".len(),
            Self::Ext => EXTENSION_BYTES_MAX,
            Self::Name => SAFE_NAME_BYTES_MAX,
            Self::Subject | Self::Said(_) => KEY_PART_BYTES_MAX,
        }
    }
}

impl KeyTemplate {
    /// Reads a template, or says what is wrong with it. `said` are the names of what the authorization gives besides.
    pub fn parse(text: &str, said: &[String]) -> Result<Self, String> {
        let parts = parts(text, said)?;
        if !parts.contains(&Part::Variable(Variable::Uuid)) {
            return Err(
                "must contain `{uuid}`, so that no upload can overwrite another".to_owned(),
            );
        }
        if text.starts_with('/') || text.ends_with('/') || text.contains("//") {
            return Err("must not begin or end with `/` or contain `//`".to_owned());
        }
        // Browsers resolve these in a URL's path, and the signature would no longer fit.
        if text
            .split('/')
            .any(|segment| segment == "." || segment == "..")
        {
            return Err("must not contain the path segments `.` or `..`".to_owned());
        }
        let bytes_max: usize = parts
            .iter()
            .map(|part| match part {
                Part::Literal(literal) => literal.len(),
                Part::Variable(variable) => variable.bytes_max(),
            })
            .sum();
        if bytes_max > KEY_BYTES_MAX {
            return Err(format!(
                "can give a key of {bytes_max} bytes, and S3 takes {KEY_BYTES_MAX}"
            ));
        }
        Ok(Self {
            text: text.to_owned(),
            parts,
        })
    }

    /// Makes a key. It is at most 1024 bytes long, has no empty, `.` or `..` segment and no control characters.
    ///
    /// # Errors
    /// The name of a variable, `subject` or one of the authorization's, that this caller has no value for.
    pub fn fill(&self, values: &Values<'_>) -> Result<String, &str> {
        let mut key = String::with_capacity(self.text.len() + 64);
        for part in &self.parts {
            match part {
                Part::Literal(literal) => key.push_str(literal),
                Part::Variable(Variable::Uuid) => {
                    let mut buffer = Uuid::encode_buffer();
                    key.push_str(values.uuid.hyphenated().encode_lower(&mut buffer));
                }
                Part::Variable(Variable::Ext) => key.push_str(values.ext),
                Part::Variable(Variable::Name) => key.push_str(values.name),
                Part::Variable(Variable::Date) => {
                    let (year, day) = values.date_stamp.split_at(4);
                    let (month, day) = day.split_at(2);
                    key.extend([year, "/", month, "/", day]);
                }
                Part::Variable(Variable::Subject) => {
                    let subject = values.subject.ok_or("subject")?;
                    key.push_str(&safe_part(subject).ok_or("subject")?);
                }
                Part::Variable(Variable::Said(name)) => {
                    let said = values.said.get(name).ok_or(name.as_str())?;
                    key.push_str(&safe_part(said).ok_or(name.as_str())?);
                }
            }
        }
        Ok(key)
    }

    /// Whether its keys contain the file's name.
    pub fn has_name(&self) -> bool {
        self.parts.contains(&Part::Variable(Variable::Name))
    }

    /// The text before the first variable: where all of its keys are.
    pub fn prefix(&self) -> &str {
        match self.parts.first() {
            Some(Part::Literal(literal)) => literal,
            _ => "",
        }
    }
}

impl fmt::Display for KeyTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A value as it may stand in a key: letters, digits and `-_.@` of ASCII as they are, anything else as `~` and the hex
/// of its bytes. No two values give the same text, else one user could take another one's folder. `None` for what is
/// empty or too long.
pub(crate) fn safe_part(value: &str) -> Option<String> {
    let mut safe = String::with_capacity(value.len());
    for (at, byte) in value.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric() || b"-_@".contains(&byte);
        // A dot at the begin would hide a folder, or be `.` or `..`.
        if plain || (byte == b'.' && at > 0) {
            safe.push(char::from(byte));
        } else {
            safe.push_str(&format!("~{byte:02x}"));
        }
    }
    (1..=KEY_PART_BYTES_MAX)
        .contains(&safe.len())
        .then_some(safe)
}

fn parts(text: &str, said: &[String]) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        literal(&mut parts, &rest[..at])?;
        if rest[at..].starts_with('}') {
            return Err("has a `}` without its `{`".to_owned());
        }
        let (name, after) = rest[at + 1..]
            .split_once('}')
            .ok_or("has a `{` without its `}`")?;
        let variable = Variable::named(name, said).ok_or_else(|| {
            let known = Variable::KNOWN.iter().map(|(known, _)| *known);
            let known: Vec<_> = known
                .chain(said.iter().map(String::as_str))
                .map(|known| format!("`{{{known}}}`"))
                .collect();
            let known = known.join(", ");
            format!("has the unknown variable `{{{name}}}`; there are {known}")
        })?;
        parts.push(Part::Variable(variable));
        rest = after;
    }
    literal(&mut parts, rest)?;
    Ok(parts)
}

fn literal(parts: &mut Vec<Part>, text: &str) -> Result<(), String> {
    if let Some(c) = text.chars().find(|c| c.is_control() || *c == '\\') {
        return Err(format!("contains {c:?}, which is not safe in a key"));
    }
    if !text.is_empty() {
        parts.push(Part::Literal(text.to_owned()));
    }
    Ok(())
}
