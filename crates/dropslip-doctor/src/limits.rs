//! The bounds of an examination.

/// How long one request may take, in seconds.
pub(crate) const REQUEST_S_MAX: u64 = 10;

/// How much of an answer is read, in bytes.
pub(crate) const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// How far signatures may be from the storage's clock, in seconds: S3's 15 minutes.
pub(crate) const SKEW_S_MAX: i64 = 15 * 60;

/// From which distance of the clocks on the walk goes by the storage's, in seconds.
pub(crate) const SKEW_S_KEPT: i64 = 60;

/// How long what is presigned holds, in seconds.
pub(crate) const EXPIRES_S: u32 = 300;

/// From which age on the scratch of a walk that was killed is removed by the next, in seconds.
pub(crate) const STALE_S: i64 = 3600;

/// How long the walk waits before it asks a second time, in milliseconds: for what the storage says of its own state, and
/// for an object that its other nodes do not show yet.
pub(crate) const AGAIN_MS: u64 = 300;

/// After how many days the rule that is proposed removes uploads in parts: long enough to take one up again after a
/// weekend, as AWS's own examples have it.
pub(crate) const ABORT_DAYS: u32 = 7;

/// How long the clean-up of an interrupted walk waits for requests that were under way, in milliseconds.
pub(crate) const SETTLE_MS: u64 = 500;
