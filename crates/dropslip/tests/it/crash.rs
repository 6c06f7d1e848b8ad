//! A process that is killed loses nothing that it has answered, and shows nothing half.
//!
//! Five kills on every run; `cargo xtask crash --kills N` asks for more. What a lost power
//! does beyond that is tried in the store's own tests, which have the disk in hand.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dropslip_sigv4::{Credentials, Request, Signer, Timestamp};

use crate::http::{answer, head};
use crate::process::Server;

const WRITERS: u64 = 4;
const KEYS_PER_WRITER: u64 = 6;

/// Numbers that look random and can be had again (splitmix64).
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// The bytes of an object follow from a number, so that any half can be seen.
fn content(seed: u64) -> Vec<u8> {
    let mut chance = Chance(seed);
    let len = match chance.below(3) {
        0 => 70_000 + chance.below(400_000),
        _ => chance.below(20_000),
    };
    let first = chance.next();
    (0..len)
        .map(|at| (first.wrapping_add(at) % 251) as u8)
        .collect()
}

/// What a key holds: a number that its bytes follow from, or nothing.
type Held = Option<u64>;

/// A key, with what it held last for certain and what it may hold beside that.
#[derive(Default)]
struct Key {
    known: Held,
    perhaps: Vec<Held>,
}

type Keys = BTreeMap<String, Key>;

/// A request's method and target, signed in the query.
pub(crate) fn presigned(
    method: &str,
    s3: SocketAddr,
    target: &str,
    headers: &[(&str, &str)],
) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let host = s3.to_string();
    let mut all = vec![("host", host.as_bytes())];
    all.extend(
        headers
            .iter()
            .map(|(name, value)| (*name, value.as_bytes())),
    );
    let request = Request {
        method,
        path,
        query,
        headers: &all,
    };
    let credentials = Credentials::new("dropslip", "dropslip-dev-secret");
    let signer = Signer::new(credentials, "us-east-1", "s3");
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = Timestamp::from_unix_s(since.as_secs().try_into().unwrap());
    let signed = signer.presign(&request, 600, now).unwrap();
    format!("{method} {path}?{}", signed.query)
}

/// Sends a request; none when no whole answer came back.
fn send(
    s3: SocketAddr,
    (method, target): (&str, &str),
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<(u16, Vec<u8>)> {
    let length = body.len().to_string();
    let mut all = vec![("content-length", length.as_str()), ("connection", "close")];
    all.extend(headers);
    let head = head(s3, &presigned(method, s3, target, headers), &all);
    let mut stream = TcpStream::connect(s3).ok()?;
    let limit = Some(Duration::from_secs(60));
    stream.set_read_timeout(limit).unwrap();
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    // Wait for the first byte, so that a killed server is told from a short answer.
    let mut first = [0];
    stream.peek(&mut first).ok().filter(|read| *read > 0)?;
    let whole = answer(stream);
    let length: usize = whole.header("content-length").parse().unwrap_or(0);
    let is_whole = whole.status != 0 && (method != "GET" || whole.body.len() >= length);
    is_whole.then_some((whole.status, whole.body))
}

/// Uploads an object in parts; the status of the last step.
fn multipart(s3: SocketAddr, target: &str, bytes: &[u8]) -> Option<u16> {
    let (_, begun) = send(s3, ("POST", &format!("{target}?uploads=")), &[], b"")?;
    let begun = String::from_utf8(begun).unwrap();
    let id = begun.split_once("<UploadId>")?.1.split_once('<')?.0;
    let part = format!("{target}?partNumber=1&uploadId={id}");
    let (status, _) = send(s3, ("PUT", &part), &[], bytes)?;
    assert_eq!(status, 200);
    let list = format!("{target}?uploadId={id}&part-number-marker=0");
    let (_, parts) = send(s3, ("GET", &list), &[], b"")?;
    let parts = String::from_utf8(parts).unwrap();
    let etag = parts.split_once("<ETag>")?.1.split_once('<')?.0;
    let document = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
    );
    let complete = format!("{target}?uploadId={id}");
    let (status, body) = send(s3, ("POST", &complete), &[], document.as_bytes())?;
    // An error may stand in an answer that has begun with a 200.
    let is_done = String::from_utf8_lossy(&body).contains("<ETag>");
    Some(if is_done { status } else { 500 })
}

/// Changes one key at random. Whether the server is still there.
fn change(s3: SocketAddr, chance: &mut Chance, names: &[String], keys: &mut Keys) -> bool {
    let pick = |chance: &mut Chance| {
        names[usize::try_from(chance.below(KEYS_PER_WRITER)).unwrap()].clone()
    };
    let (name, other) = (pick(chance), pick(chance));
    let seed = chance.next();
    let target = format!("/uploads/{name}");
    let (wanted, status) = match chance.below(8) {
        0 => (
            None,
            send(s3, ("DELETE", &target), &[], b"").map(|(status, _)| status),
        ),
        1 => {
            let source = format!("/uploads/{other}");
            let headers = [("x-amz-copy-source", source.as_str())];
            let copied = send(s3, ("PUT", &target), &headers, b"");
            (keys[&other].known, copied.map(|(status, _)| status))
        }
        2 => (Some(seed), multipart(s3, &target, &content(seed))),
        _ => {
            let put = send(s3, ("PUT", &target), &[], &content(seed));
            (Some(seed), put.map(|(status, _)| status))
        }
    };
    let key = keys.get_mut(&name).unwrap();
    match status {
        Some(200 | 204) => {
            *key = Key {
                known: wanted,
                perhaps: Vec::new(),
            }
        }
        // A copy of nothing, or of itself.
        Some(400 | 404 | 501) => {}
        Some(status) => panic!("{name}: {status}"),
        None => key.perhaps.push(wanted),
    }
    status.is_some()
}

/// Lets writers change their keys until the server is killed; gives the keys back.
fn load_and_kill(server: Server, seed: u64, after: Duration, all: Vec<Keys>) -> Vec<Keys> {
    let s3 = server.s3();
    let killed = AtomicBool::new(false);
    thread::scope(|scope| {
        let writers = all.into_iter().zip(0..).map(|(mut keys, writer)| {
            let killed = &killed;
            scope.spawn(move || {
                let mut chance = Chance(seed ^ (writer << 32));
                let names: Vec<String> = keys.keys().cloned().collect();
                while !killed.load(Ordering::Relaxed) && change(s3, &mut chance, &names, &mut keys)
                {
                }
                keys
            })
        });
        let writers: Vec<_> = writers.collect();
        thread::sleep(after);
        let status = server.stop("-KILL");
        killed.store(true, Ordering::Relaxed);
        assert!(!status.success());
        writers
            .into_iter()
            .map(|writer| writer.join().unwrap())
            .collect()
    })
}

/// Holds every key against what it may hold, and learns which it was.
fn check(s3: SocketAddr, seed: u64, all: &mut [Keys]) {
    let (status, listed) = send(s3, ("GET", "/uploads?list-type=2"), &[], b"").unwrap();
    assert_eq!(status, 200);
    let listed = String::from_utf8(listed).unwrap();
    for (name, key) in all.iter_mut().flatten() {
        let (status, body) = send(s3, ("GET", &format!("/uploads/{name}")), &[], b"").unwrap();
        let is_listed = listed.contains(&format!("<Key>{name}</Key>"));
        assert_eq!(
            is_listed,
            status == 200,
            "seed {seed}: {name} is listed or not, and {status}"
        );
        let held = |held: &Held| match held {
            Some(seed) => status == 200 && body == content(*seed),
            None => status == 404,
        };
        let may_be = [&[key.known], key.perhaps.as_slice()].concat();
        let found = may_be.into_iter().find(|it| held(it));
        let found =
            found.unwrap_or_else(|| panic!("seed {seed}: {name}: {status}, not what was put"));
        *key = Key {
            known: found,
            perhaps: Vec::new(),
        };
    }
}

/// How many files of large objects there are.
fn files(folder: &Path) -> usize {
    let shards = std::fs::read_dir(folder.join("data/blobs")).unwrap();
    shards
        .map(|shard| std::fs::read_dir(shard.unwrap().path()).unwrap().count())
        .sum()
}

#[test]
fn what_was_answered_survives_kills() {
    let kills = std::env::var("DROPSLIP_KILLS").ok();
    let kills = kills.and_then(|kills| kills.parse().ok()).unwrap_or(5);
    let folder = tempfile::tempdir().unwrap();
    let keys = |writer| {
        let names = (0..KEYS_PER_WRITER).map(move |key| format!("{writer}-{key}"));
        names.map(|name| (name, Key::default())).collect::<Keys>()
    };
    let mut all: Vec<Keys> = (0..WRITERS).map(keys).collect();
    for kill in 0..kills {
        let mut chance = Chance(kill);
        let server = Server::store(folder.path());
        check(server.s3(), kill, &mut all);
        // From the first moments of a start to well behind its first checkpoints.
        let after = Duration::from_millis(chance.below(1500));
        all = load_and_kill(server, chance.next(), after, all);
    }
    let server = Server::store(folder.path());
    check(server.s3(), kills, &mut all);
    assert!(
        all.iter().flatten().any(|(_, key)| key.known.is_some()),
        "nothing was ever put"
    );
    leaves_nothing(server, folder.path(), all);
}

/// Nothing is left once all objects are deleted and all uploads aborted.
fn leaves_nothing(server: Server, folder: &Path, all: Vec<Keys>) {
    let s3 = server.s3();
    for name in all.iter().flat_map(|keys| keys.keys()) {
        let (status, _) = send(s3, ("DELETE", &format!("/uploads/{name}")), &[], b"").unwrap();
        assert_eq!(status, 204);
    }
    let (_, uploads) = send(s3, ("GET", "/uploads?uploads="), &[], b"").unwrap();
    let uploads = String::from_utf8(uploads).unwrap();
    for upload in uploads.split("<Upload>").skip(1) {
        let between = |from, to| {
            let rest = upload.split_once(from).unwrap().1;
            rest.split_once(to).unwrap().0
        };
        let (key, id) = (
            between("<Key>", "</Key>"),
            between("<UploadId>", "</UploadId>"),
        );
        let target = format!("/uploads/{key}?uploadId={id}");
        let (status, _) = send(s3, ("DELETE", &target), &[], b"").unwrap();
        assert_eq!(status, 204);
    }
    let start = std::time::Instant::now();
    while files(folder) > 0 {
        assert!(
            start.elapsed().as_secs() < 20,
            "{} files are left",
            files(folder)
        );
        thread::sleep(Duration::from_millis(10));
    }
}

/// Cuts a connection in the middle of a body while the process is killed.
#[test]
fn a_body_that_a_kill_cut_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::store(folder.path());
    let s3 = server.s3();
    let target = presigned("PUT", s3, "/uploads/half", &[]);
    let head = head(s3, &target, &[("content-length", "10000000")]);
    let mut stream = TcpStream::connect(s3).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&vec![b'x'; 5_000_000]).unwrap();
    assert!(!server.stop("-KILL").success());
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    assert!(rest.is_empty());
    let server = Server::store(folder.path());
    let (status, _) = send(server.s3(), ("GET", "/uploads/half"), &[], b"").unwrap();
    assert_eq!(status, 404);
    let start = std::time::Instant::now();
    while files(folder.path()) > 0 {
        assert!(
            start.elapsed().as_secs() < 20,
            "the half body is still there"
        );
        thread::sleep(Duration::from_millis(10));
    }
}
