//! Texts from outside, fit to be shown: no control characters for the terminal to obey,
//! no session tokens to be copied from a screen.

use dropslip_s3::steering::steers;

/// Names whose values are not shown in full, in lower case.
const HIDDEN: [&str; 4] = [
    "x-amz-security-token",
    "authorization",
    "cookie",
    "proxy-authorization",
];

/// On one line, with what a terminal would obey written out.
pub(crate) fn line(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// A canonical request's lines, with the values of tokens and such cut.
pub(crate) fn canonical(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    text.split('\n')
        .enumerate()
        .map(|(at, text)| line(&hide(at, text)))
        .collect()
}

/// One line of a canonical request, counted from 1.
pub(crate) fn canonical_line(number: usize, text: &str) -> String {
    line(&hide(number.saturating_sub(1), text))
}

fn hide(at: usize, text: &str) -> String {
    // Method, path, query; then headers.
    if at == 2 {
        let parts: Vec<String> = text.split('&').map(|part| hide_pair(part, '=')).collect();
        return parts.join("&");
    }
    hide_pair(text, ':')
}

fn hide_pair(text: &str, between: char) -> String {
    match text.split_once(between) {
        Some((name, value)) if is_hidden(name) => format!("{name}{between}{}", cut(value)),
        _ => text.to_owned(),
    }
}

/// Whether the value of a part is not for a screen.
pub(crate) fn is_hidden(part: &str) -> bool {
    let part = part.to_ascii_lowercase();
    // Keys of one's own for encryption at the storage.
    HIDDEN.contains(&part.as_str()) || part.ends_with("-customer-key")
}

/// Enough of a value to tell it from another.
pub(crate) fn cut(value: &str) -> String {
    let count = value.chars().count();
    if count <= 8 {
        return "…".repeat(usize::from(count > 0));
    }
    let start: String = value.chars().take(4).collect();
    format!("{start}…({count} characters)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_the_cursor() {
        assert_eq!(
            line("a\u{1b}[2Jb\r\n\t\u{202e}é"),
            r"a\u{1b}[2Jb\r\n\t\u{202e}é"
        );
    }

    #[test]
    fn tokens_are_cut() {
        let text = b"PUT\n/a\nX-Amz-Date=1&X-Amz-Security-Token=FwoGZXIvYXdzEBYaDH\nhost:h\nx-amz-security-token:FwoGZXIvYXdzEBYaDH\ncookie:short\nx-amz-server-side-encryption-customer-key:short\n\nhost\nU";
        let lines = canonical(text).join("\n");
        assert!(
            !lines.contains("FwoGZ") && !lines.contains("short"),
            "{lines}"
        );
        assert!(
            lines.contains("X-Amz-Security-Token=FwoG…(18 characters)\nhost:h\n"),
            "{lines}"
        );
        assert!(
            lines.contains("cookie:…\n") && lines.ends_with("customer-key:…\n\nhost\nU"),
            "{lines}"
        );
    }
}
