//! Forms as browsers and programs send them, cut anywhere, and those that are none.

use super::*;
use crate::error::Code;
use crate::limits::{
    FORM_DELIMITER_PADDING_BYTES_MAX, POST_FORM_FIELDS_MAX, POST_FORM_RAW_BYTES_MAX,
};

const TYPE: &str = "multipart/form-data; boundary=xYz";

/// What was read of a form.
#[derive(Debug, Default, PartialEq, Eq)]
struct Read {
    fields: Vec<(String, Vec<u8>)>,
    file_name: Option<Option<String>>,
    file: Vec<u8>,
    ended: bool,
}

/// Reads a body in pieces of that many bytes.
fn read_by(content_type: &str, body: &[u8], size: usize) -> Result<Read, FormDataError> {
    let mut reader = FormReader::new(content_type)?;
    let mut read = Read::default();
    for mut input in body.chunks(size) {
        while let Some(piece) = reader.read(&mut input)? {
            assert!(!read.ended, "{piece:?}");
            match piece {
                Piece::Field { name, value } => {
                    assert_eq!(read.file_name, None);
                    read.fields.push((name, value));
                }
                Piece::File { name } => assert_eq!(read.file_name.replace(name), None),
                Piece::Data(bytes) => {
                    assert!(read.file_name.is_some() && !bytes.is_empty());
                    read.file.extend_from_slice(bytes);
                }
                Piece::FileEnd => read.ended = true,
            }
        }
        assert!(input.is_empty());
    }
    reader.finish()?;
    assert!(read.ended);
    Ok(read)
}

/// Reads a body whole and cut everywhere, which must not matter.
#[track_caller]
fn read(content_type: &str, body: &[u8]) -> Result<Read, FormDataError> {
    let whole = read_by(content_type, body, body.len().max(1));
    for size in [1, 2, 3, 5, 7, 64] {
        assert_eq!(read_by(content_type, body, size), whole, "by {size}");
    }
    whole
}

fn part(disposition: &str, value: &str) -> String {
    format!("--xYz\r\nContent-Disposition: {disposition}\r\n\r\n{value}\r\n")
}

fn field(name: &str, value: &str) -> String {
    part(&format!("form-data; name=\"{name}\""), value)
}

fn file(text: &str) -> String {
    part("form-data; name=\"file\"; filename=\"a.txt\"", text) + "--xYz--\r\n"
}

#[track_caller]
fn check(body: &str, fields: &[(&str, &str)], file: &str) {
    let read = read(TYPE, body.as_bytes()).unwrap_or_else(|error| panic!("{error}: {body}"));
    let got: Vec<(&str, &str)> = read
        .fields
        .iter()
        .map(|(name, value)| (name.as_str(), str::from_utf8(value).expect("it is text")))
        .collect();
    assert_eq!(got, fields);
    assert_eq!(String::from_utf8_lossy(&read.file), file);
}

#[track_caller]
fn check_malformed(body: &str, what: &str) {
    let error = read(TYPE, body.as_bytes()).expect_err(body);
    assert_eq!(error.code(), Code::MalformedPOSTRequest, "{error}: {body}");
    assert!(error.to_string().contains(what), "{error}: {body}");
}

#[track_caller]
fn check_refused(body: &str, kind: &FormDataErrorKind) {
    assert_eq!(
        read(TYPE, body.as_bytes())
            .expect_err("it is refused")
            .kind(),
        kind
    );
}

#[track_caller]
fn check_names(disposition: &str, name: &str, file_name: Option<&str>) {
    let head = format!("Content-Disposition: {disposition}\r\n\r\n");
    let head = part_head::PartHead::parse(head.as_bytes());
    let head = head.unwrap_or_else(|error| panic!("{error}: {disposition}"));
    assert_eq!(
        (head.name.as_str(), head.file_name.as_deref()),
        (name, file_name)
    );
}

#[test]
fn fields_then_the_file() {
    check(&file("hello"), &[], "hello");
    check(&file(""), &[], "");
    let body = field("key", "a.txt") + &field("Acl", "") + &file("hello\r\n");
    check(&body, &[("key", "a.txt"), ("Acl", "")], "hello\r\n");
}

#[test]
fn as_browsers_and_programs_write_it() {
    let chrome = "------WebKitFormBoundary7MA4YWxkTrZu0gW\r\n\
        Content-Disposition: form-data; name=\"key\"\r\n\r\nuser/${filename}\r\n\
        ------WebKitFormBoundary7MA4YWxkTrZu0gW\r\n\
        Content-Disposition: form-data; name=\"file\"; filename=\"K\u{f6}ln %22a%22.png\"\r\n\
        Content-Type: image/png\r\n\r\n\u{89}PNG\r\n\
        ------WebKitFormBoundary7MA4YWxkTrZu0gW--\r\n";
    let of = "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW";
    let got = read(of, chrome.as_bytes()).expect("browsers write this");
    assert_eq!(
        got.fields,
        [("key".to_owned(), b"user/${filename}".to_vec())]
    );
    assert_eq!(
        got.file_name,
        Some(Some("K\u{f6}ln %22a%22.png".to_owned()))
    );
    assert_eq!(got.file, "\u{89}PNG".as_bytes());
    // Python's requests gives each part the name of a file.
    let requests = part("form-data; name=\"key\"; filename=\"key\"", "foo.txt") + &file("bar");
    check(&requests, &[("key", "foo.txt")], "bar");
    let of = "Multipart/Form-Data;charset=utf-8; BOUNDARY=\"x Y:z\"";
    let body = file("bar").replace("xYz", "x Y:z");
    assert_eq!(
        read(of, body.as_bytes()).map(|read| read.file),
        Ok(b"bar".to_vec())
    );
    // Other headers of a part say nothing here.
    let body = file("bar").replace(
        "Content-Disp",
        "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\ncontent-disp",
    );
    check(&body, &[], "bar");
}

#[test]
fn what_looks_like_a_boundary() {
    for text in [
        "\r\n--xY",
        "\r\n--xYx",
        "\r\r\n--xY\r\n",
        "\r\n\r\n--",
        "--xYz",
        "\n--xYz",
        "\r--xYz",
        "\r\n-\r\n--\r\n--x",
        "\r\n--xyz--",
    ] {
        check(&(field("a", text) + &file(text)), &[("a", text)], text);
    }
}

#[test]
fn what_stands_around() {
    let whole = field("key", "a") + &file("b");
    check(
        &format!("a preamble\r\n{whole}an epilogue"),
        &[("key", "a")],
        "b",
    );
    check(&format!("\r\n{whole}"), &[("key", "a")], "b");
    check(whole.trim_end(), &[("key", "a")], "b");
    check(
        &whole.replace("--xYz\r\n", "--xYz \t\r\n"),
        &[("key", "a")],
        "b",
    );
    // What follows the file is passed over, whatever it is.
    let more = "--xYz\r\n".to_owned() + &field("acl", "public-read") + &file("c") + "--xYz--\0";
    check(&file("b").replace("--xYz--\r\n", &more), &[], "b");
}

#[test]
fn names_of_fields_and_files() {
    check_names("form-data; name=\"a\"", "a", None);
    check_names("FORM-DATA;NAME=\"a\";FileName=b.txt", "a", Some("b.txt"));
    check_names("form-data; name=a ; filename=\"\"", "a", Some(""));
    check_names("form-data; name=\"\"; size=3", "", None);
    check_names(
        "form-data; name=\"a;b=c\"; filename=\"d;e\"",
        "a;b=c",
        Some("d;e"),
    );
    check_names(
        r#"form-data; name="a\"b"; filename="\"\"""#,
        "a\"b",
        Some("\"\""),
    );
    check_names(
        r#"form-data; name="a"; filename="C:\b\c.txt""#,
        "a",
        Some(r"C:\b\c.txt"),
    );
    check_names(
        "form-data; name=\"a\"; filename=\"\u{20ac}\"",
        "a",
        Some("\u{20ac}"),
    );
    check_names(
        "form-data; name=\"a\"; filename*=UTF-8''%E2%82%AC.txt",
        "a",
        Some("\u{20ac}.txt"),
    );
    check_names(
        "form-data; name=\"a\"; filename*=utf-8'en'b; filename=\"c\"",
        "a",
        Some("c"),
    );
    check_names("form-data; name=\"a\"; filename*=latin1''%E9", "a", None);
    check_names("form-data; name=\"a\"; filename*=UTF-8''%E9", "a", None);
    check_names("form-data; name=\"a\"; filename*=b", "a", None);
}

#[test]
fn heads_that_are_none() {
    let of = |disposition: &str| part(disposition, "a") + &file("b");
    for (disposition, what) in [
        ("attachment; name=\"a\"", "not form-data"),
        ("form-data", "no name"),
        ("form-data; filename=\"a\"", "no name"),
        ("form-data; name", "no value"),
        ("form-data; name=\"a", "do not end"),
        ("form-data; name=\"a\\\"", "do not end"),
        ("form-data; name=\"a\"b", "behind the quotes"),
        ("form-data; name=\"a\"; name=\"key\"", "two names"),
        ("form-data; name=\"a\"; filename=b; filename=c", "two names"),
        ("form-data; name=\"a\0\"", "control character"),
        ("form-data; name=\"a\rb\"", "control character"),
        ("form-data; name=\"a\nb\"", "control character"),
        ("form-data;\r\n name=\"a\"", "no header"),
        (
            "form-data; name=\"a\"\r\ncontent-disposition: form-data; name=\"b\"",
            "two Content",
        ),
    ] {
        check_malformed(&of(disposition), what);
    }
    check_malformed("--xYz\r\n\r\na\r\n--xYz--", "no Content-Disposition");
    check_malformed(
        "--xYz\r\nContent-Type: a/b\r\n\r\na\r\n--xYz--",
        "no Content-Disposition",
    );
    check_malformed("--xYz\r\nname\r\n\r\na\r\n--xYz--", "no header");
    let mut body = field("a", "b").into_bytes();
    body[45] = 0xff;
    let error = read(TYPE, &body).expect_err("it is no text");
    assert!(error.to_string().contains("not UTF-8"), "{error}");
}

#[test]
fn bodies_that_are_none() {
    let whole = field("key", "a") + &file("b");
    check_malformed("", "not in it");
    check_malformed("{\"key\": 1}", "not in it");
    check_malformed(&whole.replace("xYz", "abc"), "not in it");
    check_malformed(&whole.replace('\r', ""), "behind a boundary");
    check_malformed(
        &whole.replacen("--xYz\r\n", "--xYz-\r\n", 1),
        "behind a boundary",
    );
    check_malformed(
        &whole.replacen("--xYz\r\n", "--xYz\n", 1),
        "behind a boundary",
    );
    let last = format!("--xYz-{}", "x".repeat(FORM_DELIMITER_PADDING_BYTES_MAX));
    check_malformed(&whole.replace("--xYz--", &last), "behind a boundary");
    check_malformed(&whole.replace("--xYz--", "--xYzz"), "behind a boundary");
    // Each place at which a connection may be cut.
    let end = whole.trim_end().len();
    for cut in 6..end {
        check_malformed(&whole[..cut], "ends before its last boundary");
    }
}

#[test]
fn a_form_needs_a_file() {
    check_refused("--xYz--\r\n", &FormDataErrorKind::FileMissing);
    let body = field("key", "a") + &field("files", "b") + "--xYz--";
    check_refused(&body, &FormDataErrorKind::FileMissing);
}

#[test]
fn as_many_fields_as_a_form_may_have() {
    let fields = |count: usize| field("a", "b").repeat(count) + &file("c");
    let got = read(TYPE, fields(POST_FORM_FIELDS_MAX).as_bytes());
    assert_eq!(
        got.expect("it is within").fields.len(),
        POST_FORM_FIELDS_MAX
    );
    check_refused(
        &fields(POST_FORM_FIELDS_MAX + 1),
        &FormDataErrorKind::TooManyFields,
    );
    check_refused(&fields(8_000), &FormDataErrorKind::TooManyFields);
}

#[test]
fn as_many_bytes_as_a_form_may_have_before_its_file() {
    let head = "--xYz\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n";
    let body = |bytes: usize| {
        let fixed = field("a", "").len() + head.len();
        field("a", &"b".repeat(bytes - fixed)) + head + "c\r\n--xYz--"
    };
    check_refused(
        &body(POST_FORM_RAW_BYTES_MAX + 1),
        &FormDataErrorKind::TooLong,
    );
    let got = read(TYPE, body(POST_FORM_RAW_BYTES_MAX).as_bytes());
    assert_eq!(got.map(|read| read.file), Ok(b"c".to_vec()));
    let endless = "x".repeat(POST_FORM_RAW_BYTES_MAX + 1);
    check_refused(&endless, &FormDataErrorKind::TooLong);
    check_refused(&format!("--xYz\r\n{endless}"), &FormDataErrorKind::TooLong);
    check_refused(&format!("--xYz{endless}"), &FormDataErrorKind::TooLong);
}

#[test]
fn content_types() {
    let reader = |content_type: &str| FormReader::new(content_type).map(|_| ());
    for content_type in [
        "multipart/form-data; boundary=a",
        "multipart/form-data ;boundary=\"a b\" ; charset=utf-8",
        &format!("multipart/form-data; boundary={}", "a".repeat(70)),
        "multipart/form-data; boundary=--'()+_,-./:=?",
    ] {
        assert_eq!(reader(content_type), Ok(()), "{content_type}");
    }
    for content_type in [
        "",
        "application/json",
        "multipart/mixed; boundary=a",
        "form-data; boundary=a",
    ] {
        let error = reader(content_type).expect_err(content_type);
        assert_eq!(error.code(), Code::PreconditionFailed, "{content_type}");
    }
    for content_type in [
        "multipart/form-data",
        "multipart/form-data; boundary",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"a \"",
        "multipart/form-data; boundary=\"a",
        "multipart/form-data; boundary=a; boundary=b",
        "multipart/form-data; boundary=\u{e9}",
        "multipart/form-data; boundary=a\rb",
        &format!("multipart/form-data; boundary={}", "a".repeat(71)),
    ] {
        let error = reader(content_type).expect_err(content_type);
        assert_eq!(error.code(), Code::MalformedPOSTRequest, "{content_type}");
    }
}

#[test]
fn nothing_of_a_value_shows() {
    let mut reader = FormReader::new(TYPE).expect("it is one");
    let body = field("x-amz-security-token", "hunter2") + "--xYz\r\n";
    let mut input = body.as_bytes();
    let piece = reader.read(&mut input).expect("it is a form");
    let shown = format!("{piece:?}");
    assert!(
        shown.contains("security-token") && !shown.contains("hunter2"),
        "{shown}"
    );
    let body = field("x-amz-security-token", "hunter2");
    let mut reader = FormReader::new(TYPE).expect("it is one");
    let mut input = &body.as_bytes()[..body.len() - 2];
    assert_eq!(reader.read(&mut input), Ok(None));
    assert!(!format!("{reader:?}").contains("hunter2"));
}
