//! The parts of an upload: those that are missing, signed ahead of need, several at once.

use std::collections::HashMap;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dropslip_s3::checksum::Algorithm;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use reqwest::Method;
use serde_json::json;
use tokio::sync::Mutex;

use super::flow::{Failed, Ride};
use super::send::{self, Outgoing, SendError};
use super::slip::{Address, Multipart, PartAddress, Signed};
use crate::error::{PutError, PutErrorKind};
use crate::journal::{Begun, Record};
use crate::limits::SIGN_PARTS;
use crate::parts::{Cut, Part};
use crate::read;
use crate::retry::persist;
use crate::run::lost_thread;

impl Ride<'_> {
    /// Sends all parts that have not arrived as they were sent; the first failure ends all.
    pub(super) async fn send_parts(
        &self,
        id: &str,
        multipart: Multipart,
        expires_s: f64,
        known: Option<&Begun>,
    ) -> Result<(), Failed> {
        let cut = Cut {
            size_bytes: self.size_bytes(),
            part_bytes: multipart.part_size.max(1),
        };
        let have = |part: &Part| {
            let sent = known.and_then(|begun| begun.parts.get(&part.number));
            let listed = multipart.parts.iter().find(|one| one.number == part.number);
            let same = sent.zip(listed).filter(|((etag, _), listed)| {
                listed.size == part.size_bytes && !etag.is_empty() && listed.etag == *etag
            });
            same.is_some()
        };
        let (there, missing): (Vec<Part>, Vec<Part>) = cut.parts().partition(have);
        self.shown
            .skipped(there.iter().map(|part| part.size_bytes).sum());
        let algorithm = multipart
            .checksum
            .as_deref()
            .and_then(|name| Algorithm::from_str(name).ok());
        let numbers = missing.iter().map(|part| part.number).collect();
        let slips = Slips::new(id, numbers, algorithm, multipart.parts, expires_s);
        let (slips, mut left) = (&slips, missing.into_iter());
        let mut sending = FuturesUnordered::new();
        let send = |part| self.send_part(slips, part);
        sending.extend(left.by_ref().take(self.shared.parallel).map(send));
        while let Some(sent) = sending.next().await {
            sent?;
            sending.extend(left.next().map(send));
        }
        Ok(())
    }

    async fn send_part(&self, slips: &Slips, part: Part) -> Result<(), Failed> {
        let shared = self.shared;
        let _room = shared.memory(part.size_bytes).await;
        let (source, pool) = (self.item.source.clone(), Arc::clone(&shared.pool));
        let algorithm = slips.algorithm;
        let read = tokio::task::spawn_blocking(move || read::part(&source, part, algorithm, &pool));
        let piece = read.await.map_err(|_| lost_thread())??;
        let checksum = piece.checksum.as_ref().map(ToString::to_string);
        let mut is_new = false;
        let taken = loop {
            let address = slips
                .address(self, part.number, checksum.as_deref())
                .await?;
            let (piece, address) = (&piece, &address);
            let sent = persist(&shared.luck, &shared.ledger, |_| async move {
                let _slot = shared.slot().await;
                let attempt = self.shown.attempt();
                let body = Outgoing {
                    size_bytes: piece.size_bytes,
                    stream: piece.stream(&piece.chunks, Some(Arc::clone(&attempt))),
                    attempt,
                };
                send::put(&self.service.http, address, body).await
            });
            match sent.await {
                Ok(taken) => break taken,
                Err(SendError::Refused(403, _)) if !is_new => {
                    is_new = true;
                    slips.forget(part.number).await;
                }
                Err(error) => return Err(self.refused(&slips.id, Some(part.number), error).await),
            }
        };
        self.shared.note(|| Record::Part {
            file: self.item.id().into_owned(),
            number: part.number,
            etag: taken.etag,
            checksum,
        });
        Ok(())
    }
}

/// The signed addresses of parts: asked for ahead of need, and again when they have ended.
struct Slips {
    id: String,
    /// Those that are to be sent, in order.
    numbers: Vec<u32>,
    algorithm: Option<Algorithm>,
    signed: Mutex<HashMap<u32, (Address, Instant)>>,
}

/// Of the time that an address holds; with one that ends sooner nothing is begun.
const USED_SHARE: f64 = 0.9;

impl Slips {
    fn new(
        id: &str,
        numbers: Vec<u32>,
        algorithm: Option<Algorithm>,
        first: Vec<PartAddress>,
        expires_s: f64,
    ) -> Self {
        Self {
            id: id.to_owned(),
            numbers,
            algorithm,
            signed: Mutex::new(kept(first, expires_s).collect()),
        }
    }

    async fn forget(&self, number: u32) {
        self.signed.lock().await.remove(&number);
    }

    /// Where a part goes.
    async fn address(
        &self,
        ride: &Ride<'_>,
        number: u32,
        checksum: Option<&str>,
    ) -> Result<Address, Failed> {
        let mut signed = self.signed.lock().await;
        if let Some((address, until)) = signed.get(&number)
            && *until > Instant::now()
        {
            return Ok(address.clone());
        }
        let question = match checksum {
            Some(checksum) => json!({"parts": [{"number": number, "checksum": checksum}]}),
            None => {
                let ahead = self
                    .numbers
                    .iter()
                    .copied()
                    .filter(|other| *other >= number);
                json!({"numbers": ahead.take(SIGN_PARTS).collect::<Vec<_>>()})
            }
        };
        let path = format!("/uploads/{}/parts", self.id);
        let answer: Signed = ride.call(Method::POST, &path, Some(&question)).await?;
        signed.extend(kept(answer.parts, answer.expires_in));
        let found = signed.get(&number).map(|(address, _)| address.clone());
        found.ok_or_else(|| {
            let message = format!("the service did not sign part {number}");
            PutError::new(PutErrorKind::Refused, message).into()
        })
    }
}

fn kept(
    parts: Vec<PartAddress>,
    expires_s: f64,
) -> impl Iterator<Item = (u32, (Address, Instant))> {
    let seconds = (expires_s * USED_SHARE).clamp(0.0, 1e6);
    let until = Instant::now() + Duration::from_secs_f64(seconds);
    parts.into_iter().filter_map(move |part| {
        let headers = part.headers;
        let address = Address {
            url: part.url?,
            headers,
        };
        Some((part.number, (address, until)))
    })
}
