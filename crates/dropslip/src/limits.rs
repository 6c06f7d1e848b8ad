//! Every limit of the listening side and of the command line, with its reason.

/// How long a client may take for a request's head, and how long an idle
/// connection is kept, in seconds. Browsers keep theirs for about a minute.
pub(crate) const HEAD_S: u64 = 60;
/// How long a client may take nothing of an answer, in seconds. Without it, whoever
/// asks for large objects and reads none of them keeps all places taken.
pub(crate) const UNREAD_S: u64 = 30;
/// Most bytes of a request's head, as S3 bounds the header section to 8 KiB and
/// presigned URLs with session tokens take a few KiB more. It is hyper's buffer,
/// which a head may pass by what arrives in one read.
pub(crate) const HEAD_BYTES_MAX: usize = 64 * 1024;
/// What the reads of all connections bring at a time, in bytes; each has its share. Up to
/// 64 of them have whole buffers.
pub(crate) const READ_BYTES_AT_ONCE: usize = 4 * 1024 * 1024;
/// What one read may bring however many there are: a little less than hyper's first
/// buffer, so that it is never filled and stays as small.
pub(crate) const READ_BYTES_LEAST: usize = 8 * 1024 - 64;
/// Most threads for work on the disk: more than any disk does at a time. A thousand uploads
/// that begin at once would start hundreds, each with a stack and a share of the heap.
pub(crate) const BLOCKING_THREADS_MAX: usize = 64;
/// Most headers in a request.
pub(crate) const HEADERS_MAX: usize = 128;
/// Most connections at a time to the store, where the system gives descriptors enough:
/// what thousand slow uploads and as many readers take. Each costs some 20 KiB.
pub(crate) const STORE_CONNECTIONS_MAX: usize = 2048;
/// Most descriptors that one of them takes: its own, that of the object, and the same
/// once more while a large object is brought to the disk.
pub(crate) const STORE_DESCRIPTORS_OF_CONNECTION: usize = 3;
/// Most connections at a time to the service. Pages keep theirs open while people look for
/// files, and ten thousand of them that do nothing must leave room for others.
pub(crate) const SERVICE_CONNECTIONS_MAX: usize = 16 * 1024;
/// Most descriptors that one of them takes: its own. The few to storages and databases are
/// shared.
pub(crate) const SERVICE_DESCRIPTORS_OF_CONNECTION: usize = 1;
/// Descriptors beside those: listeners, the index, the log, a database's folder.
pub(crate) const DESCRIPTORS_OF_PROCESS: usize = 64;
/// How long the handshake of TLS may take, in seconds: three round trips of the slowest
/// networks, and time for a busy phone.
pub(crate) const HANDSHAKE_S: u64 = 10;
/// Largest file of certificates or of a key, in bytes: chains have a few KiB.
pub(crate) const PEM_BYTES_MAX: u64 = 1024 * 1024;
/// How long requests may go on after the signal to stop, in milliseconds. With
/// the next limit it keeps `ctrl-c` within a second.
pub(crate) const SHUTDOWN_REQUESTS_MS: u64 = 300;
/// How long work on the disk may go on after that, in milliseconds.
pub(crate) const SHUTDOWN_BLOCKING_MS: u64 = 300;
/// How long to wait after the system has no descriptor left, in milliseconds.
pub(crate) const ACCEPT_PAUSE_MS: u64 = 100;
/// Most bytes of log lines that wait for whoever reads them. Past that requests wait too.
pub(crate) const LOG_BYTES_MAX: usize = 1024 * 1024;
/// How long lines of the log gather, in milliseconds: less than people notice.
pub(crate) const LOG_PAUSE_MS: u64 = 3;
/// How long the end of the program waits for the last lines, in seconds.
pub(crate) const LOG_FLUSH_S: u64 = 1;
/// How long `dropslip health` waits for an answer, in seconds: more than a look at storages takes.
pub(crate) const HEALTH_S: u64 = 5;
/// Most that it reads of an answer, in bytes; it looks at the status alone.
pub(crate) const HEALTH_BYTES_MAX: u64 = 1024;
/// Largest configuration file, in bytes.
pub(crate) const CONFIG_BYTES_MAX: u64 = 1024 * 1024;
/// Largest file of a secret that the configuration names, in bytes: keys in PEM and sets of them have some KiB.
pub(crate) const SECRET_BYTES_MAX: u64 = 64 * 1024;
/// Largest file that a form takes when only the smallest is given, in bytes: S3's limit
/// for an upload in one request.
pub(crate) const POST_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024;
/// How much of a file is read at a time for its checksum, in bytes.
pub(crate) const READ_BYTES: usize = 256 * 1024;
/// Longest text in which a storage's error is looked for, in bytes: the document has at
/// most 64 KiB, and an answer's head or a browser's words may stand around it.
pub(crate) const ERROR_BYTES_MAX: usize = 1024 * 1024;
/// Largest file of access keys, in bytes: thousands of them, and no device that never ends.
pub(crate) const KEYS_FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Longest name of an owner, in characters: it is shown in lists and ACLs, and AWS bounds
/// the names of users to 64 as well.
pub(crate) const OWNER_CHARS_MAX: usize = 64;
/// Most headers that `dropslip cors check` asks for one by one after a preflight was refused: a dozen is more than
/// any page of Dropslip sends.
pub(crate) const CORS_NARROW_HEADERS_MAX: usize = 16;
/// Largest file of CORS rules, in bytes: S3 takes 64 KiB of XML, and JSON with indents is as long.
pub(crate) const CORS_FILE_BYTES_MAX: u64 = 256 * 1024;
/// How often it is waited after rules were written, until the storage goes by them.
pub(crate) const CORS_SETTLE_PAUSES_MAX: u32 = 5;
/// How long each time, in seconds.
pub(crate) const CORS_SETTLE_PAUSE_S: u64 = 1;
/// Most preflights that are made for the rules of a file: one for each origin, method and rule.
pub(crate) const CORS_FILE_PREFLIGHTS_MAX: usize = 20;
