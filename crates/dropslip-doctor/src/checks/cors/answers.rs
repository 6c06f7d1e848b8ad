//! What a page sees of the answers to real requests.

use dropslip_s3::cors::preflight::allows_origin;

use super::preflights::answered;
use crate::ask::Reply;
use crate::checks::put::tampered;
use crate::checks::tried;
use crate::finding::{Because, Check, Finding, because};
use crate::ground::{Ground, Order};
use crate::limits::EXPIRES_S;

const TYPE: (&str, &str) = ("content-type", "text/plain");

/// Uploads once as a page does, and is refused once.
pub(super) async fn check(ground: &Ground<'_>, origin: &str) -> Vec<Finding> {
    let (_, target) = ground.public_object("cors-answer");
    let order = Order {
        headers: &[TYPE],
        body: b"Written and removed by dropslip doctor.\n",
        ..Order::new("PUT", &target)
    };
    let about = |finding: Finding| finding.about(origin);
    let stored = send(ground, &order, origin, false).await;
    let mut found = match &stored {
        Ok(reply) if reply.is_success() => of_success(reply, origin).map(about).to_vec(),
        // The other steps say why.
        Ok(reply) => skip(&format!("the upload was answered {}", reply.shown())).to_vec(),
        Err(why) => skip(why).to_vec(),
    };
    let refused = send(ground, &order, origin, true).await;
    found.push(about(match &refused {
        Ok(reply) if reply.is_success() => Finding::skipped(Check::CorsErrors, "a wrong signature was not refused"),
        Ok(reply) if allows_origin(origin, &answered(reply)) => {
            Finding::yes(Check::CorsErrors, format!("{} can be read by the page", reply.shown()))
        }
        Ok(reply) => Finding::not_offered(
            Check::CorsErrors,
            format!(
                "{} comes without `access-control-allow-origin`: a page sees a network error (of nginx, add_header \
                 without `always` does that)",
                reply.shown()
            ),
        ),
        Err(why) => Finding::skipped(Check::CorsErrors, why.as_str()),
    }));
    found
}

/// What a page sends, with a signature that holds or with one that does not.
async fn send(
    ground: &Ground<'_>,
    order: &Order<'_>,
    origin: &str,
    is_wrong: bool,
) -> Result<Reply, String> {
    let mut sent = ground
        .slip(order, EXPIRES_S)
        .map_err(|trouble| trouble.to_string())?;
    sent.headers.push(("origin".to_owned(), origin.to_owned()));
    if is_wrong {
        sent.url = tampered(&sent.url);
    }
    tried::send(ground, sent).await
}

fn skip(why: &str) -> [Finding; 2] {
    [Check::CorsAnswer, Check::CorsEtag].map(|check| Finding::skipped(check, why))
}

fn of_success(reply: &Reply, origin: &str) -> [Finding; 2] {
    let answered = answered(reply);
    let is_read = allows_origin(origin, &answered);
    let answer = match is_read {
        true => Finding::yes(Check::CorsAnswer, "the answer to an upload can be read"),
        false => Finding::no(
            Check::CorsAnswer,
            answered.shown(),
            stripped(answered.allow_origin.as_deref()),
        ),
    };
    let etag = match (is_read, answered.exposes("etag")) {
        (false, _) => Finding::skipped(Check::CorsEtag, "the answer cannot be read at all"),
        (true, true) => Finding::yes(Check::CorsEtag, "the page may see it"),
        (true, false) => Finding::no(
            Check::CorsEtag,
            format!(
                "`access-control-expose-headers` is `{}`",
                crate::ask::clean(&answered.expose_headers)
            ),
            because(
                "etag_not_exposed",
                "the rule does not expose `ETag`, which Uppy and others need to put parts together (Dropslip's own client \
                 does not)",
                "add `ETag` to the ExposeHeaders of the rule: dropslip doctor … --fix",
            ),
        ),
    };
    [answer, etag]
}

fn stripped(allow_origin: Option<&str>) -> Because {
    match allow_origin {
        Some(twice) if twice.contains(',') => because(
            "header_twice",
            format!(
                "`access-control-allow-origin` comes twice (`{}`)",
                crate::ask::clean(twice)
            ),
            "let one of storage and proxy answer: remove the header from the proxy's configuration",
        ),
        _ => because(
            "answers_without_cors",
            "the preflight is allowed, and the answer to the upload itself lets no page read it",
            "let the proxy or CDN pass `origin` on, and `access-control-allow-origin` back in every answer",
        ),
    }
}
