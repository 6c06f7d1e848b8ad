//! Asks a storage as a browser does, and after a no for less, to find what it is that no rule allows.

use dropslip_s3::client::{ClientError, Page};
use dropslip_s3::cors::preflight::{
    Answered, Asked, Judged, allows_credentials, allows_origin, judge,
};
use dropslip_s3::cors::{Cause, Explained, FoundCors, Mismatch};
use dropslip_s3::{BucketName, Endpoint, ObjectKey, Target};

use crate::limits::CORS_NARROW_HEADERS_MAX;

/// Asks about one bucket.
pub(super) struct Ask<'a> {
    pub(super) page: Page,
    pub(super) endpoint: &'a Endpoint,
    pub(super) bucket: &'a BucketName,
    pub(super) key: ObjectKey,
}

/// What was found out about one request.
pub(super) struct Checked<'a> {
    pub(super) asked: Asked<'a>,
    pub(super) answered: Answered,
    pub(super) judged: Judged<'a>,
    /// What the rules say, if they could be read.
    pub(super) explained: Option<Explained>,
    /// What the storage says to less, where the rules do not tell.
    pub(super) narrowed: Option<String>,
    /// The answer to a real request without a signature.
    pub(super) real: Option<Answered>,
    /// Whether cookies may go along, if that was wanted.
    pub(super) with_cookies: Option<bool>,
}

impl Checked<'_> {
    pub(super) fn is_allowed(&self) -> bool {
        self.judged == Judged::Allowed && self.with_cookies != Some(false)
    }

    /// Whether the storage could not answer, which says nothing of its rules.
    pub(super) fn is_failing(&self) -> bool {
        self.judged == Judged::Failing
    }

    /// Whether other rules would help: they do not against redirects and failures, nor where the rules allow it already.
    pub(super) fn needs_rules(&self) -> bool {
        let by_rules = self.explained.as_ref();
        let is_allowed = by_rules.is_some_and(|explained| explained.matched.is_some());
        let is_no = !matches!(
            self.judged,
            Judged::Allowed | Judged::Failing | Judged::Redirected
        );
        let is_hidden = self.asked.method == "PUT" && self.is_etag_exposed() == Some(false);
        (is_no && !is_allowed) || (self.judged == Judged::Allowed && is_hidden)
    }

    /// A stable name of what the preflight's answer means.
    pub(super) fn verdict(&self) -> &'static str {
        match self.judged {
            Judged::Allowed => "allowed",
            Judged::Refused => "refused",
            Judged::Failing => "failing",
            Judged::Redirected => "redirected",
            Judged::OtherOrigin => "other_origin",
            Judged::OtherMethod => "other_method",
            Judged::OtherHeaders(_) => "other_headers",
        }
    }

    /// Whether scripts may read the `ETag`: by a real answer, or else by the rules.
    pub(super) fn is_etag_exposed(&self) -> Option<bool> {
        let read = self.real.as_ref();
        let read = read.filter(|real| allows_origin(self.asked.origin, real));
        let by_rules = || {
            let explained = self.explained.as_ref()?;
            explained.matched.as_ref()?;
            let is_hidden = |note: &Mismatch| note.cause == Cause::EtagNotExposed;
            Some(!explained.notes.iter().any(is_hidden))
        };
        match read.map(|real| real.exposes("ETag")) {
            Some(true) => Some(true),
            // Errors have no ETag, and some storages then expose none.
            Some(false) => by_rules().or(Some(false)),
            None => by_rules(),
        }
    }

    /// Whether a page may read the answer to a real request, here an error. Nothing is said of a failing storage.
    pub(super) fn can_read_errors(&self) -> Option<bool> {
        let real = self.real.as_ref()?;
        (real.status >= 400).then(|| allows_origin(self.asked.origin, real))
    }
}

impl Ask<'_> {
    /// Makes the preflight, and what else is needed to say why.
    pub(super) async fn about<'a>(
        &self,
        asked: &Asked<'a>,
        rules: Option<&FoundCors>,
        with_cookies: bool,
    ) -> Result<Checked<'a>, ClientError> {
        let answered = self.preflight(asked).await?;
        let judged = judge(asked, &answered);
        let explained = rules.map(|rules| rules.explain(asked));
        let is_told = explained
            .as_ref()
            .is_some_and(|explained| !explained.mismatches.is_empty());
        let narrowed = match &judged {
            Judged::Refused if !is_told => Some(self.narrow(asked).await),
            _ => None,
        };
        let real = match judged {
            Judged::Allowed => self.real(asked).await.ok(),
            _ => None,
        };
        Ok(Checked {
            with_cookies: with_cookies.then(|| allows_credentials(asked, &answered)),
            asked: asked.clone(),
            answered,
            judged,
            explained,
            narrowed,
            real,
        })
    }

    pub(super) async fn preflight(&self, asked: &Asked<'_>) -> Result<Answered, ClientError> {
        let target = self.target(asked.method);
        self.page.preflight(&target, asked).await
    }

    async fn real(&self, asked: &Asked<'_>) -> Result<Answered, ClientError> {
        let target = self.target(asked.method);
        self.page.request(&target, asked.method, asked.origin).await
    }

    /// Forms go to the bucket, all else to the object.
    fn target(&self, method: &str) -> Target {
        match method {
            "POST" => self.endpoint.bucket(self.bucket),
            _ => self.endpoint.object(self.bucket, &self.key),
        }
    }

    async fn may(&self, asked: &Asked<'_>) -> bool {
        let answered = self.preflight(asked).await;
        answered.is_ok_and(|answered| judge(asked, &answered) == Judged::Allowed)
    }

    /// S3 refuses a preflight as a whole, so what is missing is found by asking for less.
    async fn narrow(&self, asked: &Asked<'_>) -> String {
        let with = |method, headers: &[&'static str]| Asked {
            origin: asked.origin,
            method,
            headers: headers.to_vec(),
        };
        let origin = asked.origin;
        if !asked.headers.is_empty() && self.may(&with_headers(asked, &[])).await {
            let mut missing = Vec::new();
            for &name in asked.headers.iter().take(CORS_NARROW_HEADERS_MAX) {
                if !self.may(&with_headers(asked, &[name])).await {
                    missing.push(format!("`{name}`"));
                }
            }
            return match missing.is_empty() {
                true => "no single rule allows all these headers".to_owned(),
                false => format!("no rule allows {}", missing.join(", ")),
            };
        }
        let mut others = Vec::new();
        for method in ["GET", "HEAD", "PUT", "POST", "DELETE"] {
            if method != asked.method && self.may(&with(method, &[])).await {
                others.push(method);
            }
        }
        if others.is_empty() {
            // Most storages say only to real requests that there is no bucket which could have rules.
            let real = self.real(asked).await;
            let code = real.ok().and_then(|real| real.code);
            if code.as_deref() == Some("NoSuchBucket") {
                return format!("there is no bucket `{}`", self.bucket);
            }
        }
        match others.is_empty() {
            true => format!("no rule allows the origin `{origin}`"),
            false => format!(
                "rules allow `{origin}` the methods {}, not {}",
                others.join(", "),
                asked.method
            ),
        }
    }
}

fn with_headers<'a>(asked: &Asked<'a>, headers: &[&'a str]) -> Asked<'a> {
    Asked {
        headers: headers.to_vec(),
        ..asked.clone()
    }
}
