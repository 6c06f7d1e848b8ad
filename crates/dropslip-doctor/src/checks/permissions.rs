//! What the key may do: each thing that the service does is done once.

use bytes::Bytes;
use dropslip_s3::client::{Client, ClientError, Multipart, NewObject, Refusal};

use super::access::{list, said};
use crate::finding::{Check, Finding, because};
use crate::ground::Ground;

const BODY: &[u8] = b"Written and removed by dropslip doctor.\n";

/// An action of S3 as policies name it, and what the service needs it for.
struct Action(&'static str, &'static str);

const LIST: Action = Action("s3:ListBucket", "to find uploads that nobody completed");
const PUT: Action = Action("s3:PutObject", "to upload");
const GET: Action = Action("s3:GetObject", "to look at what arrived");
const DELETE: Action = Action("s3:DeleteObject", "to remove what is refused");
const ABORT: Action = Action("s3:AbortMultipartUpload", "to end uploads in parts");
const PARTS: Action = Action("s3:ListMultipartUploadParts", "to put parts together");

/// Also whether uploads can be tried.
pub(super) async fn check(ground: &Ground<'_>) -> (Finding, bool) {
    let mut denied = Vec::new();
    if list(ground, &ground.endpoint)
        .await
        .is_ok_and(|reply| !reply.is_success())
    {
        denied.push(LIST);
    }
    let client = match ground.client() {
        Ok(client) => client,
        Err(error) => return (Finding::skipped(Check::Permissions, error), false),
    };
    let (bucket, now) = (ground.bucket(), ground.now());
    let key = ground.scratch.key("permissions");
    let object = NewObject {
        headers: &[("content-type", "text/plain")],
        body: Bytes::from_static(BODY).into(),
    };
    let put = client.put_object(bucket, &key, object, now).await;
    if put.as_ref().is_err_and(is_mismatch) {
        // The list before was signed as well. A presigned PUT finds out what is changed.
        let why = "a PUT does not arrive as it was signed";
        return (Finding::skipped(Check::Permissions, why), true);
    }
    let may_write = put.is_ok();
    let other = match &put {
        Err(error) if !is_denied(error) => Some(said(error)),
        Err(_) => {
            denied.push(PUT);
            None
        }
        Ok(_) => None,
    };
    if let Some(other) = other {
        let because = because(
            "put_refused",
            "the storage refuses a plain PUT for a reason of its own",
            "look into the storage's log at this time (is its disk full, is it read-only?)",
        );
        return (Finding::no(Check::Permissions, other, because), false);
    }
    let head = client.head_object(bucket, &key, now).await;
    if head.is_err_and(|error| is_denied(&error)) {
        denied.push(GET);
    }
    let delete = client.delete_object(bucket, &key, now).await;
    if delete.is_err_and(|error| is_denied(&error)) {
        denied.push(DELETE);
    }
    if may_write {
        parts(ground, &client, &mut denied).await;
    }
    (finding(ground, &denied), may_write)
}

async fn parts(ground: &Ground<'_>, client: &Client, denied: &mut Vec<Action>) {
    let (bucket, now) = (ground.bucket(), ground.now());
    let key = ground.scratch.key("permissions-parts");
    let Ok(id) = client.create_multipart(bucket, &key, &[], now).await else {
        // Whether it is offered at all is another step's question.
        return;
    };
    ground.scratch.upload(&key, &id);
    let upload = Multipart {
        bucket,
        key: &key,
        upload_id: &id,
    };
    if client
        .list_parts(&upload, now)
        .await
        .is_err_and(|error| is_denied(&error))
    {
        denied.push(PARTS);
    }
    if client
        .abort_multipart(&upload, now)
        .await
        .is_err_and(|error| is_denied(&error))
    {
        denied.push(ABORT);
    }
}

fn finding(ground: &Ground<'_>, denied: &[Action]) -> Finding {
    if denied.is_empty() {
        return Finding::yes(
            Check::Permissions,
            "list, put, get, delete, begin and abort parts",
        );
    }
    let names: Vec<&str> = denied.iter().map(|action| action.0).collect();
    let why: Vec<String> = denied
        .iter()
        .map(|action| format!("{} ({})", action.0, action.1))
        .collect();
    let is_reader = denied.iter().any(|action| action.0 == PUT.0)
        && !denied.iter().any(|action| action.0 == GET.0);
    let bucket = ground.bucket();
    let fix = format!(
        "allow the key this: {{\"Effect\":\"Allow\",\"Action\":[{}],\"Resource\":[\"arn:aws:s3:::{bucket}\",\"arn:aws:s3:::{bucket}/*\"]}}",
        [LIST, PUT, GET, DELETE, ABORT, PARTS]
            .map(|action| format!("\"{}\"", action.0))
            .join(",")
    );
    let because = match is_reader {
        true => because("read_only_key", "the key may read and not write", fix),
        false => because(
            "key_may_not",
            format!("the key may not do {}", names.join(", ")),
            fix,
        ),
    };
    Finding::no(
        Check::Permissions,
        format!("refused: {}", why.join(", ")),
        because,
    )
}

fn is_mismatch(error: &ClientError) -> bool {
    let text = error.to_string();
    text.contains("SignatureDoesNotMatch") || text.contains("nvalid signature")
}

fn is_denied(error: &ClientError) -> bool {
    error.is(Refusal::AccessDenied)
}
