//! The sweep: finds what was uploaded and never completed, and what was begun in parts and never ended.
//!
//! For each preset it reads the list of keys behind the literal beginning of its template, page by page. Only keys that
//! the template can have made count, and of those only the ones whose uuid says that nobody can complete them any more.
//! What was decided is left as it is; it may be swept at any time, twice at once, and be killed in between.

mod forever;
mod report;

use dropslip_s3::ObjectKey;
use dropslip_s3::client::{Multipart, UploadsMarker};

pub(crate) use forever::check_every;
pub use forever::forever;
pub use report::{SweepFailure, Swept};

use crate::config::Unfinished;
use crate::database::{Database, Decided};
use crate::limits::{DATABASE_KEEP_DAYS, MULTIPART_S_MAX, SWEEP_MARGIN_S, TOKEN_AFTER_URL_S};
use crate::preset::{Mode, Preset};
use crate::problem::{Problem, echo};
use crate::settle::found::{self, Found, Outcome};
use crate::state::State;

/// What is to be swept.
#[derive(Clone, Debug, Default)]
pub struct Sweep {
    /// Only this preset.
    pub preset: Option<String>,
    /// Says what it would do, and does nothing.
    pub dry_run: bool,
    /// Also removes what was issued before the database was made. It may have been completed then, without anybody
    /// knowing now.
    pub include_older: bool,
}

impl Sweep {
    /// Sweeps, and tells of each page how far it is.
    ///
    /// # Errors
    /// When there is no such preset. What fails at the storage or the database is counted, and tried again next time.
    pub async fn run(
        &self,
        state: &State,
        mut told: impl FnMut(&Swept),
    ) -> Result<Vec<Swept>, SweepFailure> {
        let presets = state.settings().presets();
        if let Some(name) = &self.preset
            && presets.find(name).is_none()
        {
            let names: Vec<_> = presets
                .iter()
                .map(|known| format!("`{}`", known.name))
                .collect();
            return Err(SweepFailure::new(format!(
                "there is no preset {}; there are {}",
                echo(name),
                names.join(", ")
            )));
        }
        let wanted =
            |preset: &&Preset| self.preset.as_ref().is_none_or(|name| *name == preset.name);
        let mut all = Vec::new();
        for preset in presets.iter().filter(wanted) {
            let mut swept = Swept::new(&preset.name);
            let one = One {
                sweep: self,
                state,
                preset,
                ages: Ages::of(state, preset, self.include_older).await,
            };
            one.objects(&mut swept, &mut told).await;
            one.uploads(&mut swept, &mut told).await;
            all.push(swept);
        }
        Ok(all)
    }
}

/// Of which time the uploads are that may be swept, in seconds of Unix time.
#[derive(Clone, Copy, Debug)]
struct Ages {
    /// Issued before this, nobody can complete it any more.
    before_s: i64,
    /// Issued before this, its decision may have been forgotten.
    after_s: i64,
    /// Issued before this, its decision was never known; only removal asks.
    known_s: i64,
    parts_before_s: i64,
}

impl Ages {
    async fn of(state: &State, preset: &Preset, include_older: bool) -> Self {
        let now_s = state.now().unix_s();
        let in_parts = matches!(preset.mode(preset.size_bytes_max), Mode::Multipart { .. });
        let life_s = i64::from(preset.expires_s) + i64::from(TOKEN_AFTER_URL_S);
        let parts_s = i64::from(MULTIPART_S_MAX).max(life_s);
        let known_s = match state.database() {
            _ if include_older => 0,
            Some(database) => database.since_ms().await.map_or(i64::MAX, |ms| ms / 1000),
            None => i64::MAX,
        };
        Self {
            before_s: now_s - if in_parts { parts_s } else { life_s },
            after_s: now_s - DATABASE_KEEP_DAYS * 86_400 + SWEEP_MARGIN_S,
            known_s,
            parts_before_s: now_s - parts_s,
        }
    }
}

/// The sweep of one preset.
struct One<'a> {
    sweep: &'a Sweep,
    state: &'a State,
    preset: &'a Preset,
    ages: Ages,
}

impl One<'_> {
    async fn objects(&self, swept: &mut Swept, told: &mut impl FnMut(&Swept)) {
        let Some(database) = self.state.database() else {
            swept.note =
                Some("objects are left alone without a database: it knows what was completed");
            return;
        };
        let storage = self.state.storage_of(self.preset);
        let (bucket, prefix) = (&self.preset.bucket, self.preset.key.prefix());
        let mut from: Option<String> = None;
        loop {
            let client = storage.client();
            let page = client
                .list_objects(bucket, prefix, from.as_deref(), self.state.now())
                .await;
            let page = match page {
                Ok(page) => page,
                Err(error) => return swept.failed(&error),
            };
            for object in &page.objects {
                swept.objects += 1;
                if let Err(problem) = self.object(database, &object.key, swept).await {
                    swept.failed(&problem.detail());
                }
            }
            told(swept);
            from = page.next;
            if from.is_none() {
                return;
            }
        }
    }

    async fn object(
        &self,
        database: &Database,
        key: &str,
        swept: &mut Swept,
    ) -> Result<(), Problem> {
        let storage = self.state.storage_of(self.preset).name();
        let all = found::candidates(self.state, self.preset.bucket.as_str(), key);
        let all: Vec<Found<'_>> = all
            .filter(|found| self.state.storage_of(found.preset).name() == storage)
            .collect();
        let Some(found) = all
            .iter()
            .find(|found| found.preset.name == self.preset.name)
        else {
            swept.foreign += 1;
            return Ok(());
        };
        let issued_s = found.captured.issued_s();
        if issued_s >= self.ages.before_s {
            swept.young += 1;
            return Ok(());
        }
        if issued_s < self.ages.after_s {
            swept.too_old += 1;
            return Ok(());
        }
        let record = database
            .find(found.captured.uuid)
            .await
            .map_err(Problem::from)?;
        let decided = record.map(|record| record.state);
        if decided == Some(Decided::Completed) {
            swept.completed_before += 1;
            return Ok(());
        }
        let Some(head) = found.head(self.state).await? else {
            return Ok(());
        };
        // Of several presets in one bucket the first that takes such an object, as with events.
        let best = all
            .iter()
            .find(|other| other.fits(&head))
            .unwrap_or(&all[0]);
        if best.preset.name != self.preset.name {
            swept.foreign += 1;
            return Ok(());
        }
        let is_late = matches!(decided, Some(Decided::Refused | Decided::Aborted));
        let will_remove = is_late || self.preset.unfinished == Unfinished::Remove;
        if will_remove && !is_late && issued_s < self.ages.known_s {
            swept.too_old += 1;
            return Ok(());
        }
        let outcome = match self.preset.unfinished {
            Unfinished::Keep if !is_late => {
                swept.left += 1;
                return Ok(());
            }
            _ if self.sweep.dry_run && will_remove => Outcome::Late,
            _ if self.sweep.dry_run => Outcome::Completed,
            _ if will_remove => {
                let outcome = found.remove(self.state, &head).await?;
                outcome.unwrap_or(Outcome::Late)
            }
            _ => found.complete(self.state, &head).await?,
        };
        match outcome {
            Outcome::Completed => swept.completed += 1,
            Outcome::CompletedBefore => swept.completed_before += 1,
            Outcome::Refused => swept.refused += 1,
            Outcome::Late => swept.removed += 1,
            Outcome::Gone => {}
        }
        Ok(())
    }

    /// Uploads in parts need no database: one that was completed is not in the list.
    async fn uploads(&self, swept: &mut Swept, told: &mut impl FnMut(&Swept)) {
        let storage = self.state.storage_of(self.preset);
        let (bucket, prefix) = (&self.preset.bucket, self.preset.key.prefix());
        let mut from: Option<UploadsMarker> = None;
        loop {
            let client = storage.client();
            let page = client
                .list_uploads(bucket, prefix, from.as_ref(), self.state.now())
                .await;
            let page = match page {
                Ok(page) => page,
                Err(error) => return swept.failed(&error),
            };
            for upload in &page.uploads {
                swept.uploads += 1;
                let captured = self.preset.key.matches(&upload.key);
                let Some((captured, key)) = captured.zip(ObjectKey::parse(&upload.key).ok()) else {
                    continue;
                };
                if captured.issued_s() >= self.ages.parts_before_s {
                    continue;
                }
                let upload = Multipart {
                    bucket,
                    key: &key,
                    upload_id: &upload.upload_id,
                };
                if !self.sweep.dry_run
                    && let Err(error) = client.abort_multipart(&upload, self.state.now()).await
                {
                    swept.failed(&error);
                    continue;
                }
                swept.aborted += 1;
            }
            told(swept);
            from = page.next;
            if from.is_none() {
                return;
            }
        }
    }
}
