//! Bodies of forms: where they are cut does not matter, and what is gathered has bounds.
//!
//! An input is the content type, a line end, and the body.

use dropslip_s3::form_data::{FormDataError, FormReader, Piece};
use dropslip_s3::limits::{POST_FORM_FIELDS_MAX, POST_FORM_RAW_BYTES_MAX};

/// What was read of a form.
#[derive(Debug, Default, PartialEq, Eq)]
struct Read {
    fields: Vec<(String, Vec<u8>)>,
    file_name: Option<Option<String>>,
    file: Vec<u8>,
    ended: bool,
}

/// A form, whole and in pieces.
pub(crate) fn form_data(input: &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n');
    let (head, body) = input.split_at(end.map_or(input.len(), |end| end + 1));
    let content_type = String::from_utf8_lossy(head);
    let content_type = content_type.trim_end_matches('\n');
    let whole = read_by(content_type, body, body.len().max(1));
    for size in [1, 2, 7, 16] {
        assert_eq!(read_by(content_type, body, size), whole, "by {size}");
    }
    let Ok(read) = whole else {
        return;
    };
    assert!(read.ended && read.file_name.is_some());
    assert!(read.fields.len() <= POST_FORM_FIELDS_MAX);
    let gathered: usize = read
        .fields
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    assert!(gathered <= POST_FORM_RAW_BYTES_MAX);
    // The file is a part of the body, as it came.
    let is_part =
        read.file.is_empty() || body.windows(read.file.len()).any(|part| part == read.file);
    assert!(is_part, "{read:?}");
    written(&read);
}

/// Reads a body in pieces of that many bytes.
fn read_by(content_type: &str, body: &[u8], size: usize) -> Result<Read, FormDataError> {
    let mut reader = FormReader::new(content_type)?;
    let mut read = Read::default();
    for mut input in body.chunks(size) {
        while let Some(piece) = reader.read(&mut input)? {
            assert!(!read.ended, "{piece:?} behind the end");
            match piece {
                Piece::Field { name, value } => {
                    assert!(read.file_name.is_none(), "a field behind the file");
                    assert!(!name.eq_ignore_ascii_case("file"));
                    read.fields.push((name, value));
                }
                Piece::File { name } => assert!(read.file_name.replace(name).is_none()),
                Piece::Data(bytes) => {
                    assert!(read.file_name.is_some() && !bytes.is_empty());
                    read.file.extend_from_slice(bytes);
                }
                Piece::FileEnd => read.ended = true,
            }
        }
        assert!(input.is_empty(), "{} bytes are not read", input.len());
    }
    reader.finish()?;
    Ok(read)
}

/// What was read is read again once it is written with a boundary that is nowhere in it.
fn written(read: &Read) {
    const BOUNDARY: &str = "q7hT0fYx2LmP9";
    let holds = |bytes: &[u8]| {
        let mut windows = bytes.windows(BOUNDARY.len());
        windows.any(|window| window == BOUNDARY.as_bytes())
    };
    let is_plain =
        |name: &str| !name.contains(['"', '\\', '\r', '\n', '\0']) && !holds(name.as_bytes());
    let file_name = read.file_name.clone().flatten();
    let is_written = read
        .fields
        .iter()
        .all(|(name, value)| is_plain(name) && !holds(value))
        && !holds(&read.file)
        && file_name.as_deref().is_none_or(is_plain);
    if !is_written {
        return;
    }
    let mut body = Vec::new();
    for (name, value) in &read.fields {
        let head =
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(value);
        body.extend_from_slice(b"\r\n");
    }
    let file_name = file_name.map_or_else(String::new, |name| format!("; filename=\"{name}\""));
    let head =
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"{file_name}\r\n\r\n");
    if body.len() + head.len() > POST_FORM_RAW_BYTES_MAX {
        return;
    }
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(&read.file);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--").as_bytes());
    let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
    assert_eq!(read_by(&content_type, &body, 64).as_ref(), Ok(read));
}
