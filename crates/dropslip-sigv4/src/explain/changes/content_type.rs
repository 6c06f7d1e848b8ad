//! Content types that clients set by themselves, and that signers sign by habit.

/// What the wrong side of a mismatch often is: no type at all, the default of a
/// tool, or a variable that was not set.
pub(super) const DEFAULTS: [&str; 11] = [
    "",
    "application/octet-stream",
    "binary/octet-stream",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded;charset=UTF-8",
    "application/x-www-form-urlencoded; charset=utf-8",
    "text/plain;charset=UTF-8",
    "multipart/form-data",
    "undefined",
    "null",
    "*/*",
];

/// Types of the files that people upload.
pub(super) const TYPES: [&str; 66] = [
    "image/jpeg",
    "image/png",
    "image/jpg",
    "image/webp",
    "image/gif",
    "image/svg+xml",
    "image/avif",
    "image/heic",
    "image/heif",
    "image/tiff",
    "image/bmp",
    "image/x-icon",
    "image/vnd.microsoft.icon",
    "image/pjpeg",
    "image/x-png",
    "image/*",
    "application/pdf",
    "application/json",
    "text/plain",
    "text/html",
    "text/csv",
    "text/css",
    "text/javascript",
    "text/markdown",
    "text/xml",
    "text/calendar",
    "text/vcard",
    "application/xml",
    "application/javascript",
    "application/x-javascript",
    "application/ld+json",
    "application/x-ndjson",
    "application/rtf",
    "application/zip",
    "application/x-zip-compressed",
    "application/gzip",
    "application/x-gzip",
    "application/x-tar",
    "application/x-7z-compressed",
    "application/vnd.rar",
    "application/wasm",
    "application/epub+zip",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text",
    "video/mp4",
    "video/quicktime",
    "video/webm",
    "video/x-matroska",
    "video/x-msvideo",
    "video/mpeg",
    "video/*",
    "audio/mpeg",
    "audio/mp3",
    "audio/mp4",
    "audio/wav",
    "audio/x-wav",
    "audio/ogg",
    "audio/webm",
    "audio/flac",
    "font/woff2",
    "model/gltf-binary",
];

/// The types that a key's extension stands for.
const EXTENSIONS: [(&str, &[&str]); 30] = [
    ("jpg", &["image/jpeg", "image/jpg"]),
    ("jpeg", &["image/jpeg", "image/jpg"]),
    ("png", &["image/png"]),
    ("webp", &["image/webp"]),
    ("gif", &["image/gif"]),
    ("svg", &["image/svg+xml"]),
    ("avif", &["image/avif"]),
    ("heic", &["image/heic"]),
    ("tiff", &["image/tiff"]),
    ("pdf", &["application/pdf"]),
    ("json", &["application/json"]),
    ("txt", &["text/plain"]),
    ("html", &["text/html"]),
    ("csv", &["text/csv"]),
    ("css", &["text/css"]),
    ("js", &["text/javascript", "application/javascript"]),
    ("md", &["text/markdown"]),
    ("xml", &["application/xml", "text/xml"]),
    ("zip", &["application/zip", "application/x-zip-compressed"]),
    ("gz", &["application/gzip", "application/x-gzip"]),
    ("doc", &["application/msword"]),
    (
        "docx",
        &["application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
    ),
    (
        "xlsx",
        &["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
    ),
    (
        "pptx",
        &["application/vnd.openxmlformats-officedocument.presentationml.presentation"],
    ),
    ("mp4", &["video/mp4", "audio/mp4"]),
    ("mov", &["video/quicktime"]),
    ("webm", &["video/webm", "audio/webm"]),
    ("mkv", &["video/x-matroska"]),
    ("mp3", &["audio/mpeg", "audio/mp3"]),
    ("wav", &["audio/wav", "audio/x-wav"]),
];

/// The types that go with the extension of a path.
pub(super) fn of_path(path: &[u8]) -> &'static [&'static str] {
    let extension = path.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    EXTENSIONS
        .iter()
        .find(|(known, _)| extension.eq_ignore_ascii_case(known.as_bytes()))
        .map_or(&[], |(_, types)| types)
}

/// The spellings of a character set that clients add behind a type.
pub(super) const CHARSETS: [&str; 6] = [
    "; charset=utf-8",
    ";charset=UTF-8",
    "; charset=UTF-8",
    ";charset=utf-8",
    "; charset=iso-8859-1",
    "; charset=us-ascii",
];

/// Other spellings of the type that arrived: without its parameters, with a
/// character set, in lower case.
pub(super) fn spellings(now: &str) -> Vec<String> {
    let bare = now.split(';').next().unwrap_or_default().trim_end();
    let mut spellings = vec![bare.to_owned(), now.to_ascii_lowercase()];
    spellings.extend(CHARSETS.iter().map(|charset| format!("{bare}{charset}")));
    spellings.push(bare.to_ascii_lowercase());
    spellings
}
