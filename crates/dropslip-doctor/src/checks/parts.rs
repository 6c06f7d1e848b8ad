//! Uploads in parts: begun and put together by the service, the parts sent by the page.

use dropslip_s3::ObjectKey;
use dropslip_s3::checksum::{Algorithm, Hasher};
use dropslip_s3::client::{Client, CompletedPart, Completion, Multipart, Refusal};

use super::lifecycle;
use super::mismatch::is_mismatch;
use super::put::altered;
use super::tried::{self, Failed, Held, PICTURE, TYPE, Tried, browser, on_the_way, said, told};
use crate::ask::Reply;
use crate::finding::{Because, Check, Finding, because};
use crate::ground::{Ground, Order};

pub(super) async fn check(ground: &Ground<'_>) -> Vec<Finding> {
    let client = match ground.client() {
        Ok(client) => client,
        Err(error) => return super::skipped(CHECKS, &error),
    };
    let (whole, abort, single_use, summed, lifecycle) = tokio::join!(
        whole(ground, &client),
        abort(ground, &client),
        single_use(ground, &client),
        summed(ground, &client),
        lifecycle::check(ground)
    );
    vec![
        told(Check::Multipart, whole),
        told(Check::MultipartAbort, abort),
        told(Check::SingleUseComplete, single_use),
        told(Check::PartChecksums, summed),
        told(Check::Lifecycle, lifecycle),
    ]
}

const CHECKS: &[Check] = &[
    Check::Multipart,
    Check::MultipartAbort,
    Check::SingleUseComplete,
    Check::PartChecksums,
    Check::Lifecycle,
];

/// An upload that has begun.
struct Upload {
    key: ObjectKey,
    id: String,
}

impl Upload {
    async fn begin(ground: &Ground<'_>, client: &Client, key: ObjectKey) -> Result<Self, Failed> {
        Self::begin_with(ground, client, key, &[]).await
    }

    async fn begin_with(
        ground: &Ground<'_>,
        client: &Client,
        key: ObjectKey,
        more: &[(&str, &str)],
    ) -> Result<Self, Failed> {
        let headers = [&[("content-type", TYPE)], more].concat();
        let id = client
            .create_multipart(ground.bucket(), &key, &headers, ground.now())
            .await
            .map_err(|error| Failed::of(&error))?;
        ground.scratch.upload(&key, &id);
        Ok(Self { key, id })
    }

    fn of<'a>(&'a self, ground: &'a Ground<'_>) -> Multipart<'a> {
        Multipart {
            bucket: ground.bucket(),
            key: &self.key,
            upload_id: &self.id,
        }
    }

    /// Sends the only part as a page does. Its ETag, or the refusal with what has changed on the way.
    async fn part(
        &self,
        ground: &Ground<'_>,
        headers: &[(&str, &str)],
    ) -> Tried<Result<String, (Reply, Option<Because>)>> {
        let target = ground.public.object(ground.bucket(), &self.key);
        let id = dropslip_sigv4::encode_query(self.id.as_bytes());
        let query = format!("partNumber=1&uploadId={id}");
        let order = Order {
            query: &query,
            headers,
            body: PICTURE,
            ..Order::new("PUT", &target)
        };
        let reply = browser(ground, order).await?;
        match reply.is_success() {
            true => Ok(Ok(reply.header("etag").unwrap_or_default())),
            false => {
                let changed = on_the_way(&reply, &order);
                Ok(Err((reply, changed)))
            }
        }
    }

    async fn complete(
        &self,
        ground: &Ground<'_>,
        client: &Client,
        etag: &str,
        headers: &[(&str, &str)],
    ) -> Result<(), dropslip_s3::client::ClientError> {
        let parts = [CompletedPart {
            number: 1,
            etag: etag.to_owned(),
            checksums: Vec::new(),
        }];
        let completion = Completion {
            parts: &parts,
            headers,
        };
        let upload = self.of(ground);
        client
            .complete_multipart(&upload, &completion, ground.now())
            .await
            .map(drop)
    }
}

/// Begin, one part, list, complete, look.
async fn whole(ground: &Ground<'_>, client: &Client) -> Tried<Finding> {
    let check = Check::Multipart;
    let upload = match Upload::begin(ground, client, ground.scratch.key("parts")).await {
        Ok(upload) => upload,
        Err(failed) => return failed.finding(check, |said| multipart_refused("begin", said)),
    };
    let etag = match upload.part(ground, &[]).await? {
        Ok(etag) => etag,
        Err((reply, _)) if reply.is_not_implemented() => {
            return Ok(Finding::not_offered(check, reply.shown()));
        }
        Err((reply, changed)) => {
            let because = changed.unwrap_or_else(|| part_refused(&reply));
            return Ok(Finding::no(check, said(&reply), because));
        }
    };
    let etag = match listed(ground, client, &upload, &etag).await? {
        Ok(etag) => etag,
        Err(finding) => return Ok(finding),
    };
    if let Err(error) = upload.complete(ground, client, &etag, &[]).await {
        return Failed::of(&error).finding(check, |said| multipart_refused("complete", said));
    }
    match tried::arrived(ground, &upload.key).await {
        Err(why) => Ok(Finding::yes(check, format!("put together; {why}"))),
        Ok(Held::Nothing) => {
            let because = multipart_refused("keep", "an upload that it said to be complete");
            let detail = "completed, and the object is not there";
            Ok(Finding::no(check, detail, because))
        }
        Ok(Held::Object { body, content_type }) => {
            let altered = altered(check, PICTURE, &body, content_type.as_deref());
            let detail = "begun, sent, listed, put together; length, type and bytes arrived";
            Ok(altered.unwrap_or_else(|| Finding::yes(check, detail)))
        }
    }
}

/// An upload whose part has a checksum, put together by what the storage lists, as the service does it.
async fn summed(ground: &Ground<'_>, client: &Client) -> Tried<Finding> {
    let check = Check::PartChecksums;
    let not_offered = |step: &str, failed: Failed| match failed {
        Failed::NotOffered(said) | Failed::Refused(said) => {
            Ok(Finding::not_offered(check, format!("{step}: {said}")))
        }
        Failed::Unknown(why) => Err(why),
    };
    let algorithm = [("x-amz-checksum-algorithm", Algorithm::Sha256.as_str())];
    let key = ground.scratch.key("parts-checksum");
    let upload = match Upload::begin_with(ground, client, key, &algorithm).await {
        Ok(upload) => upload,
        Err(failed) => return not_offered("begin", failed),
    };
    let mut hasher = Hasher::new(Algorithm::Sha256);
    hasher.update(PICTURE);
    let value = hasher.finish().to_string();
    let checksum = [(Algorithm::Sha256.header(), value.as_str())];
    if let Err((reply, _)) = upload.part(ground, &checksum).await? {
        return Ok(Finding::not_offered(
            check,
            format!("part: {}", reply.shown()),
        ));
    }
    let listed = client.list_parts(&upload.of(ground), ground.now()).await;
    let parts: Vec<CompletedPart> = match listed {
        Ok(parts) => parts.into_iter().map(CompletedPart::from).collect(),
        Err(error) => return not_offered("list", Failed::of(&error)),
    };
    let completion = Completion {
        parts: &parts,
        headers: &[],
    };
    let completed = client
        .complete_multipart(&upload.of(ground), &completion, ground.now())
        .await;
    match completed {
        Ok(_) => Ok(Finding::yes(
            check,
            "put together by the storage's own list",
        )),
        Err(error) if parts.iter().all(|part| part.checksums.is_empty()) => not_offered(
            "its list tells no checksums, and its completion wants them",
            Failed::of(&error),
        ),
        Err(error) => not_offered("complete", Failed::of(&error)),
    }
}

/// The part's ETag as the list has it, or as it was told where the key may not list.
async fn listed(
    ground: &Ground<'_>,
    client: &Client,
    upload: &Upload,
    etag: &str,
) -> Tried<Result<String, Finding>> {
    let check = Check::Multipart;
    let no = |detail: String| {
        let because = because(
            "parts_not_listed",
            "the storage has taken a part and does not list it, so no upload can be completed or taken up again",
            "update the storage, or mode = \"put\" in presets",
        );
        Ok(Err(Finding::no(check, detail, because)))
    };
    match client.list_parts(&upload.of(ground), ground.now()).await {
        Ok(parts) => {
            let part = parts.into_iter().find(|part| part.number == 1);
            match part {
                Some(part) => Ok(Ok(part.etag)),
                None => no("the list is without the part".to_owned()),
            }
        }
        // What the key may is another step's question.
        Err(error) if error.is(Refusal::AccessDenied) && !etag.is_empty() => {
            Ok(Ok(etag.to_owned()))
        }
        Err(error) => match Failed::of(&error) {
            Failed::NotOffered(said) | Failed::Refused(said) => no(format!("the list: {said}")),
            Failed::Unknown(why) => Err(why),
        },
    }
}

fn multipart_refused(what: &str, said: &str) -> Because {
    because(
        "multipart_refused",
        format!("the storage does not {what} an upload in parts: {said}"),
        "look into the storage's log at this time, or mode = \"put\" in presets",
    )
}

fn part_refused(reply: &Reply) -> Because {
    if reply.code().is_empty() {
        return because(
            "part_refused",
            "not the storage refuses a part but something before it",
            "let the proxy or firewall pass PUT with the query `partNumber` and `uploadId`",
        );
    }
    if is_mismatch(reply) {
        return because(
            "part_refused",
            "the signature of a part does not fit, and that of a whole file does: its query is changed on the way",
            "let the proxy pass the query as it came",
        );
    }
    because(
        "part_refused",
        "the storage takes a presigned PUT of a whole file and not of a part",
        "look into the storage's log at this time, or mode = \"put\" in presets",
    )
}

/// Begin, one part, abort; then the upload has to be gone.
async fn abort(ground: &Ground<'_>, client: &Client) -> Tried<Finding> {
    let check = Check::MultipartAbort;
    let upload = match Upload::begin(ground, client, ground.scratch.key("parts-aborted")).await {
        Ok(upload) => upload,
        Err(failed) => return not_begun(check, failed),
    };
    let Ok(etag) = upload.part(ground, &[]).await? else {
        return Ok(Finding::skipped(check, "a part does not arrive yet"));
    };
    let of = upload.of(ground);
    if let Err(error) = client.abort_multipart(&of, ground.now()).await {
        if error.is(Refusal::AccessDenied) {
            let detail = "the key may not do s3:AbortMultipartUpload";
            return Ok(Finding::skipped(check, detail));
        }
        return Failed::of(&error).finding(check, |_| {
            because(
                "abort_refused",
                "the storage does not end uploads in parts, so what was given up remains and costs",
                "look into the storage's log at this time",
            )
        });
    }
    let mut parts = client.list_parts(&of, ground.now()).await;
    if parts.is_ok() {
        tried::pause().await;
        parts = client.list_parts(&of, ground.now()).await;
    }
    let completed = upload.complete(ground, client, &etag, &[]).await;
    let detail = match (&parts, &completed) {
        (_, Ok(())) => "an upload that was aborted can be completed",
        (Ok(parts), _) if !parts.is_empty() => "an upload that was aborted still has its parts",
        _ => return Ok(Finding::yes(check, "an upload that was aborted is gone")),
    };
    let because = because(
        "abort_ignored",
        "the storage says yes to an abort and keeps the parts, which remain and cost",
        "add the rule for parts given up (dropslip doctor --fix), or update the storage",
    );
    Ok(Finding::no(check, detail, because))
}

/// Where uploads in parts do not even begin, their step says why.
fn not_begun(check: Check, failed: Failed) -> Tried<Finding> {
    match failed {
        Failed::NotOffered(said) => Ok(Finding::not_offered(check, said)),
        Failed::Refused(_) => Ok(Finding::skipped(check, "no upload in parts begins yet")),
        Failed::Unknown(why) => Err(why),
    }
}

/// Two completions of one key, each of them only if nothing is there.
async fn single_use(ground: &Ground<'_>, client: &Client) -> Tried<Finding> {
    let check = Check::SingleUseComplete;
    let headers = [("if-none-match", "*")];
    let key = ground.scratch.key("parts-single-use");
    for is_second in [false, true] {
        let upload = match Upload::begin(ground, client, key.clone()).await {
            Ok(upload) => upload,
            Err(failed) => return not_begun(check, failed),
        };
        let Ok(etag) = upload.part(ground, &[]).await? else {
            return Ok(Finding::skipped(check, "a part does not arrive yet"));
        };
        let Ok(etag) = listed(ground, client, &upload, &etag).await? else {
            return Ok(Finding::skipped(check, "parts are not listed yet"));
        };
        let completed = upload.complete(ground, client, &etag, &headers).await;
        let error = match (completed, is_second) {
            (Ok(()), false) => continue,
            (Ok(()), true) => break,
            (Err(error), _) => error,
        };
        if is_second && (error.is(Refusal::PreconditionFailed) || error.is(Refusal::Conflict)) {
            let detail = "a second completion is refused: 412 PreconditionFailed";
            return Ok(Finding::yes(check, detail));
        }
        let which = if is_second { "second" } else { "first" };
        return match Failed::of(&error) {
            Failed::NotOffered(said) | Failed::Refused(said) => {
                let detail = format!("the {which} completion gets {said}");
                Ok(Finding::not_offered(check, detail))
            }
            Failed::Unknown(why) => Err(why),
        };
    }
    let detail = "takes the header and overwrites all the same";
    Ok(Finding::not_offered(check, detail))
}
