//! Splits a command into words, as the shell would that it was copied for.
//!
//! bash (and zsh, sh): `'…'`, `"…"`, `$'…'`, backslashes. `cmd.exe`: carets, then the
//! quotes of Microsoft's C runtime. The crates for it know neither `$'…'`, which Chrome
//! and Firefox write, nor carets, nor do they tell that a shell would have cut the
//! command at an `&`, the most frequent way in which a signed URL loses its signature.

use super::{CaptureError, CaptureErrorKind};
use crate::limits::{COMMAND_BYTES_MAX, COMMAND_WORDS_MAX};

/// A command's words.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) words: Vec<String>,
    /// Whether an `&` outside of quotes ended it.
    pub(super) cut_at_ampersand: bool,
    /// Whether the shell would have put something in the place of a `$NAME` or `$(…)`.
    pub(super) expands: bool,
}

/// Splits a command.
pub(super) fn split(text: &str) -> Result<Words, CaptureError> {
    if text.len() > COMMAND_BYTES_MAX {
        return Err(CaptureError::too_large("the command", COMMAND_BYTES_MAX));
    }
    let text = text.replace("\r\n", "\n");
    let is_cmd = text.contains("^\"") || text.lines().any(|line| line.trim_end().ends_with(" ^"));
    let mut splitter = Splitter::default();
    if is_cmd {
        splitter.cmd(&text)?;
    } else {
        splitter.bash(&text)?;
    }
    splitter.end_word()?;
    Ok(splitter.out)
}

#[derive(Default)]
struct Splitter {
    out: Words,
    /// The word in the making; `''` is a word as well. Bytes, for `$'\xc3'` is half a character.
    word: Option<Vec<u8>>,
    /// Whether the next word is the file of a redirection.
    skip: bool,
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

impl Splitter {
    fn push(&mut self, c: char) {
        let mut buffer = [0; 4];
        let bytes = c.encode_utf8(&mut buffer).as_bytes();
        self.word.get_or_insert_default().extend_from_slice(bytes);
    }

    fn end_word(&mut self) -> Result<(), CaptureError> {
        let Some(word) = self.word.take() else {
            return Ok(());
        };
        if std::mem::take(&mut self.skip) {
            return Ok(());
        }
        if self.out.words.len() == COMMAND_WORDS_MAX {
            let why = format!("the command has more than {COMMAND_WORDS_MAX} words");
            return Err(CaptureError::new(CaptureErrorKind::TooLarge, why));
        }
        let word = String::from_utf8_lossy(&word).into_owned();
        self.out.words.push(word);
        Ok(())
    }

    fn bash(&mut self, text: &str) -> Result<(), CaptureError> {
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some('\n') | None => {}
                    Some(c) => self.push(c),
                },
                '\'' => self.single(&mut chars)?,
                '"' => self.double(&mut chars)?,
                '$' if chars.peek() == Some(&'\'') => {
                    chars.next();
                    self.ansi_c(&mut chars)?;
                }
                '$' => {
                    self.out.expands |= expands(&chars);
                    self.push('$');
                }
                '`' => {
                    self.out.expands = true;
                    self.push('`');
                }
                '#' if self.word.is_none() => while chars.next_if(|c| *c != '\n').is_some() {},
                '&' => {
                    self.end_word()?;
                    // `&&` and a lone `&` between words end the command as they should.
                    let within = chars
                        .peek()
                        .is_some_and(|c| !c.is_whitespace() && *c != '&');
                    self.out.cut_at_ampersand = within && !self.out.words.is_empty();
                    return Ok(());
                }
                ';' | '|' => return self.end_word(),
                '<' | '>' => {
                    // `2>` has no word before it.
                    if self
                        .word
                        .as_ref()
                        .is_some_and(|word| word.iter().all(u8::is_ascii_digit))
                    {
                        self.word = None;
                    }
                    self.end_word()?;
                    while chars.next_if(|c| "<>&".contains(*c)).is_some() {}
                    self.skip = true;
                }
                '\n' => {
                    self.end_word()?;
                    if !self.out.words.is_empty() && !goes_on(&chars) {
                        return Ok(());
                    }
                }
                c if c.is_whitespace() => self.end_word()?,
                c => self.push(c),
            }
        }
        Ok(())
    }

    fn single(&mut self, chars: &mut Chars<'_>) -> Result<(), CaptureError> {
        self.word.get_or_insert_default();
        loop {
            match chars.next() {
                Some('\'') => return Ok(()),
                Some(c) => self.push(c),
                None => return Err(open("'")),
            }
        }
    }

    fn double(&mut self, chars: &mut Chars<'_>) -> Result<(), CaptureError> {
        self.word.get_or_insert_default();
        loop {
            match chars.next() {
                Some('"') => return Ok(()),
                Some('\\') => match chars.next() {
                    Some('\n') => {}
                    Some(c @ ('"' | '\\' | '$' | '`')) => self.push(c),
                    Some(c) => {
                        self.push('\\');
                        self.push(c);
                    }
                    None => return Err(open("\"")),
                },
                Some(c) => {
                    self.out.expands |= c == '`' || c == '$' && expands(chars);
                    self.push(c);
                }
                None => return Err(open("\"")),
            }
        }
    }

    /// `$'…'` ([Bash, ANSI-C quoting](https://www.gnu.org/software/bash/manual/html_node/ANSI_002dC-Quoting.html)).
    fn ansi_c(&mut self, chars: &mut Chars<'_>) -> Result<(), CaptureError> {
        self.word.get_or_insert_default();
        loop {
            let c = match chars.next() {
                Some('\'') => return Ok(()),
                Some('\\') => chars.next().ok_or_else(|| open("$'"))?,
                Some(c) => {
                    self.push(c);
                    continue;
                }
                None => return Err(open("$'")),
            };
            match c {
                'a' => self.push('\u{7}'),
                'b' => self.push('\u{8}'),
                'e' | 'E' => self.push('\u{1b}'),
                'f' => self.push('\u{c}'),
                'n' => self.push('\n'),
                'r' => self.push('\r'),
                't' => self.push('\t'),
                'v' => self.push('\u{b}'),
                'x' => match number(chars, 16, 2) {
                    Some(byte) => self.byte(byte),
                    None => self.both('x'),
                },
                'u' | 'U' => {
                    let digits = if c == 'u' { 4 } else { 8 };
                    match number(chars, 16, digits) {
                        Some(code) => self.push(char::from_u32(code).unwrap_or('\u{fffd}')),
                        None => self.both(c),
                    }
                }
                '0'..='7' => {
                    let first = c.to_digit(8).unwrap_or_default();
                    let rest = octal(chars, first);
                    self.byte(rest);
                }
                'c' => {
                    let control = chars.next().ok_or_else(|| open("$'"))?;
                    self.byte(u32::from(control) & 0x1f);
                }
                '\\' | '\'' | '"' | '?' => self.push(c),
                c => self.both(c),
            }
        }
    }

    fn byte(&mut self, byte: u32) {
        let byte = u8::try_from(byte & 0xff).unwrap_or_default();
        self.word.get_or_insert_default().push(byte);
    }

    fn both(&mut self, c: char) {
        self.push('\\');
        self.push(c);
    }

    /// First `cmd.exe`, which takes carets away, then the C runtime, which takes quotes
    /// and the backslashes before them away
    /// ([Parsing C command-line arguments](https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments)).
    fn cmd(&mut self, text: &str) -> Result<(), CaptureError> {
        let line = self.without_carets(text);
        let mut chars = line.chars().peekable();
        let mut quoted = false;
        while let Some(c) = chars.next() {
            match c {
                '\\' => {
                    let mut count = 1;
                    while chars.next_if_eq(&'\\').is_some() {
                        count += 1;
                    }
                    let before_quote = chars.peek() == Some(&'"');
                    let kept = if before_quote { count / 2 } else { count };
                    (0..kept).for_each(|_| self.push('\\'));
                    if before_quote && count % 2 == 1 {
                        chars.next();
                        self.push('"');
                    }
                }
                '"' if quoted && chars.next_if_eq(&'"').is_some() => self.push('"'),
                '"' => {
                    self.word.get_or_insert_default();
                    quoted = !quoted;
                }
                c if c.is_whitespace() && !quoted => self.end_word()?,
                c => self.push(c),
            }
        }
        if quoted { Err(open("\"")) } else { Ok(()) }
    }

    fn without_carets(&mut self, text: &str) -> String {
        let mut line = String::with_capacity(text.len());
        let mut quoted = false;
        let mut chars = text.trim().chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' => {
                    quoted = !quoted;
                    line.push(c);
                }
                '^' if !quoted => match chars.next() {
                    // The end of a line goes, and what comes next is taken as it is.
                    Some('\n') => line.extend(chars.next()),
                    Some(c) => line.push(c),
                    None => {}
                },
                '&' | '|' | '<' | '>' | '\n' if !quoted => {
                    let within = chars
                        .peek()
                        .is_some_and(|c| !c.is_whitespace() && *c != '&');
                    self.out.cut_at_ampersand = c == '&' && within;
                    break;
                }
                c => line.push(c),
            }
        }
        line
    }
}

/// Whether what follows a `$` is something that the shell replaces.
fn expands(chars: &Chars<'_>) -> bool {
    let next = chars.clone().next();
    next.is_some_and(|c| c.is_ascii_alphabetic() || "_({".contains(c))
}

/// A line that begins with an option belongs to the command before it: the backslash
/// at the end of that line got lost.
fn goes_on(chars: &Chars<'_>) -> bool {
    let next = chars.clone().find(|c| !c.is_whitespace());
    next == Some('-')
}

fn number(chars: &mut Chars<'_>, radix: u32, most: usize) -> Option<u32> {
    let mut value = None;
    for _ in 0..most {
        let Some(digit) = chars.peek().and_then(|c| c.to_digit(radix)) else {
            break;
        };
        chars.next();
        value = Some(
            value
                .unwrap_or(0_u32)
                .wrapping_mul(radix)
                .wrapping_add(digit),
        );
    }
    value
}

fn octal(chars: &mut Chars<'_>, first: u32) -> u32 {
    let mut value = first;
    for _ in 0..2 {
        let Some(digit) = chars.peek().and_then(|c| c.to_digit(8)) else {
            break;
        };
        chars.next();
        value = value * 8 + digit;
    }
    value
}

fn open(quote: &str) -> CaptureError {
    CaptureError::new(
        CaptureErrorKind::Command,
        format!("a quote of the command is not closed: {quote}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &[&str]) {
        assert_eq!(split(text).unwrap().words, expect, "{text}");
    }

    #[test]
    fn bash() {
        check("curl  'a b' \"c d\" e\\ f", &["curl", "a b", "c d", "e f"]);
        check("curl \\\n  -X PUT \\\r\n 'u'", &["curl", "-X", "PUT", "u"]);
        check("a'b'\"c\"$'d'", &["abcd"]);
        check("'' \"\" x", &["", "", "x"]);
        check(r#""a\"b\\c\$d\e""#, &[r#"a"b\c$d\e"#]);
        check("'it'\\''s'", &["it's"]);
        check("curl u > out.txt 2>/dev/null -s", &["curl", "u", "-s"]);
        check("curl u # a comment\n-X PUT", &["curl", "u", "-X", "PUT"]);
        check("curl u | jq .", &["curl", "u"]);
        check("curl u; rm x", &["curl", "u"]);
        check("\n\n  curl u\nls", &["curl", "u"]);
        check("curl u\n  -X PUT\nls", &["curl", "u", "-X", "PUT"]);
        check("", &[]);
    }

    #[test]
    fn ansi_c_quotes() {
        check(r"$'a\'b\n\t\\\x41\u0021\u00e9\101'", &["a'b\n\t\\A!éA"]);
        check(r"$'\xc3\xa9 \303\251'", &["é é"]);
        check(r"$'\q\xz\uz'", &[r"\q\xz\uz"]);
        check(r"$'\U0001f600\ud800\cA'", &["\u{1f600}\u{fffd}\u{1}"]);
    }

    #[test]
    fn cmd_exe() {
        check(
            "curl ^\"https://h/a^%^2Fb?x=1^&y=2^\" ^\r\n  -X ^\"PUT^\" ^\r\n  -H ^\"a: ^\\^\"b^\\^\"^\"",
            &[
                "curl",
                "https://h/a%2Fb?x=1&y=2",
                "-X",
                "PUT",
                "-H",
                "a: \"b\"",
            ],
        );
        // As Chrome wrote it until 2023.
        check(
            "curl \"https://h/a\"^%\"2Fb?x=1&y=2\" ^\n -H \"a: b\"",
            &["curl", "https://h/a%2Fb?x=1&y=2", "-H", "a: b"],
        );
        check("curl ^\"C:\\a\\^\\^\" x", &["curl", "C:\\a\\", "x"]);
    }

    #[test]
    fn what_a_shell_would_cut() {
        let cut = split("curl -T f https://h/a?X=1&Y=2").unwrap();
        assert_eq!(cut.words, ["curl", "-T", "f", "https://h/a?X=1"]);
        assert!(cut.cut_at_ampersand);
        assert!(
            split("curl ^\"a^\" https://h/a?X=1&Y=2")
                .unwrap()
                .cut_at_ampersand
        );
        for whole in [
            "curl 'https://h/a?X=1&Y=2'",
            "curl u && ls",
            "curl u &",
            "curl u & ls",
            "curl https://h/a?X=1\\&Y=2",
        ] {
            assert!(!split(whole).unwrap().cut_at_ampersand, "{whole}");
        }
    }

    #[test]
    fn what_a_shell_would_replace() {
        for text in [
            "curl $URL",
            "curl \"${URL}\"",
            "curl \"$(cat url)\"",
            "curl `cat url`",
        ] {
            assert!(split(text).unwrap().expands, "{text}");
        }
        for text in ["curl '$URL'", "curl \\$URL", "curl 5$", "curl \"$ 5\""] {
            assert!(!split(text).unwrap().expands, "{text}");
        }
    }

    #[test]
    fn quotes_must_close() {
        for text in [
            "curl 'a",
            "curl \"a",
            "curl \"a\\",
            "curl $'a\\",
            "curl $'a",
            "curl $'\\c",
            "curl ^\"a",
        ] {
            let error = split(text).unwrap_err();
            assert_eq!(error.kind(), CaptureErrorKind::Command, "{text}");
        }
    }

    #[test]
    fn limits() {
        let words = "a ".repeat(COMMAND_WORDS_MAX);
        assert_eq!(split(&words).unwrap().words.len(), COMMAND_WORDS_MAX);
        assert!(split(&format!("{words} a")).is_err());
        assert!(split(&"a".repeat(COMMAND_BYTES_MAX + 1)).is_err());
    }
}
