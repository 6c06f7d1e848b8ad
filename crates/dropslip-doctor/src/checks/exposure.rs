//! What others may: read what was stored as public, and nothing else; and what refusals tell them.

use dropslip_s3::Target;

use super::disclosure;
use super::tried::{
    self, Held, PICTURE, TYPE, Tried, arrived, browser, is_empty, on_the_way, owner, said,
    stranger, told,
};
use crate::ask::Reply;
use crate::finding::{Because, Check, Finding, because};
use crate::ground::{Ground, Order};

pub(super) async fn check(ground: &Ground<'_>) -> Vec<Finding> {
    let (objects, list, write, delete, disclosure) = tokio::join!(
        objects(ground),
        list(ground),
        write(ground),
        delete(ground),
        disclosure::check(ground)
    );
    let (acl, public_read, is_open) = match objects {
        Ok(found) => found,
        Err(why) => (
            Finding::skipped(Check::Acl, &*why),
            Finding::skipped(Check::PublicRead, why),
            false,
        ),
    };
    let mut found = vec![acl, public_read];
    found.extend(anonymous([list, write, delete], is_open));
    found.push(told(Check::Disclosure, disclosure));
    found
}

/// ACL and public objects; also whether a stranger may read what was stored as private.
async fn objects(ground: &Ground<'_>) -> Tried<(Finding, Finding, bool)> {
    let (_, public) = ground.public_object("acl-public");
    let (_, private) = ground.public_object("acl-private");
    let headers = [("content-type", TYPE), ("x-amz-acl", "public-read")];
    let with_acl = Order {
        headers: &headers,
        body: PICTURE,
        ..Order::new("PUT", &public)
    };
    let without = Order {
        target: &private,
        headers: &headers[..1],
        ..with_acl
    };
    let (with_acl_reply, without_reply) =
        tokio::join!(browser(ground, with_acl), browser(ground, without));
    let (reply, without_reply) = (with_acl_reply?, without_reply?);
    let is_open = without_reply.is_success() && may_read(ground, &private).await?;
    let reads_all = || {
        let detail = "anybody may read every object of the bucket, of whatever ACL";
        Finding::yes(Check::PublicRead, detail)
    };
    if !reply.is_success() {
        if let Some(because) = on_the_way(&reply, &with_acl) {
            let acl = Finding::no(Check::Acl, said(&reply), because);
            return Ok((acl, unread(is_open, reads_all), is_open));
        }
        let acl = Finding::not_offered(Check::Acl, refused(&reply));
        return Ok((acl, unread(is_open, reads_all), is_open));
    }
    if is_open {
        let acl = "the header is taken; whether it changes anything is hidden, since all is public";
        return Ok((Finding::skipped(Check::Acl, acl), reads_all(), is_open));
    }
    Ok(match may_read(ground, &public).await? {
        true => (
            Finding::yes(Check::Acl, "`public-read` is taken and has effect"),
            Finding::yes(Check::PublicRead, "anybody may read what has `public-read`"),
            false,
        ),
        false => (
            Finding::not_offered(Check::Acl, "takes the header, and it changes nothing"),
            unread(false, reads_all),
            false,
        ),
    })
}

fn unread(is_open: bool, reads_all: impl FnOnce() -> Finding) -> Finding {
    match is_open {
        true => reads_all(),
        false => Finding::not_offered(Check::PublicRead, "who has no key reads nothing"),
    }
}

/// What a refusal of the header says.
fn refused(reply: &Reply) -> String {
    let shown = reply.shown();
    match reply.code() {
        "AccessControlListNotSupported" => format!("{shown}: the bucket's owner owns all objects"),
        "AccessDenied" => {
            format!("{shown}: public access is blocked, or the key lacks s3:PutObjectAcl")
        }
        _ => shown,
    }
}

async fn may_read(ground: &Ground<'_>, target: &Target) -> Tried<bool> {
    let reply = stranger(ground, Order::new("GET", target)).await?;
    Ok(reply.is_success() && reply.body == PICTURE)
}

/// What a stranger tried: the words of the refusal, or a no.
type Attempt = Tried<Result<String, Finding>>;

/// One yes where all three are refused, or a no for each thing that strangers may.
fn anonymous(attempts: [Attempt; 3], is_open: bool) -> Vec<Finding> {
    let check = Check::Anonymous;
    let mut refusals = Vec::new();
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    for (attempt, word) in attempts.into_iter().zip(["list", "write", "delete"]) {
        match attempt {
            Ok(Ok(refusal)) => refusals.push(format!("{word}: {refusal}")),
            Ok(Err(finding)) => found.push(finding.about(word)),
            Err(why) => unknown.push(Finding::skipped(check, why).about(word)),
        }
    }
    found.extend(unknown);
    if found.is_empty() {
        let more = if is_open { "; reading is open" } else { "" };
        let detail = format!("{}{more}", refusals.join(", "));
        found.push(Finding::yes(check, detail));
    }
    found
}

async fn list(ground: &Ground<'_>) -> Attempt {
    let target = ground.public.bucket(ground.bucket());
    let order = Order {
        query: "list-type=2&max-keys=1",
        ..Order::new("GET", &target)
    };
    let reply = stranger(ground, order).await?;
    let has_list = String::from_utf8_lossy(&reply.body).contains("<ListBucketResult");
    if !reply.is_success() || !has_list {
        return Ok(Ok(reply.shown()));
    }
    let because = opened(
        ground,
        "anonymous_list",
        "anybody can list the bucket, so anybody finds every object",
        "s3:ListBucket",
    );
    let detail = format!("{} to a list without a key", reply.status);
    Ok(Err(Finding::no(Check::Anonymous, detail, because)))
}

async fn write(ground: &Ground<'_>) -> Attempt {
    let (key, target) = ground.public_object("anonymous-write");
    let order = Order {
        headers: &[("content-type", TYPE)],
        body: PICTURE,
        ..Order::new("PUT", &target)
    };
    let reply = stranger(ground, order).await?;
    if !reply.is_success() || is_empty(ground, &key).await {
        return Ok(Ok(reply.shown()));
    }
    let because = opened(
        ground,
        "anonymous_write",
        "anybody can write into the bucket, without a key",
        "s3:PutObject",
    );
    let detail = format!("{} to a PUT without a key, and it is stored", reply.status);
    Ok(Err(Finding::no(Check::Anonymous, detail, because)))
}

async fn delete(ground: &Ground<'_>) -> Attempt {
    let key = ground.scratch.key("anonymous-delete");
    let target = ground.endpoint.object(ground.bucket(), &key);
    let order = Order {
        body: PICTURE,
        ..Order::new("PUT", &target)
    };
    let put = owner(ground, order).await?;
    if !put.is_success() {
        return Err(format!("nothing to delete: {}", put.shown()));
    }
    // What cannot be seen cannot be missed.
    if !matches!(arrived(ground, &key).await?, Held::Object { .. }) {
        return Err("what was written is not there".to_owned());
    }
    let target = ground.public.object(ground.bucket(), &key);
    let reply = stranger(ground, Order::new("DELETE", &target)).await?;
    if !reply.is_success() || !matches!(tried::held(ground, &key).await, Ok(Held::Nothing)) {
        return Ok(Ok(reply.shown()));
    }
    let because = opened(
        ground,
        "anonymous_delete",
        "anybody can delete objects of the bucket, without a key",
        "s3:DeleteObject",
    );
    let detail = format!("{} to a DELETE without a key, and it is gone", reply.status);
    Ok(Err(Finding::no(Check::Anonymous, detail, because)))
}

fn opened(ground: &Ground<'_>, code: &'static str, text: &str, action: &str) -> Because {
    let (bucket, origin) = (ground.bucket(), ground.endpoint.origin());
    because(
        code,
        text,
        format!(
            "take {action} for everybody (Principal \"*\") out of the bucket's policy, and AllUsers out of its ACL: aws s3api \
             get-bucket-policy --bucket {bucket} --endpoint-url {origin}; aws s3api put-bucket-acl --acl private --bucket \
             {bucket} --endpoint-url {origin}"
        ),
    )
}
