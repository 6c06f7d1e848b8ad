//! The way of one file: issued or gone on with, sent, completed.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use dropslip_s3::checksum::Algorithm;
use reqwest::Method;
use serde_json::{Value, json};

use super::Service;
use super::api::Refused;
use super::send::{self, Outgoing, SendError, Taken};
use super::slip::{Completed, Reason, Signed, Slip};
use crate::error::{PutError, PutErrorKind};
use crate::journal::{Begun, Past, Record};
use crate::ledger::Shown;
use crate::limits::{ABORT_S, REVIVALS};
use crate::read;
use crate::retry::{Failure as _, persist};
use crate::run::{Item, Shared, Stored, lost_thread};

/// One file on its way to a service.
pub(super) struct Ride<'a> {
    pub(super) service: &'a Service,
    pub(super) shared: &'a Shared,
    pub(super) item: &'a Item,
    pub(super) shown: &'a Shown,
}

/// How a ride ended without success.
pub(super) enum Failed {
    /// The upload is lost; a new one may succeed.
    Gone,
    /// Something of it is missing at the storage, and can be sent.
    Missing,
    For(PutError),
}

impl From<PutError> for Failed {
    fn from(error: PutError) -> Self {
        Self::For(error)
    }
}

impl From<Refused> for Failed {
    fn from(refused: Refused) -> Self {
        match &refused {
            refused if refused.is_upload_gone() => Self::Gone,
            refused if refused.is("not_uploaded") => Self::Missing,
            _ => Self::For(refused.into()),
        }
    }
}

/// Carries a file.
pub(crate) async fn carry(
    service: &Service,
    shared: &Shared,
    item: &Item,
) -> Result<Stored, PutError> {
    let past = shared.journal.as_ref().map(|journal| journal.past());
    let begun = past.and_then(|past| past.begun.get(item.id().as_ref()));
    let mut known = begun
        .filter(|begun| item.source.stamp.is_untouched(&begun.stamp))
        .cloned();
    let mut revivals = 0;
    loop {
        let shown = shared
            .ledger
            .begin(&item.name, Some(item.source.stamp.size_bytes));
        let ride = Ride {
            service,
            shared,
            item,
            shown: &shown,
        };
        let mut id = String::new();
        let failed = match ride.go(known.as_ref(), &mut id).await {
            Ok(stored) => return Ok(stored),
            Err(failed) => failed,
        };
        match failed {
            Failed::For(error) => {
                if !error.may_be_gone_on_with() && !id.is_empty() {
                    take_back(service, &id).await;
                    ride.note_ended();
                }
                return Err(error);
            }
            _ if revivals == REVIVALS => {
                let message = "is not stored: the upload was lost each time";
                return Err(PutError::new(PutErrorKind::Busy, message));
            }
            Failed::Gone => {
                known = None;
                ride.note_ended();
            }
            Failed::Missing => {
                known = known
                    .filter(|begun| begun.upload == id)
                    .or_else(|| ride.begun(&id))
            }
        }
        revivals += 1;
    }
}

/// Takes uploads back that nobody will go on with.
pub(crate) async fn abandon(service: &Service, past: &Past) {
    for begun in past.begun.values() {
        take_back(service, &begun.upload).await;
    }
}

async fn take_back(service: &Service, id: &str) {
    let path = format!("/uploads/{id}");
    let call = service.call::<Value>(Method::DELETE, &path, None);
    // What stays is removed by the service's sweep.
    let _ = tokio::time::timeout(Duration::from_secs(ABORT_S), call).await;
}

impl Ride<'_> {
    fn begun(&self, id: &str) -> Option<Begun> {
        (!id.is_empty()).then(|| Begun {
            stamp: self.item.source.stamp,
            upload: id.to_owned(),
            part_bytes: 0,
            parts: HashMap::new(),
        })
    }

    fn note_ended(&self) {
        self.shared.note(|| Record::Ended {
            file: self.item.id().into_owned(),
        });
    }

    pub(super) fn size_bytes(&self) -> u64 {
        self.item.source.stamp.size_bytes
    }

    fn file_name(&self) -> &str {
        let name = Path::new(&self.item.name)
            .file_name()
            .and_then(|name| name.to_str());
        name.unwrap_or(&self.item.name)
    }

    pub(super) async fn call<T: serde::de::DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<T, Refused> {
        let (service, shared) = (self.service, self.shared);
        let method = &method;
        persist(&shared.luck, &shared.ledger, |_| async move {
            let _slot = shared.slot().await;
            service.call(method.clone(), path, body).await
        })
        .await
    }

    /// One attempt, from wherever the upload stands. Its id is told as soon as there is one.
    async fn go(&self, known: Option<&Begun>, id: &mut String) -> Result<Stored, Failed> {
        let slip = match known {
            Some(begun) => {
                let path = format!("/uploads/{}", begun.upload);
                let mut slip: Slip = self.call(Method::GET, &path, None).await?;
                if matches!(slip.state.as_str(), "refused" | "aborted") {
                    return Err(Failed::Gone);
                }
                slip.id = begun.upload.clone();
                slip
            }
            None => self.issue().await?,
        };
        id.clone_from(&slip.id);
        if known.is_none() {
            self.shared.note(|| Record::Begun {
                file: self.item.id().into_owned(),
                stamp: self.item.source.stamp,
                upload: slip.id.clone(),
                part_bytes: slip
                    .multipart
                    .as_ref()
                    .map_or(0, |multipart| multipart.part_size),
            });
        }
        let id = slip.id.clone();
        if matches!(slip.state.as_str(), "" | "issued") {
            match slip.multipart {
                Some(multipart) => {
                    let signed_for = slip.signed.expires_in;
                    self.send_parts(&id, multipart, signed_for, known).await?;
                }
                None => self.send_whole(&id, slip.signed).await?,
            }
        } else {
            self.shown.skipped(self.size_bytes());
        }
        let path = format!("/uploads/{id}/complete");
        let done: Completed = self.call(Method::POST, &path, Some(&json!({}))).await?;
        Ok(Stored {
            key: done.key,
            url: done.url,
            etag: done.etag,
            checksum: None,
            was_there: false,
        })
    }

    /// Asks for the upload. The service says whether it wants a checksum of the whole, and of which kind.
    async fn issue(&self) -> Result<Slip, PutError> {
        let service = self.service;
        let mut wish = json!({
            "preset": service.preset,
            "fileName": self.file_name(),
            "size": self.size_bytes(),
        });
        if let Some(content_type) = &service.content_type {
            wish["contentType"] = content_type.as_str().into();
        }
        if let Some(subject) = &service.subject {
            wish["subject"] = subject.as_str().into();
        }
        if !service.metadata.is_empty() {
            let metadata: BTreeMap<_, _> = service.metadata.iter().cloned().collect();
            wish["metadata"] = json!(metadata);
        }
        let refused = match self.call(Method::POST, "/uploads", Some(&wish)).await {
            Ok(slip) => return Ok(slip),
            Err(refused) => refused,
        };
        let named = refused
            .reason
            .algorithm
            .clone()
            .filter(|_| refused.is("checksum_required"));
        let Some(named) = named else {
            return Err(refused.into());
        };
        let Ok(algorithm) = Algorithm::from_str(&named) else {
            return Err(refused.into());
        };
        let source = self.item.source.clone();
        let sum = tokio::task::spawn_blocking(move || read::checksum(&source, algorithm));
        let sum = sum.await.map_err(|_| lost_thread())??;
        wish["checksum"] = json!({"algorithm": named, "value": sum.to_string()});
        self.call(Method::POST, "/uploads", Some(&wish))
            .await
            .map_err(PutError::from)
    }

    /// In one piece, by `PUT` or as a form. An address that has ended is refused like one that was never right; a new
    /// one tells them apart.
    async fn send_whole(&self, id: &str, signed: Signed) -> Result<(), Failed> {
        let mut signed = match signed.put.is_some() || signed.post.is_some() {
            true => signed,
            false => self.sign_again(id).await?,
        };
        let mut is_new = false;
        loop {
            match self.attempt_whole(&signed).await {
                Ok(_) => return Ok(()),
                Err(SendError::Refused(403, _)) if !is_new => {
                    is_new = true;
                    signed = self.sign_again(id).await?;
                }
                Err(error) => return Err(self.refused(id, None, error).await),
            }
        }
    }

    async fn sign_again(&self, id: &str) -> Result<Signed, Refused> {
        self.call(
            Method::POST,
            &format!("/uploads/{id}/parts"),
            Some(&json!({})),
        )
        .await
    }

    async fn attempt_whole(&self, signed: &Signed) -> Result<Option<Taken>, SendError> {
        let shared = self.shared;
        let http = &self.service.http;
        let body = || {
            let attempt = self.shown.attempt();
            Outgoing {
                size_bytes: self.size_bytes(),
                stream: read::streamed(&self.item.source, &shared.pool, Arc::clone(&attempt)),
                attempt,
            }
        };
        let body = &body;
        persist(&shared.luck, &shared.ledger, |failures| async move {
            let _slot = shared.slot().await;
            let sent = match (&signed.put, &signed.post) {
                (Some(address), _) => send::put(http, address, body()).await,
                (None, Some(form)) => send::post(http, form, self.file_name(), body()).await,
                (None, None) => Err(SendError::Lost("nothing is signed".to_owned())),
            };
            match sent {
                // A key that takes one object has one, from an attempt whose answer was lost; `complete` looks at it.
                Err(SendError::Refused(412, _)) if failures > 0 => Ok(None),
                sent => sent.map(Some),
            }
        })
        .await
    }

    /// What a failure means, by the service's words.
    pub(super) async fn refused(&self, id: &str, number: Option<u32>, error: SendError) -> Failed {
        let (status, answer) = match error {
            SendError::File(error) => return error.into(),
            SendError::Refused(status, answer) => (status, answer),
            lost @ SendError::Lost(_) => {
                let error = PutError::new(PutErrorKind::Unreachable, lost.text());
                return error
                    .hint("can this machine reach the storage at its public address?")
                    .into();
            }
        };
        if answer.contains("<Code>NoSuchUpload</Code>") {
            return Failed::Gone;
        }
        let mut question = json!({"id": id, "status": status, "answer": answer});
        if let Some(number) = number {
            question["number"] = number.into();
        }
        let kind = match status {
            429 | 500.. => PutErrorKind::Busy,
            _ => PutErrorKind::Refused,
        };
        let found = self
            .service
            .call::<Reason>(Method::POST, "/diagnose", Some(&question))
            .await;
        match found {
            Ok(reason) => {
                let error = PutError::new(
                    kind,
                    format!("the storage answered {status}: {}", reason.detail),
                );
                Failed::For(match reason.hint {
                    Some(hint) => error.hint(hint),
                    None => error,
                })
            }
            Err(_) => PutError::new(kind, format!("the storage answered {status}")).into(),
        }
    }
}
