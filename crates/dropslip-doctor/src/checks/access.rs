//! Keys, region and bucket: one list of the scratch prefix, and what its refusal says.

use dropslip_s3::client::ClientError;

use super::{mismatch, permissions, region, style};
use crate::ask::{Reply, Trouble};
use crate::finding::{Because, Check, Finding, because};
use crate::ground::{Ground, Order, signer};

/// How often the walk corrects itself.
const CORRECTIONS_MAX: usize = 2;

/// Puts region and addressing right where they are not. Also whether uploads can be tried.
pub(crate) async fn check(ground: &mut Ground<'_>) -> (Vec<Finding>, bool) {
    let mut found = Vec::new();
    let reply = correct_region(ground, &mut found).await;
    let reply = match style::check(ground, &mut found, reply).await {
        Ok(reply) => reply,
        Err(trouble) => {
            found.extend(super::skipped(
                &[Check::Credentials, Check::Bucket, Check::Permissions],
                &trouble.to_string(),
            ));
            return (found, false);
        }
    };
    let verdict = judge(ground, &reply).await;
    let is_known = verdict.credentials.answer == crate::Answer::Yes;
    let is_there = verdict.bucket.answer == crate::Answer::Yes;
    found.push(verdict.credentials);
    found.push(verdict.bucket);
    if !is_known || !is_there {
        found.extend(super::skipped(
            &[Check::Permissions, Check::Public],
            "the keys do not open the bucket",
        ));
        return (found, false);
    }
    let (permissions, may_write) = permissions::check(ground).await;
    found.push(permissions);
    found.push(public(ground).await);
    (found, may_write)
}

/// A list of what no walk has written yet: nothing, and only for those who may.
pub(super) async fn list(
    ground: &Ground<'_>,
    endpoint: &dropslip_s3::Endpoint,
) -> Result<Reply, Trouble> {
    let target = endpoint.bucket(ground.bucket());
    let query = list_query(ground);
    ground
        .owner(Order {
            query: &query,
            ..Order::new("GET", &target)
        })
        .await
}

fn list_query(ground: &Ground<'_>) -> String {
    let prefix = dropslip_sigv4::encode_query(ground.scratch.prefix().as_bytes());
    format!("list-type=2&max-keys=1&prefix={prefix}")
}

/// Asks, and again with the region that the refusal names.
async fn correct_region(
    ground: &mut Ground<'_>,
    found: &mut Vec<Finding>,
) -> Result<Reply, Trouble> {
    let given = ground.case.region.clone();
    let mut reply = list(ground, &ground.endpoint).await;
    for _ in 0..CORRECTIONS_MAX {
        let told = reply.as_ref().ok().and_then(region::told);
        let Some(told) = told.filter(|told| told != ground.signer.region()) else {
            break;
        };
        ground.signer = signer(&ground.case.credentials, &told);
        reply = list(ground, &ground.endpoint).await;
    }
    let right = ground.signer.region();
    found.push(match (&reply, right == given) {
        (_, false) => Finding::no(
            Check::Region,
            format!("signed for `{given}`"),
            because(
                "wrong_region",
                format!("the bucket's region is `{right}`"),
                format!("region = \"{right}\""),
            ),
        ),
        (Ok(reply), true) if reply.is_success() => {
            Finding::yes(Check::Region, format!("`{right}`"))
        }
        _ => Finding::skipped(
            Check::Region,
            "the storage does not say which region it has",
        ),
    });
    reply
}

struct Verdict {
    credentials: Finding,
    bucket: Finding,
}

async fn judge(ground: &Ground<'_>, reply: &Reply) -> Verdict {
    let access_key = ground.case.credentials.access_key();
    let bucket = ground.bucket();
    let known = || {
        Finding::yes(
            Check::Credentials,
            format!("`{access_key}` is known, and its secret is right"),
        )
    };
    let is_there = || Finding::yes(Check::Bucket, format!("`{bucket}` is there"));
    let unseen = || Finding::skipped(Check::Bucket, "only who has the right keys is told");
    let refused = |because: Because| Verdict {
        credentials: Finding::no(Check::Credentials, shown(reply), because),
        bucket: unseen(),
    };
    if reply.is_success() {
        return Verdict {
            credentials: known(),
            bucket: is_there(),
        };
    }
    if mismatch::is_mismatch(reply) {
        return refused(mismatched(ground, reply).await);
    }
    let is_unknown_key = matches!(
        reply.code(),
        "InvalidAccessKeyId" | "InvalidAccessKey" | "NotSignedUp"
    ) || reply.error.message.contains("o such key:");
    match reply.code() {
        _ if is_unknown_key => refused(because(
            "unknown_access_key",
            format!("the storage does not know the access key `{access_key}`"),
            "take the keys of this storage, and not those of another or of another project",
        )),
        "ExpiredToken" | "TokenRefreshRequired" => refused(because(
            "token_expired",
            "the temporary credentials have ended",
            "get new ones: aws sso login, or aws configure export-credentials",
        )),
        "InvalidToken" => refused(because(
            "token_invalid",
            "the session token does not belong to the keys",
            "take access key, secret and session token from one place",
        )),
        "NoSuchBucket" => no_bucket(ground, known()),
        // It was asked for the bucket, and looks for an object of that name.
        "NoSuchKey" => bucket_in_endpoint(ground, known()),
        "" if reply.status == 404 => no_bucket(ground, known()),
        "AccessDenied" | "AllAccessDisabled" => denied(ground, reply, known(), is_there()).await,
        _ => Verdict {
            credentials: Finding::skipped(
                Check::Credentials,
                format!("the storage answered {}", shown(reply)),
            ),
            bucket: Finding::no(
                Check::Bucket,
                shown(reply),
                because(
                    "storage_failing",
                    "the storage refuses to list the bucket for a reason of its own",
                    "look into the storage's log at this time",
                ),
            ),
        },
    }
}

fn shown(reply: &Reply) -> String {
    match reply.message().as_str() {
        "" => reply.shown(),
        message => format!("{}: {message}", reply.shown()),
    }
}

fn no_bucket(ground: &Ground<'_>, known: Finding) -> Verdict {
    let (bucket, origin) = (ground.bucket(), ground.endpoint.origin());
    let because = because(
        "no_such_bucket",
        format!("there is no bucket `{bucket}`"),
        format!("aws s3 mb s3://{bucket} --endpoint-url {origin}"),
    );
    Verdict {
        credentials: known,
        bucket: Finding::no(Check::Bucket, "404 NoSuchBucket", because),
    }
}

fn bucket_in_endpoint(ground: &Ground<'_>, known: Finding) -> Verdict {
    let bucket = ground.bucket();
    let because = because(
        "bucket_in_endpoint",
        "the endpoint is the address of the bucket already, in its path or in its host",
        format!("write the endpoint without `{bucket}`, as the address of the storage alone"),
    );
    Verdict {
        credentials: known,
        bucket: Finding::no(Check::Bucket, "404 NoSuchKey", because),
    }
}

/// A refusal to list: of a key that may not, or of a stranger, if something has removed the signature.
async fn denied(ground: &Ground<'_>, reply: &Reply, known: Finding, is_there: Finding) -> Verdict {
    let target = ground.endpoint.bucket(ground.bucket());
    let query = list_query(ground);
    let order = Order {
        query: &query,
        ..Order::new("GET", &target)
    };
    let presigned = ground.browser(order).await;
    if presigned.is_ok_and(|reply| reply.is_success()) {
        let because = because(
            "proxy_strips_header",
            "signed in the address it is allowed, signed in the header not: a proxy on the way removes `authorization`",
            "let the proxy pass `authorization` on (nginx passes it, unless proxy_set_header Authorization \"\" is set)",
        );
        return Verdict {
            credentials: Finding::no(Check::Credentials, shown(reply), because),
            bucket: is_there,
        };
    }
    Verdict {
        credentials: Finding {
            detail: format!("{}, though it may not list", known.detail),
            ..known
        },
        bucket: is_there,
    }
}

/// Why a signature does not fit: something changes the request, or else the secret is wrong.
async fn mismatched(ground: &Ground<'_>, reply: &Reply) -> Because {
    let target = ground.endpoint.bucket(ground.bucket());
    let query = list_query(ground);
    let order = Order {
        query: &query,
        ..Order::new("GET", &target)
    };
    if let Some(changed) = mismatch::changed(&reply.error, &order) {
        return changed.because(&target.host);
    }
    if let Some(host) = mismatch::other_host(ground, &order).await {
        return mismatch::Changed::Host(host).because(&target.host);
    }
    let secret = "the secret does not belong to the access key";
    because(
        "wrong_secret",
        secret,
        "copy the secret again, without white space around it; for a proxy that changes requests, name the storage behind \
         it as the endpoint and the proxy as the public one",
    )
}

/// Whether browsers reach the same bucket by their own address.
async fn public(ground: &Ground<'_>) -> Finding {
    if ground.public.origin() == ground.endpoint.origin() {
        return Finding::yes(Check::Public, "service and browsers use one address");
    }
    let origin = ground.public.origin();
    let target = ground.public.bucket(ground.bucket());
    let query = list_query(ground);
    let order = Order {
        query: &query,
        ..Order::new("GET", &target)
    };
    let reply = match ground.browser(order).await {
        Ok(reply) => reply,
        Err(trouble) => return Finding::skipped(Check::Public, trouble.to_string()),
    };
    if mismatch::is_mismatch(&reply) {
        let told = mismatch::changed(&reply.error, &order);
        let changed = match told {
            Some(changed) => Some(changed),
            None => mismatch::other_host(ground, &order)
                .await
                .map(mismatch::Changed::Host),
        };
        let changed = changed.map(|changed| changed.because(&target.host));
        return Finding::no(
            Check::Public,
            shown(&reply),
            changed.unwrap_or_else(|| other_storage(&origin)),
        );
    }
    match reply.is_success() || reply.code() == "AccessDenied" {
        true => Finding::yes(
            Check::Public,
            format!("`{origin}` leads to the same bucket"),
        ),
        false => Finding::no(Check::Public, shown(&reply), other_storage(&origin)),
    }
}

pub(super) fn other_storage(origin: &str) -> Because {
    because(
        "public_other_storage",
        format!("behind `{origin}` is another storage, or other keys hold there"),
        "let both addresses lead to one storage",
    )
}

/// In words what a call of the S3 client failed with.
pub(super) fn said(error: &ClientError) -> String {
    crate::ask::clean(&error.to_string())
}
