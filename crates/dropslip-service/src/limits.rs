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

/// Longest value that the authorization puts into a key, in bytes as it stands there: `{subject}`, and claims. Uuids,
/// mail addresses and the ids of identity providers are shorter than half of it.
pub const KEY_PART_BYTES_MAX: usize = 200;

/// Longest key, in bytes of UTF-8: S3's own limit ("Creating object key names" in its user guide).
pub const KEY_BYTES_MAX: usize = 1024;

/// Largest object that one PUT may carry: 5 GiB, S3's own limit ("Uploading objects" in its user guide).
pub const PUT_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024;

/// Largest object of a multipart upload: 5 TiB, as S3 had it for long ("Amazon S3 multipart upload limits").
pub const MULTIPART_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024 * 1024;

/// Smallest part but the last, in bytes: S3's own 5 MiB.
pub const PART_BYTES_MIN: u64 = 5 * 1024 * 1024;

/// Part size when the preset says nothing and the file is not so large that it would have too many parts, in bytes:
/// 16 MiB. Small enough that a part which fails costs little, large enough that a round trip more does not count.
pub const PART_BYTES_DEFAULT: u64 = 16 * 1024 * 1024;

/// Most parts of an upload: S3's own.
pub const PARTS_MAX: u64 = 10_000;

/// Most parts that one call signs. A client that asks ahead needs few; the answer stays below 100 KB.
pub const PARTS_PER_CALL_MAX: usize = 100;

/// Parts that are signed with the answer that issues an upload, so that the first bytes need no further question.
pub const PARTS_AT_ISSUE: u64 = 8;

/// Size above which mode `auto` uploads in parts, in bytes: 64 MiB, where a PUT that breaks begins to hurt.
pub const MULTIPART_ABOVE_BYTES_DEFAULT: u64 = 64 * 1024 * 1024;

/// How long an upload in parts may take, in seconds: 7 days. A closed laptop opens again.
pub const MULTIPART_S_MAX: u32 = 7 * 24 * 60 * 60;

/// Most user metadata of an upload, in bytes of names and values: S3's own 2 KiB.
pub const METADATA_BYTES_MAX: usize = 2048;

/// Most names of metadata that a preset allows.
pub const METADATA_NAMES_MAX: usize = 32;

/// First bytes that are held against the type: 4 KiB, which shows all that can be told by magic numbers.
pub const FIRST_BYTES: u64 = 4096;

/// Most pages that follow uploads at once. Each costs a look at the storage now and then.
pub const FOLLOWERS_MAX: usize = 1000;

/// How often a followed upload is looked for in the database, in milliseconds.
pub const FOLLOW_STEP_MS: u64 = 1000;

/// How many such steps there are to a look at the storage.
pub const FOLLOW_STEPS_PER_LOOK: u64 = 4;

/// Silence after which a stream says that it lives, in seconds: proxies cut silent ones after 30 or 60.
pub const FOLLOW_KEEP_ALIVE_S: u64 = 15;

/// Longest life of a stream, in seconds: one hour. A browser begins a new one by itself.
pub const FOLLOW_S_MAX: u64 = 3600;

/// Longest wait for one answer of a storage that is diagnosed, in seconds. Somebody waits for the verdict, and a healthy
/// storage answers at once.
pub const DIAGNOSE_REQUEST_S_MAX: u64 = 3;

/// Longest diagnosis, in seconds. The first questions tell most, and the later ones are about a storage that answers.
pub const DIAGNOSE_S_MAX: u64 = 10;

/// Most of a storage's answer that is read for S3's code, in bytes.
pub const DIAGNOSE_ANSWER_BYTES_MAX: usize = 16 * 1024;

/// Most headers that are asked for one by one after a preflight was refused. Presets have five, and one for each name of
/// their metadata.
pub const DIAGNOSE_HEADERS_MAX: usize = 16;

/// Most diagnoses at once. Each is a handful of requests to a storage that may be ill.
pub const DIAGNOSES_MAX: usize = 16;

/// Longest origin of a page, in bytes: a host name of 253, its scheme and port.
pub const ORIGIN_BYTES_MAX: usize = 300;

/// How often an object that is replaced while it is looked at is looked at again.
pub const LOOKS_MAX: u32 = 3;

/// Shortest secret of the service itself, in bytes.
pub const SERVICE_SECRET_BYTES_MIN: usize = 32;

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

/// Longest token that is looked at, in characters. The longest that the service makes is about 10,000: key, type,
/// subject and metadata at their limits, in base64. Most have some 250.
pub const TOKEN_CHARS_MAX: usize = 12 * 1024;

/// Shortest API key, in bytes. 16 random characters of base64 are 96 bits, beyond guessing over a network.
pub const API_KEY_BYTES_MIN: usize = 16;

/// Longest API key, in bytes. Longer ones are certificates or files that were pasted by mistake.
pub const API_KEY_BYTES_MAX: usize = 512;

/// Most of a caller's words that an error repeats, in characters.
pub const ECHO_CHARS_MAX: usize = 120;

/// Longest query of a call by Uppy, in bytes. It holds a file's name and all that the page knows of the file; 16 KiB is
/// what Node takes of a request's head, and so what Companion ever got to read.
pub const UPPY_QUERY_BYTES_MAX: usize = 16 * 1024;

/// Most fields of such a query. Uppy's own are five, the rest is metadata of the application's.
pub const UPPY_QUERY_FIELDS_MAX: usize = 256;

/// Longest body that completes an upload in parts, in bytes: Companion's own 1 MB holds 10,000 parts with their ETags.
pub const UPPY_COMPLETE_BYTES_MAX: usize = 1024 * 1024;

/// Longest ETag of a part, in bytes. S3's have 32 hexadecimal digits, those of other storages up to twice as many.
pub const UPPY_ETAG_BYTES_MAX: usize = 256;

/// Longest id that a storage gives to an upload in parts, in bytes. AWS's have some 130, others up to 300.
pub const UPPY_UPLOAD_ID_BYTES_MAX: usize = 1024;

/// How long a URL may be used that joins parts after their sum was looked at, or deletes a file, in seconds. Uppy uses
/// it at once; until it ends, parts could be replaced by larger ones.
pub const UPPY_FINAL_EXPIRES_S: u32 = 60;

/// How far clocks of replicas may differ, in seconds, so that a key made by one is not of the future for another.
pub const CLOCK_S_MAX: u32 = 300;

/// How long a browser may keep the answer to a preflight, in seconds. Chromium keeps none longer than two hours.
pub const PREFLIGHT_S: u64 = 600;

/// Longest wait for a connection to the database, in seconds. Behind it callers wait, who may ask again.
pub const DATABASE_ACQUIRE_S_MAX: u64 = 5;

/// Longest time for one call of the database, in seconds, the wait for a connection and for locks included.
pub const DATABASE_CALL_S_MAX: u64 = 15;

/// How long the start waits for a PostgreSQL that starts too, in seconds, as in a `docker compose up`.
pub const DATABASE_START_S_MAX: u64 = 30;

/// Most connections to PostgreSQL. Each transaction takes a few milliseconds, and PostgreSQL allows 100 in all by
/// default: room for several replicas and for the application.
pub const DATABASE_CONNECTIONS_MAX: u32 = 10;

/// How long an idle connection to PostgreSQL is kept, in seconds. Firewalls forget those that are silent for long.
pub const DATABASE_IDLE_S_MAX: u64 = 10 * 60;

/// Most connections that read an SQLite database: reads take microseconds.
pub const DATABASE_READERS_MAX: u32 = 4;

/// How long SQLite waits for a lock that another process has, in seconds, such as a backup or a person with `sqlite3`.
pub const SQLITE_BUSY_S_MAX: u64 = 5;

/// How long decided uploads and settled events are kept, in days. Longer than the longest life of an id, which is
/// [`EXPIRES_S_MAX`] and [`TOKEN_AFTER_URL_S`], so that `complete` gives the same answer as long as it can be asked.
pub const DATABASE_KEEP_DAYS: i64 = 30;

/// How long what a subject has used is kept, in days. Quotas are by the day; the rest is for who looks into it.
pub const USAGE_KEEP_DAYS: i64 = 7;

/// Most rows that one transaction removes, so that others do not wait long behind it.
pub const PRUNE_ROWS_MAX: i64 = 1000;

/// How long old rows stay beyond their time, in seconds: removed once an hour.
pub const PRUNE_EVERY_S: u64 = 60 * 60;

/// Most webhooks of one configuration: each polls the database for itself.
pub const WEBHOOKS_MAX: usize = 32;

/// Longest name of a webhook, in bytes. It is in each row of the outbox.
pub const WEBHOOK_NAME_BYTES_MAX: usize = 64;

/// Most secrets by which a webhook's events are signed at once: the new one and the old one while they are changed.
pub const WEBHOOK_SECRETS_MAX: usize = 4;

/// Shortest secret of a webhook, in bytes (Standard Webhooks, "Signature scheme": 24 to 64).
pub const WEBHOOK_SECRET_BYTES_MIN: usize = 24;

/// Longest secret of a webhook, in bytes (Standard Webhooks, "Signature scheme": 24 to 64).
pub const WEBHOOK_SECRET_BYTES_MAX: usize = 64;

/// Most events that one process sends to one webhook at once. More would be an attack on a small application.
pub const WEBHOOK_EVENTS_AT_ONCE: usize = 16;

/// How long a worker owns an event without a sign of life, in seconds. After this another worker takes over.
pub const WEBHOOK_LEASE_S: i64 = 10;

/// How often a worker gives a sign of life, in seconds: thrice in a lease.
pub const WEBHOOK_RENEW_S: u64 = 3;

/// How often a worker looks for events that others have left, in seconds. Of its own process's events it hears at once.
pub const WEBHOOK_POLL_S: u64 = 1;

/// Longest wait for the connection to a webhook, in seconds.
pub const WEBHOOK_CONNECT_S_MAX: u64 = 5;

/// Longest wait for the whole answer of a webhook, in seconds (Standard Webhooks, "Operational considerations": 15 to
/// 30). What takes longer should be done after the answer.
pub const WEBHOOK_ANSWER_S_MAX: u64 = 15;

/// Most of an answer's body that is read, in bytes. Nobody looks at it; the connection can be used again behind it.
pub const WEBHOOK_ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Longest pause before the second attempt, in milliseconds; doubled with each attempt.
pub const WEBHOOK_PAUSE_MS_MIN: u64 = 2_000;

/// Longest pause between two attempts, in milliseconds: an hour. What was down for a night hears soon after.
pub const WEBHOOK_PAUSE_MS_MAX: u64 = 60 * 60 * 1000;

/// Longest pause that a webhook may ask for by `Retry-After`, in seconds.
pub const WEBHOOK_RETRY_AFTER_S_MAX: u64 = 60 * 60;

/// How long an event is tried, in seconds: a day.
pub const WEBHOOK_GIVE_UP_S: i64 = 24 * 60 * 60;

/// After which time an event is given up that no replica's configuration has a webhook for, in seconds: two days. Longer
/// than any worker tries, and long enough to correct a mistake in the configuration.
pub const WEBHOOK_ORPHAN_S: i64 = 2 * 24 * 60 * 60;

/// How long a service that stops waits for webhooks that are being called, in seconds. The others are given back.
pub const WEBHOOK_STOP_S: u64 = 5;

/// Fewest attempts before an event is given up, however old it is.
pub const WEBHOOK_ATTEMPTS_MIN: i64 = 8;

/// After which time a process first removes old rows, in seconds, so that one which restarts often does it too.
pub const PRUNE_FIRST_S: u64 = 60;

/// Longest name of an API key, in bytes: it stands in every line of the log about its calls.
pub const API_KEY_NAME_BYTES_MAX: usize = 64;

/// Longest JSON Web Token that is looked at, in bytes. Large ones, with a user's groups in them, have 8 KB, which is
/// also what most proxies take as a header.
pub const JWT_BYTES_MAX: usize = 16 * 1024;

/// Longest key id of a token, in bytes. Thumbprints have 43.
pub const JWT_KEY_ID_BYTES_MAX: usize = 256;

/// Most keys that a token without a key id is held against: enough for one that is being replaced.
pub const JWT_KEYS_TRIED_MAX: usize = 4;

/// Shortest secret for HS256, in bytes: as long as its hash (RFC 7518 section 3.2).
pub const JWT_SECRET_BYTES_MIN: usize = 32;

/// Smallest RSA key for RS256, in bits (RFC 7518 section 3.3).
pub const JWT_RSA_BITS_MIN: usize = 2048;

/// Largest RSA key for RS256, in bits: what the library takes.
pub const JWT_RSA_BITS_MAX: usize = 4096;

/// By how much clocks of an issuer and of the service may differ when the configuration says nothing, in seconds.
pub const JWT_LEEWAY_S_DEFAULT: i64 = 30;

/// Most leeway for clocks, in seconds. More would be a longer life by another name.
pub const JWT_LEEWAY_S_MAX: i64 = 600;

/// Longest subject, in bytes. Mail addresses have at most 254.
pub const SUBJECT_BYTES_MAX: usize = 256;

/// Longest value of a claim that goes into a key, in bytes.
pub const CLAIM_BYTES_MAX: usize = 256;

/// Most entries of a list that a token or an application gives.
pub const CLAIM_LIST_MAX: usize = 256;

/// Longest value of metadata that an application sets, in bytes: all that S3 takes together.
pub const METADATA_VALUE_BYTES_MAX: usize = 2048;

/// Largest key set that is fetched, in bytes. Providers have some 2 to 10 KB, certificates included.
pub const JWKS_BYTES_MAX: usize = 256 * 1024;

/// Most keys of a set.
pub const JWKS_KEYS_MAX: usize = 64;

/// Longest wait for a key set, in seconds: somebody waits for an answer.
pub const JWKS_TIMEOUT_S: u64 = 5;

/// How long a key set counts as new when its server says nothing, in seconds.
pub const JWKS_FRESH_S_DEFAULT: i64 = 600;

/// How long it counts as new at least, in seconds, whatever its server says: one call a minute harms nobody.
pub const JWKS_FRESH_S_MIN: i64 = 60;

/// How long it counts as new at most, in seconds: a key that was withdrawn must end some day.
pub const JWKS_FRESH_S_MAX: i64 = 24 * 60 * 60;

/// How long the last key set serves while no newer one can be fetched, in seconds: a day.
pub const JWKS_OLD_S_MAX: i64 = 24 * 60 * 60;

/// Shortest pause between two fetches of a key set, in seconds, since anybody can name an unknown key.
pub const JWKS_PAUSE_S: i64 = 30;

/// The same while there is no key set at all, and so no token can be checked.
pub const JWKS_FIRST_PAUSE_S: i64 = 5;

/// Longest answer of an application about a call, in bytes.
pub const FORWARD_ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Most of an application's words that a refusal repeats, in characters.
pub const FORWARD_DETAIL_CHARS_MAX: usize = 500;

/// Most headers of a caller that an application is shown.
pub const FORWARD_HEADERS_MAX: usize = 16;

/// Longest wait for an application when the configuration says nothing, in milliseconds.
pub const FORWARD_TIMEOUT_MS_DEFAULT: u64 = 2000;

/// Shortest such wait, in milliseconds. Less would refuse at every pause of the application's memory.
pub const FORWARD_TIMEOUT_MS_MIN: u64 = 100;

/// Longest such wait, in milliseconds: browsers and proxies give up after it.
pub const FORWARD_TIMEOUT_MS_MAX: u64 = 30_000;

/// Longest token in a path, in bytes, as long as one in a header.
pub const TOKEN_PATH_BYTES_MAX: usize = JWT_BYTES_MAX;

/// Most networks of trusted proxies. The largest provider of them has some 20.
pub const PROXIES_MAX: usize = 256;

/// Most entries of `x-forwarded-for` that are looked at.
pub const PROXY_HOPS_MAX: usize = 32;

/// Most calls of a rate, and most at once.
pub const RATE_BURST_MAX: u32 = 1_000_000;

/// Longest period of a rate, in seconds: a day. What is counted is forgotten when the service ends.
pub const RATE_PERIOD_S_MAX: u64 = 24 * 60 * 60;

/// Addresses, or subjects, whose buckets are kept apart. More share: 100,000 take about 10 MB.
pub const RATE_KEYS_MAX: usize = 100_000;

/// Buckets that are shared then.
pub const RATE_SHARED_BUCKETS: u64 = 4096;

/// Fewest calls between two looks for buckets that are full again.
pub const RATE_SWEEP_CALLS_MIN: usize = 4096;

/// Shortest `service.eventsToken`, in characters, as for API keys: it is guessed at over the network.
pub const EVENTS_TOKEN_CHARS_MIN: usize = 16;

/// How many objects of one message of events are asked for at once. Most messages tell of one.
pub const EVENTS_AT_ONCE: usize = 8;

/// How much younger than [`DATABASE_KEEP_DAYS`] an upload must be for a sweep to decide about it, in seconds: a day, so
/// that no clock and no slow sweep makes a forgotten decision count as none.
pub const SWEEP_MARGIN_S: i64 = 24 * 60 * 60;

/// How long a look at database and storages is told again, in seconds. Balancers ask every few seconds, each of them.
pub const READY_KEPT_S: u64 = 5;

/// How long such a look may take, in seconds: less than balancers wait.
pub const READY_WAIT_S_MAX: u64 = 3;

/// How long a file that goes through the service may stand still, in seconds.
pub const PROXY_IDLE_S_MAX: u64 = 30;

/// Largest part that is gathered in memory, in bytes: with S3's 10,000 parts that is 625 GiB. Larger files go straight
/// to the storage.
pub const PROXY_PART_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Most memory for parts of all files that go through the service, in MiB: 16 files at once with parts of 16 MiB.
pub const PROXY_BUFFERS_MIB_MAX: usize = 256;

/// How often a part is sent to the storage that is lost on its way.
pub const PROXY_PART_TRIES_MAX: u32 = 3;

/// How often a running service sweeps, in seconds, when the configuration says nothing: once an hour. What is found has
/// waited for a day.
pub const SWEEP_EVERY_S_DEFAULT: u64 = 60 * 60;

/// Shortest time between two sweeps, in seconds: each lists all keys of each preset, and lists cost money.
pub const SWEEP_EVERY_S_MIN: u64 = 60;

/// Longest time between two sweeps, in seconds: a week. Decisions are kept for longer.
pub const SWEEP_EVERY_S_MAX: u64 = 7 * 24 * 60 * 60;
