//! A presigned PUT, and which of what was signed the storage holds.

use super::access::other_storage;
use super::mismatch::{self, Changed};
use super::tried::{self, Held, PICTURE, TYPE, Tried, browser, on_the_way, said, told};
use crate::ask::Reply;
use crate::finding::{Answer, Because, Check, Finding, because};
use crate::ground::{Ground, Order, presigned};

/// What a lie says.
const OTHER_TYPE: &str = "text/html";

/// How long ago what has ended was signed, in seconds, and for how long.
const PAST_S: i64 = 3600;
const PAST_EXPIRES_S: u32 = 60;

/// The same for a storage whose clock is far behind.
const LONG_PAST_S: i64 = 3 * 24 * 3600;

/// Also whether a presigned PUT works, which the other uploads stand on.
pub(super) async fn check(ground: &Ground<'_>) -> (Vec<Finding>, bool) {
    let (put, holds) = plain(ground).await;
    if !holds {
        return (vec![put], false);
    }
    let (signature, put_type, length, expiry, single_use) = tokio::join!(
        signature(ground),
        put_type(ground),
        length(ground),
        expiry(ground),
        single_use(ground)
    );
    let is_unchecked = signature.answer == Answer::No;
    let mut found = vec![put, signature];
    for (check, finding) in [
        (Check::PutType, put_type),
        (Check::PutLength, length),
        (Check::Expiry, expiry),
    ] {
        found.push(match is_unchecked {
            true => Finding::no(check, "nothing that is signed is looked at", unchecked()),
            false => told(check, finding),
        });
    }
    found.push(told(Check::SingleUsePut, single_use));
    (found, true)
}

/// A storage that takes what nobody signed.
pub(super) fn unchecked() -> Because {
    because(
        "signatures_unchecked",
        "the storage takes requests whose signature is wrong",
        "let nobody reach it whom you do not know: it is a storage for tests, or its authentication is switched off",
    )
}

/// A picture with its type, as a page sends it.
async fn plain(ground: &Ground<'_>) -> (Finding, bool) {
    let (key, target) = ground.public_object("put");
    let order = Order {
        headers: &[("content-type", TYPE)],
        body: PICTURE,
        ..Order::new("PUT", &target)
    };
    let reply = match browser(ground, order).await {
        Ok(reply) => reply,
        Err(why) => return (Finding::skipped(Check::Put, why), false),
    };
    if !reply.is_success() {
        let because = refused(ground, &reply, &order).await;
        return (Finding::no(Check::Put, said(&reply), because), false);
    }
    let status = reply.status;
    match tried::arrived(ground, &key).await {
        Err(why) => (Finding::yes(Check::Put, format!("{status}; {why}")), true),
        Ok(Held::Nothing) => {
            let because = match ground.public.origin() == ground.endpoint.origin() {
                true => because(
                    "not_kept",
                    "the storage says yes to a PUT and keeps nothing",
                    "look into the storage's log at this time (is its disk full, is it read-only?)",
                ),
                false => other_storage(&ground.public.origin()),
            };
            let detail = format!("{status}, and the object is not there");
            (Finding::no(Check::Put, detail, because), false)
        }
        Ok(Held::Object { body, content_type }) => {
            match altered(Check::Put, PICTURE, &body, content_type.as_deref()) {
                Some(finding) => {
                    let holds = body == PICTURE;
                    (finding, holds)
                }
                None => {
                    let detail = format!("{status}; length, type and bytes arrived");
                    (Finding::yes(Check::Put, detail), true)
                }
            }
        }
    }
}

/// A no where what arrived is not what was sent.
pub(super) fn altered(
    check: Check,
    sent: &[u8],
    body: &[u8],
    content_type: Option<&str>,
) -> Option<Finding> {
    if body != sent {
        let detail = format!("{} bytes were sent, {} arrived", sent.len(), body.len());
        let detail = match body.len() == sent.len() {
            true => format!("other bytes arrived than the {} that were sent", sent.len()),
            false => detail,
        };
        let because = because(
            "bytes_changed",
            "something on the way rewrites, compresses or frames the bytes of uploads",
            "switch off compression, scanning and rewriting of request bodies in the proxy before the storage",
        );
        return Some(Finding::no(check, detail, because));
    }
    let arrived = content_type.unwrap_or("none");
    let essence = arrived.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(TYPE) {
        return None;
    }
    let because = because(
        "type_changed",
        "the type that was signed is not the one that is stored",
        "let the proxy before the storage pass `content-type` as it came",
    );
    let detail = format!(
        "`{TYPE}` was sent, `{}` is stored",
        crate::ask::clean(arrived)
    );
    Some(Finding::no(check, detail, because))
}

/// Why a presigned PUT is refused, though one that was signed in its headers was taken before.
async fn refused(ground: &Ground<'_>, reply: &Reply, order: &Order<'_>) -> Because {
    if let Some(because) = on_the_way(reply, order) {
        return because;
    }
    let host = &order.target.host;
    if matches!(reply.status, 400 | 403)
        && let Some(changed) = type_on_the_way(ground).await
    {
        return changed.because(host);
    }
    if mismatch::is_mismatch(reply) {
        if let Some(arrived) = mismatch::other_host(ground, order).await {
            return Changed::Host(arrived).because(host);
        }
        return because(
            "put_refused",
            "the signature does not fit the request that arrives, so something on the way changes it",
            "let the proxy pass method, path, query and headers as they came",
        );
    }
    let has_other_address = ground.public.origin() != ground.endpoint.origin();
    if has_other_address && matches!(reply.code(), "NoSuchBucket" | "InvalidAccessKeyId") {
        return other_storage(&ground.public.origin());
    }
    let (bucket, origin) = (ground.bucket(), ground.endpoint.origin());
    match reply.code() {
        "" => because(
            "put_refused",
            "not the storage refuses a presigned PUT but something before it",
            "let the proxy or firewall pass PUT, its query and its body (nginx: limit_except, client_max_body_size)",
        ),
        "AccessDenied" => because(
            "put_refused",
            "the key may put what it signs in headers, and not what it presigns",
            format!(
                "look for s3:authType, s3:signatureAge and aws:SourceIp in: aws s3api get-bucket-policy --bucket {bucket} \
                 --endpoint-url {origin}"
            ),
        ),
        _ => because(
            "put_refused",
            "the storage refuses a presigned PUT, and takes one that is signed in its headers",
            "look into the storage's log at this time",
        ),
    }
}

/// What the way makes of the content type: it is sent unsigned, and what is stored tells what arrived.
async fn type_on_the_way(ground: &Ground<'_>) -> Option<Changed> {
    let (key, target) = ground.public_object("put-type-unsigned");
    let order = Order {
        body: PICTURE,
        ..Order::new("PUT", &target)
    };
    let mut sent = ground.slip(&order, crate::limits::EXPIRES_S).ok()?;
    sent.headers
        .push(("content-type".to_owned(), TYPE.to_owned()));
    let reply = tried::send(ground, sent).await.ok()?;
    if !reply.is_success() {
        return None;
    }
    let Ok(Held::Object { content_type, .. }) = tried::arrived(ground, &key).await else {
        return None;
    };
    let name = "content-type".to_owned();
    match content_type.as_deref() {
        Some(TYPE) => None,
        None | Some("" | "binary/octet-stream" | "application/octet-stream") => {
            Some(Changed::Header(name, None))
        }
        Some(other) => Some(Changed::Header(name, Some(crate::ask::clean(other)))),
    }
}

async fn signature(ground: &Ground<'_>) -> Finding {
    let check = Check::Signature;
    let (_, target) = ground.public_object("signature");
    let order = Order {
        body: PICTURE,
        ..Order::new("PUT", &target)
    };
    let mut sent = match ground.slip(&order, crate::limits::EXPIRES_S) {
        Ok(sent) => sent,
        Err(trouble) => return Finding::skipped(check, trouble.to_string()),
    };
    sent.url = tampered(&sent.url);
    match tried::send(ground, sent).await {
        Err(why) => Finding::skipped(check, why),
        Ok(reply) if reply.is_success() => {
            let detail = format!("{} to a PUT with a wrong one", reply.status);
            Finding::no(check, detail, unchecked())
        }
        Ok(reply) => Finding::yes(check, format!("a wrong one is refused: {}", reply.shown())),
    }
}

/// The address with another signature.
pub(super) fn tampered(url: &str) -> String {
    const NAME: &str = "X-Amz-Signature=";
    let Some(at) = url.find(NAME).map(|at| at + NAME.len()) else {
        return url.to_owned();
    };
    let (before, signature) = url.split_at(at);
    let other = if signature.starts_with('0') { '1' } else { '0' };
    format!("{before}{other}{}", signature.get(1..).unwrap_or_default())
}

async fn put_type(ground: &Ground<'_>) -> Tried<Finding> {
    let check = Check::PutType;
    let (_, target) = ground.public_object("put-type");
    let order = Order {
        headers: &[("content-type", TYPE)],
        body: PICTURE,
        ..Order::new("PUT", &target)
    };
    let mut sent = ground
        .slip(&order, crate::limits::EXPIRES_S)
        .map_err(|trouble| trouble.to_string())?;
    for (_, value) in &mut sent.headers {
        OTHER_TYPE.clone_into(value);
    }
    let reply = tried::send(ground, sent).await?;
    if !reply.is_success() {
        let detail = format!("another one is refused: {}", reply.shown());
        return Ok(Finding::yes(check, detail));
    }
    let because = because(
        "type_not_held",
        "the storage takes another content type than the signed one",
        "let the service look into what arrives: verify = true in the preset; and serve uploads from a domain of their own",
    );
    let detail = format!("signed `{TYPE}`, sent `{OTHER_TYPE}`: {}", reply.shown());
    Ok(Finding::no(check, detail, because))
}

async fn length(ground: &Ground<'_>) -> Tried<Finding> {
    let check = Check::PutLength;
    let length = PICTURE.len().to_string();
    let (_, target) = ground.public_object("put-length");
    let headers = [("content-type", TYPE), ("content-length", &*length)];
    let order = Order {
        headers: &headers,
        body: PICTURE,
        ..Order::new("PUT", &target)
    };
    let right = browser(ground, order).await?;
    if !right.is_success() {
        let because = on_the_way(&right, &order).unwrap_or_else(length_refused);
        return Ok(Finding::no(check, said(&right), because));
    }
    let (_, other) = ground.public_object("put-length-lie");
    let order = Order {
        target: &other,
        ..order
    };
    let mut sent = ground
        .slip(&order, crate::limits::EXPIRES_S)
        .map_err(|trouble| trouble.to_string())?;
    sent.body.push(b'\n');
    let lie = tried::send(ground, sent).await?;
    if !lie.is_success() {
        let detail = format!("one byte more is refused: {}", lie.shown());
        return Ok(Finding::yes(check, detail));
    }
    let because = because(
        "length_not_held",
        "the storage takes another length than the signed one, so no PUT is held to a size",
        "[storage.can] signedLength = false, and mode = \"post\" in presets, where forms hold their range",
    );
    let detail = format!("signed {length} bytes, sent one more: {}", lie.shown());
    Ok(Finding::no(check, detail, because))
}

fn length_refused() -> Because {
    because(
        "length_refused",
        "the storage refuses a signed length though it is right: something on the way sends the body in chunks",
        "let the proxy pass `content-length` on (nginx: proxy_request_buffering on), or [storage.can] signedLength = false",
    )
}

/// What was signed an hour ago for a minute. A storage whose own clock is behind may still take it.
async fn expiry(ground: &Ground<'_>) -> Tried<Finding> {
    let check = Check::Expiry;
    let (reply, signed_s) = past(ground, "expiry", PAST_S).await?;
    if !reply.is_success() {
        let detail = format!("an hour later it is refused: {}", reply.shown());
        return Ok(Finding::yes(check, detail));
    }
    let date = reply.header("date");
    let date = date.and_then(|date| dropslip_sigv4::Timestamp::parse_http(&date).ok());
    let is_behind = match date {
        Some(date) => date.unix_s() <= signed_s + i64::from(PAST_EXPIRES_S),
        None => {
            let (reply, _) = past(ground, "expiry-long", LONG_PAST_S).await?;
            !reply.is_success()
        }
    };
    if is_behind {
        return Ok(Finding::skipped(check, "the storage's clock is behind"));
    }
    let because = because(
        "expiry_ignored",
        "the storage takes presigned addresses after their time",
        "give addresses to nobody whom you would not trust later; update the storage, or report it to its makers",
    );
    let detail = format!("{} to a PUT that ended 59 minutes ago", reply.status);
    Ok(Finding::no(check, detail, because))
}

/// A PUT that was signed so long ago, and when that was.
async fn past(ground: &Ground<'_>, name: &str, age_s: i64) -> Tried<(Reply, i64)> {
    let (_, target) = ground.public_object(name);
    let order = Order {
        body: PICTURE,
        ..Order::new("PUT", &target)
    };
    let signed_s = ground.now().unix_s() - age_s;
    let then = dropslip_sigv4::Timestamp::from_unix_s(signed_s);
    let sent = presigned(&ground.signer, &order, PAST_EXPIRES_S, then)
        .map_err(|trouble| trouble.to_string())?;
    Ok((tried::send(ground, sent).await?, signed_s))
}

async fn single_use(ground: &Ground<'_>) -> Tried<Finding> {
    let check = Check::SingleUsePut;
    let (_, target) = ground.public_object("single-use");
    let order = Order {
        headers: &[("content-type", TYPE), ("if-none-match", "*")],
        body: PICTURE,
        ..Order::new("PUT", &target)
    };
    let first = browser(ground, order).await?;
    if !first.is_success() {
        if let Some(because) = on_the_way(&first, &order) {
            return Ok(Finding::no(check, said(&first), because));
        }
        let detail = format!("the header is refused: {}", first.shown());
        return Ok(Finding::not_offered(check, detail));
    }
    let second = browser(ground, order).await?;
    Ok(match (second.status, second.is_success()) {
        (409 | 412, _) => {
            let detail = format!("a second PUT is refused: {}", second.shown());
            Finding::yes(check, detail)
        }
        (_, true) => Finding::not_offered(check, "takes the header and overwrites all the same"),
        (_, false) => {
            let detail = format!("a second PUT gets {} in place of 412", second.shown());
            Finding::not_offered(check, detail)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_signature() {
        for (url, expected) in [
            (
                "http://a/b?X-Amz-Signature=0f",
                "http://a/b?X-Amz-Signature=1f",
            ),
            (
                "http://a/b?X-Amz-Signature=af&x=y",
                "http://a/b?X-Amz-Signature=0f&x=y",
            ),
            ("http://a/b", "http://a/b"),
        ] {
            assert_eq!(tampered(url), expected);
        }
    }

    #[test]
    fn what_arrived_is_compared() {
        let code = |body: &[u8], content_type| {
            let finding = altered(Check::Put, PICTURE, body, content_type)?;
            Some(finding.cause.expect("a no has a cause").code)
        };
        assert_eq!(code(PICTURE, Some("image/png")), None);
        assert_eq!(code(PICTURE, Some("Image/PNG; charset=binary")), None);
        assert_eq!(code(PICTURE, Some("image/pngx")), Some("type_changed"));
        assert_eq!(code(PICTURE, None), Some("type_changed"));
        assert_eq!(code(b"", Some("image/png")), Some("bytes_changed"));
        assert_eq!(code(&PICTURE[1..], None), Some("bytes_changed"));
    }
}
