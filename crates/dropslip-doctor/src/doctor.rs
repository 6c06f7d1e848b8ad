//! The order of the walk.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use dropslip_s3::client::Client;
use dropslip_sigv4::Timestamp;
use tokio::sync::Mutex;

use crate::ask::Ask;
use crate::case::Case;
use crate::checks;
use crate::finding::{Answer, Finding, because};
use crate::ground::{Ground, signer};
use crate::limits::SETTLE_MS;
use crate::report::Report;
use crate::scratch::Scratch;

/// Examines one storage.
#[derive(Debug)]
pub struct Doctor {
    case: Case,
    ask: Ask,
    scratch: Scratch,
    /// What the clean-up asks with: as the case says, until the walk knows better.
    client: Mutex<Client>,
    /// How far the storage's clock is ahead, in seconds.
    ahead_s: AtomicI64,
    /// Whether a walk has begun and not ended.
    is_walking: AtomicBool,
}

/// Why nothing can be examined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoctorError(String);

impl fmt::Display for DoctorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DoctorError {}

/// Who is told of each finding as it is made.
pub(crate) type Tell<'a> = &'a (dyn Fn(&Finding) + Sync);

impl Doctor {
    /// Gets ready; nothing is sent yet.
    ///
    /// # Errors
    /// When the platform's TLS roots cannot be read.
    pub fn new(case: Case) -> Result<Self, DoctorError> {
        let ask = Ask::new([&case.endpoint, &case.public_endpoint]).map_err(DoctorError)?;
        let signer = Arc::new(signer(&case.credentials, &case.region));
        let client = Client::new(case.endpoint.clone(), signer)
            .map_err(|error| DoctorError(error.to_string()))?;
        Ok(Self {
            scratch: Scratch::new((case.clock)()),
            ask,
            client: Mutex::new(client),
            ahead_s: AtomicI64::new(0),
            is_walking: AtomicBool::new(false),
            case,
        })
    }

    /// What is examined.
    #[must_use]
    pub fn case(&self) -> &Case {
        &self.case
    }

    /// Makes the walk. `tell` hears of each finding as it is made, in no certain order.
    ///
    /// May be dropped at any point; [`Self::clean_up`] removes what it wrote.
    pub async fn examine(&self, tell: impl Fn(&Finding) + Sync) -> Report {
        let mut findings = Vec::new();
        self.is_walking.store(true, Ordering::Relaxed);
        self.walk(&mut findings, &tell).await;
        self.is_walking.store(false, Ordering::Relaxed);
        Report::of(findings)
    }

    async fn walk(&self, findings: &mut Vec<Finding>, tell: Tell<'_>) {
        let mut note = |found: Vec<Finding>| {
            for mut finding in found {
                self.weigh(&mut finding);
                tell(&finding);
                findings.push(finding);
            }
        };
        let mut ground = Ground {
            case: &self.case,
            ask: &self.ask,
            scratch: &self.scratch,
            signer: signer(&self.case.credentials, &self.case.region),
            endpoint: self.case.endpoint.clone(),
            public: self.case.public_endpoint.clone(),
            ahead_s: 0,
        };
        let (found, is_there) = checks::connection::check(&mut ground).await;
        note(found);
        if !is_there {
            return note(checks::skipped_from_access("there is no storage to ask"));
        }
        let (found, may_enter) = checks::access::check(&mut ground).await;
        let is_meddled_with = found.iter().any(is_of_proxy);
        note(found);
        self.ask_as(&ground).await;
        let ground = &ground;
        if is_meddled_with && !may_enter {
            let why = "a proxy changes what is asked";
            note(checks::cors::skipped(why));
            return note(checks::skipped_from_uploads(why));
        }
        // Preflights need no keys: they are made even when the keys are wrong.
        let cors = checks::cors::check(ground, may_enter);
        if !may_enter {
            note(cors.await);
            return note(checks::skipped_from_uploads(
                "the keys do not open the bucket",
            ));
        }
        let (cors, uploads) = tokio::join!(cors, checks::uploads(ground));
        note(cors);
        note(uploads);
    }

    /// What the storage does not offer is a no where an upload cannot go without.
    fn weigh(&self, finding: &mut Finding) {
        let need = self
            .case
            .needs
            .iter()
            .find(|need| need.check == finding.check);
        let Some(need) = need.filter(|_| finding.answer == Answer::NotOffered) else {
            return;
        };
        let because = because(
            "needed",
            format!("{} needs what this storage does not offer", need.of),
            format!("change {}, or take a storage that offers it", need.of),
        );
        let about = finding.about.take();
        *finding = Finding::no(finding.check, std::mem::take(&mut finding.detail), because);
        finding.about = about;
    }

    /// From now on asks as was found to be right.
    async fn ask_as(&self, ground: &Ground<'_>) {
        self.ahead_s.store(ground.ahead_s, Ordering::Relaxed);
        let signer = Arc::new(signer(&self.case.credentials, ground.signer.region()));
        if let Ok(client) = Client::new(ground.endpoint.clone(), signer) {
            *self.client.lock().await = client;
        }
    }

    /// Removes everything that the walk wrote, and what a walk that was killed left behind. Gives what could not be
    /// removed, in words.
    pub async fn clean_up(&self) -> Option<String> {
        if self.is_walking.swap(false, Ordering::Relaxed) {
            // Requests under way may still have effect.
            tokio::time::sleep(Duration::from_millis(SETTLE_MS)).await;
        }
        let (client, now) = self.service().await;
        self.scratch.remove(&client, &self.case.bucket, now).await
    }

    /// What asks as the service does, and the storage's time.
    pub(crate) async fn service(&self) -> (Client, Timestamp) {
        let ahead_s = self.ahead_s.load(Ordering::Relaxed);
        let now = Timestamp::from_unix_s((self.case.clock)().unix_s() + ahead_s);
        (self.client.lock().await.clone(), now)
    }
}

/// Whether something between this machine and the storage is to blame.
fn is_of_proxy(finding: &Finding) -> bool {
    finding
        .cause
        .as_ref()
        .is_some_and(|cause| cause.code.starts_with("proxy_"))
}
