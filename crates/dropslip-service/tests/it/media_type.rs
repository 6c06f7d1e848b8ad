//! Content types: read, matched, and turned into extensions.

use dropslip_service::media_type::{MediaType, TypePattern};

#[track_caller]
fn check(text: &str, expected: Result<&str, &str>) {
    let got = MediaType::parse(text);
    match (expected, &got) {
        (Ok(expected), Ok(got)) => assert_eq!(got.as_str(), expected),
        (Err(part), Err(got)) => assert!(got.contains(part), "`{text}`: {got}"),
        _ => panic!("`{text}`: expected {expected:?}, got {got:?}"),
    }
}

#[test]
fn types_are_made_regular() {
    check("image/png", Ok("image/png"));
    check("Image/PNG", Ok("image/png"));
    check(" \timage/png\t ", Ok("image/png"));
    check("image/svg+xml", Ok("image/svg+xml"));
    check(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        Ok("application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    );
}

#[test]
fn parameters_stay_as_sent() {
    check("text/html; charset=UTF-8", Ok("text/html; charset=UTF-8"));
    check("TEXT/HTML;Charset=UTF-8", Ok("text/html;Charset=UTF-8"));
    check("text/html ; charset=utf-8", Ok("text/html; charset=utf-8"));
    check(
        r#"multipart/mixed; boundary="a;b\"c"; x=y"#,
        Ok(r#"multipart/mixed; boundary="a;b\"c"; x=y"#),
    );
    assert_eq!(
        MediaType::parse("Text/Plain; charset=utf-8")
            .unwrap()
            .essence(),
        "text/plain"
    );
}

#[test]
fn malformed_types_are_refused() {
    for text in [
        "",
        "image",
        "image/",
        "/png",
        "image/png/x",
        "image png",
        "im age/png",
        "image/*",
        "*/*",
        "*/png",
        "image,png/x",
        "image/png\r\nx-amz-acl: public-read",
        "imagé/png",
        "image/png\0",
        "image/p\u{7f}ng",
        "; charset=utf-8",
    ] {
        check(text, Err("type/subtype"));
    }
    for text in [
        "text/html;",
        "text/html; charset",
        "text/html; =utf-8",
        "text/html; charset=",
        "text/html; a=b c=d",
        "text/html; a=\"b",
        "text/html; a=é",
        "text/html; a=\"b\nc\"",
        "text/html; a=\"b\"c",
    ] {
        check(text, Err("parameter"));
    }
    check(
        &format!("image/{}", "x".repeat(249)),
        Ok(&format!("image/{}", "x".repeat(249))),
    );
    check(
        &format!("image/{}", "x".repeat(250)),
        Err("longer than 255"),
    );
}

#[test]
fn guessed_from_names() {
    let check = |name: &str, expected: &str| {
        assert_eq!(MediaType::of_file_name(name).as_str(), expected, "{name}")
    };
    check("x.jpg", "image/jpeg");
    check("X.JPG", "image/jpeg");
    check("../../é \"x\".jpg", "image/jpeg");
    check("clip.mov", "video/quicktime");
    check("a.tar.gz", "application/gzip");
    check("notes.txt", "text/plain");
    check("no extension", "application/octet-stream");
    check("", "application/octet-stream");
    check(".", "application/octet-stream");
    check("x.nobody-knows", "application/octet-stream");
    check("x.jp\0g", "application/octet-stream");
}

/// Type and extension, a blank between them.
const EXTENSIONS: &str = "
    image/jpeg jpg
    image/png png
    image/webp webp
    image/gif gif
    image/avif avif
    image/heic heic
    image/svg+xml svg
    image/tiff tif
    video/mp4 mp4
    video/webm webm
    video/quicktime mov
    audio/mpeg mp3
    audio/wav wav
    application/pdf pdf
    application/zip zip
    application/json json
    text/plain txt
    text/csv csv
    text/html html
    application/vnd.openxmlformats-officedocument.wordprocessingml.document docx
    application/vnd.openxmlformats-officedocument.spreadsheetml.sheet xlsx
    application/vnd.openxmlformats-officedocument.presentationml.presentation pptx
    application/vnd.oasis.opendocument.text odt
    application/epub+zip epub
    application/xml xml
    application/x-7z-compressed 7z
    application/vnd.rar rar
    application/x-tar tar
    application/rtf rtf
    application/wasm wasm
    application/x-zip-compressed zip
    audio/x-m4a m4a
    image/jpg jpg
    video/x-m4v m4v
    audio/flac flac
    audio/aac aac
    audio/webm weba
    audio/x-wav wav
    image/bmp bmp
    image/x-icon ico
    image/heif heif
    image/jxl jxl
    image/vnd.adobe.photoshop psd
    text/css css
    text/xml xml
    text/calendar ics
    text/yaml yaml
    text/vtt vtt
    video/x-msvideo avi
    video/ogg ogv
    video/3gpp 3gp
    font/woff2 woff2
    model/gltf-binary glb
    application/octet-stream bin
    application/x-nobody-knows bin
    x/y bin
";

#[test]
fn extensions_of_types() {
    let mut wrong = Vec::new();
    for line in EXTENSIONS.lines().filter(|line| !line.is_empty()) {
        let (text, expected) = line.trim().rsplit_once(' ').unwrap();
        let got = MediaType::parse(text).unwrap().extension();
        if got != expected {
            wrong.push((text, expected, got));
        }
    }
    assert!(wrong.is_empty(), "type, expected, got: {wrong:#?}");
    assert_eq!(
        MediaType::parse("text/plain; charset=utf-8")
            .unwrap()
            .extension(),
        "txt"
    );
}

#[test]
fn patterns() {
    let check = |pattern: &str, text: &str, expected: bool| {
        let (pattern, text) = (
            TypePattern::parse(pattern).unwrap(),
            MediaType::parse(text).unwrap(),
        );
        assert_eq!(pattern.accepts(&text), expected, "{pattern} {text}");
    };
    check("image/png", "image/png", true);
    check("Image/PNG", "image/png", true);
    check("image/png", "image/png; x=y", true);
    check("image/*", "image/png", true);
    check("*/*", "application/octet-stream", true);
    check("image/png", "image/jpeg", false);
    check("image/png", "image/pngx", false);
    check("image/*", "imagex/png", false);
    check("image/*", "video/mp4", false);
    for wrong in [
        "",
        "*",
        "image",
        "image/",
        "*/png",
        "ima*/png",
        "image/p*",
        "image/png; q=1",
        "image/png,image/gif",
        ".png",
    ] {
        assert!(TypePattern::parse(wrong).is_err(), "{wrong}");
    }
    assert_eq!(
        TypePattern::parse("IMAGE/*").unwrap().to_string(),
        "image/*"
    );
}
