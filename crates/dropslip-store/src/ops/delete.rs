//! `DeleteObject` and `DeleteObjects`.

use std::collections::HashMap;

use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode};
use dropslip_s3::conditions::EtagList;
use dropslip_s3::limits::DELETE_XML_BYTES_MAX;
use dropslip_s3::xml::{self, DeleteOne, Deletion};
use dropslip_s3::{BucketName, Code, ObjectKey};
use tokio::task::JoinSet;

use super::{lookup, status};
use crate::Store;
use crate::access::{self, Beside, On};
use crate::clock::now_ms;
use crate::conditional::DeleteConditions;
use crate::document::{self, read_document_up_to};
use crate::error::{Error, Result};
use crate::events::{Happened, Origin};
use crate::index::objects::{self, Deleted, Which};
use crate::index::{Tx, Version};
use crate::present::{insert, version_text};
use crate::request::Request;
use crate::route::Operation;
use dropslip_s3::notification::EventName;

/// What is to be deleted, and what it must be like.
#[derive(Clone, Debug)]
struct Target {
    key: ObjectKey,
    which: Which,
    conditions: DeleteConditions,
}

/// What a deletion did, beside removing bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Done {
    /// The version that was asked for, or the delete marker that was made.
    version: Option<String>,
    /// Whether that is a delete marker.
    is_marker: bool,
}

/// Removes an object. One that is not there is 204 too, as S3 has it.
pub(super) async fn object(store: &Store, request: &Request) -> Result<Response<Body>> {
    let bucket = request.bucket()?;
    let key = request.key()?;
    let action = Operation::DeleteObject.action();
    let beside = Beside {
        version: request.head.query.find("versionId"),
        ..Beside::default()
    };
    access::check_with(request, action, On::Key(bucket, &key), beside)?;
    let header = |name| request.head.header(name);
    let target = Target {
        key,
        which: lookup::which(request)?,
        conditions: conditions(
            header("if-match"),
            header("x-amz-if-match-last-modified-time"),
            header("x-amz-if-match-size"),
        )?,
    };
    let (name, author) = (bucket.name.clone(), Author::of(store, request));
    let index = store.index_of(bucket);
    let done = index
        .change(move |tx| one(tx, &name, &target, &author))
        .await?;
    let mut response = status(StatusCode::NO_CONTENT);
    tell(response.headers_mut(), &done);
    Ok(response)
}

/// Who deletes, and who is to be told of it.
#[derive(Clone, Debug)]
struct Author {
    owner: String,
    origin: Option<Origin>,
}

impl Author {
    fn of(store: &Store, request: &Request) -> Self {
        Self {
            owner: request.caller.owner_name().to_owned(),
            origin: Origin::of(store.outbox(), request),
        }
    }
}

fn tell(headers: &mut HeaderMap, done: &Done) {
    if let Some(version) = &done.version {
        insert(headers, "x-amz-version-id", version);
    }
    if done.is_marker {
        insert(headers, "x-amz-delete-marker", "true");
    }
}

/// Reads what an object must be like to be deleted.
fn conditions(
    etag: Option<&str>,
    last_modified: Option<&str>,
    size: Option<&str>,
) -> Result<DeleteConditions> {
    let wrong = |name, value| Error::invalid_argument(name, value, "The value cannot be read.");
    let modified_s = last_modified.map(|text| {
        document::date_s(text).ok_or_else(|| wrong("x-amz-if-match-last-modified-time", text))
    });
    let size_bytes = size.map(|text| text.parse().map_err(|_| wrong("x-amz-if-match-size", text)));
    Ok(DeleteConditions {
        if_match: etag.map(EtagList::parse),
        modified_s: modified_s.transpose()?,
        size_bytes: size_bytes.transpose()?,
    })
}

/// Deletes one object or version, inside a change.
fn one(tx: &mut Tx<'_>, bucket: &BucketName, target: &Target, author: &Author) -> Result<Done> {
    let place = (bucket, &target.key);
    if !target.conditions.is_empty() {
        let found = objects::find(tx, place, target.which)?;
        target.conditions.check(found.as_ref(), place)?;
    }
    let is_told = author.origin.is_some();
    let was_there = is_told && objects::find(tx, place, target.which)?.is_some();
    let marker = (author.owner.clone(), now_ms());
    let (done, event) = match target.which {
        Which::Current => match objects::delete(tx, place, marker)? {
            Deleted::Gone => (Done::default(), EventName::ObjectRemovedDelete),
            Deleted::Marked(version) => {
                let done = Done {
                    version: Some(version_text(version)),
                    is_marker: true,
                };
                (done, EventName::ObjectRemovedDeleteMarkerCreated)
            }
        },
        Which::Version(id) => {
            let found = objects::delete_version(tx, place, id)?;
            let done = Done {
                version: Some(version_text(id)),
                is_marker: matches!(found, Some(Version::DeleteMarker(_))),
            };
            (done, EventName::ObjectRemovedDelete)
        }
    };
    // A delete marker is made even where there was nothing.
    if let Some(origin) = &author.origin
        && (was_there || event == EventName::ObjectRemovedDeleteMarkerCreated)
    {
        origin.tell(tx, place, &Happened::removed(event, done.version.clone()))?;
    }
    Ok(done)
}

/// Deletes up to 1,000 objects; says of each what came of it.
pub(super) async fn many(
    store: &Store,
    request: &Request,
    body: &mut Body,
) -> Result<Response<Body>> {
    let bucket = request.bucket()?;
    document::must_be_checked(request)?;
    let document = read_document_up_to(DELETE_XML_BYTES_MAX, request, body).await?;
    let asked = xml::read_delete(&document).map_err(|error| document::malformed(&error))?;
    let mut outcomes: Vec<Option<Result<Done>>> = Vec::new();
    let mut targets = Vec::new();
    for (at, object) in asked.objects.iter().enumerate() {
        // A policy may be long to read, and there may be a thousand keys: others have turns.
        tokio::task::yield_now().await;
        let target = target(object).and_then(|target| {
            let beside = Beside {
                version: object.version_id.as_deref(),
                ..Beside::default()
            };
            let on = On::Key(bucket, &target.key);
            access::check_with(request, Operation::DeleteObjects.action(), on, beside)?;
            Ok(target)
        });
        match target {
            Ok(target) => {
                targets.push((at, target));
                outcomes.push(None);
            }
            Err(error) => outcomes.push(Some(Err(error))),
        }
    }
    let mut changes = JoinSet::new();
    for round in rounds(targets) {
        let (index, name) = (store.index_of(bucket), bucket.name.clone());
        let author = Author::of(store, request);
        changes.spawn(async move {
            let change = move |tx: &mut Tx<'_>| {
                let mut outcomes = Vec::with_capacity(round.len());
                for (at, target) in round {
                    match one(tx, &name, &target, &author) {
                        // Decided before anything was written.
                        Err(error) if is_of_condition(&error) => outcomes.push((at, Err(error))),
                        Err(error) => return Err(error),
                        Ok(done) => outcomes.push((at, Ok(done))),
                    }
                }
                Ok(outcomes)
            };
            index.change(change).await
        });
    }
    while let Some(round) = changes.join_next().await {
        for (at, outcome) in round?? {
            outcomes[at] = Some(outcome);
        }
    }
    let told = asked.objects.into_iter().zip(outcomes);
    let deletions: Vec<_> = told
        .map(|(object, outcome)| told_of(object, outcome.unwrap_or_else(|| Ok(Done::default()))))
        .collect();
    Ok(super::xml(xml::delete_result(&deletions, asked.quiet)))
}

fn is_of_condition(error: &Error) -> bool {
    matches!(error.code, Code::PreconditionFailed | Code::NoSuchKey)
}

fn target(object: &DeleteOne) -> Result<Target> {
    let which = match &object.version_id {
        None => Which::Current,
        Some(id) => lookup::named(id).map_err(|_| Error::from(Code::NoSuchVersion))?,
    };
    Ok(Target {
        key: ObjectKey::parse(&object.key).map_err(|_| Error::from(Code::KeyTooLongError))?,
        which,
        conditions: conditions(
            object.etag.as_deref(),
            object.last_modified.as_deref(),
            object.size.as_deref(),
        )?,
    })
}

/// Parts what is to be deleted into changes in which no key comes twice: a change does not
/// see what it has done itself. The changes are committed together.
fn rounds(targets: Vec<(usize, Target)>) -> Vec<Vec<(usize, Target)>> {
    let mut seen: HashMap<ObjectKey, usize> = HashMap::new();
    let mut rounds: Vec<Vec<_>> = Vec::new();
    for (at, target) in targets {
        let round = seen.entry(target.key.clone()).or_default();
        if rounds.len() == *round {
            rounds.push(Vec::new());
        }
        rounds[*round].push((at, target));
        *round += 1;
    }
    rounds
}

fn told_of(object: DeleteOne, outcome: Result<Done>) -> Deletion {
    let DeleteOne {
        key, version_id, ..
    } = object;
    match outcome {
        Ok(done) => Deletion::Done {
            key,
            version_id,
            marker: done.version.filter(|_| done.is_marker),
        },
        Err(error) => Deletion::Failed {
            key,
            version_id,
            code: error.code.as_str().to_owned(),
            message: error.message.into_owned(),
        },
    }
}
