//! The bucket in the path, and the bucket in the host.

use dropslip_s3::{Addressing, Endpoint};

use super::access::list;
use crate::ask::{Reply, Trouble};
use crate::finding::{Check, Finding, because};
use crate::ground::Ground;

/// Tries both, and goes on with the one that works. Gives the answer of that one.
pub(super) async fn check(
    ground: &mut Ground<'_>,
    found: &mut Vec<Finding>,
    reply: Result<Reply, Trouble>,
) -> Result<Reply, Trouble> {
    let own = ground.endpoint.addressing();
    let other = match own {
        Addressing::Path => Addressing::VirtualHost,
        Addressing::VirtualHost => Addressing::Path,
    };
    let other_endpoint = ground.endpoint.with_addressing(other);
    let other_reply = match &other_endpoint {
        Ok(endpoint) => Some(list(ground, endpoint).await),
        Err(_) => None,
    };
    let own_works = works(&reply);
    let other_works = other_reply.as_ref().is_some_and(works);
    let turn = !own_works && other_works;
    found.push(match (own_works, turn) {
        (true, _) => Finding::yes(check_of(own), place(&ground.endpoint, ground)),
        (false, true) => Finding::no(
            check_of(own),
            seen(&reply),
            because(
                "wrong_addressing",
                format!("this storage wants the bucket in the {}", word(other)),
                format!("addressing = \"{}\"", name(other)),
            ),
        ),
        // Neither works: it is not for the addressing.
        (false, false) => Finding::skipped(check_of(own), "no request for the bucket is answered"),
    });
    found.push(match (&other_endpoint, &other_reply) {
        (Ok(endpoint), Some(_)) if other_works => {
            Finding::yes(check_of(other), place(endpoint, ground))
        }
        (_, Some(reply)) if own_works => Finding::not_offered(check_of(other), seen(reply)),
        (Err(_), _) => Finding::not_offered(check_of(other), "an IP address has no names below it"),
        _ => Finding::skipped(check_of(other), "no request for the bucket is answered"),
    });
    if let (true, Ok(endpoint), Some(other_reply)) = (turn, other_endpoint, other_reply) {
        ground.endpoint = endpoint;
        if let Ok(public) = ground.public.with_addressing(other) {
            ground.public = public;
        }
        return other_reply;
    }
    reply
}

/// Whether the storage has understood which bucket is meant: it lets in, or keeps out for another reason.
fn works(reply: &Result<Reply, Trouble>) -> bool {
    reply
        .as_ref()
        .is_ok_and(|reply| reply.is_success() && has_list(reply) || reply.code() == "AccessDenied")
}

/// A server that knows no buckets in hosts answers with the list of buckets.
fn has_list(reply: &Reply) -> bool {
    String::from_utf8_lossy(&reply.body).contains("<ListBucketResult")
}

fn seen(reply: &Result<Reply, Trouble>) -> String {
    match reply {
        Ok(reply) if reply.is_success() => format!("{}, and no list of the bucket", reply.status),
        Ok(reply) => reply.shown(),
        Err(trouble) => trouble.to_string(),
    }
}

fn place(endpoint: &Endpoint, ground: &Ground<'_>) -> String {
    endpoint.bucket(ground.bucket()).url()
}

fn check_of(addressing: Addressing) -> Check {
    match addressing {
        Addressing::Path => Check::PathStyle,
        Addressing::VirtualHost => Check::VirtualHost,
    }
}

fn word(addressing: Addressing) -> &'static str {
    match addressing {
        Addressing::Path => "path",
        Addressing::VirtualHost => "host",
    }
}

fn name(addressing: Addressing) -> &'static str {
    match addressing {
        Addressing::Path => "path",
        Addressing::VirtualHost => "virtualHost",
    }
}
