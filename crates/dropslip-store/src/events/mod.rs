//! Events of objects: noted with the change that they tell of, told afterwards.
//!
//! An event is a row that stands or falls with its change, so none is lost and none tells
//! of what did not happen. A thread of its own sends the rows to the operator's webhooks
//! and removes those that were taken: each is told at least once, those of one key in
//! their order.

mod deliver;
mod webhook;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::ConnectInfo;
use dropslip_s3::BucketName;
use dropslip_s3::notification::{
    DestinationKind, EventMessage, EventName, EventObject, Notification, NotificationConfiguration,
    TestMessage, event_message, test_message,
};
use dropslip_s3::owner::canonical_id;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

pub(crate) use deliver::start;
pub use webhook::Webhook;

use crate::clock::now_ms;
use crate::index::objects::{self, Place};
use crate::index::{IndexError, ObjectRecord, Table, Tx, VersionId};
use crate::limits::EVENTS_WAITING_MAX;
use crate::request::Request;
use crate::route::Operation;
use crate::service::RequestId;
use webhook::Webhooks;

/// Where events wait, and where they go.
#[derive(Debug)]
pub(crate) struct Outbox {
    region: String,
    webhooks: Webhooks,
    /// About how many wait; exact whenever none do.
    waiting: AtomicU64,
    news: Notify,
}

/// An event as the index keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventRecord {
    /// Where to.
    arn: String,
    /// Events of one lane are told in their order.
    lane: String,
    /// When, in milliseconds since 1970.
    at_ms: i64,
    /// What is sent.
    message: String,
}

/// Where an event comes from.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    outbox: Arc<Outbox>,
    created: EventName,
    principal: String,
    source_ip: String,
    request_id: String,
}

/// What happened to an object.
#[derive(Clone, Debug)]
pub(crate) struct Happened {
    name: EventName,
    size_bytes: Option<u64>,
    etag: Option<String>,
    version_id: Option<String>,
}

impl Outbox {
    pub(crate) fn new(region: String, webhooks: Vec<Webhook>) -> Arc<Self> {
        Arc::new(Self {
            region,
            webhooks: Webhooks::new(webhooks),
            waiting: AtomicU64::new(0),
            news: Notify::new(),
        })
    }

    /// Whether events of an ARN go anywhere.
    pub(crate) fn leads_to(&self, arn: &str) -> bool {
        self.webhooks.url(arn).is_some()
    }

    /// What a bucket tells that has no configuration of its own; none without a webhook
    /// for every ARN.
    pub(crate) fn usual(&self) -> Option<NotificationConfiguration> {
        let arn = "arn:dropslip:sqs:::webhook";
        self.webhooks.url(arn)?;
        let events = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"];
        NotificationConfiguration::new(vec![Notification {
            id: "dropslip".to_owned(),
            kind: DestinationKind::Queue,
            arn: arn.to_owned(),
            events: events.map(str::to_owned).to_vec(),
            prefix: None,
            suffix: None,
        }])
        .ok()
    }

    /// Tries out the destinations of a configuration, each once.
    pub(crate) fn test(
        &self,
        tx: &mut Tx<'_>,
        bucket: &BucketName,
        configuration: &NotificationConfiguration,
        request_id: &str,
    ) -> Result<(), IndexError> {
        let at_ms = now_ms();
        let message = test_message(&TestMessage {
            time: &rfc3339(at_ms),
            bucket: bucket.as_str(),
            request_id,
        });
        let destinations = configuration.destinations().iter();
        let mut arns: Vec<_> = destinations.map(|d| d.arn.clone()).collect();
        arns.sort_unstable();
        arns.dedup();
        for arn in arns {
            let record = EventRecord {
                lane: format!("{bucket} {arn}"),
                arn,
                at_ms,
                message: message.clone(),
            };
            self.put(tx, &record)?;
        }
        Ok(())
    }

    /// Lets an event wait. Beyond the bound it is given up, and the log says so.
    fn put(&self, tx: &mut Tx<'_>, record: &EventRecord) -> Result<(), IndexError> {
        let waiting = self.waiting.fetch_add(1, Ordering::Relaxed);
        if waiting >= EVENTS_WAITING_MAX {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            tracing::warn!(lane = %record.lane.escape_debug(), "too many events wait for their webhook: one is given up");
            return Ok(());
        }
        let row = tx.next_sequence().to_be_bytes().to_vec();
        tx.put_record(Table::Events, row, record)?;
        self.news.notify_one();
        Ok(())
    }
}

impl Origin {
    /// Where the events of a request come from; none if its bucket tells nobody.
    pub(crate) fn of(outbox: &Arc<Outbox>, request: &Request) -> Option<Self> {
        let bucket = request.found.as_ref()?;
        if bucket.record.notification.is_empty() {
            return None;
        }
        let parts = &request.head.parts;
        let peer = parts.extensions.get::<ConnectInfo<std::net::SocketAddr>>();
        let request_id = parts.extensions.get::<RequestId>();
        let principal = match request.caller.owner_name() {
            "" => "Anonymous".to_owned(),
            name => canonical_id(name),
        };
        Some(Self {
            outbox: Arc::clone(outbox),
            created: created_by(Operation::of(&request.head).ok()),
            principal,
            source_ip: peer.map(|peer| peer.0.ip().to_string()).unwrap_or_default(),
            request_id: request_id.map(|id| id.0.clone()).unwrap_or_default(),
        })
    }

    /// What lifecycle rules did.
    pub(crate) fn lifecycle(outbox: &Arc<Outbox>) -> Self {
        Self {
            outbox: Arc::clone(outbox),
            created: EventName::ObjectCreatedPut,
            principal: "s3.amazonaws.com".to_owned(),
            source_ip: String::new(),
            request_id: String::new(),
        }
    }

    /// Tells those of it who want to know, in the change that makes it so.
    pub(crate) fn tell(
        &self,
        tx: &mut Tx<'_>,
        place: Place<'_>,
        happened: &Happened,
    ) -> Result<(), IndexError> {
        let (name, key) = place;
        let bucket = tx.bucket(name)?;
        let mut destinations = bucket
            .notification
            .of(happened.name, key.as_str())
            .peekable();
        if destinations.peek().is_none() {
            return Ok(());
        }
        let sequence = tx.next_sequence();
        let (at_ms, owner) = (now_ms(), canonical_id(&bucket.owner));
        for destination in destinations {
            let message = event_message(&EventMessage {
                name: happened.name,
                time: &rfc3339(at_ms),
                region: &self.outbox.region,
                principal: &self.principal,
                source_ip: &self.source_ip,
                request_id: &self.request_id,
                configuration_id: &destination.id,
                bucket: name.as_str(),
                bucket_owner: &owner,
                object: EventObject {
                    key: key.as_str(),
                    size_bytes: happened.size_bytes,
                    etag: happened.etag.as_deref(),
                    version_id: happened.version_id.as_deref(),
                    sequence,
                },
            });
            let record = EventRecord {
                arn: destination.arn.clone(),
                lane: format!("{name}/{key} {}", destination.arn),
                at_ms,
                message,
            };
            self.outbox.put(tx, &record)?;
        }
        Ok(())
    }
}

impl Happened {
    /// An object or a version is gone, or hidden by a delete marker.
    pub(crate) fn removed(name: EventName, version_id: Option<String>) -> Self {
        Self {
            name,
            size_bytes: None,
            etag: None,
            version_id,
        }
    }
}

/// Makes an object the current one of its key, and tells of it.
pub(crate) fn put(
    tx: &mut Tx<'_>,
    place: Place<'_>,
    record: ObjectRecord,
    origin: Option<&Origin>,
) -> Result<Option<VersionId>, IndexError> {
    let Some(origin) = origin else {
        return objects::put(tx, place, record);
    };
    let (size_bytes, etag) = (record.size_bytes, record.etag.clone());
    let version = objects::put(tx, place, record)?;
    let happened = Happened {
        name: origin.created,
        size_bytes: Some(size_bytes),
        etag: Some(etag),
        version_id: version.map(|version| version.to_string()),
    };
    origin.tell(tx, place, &happened)?;
    Ok(version)
}

/// By which event an operation tells that it stored an object.
fn created_by(operation: Option<Operation>) -> EventName {
    match operation {
        Some(Operation::PostObject) => EventName::ObjectCreatedPost,
        Some(Operation::CopyObject) => EventName::ObjectCreatedCopy,
        Some(Operation::CompleteMultipartUpload) => EventName::ObjectCreatedCompleteMultipartUpload,
        _ => EventName::ObjectCreatedPut,
    }
}

fn rfc3339(unix_ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(unix_ms).unwrap_or_default();
    format!("{time:.3}")
}
