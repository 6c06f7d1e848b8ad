//! Key templates: how a preset makes keys, such as `photos/{date}/{uuid}.{ext}`.
//!
//! The caller never picks a key. Each template contains `{uuid}`, so no upload can overwrite another one, and its
//! longest key is known at start, so filling it in cannot fail.

use std::fmt;

use uuid::Uuid;

use crate::limits::{EXTENSION_BYTES_MAX, KEY_BYTES_MAX, SAFE_NAME_BYTES_MAX};

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variable {
    Uuid,
    Date,
    Ext,
    Name,
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
}

impl Variable {
    const ALL: [(&'static str, Self); 4] = [
        ("uuid", Self::Uuid),
        ("date", Self::Date),
        ("ext", Self::Ext),
        ("name", Self::Name),
    ];

    const fn bytes_max(self) -> usize {
        match self {
            Self::Uuid => 36,
            Self::Date => "YYYY/MM/DD".len(),
            Self::Ext => EXTENSION_BYTES_MAX,
            Self::Name => SAFE_NAME_BYTES_MAX,
        }
    }
}

impl KeyTemplate {
    /// Reads a template, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts = parts(text)?;
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
    pub fn fill(&self, values: &Values<'_>) -> String {
        let mut key = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => key.push_str(literal),
                Part::Variable(Variable::Uuid) => key.push_str(&values.uuid.to_string()),
                Part::Variable(Variable::Ext) => key.push_str(values.ext),
                Part::Variable(Variable::Name) => key.push_str(values.name),
                Part::Variable(Variable::Date) => {
                    let (year, day) = values.date_stamp.split_at(4);
                    let (month, day) = day.split_at(2);
                    key.extend([year, "/", month, "/", day]);
                }
            }
        }
        key
    }
}

impl fmt::Display for KeyTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn parts(text: &str) -> Result<Vec<Part>, String> {
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
        let Some((_, variable)) = Variable::ALL.into_iter().find(|(known, _)| *known == name)
        else {
            let known = Variable::ALL
                .map(|(known, _)| format!("`{{{known}}}`"))
                .join(", ");
            return Err(format!(
                "has the unknown variable `{{{name}}}`; there are {known}"
            ));
        };
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
