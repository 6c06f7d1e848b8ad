//! Texts of a policy with `*`, `?` and variables such as `${aws:username}`.
//!
//! A star never needs more than one way back, so the time to compare is bounded by the
//! product of both lengths, whatever somebody wrote.

use super::evaluate::Values;
use super::key::ConditionKey;

#[derive(Clone, Debug, PartialEq)]
enum Atom {
    Char(char),
    /// `?`
    One,
    /// `*`
    Any,
    Variable(ConditionKey),
}

/// A text to compare with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pattern {
    atoms: Vec<Atom>,
    has_variables: bool,
}

/// What a text of a policy may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Syntax {
    /// Whether `*` and `?` stand for others.
    pub(super) wild: bool,
    /// Whether `${…}` is a variable, as it is since version 2012-10-17.
    pub(super) variables: bool,
}

impl Pattern {
    /// Reads a text. The error is the variable that cannot be read.
    pub(super) fn parse(text: &str, syntax: Syntax) -> Result<Self, String> {
        let mut atoms = Vec::with_capacity(text.len());
        let mut has_variables = false;
        let mut rest = text;
        while let Some(char) = rest.chars().next() {
            if syntax.variables
                && let Some(inside) = rest.strip_prefix("${")
            {
                let (name, after) = inside.split_once('}').ok_or_else(|| rest.to_owned())?;
                let atom = variable(name).ok_or_else(|| format!("${{{name}}}"))?;
                has_variables |= matches!(atom, Atom::Variable(_));
                atoms.push(atom);
                rest = after;
                continue;
            }
            rest = &rest[char.len_utf8()..];
            match char {
                '*' if syntax.wild && atoms.last() == Some(&Atom::Any) => {}
                '*' if syntax.wild => atoms.push(Atom::Any),
                '?' if syntax.wild => atoms.push(Atom::One),
                other => atoms.push(Atom::Char(other)),
            }
        }
        Ok(Self {
            atoms,
            has_variables,
        })
    }

    /// Whether it stands for one text alone.
    pub(super) fn is_fixed(&self) -> bool {
        self.atoms.iter().all(|atom| matches!(atom, Atom::Char(_)))
    }

    /// Whether it fits a text. One with a variable that has no value fits nothing.
    pub(super) fn fits(&self, text: &str, values: Values<'_>) -> bool {
        self.compared(text, false, values)
    }

    /// The same in any case.
    pub(super) fn fits_ignoring_case(&self, text: &str, values: Values<'_>) -> bool {
        self.compared(text, true, values)
    }

    fn compared(&self, text: &str, fold: bool, values: Values<'_>) -> bool {
        if !self.has_variables {
            return fits(&self.atoms, text, fold);
        }
        let mut atoms = Vec::with_capacity(self.atoms.len());
        for atom in &self.atoms {
            let Atom::Variable(key) = atom else {
                atoms.push(atom.clone());
                continue;
            };
            match values(key).as_deref() {
                Some([value]) => atoms.extend(value.chars().map(Atom::Char)),
                _ => return false,
            }
        }
        fits(&atoms, text, fold)
    }
}

/// What stands between `${` and `}`: a key, or one of the characters that would mean more.
fn variable(name: &str) -> Option<Atom> {
    match name {
        "*" => Some(Atom::Char('*')),
        "?" => Some(Atom::Char('?')),
        "$" => Some(Atom::Char('$')),
        _ => ConditionKey::parse(name).map(Atom::Variable),
    }
}

fn fits(atoms: &[Atom], text: &str, fold: bool) -> bool {
    let needed = atoms.iter().filter(|atom| **atom != Atom::Any).count();
    if needed > text.chars().count() {
        return false;
    }
    let is_same = |a: char, b: char| a == b || fold && a.to_lowercase().eq(b.to_lowercase());
    let (mut at, mut rest) = (0, text.chars());
    let mut star = None;
    loop {
        let mut ahead = rest.clone();
        let Some(char) = ahead.next() else {
            break;
        };
        match atoms.get(at) {
            Some(Atom::Any) => {
                star = Some((at, rest.clone()));
                at += 1;
                continue;
            }
            Some(Atom::One) => {}
            Some(Atom::Char(wanted)) if is_same(*wanted, char) => {}
            _ => match &mut star {
                // One character more is of the star.
                Some((of, from)) => {
                    from.next();
                    (at, rest) = (*of + 1, from.clone());
                    continue;
                }
                None => return false,
            },
        }
        (at, rest) = (at + 1, ahead);
    }
    atoms[at..].iter().all(|atom| *atom == Atom::Any)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(key: &ConditionKey) -> Option<Vec<String>> {
        match key.name() {
            "aws:username" => Some(vec!["al*ce".to_owned()]),
            "s3:RequestObjectTagKeys" => Some(vec!["a".to_owned(), "b".to_owned()]),
            _ => None,
        }
    }

    #[track_caller]
    fn check(pattern: &str, yes: &[&str], no: &[&str]) {
        let syntax = Syntax {
            wild: true,
            variables: true,
        };
        let read = Pattern::parse(pattern, syntax).unwrap();
        for text in yes {
            assert!(read.fits(text, &values), "`{pattern}` `{text}`");
        }
        for text in no {
            assert!(!read.fits(text, &values), "`{pattern}` `{text}`");
        }
    }

    #[test]
    fn wildcards() {
        check("", &[""], &["a"]);
        check("*", &["", "a", "é/ü"], &[]);
        check("a*", &["a", "ab", "a/b"], &["", "ba"]);
        check("*a", &["a", "ba", "aa"], &["", "ab"]);
        check("a?c", &["abc", "aéc"], &["ac", "abbc"]);
        check("a*b*c", &["abc", "aXbXc", "abcbc"], &["acb", "ab"]);
        check("**a**", &["a", "bab"], &["b"]);
        check("*é?", &["éx", "aéé"], &["é"]);
        check("abc", &["abc"], &["ABC", "abcd", "ab"]);
    }

    #[test]
    fn variables() {
        check(
            "home/${aws:username}/*",
            &["home/al*ce/x"],
            &["home/alice/x", "home/*/x"],
        );
        check("${*}${?}${$}", &["*?$"], &["abc"]);
        check("${aws:userid}", &[], &["", "${aws:userid}"]);
        check("${s3:RequestObjectTagKeys}", &[], &["a", "b"]);
        let plain = Syntax {
            wild: false,
            variables: false,
        };
        let read = Pattern::parse("${aws:username}*", plain).unwrap();
        assert!(read.fits("${aws:username}*", &values) && !read.fits("al*ce", &values));
        let both = Syntax {
            wild: true,
            variables: true,
        };
        for wrong in [
            "${",
            "${aws:username",
            "${nobody}",
            "${}",
            "a${aws:username,'x'}",
        ] {
            assert!(Pattern::parse(wrong, both).is_err(), "{wrong}");
        }
    }

    #[test]
    fn any_case() {
        let syntax = Syntax {
            wild: true,
            variables: false,
        };
        let read = Pattern::parse("Ab*É", syntax).unwrap();
        assert!(read.fits_ignoring_case("aBxé", &values));
        assert!(!read.fits_ignoring_case("aBxe", &values));
    }

    #[test]
    fn many_stars_end() {
        let syntax = Syntax {
            wild: true,
            variables: false,
        };
        let read = Pattern::parse(&"a*".repeat(500), syntax).unwrap();
        let text = "a".repeat(1000);
        assert!(read.fits(&text, &values));
        assert!(!read.fits(&format!("b{text}"), &values));
        let last = Pattern::parse(&format!("{}b", "*a".repeat(500)), syntax).unwrap();
        assert!(!last.fits(&text, &values));
    }
}
