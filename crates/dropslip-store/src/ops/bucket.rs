//! Buckets: list, create, head, delete, location.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use dropslip_s3::Code;
use dropslip_s3::owner::canonical_id;
use dropslip_s3::public_access::PublicAccessBlock;
use dropslip_s3::xml::{self, BucketEntry, Buckets};

use super::{bucket_for, rfc3339_ms, status};
use crate::Store;
use crate::access::{self, On};
use crate::clock::now_ms;
use crate::document::read_document;
use crate::error::{Error, Result};
use crate::grants;
use crate::index::{BucketRecord, IndexError, buckets};
use crate::limits::BUCKETS_MAX;
use crate::request::Request;
use crate::route::Operation;

/// `ListBuckets`: those of the caller, in pages if that is asked for.
pub(super) fn list_all(store: &Store, request: &Request) -> Result<Response<Body>> {
    access::check(request, Operation::ListBuckets.action(), On::Service)?;
    let query = &request.head.query;
    let owner = request.caller.owner_name();
    let prefix = query.find("prefix");
    let after = query.find("continuation-token").map(token).transpose()?;
    let is_here = query
        .find("bucket-region")
        .is_none_or(|region| region == store.region());
    let buckets = store.index().buckets().all();
    let mut own = buckets.iter().filter(|(name, record)| {
        let begins = prefix.is_none_or(|prefix| name.starts_with(prefix));
        let is_behind = after.as_ref().is_none_or(|after| name > after);
        is_here && begins && is_behind && record.owner == owner
    });
    let page = own.by_ref().take(buckets_max(query.find("max-buckets"))?);
    let entries: Vec<_> = page
        .map(|(name, record)| BucketEntry {
            name,
            created: rfc3339_ms(record.created_ms),
        })
        .collect();
    let last = entries.last().filter(|_| own.next().is_some());
    let continuation_token = last.map(|last| BASE64.encode(last.name));
    Ok(super::xml(xml::all_buckets(&Buckets {
        owner,
        region: store.region(),
        prefix,
        continuation_token,
        entries,
    })))
}

/// How many buckets a page may have.
fn buckets_max(asked: Option<&str>) -> Result<usize> {
    let most = BUCKETS_MAX as usize;
    let Some(asked) = asked else {
        return Ok(most);
    };
    let count = asked
        .parse()
        .ok()
        .filter(|count| (1..=most).contains(count));
    count.ok_or_else(|| {
        let why = format!("max-buckets is a number from 1 to {most}");
        Error::invalid_argument("max-buckets", asked, &why)
    })
}

/// The name behind which a page begins.
fn token(text: &str) -> Result<String> {
    let name = BASE64.decode(text).ok();
    let name = name.and_then(|name| String::from_utf8(name).ok());
    name.filter(|name| !name.is_empty()).ok_or_else(|| {
        let why = "The continuation token provided is incorrect";
        Error::invalid_argument("continuation-token", text, why)
    })
}

/// `CreateBucket`.
///
/// A bucket that its owner creates again is 200 in `us-east-1` and 409 elsewhere, as S3 does.
/// With another ACL it is 409 everywhere: S3 would set that in `us-east-1`, and who makes
/// sure that a bucket is there would open or shut it unawares.
pub(super) async fn create(
    store: &Store,
    request: &Request,
    body: &mut Body,
) -> Result<Response<Body>> {
    access::check(request, Operation::CreateBucket.action(), On::Service)?;
    let bucket = request.bucket_name()?;
    let wished = read_document(request, body).await?;
    let wished = xml::location_constraint(&wished)
        .map_err(|e| Error::new(Code::MalformedXML, e.to_string()))?;
    if let Some(wished) = wished.filter(|wished| wished != store.region()) {
        let message = format!(
            "The specified location constraint is not valid; this store is in `{}`.",
            store.region()
        );
        return Err(
            Error::new(Code::InvalidLocationConstraint, message).with("LocationConstraint", wished)
        );
    }
    let record = new_record(request)?;
    let (owner, acl) = (record.owner.clone(), record.acl.clone());
    let name = bucket.clone();
    let created = store
        .index()
        .change(move |tx| buckets::create(tx, &name, &record));
    match created.await {
        Err(IndexError::BucketExists { owner: existing }) if existing == owner => {
            let existing = store.index().buckets().find(&bucket);
            let is_same = existing.is_none_or(|existing| existing.acl == acl);
            let code = match store.region() {
                "us-east-1" if is_same => None,
                "us-east-1" => Some(Code::BucketAlreadyExists),
                _ => Some(Code::BucketAlreadyOwnedByYou),
            };
            if let Some(code) = code {
                let reason = if is_same {
                    "you made it before"
                } else {
                    "you made it before, with another ACL; PutBucketAcl changes that"
                };
                let error = Error::from(code).with("BucketName", bucket.as_str());
                return Err(error.because(reason));
            }
        }
        outcome => outcome?,
    }
    let mut response = status(StatusCode::OK);
    let location =
        HeaderValue::from_str(&format!("/{bucket}")).expect("a bucket name is plain ASCII");
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// What a new bucket begins with.
fn new_record(request: &Request) -> Result<BucketRecord> {
    let owner = request.caller.owner_name().to_owned();
    let name = "x-amz-object-ownership";
    let ownership = request.amz(name).map(|text| {
        text.parse()
            .map_err(|error| Error::invalid_argument(name, text, &format!("{error}.")))
    });
    let record = BucketRecord {
        created_ms: now_ms(),
        acl: grants::asked(request, |name| request.amz(name))?.unwrap_or_default(),
        ownership: ownership.transpose()?,
        public_access_block: Some(PublicAccessBlock::default()),
        owner,
        ..BucketRecord::default()
    };
    if record.owner_is_enforced() && !record.acl.is_of_owner_alone(&canonical_id(&record.owner)) {
        return Err(Code::InvalidBucketAclWithObjectOwnership.into());
    }
    Ok(record)
}

/// `HeadBucket`.
pub(super) fn head(store: &Store, request: &Request) -> Result<Response<Body>> {
    bucket_for(request, Operation::HeadBucket)?;
    let mut response = status(StatusCode::OK);
    if let Ok(region) = HeaderValue::from_str(store.region()) {
        response.headers_mut().insert("x-amz-bucket-region", region);
    }
    Ok(response)
}

/// `DeleteBucket`.
pub(super) async fn delete(store: &Store, request: &Request) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::DeleteBucket)?;
    let name = bucket.name.clone();
    let index = store.index_of(bucket);
    index.change(move |tx| buckets::delete(tx, &name)).await?;
    Ok(status(StatusCode::NO_CONTENT))
}

/// `GetBucketLocation`.
pub(super) fn location(store: &Store, request: &Request) -> Result<Response<Body>> {
    bucket_for(request, Operation::GetBucketLocation)?;
    Ok(super::xml(xml::location(store.region())))
}
