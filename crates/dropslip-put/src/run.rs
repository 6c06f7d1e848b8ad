//! The run: workers that take files in their order, and what they share.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use dropslip_s3::ObjectKey;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};
use tokio::task::JoinSet;

use crate::Target;
use crate::error::{PutError, PutErrorKind};
use crate::journal::{Done, Journal, Record};
use crate::ledger::Ledger;
use crate::limits::{BATCH_BYTES, BATCH_FILES, MEMORY_BYTES};
use crate::pool::Pool;
use crate::retry::Luck;
use crate::s3::confirm;
use crate::source::Source;
use crate::stop::{Stop, Stopper};
use crate::{s3, service};

/// A file on its way.
#[derive(Clone, Debug)]
pub struct Item {
    /// The file.
    pub source: Source,
    /// How it is called to people.
    pub name: String,
    /// Its key in a bucket; a service makes keys itself.
    pub key: Option<ObjectKey>,
}

/// What is to be done.
#[derive(Debug)]
pub struct Job {
    /// The files.
    pub items: Vec<Item>,
    /// Where to.
    pub target: Target,
    /// What an earlier run did, and where this one writes what it does.
    pub journal: Option<Journal>,
    /// Most requests at a time.
    pub parallel: usize,
}

/// What became of one file.
#[derive(Debug)]
pub struct Finished {
    /// Which one of the job's items.
    pub index: usize,
    /// What became of it.
    pub outcome: Result<Stored, PutError>,
}

/// What [`Finished`] says.
pub type Outcome = Result<Stored, PutError>;

/// A file that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its key.
    pub key: String,
    /// Where everybody may read it, if a service says so.
    pub url: Option<String>,
    /// Its ETag, as the storage writes it.
    pub etag: String,
    /// The checksum that the storage has confirmed: the header's name, and base64.
    pub checksum: Option<(&'static str, String)>,
    /// Whether an earlier run has stored it.
    pub was_there: bool,
}

/// How a run ended.
#[derive(Debug)]
pub struct Summary {
    /// Files that are stored, those of earlier runs among them.
    pub stored: usize,
    /// Those of earlier runs.
    pub skipped: usize,
    /// Files that failed.
    pub failed: usize,
    /// Files that are still to be stored, and did not fail.
    pub left: usize,
    /// Why it ended before all files had their turn.
    pub trouble: Option<PutError>,
    /// Whether storage or service have answered at all.
    pub has_begun: bool,
    /// The journal, if something is left to do.
    pub journal: Option<Journal>,
    /// Why the journal does not say all of it.
    pub journal_trouble: Option<PutError>,
}

/// What all workers share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) journal: Option<Journal>,
    pub(crate) pool: Arc<Pool>,
    pub(crate) luck: Luck,
    pub(crate) parallel: usize,
    slots: Semaphore,
    memory: Semaphore,
    /// Why the journal is written no more.
    journal_trouble: Mutex<Option<PutError>>,
}

/// Memory is counted in pages, since a semaphore counts to four billions.
const PAGE: u64 = 4096;

impl Shared {
    pub(crate) fn new(ledger: &Arc<Ledger>, journal: Option<Journal>, parallel: usize) -> Self {
        let pages = usize::try_from(MEMORY_BYTES / PAGE).expect("a limit fits any machine");
        Self {
            ledger: Arc::clone(ledger),
            journal,
            pool: Arc::default(),
            luck: Luck::default(),
            parallel,
            slots: Semaphore::new(parallel),
            memory: Semaphore::new(pages),
            journal_trouble: Mutex::new(None),
        }
    }

    /// Leave to make a request.
    pub(crate) async fn slot(&self) -> SemaphorePermit<'_> {
        self.slots.acquire().await.expect("nobody closes it")
    }

    /// Room for so many bytes; one piece is always let in.
    pub(crate) async fn memory(&self, bytes: u64) -> SemaphorePermit<'_> {
        let pages = bytes.min(MEMORY_BYTES).div_ceil(PAGE);
        let pages = u32::try_from(pages).expect("a limit fits any machine");
        self.memory
            .acquire_many(pages)
            .await
            .expect("nobody closes it")
    }

    /// Writes to the journal. One that cannot be written any more costs a later run its work, and not this one.
    pub(crate) fn note(&self, record: impl FnOnce() -> Record) {
        let Some(journal) = &self.journal else { return };
        let mut trouble = self
            .journal_trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if trouble.is_none() {
            *trouble = journal.note(&record()).err();
        }
    }

    /// Notes that a file is stored.
    pub(crate) fn note_stored(&self, item: &Item, stored: &Stored) {
        self.note(|| Record::Stored {
            file: item.id().into_owned(),
            stamp: item.source.stamp,
            key: item.key.is_none().then(|| stored.key.clone()),
            url: stored.url.clone(),
            etag: stored.etag.clone(),
            checksum: stored.checksum.as_ref().map(|(_, value)| value.clone()),
        });
    }
}

impl Item {
    /// Its name in the journal.
    pub(crate) fn id(&self) -> std::borrow::Cow<'_, str> {
        match &self.key {
            Some(key) => key.as_str().into(),
            None => self.source.path.to_string_lossy(),
        }
    }

    fn stored_before<'a>(&self, journal: Option<&'a Journal>) -> Option<&'a Done> {
        let done = journal?.past().stored.get(self.id().as_ref())?;
        self.source.stamp.is_untouched(&done.stamp).then_some(done)
    }
}

struct Work {
    shared: Shared,
    target: Target,
    items: Vec<Item>,
    next: Mutex<usize>,
    results: UnboundedSender<Finished>,
    trouble: Mutex<Option<PutError>>,
    halt: Stopper,
    /// What the storage has of what earlier runs have stored.
    listed: OnceCell<confirm::Listed>,
}

/// Carries all files of a job, and ends when all had their turn, when it is told to stop, or when nothing can succeed.
/// What is stored by then stays stored, and stands in the journal.
pub async fn run(
    job: Job,
    ledger: &Arc<Ledger>,
    mut stop: Stop,
    results: UnboundedSender<Finished>,
) -> Summary {
    let (halt, mut halted) = Stopper::new();
    let bytes = job
        .items
        .iter()
        .map(|item| item.source.stamp.size_bytes)
        .sum();
    ledger.plan(job.items.len() as u64, bytes);
    let workers = job.parallel.min(job.items.len());
    let work = Arc::new(Work {
        shared: Shared::new(ledger, job.journal, job.parallel),
        target: job.target,
        items: job.items,
        next: Mutex::new(0),
        results,
        trouble: Mutex::new(None),
        halt,
        listed: OnceCell::new(),
    });
    let mut tasks = JoinSet::new();
    for _ in 0..workers {
        let work = Arc::clone(&work);
        tasks.spawn(async move { work.work().await });
    }
    let all = async { while tasks.join_next().await.is_some() {} };
    tokio::select! {
        biased;
        () = all => {}
        () = stop.said() => {}
        () = halted.said() => {}
    }
    tasks.shutdown().await;
    let work = Arc::into_inner(work).expect("every worker has ended");
    work.clear_up().await;
    work.summary()
}

impl Work {
    async fn work(&self) {
        while let Some(batch) = self.take() {
            let done = match &self.target {
                Target::S3(storage) if batch.len() > 1 => self.carry_small(storage, batch).await,
                _ => self.carry_each(batch).await,
            };
            if let Err(trouble) = done {
                let mut first = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
                first.get_or_insert(trouble);
                self.halt.stop();
                return;
            }
        }
    }

    /// The next files: a large one alone, or as many small ones as are read in one go. Towards the end fewer, so
    /// that no worker has many while others have none.
    fn take(&self) -> Option<Range<usize>> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let start = *next;
        if start >= self.items.len() {
            return None;
        }
        let share = (self.items.len() - start).div_ceil(self.shared.parallel * 2);
        let most = match self.target {
            Target::S3(_) => share.clamp(1, BATCH_FILES),
            Target::Service(_) => 1,
        };
        let mut bytes = 0;
        let fits = self.items[start..].iter().take(most).take_while(|item| {
            bytes += item.source.stamp.size_bytes;
            bytes <= BATCH_BYTES
        });
        *next = start + fits.count().max(1);
        Some(start..*next)
    }

    /// Small files: all are read by one call to a thread that may wait for the disk.
    async fn carry_small(
        &self,
        storage: &s3::Storage,
        batch: Range<usize>,
    ) -> Result<(), PutError> {
        let mut left = Vec::new();
        for index in batch {
            if !self.was_there(index).await? {
                left.push(index);
            }
        }
        let sources: Vec<Source> = left
            .iter()
            .map(|index| self.items[*index].source.clone())
            .collect();
        let pieces = storage.read(sources).await;
        for (index, piece) in left.into_iter().zip(pieces) {
            let item = &self.items[index];
            let outcome = match piece {
                Ok(piece) => storage.put_whole(&self.shared, item, &piece, None).await,
                Err(error) => Err(error),
            };
            self.tell(index, outcome)?;
        }
        Ok(())
    }

    async fn carry_each(&self, batch: Range<usize>) -> Result<(), PutError> {
        for index in batch {
            if self.was_there(index).await? {
                continue;
            }
            let item = &self.items[index];
            let outcome = match &self.target {
                Target::S3(storage) => storage.carry(&self.shared, item).await,
                Target::Service(service) => service::carry(service, &self.shared, item).await,
            };
            self.tell(index, outcome)?;
        }
        Ok(())
    }

    /// Whether an earlier run has stored a file and it is there still, which is told then.
    async fn was_there(&self, index: usize) -> Result<bool, PutError> {
        let item = &self.items[index];
        let Some(done) = item.stored_before(self.shared.journal.as_ref()) else {
            return Ok(false);
        };
        if let Target::S3(storage) = &self.target {
            let listed = self.listed.get_or_init(|| self.list(storage)).await;
            let found = confirm::is_there(storage, &self.shared, listed, (item, done));
            if !found.await? {
                return Ok(false);
            }
        }
        let stored = Stored {
            key: match &item.key {
                Some(key) => key.as_str().to_owned(),
                None => done.key.clone().unwrap_or_default(),
            },
            url: done.url.clone(),
            etag: done.etag.clone(),
            checksum: match &self.target {
                Target::S3(storage) => storage.named(done.checksum.clone()),
                Target::Service(_) => None,
            },
            was_there: true,
        };
        self.shared.ledger.skipped(item.source.stamp.size_bytes);
        self.tell(index, Ok(stored)).map(|()| true)
    }

    async fn list(&self, storage: &s3::Storage) -> confirm::Listed {
        let before = |item: &&Item| item.stored_before(self.shared.journal.as_ref()).is_some();
        let keys = self
            .items
            .iter()
            .filter(before)
            .filter_map(|item| item.key.as_ref());
        let keys: Vec<&str> = keys.map(ObjectKey::as_str).collect();
        confirm::list(storage, &self.shared, &keys).await
    }

    /// Tells what became of a file. What would become of every file is an error of the run.
    fn tell(&self, index: usize, outcome: Outcome) -> Result<(), PutError> {
        let ledger = &self.shared.ledger;
        match &outcome {
            Err(error) if error.concerns_all() => return outcome.map(drop),
            Err(_) => ledger.failed(),
            Ok(stored) => {
                ledger.done(stored.was_there);
                if !stored.was_there {
                    self.shared.note_stored(&self.items[index], stored);
                }
            }
        }
        // Who asked may have lost interest.
        let _ = self.results.send(Finished { index, outcome });
        Ok(())
    }

    /// Frees what earlier runs began of files that are there no more, before the journal is removed.
    async fn clear_up(&self) {
        let (stored, _) = self.shared.ledger.files();
        let Some(journal) = self
            .shared
            .journal
            .as_ref()
            .filter(|_| stored == self.items.len() as u64)
        else {
            return;
        };
        let files = self.items.iter().map(Item::id).collect();
        crate::abandon(&self.target, &journal.past().begun_beside(&files)).await;
    }

    fn summary(self) -> Summary {
        let (stored, failed) = self.shared.ledger.files();
        let count = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let (stored, failed) = (count(stored), count(failed));
        let trouble = self
            .trouble
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let left = self.items.len().saturating_sub(stored + failed);
        let is_done = left == 0 && failed == 0;
        let skipped = count(self.shared.ledger.files_skipped());
        let journal_trouble = self.shared.journal_trouble;
        let journal = self.shared.journal.and_then(|journal| match is_done {
            true => {
                journal.remove();
                None
            }
            false => Some(journal),
        });
        Summary {
            stored,
            skipped,
            failed,
            left,
            trouble,
            has_begun: self.shared.luck.has_succeeded(),
            journal,
            journal_trouble: journal_trouble
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner),
        }
    }
}

/// An error of a thread that panicked, which is a mistake of ours.
pub(crate) fn lost_thread() -> PutError {
    PutError::new(
        PutErrorKind::Unreadable,
        "cannot be read: the reading thread ended",
    )
}
