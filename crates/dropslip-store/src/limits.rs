//! Every limit of the store, with its reason.

/// Largest object in one PUT, in bytes: S3's own
/// ([PutObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html)).
pub const PUT_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024;
/// Largest object made of parts, in bytes: 5 TiB
/// ([Multipart upload limits](https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html)).
pub const MULTIPART_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024 * 1024;
/// Smallest part but the last, in bytes: 5 MiB (same page).
pub const PART_BYTES_MIN: u64 = 5 * 1024 * 1024;
/// How often a completion is decided anew because parts went on to arrive meanwhile. A client
/// that completes an upload has ended with its parts, so a second look is rare already.
pub const COMPLETE_ATTEMPTS_MAX: usize = 8;
/// How long an answer may take before white space announces it, in seconds: what stands
/// between gives a silent connection up after 30 or 60 seconds, and an error that comes
/// before has its own status.
pub const KEEP_ALIVE_START_S: u64 = 8;
/// How long it is between two spaces, in seconds.
pub const KEEP_ALIVE_PAUSE_S: u64 = 2;
/// How often a copy begins anew when its source was replaced while it was made.
pub const COPY_ATTEMPTS_MAX: usize = 8;
/// Most bytes of user metadata, names and values together: S3's own
/// ([User-defined object metadata](https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html)).
pub const METADATA_BYTES_MAX: usize = 2 * 1024;
/// Most bytes of the values of user metadata as they are sent: words of mail take more than
/// what they stand for, and S3 bounds all headers of a PUT to 8 KiB (same page).
pub const METADATA_SENT_BYTES_MAX: usize = 8 * 1024;
/// Longest value of a kept header such as `Content-Type`, in bytes: S3 bounds
/// all system metadata of a PUT to 2 KiB.
pub const HEADER_VALUE_BYTES_MAX: usize = 2 * 1024;
/// Most entries of one page of a list: S3's own.
pub const LIST_KEYS_MAX: usize = 1000;
/// How long a client may send nothing in the middle of a body, in seconds. S3
/// answers `RequestTimeout` after about as long.
pub const BODY_IDLE_S: u64 = 30;
/// After how much waiting for a body it is looked at how much has come, in seconds. Long
/// enough that a phone may lose its network within it and find it again.
pub const BODY_WINDOW_S: u64 = 60;
/// How much of a body must come in that time, in bytes: 68 a second. A thousand uploads that
/// share a line of one megabit have 125 each, and whoever wants to keep places taken pays for them.
pub const BODY_WINDOW_BYTES_MIN: u64 = 4 * 1024;
/// How long the rest of a refused body is read and thrown away, in seconds. A
/// browser reads the answer only once it has sent what it has; a connection cut
/// before that hides the reason.
pub const REFUSED_BODY_S: u64 = 10;
/// How much more is read of a form's file that is larger than its policy allows, to say how large
/// it is, in bytes. S3 tells the whole size; of a larger file this store tells what has come.
pub const FORM_SIZE_TOLD_BYTES_MAX: u64 = 1024 * 1024;
/// Most buckets that one store keeps: S3's own default for an account
/// ([Bucket quotas](https://docs.aws.amazon.com/AmazonS3/latest/userguide/BucketRestrictions.html)).
pub const BUCKETS_MAX: u64 = 10_000;
/// Most changes in one commit of the index: bounds the time to the first answer.
pub const CHANGES_PER_COMMIT_MAX: usize = 256;
/// Changes that wait for the index before a request waits itself.
pub const CHANGES_QUEUED_MAX: usize = 1024;
/// Memory for the pages of the index, in bytes.
pub const INDEX_CACHE_BYTES: usize = 24 * 1024 * 1024;
/// Bytes of a blob after which a sync is begun; twice as many may wait in memory for
/// the disk. Bounds the last sync of a large object, and with it how long a stop of
/// the process may take: the system lets no process go that is within a sync.
pub const UNSYNCED_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Explanations that are made at the same time: one core at the most is at work for
/// requests whose signature is wrong.
pub const EXPLANATIONS_AT_ONCE: usize = 1;
/// Most explanations in a second. With about 1 ms each they take some hundredths of a core;
/// requests that are made to be costly take some 30 ms each, and so half a core.
pub const EXPLANATIONS_PER_S_MAX: u32 = 20;
/// How long a refusal waits for its turn to be explained, in milliseconds: the files of
/// one page are refused at the same moment, and each is to say why.
pub const EXPLANATION_WAIT_MS: u64 = 100;
/// How long a notice of one kind is not repeated in the log, in seconds.
pub const NOTICE_PAUSE_S: u64 = 60;
/// Most request headers that a preflight may ask for.
pub const PREFLIGHT_HEADERS_MAX: usize = 100;
/// Bytes of the journal after which it goes on in another file. Small enough that one whose
/// objects are mostly gone is soon written anew, large enough that a million small objects
/// lie in a hundred files.
pub const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;
/// Zeros that are written ahead of the journal's end, in bytes: the sync that brings them
/// to the disk takes a few milliseconds, and there is one for so many bytes of journal.
pub const JOURNAL_AHEAD_BYTES: u64 = 4 * 1024 * 1024;
/// Bytes of changes after which a batch is written, and the memory that is kept for one.
pub const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Segments of the journal that are kept open to read from: a descriptor each.
pub const SEGMENTS_OPEN_MAX: usize = 64;
/// Bytes of a large object under one checksum. A read takes whole blocks, so the first and
/// the last one of a range cost up to so much more.
pub const BLOCK_BYTES: u64 = 64 * 1024;
/// Rows after which a checkpoint is made: few enough that the start after a crash reads
/// them back in some tens of milliseconds, many enough that a checkpoint's syncs do not count.
pub const CHECKPOINT_ROWS: usize = 8 * 1024;
/// Bytes of the journal after which a checkpoint is made, for the same reason.
pub const CHECKPOINT_BYTES: usize = 24 * 1024 * 1024;
/// How long after the last change a checkpoint is made of what there is, in milliseconds.
pub const CHECKPOINT_IDLE_MS: u64 = 1000;
/// How long after a checkpoint that failed the next one is tried, in milliseconds.
pub const CHECKPOINT_RETRY_MS: u64 = 250;
/// How long changes wait for a checkpoint that is slower than they are, in milliseconds, before
/// more of them are made: short of what a client waits for its answer.
pub const CHECKPOINT_WAIT_MS: u64 = 1000;
/// Memory for rows that no checkpoint could take over, in bytes. Changes wait once half of it
/// is used, and are refused when all is, for then the disk has been failing for long.
pub const MEMORY_ROWS_BYTES_MAX: usize = 64 * 1024 * 1024;
/// A segment of the journal of which so little belongs to objects is written anew, in percent:
/// the journal takes at most about twice as much room as the objects in it.
pub const COMPACT_LIVE_PERCENT: u64 = 50;
/// Bytes that are written anew with one change: no other change waits for long.
pub const COMPACT_BYTES: usize = 512 * 1024;
/// Largest bytes that are kept in the journal; greater ones have a file of their own. Below
/// this the sync of a file of its own costs more than writing the bytes a second time when
/// the journal is cleared up.
pub const SMALL_BYTES_MAX: usize = 64 * 1024;
/// Memory for the pieces of large bodies that are arriving, in bytes, all of them together.
pub const INTAKE_BYTES: usize = 24 * 1024 * 1024;
/// Largest piece of a body that is hashed and written at once: large enough that the
/// hand-over to threads costs nothing beside it.
pub const PIECE_BYTES_MAX: usize = 512 * 1024;
/// Smallest piece, when very many bodies arrive.
pub const PIECE_BYTES_MIN: usize = 8 * 1024;
/// Pieces that are hashed or written at a time: more would not be done sooner.
pub const INTAKE_THREADS: usize = 16;
/// Largest body that is hashed where it was received: some 100 µs.
pub const HASHED_INLINE_BYTES_MAX: u64 = 64 * 1024;
/// Memory for the pieces of objects that are sent, in bytes, all of them together.
pub const OUTGO_BYTES: usize = 16 * 1024 * 1024;
/// Largest piece of an object that is read at once, in whole blocks: it fits the cache of a
/// core, so that it is there when it is checked and when it is sent.
pub const OUTGO_PIECE_BYTES_MAX: usize = 256 * 1024;
/// Rows that lifecycle rules look at before others have their turn.
pub const LIFECYCLE_STEP_ROWS: usize = 500;
/// Keys that one change of lifecycle rules takes away: some milliseconds of the writer.
pub const LIFECYCLE_KEYS_PER_CHANGE: usize = 64;
/// How often in a day lifecycle rules are carried out: an object is gone at the latest an
/// hour after it is due.
pub const LIFECYCLE_WALKS_PER_DAY: u32 = 24;
/// Least pause between two walks, in milliseconds, where days are very short.
pub const LIFECYCLE_PAUSE_MS_MIN: u64 = 50;
/// Longest pause between two walks, in milliseconds: an hour.
pub const LIFECYCLE_PAUSE_MS_MAX: u64 = 60 * 60 * 1000;
/// How long after the start the first walk begins at the latest, in seconds: what was
/// due while the store was closed need not wait for an hour.
pub const LIFECYCLE_FIRST_S: u64 = 60;
/// How many times as long as a walk took is rested after it: rules take a tenth of a core
/// at the most, however many objects there are.
pub const LIFECYCLE_REST_FACTOR: u32 = 9;
/// Most events that wait for a webhook: some 100 MB of the index.
pub const EVENTS_WAITING_MAX: u64 = 100_000;
/// Events that are looked at together.
pub const EVENTS_WINDOW: usize = 1000;
/// Events on their way at the same time.
pub const EVENTS_AT_ONCE: usize = 16;
/// How long a webhook may take to answer, in seconds.
pub const WEBHOOK_TIMEOUT_S: u64 = 10;
/// First pause after a webhook failed, in milliseconds; doubled each time.
pub const WEBHOOK_PAUSE_MS_MIN: u64 = 500;
/// Longest pause after a webhook failed, in milliseconds: five minutes.
pub const WEBHOOK_PAUSE_MS_MAX: u64 = 5 * 60 * 1000;
/// How old an event gets before it is given up, in milliseconds: a day.
pub const EVENT_AGE_MS_MAX: i64 = 24 * 60 * 60 * 1000;
