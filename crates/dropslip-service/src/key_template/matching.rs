//! From a key back to its upload: whether a template made it, and with which uuid.

use std::collections::HashSet;

use uuid::{Uuid, Version};

use super::{KeyTemplate, Part, Variable};
use crate::limits::KEY_BYTES_MAX;

/// What a key tells about its upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// The upload's identity.
    pub uuid: Uuid,
    /// Who uploaded, as it stands in the key, if the template has `{subject}`.
    pub subject: Option<String>,
}

impl Captured {
    /// When the upload was issued, in seconds of Unix time: a uuid of version 7 begins with that (RFC 9562, 5.7).
    pub fn issued_s(&self) -> i64 {
        let seconds = self.uuid.get_timestamp().map_or(0, |time| time.to_unix().0);
        i64::try_from(seconds).unwrap_or(i64::MAX)
    }
}

impl KeyTemplate {
    /// Whether this template can have made the key. Keys that only look alike do not fit: the uuid has to be one of
    /// version 7, and the same wherever the template has it.
    pub fn matches(&self, key: &str) -> Option<Captured> {
        if key.len() > KEY_BYTES_MAX {
            return None;
        }
        let mut search = Search {
            parts: &self.parts,
            key,
            failed: HashSet::new(),
        };
        let (uuid, subject) = search.from(0, 0, (None, None))?;
        let captured = Captured {
            uuid: uuid?,
            subject: subject.map(str::to_owned),
        };
        (captured.uuid.get_version() == Some(Version::SortRand)).then_some(captured)
    }
}

/// What has been captured on the way.
type Found<'k> = (Option<Uuid>, Option<&'k str>);

struct Search<'t, 'k> {
    parts: &'t [Part],
    key: &'k str,
    /// Part and place from which the rest of the key does not fit, so that each is tried once.
    failed: HashSet<(usize, usize)>,
}

impl<'k> Search<'_, 'k> {
    fn from(&mut self, part: usize, at: usize, found: Found<'k>) -> Option<Found<'k>> {
        let Some(wanted) = self.parts.get(part) else {
            return (at == self.key.len()).then_some(found);
        };
        if self.failed.contains(&(part, at)) {
            return None;
        }
        let rest = &self.key[at..];
        let result = match wanted {
            Part::Literal(literal) => rest
                .strip_prefix(literal.as_str())
                .and_then(|_| self.from(part + 1, at + literal.len(), found)),
            Part::Variable(variable) => self.variable(variable, part, at, found),
        };
        if result.is_none() {
            self.failed.insert((part, at));
        }
        result
    }

    fn variable(
        &mut self,
        variable: &Variable,
        part: usize,
        at: usize,
        found: Found<'k>,
    ) -> Option<Found<'k>> {
        let rest = &self.key[at..];
        match variable {
            Variable::Uuid => {
                let text = rest.get(..36)?;
                let uuid = Uuid::try_parse(text).ok()?;
                let same = found.0.is_none_or(|known| known == uuid);
                let lower = !text.bytes().any(|b| b.is_ascii_uppercase());
                (same && lower)
                    .then(|| self.from(part + 1, at + 36, (Some(uuid), found.1)))
                    .flatten()
            }
            Variable::Date => {
                let text = rest.get(..10)?;
                is_date(text)
                    .then(|| self.from(part + 1, at + 10, found))
                    .flatten()
            }
            Variable::Ext | Variable::Name | Variable::Subject | Variable::Said(_) => {
                let segment = rest.split('/').next().unwrap_or(rest);
                // The longest first: a name may hold what stands behind it in the template.
                let ends = segment
                    .char_indices()
                    .map(|(start, c)| start + c.len_utf8());
                let ends: Vec<usize> = ends.filter(|end| *end <= variable.bytes_max()).collect();
                ends.into_iter().rev().find_map(|end| {
                    let text = &rest[..end];
                    let found = match variable {
                        Variable::Subject if found.1.is_some_and(|known| known != text) => {
                            return None;
                        }
                        Variable::Subject => (found.0, Some(text)),
                        _ => found,
                    };
                    self.from(part + 1, at + end, found)
                })
            }
        }
    }
}

fn is_date(text: &str) -> bool {
    text.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'/',
        _ => byte.is_ascii_digit(),
    })
}
