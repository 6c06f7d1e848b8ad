//! Limits of the console, with their reasons.

/// Most faults at a time: each request is compared with each.
pub(super) const FAULTS_MAX: usize = 100;
/// Largest list of faults that is read, in bytes: the most faults, each with a key's
/// beginning and a message.
pub(super) const FAULTS_BYTES_MAX: usize = 512 * 1024;
/// Longest code of an answer that is made up, in bytes: S3's longest has 51.
pub(super) const FAULT_CODE_LEN_MAX: usize = 64;
/// Longest message of an answer that is made up, in bytes.
pub(super) const FAULT_MESSAGE_LEN_MAX: usize = 1000;
/// Longest delay, in milliseconds: longer than any client waits.
pub(super) const DELAY_MS_MAX: u64 = 10 * 60 * 1000;
/// Longest `Retry-After`, in seconds: a day.
pub(super) const RETRY_AFTER_S_MAX: u32 = 24 * 60 * 60;
/// Farthest clock, in seconds: ten years.
pub(super) const SKEW_S_MAX: i64 = 10 * 365 * 24 * 60 * 60;
/// Requests that are kept for who looks at the page later. With keys and messages of the
/// longest they take some MB.
pub(super) const REQUESTS_KEPT: usize = 500;
/// Longest text of a request that is kept, in bytes: a key of 1,024 bytes, or the
/// explanation of a signature.
pub(super) const REQUEST_TEXT_LEN_MAX: usize = 4096;
/// Requests that a page may be behind before it misses some.
pub(super) const REQUESTS_AHEAD: usize = 256;
/// Most pages that look on at the same time: each holds a connection.
pub(super) const WATCHERS_MAX: usize = 16;
/// How often a page that is told nothing is told that, in seconds: what stands between
/// closes connections on which nothing happens.
pub(super) const STILL_THERE_S: u64 = 15;
/// How long what was sent before a cut has to leave, in milliseconds.
pub(super) const CUT_PAUSE_MS: u64 = 50;
