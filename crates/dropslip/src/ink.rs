//! Text for a person at a terminal: what stands out, and where lines break.

use crate::terminal::Look;

/// How a piece of text stands out where there is colour.
#[derive(Clone, Copy)]
pub(crate) enum Ink {
    Bold,
    Green,
    Red,
    Dim,
}

impl Look {
    /// The text as it stands out; without colour it is the same.
    pub(crate) fn inked(self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Bold => 1,
            Ink::Green => 32,
            Ink::Red => 31,
            Ink::Dim => 2,
        };
        match self.colour {
            true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            false => text.to_owned(),
        }
    }
}

/// The lines of a text that are at most `width` long, broken at spaces that are not in
/// backticks: what is in them is there to be copied.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut in_code = false;
    let words = text.split(|c: char| {
        in_code ^= c == '`';
        c == ' ' && !in_code
    });
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_broken_at_spaces() {
        assert_eq!(wrapped("ab cd efghijkl m", 5), ["ab cd", "efghijkl", "m"]);
        assert_eq!(wrapped("é é é", 3), ["é é", "é"]);
        assert_eq!(wrapped("", 5), [""]);
        assert_eq!(wrapped("a `b: c` d", 5), ["a", "`b: c`", "d"]);
        assert_eq!(wrapped("a `b c", 3), ["a", "`b c"]);
    }
}
