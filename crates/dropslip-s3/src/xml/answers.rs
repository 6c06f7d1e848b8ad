//! What storages answer, read: lists, and what becomes of multipart uploads.
//!
//! Storages add elements of their own, so those that are not known here are passed over. What
//! a caller relies on must be there: a list without an end, or a part without a number, is an
//! error and no shorter list.

use percent_encoding::percent_decode_str;

use super::error::{ErrorDocument, read_error};
use super::multipart::checksum_element;
use super::tree::Element;
use super::write::Document;
use super::{XmlError, root_of};
use crate::checksum::Algorithm;
use crate::limits::{CLIENT_ANSWER_BYTES_MAX, CLIENT_LIST_BYTES_MAX, PARTS_MAX};

/// A part that a storage has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartAnswer {
    /// Its number, 1 to 10,000.
    pub number: u32,
    /// Its ETag as the storage writes it, mostly with quotes.
    pub etag: String,
    /// Its size.
    pub size_bytes: u64,
    /// Its checksums, base64.
    pub checksums: Vec<(Algorithm, String)>,
}

/// One page of a list of parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartsPageAnswer {
    /// The parts, in the order of their numbers.
    pub parts: Vec<PartAnswer>,
    /// The number behind which the next page begins, if there is one.
    pub next: Option<u32>,
}

/// A multipart upload that has begun and not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadAnswer {
    /// The key that it is for.
    pub key: String,
    /// Its id.
    pub upload_id: String,
    /// When it began, as the storage writes it (RFC 3339).
    pub initiated: String,
}

/// Where the next page of a list of uploads begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadsMarker {
    /// Behind this key,
    pub key: String,
    /// or at this key, behind this upload.
    pub upload_id: String,
}

/// One page of a list of uploads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadsPage {
    /// The uploads, in the order of their keys.
    pub uploads: Vec<UploadAnswer>,
    /// Where the next page begins, if there is one.
    pub next: Option<UploadsMarker>,
}

/// One object of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectAnswer {
    /// Its key.
    pub key: String,
    /// Its size.
    pub size_bytes: u64,
    /// Its ETag as the storage writes it.
    pub etag: String,
    /// When it was written, as the storage writes it (RFC 3339).
    pub last_modified: String,
}

/// One page of a list of objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectsPage {
    /// The objects, in the order of their keys.
    pub objects: Vec<ObjectAnswer>,
    /// The token of the next page, if there is one.
    pub next: Option<String>,
}

/// The object that a multipart upload became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletedAnswer {
    /// Its ETag as the storage writes it; empty where it writes none, as Ceph 16 does.
    pub etag: String,
    /// Its checksums as headers carry them.
    pub checksums: Vec<(Algorithm, String)>,
}

/// Writes the parts that an object is to be made of: number, ETag as the storage wrote it, and
/// checksums.
#[must_use]
pub fn complete_request<'a>(
    parts: impl IntoIterator<Item = (u32, &'a str, &'a [(Algorithm, String)])>,
) -> String {
    let mut document = Document::new("CompleteMultipartUpload");
    for (number, etag, checksums) in parts {
        document.element("Part", |document| {
            for (algorithm, value) in checksums {
                document.text(checksum_element(*algorithm), value);
            }
            document.text("ETag", etag);
            document.text("PartNumber", &number.to_string());
        });
    }
    document.finish("CompleteMultipartUpload")
}

/// Reads the id of an upload that has begun.
///
/// # Errors
/// When it is another document, or has no id.
pub fn read_initiated(bytes: &[u8]) -> Result<String, XmlError> {
    let root = "InitiateMultipartUploadResult";
    let root = Element::read(root, bytes, CLIENT_ANSWER_BYTES_MAX)?;
    filled(&root, "UploadId")
}

/// Reads what became of an upload. The storage says 200 before it has put the parts together,
/// so the document behind white space that kept the connection open may be an error.
///
/// # Errors
/// When it is neither, or does not end.
pub fn read_completed(bytes: &[u8]) -> Result<Result<CompletedAnswer, ErrorDocument>, XmlError> {
    let bytes = bytes.trim_ascii_start();
    let text =
        str::from_utf8(bytes).map_err(|_| XmlError("the document is not UTF-8".to_owned()))?;
    if root_of(text)? == "Error" {
        // Read as a tree first: an error that does not end is none.
        Element::read("Error", bytes, CLIENT_ANSWER_BYTES_MAX)?;
        return read_error(bytes).map(Err);
    }
    let root = "CompleteMultipartUploadResult";
    let root = Element::read(root, bytes, CLIENT_ANSWER_BYTES_MAX)?;
    Ok(Ok(CompletedAnswer {
        etag: root.required("ETag")?.trim().to_owned(),
        checksums: checksums(&root)?,
    }))
}

/// Reads one page of a list of parts.
///
/// # Errors
/// When it is another document, or lacks what a list needs.
pub fn read_parts(bytes: &[u8]) -> Result<PartsPageAnswer, XmlError> {
    // moto calls the document `ListPartsResponse`, and no SDK looks at the name.
    let root = Element::read("ListPartsResult", bytes, CLIENT_LIST_BYTES_MAX)
        .or_else(|_| Element::read("ListPartsResponse", bytes, CLIENT_LIST_BYTES_MAX))?;
    let part = |part: &Element| {
        let number = part_number(part.required("PartNumber")?)?;
        Ok(PartAnswer {
            number,
            etag: filled(part, "ETag")?,
            size_bytes: size(part)?,
            checksums: checksums(part)?,
        })
    };
    let parts: Vec<_> = named(&root, "Part").map(part).collect::<Result<_, _>>()?;
    let next = if is_truncated(&root)? {
        Some(part_number(root.required("NextPartNumberMarker")?)?)
    } else {
        None
    };
    Ok(PartsPageAnswer { parts, next })
}

/// Reads one page of a list of uploads.
///
/// # Errors
/// When it is another document, or lacks what a list needs.
pub fn read_uploads(bytes: &[u8]) -> Result<UploadsPage, XmlError> {
    let root = Element::read("ListMultipartUploadsResult", bytes, CLIENT_LIST_BYTES_MAX)?;
    let names = Names::of(&root)?;
    let upload = |upload: &Element| {
        Ok(UploadAnswer {
            key: names.read(upload.required("Key")?)?,
            upload_id: filled(upload, "UploadId")?,
            initiated: text(upload, "Initiated")?,
        })
    };
    let uploads: Vec<_> = named(&root, "Upload")
        .map(upload)
        .collect::<Result<_, _>>()?;
    let next = if is_truncated(&root)? {
        Some(UploadsMarker {
            key: names.read(root.required("NextKeyMarker")?)?,
            upload_id: text(&root, "NextUploadIdMarker")?,
        })
    } else {
        None
    };
    Ok(UploadsPage { uploads, next })
}

/// Reads one page of a list of objects (version 2).
///
/// # Errors
/// When it is another document, or lacks what a list needs.
pub fn read_objects(bytes: &[u8]) -> Result<ObjectsPage, XmlError> {
    let root = Element::read("ListBucketResult", bytes, CLIENT_LIST_BYTES_MAX)?;
    let names = Names::of(&root)?;
    let object = |object: &Element| {
        Ok(ObjectAnswer {
            key: names.read(object.required("Key")?)?,
            size_bytes: size(object)?,
            etag: text(object, "ETag")?,
            last_modified: text(object, "LastModified")?,
        })
    };
    let objects: Vec<_> = named(&root, "Contents")
        .map(object)
        .collect::<Result<_, _>>()?;
    let next = if is_truncated(&root)? {
        Some(filled(&root, "NextContinuationToken")?)
    } else {
        None
    };
    Ok(ObjectsPage { objects, next })
}

/// How a list writes its names. Not every storage knows `encoding-type`, and says so by not
/// repeating it.
#[derive(Clone, Copy)]
struct Names {
    url_encoded: bool,
}

impl Names {
    fn of(root: &Element) -> Result<Self, XmlError> {
        let encoding = root.one("EncodingType")?;
        Ok(Self {
            url_encoded: encoding.is_some_and(|encoding| encoding.trim() == "url"),
        })
    }

    /// S3 writes a space as `+`, and a plus as `%2B`.
    fn read(self, text: &str) -> Result<String, XmlError> {
        if !self.url_encoded {
            return Ok(text.to_owned());
        }
        let text = text.replace('+', " ");
        let decoded = percent_decode_str(&text).decode_utf8();
        decoded
            .map(std::borrow::Cow::into_owned)
            .map_err(|_| XmlError("a key is not UTF-8".to_owned()))
    }
}

fn named<'a>(root: &'a Element, name: &'a str) -> impl Iterator<Item = &'a Element> {
    root.children.iter().filter(move |child| child.name == name)
}

/// A text without the white space of those who write each element on lines of its own.
fn text(element: &Element, name: &str) -> Result<String, XmlError> {
    Ok(element.one(name)?.unwrap_or_default().trim().to_owned())
}

fn filled(element: &Element, name: &str) -> Result<String, XmlError> {
    let found = element.required(name)?.trim();
    if found.is_empty() {
        return Err(XmlError(format!("`{name}` is empty")));
    }
    Ok(found.to_owned())
}

fn size(element: &Element) -> Result<u64, XmlError> {
    let size = element.required("Size")?.trim();
    size.parse()
        .map_err(|_| XmlError("`Size` is no size".to_owned()))
}

fn part_number(text: &str) -> Result<u32, XmlError> {
    let number = text.trim().parse().ok();
    number
        .filter(|number| (1..=PARTS_MAX as u32).contains(number))
        .ok_or_else(|| XmlError(format!("a part's number is not one of 1 to {PARTS_MAX}")))
}

fn is_truncated(root: &Element) -> Result<bool, XmlError> {
    match root.one("IsTruncated")?.map(str::trim) {
        Some("true") => Ok(true),
        Some("false") | None => Ok(false),
        Some(_) => Err(XmlError(
            "`IsTruncated` is neither `true` nor `false`".to_owned(),
        )),
    }
}

fn checksums(element: &Element) -> Result<Vec<(Algorithm, String)>, XmlError> {
    let mut found = Vec::new();
    for algorithm in Algorithm::ALL {
        let value = text(element, checksum_element(algorithm))?;
        if !value.is_empty() {
            found.push((algorithm, value));
        }
    }
    Ok(found)
}
