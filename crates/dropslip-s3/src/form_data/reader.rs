//! Takes a form apart, piece by piece, wherever the bytes are cut.

use std::fmt;

use super::boundary::boundary;
use super::error::{FormDataError, FormDataErrorKind, malformed};
use super::part_head::PartHead;
use crate::limits::{
    FORM_DELIMITER_PADDING_BYTES_MAX, POST_FORM_FIELDS_MAX, POST_FORM_RAW_BYTES_MAX,
};

/// A piece of a form.
#[derive(PartialEq, Eq)]
pub enum Piece<'a> {
    /// A field before the file.
    Field {
        /// Its name, in the case in which it came.
        name: String,
        /// Its value, just as it came.
        value: Vec<u8>,
    },
    /// The field `file` begins; no field comes behind it.
    File {
        /// The name of the file, if it has one.
        name: Option<String>,
    },
    /// Bytes of the file.
    Data(&'a [u8]),
    /// The file has ended.
    FileEnd,
}

/// Reads the body of a form. Memory is bounded by the limits of [`crate::limits`].
pub struct FormReader {
    /// CRLF, two dashes, the boundary. Only its first byte is a CR, so that bytes which
    /// begin like it and go on otherwise hold no other beginning of it.
    delimiter: Vec<u8>,
    /// How many bytes of the delimiter have just come.
    matched: usize,
    place: Place,
    /// The line, head or value that is being read.
    gathered: Vec<u8>,
    fields: usize,
    /// How many bytes have come before the file.
    bytes: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// Before the first delimiter.
    Preamble,
    /// Behind a delimiter, in its line.
    Line,
    /// In the lines above a part.
    Head,
    /// In the value of the field of that name.
    Value { name: String },
    /// In the file.
    File,
    /// In the line of the delimiter behind the file.
    FileLine,
    /// Behind that line: nothing of it counts.
    Rest,
}

/// What the next bytes are to the delimiter.
enum Scan<'a> {
    /// They stand before it.
    Before(&'a [u8]),
    /// So many bytes that began like it were none.
    Held(usize),
    /// They are its end.
    Found,
    /// All of them may be part of it.
    More,
}

impl FormReader {
    /// Begins with the form's content type, `multipart/form-data; boundary=…`.
    ///
    /// # Errors
    /// When it is another type, or has no boundary of 1 to 70 characters.
    pub fn new(content_type: &str) -> Result<Self, FormDataError> {
        Ok(Self {
            delimiter: format!("\r\n--{}", boundary(content_type)?).into_bytes(),
            // The first delimiter needs no line end before it.
            matched: 2,
            place: Place::Preamble,
            gathered: Vec::new(),
            fields: 0,
            bytes: 0,
        })
    }

    /// Reads the next piece, and moves `input` behind it. `None` means that all of `input`
    /// has been read, and more is needed or the body has ended.
    ///
    /// # Errors
    /// When the bytes are no form, or those before the file are too many. Nothing can
    /// be read after that.
    pub fn read<'p, 'a: 'p>(
        &'p mut self,
        input: &mut &'a [u8],
    ) -> Result<Option<Piece<'p>>, FormDataError> {
        while !input.is_empty() {
            match self.place {
                Place::File => match self.scan(input) {
                    Scan::Before(bytes) => return Ok(Some(Piece::Data(bytes))),
                    Scan::Held(count) => return Ok(Some(Piece::Data(&self.delimiter[..count]))),
                    Scan::Found => self.place = Place::FileLine,
                    Scan::More => {}
                },
                Place::FileLine => {
                    if self.read_file_line(input)? {
                        return Ok(Some(Piece::FileEnd));
                    }
                }
                Place::Rest => *input = &[],
                _ => {
                    let room = POST_FORM_RAW_BYTES_MAX - self.bytes;
                    if room == 0 {
                        return Err(FormDataErrorKind::TooLong.into());
                    }
                    let taken = &input[..room.min(input.len())];
                    let mut rest = taken;
                    let piece = self.read_before_file(&mut rest)?;
                    let used = taken.len() - rest.len();
                    self.bytes += used;
                    *input = &input[used..];
                    if piece.is_some() {
                        return Ok(piece);
                    }
                }
            }
        }
        Ok(None)
    }

    /// Ends the body.
    ///
    /// # Errors
    /// When the form is not whole, or had no file.
    pub fn finish(self) -> Result<(), FormDataError> {
        match self.place {
            Place::Rest => Ok(()),
            Place::Preamble => Err(malformed("The boundary is not in it")),
            _ => Err(malformed("It ends before its last boundary")),
        }
    }

    /// One step before the file; `None` if it makes no piece.
    fn read_before_file(
        &mut self,
        input: &mut &[u8],
    ) -> Result<Option<Piece<'static>>, FormDataError> {
        match &self.place {
            Place::Preamble => {
                if matches!(self.scan(input), Scan::Found) {
                    self.place = Place::Line;
                }
                Ok(None)
            }
            Place::Line => {
                if self.read_line(input)? {
                    self.place = Place::Head;
                }
                Ok(None)
            }
            Place::Head => self.read_head(input),
            _ => Ok(self.read_value(input)),
        }
    }

    /// The rest of a delimiter's line. `true` once a part follows.
    fn read_line(&mut self, input: &mut &[u8]) -> Result<bool, FormDataError> {
        let is_whole = self.gather_line(input);
        if self.gathered.starts_with(b"--") {
            return Err(FormDataErrorKind::FileMissing.into());
        }
        if is_whole && !is_padding(&self.gathered) {
            return Err(malformed("Something stands behind a boundary in its line"));
        }
        if is_whole {
            self.gathered.clear();
        }
        Ok(is_whole)
    }

    fn read_head(&mut self, input: &mut &[u8]) -> Result<Option<Piece<'static>>, FormDataError> {
        let is_line = self.gather_line(input);
        let is_whole = self.gathered == b"\r\n" || self.gathered.ends_with(b"\r\n\r\n");
        if !(is_line && is_whole) {
            return Ok(None);
        }
        let head = PartHead::parse(&self.gathered)?;
        self.gathered.clear();
        if head.name.eq_ignore_ascii_case("file") {
            self.place = Place::File;
            let name = head.file_name;
            return Ok(Some(Piece::File { name }));
        }
        self.fields += 1;
        if self.fields > POST_FORM_FIELDS_MAX {
            return Err(FormDataErrorKind::TooManyFields.into());
        }
        self.place = Place::Value { name: head.name };
        Ok(None)
    }

    fn read_value(&mut self, input: &mut &[u8]) -> Option<Piece<'static>> {
        match self.scan(input) {
            Scan::Before(bytes) => self.gathered.extend_from_slice(bytes),
            Scan::Held(count) => self.gathered.extend_from_slice(&self.delimiter[..count]),
            Scan::More => {}
            Scan::Found => {
                let value = std::mem::take(&mut self.gathered);
                let Place::Value { name } = std::mem::replace(&mut self.place, Place::Line) else {
                    return None;
                };
                return Some(Piece::Field { name, value });
            }
        }
        None
    }

    /// The line behind the file. `true` once the file has ended.
    fn read_file_line(&mut self, input: &mut &[u8]) -> Result<bool, FormDataError> {
        let room = FORM_DELIMITER_PADDING_BYTES_MAX - self.gathered.len();
        let taken = &input[..room.min(input.len())];
        let mut rest = taken;
        let is_whole = self.gather_line(&mut rest);
        *input = &input[taken.len() - rest.len()..];
        let is_last = self.gathered.starts_with(b"--");
        let is_full = self.gathered.len() == FORM_DELIMITER_PADDING_BYTES_MAX;
        if is_last || (is_whole && is_padding(&self.gathered)) {
            self.gathered.clear();
            self.place = Place::Rest;
            return Ok(true);
        }
        if is_whole || is_full {
            return Err(malformed("Something stands behind a boundary in its line"));
        }
        Ok(false)
    }

    /// Gathers to the end of the line. `true` if that has come.
    fn gather_line(&mut self, input: &mut &[u8]) -> bool {
        let end = input.iter().position(|byte| *byte == b'\n');
        let (line, rest) = input.split_at(end.map_or(input.len(), |end| end + 1));
        self.gathered.extend_from_slice(line);
        *input = rest;
        end.is_some()
    }

    /// Looks for the delimiter, and moves `input` behind what was seen.
    fn scan<'a>(&mut self, input: &mut &'a [u8]) -> Scan<'a> {
        if self.matched == 0 {
            let start = input.iter().position(|byte| *byte == b'\r');
            let (before, rest) = input.split_at(start.unwrap_or(input.len()));
            if !before.is_empty() {
                *input = rest;
                return Scan::Before(before);
            }
        }
        let awaited = &self.delimiter[self.matched..];
        let same = awaited
            .iter()
            .zip(input.iter())
            .take_while(|(a, b)| a == b)
            .count();
        self.matched += same;
        *input = &input[same..];
        if self.matched == self.delimiter.len() {
            self.matched = 0;
            Scan::Found
        } else if input.is_empty() {
            Scan::More
        } else {
            Scan::Held(std::mem::take(&mut self.matched))
        }
    }
}

/// White space that may stand between a boundary and its line end (RFC 2046).
fn is_padding(line: &[u8]) -> bool {
    let padding = line.strip_suffix(b"\r\n");
    padding.is_some_and(|padding| padding.iter().all(|byte| b" \t".contains(byte)))
}

/// A form may hold a signature and a session token, so values do not show.
impl fmt::Debug for Piece<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field { name, value } => write!(f, "Field({name:?}, {} bytes)", value.len()),
            Self::File { name } => write!(f, "File({name:?})"),
            Self::Data(bytes) => write!(f, "Data({} bytes)", bytes.len()),
            Self::FileEnd => f.write_str("FileEnd"),
        }
    }
}

impl fmt::Debug for FormReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormReader")
            .field("place", &self.place)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}
