//! Every limit of uploading, with its reason.

/// Largest file that is sent in one piece, and the size of parts unless the file is so large that
/// ten thousand of them would not do, in bytes. A lost connection costs at most so much.
pub const PART_BYTES: u64 = 16 * 1024 * 1024;
/// Smallest part but the last, in bytes
/// ([Multipart upload limits](https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html)).
pub const PART_BYTES_MIN: u64 = 5 * 1024 * 1024;
/// Largest part, in bytes: S3 takes 5 GiB, and a part is in memory while it is sent.
pub const PART_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Size of parts of standard input, whose size nobody knows, in bytes: ten thousand are 320 GB.
pub const STDIN_PART_BYTES: u64 = 32 * 1024 * 1024;
/// Most bytes of files in memory, unless a single part is larger.
pub const MEMORY_BYTES: u64 = 128 * 1024 * 1024;
/// Most requests at a time, by default.
pub const PARALLEL: usize = 16;
/// Most requests at a time that may be asked for: each is a connection.
pub const PARALLEL_MAX: usize = 256;
/// How much of a file is read at a time, in bytes: it is still in the processor's cache when its
/// checksum is taken.
pub(crate) const CHUNK_BYTES: usize = 256 * 1024;
/// Most small files that are read in one go, so that handing work to a thread costs little.
pub(crate) const BATCH_FILES: usize = 16;
/// Most bytes of such files.
pub(crate) const BATCH_BYTES: u64 = 1024 * 1024;
/// How often a call is made until something has succeeded: a wrong address is told soon.
pub(crate) const ATTEMPTS_AT_FIRST: u32 = 3;
/// How often a call is made afterwards: half a minute, which a restart of a storage takes.
pub(crate) const ATTEMPTS: u32 = 8;
/// Ceiling of the pause before the second attempt, in milliseconds; it doubles with each.
pub(crate) const PAUSE_MS: u64 = 250;
/// The ceiling of ceilings, in milliseconds.
pub(crate) const PAUSE_MS_MAX: u64 = 15_000;
/// How often an upload that the storage has lost is begun again.
pub(crate) const REVIVALS: u32 = 2;
/// How long a journal is kept, in seconds: services forget uploads after 7 days, and many buckets
/// have a rule that does.
pub(crate) const JOURNAL_S: u64 = 7 * 24 * 60 * 60;
/// Largest journal that is read, in bytes: a million files have some 200 MB.
pub(crate) const JOURNAL_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// How long the end waits until the storage has freed what cannot be gone on with, in seconds.
pub(crate) const ABORT_S: u64 = 5;
/// Longest answer of a service that is read, in bytes: 100 signed parts have some 100 KiB.
pub(crate) const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How much of a storage's refusal a service is shown, in bytes; it reads no more.
pub(crate) const REFUSAL_BYTES_MAX: usize = 8 * 1024;
/// How long a service may take for an answer, in seconds: `complete` puts large objects together.
pub(crate) const SERVICE_S: u64 = 600;
/// How long a connection may stand still, in seconds.
pub(crate) const IDLE_S: u64 = 60;
/// How long a connection may take to be made, in seconds.
pub(crate) const CONNECT_S: u64 = 10;
/// How many parts a service is asked to sign at once.
pub(crate) const SIGN_PARTS: usize = 32;
