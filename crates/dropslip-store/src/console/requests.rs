//! The requests of late, for people to look at: a ring in memory, and who looks on.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::Serialize;
use tokio::sync::broadcast;

use super::limits::{REQUEST_TEXT_LEN_MAX, REQUESTS_AHEAD, REQUESTS_KEPT, WATCHERS_MAX};

/// The ring. Who holds a [`Watcher`] keeps it, and not the store.
#[derive(Debug)]
pub(super) struct Requests {
    /// Whether requests are noted. Without anyone who looks they need not be.
    is_on: AtomicBool,
    watchers: AtomicUsize,
    ring: Mutex<Ring>,
}

#[derive(Debug)]
struct Ring {
    last: u64,
    kept: VecDeque<Arc<Noted>>,
    /// Gone once nobody may look on any more.
    news: Option<broadcast::Sender<Arc<Noted>>>,
}

/// A request as the page gets it.
#[derive(Debug)]
pub(super) struct Noted {
    /// Counts from 1.
    pub(super) number: u64,
    /// JSON, on one line.
    pub(super) json: String,
}

/// What is noted of a request. Neither a header nor a query is: they hold signatures.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Seen {
    /// In milliseconds since 1970.
    pub(super) at_ms: i64,
    pub(super) request_id: String,
    pub(super) method: String,
    pub(super) operation: Option<String>,
    pub(super) bucket: Option<String>,
    pub(super) key: Option<String>,
    /// The access key, if a signature of it held.
    pub(super) caller: Option<String>,
    pub(super) bytes_in: Option<u64>,
    pub(super) bytes_out: Option<u64>,
    pub(super) status: u16,
    /// S3's code of a refusal, and why.
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    pub(super) explanation: Option<String>,
    /// What a fault did to it.
    pub(super) fault: Option<String>,
    pub(super) took_ms: f64,
    #[serde(skip)]
    pub(super) begun: Instant,
}

impl Requests {
    pub(super) fn new(is_on: bool) -> Arc<Self> {
        Arc::new(Self {
            is_on: AtomicBool::new(is_on),
            watchers: AtomicUsize::new(0),
            ring: Mutex::new(Ring {
                last: 0,
                kept: VecDeque::new(),
                news: Some(broadcast::Sender::new(REQUESTS_AHEAD)),
            }),
        })
    }

    /// Whether requests are noted.
    pub(super) fn is_on(&self) -> bool {
        self.is_on.load(Ordering::Relaxed)
    }

    /// Keeps a request and tells it to who looks on.
    pub(super) fn note(&self, mut seen: Seen) {
        let texts = [
            &mut seen.operation,
            &mut seen.bucket,
            &mut seen.key,
            &mut seen.caller,
            &mut seen.code,
            &mut seen.message,
            &mut seen.explanation,
        ];
        texts.into_iter().flatten().for_each(shorten);
        shorten(&mut seen.method);
        let Ok(json) = serde_json::to_string(&seen) else {
            return;
        };
        let mut ring = self.ring();
        ring.last += 1;
        let number = ring.last;
        let noted = Arc::new(Noted { number, json });
        if ring.kept.len() == REQUESTS_KEPT {
            ring.kept.pop_front();
        }
        ring.kept.push_back(Arc::clone(&noted));
        // Within the lock, so that who begins to look on misses none and gets none twice.
        if let Some(news) = &ring.news {
            let _ = news.send(noted);
        }
    }

    /// Ends the streams of all who look on: a server that stops waits for its answers.
    pub(super) fn close(&self) {
        self.ring().news = None;
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to look on behind a number; none while too many do. From now on requests
    /// are noted.
    pub(super) fn watch(self: &Arc<Self>, after: u64) -> Option<Watcher> {
        let places = &self.watchers;
        places
            .try_update(Ordering::AcqRel, Ordering::Acquire, |watchers| {
                (watchers < WATCHERS_MAX).then_some(watchers + 1)
            })
            .ok()?;
        let place = Place(Arc::clone(self));
        self.is_on.store(true, Ordering::Relaxed);
        let ring = self.ring();
        // A number that was never given is one of an earlier process.
        let after = if after > ring.last { 0 } else { after };
        let kept = ring.kept.iter().filter(|noted| noted.number > after);
        Some(Watcher {
            kept: kept.cloned().collect(),
            news: ring.news.as_ref()?.subscribe(),
            _place: place,
        })
    }
}

/// One who looks on.
#[derive(Debug)]
pub(super) struct Watcher {
    /// What was noted before.
    pub(super) kept: VecDeque<Arc<Noted>>,
    pub(super) news: broadcast::Receiver<Arc<Noted>>,
    _place: Place,
}

/// A place among the watchers.
#[derive(Debug)]
struct Place(Arc<Requests>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.watchers.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Cuts a text that is too long, and says so.
fn shorten(text: &mut String) {
    if text.len() > REQUEST_TEXT_LEN_MAX {
        let mut end = REQUEST_TEXT_LEN_MAX;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::broadcast::error::TryRecvError;

    use super::*;

    fn seen(key: &str) -> Seen {
        Seen {
            at_ms: 0,
            request_id: String::new(),
            method: "GET".to_owned(),
            operation: None,
            bucket: None,
            key: Some(key.to_owned()),
            caller: None,
            bytes_in: None,
            bytes_out: None,
            status: 200,
            code: None,
            message: None,
            explanation: None,
            fault: None,
            took_ms: 0.0,
            begun: Instant::now(),
        }
    }

    #[test]
    fn who_looks_on_gets_what_was_and_what_comes() {
        let requests = Requests::new(true);
        (0..REQUESTS_KEPT + 3).for_each(|n| requests.note(seen(&n.to_string())));
        let mut watcher = requests.watch(0).unwrap();
        assert_eq!(watcher.kept.len(), REQUESTS_KEPT);
        assert_eq!(watcher.kept[0].number, 4);
        assert!(watcher.kept[0].json.contains("\"key\":\"3\""));
        requests.note(seen("new"));
        let news = watcher.news.try_recv().unwrap();
        assert_eq!(news.number, REQUESTS_KEPT as u64 + 4);
        assert!(watcher.news.try_recv().is_err());
        let later = requests.watch(news.number - 1).unwrap();
        assert_eq!(later.kept.len(), 1);
        let restarted = requests.watch(u64::MAX).unwrap();
        assert_eq!(restarted.kept.len(), REQUESTS_KEPT);
        requests.close();
        requests.note(seen("last"));
        assert_eq!(watcher.news.try_recv().unwrap_err(), TryRecvError::Closed);
        assert!(requests.watch(0).is_none());
    }

    #[test]
    fn only_so_many_look_on() {
        let requests = Requests::new(false);
        let mut watchers: Vec<_> = (0..WATCHERS_MAX).map(|_| requests.watch(0)).collect();
        assert!(watchers.iter().all(Option::is_some) && requests.is_on());
        assert!(requests.watch(0).is_none());
        watchers.pop();
        assert!(requests.watch(0).is_some());
    }

    #[test]
    fn texts_are_bounded_and_stay_on_one_line() {
        let requests = Requests::new(true);
        requests.note(seen(&"é\n".repeat(REQUEST_TEXT_LEN_MAX)));
        let watcher = requests.watch(0).unwrap();
        let json = &watcher.kept[0].json;
        assert!(json.len() < 2 * REQUEST_TEXT_LEN_MAX && json.contains('…'));
        assert!(!json.contains('\n') && json.contains("\\n"));
    }
}
