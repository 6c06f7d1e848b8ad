//! Several replicas with PostgreSQL over one storage: what one issues any completes, and no event is lost.
//!
//! A run of some uploads each time; `DROPSLIP_UPLOADS=2000` makes it as long as one likes. One replica is killed at a
//! random instant and started again, and the receiver fails one delivery in ten. `DROPSLIP_SEED` repeats the load.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::crash::Chance;
use crate::http::{Answer, Headers, answer, head};
use crate::postgres;
use crate::process::{Server, dropslip};
use crate::receiver::{Attempt, Receiver};

const REPLICAS: u64 = 3;
const CLIENTS: u64 = 4;

/// Longer than anything here takes: leases that end, pauses that double.
const PATIENCE: Duration = Duration::from_secs(180);

/// A store, a database, and replicas of the service.
pub(crate) struct Field {
    folder: TempDir,
    _store: Server,
    replicas: Vec<Mutex<Server>>,
}

impl Field {
    pub(crate) fn new(replicas: u64, database: &str, receiver: &Receiver) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Server::store(folder.path());
        let (s3, webhook) = (store.s3(), receiver.address);
        let config = format!(
            r#"
            [storage]
            endpoint = "http://{s3}"
            region = "us-east-1"
            accessKey = "dropslip"
            secretKey = "dropslip-dev-secret"

            [database]
            url = "{database}"

            [[webhooks]]
            name = "application"
            url = "http://{webhook}/hook"
            secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

            [presets.file]
            bucket = "uploads"
            key = "files/{{uuid}}"
            accept = ["*/*"]
            maxSize = "1 MiB"
            "#
        );
        fs::write(folder.path().join("dropslip.toml"), config).unwrap();
        let replicas = (0..replicas).map(|_| Mutex::new(serve(&folder)));
        let replicas = replicas.collect();
        Self {
            folder,
            _store: store,
            replicas,
        }
    }

    pub(crate) fn address(&self, replica: u64) -> SocketAddr {
        let replica = self.replicas[usize::try_from(replica).unwrap()]
            .lock()
            .unwrap();
        replica.address("Uploads at http://")
    }

    /// Kills a replica as the power would, and starts it again.
    fn kill(&self, replica: u64) {
        let mut replica = self.replicas[usize::try_from(replica).unwrap()]
            .lock()
            .unwrap();
        let dead = std::mem::replace(&mut *replica, serve(&self.folder));
        dead.stop("-KILL");
    }

    /// Asks replicas at random until one gives an answer that is one.
    fn ask(&self, chance: &mut Chance, request: &str, body: &[u8]) -> Answer {
        for _ in 0..1000 {
            let replica = self.address(chance.below(self.replicas.len() as u64));
            match call(replica, request, body) {
                Some(answer) if answer.status < 500 => return answer,
                _ => thread::sleep(Duration::from_millis(20)),
            }
        }
        panic!("no replica answers {request}");
    }

    /// Issues an upload and puts its bytes.
    fn put(&self, chance: &mut Chance) -> Upload {
        let bytes = vec![b'x'; usize::try_from(1 + chance.below(2000)).unwrap()];
        let wish = json!({"preset": "file", "fileName": "a.bin", "size": bytes.len()});
        let issued = self.ask(chance, "POST /v1/uploads", wish.to_string().as_bytes());
        let issued = issued.is(201).json();
        store(&issued, &bytes);
        let (id, key) = (&issued["id"], issued["key"].as_str().unwrap());
        Upload {
            id: id.as_str().unwrap().to_owned(),
            uuid: key.strip_prefix("files/").unwrap().to_owned(),
        }
    }
}

fn serve(folder: &TempDir) -> Server {
    let args = ["serve", "--listen", "127.0.0.1:0"];
    Server::start(&mut dropslip(folder.path(), &args), "Uploads at")
}

struct Upload {
    id: String,
    uuid: String,
}

impl Upload {
    fn completion(&self) -> String {
        format!("POST /v1/uploads/{}/complete", self.id)
    }
}

/// A call that may meet a replica which is just killed.
fn call(address: SocketAddr, request: &str, body: &[u8]) -> Option<Answer> {
    use std::io::Write as _;
    let length = body.len().to_string();
    let mut headers = vec![("content-length", length.as_str()), ("connection", "close")];
    if !body.is_empty() {
        headers.push(("content-type", "application/json"));
    }
    let headers: Headers<'_> = &headers;
    let mut stream = TcpStream::connect(address).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .ok()?;
    stream
        .write_all(head(address, request, headers).as_bytes())
        .ok()?;
    stream.write_all(body).ok()?;
    Some(answer(stream)).filter(|answer| answer.status != 0)
}

/// Follows the slip.
fn store(issued: &Value, bytes: &[u8]) {
    let url = issued["put"]["url"].as_str().unwrap();
    let (host, target) = url
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap();
    let headers = issued["put"]["headers"].as_object().unwrap().iter();
    let headers: Vec<_> = headers
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
        .collect();
    let put = format!("PUT /{target}");
    crate::http::send(host.parse().unwrap(), &put, &headers, bytes).is(200);
}

/// What a client did: uploads that were completed, and of these the ones that were taken back.
#[derive(Default)]
struct Done {
    completed: Vec<String>,
    aborted: Vec<String>,
}

/// Uploads from one replica to another, and now and then takes one back.
fn client(field: &Field, uploads: u64, chance: &mut Chance, count: &AtomicU64) -> Done {
    let mut done = Done::default();
    for _ in 0..uploads {
        let upload = field.put(chance);
        let completed = field.ask(chance, &upload.completion(), b"").is(200);
        assert_eq!(completed.json()["key"], format!("files/{}", upload.uuid));
        done.completed.push(upload.uuid.clone());
        if chance.below(8) == 0 {
            let abort = format!("DELETE /v1/uploads/{}", upload.id);
            field.ask(chance, &abort, b"").is(204);
            done.aborted.push(upload.uuid);
        }
        count.fetch_add(1, Ordering::Relaxed);
    }
    done
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}

#[test]
fn every_event_arrives_although_replicas_die_and_deliveries_fail() {
    let uploads = number("DROPSLIP_UPLOADS").unwrap_or(120);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = number("DROPSLIP_SEED").unwrap_or(now.as_secs());
    println!("DROPSLIP_SEED={seed} DROPSLIP_UPLOADS={uploads}");
    let receiver = Receiver::start(seed, 10);
    let field = Field::new(REPLICAS, &postgres::database(), &receiver);
    let count = AtomicU64::new(0);
    let all: Vec<Done> = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|n| {
                let (field, count) = (&field, &count);
                let mut chance = Chance(seed.wrapping_add(n));
                scope.spawn(move || client(field, uploads / CLIENTS, &mut chance, count))
            })
            .collect();
        let mut chance = Chance(!seed);
        for _ in 0..=uploads / 500 {
            let at = count.load(Ordering::Relaxed) + chance.below(uploads / 2 + 1);
            while count.load(Ordering::Relaxed) < at && !clients.iter().all(|c| c.is_finished()) {
                thread::sleep(Duration::from_millis(chance.below(20)));
            }
            field.kill(chance.below(REPLICAS));
        }
        clients
            .into_iter()
            .map(|client| client.join().unwrap())
            .collect()
    });
    let mut expected = BTreeSet::new();
    for done in all {
        let events = |kind: &'static str, of: Vec<String>| {
            of.into_iter().map(move |id| (id, kind.to_owned()))
        };
        expected.extend(events("upload.completed", done.completed));
        expected.extend(events("upload.aborted", done.aborted));
    }
    let told = |attempts: &[Attempt]| -> BTreeSet<(String, String)> {
        let told = attempts.iter().filter(|attempt| attempt.is_told);
        told.map(|attempt| (attempt.upload.clone(), attempt.kind.clone()))
            .collect()
    };
    receiver.wait(PATIENCE, |attempts| told(attempts).len() >= expected.len());
    let attempts = receiver.attempts();
    let arrived = told(&attempts);
    let lost: Vec<_> = expected.difference(&arrived).collect();
    assert!(lost.is_empty(), "lost with seed {seed}: {lost:?}");
    check_attempts(&attempts, &expected);
    let taken = attempts.iter().filter(|attempt| attempt.is_taken).count();
    println!(
        "{} events, {} attempts, {} taken more than once",
        expected.len(),
        attempts.len(),
        taken - expected.len()
    );
    assert!(attempts.len() > expected.len(), "some attempts fail");
}

/// Nothing else was told, an event is the same each time, and those of one upload came in order.
fn check_attempts(attempts: &[Attempt], expected: &BTreeSet<(String, String)>) {
    let mut events: BTreeMap<_, (&str, &str)> = BTreeMap::new();
    let mut ids = BTreeMap::new();
    let mut aborted = BTreeSet::new();
    for attempt in attempts {
        let event = (attempt.upload.clone(), attempt.kind.clone());
        assert!(
            expected.contains(&event),
            "told of what did not happen: {event:?}"
        );
        let is = (attempt.id.as_str(), attempt.body.as_str());
        let was = events.entry(event.clone()).or_insert(is);
        assert_eq!(*was, is, "an event changed");
        assert_eq!(
            *ids.entry(is.0).or_insert_with(|| event.clone()),
            event,
            "an id of two events"
        );
        match attempt.kind.as_str() {
            "upload.aborted" => drop(aborted.insert(attempt.upload.as_str())),
            _ if aborted.contains(attempt.upload.as_str()) => {
                panic!("{} was told of out of order", attempt.upload)
            }
            _ => {}
        }
    }
}

#[test]
fn of_two_completions_at_once_both_answer_the_same_and_one_event_is_told() {
    let receiver = Receiver::start(1, 0);
    let field = Field::new(2, &postgres::database(), &receiver);
    let mut chance = Chance(2);
    for n in 1..=10 {
        let upload = field.put(&mut chance);
        let answers: Vec<Answer> = thread::scope(|scope| {
            let calls: Vec<_> = [0, 1, 0, 1]
                .map(|replica| {
                    let (address, request) = (field.address(replica), upload.completion());
                    scope.spawn(move || call(address, &request, b"").unwrap())
                })
                .into_iter()
                .collect();
            calls.into_iter().map(|call| call.join().unwrap()).collect()
        });
        for answer in &answers {
            assert_eq!((answer.status, answer.text()), (200, answers[0].text()));
        }
        assert!(
            receiver.wait(PATIENCE, |attempts| attempts.len() == n),
            "one event each"
        );
    }
    // A second event of one of them would come while this one does.
    let last = field.put(&mut chance);
    call(field.address(0), &last.completion(), b"")
        .unwrap()
        .is(200);
    assert!(receiver.wait(PATIENCE, |attempts| {
        attempts.iter().any(|a| a.upload == last.uuid)
    }));
    assert_eq!(receiver.attempts().len(), 11);
}

#[test]
fn a_webhook_that_moves_misses_nothing() {
    let (old, new) = (Receiver::start(1, 0), Receiver::start(2, 50));
    let field = Field::new(1, "sqlite://dropslip.db", &old);
    let file = field.folder.path().join("dropslip.toml");
    let config = fs::read_to_string(&file).unwrap();
    let (from, to) = (old.address.to_string(), new.address.to_string());
    let mut chance = Chance(3);
    let mut completed = BTreeSet::new();
    let mut complete = || {
        let upload = field.put(&mut chance);
        call(field.address(0), &upload.completion(), b"")
            .unwrap()
            .is(200);
        completed.insert(upload.uuid);
    };
    complete();
    assert!(old.wait(PATIENCE, |attempts| !attempts.is_empty()));
    fs::write(&file, config.replace(&from, &to)).unwrap();
    field.replicas[0].lock().unwrap().signal("-HUP");
    while !new.wait(Duration::from_millis(200), |attempts| !attempts.is_empty()) {
        complete();
    }
    complete();
    let told = |attempts: Vec<Attempt>| -> BTreeSet<String> {
        let told = attempts.into_iter().filter(|attempt| attempt.is_told);
        told.map(|attempt| attempt.upload).collect()
    };
    let all = |attempts: &[Attempt]| {
        let mut all = told(attempts.to_vec());
        all.extend(told(old.attempts()));
        all == completed
    };
    assert!(new.wait(PATIENCE, all), "all of {completed:?}");
}
