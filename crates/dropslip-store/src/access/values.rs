//! What the conditions of a policy see of a request.
//!
//! Keys about what is not here, such as `aws:SourceVpc`, have no value, as at AWS where
//! a request does not come that way.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use dropslip_s3::bucket_policy::ConditionKey;
use dropslip_s3::copy_source::CopySource;
use dropslip_s3::owner::account_id;
use dropslip_sigv4::{Timestamp, Version};

use super::decide::Asked;
use crate::auth::Caller;
use crate::clock;
use crate::error::rfc3339;

/// The values of a key; none where the request has none.
pub(super) fn of(asked: &Asked<'_>, key: &ConditionKey) -> Option<Vec<String>> {
    if key.name() == "s3:RequestObjectTagKeys" {
        let tags = request_tags(asked)?;
        return Some(tags.into_iter().map(|(name, _)| name).collect());
    }
    one(asked, key).map(|value| vec![value])
}

fn one(asked: &Asked<'_>, key: &ConditionKey) -> Option<String> {
    match key.name().split_once(':') {
        Some(("aws", name)) => of_caller(asked, name),
        Some(("s3", name)) => of_request(asked, name, key.tag()),
        _ => None,
    }
}

fn of_caller(asked: &Asked<'_>, name: &str) -> Option<String> {
    let owner = asked.request.caller.owner();
    let header = |name| asked.request.head.header(name).map(str::to_owned);
    match name {
        "CurrentTime" => Some(rfc3339(clock::now())),
        "EpochTime" => Some(clock::now().unix_s().to_string()),
        "PrincipalAccount" => owner.map(|owner| owner.account.clone()),
        "PrincipalArn" => owner.map(|owner| owner.arn.clone()),
        "PrincipalType" => Some(if owner.is_some() { "User" } else { "Anonymous" }.to_owned()),
        "Referer" => header("referer"),
        "ResourceAccount" => resource_account(asked),
        "SecureTransport" => Some(is_secure(asked).to_string()),
        "SourceIp" => peer(asked).map(|peer| peer.ip().to_canonical().to_string()),
        "UserAgent" => header("user-agent"),
        "userid" => Some(
            owner
                .map_or("anonymous", |owner| owner.id.as_str())
                .to_owned(),
        ),
        "username" => owner.map(|owner| owner.name.clone()),
        _ => None,
    }
}

fn of_request(asked: &Asked<'_>, name: &str, tag: Option<&str>) -> Option<String> {
    let query = |name| asked.request.head.query.find(name).map(str::to_owned);
    match name {
        "prefix" | "delimiter" | "max-keys" => query(name),
        "VersionId" => asked.beside.version.map(str::to_owned),
        "ResourceAccount" => resource_account(asked),
        "authType" => auth_type(asked).map(str::to_owned),
        "signatureversion" => signature_version(asked).map(str::to_owned),
        "signatureAge" => signature_age_ms(asked).map(|age| age.to_string()),
        "ExistingObjectTag" => asked.on.object()?.tags.find(tag?).map(str::to_owned),
        "RequestObjectTag" => {
            let tags = request_tags(asked)?;
            let mut tags = tags.into_iter();
            tags.find(|(name, _)| Some(name.as_str()) == tag)
                .map(|(_, value)| value)
        }
        "x-amz-copy-source" => copy_source(&amz(asked, name)?),
        "if-match" | "if-none-match" => asked.request.head.header(name).map(str::to_owned),
        _ if name.starts_with("x-amz-") => amz(asked, name),
        _ => None,
    }
}

/// A header or a signed query parameter; those of a form were fields.
fn amz(asked: &Asked<'_>, name: &str) -> Option<String> {
    asked.request.amz(name).map(str::to_owned)
}

/// `bucket/key` of what is copied, read as the copy reads it: else a policy would be asked
/// about another object.
fn copy_source(header: &str) -> Option<String> {
    let CopySource { bucket, key, .. } = CopySource::parse(header).ok()?;
    Some(format!("{bucket}/{}", key.as_str()))
}

/// The tags that a request gives to an object.
fn request_tags(asked: &Asked<'_>) -> Option<Vec<(String, String)>> {
    if let Some(tags) = asked.beside.tags {
        let owned = tags
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        return Some(owned.collect());
    }
    let header = amz(asked, "x-amz-tagging")?;
    let query = dropslip_s3::query::Query::parse(&header);
    let owned = query
        .pairs()
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    Some(owned.collect())
}

fn resource_account(asked: &Asked<'_>) -> Option<String> {
    let bucket = asked.on.bucket()?;
    Some(account_id(&bucket.record.owner))
}

fn peer(asked: &Asked<'_>) -> Option<SocketAddr> {
    let extensions = &asked.request.head.parts.extensions;
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map(|ConnectInfo(peer)| *peer)
}

/// Whether the client came by TLS. The store has none of its own; a proxy on this machine
/// is believed, anybody else could say so.
fn is_secure(asked: &Asked<'_>) -> bool {
    let here = peer(asked).is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    let proto = asked.request.head.header("x-forwarded-proto");
    here && proto.is_some_and(|proto| proto.eq_ignore_ascii_case("https"))
}

fn auth_type(asked: &Asked<'_>) -> Option<&'static str> {
    match &asked.request.caller {
        Caller::Anonymous => None,
        Caller::Form(..) => Some("POST"),
        Caller::Key(verified, _) if verified.presigned() => Some("REST-QUERY-STRING"),
        Caller::Key(..) => Some("REST-HEADER"),
    }
}

fn signature_version(asked: &Asked<'_>) -> Option<&'static str> {
    let version = match &asked.request.caller {
        Caller::Anonymous => return None,
        Caller::Form(verified, _) => verified.version(),
        Caller::Key(verified, _) => verified.version(),
    };
    Some(match version {
        Version::V2 => "AWS",
        Version::V4 => "AWS4-HMAC-SHA256",
    })
}

/// How long ago a signed URL or a form was signed.
fn signature_age_ms(asked: &Asked<'_>) -> Option<i64> {
    let signed = match &asked.request.caller {
        Caller::Form(verified, _) => verified.signed_at(),
        Caller::Key(verified, _) if verified.presigned() => {
            let signed = asked.request.head.query.find_ignoring_case("x-amz-date")?;
            Timestamp::parse_basic(signed).ok()?
        }
        _ => return None,
    };
    Some((clock::now().unix_s() - signed.unix_s()).max(0) * 1000)
}
