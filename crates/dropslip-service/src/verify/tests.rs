//! First bytes as files have them, and as those have that pretend.

use super::*;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0";
const GIF: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0";
const ZIP: &[u8] = b"PK\x03\x04\x14\0\0\0\x08\0";
const PDF: &[u8] = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n";
const ELF: &[u8] = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0";
const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0";
const WEBM: &[u8] = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01";
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

#[track_caller]
fn fits(declared: &str, first: &[u8]) {
    if let Err(mismatch) = check(&MediaType::parse(declared).unwrap(), first) {
        panic!("{declared}: {mismatch}");
    }
}

/// Refused, with these words.
#[track_caller]
fn differs(declared: &str, first: &[u8], words: &str) {
    match check(&MediaType::parse(declared).unwrap(), first) {
        Ok(()) => panic!("{declared} was taken: {}", first.escape_ascii()),
        Err(mismatch) => {
            let said = mismatch.to_string();
            assert!(said.contains(words), "{declared}: {said}");
        }
    }
}

fn ftyp(brands: &[&str]) -> Vec<u8> {
    let size = u32::try_from(12 + 4 * brands.len()).unwrap();
    let mut bytes = size.to_be_bytes().to_vec();
    bytes.extend(b"ftyp");
    bytes.extend(brands[0].bytes());
    bytes.extend([0; 4]);
    bytes.extend(brands[1..].iter().flat_map(|brand| brand.bytes()));
    bytes.extend(b"\0\0\0\0\x08moov");
    bytes
}

fn riff(kind: &[u8]) -> Vec<u8> {
    [b"RIFF\x24\0\0\0", kind, b"fmt \x10\0\0\0"].concat()
}

fn utf_16(text: &str, is_little: bool, mark: bool) -> Vec<u8> {
    let units = mark
        .then_some(0xfeff)
        .into_iter()
        .chain(text.encode_utf16());
    let bytes = |unit: u16| {
        if is_little {
            unit.to_le_bytes()
        } else {
            unit.to_be_bytes()
        }
    };
    units.flat_map(bytes).collect()
}

fn windows_program() -> Vec<u8> {
    let mut bytes = b"MZ\x90\0\x03\0\0\0".to_vec();
    bytes.resize(60, 0);
    bytes.extend(b"\x80\0\0\0This program cannot be run in DOS mode.");
    bytes
}

#[test]
fn files_are_what_they_say() {
    fits("image/png", PNG);
    fits("IMAGE/PNG; charset=binary", PNG);
    fits("image/jpeg", JPEG);
    fits("image/jpg", JPEG);
    fits("image/gif", GIF);
    fits("image/webp", &riff(b"WEBP"));
    fits("image/tiff", b"II*\0\x08\0\0\0");
    fits("image/tiff", b"MM\0*\0\0\0\x08");
    fits("image/bmp", b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28");
    fits("image/x-icon", b"\0\0\x01\0\x01\0\x10\x10");
    fits("image/jxl", b"\xff\x0a\xfa");
    fits("application/pdf", PDF);
    fits("application/pdf", b"\n\n%PDF-1.4\n");
    fits("application/gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\x03");
    fits(
        "application/x-tar",
        &[&[0; 257][..], b"ustar\x0000"].concat(),
    );
    fits("application/x-7z-compressed", b"7z\xbc\xaf\x27\x1c\0\x04");
    fits("audio/mpeg", b"ID3\x04\0\0\0\0\0\0");
    fits("audio/mp3", b"\xff\xfb\x90\x64\0\0");
    fits("audio/wav", &riff(b"WAVE"));
    fits("audio/x-wav", &riff(b"WAVE"));
    fits("audio/ogg", b"OggS\0\x02\0\0");
    fits("video/ogg", b"OggS\0\x02\0\0");
    fits("audio/flac", b"fLaC\0\0\0\x22");
    fits("video/webm", WEBM);
    fits("audio/webm", WEBM);
    fits("video/x-matroska", WEBM);
    fits("font/woff2", b"wOF2\0\x01\0\0");
    fits("application/wasm", b"\0asm\x01\0\0\0");
    fits("application/x-msdownload", &windows_program());
    fits("application/x-executable", ELF);
    // What only `infer` knows.
    fits("audio/amr", b"#!AMR\n\x3c\x91\x17\x16\xbe\x66");
    fits(
        "application/x-rpm",
        &[b"\xed\xab\xee\xdb\x03\0", &[0; 100][..]].concat(),
    );
}

#[test]
fn files_that_say_something_else() {
    differs("image/png", JPEG, "begins as image/jpeg");
    differs("image/jpeg", PNG, "begins as image/png");
    differs("image/jpeg", b"\xff\xd8", "begins as text/plain");
    differs("image/jpeg", b"hello", "begins as text/plain");
    differs("image/png", b"", "is empty");
    differs("image/webp", &riff(b"WAVE"), "begins as audio/wav");
    differs("audio/wav", &riff(b"WEBP"), "begins as image/webp");
    differs("image/bmp", b"BMW,Audi\nVW,Opel\n", "begins as text/plain");
    differs("application/pdf", ZIP, "begins as application/zip");
    differs(
        "application/pdf",
        &[ELF, PDF].concat(),
        "begins as application/x-executable",
    );
    differs(
        "application/pdf",
        &[&b" ".repeat(1024)[..], PDF].concat(),
        "begins as text/plain",
    );
    differs("application/zip", PDF, "begins as application/pdf");
    differs("video/mp4", WEBM, "begins as video/webm");
    differs("video/webm", &ftyp(&["isom"]), "begins as video/mp4");
    differs("audio/mpeg", b"\xff\xff\xff\xff", "begins as text/plain");
    differs(
        "application/x-msdownload",
        ELF,
        "begins as application/x-executable",
    );
    differs("application/x-rpm", PNG, "begins as image/png");
    differs("image/gif", b"GIF88a\0\0", "does not begin");
}

#[test]
fn one_container_and_many_names() {
    for declared in [
        "application/zip",
        "application/x-zip-compressed",
        "application/epub+zip",
        "application/vnd.oasis.opendocument.text",
        DOCX,
    ] {
        fits(declared, ZIP);
        differs(declared, PNG, "begins as image/png");
    }
    fits("application/zip", b"PK\x05\x06\0\0\0\0");
    // With a password.
    fits(DOCX, COMPOUND);
    fits("application/vnd.ms-excel.sheet.macroenabled.12", ZIP);
    for declared in [
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
    ] {
        fits(declared, COMPOUND);
        differs(declared, ZIP, "begins as application/zip");
    }
}

#[test]
fn brands_tell_images_from_films() {
    for film in ["isom", "mp42", "avc1", "M4V ", "3gp5", "dash"] {
        for declared in ["video/mp4", "audio/mp4", "video/quicktime", "video/3gpp"] {
            fits(declared, &ftyp(&[film, "mp41"]));
        }
    }
    fits("video/quicktime", &ftyp(&["qt  "]));
    fits("video/quicktime", b"\0\0\0\x08wide\0\0\x10\0mdat");
    fits("image/heic", &ftyp(&["heic", "mif1"]));
    fits("image/heif", &ftyp(&["mif1", "heic"]));
    fits("image/avif", &ftyp(&["avif", "mif1"]));
    fits("image/avif", &ftyp(&["mif1", "avif"]));
    differs(
        "image/heic",
        &ftyp(&["isom", "mp42"]),
        "begins as video/mp4",
    );
    differs(
        "image/avif",
        &ftyp(&["heic", "mif1"]),
        "begins as image/heic",
    );
    differs(
        "video/mp4",
        &ftyp(&["heic", "isom"]),
        "begins as image/heic",
    );
    differs(
        "video/mp4",
        &ftyp(&["avif", "isom"]),
        "begins as image/avif",
    );
    // The brands of a box end with the box.
    let mut behind = ftyp(&["isom"]);
    behind.splice(16.., *b"avifavif");
    differs("image/avif", &behind, "begins as video/mp4");
}

#[test]
fn texts() {
    for declared in [
        "text/plain",
        "text/csv",
        "text/markdown",
        "application/yaml",
        "application/x-ndjson",
    ] {
        fits(declared, b"");
        fits(declared, b"a,b\r\n1,2\r\n");
        fits(declared, "über\tßtraße €".as_bytes());
        // The window ends within a character.
        fits(declared, &"aé".as_bytes()[..2]);
        fits(declared, &[b"\xef\xbb\xbf", "ü".as_bytes()].concat());
        fits(declared, &utf_16("größe;1\r\n", true, true));
        fits(declared, &utf_16("größe;1\r\n", false, true));
        // Windows-1252, as spreadsheets write it.
        fits(declared, b"Gr\xf6\xdfe;1,5\r\n");
        differs(declared, b"a\0b", "does not begin");
        differs(declared, PNG, "begins as image/png");
        differs(declared, ELF, "begins as application/x-executable");
        differs(declared, PDF, "begins as application/pdf");
        differs(declared, b"\xe9\x01\x02", "does not begin");
        differs(declared, &utf_16("a\0b", true, true), "begin");
    }
    // Begins like a bitmap, a program and a song, and is none.
    fits("text/csv", b"BMW,Audi\n");
    fits("text/plain", b"MZ and so on");
    fits("text/plain", b"ID3 tags are old");
    fits("text/plain", b"#!/bin/sh\necho a\n");
    fits("application/x-sh", b"#!/bin/sh\necho a\n");
    fits("text/markdown", b"<h1 align=\"center\">Title</h1>\n");
    fits("text/rtf", b"{\\rtf1\\ansi");
    differs("text/plain", b"{\\rtf1\\ansi", "begins as application/rtf");
}

#[test]
fn json_begins_as_json() {
    for text in ["{\"a\":1}", " \n[1]", "-1", "null", "\"x\"", ""] {
        fits("application/json", text.as_bytes());
        fits("application/geo+json", text.as_bytes());
    }
    for text in ["<p>", "a=1", "// c\n{}", "\\"] {
        differs("application/json", text.as_bytes(), "begins as text/plain");
    }
    differs("application/json", PNG, "begins as image/png");
}

#[test]
fn html_is_html_alone() {
    let documents = [
        "<!doctype html><p>x",
        "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\">",
        "  \r\n<html>",
        "\u{feff}<HTML lang=de>",
        "<script>alert(1)</script>",
        "<ScRiPt/src=x>",
        "<!-- a --> <!-- b -->\n<body onload=x>",
        "<?xml version=\"1.0\"?>\n<html xmlns=\"http://www.w3.org/1999/xhtml\">",
        "<x:html xmlns:x=\"http://www.w3.org/1999/xhtml\">",
        "<iframe src=x>",
        "<head>",
    ];
    for document in documents {
        for declared in [
            "image/png",
            "text/plain",
            "text/markdown",
            "application/json",
            "application/pdf",
            "application/xml",
            "image/svg+xml",
            "application/octet-stream",
            "video/mp4",
            "application/x-unknown",
            "text/css",
        ] {
            differs(declared, document.as_bytes(), "begins as text/html");
            differs(
                declared,
                &utf_16(document, true, true),
                "begins as text/html",
            );
        }
        fits("text/html", document.as_bytes());
        fits("text/html; charset=utf-8", document.as_bytes());
        fits("application/xhtml+xml", document.as_bytes());
    }
    fits("text/html", b"just words");
    fits("text/html", b"<p>a fragment");
    differs("text/html", PNG, "begins as image/png");
    // Not UTF-8, and browsers do not mind.
    differs(
        "text/plain",
        b"<script>\xff\xfe</script>",
        "begins as text/html",
    );
}

#[test]
fn svg_is_svg_alone() {
    let comment = format!("<!--{}-->", "x".repeat(3000));
    let documents = [
        "<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_owned(),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg>".to_owned(),
        "\u{feff} <!-- made by hand --><svg width=\"1\">".to_owned(),
        "<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd\"><svg>".to_owned(),
        "<!DOCTYPE svg [<!ENTITY a \"]>\"> <!ENTITY b 'x'>]>\n<svg>".to_owned(),
        "<s:svg xmlns:s=\"http://www.w3.org/2000/svg\">".to_owned(),
        "<?xml-stylesheet href=\"a.css\"?><SVG>".to_owned(),
        format!("{comment}<svg>"),
    ];
    for document in &documents {
        let bytes = document.as_bytes();
        fits("image/svg+xml", bytes);
        fits("image/svg+xml", &utf_16(document, true, true));
        fits(
            "image/svg+xml",
            &utf_16(document.trim_start_matches(['\u{feff}', ' ']), false, false),
        );
        for declared in [
            "image/png",
            "text/plain",
            "application/xml",
            "text/html",
            "application/octet-stream",
            "image/x-unknown",
        ] {
            differs(declared, bytes, "begins as image/svg+xml");
        }
    }
    differs("image/svg+xml", PNG, "begins as image/png");
    differs("image/svg+xml", b"<p>x</p>", "begins as text/plain");
    differs(
        "image/svg+xml",
        b"<rss><svg/></rss>",
        "begins as text/plain",
    );
    differs("image/svg+xml", b"", "is empty");
    differs(
        "image/svg+xml",
        &[b"\x1f\x8b\x08\0\0\0\0\0\0\x03", &b"x"[..]].concat(),
        "begins as application/gzip",
    );
    let hidden = format!("<!--{}", "x".repeat(4092));
    differs(
        "image/svg+xml",
        hidden.as_bytes(),
        "too much before its root element",
    );
    differs(
        "application/xml",
        hidden.as_bytes(),
        "too much before its root element",
    );
    differs(
        "application/octet-stream",
        hidden.as_bytes(),
        "begins as text/html",
    );
    fits("application/xml", b"<?xml version=\"1.0\"?><rss/>");
    fits(
        "application/atom+xml",
        b"<feed xmlns=\"http://www.w3.org/2005/Atom\">",
    );
    fits("text/xml", b"<!-- a --><svgs>");
}

#[test]
fn unknown_types_are_believed_unless_they_run() {
    for declared in [
        "application/octet-stream",
        "application/x-unknown",
        "chemical/x-pdb",
        "image/x-unknown",
    ] {
        fits(declared, b"");
        fits(declared, b"\x01\x02\x03\x04");
        fits(declared, PNG);
        fits(declared, ZIP);
        fits(declared, b"ATOM      1  N   MET");
        fits(declared, b"MZ is how this text begins, and it is no program at all, however long it goes on and on");
        differs(declared, ELF, "begins as application/x-executable");
        differs(declared, &windows_program(), "portable-executable");
        differs(
            declared,
            b"#!/usr/bin/env python\n",
            "begins as text/x-shellscript",
        );
        differs(
            declared,
            b"\n<?PHP system('x');",
            "begins as application/x-httpd-php",
        );
        differs(
            declared,
            b"\xcf\xfa\xed\xfe\x07\0\0\x01",
            "begins as application/x-mach-binary",
        );
        differs(
            declared,
            b"\xca\xfe\xba\xbe\0\0\0\x34",
            "begins as application/x-mach-binary",
        );
        differs(
            declared,
            b"dex\n035\0",
            "begins as application/vnd.android.dex",
        );
        differs(
            declared,
            b"<img src=x onerror=alert(1)>",
            "begins as text/html",
        );
        differs(declared, b"<a href=x>", "begins as text/html");
    }
}

#[test]
fn any_bytes_of_any_type_have_an_answer() {
    let starts: &[&[u8]] = &[
        b"",
        b"<",
        b"<!",
        b"<?",
        b"</",
        b"<svg",
        b"\xff",
        b"\xff\xfe",
        b"\xfe\xff\xd8",
        b"\0<\0",
        b"\0\0\0\x04ftyp",
        b"\xff\xff\xff\xffftypavif\0\0\0\0",
        b"RIFF",
    ];
    let types = FAMILIES
        .iter()
        .flat_map(|family| family.types.iter().copied());
    for declared in types.chain([
        SVG,
        "",
        "/",
        "text/",
        "text/html",
        "application/json",
        OCTET_STREAM,
        "a/b",
    ]) {
        for start in starts {
            for cut in 0..=start.len() {
                let _ = verdict(&start[..cut], declared);
            }
        }
    }
}

#[test]
fn no_name_is_in_two_families() {
    let mut names: Vec<&str> = FAMILIES
        .iter()
        .flat_map(|family| family.types)
        .copied()
        .collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    for name in names {
        let families = FAMILIES.iter().filter(|family| family.has(name)).count();
        assert_eq!(families, 1, "{name}");
        assert!(!is_html(name) && name != SVG, "{name}");
    }
}
