//! Every size, count and wait of the service, each with its reason.
//!
//! They stand in one place so that a reader sees at a glance what the service can be made to hold or to wait for.

/// Longest JSON body of a call, in bytes.
///
/// The largest honest one is a create call with a file name of [`FILE_NAME_BYTES_MAX`] bytes, all of them escaped:
/// about 7 KiB. The rest is room for fields to come.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// Longest wait for the whole of a JSON body, in seconds. Such a body fits into a few packets.
pub const BODY_READ_S_MAX: u64 = 10;

/// Longest file name that a caller may send, in bytes of UTF-8. File systems stop at 255 units, S3 keys at 1024 bytes.
pub const FILE_NAME_BYTES_MAX: usize = 1024;

/// Longest `{name}` in a key, in bytes. Leaves room in a key for folders, date and uuid, and in a file system's 255
/// for what a download adds, such as ` (2)`.
pub const SAFE_NAME_BYTES_MAX: usize = 200;

/// Longest content type, in bytes, parameters included. RFC 6838 section 4.2 allows 127 for type and subtype each.
pub const CONTENT_TYPE_BYTES_MAX: usize = 255;

/// Longest extension that `{ext}` puts into a key, in bytes.
pub const EXTENSION_BYTES_MAX: usize = 16;

/// Longest key, in bytes of UTF-8: S3's own limit ("Creating object key names" in its user guide).
pub const KEY_BYTES_MAX: usize = 1024;

/// Largest object that one PUT may carry: 5 GiB, S3's own limit ("Uploading objects" in its user guide).
pub const PUT_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024;

/// Longest name of a preset, in bytes. It travels in every token and in the page.
pub const PRESET_NAME_BYTES_MAX: usize = 64;

/// Longest `cacheControl` or `contentDisposition` of a preset, in bytes. S3 takes 2 KiB of system metadata in all.
pub const HEADER_VALUE_BYTES_MAX: usize = 256;

/// Shortest life of a presigned URL, in seconds: S3's own (`X-Amz-Expires` is 1 to 604800).
pub const EXPIRES_S_MIN: u32 = 1;

/// Longest life of a presigned URL, in seconds: 7 days, S3's own.
pub const EXPIRES_S_MAX: u32 = 7 * 24 * 60 * 60;

/// Life of a presigned URL when the preset says nothing: 15 minutes. Enough for a person who answers a dialog.
pub const EXPIRES_S_DEFAULT: u32 = 15 * 60;

/// How long an upload's token outlives its presigned URL, in seconds: 24 hours.
///
/// S3 checks the expiry when a request starts, so an upload may run for hours after its URL has expired, and must
/// still be able to complete.
pub const TOKEN_AFTER_URL_S: u32 = 24 * 60 * 60;

/// Longest token that is looked at, in characters. The longest that the service makes is about 3500: key, bucket, type
/// and preset at their limits, with the key escaped in JSON, in base64.
pub const TOKEN_CHARS_MAX: usize = 4096;

/// Shortest API key, in bytes. 16 random characters of base64 are 96 bits, beyond guessing over a network.
pub const API_KEY_BYTES_MIN: usize = 16;

/// Longest API key, in bytes. Longer ones are certificates or files that were pasted by mistake.
pub const API_KEY_BYTES_MAX: usize = 512;

/// Most of a caller's words that an error repeats, in characters.
pub const ECHO_CHARS_MAX: usize = 120;

/// How long a browser may keep the answer to a preflight, in seconds. Chromium keeps none longer than two hours.
pub const PREFLIGHT_S: u64 = 600;
