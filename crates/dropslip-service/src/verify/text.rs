//! Whether bytes look like text.

/// The byte order marks of UTF-16.
const UTF_16_MARKS: [[u8; 2]; 2] = [[0xff, 0xfe], [0xfe, 0xff]];

/// UTF-8, or UTF-16 with its mark, without NULs; or a text of older encodings (a CSV file of a spreadsheet in
/// Windows-1252), which has no control characters. What is made of text and is a format of its own is not meant.
pub(super) fn check(first: &[u8]) -> Result<(), ()> {
    if [&b"%PDF-"[..], b"%!PS", b"{\\rtf"]
        .iter()
        .any(|mark| first.starts_with(mark))
    {
        return Err(());
    }
    let is_text = match decoded(first) {
        Some(text) => !text.contains('\0'),
        None => !first.iter().any(|&byte| is_control(byte)) && infer::get(first).is_none(),
    };
    is_text.then_some(()).ok_or(())
}

/// Text that begins as JSON does; more than that is not looked at.
pub(super) fn check_json(first: &[u8]) -> Result<(), ()> {
    check(first)?;
    let text = decoded(first).ok_or(())?;
    let start = text.trim_start().chars().next();
    match start {
        Some('{' | '[' | '"' | '-' | '0'..='9' | 't' | 'f' | 'n') | None => Ok(()),
        Some(_) => Err(()),
    }
}

/// The text without its byte order mark, if it is UTF-8, or UTF-16 with a mark. The last character may be cut.
pub(super) fn decoded(first: &[u8]) -> Option<String> {
    if first.len() >= 2 && UTF_16_MARKS.iter().any(|mark| first.starts_with(mark)) {
        return utf_16(&first[2..], first.starts_with(&[0xff, 0xfe]));
    }
    let text = match std::str::from_utf8(first) {
        Ok(text) => text,
        // The window ends within a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&first[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    Some(text.trim_start_matches('\u{feff}').to_owned())
}

/// UTF-16 that says nothing of its order, but begins with `<`: that is how XML is told (appendix F of its standard).
pub(super) fn unmarked_utf_16(first: &[u8]) -> Option<String> {
    match first {
        [b'<', 0, second, 0, ..] if *second != 0 => utf_16(first, true),
        [0, b'<', 0, second, ..] if *second != 0 => utf_16(first, false),
        _ => None,
    }
}

fn utf_16(bytes: &[u8], is_little_endian: bool) -> Option<String> {
    let units = bytes.chunks_exact(2).map(|pair| {
        let pair = [pair[0], pair[1]];
        if is_little_endian {
            u16::from_le_bytes(pair)
        } else {
            u16::from_be_bytes(pair)
        }
    });
    let mut units: Vec<u16> = units.collect();
    let is_cut = units
        .last()
        .is_some_and(|unit| (0xd800..0xdc00).contains(unit));
    if is_cut {
        units.pop();
    }
    String::from_utf16(&units).ok()
}

fn is_control(byte: u8) -> bool {
    byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b)
}
