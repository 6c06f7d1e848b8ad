//! Types that begin with bytes of their own, with the names that the same bytes go by.
//!
//! A family is one container or format. Which of its types a file is stands deeper than its first bytes (whether an
//! MP4 file has pictures, whether a ZIP file is a workbook), so the names of a family are taken for one another.

/// Whether bytes begin so.
type Fits = fn(&[u8]) -> bool;

/// Types whose files begin alike.
pub(super) struct Family {
    /// Names in lower case, the usual one first.
    pub(super) types: &'static [&'static str],
    /// What else belongs here: the beginning of a name.
    prefixes: &'static [&'static str],
    pub(super) fits: Fits,
}

impl Family {
    const fn new(types: &'static [&'static str], fits: Fits) -> Self {
        Self {
            types,
            prefixes: &[],
            fits,
        }
    }

    pub(super) fn has(&self, essence: &str) -> bool {
        self.types.contains(&essence)
            || self
                .prefixes
                .iter()
                .any(|prefix| essence.starts_with(prefix))
    }
}

/// The table. The order matters only to the words of a refusal: what is told apart with more bytes comes first.
pub(super) const FAMILIES: &[Family] = &[
    Family::new(
        &[
            "image/png",
            "image/x-png",
            "image/apng",
            "image/vnd.mozilla.apng",
        ],
        |b| b.starts_with(b"\x89PNG\r\n\x1a\n"),
    ),
    Family::new(&["image/jpeg", "image/jpg", "image/pjpeg"], |b| {
        b.starts_with(b"\xff\xd8\xff")
    }),
    Family::new(&["image/gif"], |b| {
        b.starts_with(b"GIF87a") || b.starts_with(b"GIF89a")
    }),
    Family::new(&["image/webp"], |b| riff(b, b"WEBP")),
    Family::new(&["image/avif", "image/avif-sequence"], |b| {
        brands(b).any(|brand| AVIF.contains(&brand))
    }),
    Family::new(
        &[
            "image/heic",
            "image/heif",
            "image/heic-sequence",
            "image/heif-sequence",
        ],
        |b| brands(b).any(|brand| HEIF.contains(&brand)),
    ),
    Family::new(&["image/jxl"], |b| {
        b.starts_with(b"\xff\x0a") || b.starts_with(b"\0\0\0\x0cJXL \r\n\x87\n")
    }),
    Family::new(
        &[
            "image/tiff",
            "image/tiff-fx",
            "image/x-adobe-dng",
            "image/x-nikon-nef",
            "image/x-sony-arw",
        ],
        |b| {
            [&b"II*\0"[..], b"MM\0*", b"II+\0", b"MM\0+"]
                .iter()
                .any(|mark| b.starts_with(mark))
        },
    ),
    Family::new(&["image/bmp", "image/x-bmp", "image/x-ms-bmp"], |b| {
        b.starts_with(b"BM") && b.len() >= 14 && b[6..10] == [0; 4]
    }),
    Family::new(
        &["image/vnd.microsoft.icon", "image/x-icon", "image/ico"],
        |b| b.starts_with(b"\0\0\x01\0") || b.starts_with(b"\0\0\x02\0"),
    ),
    Family::new(
        &[
            "image/vnd.adobe.photoshop",
            "image/x-photoshop",
            "image/psd",
            "application/x-photoshop",
        ],
        |b| b.starts_with(b"8BPS"),
    ),
    Family::new(&["image/jp2", "image/jpx", "image/j2k"], |b| {
        b.starts_with(b"\0\0\0\x0cjP  \r\n\x87\n") || b.starts_with(b"\xff\x4f\xff\x51")
    }),
    Family::new(
        &[
            "video/mp4",
            "audio/mp4",
            "application/mp4",
            "audio/m4a",
            "audio/x-m4a",
            "video/x-m4v",
            "video/m4v",
            "video/quicktime",
            "video/3gpp",
            "video/3gpp2",
            "audio/3gpp",
            "audio/3gpp2",
        ],
        is_movie,
    ),
    Family::new(
        &[
            "video/webm",
            "audio/webm",
            "video/x-matroska",
            "audio/x-matroska",
            "video/matroska",
            "audio/matroska",
        ],
        |b| b.starts_with(b"\x1aE\xdf\xa3"),
    ),
    Family::new(
        &[
            "audio/ogg",
            "video/ogg",
            "application/ogg",
            "audio/opus",
            "audio/vorbis",
        ],
        |b| b.starts_with(b"OggS\0"),
    ),
    Family::new(
        &[
            "audio/wav",
            "audio/x-wav",
            "audio/wave",
            "audio/vnd.wave",
            "audio/x-pn-wav",
        ],
        |b| {
            riff(b, b"WAVE")
                || (b.len() >= 12
                    && (b.starts_with(b"RF64") || b.starts_with(b"BW64"))
                    && &b[8..12] == b"WAVE")
        },
    ),
    Family::new(
        &[
            "video/x-msvideo",
            "video/avi",
            "video/msvideo",
            "video/vnd.avi",
        ],
        |b| riff(b, b"AVI "),
    ),
    Family::new(&["audio/flac", "audio/x-flac"], |b| {
        b.starts_with(b"fLaC") || b.starts_with(b"ID3")
    }),
    Family::new(&["audio/aiff", "audio/x-aiff"], |b| {
        b.len() >= 12 && b.starts_with(b"FORM") && (&b[8..12] == b"AIFF" || &b[8..12] == b"AIFC")
    }),
    Family::new(&["audio/midi", "audio/x-midi", "audio/mid"], |b| {
        b.starts_with(b"MThd")
    }),
    Family::new(
        &[
            "audio/mpeg",
            "audio/mp3",
            "audio/x-mp3",
            "audio/mpeg3",
            "audio/x-mpeg",
        ],
        |b| b.starts_with(b"ID3") || is_mpeg_audio(b),
    ),
    Family::new(
        &[
            "audio/aac",
            "audio/x-aac",
            "audio/aacp",
            "audio/x-hx-aac-adts",
        ],
        |b| {
            b.starts_with(b"ID3")
                || b.starts_with(b"ADIF")
                || (b.len() > 1 && b[0] == 0xff && b[1] & 0xf6 == 0xf0)
                || is_movie(b)
        },
    ),
    Family::new(&["video/mpeg", "video/mpg", "video/x-mpeg"], |b| {
        b.starts_with(b"\0\0\x01\xba") || b.starts_with(b"\0\0\x01\xb3")
    }),
    Family::new(&["video/mp2t", "video/vnd.dlna.mpeg-tts"], |b| {
        is_transport_stream(b)
    }),
    Family::new(
        &[
            "video/x-ms-wmv",
            "video/x-ms-asf",
            "audio/x-ms-wma",
            "application/vnd.ms-asf",
        ],
        |b| b.starts_with(b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
    ),
    Family::new(&["video/x-flv"], |b| b.starts_with(b"FLV\x01")),
    Family::new(&["application/pdf", "application/x-pdf"], is_pdf),
    Family::new(
        &["application/postscript", "application/eps", "image/x-eps"],
        |b| b.starts_with(b"%!PS") || b.starts_with(b"\xc5\xd0\xd3\xc6"),
    ),
    Family::new(&["application/rtf", "text/rtf", "text/richtext"], |b| {
        b.starts_with(b"{\\rtf")
    }),
    Family {
        types: &[
            "application/zip",
            "application/x-zip",
            "application/x-zip-compressed",
            "application/zip-compressed",
            "multipart/x-zip",
            "application/epub+zip",
            "application/java-archive",
            "application/x-java-archive",
            "application/vnd.android.package-archive",
            "application/vnd.google-earth.kmz",
            "application/vnd.comicbook+zip",
            "application/x-cbz",
            "application/vnd.apple.pages",
            "application/vnd.apple.numbers",
            "application/vnd.apple.keynote",
            "application/x-xpinstall",
            "model/3mf",
            "image/openraster",
        ],
        prefixes: &["application/vnd.oasis.opendocument."],
        fits: is_zip,
    },
    // Workbooks and documents with a password are in the older container.
    Family {
        types: &[],
        prefixes: &[
            "application/vnd.openxmlformats-officedocument.",
            "application/vnd.ms-excel.",
            "application/vnd.ms-word.",
            "application/vnd.ms-powerpoint.",
        ],
        fits: |b| is_zip(b) || is_compound(b),
    },
    Family::new(
        &[
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
            "application/vnd.visio",
            "application/vnd.ms-outlook",
            "application/x-ole-storage",
            "application/x-msi",
            "application/vnd.ms-project",
        ],
        is_compound,
    ),
    Family::new(
        &[
            "application/gzip",
            "application/x-gzip",
            "application/x-tgz",
            "application/x-gtar-compressed",
        ],
        |b| b.starts_with(b"\x1f\x8b\x08"),
    ),
    Family::new(
        &[
            "application/x-bzip2",
            "application/x-bzip",
            "application/bzip2",
        ],
        |b| b.starts_with(b"BZh"),
    ),
    Family::new(&["application/x-xz", "application/xz"], |b| {
        b.starts_with(b"\xfd7zXZ\0")
    }),
    Family::new(&["application/zstd", "application/x-zstd"], |b| {
        b.starts_with(b"\x28\xb5\x2f\xfd")
    }),
    Family::new(&["application/x-7z-compressed"], |b| {
        b.starts_with(b"7z\xbc\xaf\x27\x1c")
    }),
    Family::new(
        &[
            "application/vnd.rar",
            "application/x-rar-compressed",
            "application/x-rar",
            "application/vnd.comicbook-rar",
        ],
        |b| b.starts_with(b"Rar!\x1a\x07"),
    ),
    Family::new(
        &[
            "application/x-tar",
            "application/tar",
            "application/x-gtar",
            "application/x-ustar",
        ],
        |b| b.len() > 262 && &b[257..262] == b"ustar",
    ),
    Family::new(
        &[
            "font/woff",
            "application/font-woff",
            "application/x-font-woff",
        ],
        |b| b.starts_with(b"wOFF"),
    ),
    Family::new(
        &[
            "font/woff2",
            "application/font-woff2",
            "application/x-font-woff2",
        ],
        |b| b.starts_with(b"wOF2"),
    ),
    Family::new(
        &[
            "font/ttf",
            "font/otf",
            "font/sfnt",
            "font/collection",
            "application/x-font-ttf",
            "application/x-font-otf",
            "application/x-font-truetype",
            "application/x-font-opentype",
            "application/font-sfnt",
            "application/vnd.ms-opentype",
        ],
        |b| {
            [&b"\0\x01\0\0"[..], b"OTTO", b"true", b"ttcf"]
                .iter()
                .any(|mark| b.starts_with(mark))
        },
    ),
    Family::new(&["application/wasm"], |b| b.starts_with(b"\0asm")),
    Family::new(&["application/vnd.sqlite3", "application/x-sqlite3"], |b| {
        b.starts_with(b"SQLite format 3\0")
    }),
    Family::new(
        &[
            "application/vnd.microsoft.portable-executable",
            "application/x-msdownload",
            "application/x-dosexec",
            "application/x-ms-dos-executable",
            "application/x-exe",
            "application/exe",
        ],
        |b| b.starts_with(b"MZ"),
    ),
    Family::new(
        &[
            "application/x-elf",
            "application/x-executable",
            "application/x-sharedlib",
            "application/x-pie-executable",
            "application/x-object",
        ],
        |b| b.starts_with(b"\x7fELF"),
    ),
];

/// Programs and scripts that are not text types: what no unknown type may be.
const RUN: &[(&str, Fits)] = &[
    ("application/x-executable", |b| b.starts_with(b"\x7fELF")),
    (
        "application/vnd.microsoft.portable-executable",
        is_windows_program,
    ),
    ("application/x-mach-binary", |b| {
        const MARKS: [&[u8]; 6] = [
            b"\xfe\xed\xfa\xce",
            b"\xfe\xed\xfa\xcf",
            b"\xce\xfa\xed\xfe",
            b"\xcf\xfa\xed\xfe",
            b"\xca\xfe\xba\xbe",
            b"\xbe\xba\xfe\xca",
        ];
        MARKS.iter().any(|mark| b.starts_with(mark))
    }),
    ("application/vnd.android.dex", |b| b.starts_with(b"dex\n")),
    ("application/x-ms-shortcut", |b| {
        b.starts_with(b"L\0\0\0\x01\x14\x02\0")
    }),
    ("text/x-shellscript", |b| {
        b.starts_with(b"#!") || b.starts_with(b"\xef\xbb\xbf#!")
    }),
    ("application/x-httpd-php", |b| {
        b.trim_ascii_start()
            .get(..5)
            .is_some_and(|start| start.eq_ignore_ascii_case(b"<?php"))
    }),
];

/// The name of what would be run, if the bytes are that.
pub(super) fn run(first: &[u8]) -> Option<&'static str> {
    let found = RUN.iter().find(|(_, is_that)| is_that(first));
    found.map(|(name, _)| *name)
}

/// `MZ` alone begins many a text. A program for Windows says at byte 60 where its header is, and has NULs before.
fn is_windows_program(first: &[u8]) -> bool {
    first.starts_with(b"MZ") && first.len() >= 64 && first[..64].contains(&0)
}

fn is_zip(first: &[u8]) -> bool {
    // A file, an empty archive, one in several volumes.
    [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"]
        .iter()
        .any(|mark| first.starts_with(*mark))
}

fn is_compound(first: &[u8]) -> bool {
    first.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
}

/// Readers of PDF take up to 1,024 bytes before it. Bytes of another format do not become PDF by it.
fn is_pdf(first: &[u8]) -> bool {
    let window = &first[..first.len().min(1024)];
    let at = window.windows(5).position(|bytes| bytes == b"%PDF-");
    match at {
        Some(0) => true,
        Some(_) => {
            let known = infer::get(first).map(|found| found.mime_type());
            known.is_none_or(|known| known == "application/pdf") && run(first).is_none()
        }
        None => false,
    }
}

fn riff(first: &[u8], kind: &[u8; 4]) -> bool {
    first.len() >= 12 && first.starts_with(b"RIFF") && &first[8..12] == kind
}

const AVIF: [&[u8]; 2] = [b"avif", b"avis"];
const HEIF: [&[u8]; 10] = [
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1",
];

/// The brands of an ISO base media file: the major one, then those that it is compatible with.
fn brands(first: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_one = first.len() >= 16 && &first[4..8] == b"ftyp";
    let size = if is_one {
        u32::from_be_bytes([first[0], first[1], first[2], first[3]]) as usize
    } else {
        0
    };
    let boxed = &first[..size.min(first.len())];
    let brands = boxed.get(8..).unwrap_or_default().chunks_exact(4);
    // The second word is a version.
    brands
        .enumerate()
        .filter(|(at, _)| *at != 1)
        .map(|(_, brand)| brand)
}

/// MP4 and its kin, QuickTime without brands too. An image in the same container is none.
fn is_movie(first: &[u8]) -> bool {
    if let Some(major) = brands(first).next() {
        return !AVIF.contains(&major) && !HEIF.contains(&major);
    }
    const BOXES: [&[u8]; 6] = [b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"];
    first.len() >= 8 && BOXES.contains(&&first[4..8])
}

/// The header of a frame: sync, and no reserved value of version, layer, bit rate or sampling rate.
fn is_mpeg_audio(first: &[u8]) -> bool {
    let [0xff, second, third, ..] = first else {
        return false;
    };
    second & 0xe0 == 0xe0
        && second & 0x18 != 0x08
        && second & 0x06 != 0
        && third & 0xf0 != 0xf0
        && third & 0x0c != 0x0c
}

/// Packets of 188 bytes, or of 192 with a time before each.
fn is_transport_stream(first: &[u8]) -> bool {
    let has = |at: usize| first.get(at).is_none_or(|byte| *byte == b'G');
    (first.len() > 188 && has(0) && has(188) && has(376))
        || (first.len() > 196 && has(4) && has(196) && has(388))
}
